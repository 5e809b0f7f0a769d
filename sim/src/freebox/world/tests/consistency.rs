//! Everything that the box says of the same thing is the same, and none of it says a secret to whoever may not know.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The hardware addresses below `key` of every item.
fn macs(list_of: &Value, key: &str) -> BTreeSet<String> {
    list(list_of).iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

fn texts<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(items) => items.values().for_each(|item| texts(item, into)),
        _ => {}
    }
}

/// After a step of time: everybody who is active is in exactly one place, and in the truth.
fn agree(world: &World) {
    let truth = world.truth();
    let mut wired = BTreeSet::new();
    for port in list(&ask(world, 12, "switch/status")) {
        if let Some(heard) = port["mac_list"].as_array() {
            let heard = macs(&Value::Array(heard.clone()), "mac");
            let meant = truth.ports.iter().find(|one| port["id"] == one.id).unwrap();
            assert_eq!(heard, meant.macs.iter().cloned().collect());
            assert!(wired.is_disjoint(&heard), "twice: {heard:?}");
            wired.extend(heard);
        }
    }
    let mut stations = BTreeMap::new();
    for radio in &truth.radios {
        let said = ask(world, 12, &format!("wifi/ap/{}/stations", radio.id));
        assert_eq!(list(&said).len(), radio.stations.len());
        for station in list(&said) {
            assert!(stations.insert(station["mac"].as_str().unwrap().to_owned(), station.clone()).is_none());
        }
        let all = ask(world, 12, "wifi/bss");
        let bss = list(&all).iter().filter(|bss| bss["phy_id"] == radio.id);
        let count: u64 = bss.map(|bss| bss["status"]["sta_count"].as_u64().unwrap()).sum();
        assert_eq!(count as usize, radio.stations.len());
    }
    let placed: BTreeSet<String> = wired.iter().chain(stations.keys()).cloned().collect();
    assert_eq!(placed.len(), wired.len() + stations.len(), "with and without a cable");
    let meant: BTreeSet<String> =
        truth.hosts.iter().filter(|host| host.active).map(|host| host.mac.clone()).collect();
    assert_eq!(placed, meant);

    let mut active = BTreeSet::new();
    let (interfaces, mut rows) = (ask(world, 12, "lan/browser/interfaces"), 0);
    for interface in list(&interfaces) {
        let name = interface["name"].as_str().unwrap();
        let hosts = ask(world, 12, &format!("lan/browser/{name}"));
        assert_eq!(interface["host_count"], list(&hosts).len());
        rows += list(&hosts).len();
        for host in list(&hosts).iter().filter(|host| host["active"] == true) {
            let mac = host["id"].as_str().unwrap().trim_start_matches("ether-").to_owned();
            if let Some(point) = host.get("access_point") {
                let kind = if wired.contains(&mac) { "ethernet" } else { "wifi" };
                assert_eq!(point["connectivity_type"], kind);
                if let Some(station) = stations.get(&mac) {
                    assert_eq!(point["wifi_information"]["bssid"], station["bssid"]);
                    assert_eq!(point["wifi_information"]["signal"], station["signal"]);
                    assert_eq!(point["rx_bytes"], station["rx_bytes"]);
                    assert_eq!(point["tx_rate"], station["tx_rate"]);
                }
            }
            active.insert(mac);
        }
    }
    assert_eq!(active, meant);
    assert_eq!(rows, truth.hosts_listed + truth.hosts.iter().filter(|host| host.guest).count());
    let guests = truth.hosts.iter().filter(|host| host.guest && host.active).count();
    assert_eq!(active.len(), truth.hosts_active + guests);

    // Everybody who is there and asks for addresses has a lease at the address of the list.
    let leases = ask(world, 12, "dhcp/dynamic_lease");
    assert_eq!(list(&leases).len(), truth.leases);
    let leased: BTreeMap<&str, &str> = list(&leases)
        .iter()
        .map(|lease| (lease["mac"].as_str().unwrap(), lease["ip"].as_str().unwrap()))
        .collect();
    for host in truth.hosts.iter().filter(|host| host.active && !host.name.contains("router")) {
        assert_eq!(leased.get(host.mac.as_str()), Some(&host.ipv4.as_str()), "{}", host.name);
    }
}

#[test]
fn switch_wifi_hosts_and_leases_agree_at_every_moment() {
    for profile in World::profiles().iter().filter(|name| !name.ends_with("-bridge")) {
        let mut world = world(profile);
        agree(&world);
        for minutes in [1, 7, 30, 180] {
            world.advance(seconds(minutes * 60));
            agree(&world);
        }
        for event in ["wifi-off", "wifi-on", "reboot", "wifi-planning", "leave=nas", "join=nas"] {
            world.event(event).unwrap();
            agree(&world);
            world.advance(seconds(20));
            agree(&world);
        }
    }
}

#[test]
fn hosts_are_those_of_the_house() {
    let world = world("ultra");
    let house = House::new(42, 60);
    let listed = ask(&world, 16, "lan/browser/pub").to_string();
    for host in house.hosts.iter().filter(|host| host.place == crate::house::Place::Segment) {
        assert!(listed.contains(&host.mac.to_string().to_uppercase()), "{}", host.name);
        assert!(listed.contains(&format!("\"{}\"", host.ipv4)), "{}", host.name);
    }
}

#[test]
fn a_bridge_hears_the_router_of_the_house_and_counts_its_traffic() {
    let mut world = world("ultra-bridge");
    let ports = ask(&world, 16, "switch/status");
    let router = House::new(42, 60).uplink.mac.to_string().to_uppercase();
    let port = list(&ports).iter().find(|port| port["id"] == 4).unwrap();
    assert_eq!(port["mac_list"][0]["mac"], router);
    let before = world.truth();
    world.advance(seconds(600));
    let after = world.truth();
    let port = |truth: &truth::Truth| truth.ports.iter().find(|port| port.id == 4).unwrap().tx_bytes;
    let (sent, line) = (port(&after) - port(&before), after.line.bytes_down - before.line.bytes_down);
    assert!(line > 0.0 && (sent / line - 1.0).abs() < 1e-6, "{sent} and {line}");
}

#[test]
fn what_is_said_is_what_was_meant() {
    for profile in World::profiles() {
        let mut world = world(profile);
        world.advance(seconds(1_234));
        let (truth, line) = (world.truth(), ask(&world, 8, "connection"));
        assert_eq!(line["bytes_down"], truth.line.bytes_down as u64);
        assert_eq!(line["rate_up"], truth.line.rate_up.round() as u64);
        assert_eq!(line["bandwidth_up"], truth.line.capacity_up);
        assert_eq!(line["media"], truth.line.media);
        let system = ask(&world, 8, "system");
        assert_eq!(system["uptime_val"], truth.uptime_seconds);
        let said: Vec<(String, f64)> = list(&system["sensors"])
            .iter()
            .filter_map(|sensor| Some((sensor["id"].as_str()?.to_owned(), sensor["value"].as_f64()?)))
            .collect();
        let meant: Vec<_> = truth.temperatures.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect();
        assert_eq!(said, meant);
        for port in &truth.ports {
            if let Reply::Result(text) = world.answer(8, &format!("switch/port/{}/stats", port.id), &none()) {
                let said: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(said["rx_good_bytes"], port.rx_bytes as u64);
                assert_eq!(said["tx_bytes"], port.tx_bytes as u64);
            }
        }
        for disk in &truth.disks {
            let said = ask(&world, 8, &format!("storage/disk/{}", disk.id));
            assert_eq!(said["total_bytes"], disk.total_bytes);
            assert_eq!(said["temp"].as_f64().unwrap(), disk.temperature.unwrap_or(0.0));
        }
        if let Some(xdsl) = truth.xdsl {
            let said = ask(&world, 8, "connection/xdsl");
            assert_eq!(said["down"]["rate"].as_u64().unwrap() * 1_000, xdsl.down.rate);
            assert_eq!(said["down"]["snr_10"].as_f64().unwrap() / 10.0, xdsl.down.snr_db);
            assert_eq!(said["up"]["crc"], xdsl.up.crc);
        }
    }
}

#[test]
fn secrets_are_said_only_to_whoever_may_see_settings() {
    let world = world("ultra");
    let secrets = World::secrets();
    let said = |permissions: &Permissions| -> String {
        let all = paths(&world).into_iter().chain(["vpn/user".to_owned()]);
        all.map(|path| format!("{:?}", world.answer(16, &path, permissions))).collect()
    };
    let (with, without) = (said(&ALL), said(&none()));
    for secret in &secrets {
        assert!(!without.contains(secret), "{secret}");
    }
    assert!(with.contains("SECRET-wifi-key") && with.contains("SECRET-wps-pin"));
    assert!(without.contains("*********"));
    // The numbers of a card are said to everybody; keeping them is the client's business.
    let sim = format!("{:?}", super::world("delta-4g").answer(12, "connection/lte/backup", &none()));
    assert!(secrets.iter().filter(|secret| sim.contains(*secret)).count() == 2, "{sim}");
}

#[test]
fn hostile_names_reach_the_lists_unharmed() {
    let mut world = world("delta-4g");
    world.event("hostile-names").unwrap();
    let hosts = ask(&world, 12, "lan/browser/pub");
    let mut all = Vec::new();
    texts(&hosts, &mut all);
    assert!(all.iter().any(|text| text.len() > 10_000));
    assert!(all.iter().any(|text| text.contains("\"'\\\n\r\t\0</script>")));
    assert!(all.iter().any(|text| text.contains('\u{202e}')));
    world.event("calm").unwrap();
    assert!(!ask(&world, 12, "lan/browser/pub").to_string().contains("reboot"));
}

#[test]
fn a_crowd_is_listed_and_heard() {
    let mut world = world("ultra");
    world.event("hosts=10000").unwrap();
    let Reply::Result(text) = world.answer(16, "lan/browser/pub", &none()) else { panic!("no hosts") };
    let hosts: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(list(&hosts).len(), 10_000);
    let active = list(&hosts).iter().filter(|host| host["active"] == true).count();
    assert_eq!(active, world.truth().hosts_active);
    agree_with_crowd(&world);
}

fn agree_with_crowd(world: &World) {
    let heard: usize = world.truth().ports.iter().map(|port| port.macs.len()).sum();
    let stations: usize = world.truth().radios.iter().map(|radio| radio.stations.len()).sum();
    assert_eq!(heard + stations, world.truth().hosts_active);
}
