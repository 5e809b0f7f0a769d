//! How the world goes on: counters are integrals, and what happens to the box takes its time and leaves its marks.

use super::*;

/// The sum of a sampled rate over time, by trapezoids, and what a counter said of the same time.
fn sampled(world: &mut World, samples: u32, step: u64, read: impl Fn(&World) -> (u64, u64)) -> (f64, f64) {
    let (first, mut rate) = read(world);
    let (mut sum, mut last) = (0.0, first);
    for _ in 0..samples {
        world.advance(seconds(step));
        let (count, next) = read(world);
        sum += (rate + next) as f64 / 2.0 * step as f64;
        (rate, last) = (next, count);
    }
    (sum, (last - first) as f64)
}

#[test]
fn bytes_are_the_integral_of_the_rate_that_is_said() {
    for profile in World::profiles() {
        for (bytes, rate) in [("bytes_down", "rate_down"), ("bytes_up", "rate_up")] {
            let mut world = world(profile);
            let (sum, counted) = sampled(&mut world, 720, 10, |world| {
                let body = ask(world, 8, "connection");
                (body[bytes].as_u64().unwrap(), body[rate].as_u64().unwrap())
            });
            assert!((sum / counted - 1.0).abs() < 0.01, "{profile} {bytes}: {sum} and {counted}");
        }
    }
}

#[test]
fn ports_and_stations_count_what_their_rates_say() {
    for id in [1, 4] {
        let mut world = world("ultra");
        let path = format!("switch/port/{id}/stats");
        let (sum, counted) = sampled(&mut world, 360, 10, |world| {
            let body = ask(world, 16, &path);
            (body["tx_bytes"].as_u64().unwrap(), body["tx_bytes_rate"].as_u64().unwrap())
        });
        assert!((sum / counted - 1.0).abs() < 0.01, "port {id}: {sum} and {counted}");
    }
    // The kitchen's loudspeaker is always there.
    let mut world = world("ultra");
    let speaker = world.truth().hosts.into_iter().find(|host| host.name == "alexa-kitchen").unwrap();
    let path = format!("wifi/ap/{}/stations", speaker.radio.unwrap());
    let (sum, counted) = sampled(&mut world, 360, 10, |world| {
        let stations = ask(world, 16, &path);
        let one = list(&stations).iter().find(|station| station["mac"] == speaker.mac).unwrap();
        (one["tx_bytes"].as_u64().unwrap(), one["tx_rate"].as_u64().unwrap())
    });
    assert!((sum / counted - 1.0).abs() < 0.01, "{sum} and {counted}");
}

#[test]
fn a_home_uses_less_than_its_line_can() {
    for profile in World::profiles() {
        let mut world = world(profile);
        for _ in 0..100 {
            world.advance(seconds(600));
            let line = world.truth().line;
            assert!(line.rate_down * 8.0 < line.capacity_down as f64 && line.rate_down > 0.0, "{profile}");
            assert!(line.rate_up * 8.0 < line.capacity_up as f64 && line.rate_up > 0.0, "{profile}");
        }
    }
}

#[test]
fn it_does_not_matter_in_how_many_steps_time_passes() {
    let (mut leap, mut steps) = (world("delta-4g"), world("delta-4g"));
    leap.advance(seconds(7_200));
    for _ in 0..7_200 * 4 {
        steps.advance(Duration::from_micros(250_000));
    }
    assert_eq!(leap.now(), steps.now());
    let (leap, steps) = (leap.truth(), steps.truth());
    assert_eq!(leap.hosts_active, steps.hosts_active);
    assert_eq!(leap.radios[1].stations, steps.radios[1].stations);
    assert!((leap.line.bytes_down / steps.line.bytes_down - 1.0).abs() < 1e-9);
}

#[test]
fn the_smallest_steps_are_not_lost() {
    let mut world = world("ultra");
    for _ in 0..3_000 {
        world.advance(Duration::from_micros(333_333 / 100));
    }
    world.advance(Duration::from_millis(1));
    assert_eq!(world.now(), BEGINNING + 10);
}

#[test]
fn the_same_seed_gives_the_same_world_and_another_seed_another() {
    let body = |seed| {
        let mut world = World::new("ultra", seed).unwrap();
        world.advance(seconds(500));
        (world.about(), world.answer(16, "lan/browser/pub", &none()))
    };
    assert_eq!(body(1), body(1));
    assert_ne!(body(1).0.uid, body(2).0.uid);
    let uid = body(1).0.uid;
    assert!(uid.len() == 32 && uid.chars().all(|letter| letter.is_ascii_hexdigit()), "{uid}");
}

#[test]
fn hosts_come_and_go_and_sensors_drift() {
    let mut world = world("ultra");
    let (mut counts, mut degrees) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for _ in 0..60 {
        world.advance(seconds(120));
        counts.insert(world.truth().hosts_active);
        degrees.insert(world.truth().temperatures[0].1 as i64);
    }
    assert!(counts.len() > 4 && degrees.len() > 3, "{counts:?} {degrees:?}");
}

#[test]
fn the_connection_comes_back_after_a_moment_with_new_counters_and_a_diary() {
    let mut world = world("ultra");
    let entries = world.truth().log_entries;
    let was = world.truth().line.bytes_down;
    world.event("wan-down").unwrap();
    world.advance(seconds(60));
    assert_eq!(ask(&world, 16, "connection")["state"], "down");
    world.event("wan-up").unwrap();
    assert_eq!(ask(&world, 16, "connection")["state"], "going_up");
    world.advance(seconds(15));
    let line = world.truth().line;
    assert!(line.up && line.bytes_down > 0.0 && line.bytes_down < was);
    assert_eq!(world.truth().log_entries, entries + 2);
    let logs = ask(&world, 16, "connection/logs");
    let last = list(&logs).last().unwrap();
    assert_eq!(
        (&last["type"], &last["state"], &last["conn"]),
        (&"conn".into(), &"up".into(), &"main".into())
    );
    assert_eq!(last["date"], world.now() - 10);
    assert!(list(&ask(&world, 16, "vpn/connection")).is_empty());
    world.event("wan-going-down").unwrap();
    assert_eq!(ask(&world, 16, "connection")["state"], "going_down");
    world.advance(seconds(2));
    assert_eq!(ask(&world, 16, "connection")["state"], "going_up");
    world.advance(seconds(5));
    assert_eq!(ask(&world, 16, "connection")["state"], "up");
}

#[test]
fn copper_synchronises_in_stages_and_counts_anew() {
    let mut world = world("revolution-vdsl");
    assert!(world.truth().xdsl.unwrap().down.fec > 0);
    world.event("resync").unwrap();
    let mut seen = Vec::new();
    for _ in 0..40 {
        let status = ask(&world, 8, "connection/xdsl")["status"]["status"].as_str().unwrap().to_owned();
        if seen.last() != Some(&status) {
            seen.push(status);
        }
        world.advance(seconds(1));
    }
    assert_eq!(seen, ["training", "started", "chan_analysis", "msg_exchange", "showtime"]);
    let truth = world.truth();
    assert!(truth.line.up && truth.xdsl.as_ref().unwrap().uptime_seconds == 10, "{truth:?}");
    assert_eq!(truth.xdsl.unwrap().down.fec, 0);
    world.advance(seconds(7_200));
    let later = world.truth().xdsl.unwrap();
    assert_eq!((later.down.fec, later.up.fec, later.up.crc), (100, 0, 8));
    assert!(super::world("ultra").clone().event("resync").is_err());
}

#[test]
fn a_reboot_begins_everything_anew() {
    for profile in World::profiles() {
        let mut world = world(profile);
        world.event("reboot").unwrap();
        let truth = world.truth();
        assert_eq!((truth.uptime_seconds, truth.line.bytes_down, truth.line.up), (0, 0.0, false));
        assert!(truth.ports.iter().all(|port| port.rx_bytes == 0.0 && port.tx_bytes == 0.0));
        assert!(truth.radios.iter().all(|radio| radio.stations.is_empty()), "{profile}");
        world.advance(seconds(120));
        let truth = world.truth();
        assert!(truth.line.up && truth.uptime_seconds == 120 && truth.line.bytes_down > 0.0, "{profile}");
        assert!(world.bridge || truth.radios.iter().all(|radio| radio.state == "active"));
    }
}

#[test]
fn a_radio_listens_for_radar_before_it_speaks() {
    let mut world = world("ultra");
    world.event("wifi-off").unwrap();
    assert_eq!(ask(&world, 16, "wifi/ap/1")["status"]["state"], "disabled");
    assert_eq!(ask(&world, 16, "wifi/state")["state"], "disabled");
    world.event("wifi-on").unwrap();
    world.advance(seconds(19));
    let status = ask(&world, 16, "wifi/ap/1")["status"].clone();
    assert_eq!((&status["state"], &status["dfs_cac_remaining_time"]), (&"dfs".into(), &41.into()));
    assert!(world.truth().radios[1].stations.is_empty() && !world.truth().radios[0].stations.is_empty());
    world.advance(seconds(41));
    assert!(!world.truth().radios[1].stations.is_empty());
    world.event("wifi-planning").unwrap();
    assert_eq!(ask(&world, 16, "wifi/ap/0")["status"]["state"], "disabled_planning");
}

#[test]
fn the_line_goes_by_radio_and_back() {
    for profile in ["delta-4g", "ultra"] {
        let mut world = world(profile);
        world.event("fibre-dark").unwrap();
        world.event("backup-4g").unwrap();
        world.advance(seconds(30));
        let line = world.truth().line;
        assert_eq!((line.up, line.media, line.capacity_down), (true, "backup_4g", 150_000_000));
        world.event("fibre-plugged").unwrap();
        world.event("ftth").unwrap();
        world.advance(seconds(30));
        assert_eq!(world.truth().line.media, "ftth");
    }
    let error = world("pop-ftth").event("backup-4g").unwrap_err();
    assert_eq!(error, "event `backup-4g`: this box has no cellular module");
}

#[test]
fn glass_without_light_is_no_line() {
    for event in ["fibre-unplugged", "fibre-dark"] {
        let mut world = world("pop-ftth");
        world.event(event).unwrap();
        assert_eq!(ask(&world, 12, "connection")["state"], "down");
        assert_eq!(ask(&world, 12, "connection/ftth")["sfp_present"], event == "fibre-dark");
        assert_eq!(ask(&world, 12, "connection/ftth")["link"], false);
        world.event("fibre-plugged").unwrap();
        world.advance(seconds(6));
        assert!(world.truth().line.up);
    }
}

#[test]
fn a_bridge_becomes_a_router_and_back() {
    let mut world = world("pop-ftth");
    world.event("bridge").unwrap();
    assert_eq!(refusal(&world, 12, "lan/browser/pub", &none()), "200 nodev");
    world.advance(seconds(100));
    world.event("router").unwrap();
    world.advance(seconds(100));
    assert!(
        world.truth().hosts_active > 20 && world.truth().radios.iter().all(|radio| radio.state == "active")
    );
}

#[test]
fn counters_are_reset_and_wrapped_when_somebody_wants_to_see_that() {
    let mut world = world("ultra");
    let big = |world: &World| ask(world, 16, "switch/port/1/stats")["tx_bytes"].as_u64().unwrap();
    let before = big(&world);
    assert!(before > u64::from(u32::MAX));
    world.event("counter-wrap").unwrap();
    assert_eq!(big(&world), before & 0xffff_ffff);
    world.event("counter-reset").unwrap();
    assert_eq!(big(&world), 0);
    assert!(world.truth().uptime_seconds > 0);
}

#[test]
fn another_box_has_another_name_and_the_calendar_can_jump() {
    let mut world = world("ultra");
    let before = world.about();
    world.event("box-replaced").unwrap();
    assert_ne!(world.about().uid, before.uid);
    assert_eq!(world.about().box_model, before.box_model);
    let now = world.now();
    world.event("clock-jump=-3600").unwrap();
    assert_eq!((world.now(), world.truth().uptime_seconds), (now - 3_600, 0));
    world.set_clock(1_900_000_000);
    world.advance(seconds(5));
    assert_eq!(world.now(), 1_900_000_005);
    world.event("api-version=17.1").unwrap();
    assert_eq!(world.about().api_version, (17, 1));
    world.event("disk-removed").unwrap();
    assert_eq!(world.answer(16, "storage/disk", &none()), Reply::EmptyList);
}
