//! What the wire tells, in our words. Pure.

use std::net::IpAddr;
use std::sync::Arc;

use crate::metric::{Families, Mac, Name, Origin, Sighting};
use crate::sources::Measure;
use crate::sources::wire::accounts::Totals;
use crate::sources::wire::devices::OTHER;
use crate::sources::wire::packet::Skip;
use crate::sources::wire::snapshot::{Host, Snapshot};

crate::metrics! {
    /// Bytes of all IP packets on the captured interfaces since lanlord started, IPv4 and IPv6, inside the monitored
    /// prefixes or not, by the length in the outermost IP header.
    NETWORK_BYTES = Counter "network_bytes_total" {};

    /// Bytes received and sent together since lanlord started by the monitored hosts of one name, or by the unnamed
    /// host `unknown-<ip>`, by the length in the outermost IP header; begins anew for a name that nobody had any more
    /// when there was no room.
    NODE_BYTES = Counter "node_bytes_total" { device };

    /// Bytes received by a monitored host since lanlord started, by the length in the outermost IP header.
    HOST_RECEIVED_BYTES = Counter "lan_host_received_bytes_total" { host, ip, mac };

    /// Bytes sent by a monitored host since lanlord started, by the length in the outermost IP header.
    HOST_SENT_BYTES = Counter "lan_host_sent_bytes_total" { host, ip, mac };

    /// IP packets received by a monitored host since lanlord started, as they were on the wire, before offloading
    /// merged them.
    HOST_RECEIVED_PACKETS = Counter "lan_host_received_packets_total" { host, ip, mac };

    /// IP packets sent by a monitored host since lanlord started, as they were on the wire, before offloading merged
    /// them.
    HOST_SENT_PACKETS = Counter "lan_host_sent_packets_total" { host, ip, mac };

    /// Hosts that have a row of their own.
    HOSTS = Gauge "wire_hosts" {};

    /// Addresses that are being counted, of all hosts.
    ADDRESSES = Gauge "wire_addresses" {};

    /// Whether the interface can be heard (1) or is missing or set down (0); with the last interface of a source all of
    /// its samples go, so alert on `lanlord_source_up`.
    INTERFACE_UP = Gauge "wire_interface_up" { interface };

    /// Frames on the wire since lanlord started, by whom they are addressed to: unicast, multicast or broadcast.
    FRAMES = Counter "wire_frames_total" { interface, destination };

    /// Bytes of frames on the wire since lanlord started, link headers and VLAN tags included, check sequences not.
    FRAME_BYTES = Counter "wire_frame_bytes_total" { interface, destination };

    /// IP packets on the wire since lanlord started, whoever sent them, by family and transport protocol.
    PACKETS = Counter "wire_packets_total" { interface, family, protocol };

    /// Bytes of IP packets on the wire since lanlord started, whoever sent them, by the length in the outermost IP
    /// header.
    BYTES = Counter "wire_bytes_total" { interface, family, protocol };

    /// Frames since lanlord started that were not accounted to any host, by the reason.
    SKIPPED = Counter "wire_skipped_frames_total" { interface, reason };

    /// Frames since lanlord started that offloading had merged from several on the wire; they are counted as those.
    SUPERFRAMES = Counter "wire_superframes_total" { interface };

    /// Frames since lanlord started that the kernel had no room for in the ring, and that are not counted anywhere
    /// else.
    DROPPED = Counter "wire_dropped_frames_total" { interface };

    /// How often since lanlord started the ring was full.
    FREEZES = Counter "wire_ring_freezes_total" { interface };

    /// Frames that the interface itself had to let go since it was set up, where its driver says.
    MISSED = Counter "wire_missed_frames_total" { interface };

    /// How often since lanlord started the interface went away and came back.
    REBOUND = Counter "wire_interface_rebinds_total" { interface };
}

/// Label values in the order of `Totals`' arrays.
const DESTINATIONS: [&str; 3] = ["unicast", "multicast", "broadcast"];
const FAMILIES: [&str; 2] = ["ipv4", "ipv6"];
const PROTOCOLS: [&str; 4] = ["tcp", "udp", "icmp", "other"];

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        let ip_bytes: u64 = self.interfaces.iter().map(|figures| figures.record.ip_bytes_of_its_own()).sum();
        out.put(&NETWORK_BYTES, [], self.past_ip_bytes + ip_bytes);
        for (device, bytes) in &self.devices {
            out.put(&NODE_BYTES, [device], *bytes);
        }
        for host in &self.hosts {
            measure_host(host, out);
        }
        out.put(&HOSTS, [], self.hosts.iter().filter(|host| host.ip.is_some()).count());
        out.put(&ADDRESSES, [], self.addresses);
        for figures in &self.interfaces {
            let name = figures.name.as_str();
            out.put(&INTERFACE_UP, [name], figures.problem.is_none());
            let record = &figures.record;
            measure_totals(name, &record.totals, out);
            if !figures.has_ring {
                continue;
            }
            out.put(&DROPPED, [name], record.dropped);
            out.put(&FREEZES, [name], record.freezes);
            out.put(&REBOUND, [name], record.rebound);
            if let Some(missed) = record.missed {
                out.put(&MISSED, [name], missed);
            }
        }
        out.fold(self.folded_since);
    }

    fn sightings(&self, out: &mut Vec<Sighting>) {
        out.extend(self.hosts.iter().filter(|host| host.ip.is_some()).map(|host| Sighting {
            mac: host.mac,
            addresses: host.addresses.clone(),
            names:
                host.name.iter().map(|name| Name { text: Arc::clone(name), origin: Origin::Ours }).collect(),
            volume: Some(host.traffic.into()),
            ..Sighting::default()
        }));
    }
}

fn measure_host(host: &Host, out: &mut Families) {
    let name = match host.ip {
        Some(_) => host.name.as_deref().unwrap_or_default(),
        None => OTHER,
    };
    let ip = host.ip.map(|ip: IpAddr| ip.to_string()).unwrap_or_default();
    let mac = host.mac.map(|mac: Mac| mac.to_string()).unwrap_or_default();
    let labels = [name, ip.as_str(), mac.as_str()];
    out.put(&HOST_RECEIVED_BYTES, labels, host.traffic.received_bytes);
    out.put(&HOST_SENT_BYTES, labels, host.traffic.sent_bytes);
    out.put(&HOST_RECEIVED_PACKETS, labels, host.traffic.received_packets);
    out.put(&HOST_SENT_PACKETS, labels, host.traffic.sent_packets);
}

fn measure_totals(interface: &str, totals: &Totals, out: &mut Families) {
    for (at, destination) in DESTINATIONS.into_iter().enumerate() {
        out.put(&FRAMES, [interface, destination], totals.frames[at]);
        out.put(&FRAME_BYTES, [interface, destination], totals.frame_bytes[at]);
    }
    for (family, of_family) in FAMILIES.into_iter().enumerate() {
        for (protocol, of_protocol) in PROTOCOLS.into_iter().enumerate() {
            out.put(&PACKETS, [interface, of_family, of_protocol], totals.packets[family][protocol]);
            out.put(&BYTES, [interface, of_family, of_protocol], totals.bytes[family][protocol]);
        }
    }
    for reason in Skip::ALL {
        out.put(&SKIPPED, [interface, reason.as_str()], totals.skipped[reason as usize]);
    }
    out.put(&SUPERFRAMES, [interface], totals.superframes);
}
