//! Interfaces that are looked at together, and those that only look on: several, a bridge and its port, a VLAN and
//! what carries it, a mirror port, the loopback.

use std::path::Path;

use super::lanlord::Lanlord;
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab, not_in_this_kernel, run};
use super::offload::{Served, python};
use super::traffic::{self, ethernet, ipv4, mac, udp};

/// Writes a capture of one frame of 128 IP bytes from host 2 to host 1 with these types before it.
fn frame(types: &[u16], folder: &Path) -> std::path::PathBuf {
    let capture = folder.join("frame.pcap");
    traffic::frames([&ethernet(mac(2), mac(1), types, &ipv4(2, 1, 17, &udp(100)))], &capture);
    capture
}

/// What host 2 sent and host 1 received, and all IP bytes: how many of these frames each is.
fn thrice(metrics: &Metrics) -> [u64; 3] {
    let host = |name, ip| metrics.sum(name, &[("ip", ip)]).unwrap_or(0);
    [
        host("lan_host_sent_bytes_total", "192.168.77.2"),
        host("lan_host_received_bytes_total", "192.168.77.1"),
        metrics.sum("network_bytes_total", &[]).unwrap_or(0),
    ]
    .map(|bytes| bytes / 128)
}

#[track_caller]
fn check(lanlord: &Lanlord, frames: u64, on: &[(&str, u64)]) {
    let metrics = lanlord.until("the host is shown", |metrics| {
        thrice(metrics)[0] >= frames
            && on.iter().all(|(name, frames)| {
                metrics.sum("wire_frames_total", &[("interface", name)]) >= Some(*frames)
            })
    });
    assert_eq!(thrice(&metrics), [frames; 3]);
    for &(interface, frames) in on {
        let counted = metrics.sum("wire_frames_total", &[("interface", interface)]);
        assert_eq!(counted, Some(frames), "{interface}");
    }
}

/// A second cable, to a second port of ours.
fn second_cable(lab: &Lab) {
    lab.near.ip(&format!("link add name lan1 type veth peer name far1 netns {}", lab.far.name));
    lab.near.ip("link set lan1 up");
    lab.far.ip("link set far1 up");
}

#[test]
fn several_interfaces_of_one_source_are_counted_apart_and_their_hosts_together() {
    let Some(lab) = Lab::open() else { return };
    second_cable(&lab);
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN, "--interface", "lan1"]);
    lanlord.until_up();
    let capture = frame(&[0x0800], lanlord.folder.path());
    traffic::inject(&lab.far, FAR, &capture, 10);
    traffic::inject(&lab.far, "far1", &capture, 4);
    check(&lanlord, 14, &[(LAN, 10), ("lan1", 4)]);
    // One of the two goes: a fault, and the other is served.
    lab.near.ip("link set lan1 down");
    let metrics = lanlord.until("one of them is down", |metrics| {
        metrics.sum("wire_interface_up", &[("interface", "lan1")]) == Some(0)
    });
    assert_eq!(metrics.sum("wire_interface_up", &[("interface", LAN)]), Some(1));
    assert_eq!(metrics.sum("lanlord_part_up", &[]), Some(1));
    assert!(metrics.sum("lanlord_faults_total", &[]) >= Some(1));
    traffic::inject(&lab.far, FAR, &capture, 1);
    check(&lanlord, 15, &[(LAN, 11), ("lan1", 4)]);
}

#[test]
fn a_bridge_and_its_port_show_each_packet_to_hosts_once() {
    let Some(lab) = Lab::open() else { return };
    second_cable(&lab);
    lab.near.ip("link add name br0 type bridge mcast_snooping 0");
    for port in [LAN, "lan1"] {
        lab.near.ip(&format!("link set {port} master br0"));
    }
    lab.near.ip("link set br0 up");
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", "br0", "--interface", LAN]);
    lanlord.until_up();
    let capture = frame(&[0x0800], lanlord.folder.path());
    traffic::inject(&lab.far, FAR, &capture, 10);
    check(&lanlord, 10, &[(LAN, 10), ("br0", 10)]);
}

#[test]
fn an_interface_that_becomes_a_port_of_a_bridge_takes_no_count_back() {
    let Some(lab) = Lab::open() else { return };
    lab.near.ip("link add name br0 type bridge mcast_snooping 0");
    lab.near.ip("link set br0 up");
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", "br0", "--interface", LAN]);
    lanlord.until_up();
    let capture = frame(&[0x0800], lanlord.folder.path());
    traffic::inject(&lab.far, FAR, &capture, 10);
    check(&lanlord, 10, &[(LAN, 10), ("br0", 0)]);
    lab.near.ip(&format!("link set {LAN} master br0"));
    traffic::inject(&lab.far, FAR, &capture, 5);
    check(&lanlord, 15, &[(LAN, 15)]);
}

#[test]
fn a_vlan_and_the_interface_that_carries_it_show_each_packet_to_hosts_once() {
    let Some(lab) = Lab::open() else { return };
    let line = format!(
        "ip link add link {LAN} name {LAN}.20 type vlan id 20 2>&1 && ip link set {LAN}.20 up || echo none"
    );
    if lab.near.shell(&line).contains("none") {
        return not_in_this_kernel("VLAN interfaces (8021q)");
    }
    let vlan = format!("{LAN}.20");
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN, "--interface", &vlan]);
    lanlord.until_up();
    let capture = frame(&[0x8100, 20, 0x0800], lanlord.folder.path());
    traffic::inject(&lab.far, FAR, &capture, 10);
    check(&lanlord, 10, &[(LAN, 10), (&vlan, 10)]);
}

#[test]
fn a_mirror_port_without_an_address_shows_who_talks_to_whom() {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let shown = lab.near.ip(&format!("-d link show dev {LAN}"));
    assert!(shown.contains(" promiscuity 1 "), "{shown}");
    // From and to hardware addresses that are neither end's.
    let capture = frame(&[0x0800], lanlord.folder.path());
    traffic::inject(&lab.far, FAR, &capture, 10);
    check(&lanlord, 10, &[(LAN, 10)]);
    let macs: Vec<String> = lanlord
        .metrics()
        .of("lan_host_sent_bytes_total", &[])
        .map(|sample| sample.label("mac").to_owned())
        .collect();
    assert_eq!(macs, ["02:00:5e:10:00:01", "02:00:5e:10:00:02"]);
}

#[test]
fn who_does_not_want_an_interface_promiscuous_gets_it_as_it_is() {
    let Some(lab) = Lab::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("lanlord.toml");
    let text = format!("[[source]]\nkind = \"wire\"\ninterfaces = [\"{LAN}\"]\npromiscuous = false\n");
    std::fs::write(&config, text).unwrap();
    let lanlord = Lanlord::in_namespace(&lab.near, &["--config.file", config.to_str().unwrap()]);
    lanlord.until_up();
    let shown = lab.near.ip(&format!("-d link show dev {LAN}"));
    assert!(shown.contains(" promiscuity 0 "), "{shown}");
}

#[test]
fn the_loopback_shows_each_packet_once() {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", "lo", "--cidr", "127.0.0.0/8"]);
    lanlord.until_up();
    let sink = Served::start(python(&lab.near, &["sink", "127.0.0.6"]));
    let to = ["datagrams", "127.0.0.5", "127.0.0.6", &sink.first, "100", "0", "10"];
    run(&mut python(&lab.near, &to));
    // Scrapes go through the loopback, too, so only these two hosts are looked at.
    let (sent, received) = ([("ip", "127.0.0.5")], [("ip", "127.0.0.6")]);
    let metrics = lanlord.until_at_least("lan_host_sent_bytes_total", &sent, 1_280);
    assert_eq!(metrics.sum("lan_host_sent_bytes_total", &sent), Some(1_280));
    assert_eq!(metrics.sum("lan_host_sent_packets_total", &sent), Some(10));
    assert_eq!(metrics.sum("lan_host_received_bytes_total", &received), Some(1_280));
    assert_eq!(metrics.sum("wire_packets_total", &[("protocol", "udp")]), Some(10));
}
