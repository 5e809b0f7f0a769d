//! Absent means no sample: whatever is missing from a body, or wrong in it, takes samples away, and never brings another.

use lanlord::sources::freebox::api::{
    config, connection, envelope, ftth, lenient, logs, lte, object, system, update, xdsl,
};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::line_bodies::{self, BOXES, Bodies, Samples};

/// Where something is in a body.
type Pointer = String;

/// Where everything in a result is.
fn places(result: &Json, at: &str, out: &mut Vec<Pointer>) {
    let children: Vec<(String, &Json)> = match result {
        Json::Object(map) => map.iter().map(|(key, child)| (key.clone(), child)).collect(),
        Json::Array(list) => list.iter().enumerate().map(|(at, child)| (at.to_string(), child)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        let at = format!("{at}/{key}");
        places(child, &at, out);
        out.push(at);
    }
}

/// A body without what is at a place.
fn without(body: &Json, place: &str) -> Json {
    let mut body = body.clone();
    let (parent, key) = place.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Json::Object(map) => drop(map.remove(key)),
        Json::Array(list) => drop(list.remove(key.parse().unwrap())),
        _ => panic!("{place}"),
    }
    body
}

/// A body with something else at a place.
fn with(body: &Json, place: &str, other: Json) -> Json {
    let mut body = body.clone();
    *body.pointer_mut(place).unwrap() = other;
    body
}

/// A word that no box says.
const ODD: &str = "oops";

/// The same as a number, which is a word where a word is meant.
const ODD_NUMBER: i64 = -1;

fn is_odd(word: &str) -> bool {
    word == ODD || word.parse() == Ok(ODD_NUMBER)
}

/// Whether each sample of the second is one of the first. Where a body says something else in words, the words of
/// labels may be others; nothing else may.
fn is_part_of(all: &Samples, some: &Samples) -> Result<(), String> {
    for (key @ (name, labels), value) in some {
        if all.get(key) == Some(value) {
            continue;
        }
        let same_but_for_words = all.iter().any(|((other, others), known)| {
            let fits = |(label, other): (&String, &String)| {
                // A medium that nobody knows is `other`.
                label == other || label.is_empty() || is_odd(label) || label == "other"
            };
            name == other && value == known && labels.iter().zip(others).all(fits)
        });
        let is_fine = match *name {
            // One state less is 1; none more is, but the odd word.
            name if name.ends_with("_state") => {
                *value == 0.0 || labels.last().is_some_and(|state| is_odd(state))
            }
            // Whole decibels where tenths are missing.
            "freebox_xdsl_noise_margin_decibels"
            | "freebox_xdsl_attenuation_decibels"
            | "lanlord_line_noise_margin_decibels" => {
                all.get(key).is_some_and(|known| *value != 0.0 && (known - value).abs() < 1.0)
            }
            // The one before, where the last one is missing.
            "freebox_connection_last_outage_timestamp_seconds" => {
                all.get(key).is_some_and(|known| value < known && *value > 0.0)
            }
            // A word where there was none is something to tell.
            name if name.ends_with("_info") => same_but_for_words || labels.iter().any(|label| is_odd(label)),
            // Only a bay for a disk has no 0 °C, and another name makes it something else.
            "freebox_system_temperature_celsius" if *value == 0.0 => is_odd(&labels[0]),
            _ => same_but_for_words,
        };
        if !is_fine {
            return Err(format!("{key:?} is {value}, and was {:?}", all.get(key)));
        }
    }
    Ok(())
}

#[test]
fn what_is_missing_or_wrong_in_a_body_never_brings_a_sample() {
    let mut tried = 0;
    for name in BOXES {
        let bodies = Bodies::of(name);
        let all = bodies.samples();
        assert!(!all.is_empty());
        for (asked, body) in &bodies.0 {
            let body = line_bodies::json(body);
            if body["success"] == json!(false) {
                continue;
            }
            let mut all_places = vec!["/result".to_owned()];
            places(&body["result"], "/result", &mut all_places);
            for place in &all_places {
                let mut others = vec![Json::Null, json!(ODD), json!([]), json!({}), json!(""), json!([ODD])];
                if !body.pointer(place).unwrap().is_number() {
                    // Where a number is meant, it would be one.
                    others.push(json!(ODD_NUMBER));
                }
                let changed = others.into_iter().map(|other| with(&body, place, other));
                for changed in changed.chain([without(&body, place)]) {
                    let mut bodies = Bodies(bodies.0.clone());
                    bodies.0.insert(asked.clone(), changed.to_string());
                    if let Err(what) = is_part_of(&all, &bodies.samples()) {
                        panic!("{name}/{asked}: {place} changed in {changed}: {what}");
                    }
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 2000, "only {tried} were tried");
}

#[test]
fn the_check_notices_a_zero_that_nobody_said() {
    let bodies = Bodies::of("ultra");
    let all = bodies.samples();
    let mut some = all.clone();
    *some.get_mut(&("freebox_ftth_optical_power_dbm", vec!["down".to_owned()])).unwrap() = 0.0;
    assert!(is_part_of(&all, &some).is_err());
    let mut some = all.clone();
    some.insert(("freebox_system_temperature_celsius", vec!["temp_t1".to_owned()]), 0.0);
    assert!(is_part_of(&all, &some).is_err());
}

#[test]
fn a_number_below_zero_is_no_count() {
    let bodies = Bodies::of("revolution-vdsl");
    let negative = |body: &str| {
        let mut body = line_bodies::json(body);
        negate(&mut body["result"]);
        body.to_string()
    };
    let bodies = Bodies(bodies.0.iter().map(|(asked, body)| (asked.clone(), negative(body))).collect());
    let samples = bodies.samples();
    for ((name, labels), value) in &samples {
        let may_be = name.ends_with("_decibels") || name.ends_with("_celsius");
        assert!(*value >= 0.0 || may_be, "{name} {labels:?} is {value}");
    }
    let count = |name: &str| samples.keys().filter(|(found, _)| *found == name).count();
    assert_eq!(count("freebox_connection_bytes_total"), 0);
    assert_eq!(count("freebox_xdsl_rate_bytes_per_second"), 0);
    assert_eq!(count("freebox_system_fan_rpm"), 0);
}

fn negate(value: &mut Json) {
    match value {
        Json::Number(number) => *value = json!(-number.as_i64().unwrap()),
        Json::Array(list) => list.iter_mut().for_each(negate),
        Json::Object(map) => map.values_mut().for_each(negate),
        _ => {}
    }
}

#[test]
fn numbers_as_text_and_with_fractions_are_the_same_numbers() {
    for name in BOXES {
        let bodies = Bodies::of(name);
        for rewrite in [as_text, as_float, as_flag] {
            let changed = |body: &str| {
                let mut body = line_bodies::json(body);
                rewrite(&mut body["result"]);
                body.to_string()
            };
            let other = Bodies(bodies.0.iter().map(|(asked, body)| (asked.clone(), changed(body))).collect());
            assert_eq!(bodies.samples(), other.samples(), "{name}");
        }
    }
}

fn rewrite(value: &mut Json, one: &dyn Fn(&Json) -> Option<Json>) {
    match value {
        Json::Array(list) => list.iter_mut().for_each(|child| rewrite(child, one)),
        Json::Object(map) => map.values_mut().for_each(|child| rewrite(child, one)),
        scalar => {
            if let Some(other) = one(scalar) {
                *scalar = other;
            }
        }
    }
}

fn as_text(value: &mut Json) {
    rewrite(value, &|value| value.as_number().map(|number| json!(number.to_string())));
}

fn as_float(value: &mut Json) {
    rewrite(value, &|value| value.as_i64().map(|number| json!(number as f64)));
}

fn as_flag(value: &mut Json) {
    rewrite(value, &|value| value.as_bool().map(|flag| json!(u8::from(flag))));
}

#[test]
fn no_beginning_of_a_body_is_an_answer() {
    fn check<T: DeserializeOwned>(body: &str) {
        for end in (0..body.trim_end().len()).filter(|&end| body.is_char_boundary(end)) {
            assert!(envelope::read::<T>(&body.as_bytes()[..end]).is_err(), "{}", &body[..end]);
        }
    }
    for name in BOXES {
        for (asked, body) in Bodies::of(name).0 {
            let body = line_bodies::json(&body).to_string();
            match asked.as_str() {
                "connection" => check::<object::Object<connection::Connection>>(&body),
                "connection-ftth" => check::<object::Object<ftth::Ftth>>(&body),
                "connection-xdsl" => check::<object::Object<xdsl::Xdsl>>(&body),
                "connection-logs" => check::<lenient::List<logs::Entry>>(&body),
                "system" => check::<system::System>(&body),
                _ => check::<object::Object<lte::Lte>>(&body),
            }
        }
    }
}

/// Keys that our types look for, so that arbitrary JSON reaches them.
const KEYS: [&str; 30] = [
    "state",
    "type",
    "media",
    "ipv4_port_range",
    "rate_down",
    "bandwidth_up",
    "bytes_down",
    "status",
    "down",
    "up",
    "snr",
    "snr_10",
    "crc",
    "sfp_pwr_rx",
    "sfp_model",
    "link",
    "radio",
    "bands",
    "band",
    "rsrp",
    "tunnel",
    "lte",
    "sensors",
    "temp_sw",
    "fan_rpm",
    "id",
    "value",
    "expansions",
    "upgrade_state",
    "next_change",
];

fn arbitrary_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,12}".prop_map(Json::from),
        prop::sample::select(&["up", "xdsl", "ftth", "showtime", "down", "link"][..]).prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        let key = prop_oneof![4 => prop::sample::select(&KEYS[..]).prop_map(str::to_owned), 1 => ".{0,6}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((key, inner), 0..10)
                .prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Everything that a box is asked for here.
const ASKED: [&str; 13] = [
    "connection",
    "connection-ftth",
    "connection-xdsl",
    "connection-lte-aggregation",
    "connection-lte-backup",
    "connection-aggregation",
    "connection-logs",
    "system",
    "connection-config",
    "connection-ipv6-config",
    "lan-config",
    "update",
    "standby-status",
];

proptest! {
    #[test]
    fn any_json_is_read_or_refused_and_what_is_read_is_finite(result in arbitrary_json()) {
        let body = json!({"success": true, "result": result}).to_string();
        let bodies = Bodies(ASKED.iter().map(|&asked| (asked.to_owned(), body.clone())).collect());
        let (families, _) = bodies.families().publish();
        for family in &families {
            for sample in family.samples() {
                if let lanlord::metric::Value::Float(value) = sample.value {
                    prop_assert!(value.is_finite(), "{} is {value}", family.meta().name);
                }
            }
        }
        // The same where the answers are all of one type and it is for something else.
        let _: Result<object::Object<config::Config>, _> = envelope::read(body.as_bytes());
        let _: Result<object::Object<update::Standby>, _> = envelope::read(body.as_bytes());
    }
}
