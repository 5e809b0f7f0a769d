//! `wifi/`: radios, networks and who is on them (dev.freebox.fr/sdk/os/wifi).
//!
//! The password of a network comes in the same answer as its name (`config.key`, `bss_params.key`, WPS codes). No type
//! here has a place for it.

use serde::de::{Deserializer, Error};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::host::Host;
use super::lenient::{Flag, Int, Listed, Maybe, Num, Text};

/// `wifi/config/`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Whether Wi-Fi is wanted.
    pub enabled: Flag,
}

/// `wifi/state/`, since version 10.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct State {
    /// `enabled`, `disabled`, `disabled_planning`.
    pub state: Text,
    /// The radios that the box was built with.
    pub expected_phys: Listed<Phy>,
}

/// A radio that the box was built with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Phy {
    /// `2d4g`, `5g` …
    pub band: Text,
    /// As the access point's.
    pub phy_id: Int,
    /// Whether it was found.
    pub detected: Flag,
}

/// An object, or a list with one in it: the documentation shows `wifi/state/` as a list, boxes send an object.
#[derive(Clone, Debug, Default)]
pub struct Wrapped<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Wrapped<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let first = if raw.starts_with('[') {
            serde_json::from_str::<Vec<T>>(raw).map(|list| list.into_iter().next())
        } else {
            serde_json::from_str(raw).map(Some)
        };
        let first = first.map_err(D::Error::custom)?;
        first.map(Wrapped).ok_or_else(|| D::Error::invalid_length(0, &"an object, or a list with one in it"))
    }
}

/// An access point: one radio.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ap {
    /// 0 and 1 on many boxes, also 10, 11, 30.
    pub id: Int,
    /// `2.4G`, `5G` …
    pub name: Text,
    /// What it does.
    pub status: Maybe<ApStatus>,
    /// What it should do.
    pub config: Maybe<ApConfig>,
}

/// What an access point does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ApStatus {
    /// `active`, `dfs` …
    pub state: Text,
    /// In MHz, as text.
    pub channel_width: Int,
    /// 0 for none.
    pub primary_channel: Int,
    /// 0 for none.
    pub secondary_channel: Int,
    /// Seconds until it may send, while it listens for radar.
    pub dfs_cac_remaining_time: Int,
}

/// What an access point should do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ApConfig {
    /// `2d4g`, `5g`, `6g`, `60g`.
    pub band: Text,
}

/// A network on a radio.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Bss {
    /// Its hardware address.
    pub id: Text,
    /// The access point.
    pub phy_id: Int,
    /// What it does.
    pub status: Maybe<BssStatus>,
    /// What it should do; the password is left where it is.
    pub config: Maybe<BssConfig>,
}

/// What a network does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BssStatus {
    /// `active`, `disabled` …
    pub state: Text,
    /// Stations that are associated.
    pub sta_count: Int,
    /// Of those, who may send.
    pub authorized_sta_count: Int,
}

/// What a network should do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BssConfig {
    /// Its name; hostile.
    pub ssid: Text,
    /// `wpa23_psk_ccmp` …
    pub encryption: Text,
}

/// Who is on a network. `rx` is from the station.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Station {
    /// Its hardware address.
    pub mac: Text,
    /// The network.
    pub bssid: Text,
    /// Its name, or nothing, or its hardware address again; hostile.
    pub hostname: Text,
    /// `associated`, `authenticated`.
    pub state: Text,
    /// Seconds since it was last heard.
    pub inactive: Int,
    /// Seconds since it associated.
    pub conn_duration: Int,
    /// Bytes from it since then.
    pub rx_bytes: Int,
    /// Bytes to it since then.
    pub tx_bytes: Int,
    /// Bytes per second from it.
    pub rx_rate: Int,
    /// Bytes per second to it.
    pub tx_rate: Int,
    /// In dBm; 0 for unknown. Version 4's documentation calls it an attenuation.
    pub signal: Num,
    /// The last frame from it.
    pub last_rx: Maybe<LastFrame>,
    /// The last frame to it.
    pub last_tx: Maybe<LastFrame>,
    /// The host that it is; missing for one that has just come.
    pub host: Maybe<Host>,
}

/// How a frame was sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LastFrame {
    /// In 0.1 Mbit/s.
    pub bitrate: Int,
}
