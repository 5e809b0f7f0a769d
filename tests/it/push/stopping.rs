//! SIGTERM: what waits gets a last chance, and nobody holds it up.

use std::time::Duration;

use super::house::{House, SOURCE};
use super::receiver::{KINDS, Kind, Receiver};

const QUICK: &str = "interval = \"1s\"\ndeadline = \"10s\"\n";

fn name(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

#[track_caller]
fn end(house: &mut House) {
    let (status, took) = house.lanlord.end_by("TERM");
    assert_eq!(status.code(), Some(0), "{}", house.lanlord.log());
    assert!(took < Duration::from_secs(2), "{took:?}\n{}", house.lanlord.log());
}

#[test]
fn what_was_seen_since_the_last_interval_is_brought_at_the_end() {
    let receivers = KINDS.map(Receiver::start);
    let rare = "interval = \"1h\"\ndeadline = \"10s\"\n";
    let blocks = receivers.each_ref().map(|receiver| receiver.block(&name(receiver.kind), rare));
    let mut house = House::start(&blocks.concat());
    let metrics = house.lanlord.metrics();
    let frames = metrics.of("wire_frames_total", &[("source", SOURCE)]).next().unwrap().clone();
    let before = receivers.each_ref().map(|receiver| receiver.parcels().len());
    end(&mut house);
    for (receiver, before) in receivers.iter().zip(before) {
        let push = name(receiver.kind);
        let parcels = receiver.parcels();
        assert_eq!(parcels.len(), before + 1, "{push}\n{}", house.lanlord.log());
        let series = receiver.kind.series(&frames.name, &frames.labels);
        let value = parcels.last().unwrap().values.get(&series).copied();
        assert_eq!(value, Some(frames.whole() as f64), "{push}: {series}");
        assert_eq!((receiver.refused(), receiver.most_connections()), (Vec::new(), 1), "{push}");
    }
}

#[test]
fn receivers_that_hang_hold_nothing_up() {
    let hang = |kind| if matches!(kind, Kind::Path | Kind::Tagged) { "half-open" } else { "silent" };
    let receivers = KINDS.map(Receiver::start);
    receivers.iter().for_each(|receiver| receiver.set_fault(Some(hang(receiver.kind))));
    let blocks = receivers.each_ref().map(|receiver| receiver.block(&name(receiver.kind), QUICK));
    let mut house = House::start(&blocks.concat());
    for kind in KINDS {
        house.until(&name(kind), "has some that wait", |figures| figures.queue >= 2);
    }
    end(&mut house);
    assert!(receivers.iter().all(|receiver| receiver.most_connections() == 1));
}

#[test]
fn receivers_that_are_slow_or_gone_hold_nothing_up() {
    let receivers =
        [(Kind::Path, "slow:100"), (Kind::Tagged, "down"), (Kind::V1, "slow:30"), (Kind::V2, "down")];
    let receivers = receivers.map(|(kind, fault)| (Receiver::start(kind), fault));
    receivers.iter().for_each(|(receiver, fault)| receiver.set_fault(Some(fault)));
    let blocks = receivers.each_ref().map(|(receiver, _)| receiver.block(&name(receiver.kind), QUICK));
    let mut house = House::start(&blocks.concat());
    for kind in KINDS {
        house.until(&name(kind), "has some that wait", |figures| figures.queue >= 2);
    }
    end(&mut house);
}

#[test]
fn a_receiver_that_has_just_come_back_gets_what_waited() {
    let receivers = KINDS.map(Receiver::start);
    receivers.iter().for_each(|receiver| receiver.set_fault(Some("down")));
    let blocks = receivers.each_ref().map(|receiver| receiver.block(&name(receiver.kind), QUICK));
    let mut house = House::start(&blocks.concat());
    // Three failures: the next attempt is at least three seconds away.
    for kind in KINDS {
        house.until(&name(kind), "has failed three times", |figures| {
            figures.failed >= 3 && figures.queue >= 3
        });
    }
    let waiting = KINDS.map(|kind| house.figures(&name(kind)).unwrap());
    receivers.iter().for_each(|receiver| receiver.set_fault(None));
    end(&mut house);
    for (receiver, figures) in receivers.iter().zip(waiting) {
        let push = name(receiver.kind);
        let numbers = receiver.numbers(&push);
        assert!(numbers.is_sorted(), "{push}: {numbers:?}");
        assert!(
            numbers.len() as u64 >= figures.made(),
            "{push}: {numbers:?} {figures:?}\n{}",
            house.lanlord.log()
        );
    }
}
