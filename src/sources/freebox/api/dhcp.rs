//! `dhcp/` and `dhcpv6/`: who has which address, and for how long (dev.freebox.fr/sdk/os/dhcp).

use serde::Deserialize;

use super::host::Host;
use super::lenient::{Flag, Int, Maybe, Text};

/// `dhcp/config/`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Whether the box gives addresses.
    pub enabled: Flag,
    /// The first that it gives.
    pub ip_range_start: Text,
    /// The last.
    pub ip_range_end: Text,
}

/// `dhcpv6/config/`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConfigV6 {
    /// Whether the box answers DHCPv6.
    pub enabled: Flag,
}

/// An address that somebody has, from `dhcp/dynamic_lease/`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Lease {
    /// Who.
    pub mac: Text,
    /// What it calls itself; hostile.
    pub hostname: Text,
    /// The address.
    pub ip: Text,
    /// Seconds until it ends.
    pub lease_remaining: Int,
    /// When it was given, in seconds since 1970.
    pub assign_time: Int,
    /// When it was last asked for, likewise.
    pub refresh_time: Int,
    /// Whether the address is reserved for that host.
    pub is_static: Flag,
    /// The host that it is.
    pub host: Maybe<Host>,
}

/// An address that is reserved for somebody, from `dhcp/static_lease/`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Reservation {
    /// The address.
    pub ip: Text,
}
