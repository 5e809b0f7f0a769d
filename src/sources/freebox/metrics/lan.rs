//! Who is on the network: in our words. Counts are of all hosts that the box remembers, rows of those that are shown.

use super::host::{addresses, attachment, names};
use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::parts::choice::moment;
use crate::sources::freebox::parts::lan::{Known, Snapshot};

crate::metrics! {
    /// Hosts that the box remembers on an interface, as it counts them.
    REMEMBERED = Gauge "freebox_lan_interface_hosts" { interface };

    /// Hosts that the box remembers on an interface, by whether they are active, inactive, or it does not say.
    HOSTS = Gauge "freebox_lan_hosts" { interface, state };

    /// A host on the network: its name, its first address, who made it, and what the box takes it for.
    HOST = Info "freebox_lan_host_info" { mac, host, ip, vendor, device, interface };

    /// Whether a host sends.
    ACTIVE = Gauge "freebox_lan_host_active" { mac };

    /// Whether a host can be reached.
    REACHABLE = Gauge "freebox_lan_host_reachable" { mac };

    /// When a host last sent, in seconds since 1970.
    LAST_ACTIVE = Gauge<f64> "freebox_lan_host_last_active_timestamp_seconds" { mac };

    /// When a host was last reached, in seconds since 1970.
    LAST_REACHED = Gauge<f64> "freebox_lan_host_last_reached_timestamp_seconds" { mac };
}

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        for interface in &self.interfaces {
            if let (Some(name), Some(count)) = (interface.name.as_deref(), interface.host_count.count()) {
                out.put(&REMEMBERED, [name], count);
            }
        }
        for (interface, counts) in &self.counts {
            out.put(&HOSTS, [interface, "active"], counts.active);
            out.put(&HOSTS, [interface, "inactive"], counts.inactive);
            if counts.unknown > 0 {
                out.put(&HOSTS, [interface, "unknown"], counts.unknown);
            }
        }
        self.hosts.iter().for_each(|known| measure_host(known, out));
        out.fold(self.folded);
    }

    fn sightings(&self, out: &mut Vec<Sighting>) {
        out.extend(self.hosts.iter().map(|Known { mac, host, .. }| Sighting {
            mac: *mac,
            addresses: addresses(host),
            names: names(host),
            attachment: attachment(host),
            volume: None,
            connected: host.active.0.or(host.reachable.0),
        }));
    }
}

/// A host without a hardware address has nothing that names it for ever, and is only counted.
fn measure_host(Known { mac, interface, host }: &Known, out: &mut Families) {
    let Some(mac) = mac.map(|mac| mac.to_string()) else { return };
    let names = names(host);
    let name = names.first().map(|name| &*name.text).unwrap_or_default();
    let ip = addresses(host).first().map(ToString::to_string).unwrap_or_default();
    let (vendor, device) = (host.vendor_name.or_empty(), host.host_type.or_empty());
    out.put(&HOST, [&mac, name, &ip, vendor, device, interface], true);
    if let Some(active) = host.active.0 {
        out.put(&ACTIVE, [&mac], active);
    }
    if let Some(reachable) = host.reachable.0 {
        out.put(&REACHABLE, [&mac], reachable);
    }
    if let Some(when) = moment(host.last_activity) {
        out.put(&LAST_ACTIVE, [&mac], when);
    }
    if let Some(when) = moment(host.last_time_reachable) {
        out.put(&LAST_REACHED, [&mac], when);
    }
}
