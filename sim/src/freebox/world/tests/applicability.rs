//! Which box answers which path in which version, as the table of the boxes' interface has it.

use super::*;

/// What a box answers: a result, an empty list, or status and code of a refusal.
fn short(world: &World, major: u32, path: &str) -> String {
    match world.answer(major, path, &ALL) {
        Reply::Result(_) => "result".to_owned(),
        Reply::EmptyList => "empty".to_owned(),
        Reply::Refused { status, code, .. } => format!("{status} {code}"),
    }
}

fn check(profile: &str, major: u32, path: &str, expected: &str) {
    assert_eq!(short(&world(profile), major, path), expected, "{path} of {profile} in v{major}");
}

#[test]
fn every_answer_of_every_box_in_every_version_is_json() {
    for profile in World::profiles() {
        let mut world = world(profile);
        for hostile in [false, true] {
            if hostile {
                world.event("hostile-names").unwrap();
            }
            for major in 1..=world.about().api_version.0 {
                for path in paths(&world) {
                    if let Reply::Result(text) = world.answer(major, &path, &ALL) {
                        let read: Result<Value, _> = serde_json::from_str(&text);
                        assert!(
                            read.is_ok_and(|value| value.is_object() || value.is_array()),
                            "{path}: {text}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn copper_and_glass_are_answered_by_whom_they_belong_to() {
    check("revolution-adsl", 8, "connection/xdsl", "result");
    check("revolution-vdsl", 8, "connection/xdsl", "result");
    for fibre in ["revolution-ftth", "delta-4g", "pop-ftth", "ultra", "mini-light"] {
        check(fibre, 8, "connection/xdsl", "200 service_down");
        check(fibre, 8, "connection/ftth", "result");
    }
    check("revolution-adsl", 8, "connection/ftth", "200 service_down");
    assert_eq!(ask(&world("revolution-vdsl"), 8, "connection/ftth")["sfp_present"], false);
}

#[test]
fn the_cellular_module_changes_its_paths_in_version_10() {
    check("delta-4g", 9, "connection/lte/config", "result");
    check("delta-4g", 9, "connection/lte/aggregation", "404 invalid_request");
    check("delta-4g", 9, "connection/aggregation", "404 invalid_request");
    check("delta-4g", 10, "connection/lte/config", "404 invalid_request");
    for path in ["connection/lte/aggregation", "connection/lte/backup", "connection/aggregation"] {
        check("delta-4g", 10, path, "result");
        check("pop-ftth", 12, path, "200 noent");
    }
    check("ultra", 16, "connection/lte/backup", "result");
    check("ultra", 16, "connection/aggregation", "200 noent");
    check("revolution-adsl", 8, "connection/lte/config", "200 noent");
}

#[test]
fn younger_paths_do_not_exist_in_older_versions() {
    check("ultra", 9, "wifi/state", "404 invalid_request");
    check("ultra", 10, "wifi/state", "result");
    for path in ["update", "standby/status", "sfp/status"] {
        check("ultra", 10, path, "404 invalid_request");
        check("ultra", 11, path, "result");
    }
    check("delta-4g", 12, "sfp/status", "result");
    check("pop-ftth", 12, "sfp/status", "200 notsupp");
    check("pop-ftth", 12, "standby/status", "200 notsupp");
}

#[test]
fn a_bridge_has_no_hosts_no_leases_and_no_stations() {
    for profile in World::profiles().iter().filter(|name| name.ends_with("-bridge")) {
        for path in ["lan/browser/interfaces", "lan/browser/pub", "lan/browser/wifiguest"] {
            check(profile, 8, path, "200 nodev");
        }
        for path in ["dhcp/dynamic_lease", "dhcp/static_lease", "wifi/ap/0/stations"] {
            check(profile, 8, path, "empty");
        }
        let world = world(profile);
        assert_eq!(ask(&world, 8, "lan/config")["mode"], "bridge");
        assert_eq!(ask(&world, 8, "dhcp/config")["enabled"], false);
        assert_eq!(ask(&world, 8, "wifi/config")["enabled"], false);
        check(profile, 8, "connection", "result");
        check(profile, 8, "switch/status", "result");
    }
}

#[test]
fn an_interface_for_guests_that_is_off_does_not_exist() {
    check("revolution-vdsl", 8, "lan/browser/wifiguest", "200 nodev");
    check("ultra", 16, "lan/browser/wifiguest", "empty");
    check("delta-4g", 12, "lan/browser/wifiguest", "result");
    check("ultra", 16, "lan/browser/nothing", "200 nodev");
}

#[test]
fn a_light_box_has_no_disk_and_no_server_for_vpns() {
    for path in ["storage/disk", "storage/partition", "storage/raid"] {
        check("mini-light", 8, path, "empty");
    }
    check("mini-light", 8, "storage/disk/1", "200 noent");
    check("mini-light", 8, "vpn", "200 notsupp");
    check("mini-light", 8, "vpn_client/status", "result");
    check("revolution-adsl", 8, "vpn", "result");
}

#[test]
fn what_is_numbered_is_asked_for_by_number() {
    check("revolution-adsl", 8, "switch/port/1/stats", "result");
    check("revolution-adsl", 8, "switch/port/5/stats", "200 bad_port");
    check("ultra", 16, "switch/port/9999/stats", "200 bad_port");
    check("delta-4g", 12, "switch/port/9999/stats", "result");
    check("ultra", 16, "wifi/ap/11", "result");
    check("ultra", 16, "wifi/ap/7/stations", "200 noent");
    check("revolution-adsl", 8, "storage/disk/1", "result");
    check("delta-4g", 12, "storage/raid", "result");
}

#[test]
fn unknown_paths_do_not_exist_and_known_ones_say_which_right_is_missing() {
    let world = world("ultra");
    for path in ["", "nonsense", "connection/xdsl/more", "home/tileset", "camera", "wifi", "wifi/ap/0/more"] {
        assert_eq!(refusal(&world, 16, path, &none()), "404 invalid_request", "{path}");
    }
    assert_eq!(refusal(&world, 16, "call/log", &none()), "403 insufficient_rights calls");
    assert_eq!(refusal(&world, 16, "vm", &none()), "403 insufficient_rights vm");
    check("ultra", 16, "call/log", "result");
    // No path that a monitor needs asks for any right.
    for path in &paths(&world) {
        let answer = world.answer(16, path, &none());
        assert!(!matches!(answer, Reply::Refused { status: 403, .. }), "{path}");
    }
}

#[test]
fn slashes_and_queries_do_not_change_an_answer() {
    let world = world("ultra");
    for path in ["connection/", "//connection//", "connection/?x=1", "/connection"] {
        assert_eq!(world.answer(16, path, &none()), world.answer(16, "connection", &none()), "{path}");
    }
}
