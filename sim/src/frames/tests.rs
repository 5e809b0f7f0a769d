//! What every run must be, whatever its seed. Whether other programs understand the frames is asked elsewhere.

use std::collections::HashSet;

use super::*;
use crate::prefix::LOCAL;
use crate::truth::Cast;

fn run<T>(seed: u64, packets: u64, mut see: impl FnMut(Frame) -> T) -> (Vec<T>, Truth) {
    let house = House::new(seed, 60);
    let mut traffic = Traffic::new(&house, Plan { packets, duration: Duration::from_secs(900) });
    let mut seen = Vec::new();
    while let Some(frame) = traffic.next_frame() {
        seen.push(see(frame));
    }
    (seen, traffic.truth().clone())
}

#[test]
fn the_same_seed_gives_the_same_bytes_at_the_same_time() {
    let all = |seed| run(seed, 3_000, |frame| (frame.at, frame.bytes.to_vec()));
    let ((first, first_truth), (second, second_truth)) = (all(7), all(7));
    assert!(first == second);
    let house = House::new(7, 60);
    assert_eq!(first_truth.rows(&house, &LOCAL), second_truth.rows(&house, &LOCAL));
    assert!(first != all(8).0);
}

#[test]
fn exactly_as_many_frames_come_as_planned() {
    for packets in [0, 1, 2, 99, 5_000] {
        let (frames, truth) = run(3, packets, |_| ());
        assert_eq!((frames.len() as u64, truth.totals.frames), (packets, packets));
    }
}

#[test]
fn time_goes_on_within_the_planned_duration() {
    let (times, _) = run(3, 5_000, |frame| frame.at);
    assert!(times.is_sorted());
    assert!(times[0] >= START && times[4_999] < START + Duration::from_secs(900));
    assert!(times[4_999] > START + Duration::from_secs(899));
}

#[test]
fn every_frame_fits_an_ordinary_interface() {
    let (lengths, truth) = run(3, 20_000, |frame| frame.bytes.len());
    assert_eq!((lengths.iter().min(), lengths.iter().max()), (Some(&60), Some(&1_514)));
    assert_eq!(truth.totals.wire_bytes, lengths.iter().sum::<usize>() as u64);
}

#[test]
fn every_kind_of_traffic_comes_early() {
    let (frames, truth) = run(11, 300, |frame| frame.bytes[12..14].to_vec());
    let types: HashSet<Vec<u8>> = frames.into_iter().collect();
    for ethertype in [0x0800, 0x86dd, 0x0806, 0x88cc, 0x88b5, 0x8863, 0x8864, 0x8100, 0x88a8, 0x0026_u16] {
        assert!(types.contains(&ethertype.to_be_bytes()[..]), "{ethertype:#06x}");
    }
    for (name, value) in truth.totals.named() {
        assert!(value > 0, "{name}");
    }
}

#[test]
fn sizes_are_those_of_a_home() {
    // Shares of a real mix, in per cent, by the longest frame of each step.
    let shares = [
        (66, 4.9),
        (90, 4.1),
        (128, 3.0),
        (256, 48.3),
        (576, 4.2),
        (1_024, 11.2),
        (1_400, 15.0),
        (1_514, 9.2),
    ];
    let (lengths, _) = run(5, 50_000, |frame| frame.bytes.len());
    let mut shortest = 0;
    for (longest, expected) in shares {
        let count = lengths.iter().filter(|&&length| length > shortest && length <= longest).count();
        let share = count as f64 / 500.0;
        // The other scenes move every step a little.
        assert!((share - expected).abs() < 3.0, "up to {longest}: {share} instead of {expected}");
        shortest = longest;
    }
}

#[test]
fn totals_of_the_frames_add_up() {
    let (casts, Truth { totals, .. }) = run(5, 20_000, |frame| match frame.bytes {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ..] => Cast::Broadcast,
        [first, ..] if first & 1 == 1 => Cast::Multicast,
        _ => Cast::Unicast,
    });
    let count = |cast| casts.iter().filter(|&&other| other == cast).count() as u64;
    assert_eq!(totals.unicast_frames, count(Cast::Unicast));
    assert_eq!(totals.multicast_frames, count(Cast::Multicast));
    assert_eq!(totals.broadcast_frames, count(Cast::Broadcast));
    let not_ip =
        totals.arp_frames + totals.llc_frames + totals.other_ethertype_frames + totals.pppoe_control_frames;
    assert_eq!(totals.frames, not_ip + totals.ipv4.all().packets + totals.ipv6.all().packets);
}

#[test]
fn hosts_behind_the_second_router_have_rows_without_hardware_address() {
    let (_, truth) = run(5, 20_000, |_| ());
    let house = House::new(5, 60);
    let rows =
        truth.rows(&house, &["192.168.20.0/24".parse().unwrap(), "fd12:3456:789a:20::/64".parse().unwrap()]);
    assert!(rows.iter().any(|row| row.address.is_ipv4()) && rows.iter().any(|row| row.address.is_ipv6()));
    assert!(
        rows.iter().all(|row| row.mac.is_none() && row.counts.sent_packets + row.counts.received_packets > 0)
    );
    let nas = &house.hosts[crate::house::NAS];
    let rows = truth.rows(&house, &["192.168.1.10/32".parse().unwrap()]);
    assert_eq!((rows.len(), &*rows[0].host, rows[0].mac), (1, "nas", Some(nas.mac)));
}
