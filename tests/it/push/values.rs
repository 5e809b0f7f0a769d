//! What arrives is what a scrape shows, in every kind of receiver.

use std::collections::BTreeMap;

use super::house::{House, SOURCE};
use super::receiver::{KINDS, Kind, Parcel, Receiver};
use crate::live::metrics::{Metrics, Sample};
use crate::live::wait::until;

const QUICK: &str = "interval = \"1s\"\ndeadline = \"5s\"\n";

fn name(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

/// The samples of the source.
fn of_source(metrics: &Metrics) -> impl Iterator<Item = &Sample> {
    let own = |name: &str| name.starts_with("lanlord_") || name.starts_with("process_");
    metrics.0.iter().filter(move |sample| sample.label("source") == SOURCE && !own(&sample.name))
}

/// One that is longer than the name of a file can be is cut in a path.
fn is_cut(kind: Kind, sample: &Sample) -> bool {
    kind == Kind::Path && sample.labels.iter().any(|(_, value)| value.len() > 60)
}

#[track_caller]
fn check(kind: Kind, parcel: &Parcel, before: &Metrics, after: &Metrics) {
    let series = |metrics: &Metrics| -> BTreeMap<String, f64> {
        let row = |sample: &Sample| {
            let value = if sample.value == "+Inf" { f64::INFINITY } else { sample.value.parse().unwrap() };
            (!is_cut(kind, sample)).then(|| (kind.series(&sample.name, &sample.labels), value))
        };
        of_source(metrics).filter_map(row).collect()
    };
    let (before, after) = (series(before), series(after));
    let mut compared = 0;
    for (series, value) in &before {
        // What moves cannot be compared; nearly nothing does.
        if after.get(series) == Some(value) && value.is_finite() {
            assert_eq!(parcel.values.get(series), Some(value), "{kind:?}: {series}");
            compared += 1;
        }
    }
    assert!(compared > 100 && compared * 10 > before.len() * 9, "{compared} of {}", before.len());
    let now = lanlord_sim::pace::calendar() as f64;
    for (series, time) in &parcel.times {
        assert!((now - 60.0..=now + 5.0).contains(time), "{kind:?}: {series} is of {time}, now it is {now}");
    }
}

#[test]
fn what_arrives_is_what_a_scrape_shows() {
    let receivers = KINDS.map(Receiver::start);
    let blocks = receivers.each_ref().map(|receiver| receiver.block(&name(receiver.kind), QUICK));
    let house = House::start(&blocks.concat());
    // Hosts get their names a moment after they were seen, and are shown then.
    let mut last = usize::MAX;
    until("nothing is added any more", || {
        let samples = of_source(&house.lanlord.metrics()).count();
        (std::mem::replace(&mut last, samples) == samples && samples > 100).then_some(())
    });
    let before = house.lanlord.metrics();
    let counts = receivers.each_ref().map(|receiver| receiver.parcels().len());
    let parcels = until("each has two more", || {
        let parcels = receivers.each_ref().map(Receiver::parcels);
        parcels.iter().zip(counts).all(|(parcels, count)| parcels.len() >= count + 2).then_some(parcels)
    });
    let after = house.lanlord.metrics();
    for (receiver, parcels) in receivers.iter().zip(&parcels) {
        check(receiver.kind, parcels.last().unwrap(), &before, &after);
        assert_eq!(receiver.refused(), [""; 0]);
        let times: Vec<_> =
            parcels.iter().map(|parcel| parcel.times.values().copied().fold(0.0, f64::max)).collect();
        assert!(times.is_sorted(), "{times:?}");
    }
    house.assert_discreet();
}

/// Only what is included and not excluded.
#[test]
fn only_what_is_wanted_arrives() {
    let receivers = KINDS.map(Receiver::start);
    let wanted = format!("{QUICK}include = [\"lan_host_*\", \"wire_*\"]\nexclude = [\"*_packets_total\"]\n");
    let blocks = receivers.each_ref().map(|receiver| receiver.block(&name(receiver.kind), &wanted));
    let house = House::start(&blocks.concat());
    for receiver in &receivers {
        let push = name(receiver.kind);
        house.until(&push, "has brought something", |figures| figures.ok >= 3);
        let parcels = receiver.parcels();
        let series: Vec<_> = parcels.iter().flat_map(|parcel| parcel.values.keys()).collect();
        let of = |name: &str| series.iter().filter(|series| series.contains(name)).count();
        assert!(of("lan_host_") > 0 && of("wire_") > 0, "{push}");
        assert_eq!((of("_packets_total"), of("lanlord_part"), of("process_")), (0, 0, 0), "{push}");
        assert_eq!(of("lan_host_") + of("wire_"), series.len(), "{push}: {series:?}");
    }
}
