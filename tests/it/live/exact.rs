//! Every byte of the simulated house, over a cable, against the simulator's truth.

use std::collections::BTreeMap;
use std::net::IpAddr;

use lanlord_sim::house::House;
use lanlord_sim::prefix::{LOCAL, Prefix};
use lanlord_sim::truth::{Counts, Totals, Truth};

use super::lanlord::Lanlord;
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab};
use super::traffic;

const PACKETS: u64 = 20_000;

#[test]
fn every_byte_of_a_house_on_a_cable_is_counted_for_the_right_host() {
    let Some(lab) = Lab::open() else { return };
    let house = House::new(7, 60);
    // The private ranges and the house's global prefix.
    let cidr = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10", "2001:db8:1::/48"];
    let mut arguments = vec!["--interface", LAN];
    cidr.iter().for_each(|prefix| arguments.extend(["--cidr", prefix]));
    let lanlord = Lanlord::in_namespace(&lab.near, &arguments);
    lanlord.until_up();
    let capture = lanlord.folder.path().join("house.pcap");
    let truth = traffic::house(&house, PACKETS, &capture);
    assert_eq!(traffic::inject(&lab.far, FAR, &capture, 1), PACKETS);
    lanlord.until_at_least("wire_frames_total", &[("interface", LAN)], PACKETS);
    let hosts = expected_hosts(&house, &truth);
    let metrics = lanlord.until("all hosts have settled", |metrics| {
        metrics.of("lan_host_received_bytes_total", &[]).count() >= hosts.len()
    });
    check_totals(&metrics, &truth.totals);
    assert_eq!(counted_hosts(&metrics), hosts);
    let everybody: u64 = hosts.values().map(|counts| counts.received_bytes + counts.sent_bytes).sum();
    assert_eq!(metrics.sum("node_bytes_total", &[]), Some(everybody));
    for (name, value) in
        [("wire_dropped_frames_total", 0), ("wire_ring_freezes_total", 0), ("wire_superframes_total", 0)]
    {
        assert_eq!(metrics.sum(name, &[("interface", LAN)]), Some(value), "{name}");
    }
    assert_eq!(metrics.sum("lanlord_folded_total", &[]), Some(0));
}

/// By hardware address, or by address for hosts that have none on this segment.
fn expected_hosts(house: &House, truth: &Truth) -> BTreeMap<String, Counts> {
    let mut prefixes: Vec<Prefix> = LOCAL.to_vec();
    prefixes.push("2001:db8:1::/48".parse().unwrap());
    let mut hosts: BTreeMap<String, Counts> = BTreeMap::new();
    for row in truth.rows(house, &prefixes) {
        let zero = row.counts == Counts::default();
        if zero {
            continue;
        }
        let key = row.mac.map_or_else(|| row.address.to_string(), |mac| mac.to_string());
        let sum = hosts.entry(key).or_default();
        sum.received_packets += row.counts.received_packets;
        sum.received_bytes += row.counts.received_bytes;
        sum.sent_packets += row.counts.sent_packets;
        sum.sent_bytes += row.counts.sent_bytes;
    }
    hosts
}

fn counted_hosts(metrics: &Metrics) -> BTreeMap<String, Counts> {
    let mut hosts: BTreeMap<String, Counts> = BTreeMap::new();
    for sample in &metrics.0 {
        let Some(what) = sample.name.strip_prefix("lan_host_") else { continue };
        let (mac, ip) = (sample.label("mac"), sample.label("ip"));
        let address: Option<IpAddr> = ip.parse().ok();
        assert!(address.is_some(), "{sample}");
        let counts = hosts.entry(if mac.is_empty() { ip.to_owned() } else { mac.to_owned() }).or_default();
        let field = match what {
            "received_packets_total" => &mut counts.received_packets,
            "received_bytes_total" => &mut counts.received_bytes,
            "sent_packets_total" => &mut counts.sent_packets,
            "sent_bytes_total" => &mut counts.sent_bytes,
            other => panic!("lan_host_{other}"),
        };
        *field += sample.whole();
    }
    hosts
}

fn check_totals(metrics: &Metrics, totals: &Totals) {
    let check = |name: &str, labels: &[(&str, &str)], expected: u64| {
        let mut all = vec![("interface", LAN)];
        all.extend(labels);
        assert_eq!(metrics.sum(name, &all), Some(expected), "{name}{labels:?}");
    };
    for (cast, frames) in [
        ("unicast", totals.unicast_frames),
        ("multicast", totals.multicast_frames),
        ("broadcast", totals.broadcast_frames),
    ] {
        check("wire_frames_total", &[("destination", cast)], frames);
    }
    check("wire_frame_bytes_total", &[], totals.wire_bytes);
    let mut all = 0;
    for (family, of_family) in [("ipv4", &totals.ipv4), ("ipv6", &totals.ipv6)] {
        let protocols = [
            ("tcp", of_family.tcp),
            ("udp", of_family.udp),
            ("icmp", of_family.icmp),
            ("other", of_family.other),
        ];
        for (protocol, amount) in protocols {
            let labels = [("family", family), ("protocol", protocol)];
            check("wire_packets_total", &labels, amount.packets);
            check("wire_bytes_total", &labels, amount.bytes);
        }
        all += of_family.all().bytes;
    }
    assert_eq!(metrics.sum("network_bytes_total", &[]), Some(all));
    for (reason, frames) in [
        ("arp", totals.arp_frames),
        ("llc", totals.llc_frames),
        ("other_protocol", totals.other_ethertype_frames),
        ("ppp_control", totals.pppoe_control_frames),
        ("truncated_link", 0),
        ("truncated_ip", 0),
        ("bad_ip_header", 0),
        ("vlan_depth", 0),
        ("unknown_link", 0),
    ] {
        check("wire_skipped_frames_total", &[("reason", reason)], frames);
    }
}
