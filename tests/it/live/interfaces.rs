//! Interfaces that go down, go away, come back, come late; and the way out, where none was named.

use std::path::PathBuf;
use std::time::Duration;

use super::lanlord::Lanlord;
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab, Namespace};
use super::traffic::{self, ethernet, ipv4, mac, udp};
use super::wait;

const FRAME_BYTES: u64 = 14 + 128;

fn frame(lanlord: &Lanlord) -> PathBuf {
    let capture = lanlord.folder.path().join("frame.pcap");
    traffic::frames([&ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)))], &capture);
    capture
}

/// Waits until the interface has carried so many of these frames, and exactly so many.
#[track_caller]
fn check_frames(lanlord: &Lanlord, interface: &str, frames: u64) -> Metrics {
    let labels = [("interface", interface)];
    let metrics = lanlord.until_at_least("wire_frames_total", &labels, frames);
    assert_eq!(metrics.sum("wire_frames_total", &labels), Some(frames));
    assert_eq!(metrics.sum("wire_frame_bytes_total", &labels), Some(frames * FRAME_BYTES));
    metrics
}

/// Waits until its part is down for this reason, on the page and in the log as in the metrics.
#[track_caller]
fn check_down(lanlord: &Lanlord, code: &str, message: &str) {
    let (_, page) = wait::until("the page tells the code", || {
        let (status, page) = lanlord.get("/");
        page.contains(&format!("<span class=\"code\">{code}</span>")).then_some((status, page))
    });
    assert!(page.contains("<span class=\"badge down\">unreachable</span>"), "{page}");
    assert!(page.contains(message), "{page}");
    let metrics = lanlord.until("its part is down", |metrics| metrics.sum("lanlord_part_up", &[]) == Some(0));
    assert_eq!(metrics.sum("lanlord_source_up", &[]), Some(0));
    assert!(metrics.sum("lanlord_visits_total", &[("outcome", "unreachable")]) >= Some(1));
    assert_eq!(metrics.of("wire_frames_total", &[]).count(), 0, "a gap is honest, an old number is not");
    let log = lanlord.log();
    let told = log.lines().filter(|line| line.contains(code) && line.contains(" reason=unreachable "));
    assert_eq!(told.count(), 1, "once for each change\n{log}");
}

#[track_caller]
fn check_idle(lanlord: &Lanlord) {
    let before = lanlord.cpu();
    wait::pass(Duration::from_secs(2));
    let used = lanlord.cpu() - before;
    eprintln!("used {used:?} of CPU in 2 s");
    assert!(used < Duration::from_millis(100), "used {used:?} of CPU in 2 s of nothing");
}

fn is_promiscuous(namespace: &Namespace, interface: &str) -> bool {
    namespace.ip(&format!("-d link show dev {interface}")).contains(" promiscuity 1 ")
}

#[test]
fn an_interface_that_goes_down_and_up_goes_on_where_it_was() {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let capture = frame(&lanlord);
    traffic::inject(&lab.far, FAR, &capture, 10);
    check_frames(&lanlord, LAN, 10);
    lab.near.ip(&format!("link set {LAN} down"));
    let message = format!("interface `{LAN}` is down; set it up with `ip link set {LAN} up`");
    check_down(&lanlord, "interface_down", &message);
    check_idle(&lanlord);
    lab.near.ip(&format!("link set {LAN} up"));
    lanlord.until_up();
    traffic::inject(&lab.far, FAR, &capture, 5);
    let metrics = check_frames(&lanlord, LAN, 15);
    assert_eq!(metrics.sum("lan_host_sent_packets_total", &[("ip", "192.168.77.2")]), Some(15));
    assert_eq!(metrics.sum("wire_interface_rebinds_total", &[]), Some(0));
}

#[test]
fn an_interface_that_is_removed_and_made_again_is_heard_again() {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let capture = frame(&lanlord);
    traffic::inject(&lab.far, FAR, &capture, 10);
    check_frames(&lanlord, LAN, 10);
    assert!(is_promiscuous(&lab.near, LAN));
    lab.near.ip(&format!("link del {LAN}"));
    check_down(&lanlord, "no_interface", &format!("there is no interface `{LAN}`"));
    check_idle(&lanlord);
    lab.cable();
    lanlord.until_up();
    assert!(is_promiscuous(&lab.near, LAN));
    traffic::inject(&lab.far, FAR, &capture, 5);
    let metrics = check_frames(&lanlord, LAN, 15);
    assert_eq!(metrics.sum("lan_host_sent_packets_total", &[("ip", "192.168.77.2")]), Some(15));
    assert_eq!(metrics.sum("wire_interface_rebinds_total", &[("interface", LAN)]), Some(1));
}

#[test]
fn an_interface_that_visits_another_namespace_is_heard_when_it_is_back() {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let capture = frame(&lanlord);
    traffic::inject(&lab.far, FAR, &capture, 10);
    check_frames(&lanlord, LAN, 10);
    let away = Namespace::new();
    lab.near.ip(&format!("link set {LAN} netns {}", away.name));
    check_down(&lanlord, "no_interface", &format!("there is no interface `{LAN}`"));
    // It keeps its index, if that is free where it comes to.
    away.ip(&format!("link set {LAN} netns {}", lab.near.name));
    lab.near.ip(&format!("link set {LAN} up"));
    lanlord.until_up();
    assert!(is_promiscuous(&lab.near, LAN));
    traffic::inject(&lab.far, FAR, &capture, 5);
    let metrics = check_frames(&lanlord, LAN, 15);
    assert_eq!(metrics.sum("wire_interface_rebinds_total", &[("interface", LAN)]), Some(1));
}

#[test]
fn an_interface_that_comes_later_is_taken_when_it_comes() {
    let Some(lab) = Lab::open() else { return };
    lab.near.ip(&format!("link del {LAN}"));
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    check_down(
        &lanlord,
        "no_interface",
        &format!("there is no interface `{LAN}` (there are `lo`); it is used as soon as it appears"),
    );
    check_idle(&lanlord);
    lab.cable();
    lanlord.until_up();
    let capture = frame(&lanlord);
    traffic::inject(&lab.far, FAR, &capture, 5);
    let metrics = check_frames(&lanlord, LAN, 5);
    assert_eq!(metrics.sum("wire_interface_rebinds_total", &[("interface", LAN)]), Some(0));
}

#[test]
fn where_there_is_no_way_out_it_starts_and_waits_for_one() {
    let Some(lab) = Lab::open() else { return };
    // Its own questions for names would be among the packets.
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("lanlord.toml");
    std::fs::write(&config, "[dns]\nenabled = false\n").unwrap();
    let lanlord = Lanlord::in_namespace(&lab.near, &["--config.file", config.to_str().unwrap()]);
    let message = "there is no default route, so no interface to listen on; name one with `--interface` or in the \
                   configuration";
    check_down(&lanlord, "no_default_route", message);
    assert_eq!(lanlord.get("/-/ready").0, 200);
    lab.addresses();
    lab.near.ip(&format!("route add default via 192.168.77.2 dev {LAN}"));
    lanlord.until_up();
    // Its own prefix is counted; of the neighbour's, nothing but what the interface carried.
    let own = ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)));
    let mut stranger = own.clone();
    // The third octet of both addresses: 192.168.78.
    (stranger[28], stranger[32]) = (78, 78);
    let capture = lanlord.folder.path().join("frames.pcap");
    traffic::frames([&own, &stranger], &capture);
    traffic::inject(&lab.far, FAR, &capture, 5);
    check_frames(&lanlord, LAN, 10);
    let sent = |metrics: &Metrics| metrics.sum("lan_host_sent_packets_total", &[]);
    let metrics = lanlord.until("the hosts are shown", |metrics| sent(metrics).is_some());
    assert_eq!(sent(&metrics), Some(5));
    assert_eq!(metrics.sum("lan_host_sent_packets_total", &[("ip", "192.168.77.2")]), Some(5));
}
