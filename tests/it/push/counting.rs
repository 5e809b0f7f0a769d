//! What waits, for how long, and what becomes of what does not fit: to the batch.

use std::time::{Duration, SystemTime};

use lanlord_sim::pace;

use super::house::House;
use super::receiver::{KINDS, Kind, Receiver};
use crate::live::wait::until;

const QUICK: &str = "interval = \"1s\"\ndeadline = \"1s\"\n";

fn name(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

#[test]
fn what_does_not_fit_the_queue_is_the_oldest_and_is_counted() {
    let receivers = KINDS.map(Receiver::start);
    let small = format!("{QUICK}queue_batches = 2\n");
    let blocks = receivers.each_ref().map(|receiver| receiver.block(&name(receiver.kind), &small));
    let house = House::start(&blocks.concat());
    for kind in KINDS {
        house.until(&name(kind), "has brought something", |figures| figures.ok > 0);
    }
    receivers.iter().for_each(|receiver| receiver.set_fault(Some("down")));
    for kind in KINDS {
        let figures = house.until(&name(kind), "has lost three", |figures| figures.dropped >= 3);
        assert!(figures.queue <= 2, "{kind:?}: {figures:?}");
    }
    receivers.iter().for_each(|receiver| receiver.set_fault(None));
    for receiver in &receivers {
        let push = name(receiver.kind);
        let before = house.figures(&push).unwrap();
        let after = house.until(&push, "has caught up", |now| now.queue == 0 && now.ok > before.ok + 1);
        receiver.assert_exact(&push, after);
        // Those that came first are there, and so are those that came last: the gap is between them.
        let mut numbers = receiver.numbers(&push);
        numbers.dedup();
        numbers.retain(|&number| number < after.made());
        let missing: u64 = numbers.windows(2).map(|pair| pair[1] - pair[0] - 1).sum();
        let ends = (numbers.first().copied(), numbers.last().copied());
        assert_eq!(ends, (Some(0), Some(after.made() - 1)), "{push}: {numbers:?}");
        assert_eq!(missing, after.dropped, "{push}: {numbers:?}");
    }
    house.assert_well();
}

#[test]
fn a_receiver_that_comes_back_gets_what_waited_in_order_with_its_times() {
    let receivers = KINDS.map(Receiver::start);
    receivers.iter().for_each(|receiver| receiver.set_fault(Some("down")));
    let blocks = receivers.each_ref().map(|receiver| receiver.block(&name(receiver.kind), QUICK));
    let house = House::start(&blocks.concat());
    for kind in KINDS {
        house.until(&name(kind), "has some that wait", |figures| figures.queue >= 4);
    }
    receivers.iter().for_each(|receiver| receiver.set_fault(None));
    for receiver in &receivers {
        let push = name(receiver.kind);
        let figures = house.until(&push, "has caught up", |now| now.queue == 0 && now.ok >= 4);
        assert_eq!(figures.dropped, 0, "{push}");
        receiver.assert_exact(&push, figures);
        // Each has the time when it was made, not when it was sent.
        let own = |parcel: &super::receiver::Parcel| {
            parcel
                .times
                .iter()
                .find(|(series, _)| series.contains("process_cpu"))
                .map(|(_, time)| *time)
                .unwrap()
        };
        let times: Vec<_> = receiver.parcels().iter().map(own).collect();
        let grain = receiver.kind.grain();
        for pair in times.windows(2) {
            let apart = pair[1] - pair[0];
            // An interval of one second, on a machine that does other things meanwhile.
            assert!(apart >= 0.5_f64.min(1.0 - grain) - 1e-6, "{push}: {times:?}");
        }
    }
}

#[test]
fn a_receiver_that_wants_to_be_left_alone_is() {
    for by_date in [false, true] {
        let receiver = Receiver::start(Kind::V1);
        let house = House::start(&receiver.block("influx", QUICK));
        house.until("influx", "has brought something", |figures| figures.ok > 0);
        let date = pace::calendar() + 6;
        let wish = match by_date {
            true => httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(date)),
            false => "4".to_owned(),
        };
        receiver.set_fault(Some(&format!("status:429:{wish}")));
        let influx = receiver.influx().unwrap();
        let asked = until("it has asked twice", || {
            let requests = influx.requests().into_iter().filter(|request| request.status == 429);
            let asked: Vec<_> = requests.map(|request| request.at).collect();
            (asked.len() >= 2).then_some(asked)
        });
        match by_date {
            // Two clocks that are cut to whole seconds.
            true => assert!(pace::calendar() + 1 >= date),
            false => assert!(asked[1] - asked[0] >= Duration::from_secs(4), "{asked:?}"),
        }
        receiver.set_fault(None);
        let figures = house.until("influx", "has caught up", |now| now.queue == 0 && now.ok > 0);
        assert_eq!(figures.dropped, 0);
        receiver.assert_exact("influx", figures);
    }
}

#[test]
fn a_receiver_that_fails_is_tried_less_and_less_often() {
    let receiver = Receiver::start(Kind::Path);
    receiver.set_fault(Some("close-at-once"));
    let house = House::start(&receiver.block("graphite", QUICK));
    let carbon = receiver.carbon().unwrap();
    let tries = until("it has tried four times", || {
        let tries = carbon.connections();
        (tries.len() >= 4).then_some(tries)
    });
    let pauses: Vec<_> =
        tries.windows(2).map(|pair| (pair[1].begun - pair[0].begun).as_secs_f64()).take(3).collect();
    // One second, doubling, less up to a quarter by chance; and what the machine takes besides.
    for (pause, whole) in pauses.iter().zip([1.0, 2.0, 4.0]) {
        assert!((whole * 0.75..whole + 2.0).contains(pause), "{pauses:?}");
    }
    house.assert_well();
}

#[test]
fn a_secret_is_read_at_each_attempt() {
    for kind in [Kind::V1, Kind::V2] {
        let receiver = Receiver::start(kind);
        let secret = std::fs::read_to_string(receiver.path("secret")).unwrap();
        std::fs::remove_file(receiver.path("secret")).unwrap();
        let house = House::start(&receiver.block("influx", QUICK));
        let refused = [("push", "influx"), ("outcome", "refused")];
        house.lanlord.until_at_least("lanlord_push_batches_total", &refused, 1);
        assert_eq!(receiver.influx().unwrap().connections(), 0, "nothing is sent without it");
        receiver.write("secret", &secret);
        let figures = house.until("influx", "has caught up", |now| now.queue == 0 && now.ok > 0);
        // Another one that is wrong is noticed as well, and what is refused for that is lost.
        receiver.write("secret", "something-else");
        house.until("influx", "is refused", |now| now.dropped > 0);
        receiver.write("secret", &secret);
        let after = house.until("influx", "is taken again", |now| now.queue == 0 && now.ok > figures.ok);
        receiver.assert_exact("influx", after);
        house.assert_discreet();
    }
}

#[test]
fn redirects_are_not_followed() {
    let (receiver, elsewhere) = (Receiver::start(Kind::V1), Receiver::start(Kind::V1));
    let there = elsewhere.influx().unwrap();
    receiver.set_fault(Some(&format!("redirect:http://{}/write?db=lanlord", there.address())));
    let house = House::start(&receiver.block("influx", QUICK));
    let misbehaved = [("push", "influx"), ("outcome", "misbehaved")];
    house.lanlord.until_at_least("lanlord_push_batches_total", &misbehaved, 2);
    assert!(house.row("influx").contains(">redirect<"));
    assert_eq!(there.connections(), 0);
    receiver.set_fault(None);
    let figures = house.until("influx", "has caught up", |now| now.queue == 0 && now.ok > 0);
    assert_eq!(figures.dropped, 0);
    receiver.assert_exact("influx", figures);
}

#[test]
fn one_connection_is_kept_where_the_receiver_keeps_it() {
    let receiver = Receiver::start(Kind::V2);
    let house = House::start(&receiver.block("influx", QUICK));
    house.until("influx", "has brought something", |figures| figures.ok >= 4);
    let influx = receiver.influx().unwrap();
    assert_eq!(influx.connections(), 1);
    // Closed while nothing was under way: nobody notices.
    influx.hang_up();
    let before = house.figures("influx").unwrap();
    let after = house.until("influx", "goes on", |figures| figures.queue == 0 && figures.ok >= before.ok + 2);
    assert_eq!((after.failed, after.dropped), (0, 0));
    assert_eq!(influx.connections(), 2);
    receiver.assert_exact("influx", after);
}
