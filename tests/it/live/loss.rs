//! Nothing is lost silently: what lanlord could not count, it says.

use lanlord_sim::house::House;

use super::lanlord::Lanlord;
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab};
use super::traffic;
use super::wait::Watch;

/// Counted, and reported as dropped.
fn counted_and_dropped(metrics: &Metrics) -> (u64, u64) {
    let sum = |name: &str| metrics.sum(name, &[("interface", LAN)]).unwrap_or(0);
    (sum("wire_frames_total"), sum("wire_dropped_frames_total"))
}

fn until_all_are_accounted_for(lanlord: &Lanlord, lab: &Lab, sent: u64) -> Metrics {
    let metrics = lanlord.until(&format!("{sent} frames are counted or reported as dropped"), |metrics| {
        let (counted, dropped) = counted_and_dropped(metrics);
        counted + dropped >= sent
    });
    let (counted, dropped) = counted_and_dropped(&metrics);
    let arrived = lab.near.counter(LAN, "rx_packets");
    assert_eq!(arrived, sent, "the cable itself lost frames");
    assert_eq!(counted + dropped, sent, "{counted} counted, {dropped} reported as dropped");
    metrics
}

#[test]
fn at_the_highest_rate_every_frame_is_counted_or_reported_as_dropped() {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let capture = lanlord.folder.path().join("house.pcap");
    let truth = traffic::house(&House::new(11, 60), 50_000, &capture);
    let (watch, cpu) = (Watch::start(), lanlord.cpu());
    let sent = traffic::inject(&lab.far, FAR, &capture, 20);
    let took = watch.elapsed();
    assert_eq!(sent, 20 * truth.totals.frames);
    let metrics = until_all_are_accounted_for(&lanlord, &lab, sent);
    let (counted, dropped) = counted_and_dropped(&metrics);
    let rate = sent as f64 / took.as_secs_f64();
    let cpu = (lanlord.cpu() - cpu).as_nanos() as f64 / sent as f64;
    eprintln!("{rate:.0} frames a second: {counted} counted, {dropped} dropped, {cpu:.0} ns of CPU a frame");
    if dropped == 0 {
        let bytes = metrics.sum("wire_frame_bytes_total", &[]);
        assert_eq!(bytes, Some(20 * truth.totals.wire_bytes));
    }
}

#[test]
fn a_lanlord_that_is_held_up_says_how_much_it_missed() {
    let Some(lab) = Lab::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("lanlord.toml");
    let text = format!("[[source]]\nkind = \"wire\"\ninterfaces = [\"{LAN}\"]\nring_size = \"256KiB\"\n");
    std::fs::write(&config, text).unwrap();
    let lanlord = Lanlord::in_namespace(&lab.near, &["--config.file", config.to_str().unwrap()]);
    lanlord.until_up();
    let capture = folder.path().join("house.pcap");
    traffic::house(&House::new(12, 60), 20_000, &capture);
    lanlord.signal("STOP");
    let first = traffic::inject(&lab.far, FAR, &capture, 1);
    lanlord.signal("CONT");
    let metrics = until_all_are_accounted_for(&lanlord, &lab, first);
    let (_, dropped) = counted_and_dropped(&metrics);
    assert!(dropped > 0, "20,000 frames do not fit into 256 KiB");
    let freezes = metrics.sum("wire_ring_freezes_total", &[("interface", LAN)]);
    assert!(freezes >= Some(1), "{freezes:?}");
    // And it goes on as if nothing had been.
    let second = traffic::inject(&lab.far, FAR, &capture, 1);
    let metrics = until_all_are_accounted_for(&lanlord, &lab, first + second);
    let (_, dropped_later) = counted_and_dropped(&metrics);
    eprintln!("held up: {dropped} of {first} dropped; afterwards {} of {second}", dropped_later - dropped);
    assert_eq!(metrics.sum("lanlord_part_up", &[]), Some(1));
}
