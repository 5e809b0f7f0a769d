//! Answers of a modem that has gone mad, or is none: nothing panics, and nothing that was not a zero becomes one.

use lanlord::sources::hitron::snapshot::{Page, Snapshot};
use proptest::prelude::*;
use serde_json::Value;

use super::bodies::{MODEMS, Samples, bodies, read, samples};

/// Families in which things are counted that lanlord counts itself, of which there may be none.
const COUNTED: [&str; 5] = [
    "hitron_channels",
    "hitron_dataset_ok",
    "hitron_event_log_entries",
    "hitron_lan_devices",
    "hitron_unreadable_values",
];

/// Samples that are zero, and were not counted.
fn zeros(samples: &Samples) -> Vec<(&'static str, Vec<String>)> {
    let zeros = samples.iter().filter(|((name, _), value)| **value == 0.0 && !COUNTED.contains(name));
    zeros.map(|(sample, _)| sample.clone()).collect()
}

/// Every body that there is.
fn all() -> Vec<(Page, Vec<u8>)> {
    MODEMS.into_iter().flat_map(bodies).collect()
}

/// The same body, with something else in each of its fields.
fn filled(body: &[u8], with: &Value) -> Vec<u8> {
    let fill = |object: &mut Value| {
        if let Value::Object(fields) = object {
            fields.values_mut().for_each(|value| *value = with.clone());
        }
    };
    let mut body: Value = serde_json::from_str(&String::from_utf8_lossy(body)).unwrap();
    match &mut body {
        Value::Array(rows) => rows.iter_mut().for_each(fill),
        other => fill(other),
    }
    body.to_string().into_bytes()
}

/// The bodies of one modem that can be filled; one has a number that no JSON reader takes.
fn fillable() -> Vec<(Page, Vec<u8>)> {
    ["cgnv4", "coda-56"].into_iter().flat_map(bodies).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn bytes_are_no_dataset(bytes in prop::collection::vec(any::<u8>(), 0..300), depth in 0_usize..3000) {
        for page in Page::ALL {
            let (snapshot, _) = read(&[(page, bytes.clone())]);
            prop_assert_eq!(zeros(&samples(&snapshot)), vec![]);
            let deep = [vec![b'['; depth], bytes.clone()].concat();
            prop_assert!(Snapshot::default().pages.read(page, &deep).is_err() || depth < 2);
        }
    }

    /// No word has a question mark in it, and no zero has none.
    #[test]
    fn garbage_in_every_field_is_never_a_zero(garbage in "[^0]{0,12}\\?[^0]{0,12}") {
        for (page, body) in fillable() {
            let (snapshot, _) = read(&[(page, filled(&body, &Value::String(garbage.clone())))]);
            prop_assert_eq!(zeros(&samples(&snapshot)), vec![], "{:?}", page);
        }
    }

    #[test]
    fn a_body_that_was_hurt_on_its_way_panics_nowhere(
        which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), byte in any::<u8>(), half in any::<bool>()
    ) {
        let all = all();
        let (page, mut body) = all[which.index(all.len())].clone();
        let place = place.index(body.len());
        if half {
            body.truncate(place);
        } else {
            body[place] = byte;
        }
        let (snapshot, _) = read(&[(page, body)]);
        samples(&snapshot);
        prop_assert!(!half || snapshot.datasets == [(page, false)] || place > 0);
    }
}

#[test]
fn what_is_no_text_is_no_sample_and_never_a_zero() {
    for nothing in
        ["null", "[]", "{}", "true", "false", "[0]", "\"\"", "\"NA\"", "\"--\"", "\"Secret\"", "\" TODO \""]
    {
        let nothing: Value = serde_json::from_str(nothing).unwrap();
        for (page, body) in fillable() {
            let (snapshot, complaints) = read(&[(page, filled(&body, &nothing))]);
            let samples = samples(&snapshot);
            let mut zeros = zeros(&samples);
            // An account without a user is none that is configured.
            zeros.retain(|(name, _)| *name != "hitron_gre_configured");
            assert_eq!(zeros, vec![], "{page:?} {nothing}");
            let is_silent = nothing.is_null() || nothing.is_string();
            assert!(!is_silent || complaints.is_empty(), "{page:?} {nothing}: {complaints:?}");
        }
    }
}

#[test]
fn a_field_that_is_missing_costs_its_own_samples_alone() {
    for (page, body) in fillable() {
        let whole = samples(&read(&[(page, body.clone())]).0);
        let Value::Array(rows) = serde_json::from_slice(&body).unwrap() else { continue };
        let fields: Vec<String> = rows[0].as_object().unwrap().keys().cloned().collect();
        // Those of which names of series are made.
        let is_label = |field: &String| {
            ["portId", "channelId", "frequency", "receive", "uschindex", "priority", "interface"]
                .contains(&field.as_str())
                || page == Page::ConnectInfo
        };
        for field in fields.iter().filter(|field| !is_label(field)) {
            let mut rows = rows.clone();
            rows.iter_mut().for_each(|row| {
                row.as_object_mut().unwrap().remove(field);
            });
            let (snapshot, complaints) = read(&[(page, serde_json::to_vec(&rows).unwrap())]);
            if fields.len() == 1 {
                assert_eq!(snapshot.datasets, [(page, false)], "{page:?}");
                continue;
            }
            assert_eq!(complaints, [""; 0], "{page:?} without {field}");
            for (sample, value) in samples(&snapshot) {
                // What is known of an info without it is another series.
                let is_other = sample.0.ends_with("_info") || COUNTED.contains(&sample.0);
                assert!(
                    is_other || whole.get(&sample) == Some(&value),
                    "{page:?} without {field}: {sample:?}"
                );
            }
        }
    }
}

#[test]
fn tables_without_end_are_cut_and_counted() {
    let rows = |count: usize, row: fn(usize) -> String| {
        let rows: Vec<String> = (0..count).map(row).collect();
        format!("[{}]", rows.join(",")).into_bytes()
    };
    let channels = rows(300, |index| {
        format!("{{\"portId\":\"{index}\",\"frequency\":\"{}\",\"snr\":\"9\"}}", index + 1)
    });
    let hosts =
        rows(2000, |index| format!("{{\"comnum\":{index},\"ipAddr\":\"192.0.2.1\",\"online\":\"active\"}}"));
    let (snapshot, complaints) = read(&[(Page::DsInfo, channels), (Page::ConnectInfo, hosts)]);
    assert_eq!(complaints, [""; 0]);
    assert_eq!(snapshot.pages.folded(), 300 - 256 + 2000 - 1024);
    let samples = samples(&snapshot);
    let count = |name: &str| samples.keys().filter(|(found, _)| *found == name).count();
    assert_eq!((count("hitron_channel_downstream_snr"), count("hitron_lan_device_online")), (256, 1024));
}
