//! A changed configuration taken up while lanlord pushes: what goes on untouched, what waits, what is gone.

use super::house::House;
use super::receiver::{KINDS, Kind, Receiver};

const QUICK: &str = "interval = \"1s\"\ndeadline = \"1s\"\n";
const OTHER: &str = "interval = \"1s\"\ndeadline = \"2s\"\n";

fn name(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

#[track_caller]
fn reload(house: &mut House, pushes: &str) -> String {
    let (status, sentence) = house.reload(pushes);
    assert_eq!(status, 200, "{sentence}");
    sentence
}

#[test]
fn a_push_that_stays_the_same_is_not_touched() {
    let (same, other) = (Receiver::start(Kind::V1), Receiver::start(Kind::V1));
    let mut house = House::start(&(same.block("same", QUICK) + &other.block("other", QUICK)));
    let before = house.until("same", "has brought something", |figures| figures.ok >= 2);
    reload(&mut house, &(same.block("same", QUICK) + &other.block("other", OTHER)));
    let after = house.figures("same").unwrap();
    assert!(after.ok >= before.ok, "{before:?} {after:?}");
    let figures = house.until("same", "goes on", |figures| figures.queue == 0 && figures.ok >= before.ok + 3);
    assert_eq!((figures.failed, figures.dropped), (0, 0));
    let influx = same.influx().unwrap();
    let clients: Vec<_> = influx.requests().iter().map(|request| request.client).collect();
    assert_eq!(influx.connections(), 1, "{clients:?}");
    assert!(clients.iter().all(|client| *client == clients[0]), "{clients:?}");
    same.assert_exact("same", figures);
    house.assert_discreet();
}

#[test]
fn a_changed_push_keeps_its_sums_and_what_waits_and_brings_it_elsewhere() {
    let gone = KINDS.map(Receiver::start);
    let next = gone.each_ref().map(|receiver| Receiver::beside(receiver, receiver.kind));
    let blocks = |receivers: &[Receiver; 4]| {
        receivers.each_ref().map(|receiver| receiver.block(&name(receiver.kind), QUICK)).concat()
    };
    let mut house = House::start(&blocks(&gone));
    for kind in KINDS {
        house.until(&name(kind), "has brought something", |figures| figures.ok > 0 && figures.queue == 0);
    }
    gone.iter().for_each(|receiver| receiver.set_fault(Some("down")));
    let before =
        KINDS.map(|kind| house.until(&name(kind), "has some that wait", |figures| figures.queue >= 3));
    reload(&mut house, &blocks(&next));
    for (index, kind) in KINDS.into_iter().enumerate() {
        let (push, before) = (name(kind), before[index]);
        let figures = house.until(&push, "has caught up", |now| now.queue == 0 && now.ok > before.ok);
        assert_eq!(figures.dropped, 0, "{push}: {figures:?}");
        assert!(
            figures.failed >= before.failed && figures.ok >= before.ok + before.queue,
            "{push}: {figures:?}"
        );
        // Between both it has all, in order, and at none twice.
        let all = [gone[index].numbers(&push), next[index].numbers(&push)].concat();
        let expected: Vec<_> = (0..all.len() as u64).collect();
        assert_eq!(all, expected, "{push}: {figures:?}");
        assert_eq!((next[index].refused(), next[index].most_connections()), (Vec::new(), 1), "{push}");
    }
    house.assert_well();
    house.assert_discreet();
}

#[test]
fn what_another_kind_of_receiver_would_not_understand_is_lost_and_counted() {
    let (graphite, influxdb) = (Receiver::start(Kind::Path), Receiver::start(Kind::V1));
    graphite.set_fault(Some("down"));
    // Whose secret may be read from the start.
    let third = Receiver::beside(&influxdb, Kind::V1);
    let other = third.block("other", "interval = \"1h\"\n");
    let mut house = House::start(&(graphite.block("same", QUICK) + &other));
    house.until("same", "has some that wait", |figures| figures.queue >= 2);
    reload(&mut house, &influxdb.block("same", QUICK));
    let figures = house.until("same", "goes on", |figures| figures.queue == 0 && figures.ok >= 2);
    assert!(figures.dropped >= 2, "{figures:?}");
    let numbers = influxdb.numbers("same");
    assert_eq!(numbers.first(), Some(&figures.dropped), "{numbers:?}");
    assert_eq!(influxdb.refused(), [""; 0]);
}

#[test]
fn a_push_that_is_removed_is_gone_and_leaves_the_others_alone() {
    let (stays, goes) = (Receiver::start(Kind::Path), Receiver::start(Kind::Tagged));
    let both = stays.block("stays", QUICK) + &goes.block("goes", QUICK);
    let mut house = House::start(&both);
    for push in ["stays", "goes"] {
        house.until(push, "has brought something", |figures| figures.ok >= 1);
    }
    reload(&mut house, &stays.block("stays", QUICK));
    // A scrape may show what the last one did until something new was seen.
    house
        .lanlord
        .until("`goes` is gone", |metrics| metrics.0.iter().all(|sample| sample.label("push") != "goes"));
    assert!(!house.lanlord.get("/").1.contains("<bdi>goes</bdi>"));
    // What was under way may still be read.
    let before = house.figures("stays").unwrap();
    let between = house.until("stays", "goes on", |figures| figures.ok >= before.ok + 2);
    let brought = goes.parcels().len();
    let after = house.until("stays", "goes on", |figures| figures.queue == 0 && figures.ok >= between.ok + 2);
    assert_eq!(goes.parcels().len(), brought, "nothing more is brought");
    stays.assert_exact("stays", after);
    // It comes back with its sums.
    reload(&mut house, &both);
    let back = house.until("goes", "is back", |figures| figures.ok > brought as u64);
    assert_eq!((back.failed, back.dropped), (0, 0));
}

#[test]
fn a_configuration_that_is_refused_changes_nothing_and_tells_no_secret() {
    let receiver = Receiver::start(Kind::V1);
    let mut house = House::start(&receiver.block("influx", QUICK));
    let before = house.until("influx", "has brought something", |figures| figures.ok >= 1);
    for wrong in [
        "[[push]]\nkind = \"influxdb\"\nendpoint = \"http://pusher:planted-password-7Qx@127.0.0.1:1\"\ndatabase = \"a\"\n",
        "[[push]]\nkind = \"influxdb\"\nendpoint = \"http://127.0.0.1:1/?p=planted-password-7Qx\"\ndatabase = \"a\"\n",
        "[[push]]\nkind = \"graphite\"\nendpoint = \"planted-password-7Qx@127.0.0.1:1\"\n",
        "[[push]]\nkind = \"influxdb\"\nendpoint = \"http://127.0.0.1:1\"\nbucket = \"a\"\ntoken = \"planted-token-9Zk==\"\n",
    ] {
        let (status, sentence) = house.reload(&(receiver.block("influx", QUICK) + wrong));
        assert_eq!(status, 500, "{sentence}");
        assert!(!sentence.contains("planted"), "{sentence}");
    }
    let after = house.until("influx", "goes on", |figures| figures.queue == 0 && figures.ok >= before.ok + 2);
    receiver.assert_exact("influx", after);
    house.assert_discreet();
}
