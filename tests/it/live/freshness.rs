//! How soon a packet is in a scrape.

use std::time::Duration;

use super::lanlord::Lanlord;
use super::netns::{FAR, LAN, Lab};
use super::traffic::{self, ethernet, ipv4, mac, udp};
use super::wait::Watch;

#[test]
fn a_packet_is_in_the_metrics_within_seconds() {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let capture = lanlord.folder.path().join("frame.pcap");
    traffic::frames([&ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)))], &capture);
    let mut measured = Vec::new();
    for round in 1..=6 {
        traffic::inject(&lab.far, FAR, &capture, 1);
        let watch = Watch::start();
        let labels = [("ip", "192.168.77.2")];
        lanlord.until_at_least("lan_host_sent_bytes_total", &labels, round * 128);
        measured.push(watch.elapsed());
    }
    eprintln!("a new host after {:?}, a known one after {:?}", measured[0], &measured[1..]);
    // A host is new for two seconds, a block of the ring waits 0.1 s, and there is a visit every second; a scrape
    // here starts a process.
    assert!(measured[0] < Duration::from_millis(3_500), "{measured:?}");
    let slowest = measured[1..].iter().max().unwrap();
    assert!(*slowest < Duration::from_millis(1_500), "{measured:?}");
}
