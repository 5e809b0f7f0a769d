//! Who has which address: in our words.

use std::net::IpAddr;
use std::sync::Arc;

use super::host::{add_name, names};
use crate::metric::{Families, Name, Origin, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::parts::choice::moment;
use crate::sources::freebox::parts::dhcp::{Given, Snapshot};

crate::metrics! {
    /// Whether the box gives IPv4 addresses.
    ENABLED = Gauge "freebox_dhcp_enabled" {};

    /// Whether the box answers DHCPv6.
    ENABLED_V6 = Gauge "freebox_dhcpv6_enabled" {};

    /// Addresses that the box has to give.
    POOL = Gauge "freebox_dhcp_pool_addresses" {};

    /// Addresses of those that somebody has, or that are reserved for somebody.
    USED = Gauge "freebox_dhcp_pool_used_addresses" {};

    /// Leases that run, by whether the address is reserved for its host (static) or not (dynamic).
    LEASES = Gauge "freebox_dhcp_leases" { assignment };

    /// Addresses that are reserved for somebody, whether they are in use or not.
    RESERVED = Gauge "freebox_dhcp_reserved_addresses" {};

    /// A lease: whose it is, and whether the address is reserved (static) or not (dynamic).
    LEASE = Info "freebox_dhcp_lease_info" { ip, mac, host, assignment };

    /// Seconds until a lease ends.
    REMAINING = Gauge<f64> "freebox_dhcp_lease_remaining_seconds" { ip, mac };

    /// When a lease was given, in seconds since 1970.
    ASSIGNED = Gauge<f64> "freebox_dhcp_lease_assigned_timestamp_seconds" { ip, mac };

    /// When a lease was last asked for, in seconds since 1970.
    REFRESHED = Gauge<f64> "freebox_dhcp_lease_refreshed_timestamp_seconds" { ip, mac };
}

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        if let Some(enabled) = self.config.as_ref().and_then(|config| config.enabled.0) {
            out.put(&ENABLED, [], enabled);
        }
        if let Some(enabled) = self.config_v6.as_ref().and_then(|config| config.enabled.0) {
            out.put(&ENABLED_V6, [], enabled);
        }
        if let Some((first, last)) = self.pool() {
            out.put(&POOL, [], u64::from(u32::from(last) - u32::from(first)) + 1);
        }
        if let Some(used) = self.used {
            out.put(&USED, [], used);
        }
        if let Some([dynamic, fixed]) = self.running {
            out.put(&LEASES, ["dynamic"], dynamic);
            out.put(&LEASES, ["static"], fixed);
        }
        if let Some(reserved) = self.reserved {
            out.put(&RESERVED, [], reserved);
        }
        self.leases.iter().for_each(|given| measure_lease(given, out));
        out.fold(self.folded);
    }

    fn sightings(&self, out: &mut Vec<Sighting>) {
        out.extend(self.leases.iter().map(|given| Sighting {
            mac: Some(given.mac),
            addresses: vec![IpAddr::V4(given.ip)],
            names: lease_names(given),
            // A lease outlives the visit of its host.
            connected: None,
            ..Sighting::default()
        }));
    }
}

fn measure_lease(given: &Given, out: &mut Families) {
    let (ip, mac) = (given.ip.to_string(), given.mac.to_string());
    let assignment = match given.lease.is_static.0 {
        Some(true) => "static",
        Some(false) => "dynamic",
        None => "",
    };
    let name = lease_names(given).first().map(|name| Arc::clone(&name.text)).unwrap_or_default();
    out.put(&LEASE, [&ip, &mac, &name, assignment], true);
    if let Some(remaining) = given.lease.lease_remaining.count() {
        out.put(&REMAINING, [&ip, &mac], remaining);
    }
    if let Some(when) = moment(given.lease.assign_time) {
        out.put(&ASSIGNED, [&ip, &mac], when);
    }
    if let Some(when) = moment(given.lease.refresh_time) {
        out.put(&REFRESHED, [&ip, &mac], when);
    }
}

fn lease_names(Given { lease, .. }: &Given) -> Vec<Name> {
    let mut found = lease.host.0.as_ref().map(names).unwrap_or_default();
    add_name(&lease.hostname, Origin::Dhcp, &mut found);
    found
}
