//! A host as the box knows it (`LanHost` of dev.freebox.fr/sdk/os/lan): the same object in the list of hosts, beside a
//! Wi-Fi station and beside a lease.
//!
//! What parents set for it (`network_control`) is not read.

use serde::Deserialize;

use super::lenient::{Flag, Int, Listed, Maybe, Num, Text};

/// A host.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Host {
    /// The name that the box shows; hostile.
    pub primary_name: Text,
    /// Whether a person gave that name; `""` where the box does not say.
    pub primary_name_manual: Flag,
    /// `smartphone`, `printer` …: guessed, or set by a person; more come with each firmware.
    pub host_type: Text,
    /// Who made it, by its hardware address.
    pub vendor_name: Text,
    /// Its hardware address.
    pub l2ident: Maybe<L2Ident>,
    /// Whether it sends.
    pub active: Flag,
    /// Whether it can be reached.
    pub reachable: Flag,
    /// When it last sent, in seconds since 1970; 0 for never.
    pub last_activity: Int,
    /// When it was last reached, likewise.
    pub last_time_reachable: Int,
    /// What it calls itself; hostile.
    pub names: Listed<HostName>,
    /// Its addresses, old ones too.
    pub l3connectivities: Listed<Address>,
    /// Where it is attached; only of hosts that can be reached, on recent firmware.
    pub access_point: Maybe<AccessPoint>,
}

/// What tells a host from others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct L2Ident {
    /// A hardware address, as a rule.
    pub id: Text,
}

/// What a host calls itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct HostName {
    /// The name; hostile.
    pub name: Text,
    /// `dhcp`, `netbios`, `mdns`, `mdns_srv`, `upnp`, `wsd`.
    pub source: Text,
}

/// An address of a host.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Address {
    /// IPv4 or IPv6.
    pub addr: Text,
    /// Whether it is in use.
    pub active: Flag,
}

/// Where a host is attached.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccessPoint {
    /// Over the air.
    pub wifi_information: Maybe<Air>,
}

/// How a host is attached over the air.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Air {
    /// `2d4g`, `5g` …
    pub band: Text,
    /// In dBm; 0 for unknown.
    pub signal: Num,
}
