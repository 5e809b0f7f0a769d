//! What is missing, `null`, of another type or far too much: fewer samples, and never a zero in their place.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::host_bodies::{Bodies, MODELS, Samples};

/// Families that count things in a list or a state: there a zero is what remains when one is gone.
fn counts(name: &str) -> bool {
    ["_hosts", "_stations", "_leases", "_disks", "_addresses", "_state"].iter().any(|end| name.ends_with(end))
}

fn zeros(samples: &Samples) -> BTreeMap<&'static str, (usize, usize)> {
    let mut found = BTreeMap::<_, (usize, usize)>::new();
    for ((name, _), value) in samples.iter().filter(|((name, _), _)| !counts(name)) {
        let (all, zero) = found.entry(*name).or_default();
        *all += 1;
        *zero += usize::from(*value == 0.0);
    }
    found
}

/// Every place in a body, as the keys and numbers that lead there.
fn places(value: &Value, path: &str, out: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (key, value) in inner {
        let place = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        out.push(place.clone());
        places(value, &place, out);
    }
}

fn without(body: &Value, place: &str) -> Value {
    let mut body = body.clone();
    let (parent, key) = place.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(object) => drop(object.remove(key)),
        Value::Array(list) => drop(list.remove(key.parse().unwrap())),
        other => panic!("{other} holds nothing"),
    }
    body
}

/// Without the second host that has one hardware address: it takes the place of the first when that is gone.
fn without_twin(mut bodies: Bodies) -> Bodies {
    if let Some(body) = bodies.0.get_mut("lan/browser/pub") {
        let mut hosts: Value = serde_json::from_slice(body).unwrap();
        if let Some(list) = hosts["result"].as_array_mut() {
            list.retain(|host| host["primary_name"] != "pixel-old");
        }
        *body = hosts.to_string().into_bytes();
    }
    bodies
}

#[test]
fn what_is_gone_or_makes_no_sense_is_no_sample_and_never_a_zero() {
    let mut tried = 0;
    for model in MODELS {
        let bodies = without_twin(Bodies::of(model));
        let before = zeros(&bodies.samples());
        for (path, body) in &bodies.0 {
            let body: Value = serde_json::from_slice(body).unwrap();
            let mut all = Vec::new();
            places(&body, "", &mut all);
            for place in all {
                let mut ways = vec![without(&body, &place)];
                // A signal of -1 dBm is one.
                let negative = (!place.ends_with("/signal")).then_some(json!(-1));
                for stranger in [Value::Null, json!("x"), json!([]), json!({})].into_iter().chain(negative) {
                    let mut body = body.clone();
                    *body.pointer_mut(&place).unwrap() = stranger;
                    ways.push(body);
                }
                for way in ways {
                    tried += 1;
                    let mut changed = bodies.clone();
                    changed.0.insert(path.clone(), way.to_string().into_bytes());
                    for (name, (all, zero)) in zeros(&changed.samples()) {
                        let (all_before, zero_before) = before.get(name).copied().unwrap_or_default();
                        assert!(
                            all <= all_before && zero <= zero_before,
                            "{model} {path} {place}: {name} had {all_before}, {zero_before} of them 0, and has {all}, {zero}: {way}"
                        );
                    }
                }
            }
        }
    }
    assert!(tried > 3_000, "{tried}");
}

#[test]
fn ten_thousand_hosts_are_bounded_and_the_rest_is_counted() {
    let mac = |number: usize| format!("02:00:00:00:{:02x}:{:02x}", number >> 8, number & 0xff);
    let host = |number: usize| {
        json!({
            "l2ident": {"id": mac(number)}, "active": number.is_multiple_of(2), "last_activity": 1_760_000_000 + number % 100,
            "primary_name": format!("{number}").repeat(3_000), "names": vec![json!({"name": "a"}); 50],
        })
    };
    let station =
        |number: usize| json!({"mac": mac(number), "inactive": number, "rx_bytes": 1, "tx_bytes": 2});
    let lease = |number: usize| json!({"mac": mac(number), "ip": format!("10.0.{}.{}", number >> 8, number & 0xff), "refresh_time": number});
    let connection = |number: usize| json!({"id": number.to_string(), "user": "lea", "auth_time": number});
    let list = |thing: &dyn Fn(usize) -> Value| {
        let list: Vec<Value> = (0..10_000).map(thing).collect();
        json!({"success": true, "result": list}).to_string().into_bytes()
    };
    let mut bodies = Bodies::default();
    bodies.0.insert("lan/browser/pub".to_owned(), list(&host));
    bodies.0.insert("wifi/ap".to_owned(), br#"{"success":true,"result":[{"id":0}]}"#.to_vec());
    bodies.0.insert("wifi/ap/0/stations".to_owned(), list(&station));
    bodies.0.insert("dhcp/dynamic_lease".to_owned(), list(&lease));
    bodies.0.insert("vpn/connection".to_owned(), list(&connection));
    let (families, folded) = bodies.families(50);
    assert_eq!(folded, 4 * 9_950);
    let family = |name: &str| families.iter().find(|family| family.meta().name == name).unwrap();
    for name in [
        "freebox_lan_host_info",
        "freebox_wifi_station_info",
        "freebox_dhcp_lease_info",
        "freebox_vpn_connection_info",
    ] {
        assert_eq!(family(name).len(), 50, "{name}");
    }
    // The counts are of all.
    let samples = bodies.samples();
    let value = |name: &'static str, labels: &[&str]| {
        samples[&(name, labels.iter().map(|&label| label.to_owned()).collect::<Vec<_>>())]
    };
    assert_eq!(value("freebox_lan_hosts", &["pub", "active"]), 5_000.0);
    assert_eq!(value("freebox_wifi_ap_stations", &["0"]), 10_000.0);
    assert_eq!(value("freebox_dhcp_leases", &["dynamic"]), 10_000.0);
    // Of hosts the active ones, of those whom the box saw last: 1760000098, then 1760000096.
    let shown: Vec<String> =
        family("freebox_lan_host_active").samples().map(|host| host.labels().collect()).collect();
    assert!(shown.contains(&mac(98)) && shown.contains(&mac(198)) && !shown.contains(&mac(99)), "{shown:?}");
    for sighting in bodies.sightings() {
        assert!(sighting.names.iter().all(|name| name.text.len() <= 255) && sighting.names.len() <= 16);
    }
}

#[test]
fn who_is_kept_does_not_depend_on_the_order_in_which_the_box_names_them() {
    let hosts: Vec<Value> = (0..40)
        .map(|number| json!({"l2ident": {"id": format!("02:00:00:00:00:{number:02x}")}, "active": number % 3 == 0}))
        .collect();
    let kept = |hosts: Vec<Value>| {
        let mut bodies = Bodies::default();
        let body = json!({"success": true, "result": hosts}).to_string().into_bytes();
        bodies.0.insert("lan/browser/pub".to_owned(), body);
        format!("{:?}", bodies.families(5))
    };
    let backwards = hosts.iter().rev().cloned().collect();
    assert_eq!(kept(hosts), kept(backwards));
}

/// Keys that mean something somewhere, so that chance finds them.
fn keys() -> Vec<String> {
    let mut keys = Vec::new();
    for model in MODELS {
        for body in Bodies::of(model).0.values() {
            let mut all = Vec::new();
            places(&serde_json::from_slice(body).unwrap(), "/", &mut all);
            keys.extend(all.iter().filter_map(|place| place.rsplit('/').next()).map(str::to_owned));
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("02:00:00:00:00:01")),
        Just(json!("192.168.1.7")),
        (0..20).prop_map(Value::from),
    ];
    let keys = keys();
    leaf.prop_recursive(5, 64, 8, move |inner| {
        let key = proptest::sample::select(keys.clone());
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..12)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_whatever_makes_it_panic(results in proptest::collection::vec(anything(), 12)) {
        let paths = [
            "switch/status", "switch/port/1/stats", "sfp/status", "wifi/config", "wifi/state", "wifi/ap",
            "wifi/ap/0/stations", "wifi/bss", "lan/browser/pub", "dhcp/dynamic_lease", "storage/disk", "vpn_client/status",
        ];
        let mut bodies = Bodies::default();
        for (path, result) in paths.iter().zip(results) {
            let body = json!({"success": true, "result": result}).to_string().into_bytes();
            bodies.0.insert((*path).to_owned(), body);
        }
        // The same in all the other places.
        for (path, like) in [("dhcp/config", "wifi/config"), ("dhcp/static_lease", "dhcp/dynamic_lease"),
            ("storage/raid", "storage/disk"), ("vpn", "wifi/bss"), ("vpn/connection", "wifi/bss"),
            ("lan/browser/interfaces", "lan/browser/pub"), ("dhcpv6/config", "wifi/config")] {
            bodies.0.insert(path.to_owned(), bodies.0[like].clone());
        }
        let (families, _) = bodies.families(3);
        for family in families {
            let rows = family.len();
            prop_assert!(rows <= 1_000, "{}: {rows}", family.meta().name);
        }
        bodies.sightings();
    }
}
