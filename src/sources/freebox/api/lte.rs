//! 4G, for backup or beside a DSL line: `connection/lte/{aggregation,backup}` and `connection/aggregation` from version
//! 10 of the interface, `connection/lte/config` with all of it before (dev.freebox.fr/sdk/os/connection, "LTE status",
//! marked unstable).
//!
//! Deliberately without what tells whose SIM card it is (ICCID, IMSI) and where the box stands (the cell).

use serde::Deserialize;

use super::lenient::{Flag, Int, List, Maybe, Num, Text};

/// A 4G module and what it is used for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Lte {
    /// Whether it is to be used.
    pub enabled: Flag,
    /// `connected`, and words that are documented nowhere.
    pub state: Text,
    /// The SIM card.
    pub sim: Maybe<Sim>,
    /// What it got from the operator.
    pub network: Maybe<Network>,
    /// How well it hears.
    pub radio: Maybe<Radio>,
    /// Before version 10: what `connection/aggregation` says since.
    pub tunnel: Maybe<Tunnels>,
}

/// A SIM card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Sim {
    pub present: Flag,
    pub pin_locked: Flag,
    pub puk_locked: Flag,
}

/// What the module got from the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Whether data can be sent.
    pub pdn_up: Flag,
}

/// How well the module hears.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Radio {
    /// Whether it has found a cell.
    pub associated: Flag,
    /// In bars, as on a phone.
    pub signal_level: Int,
    /// Each band in use.
    pub bands: List<Band>,
}

/// A band in use.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Band {
    /// Whether it is used.
    pub enabled: Flag,
    /// Its number in 3GPP TS 36.101.
    pub band: Int,
    /// MHz.
    pub bandwidth: Num,
    /// Power of the cell's reference signal, dBm.
    pub rsrp: Num,
    /// Its quality, dB.
    pub rsrq: Num,
    /// Power of everything in the band, dBm.
    pub rssi: Num,
}

/// `connection/aggregation`: DSL and 4G used together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Aggregation {
    /// Whether they are to be.
    pub enabled: Flag,
    /// The tunnels that make one line of two.
    pub tunnel: Maybe<Tunnels>,
}

/// A tunnel over each of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Tunnels {
    pub lte: Maybe<Tunnel>,
    pub xdsl: Maybe<Tunnel>,
}

/// One tunnel. Its rates are not read: in what unit they are is documented nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Tunnel {
    /// Whether it is up.
    pub connected: Flag,
}
