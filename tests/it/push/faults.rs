//! Every fault of a receiver, against every kind: it is named, it touches nothing else, and when it is over everything
//! arrives that was not refused.
//!
//! All faults of a kind are tried out on one lanlord, which has a push for each, and one that nothing happens to.

use super::house::House;
use super::receiver::{Kind, Receiver};

/// A fault, the reason and the codes that it may have, and whether what it hits is sent again.
type Fault = (&'static str, &'static str, &'static [&'static str], bool);

const GRAPHITE: [Fault; 9] = [
    ("down", "unreachable", &["connect"], true),
    ("slow:100", "timed_out", &["not_closed", "stalled"], true),
    ("half-open", "timed_out", &["not_closed", "stalled"], true),
    ("close-after:3", "unreachable", &["closed", "broken"], true),
    ("close-after:0", "unreachable", &["closed", "broken"], true),
    ("close-at-once", "unreachable", &["closed", "broken"], true),
    ("reset", "unreachable", &["closed", "broken"], true),
    ("never-closes", "timed_out", &["not_closed"], true),
    ("talks", "misbehaved", &["talks"], true),
];

const INFLUXDB: [Fault; 15] = [
    ("down", "unreachable", &["connect"], true),
    ("status:400", "refused", &["bad_request"], false),
    ("status:401", "refused", &["unauthorized"], false),
    ("status:404", "refused", &["not_found"], false),
    ("status:413", "refused", &["too_large"], false),
    ("status:429:1", "refused", &["too_many_requests"], true),
    ("status:500", "misbehaved", &["server_error"], true),
    ("status:503", "misbehaved", &["unavailable"], true),
    ("garbage", "misbehaved", &["not_http"], true),
    ("page", "misbehaved", &["not_influxdb"], true),
    ("silent", "timed_out", &["timeout"], true),
    ("slow:30", "timed_out", &["timeout"], true),
    ("close-in-request:40", "unreachable", &["closed", "broken", "tls"], true),
    ("close-in-answer", "misbehaved", &["truncated", "server_error"], true),
    ("reset", "unreachable", &["closed", "broken"], true),
];

#[test]
fn a_fault_of_graphite_touches_nothing_else_and_costs_nothing() {
    check(Kind::Path, &GRAPHITE);
}

#[test]
fn a_fault_of_graphite_with_tags_touches_nothing_else_and_costs_nothing() {
    check(Kind::Tagged, &GRAPHITE);
}

#[test]
fn a_fault_of_influxdb_touches_nothing_else_and_costs_only_what_it_refuses() {
    check(Kind::V1, &INFLUXDB);
}

#[test]
fn a_fault_of_influxdb_over_tls_touches_nothing_else_and_costs_only_what_it_refuses() {
    check(Kind::V2, &INFLUXDB);
}

#[test]
fn a_receiver_that_is_stuck_in_unusual_ways_touches_nothing_else() {
    // In the middle of the body, since a head has a few hundred bytes.
    check(
        Kind::V1,
        &[
            ("close-in-request:1000", "unreachable", &["closed", "broken"], true),
            ("half-open", "timed_out", &["timeout"], true),
            ("slow-head:30", "timed_out", &["timeout"], true),
        ],
    );
    check(
        Kind::V2,
        &[("half-open", "timed_out", &["timeout"], true), ("slow-head:30", "timed_out", &["timeout"], true)],
    );
}

/// What a push is called that meets a fault.
fn name(fault: &str) -> String {
    fault.replace([':', '-'], "_")
}

const QUICK: &str = "interval = \"1s\"\ndeadline = \"1s\"\n";

#[track_caller]
fn check(kind: Kind, faults: &[Fault]) {
    let receivers: Vec<_> = faults.iter().map(|_| Receiver::start(kind)).collect();
    let steady = Receiver::start(Kind::Path);
    let pairs = || faults.iter().zip(&receivers);
    let mut blocks: Vec<_> =
        pairs().map(|((fault, ..), receiver)| receiver.block(&name(fault), QUICK)).collect();
    blocks.push(steady.block("steady", QUICK));
    let house = House::start(&blocks.concat());
    for (fault, ..) in faults {
        house.until(&name(fault), "has brought something", |figures| figures.ok > 0);
    }
    for ((fault, ..), receiver) in pairs() {
        receiver.set_fault(Some(fault));
    }
    for (fault, reason, codes, again) in faults {
        let push = name(fault);
        let outcome = [("push", push.as_str()), ("outcome", reason)];
        house.lanlord.until_at_least("lanlord_push_batches_total", &outcome, 2);
        let row = house.row(&push);
        assert!(row.contains(&format!(">{}<", reason.replace('_', " "))), "{fault}: {row}");
        assert!(codes.iter().any(|code| row.contains(&format!(">{code}<"))), "{fault}: {row}");
        let figures = house.figures(&push).unwrap();
        assert_eq!(figures.dropped == 0, *again, "{fault}: {figures:?}");
    }
    let before = house.until("steady", "has brought something", |figures| figures.ok > 0);
    house.assert_well();
    house.until("steady", "goes on", |figures| figures.ok >= before.ok + 2);
    receivers.iter().for_each(|receiver| receiver.set_fault(None));
    for ((fault, _, _, again), receiver) in pairs() {
        let before = house.figures(&name(fault)).unwrap();
        let figures = house.until(&name(fault), "has caught up", |now| now.queue == 0 && now.ok > before.ok);
        assert_eq!(figures.dropped == 0, *again, "{fault}: {figures:?}");
        assert!(house.row(&name(fault)).contains(">up<"), "{fault}");
        receiver.assert_exact(&name(fault), figures);
    }
    let figures = house.until("steady", "has nothing to do", |figures| figures.queue == 0);
    assert_eq!((figures.failed, figures.dropped), (0, 0));
    steady.assert_exact("steady", figures);
    house.assert_well();
    house.assert_discreet();
}
