//! Laws of the world: what each box answers, in which words, and that everything it says fits together.
//! The sets of keys are spelt here as the published bodies have them, and not read from the code.

mod applicability;
mod consistency;
mod course;
mod shapes;

use serde_json::Value;

use super::*;

/// Everything allowed.
const ALL: Permissions = Permissions {
    settings: true,
    calls: true,
    contacts: true,
    explorer: true,
    downloader: true,
    parental: true,
    pvr: true,
    tv: true,
    wdo: true,
    camera: true,
    profile: true,
    player: true,
    home: true,
    vm: true,
};

fn none() -> Permissions {
    Permissions::default()
}

/// What is asked of every box, without ports and radios.
const PATHS: [&str; 36] = [
    "connection",
    "connection/full",
    "connection/config",
    "connection/ipv6/config",
    "connection/xdsl",
    "connection/ftth",
    "connection/lte/config",
    "connection/lte/aggregation",
    "connection/lte/backup",
    "connection/aggregation",
    "connection/logs",
    "system",
    "update",
    "standby/status",
    "lan/config",
    "lan/browser/interfaces",
    "lan/browser/pub",
    "lan/browser/wifiguest",
    "dhcp/config",
    "dhcp/dynamic_lease",
    "dhcp/static_lease",
    "dhcpv6/config",
    "switch/status",
    "sfp/status",
    "wifi/config",
    "wifi/state",
    "wifi/ap",
    "wifi/bss",
    "storage/disk",
    "storage/partition",
    "storage/raid",
    "vpn",
    "vpn/connection",
    "vpn_client/status",
    "vpn_client/config",
    "freeplug",
];

fn world(profile: &str) -> World {
    World::new(profile, 42).unwrap()
}

/// All paths of a box, its ports and radios included.
fn paths(world: &World) -> Vec<String> {
    let truth = world.truth();
    let ports = truth.ports.iter().map(|port| format!("switch/port/{}/stats", port.id));
    let radios = truth.radios.iter().flat_map(|radio| {
        ["", "/stations", "/neighbors", "/channel_usage"].map(|below| format!("wifi/ap/{}{below}", radio.id))
    });
    let disks = truth.disks.iter().map(|disk| format!("storage/disk/{}", disk.id));
    PATHS.iter().map(|path| (*path).to_owned()).chain(ports).chain(radios).chain(disks).collect()
}

/// The `result` of an answer that has one; an empty list for an empty list.
fn ask(world: &World, major: u32, path: &str) -> Value {
    match world.answer(major, path, &ALL) {
        Reply::Result(text) => {
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
        }
        Reply::EmptyList => Value::Array(Vec::new()),
        refused => panic!("{path}: {refused:?}"),
    }
}

/// The code of an answer that is a refusal.
fn refusal(world: &World, major: u32, path: &str, permissions: &Permissions) -> String {
    match world.answer(major, path, permissions) {
        Reply::Refused { status, code, missing_right, .. } => match missing_right {
            Some(right) => format!("{status} {code} {right}"),
            None => format!("{status} {code}"),
        },
        other => panic!("{path}: {other:?}"),
    }
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn sorted(words: &str) -> Vec<&str> {
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.sort_unstable();
    words
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or_else(|| panic!("{value} is no list"))
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
