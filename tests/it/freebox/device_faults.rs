//! Everything that may happen to a box and its house: what is shown is what is meant then, and nothing else is thrown by it.
//!
//! Its certificate and its port for TLS are in `tls`.

use std::time::Duration;

use lanlord::metric::Reason;
use lanlord::sources::freebox::{self, api::version::Wanted};
use lanlord_sim::freebox::Options;
use lanlord_sim::freebox::world::World;

use super::house::{APP, House, OTHER_TOKEN, PATIENCE, Source, failure, options};
use super::truth::{check, wrong};

/// What happens, in words, and to which boxes; each word is an event or, as a number, seconds that pass. What stands after
/// `|` undoes it.
const ROWS: &[(&str, &str, &[&str])] = &[
    ("WAN down", "wan-down 5 60 | wan-up 120", &["ultra", "revolution-vdsl", "delta-4g"]),
    ("WAN going down", "wan-going-down 1 10", &["ultra", "revolution-adsl"]),
    ("WAN reconnects, and counts from 0", "reconnect 30", &["ultra", "revolution-vdsl"]),
    ("4G instead of the fibre", "backup-4g 60 600 | ftth 60", &["ultra", "delta-4g"]),
    ("SIM card removed", "sim-removed 10", &["delta-4g", "ultra"]),
    ("xDSL resync", "resync 1 4 4 4 4 4 60", &["revolution-vdsl", "revolution-adsl"]),
    ("fibre unplugged", "fibre-unplugged 30 | fibre-plugged 120", &["ultra", "pop-ftth", "revolution-ftth"]),
    ("fibre dark", "fibre-dark 30 | fibre-plugged 120", &["ultra"]),
    ("SFP without power report", "no-power-report | power-report", &["ultra", "pop-ftth"]),
    ("bridge mode toggle", "bridge 30 | router 200", &["ultra", "revolution-vdsl", "pop-ftth"]),
    ("wifi off", "wifi-off 30 | wifi-on 200", &["ultra", "revolution-adsl"]),
    ("wifi off by planning", "wifi-planning 30 | wifi-on 200", &["ultra", "pop-ftth"]),
    ("AP list empty", "ap-list-empty | ap-list-back", &["ultra", "revolution-vdsl"]),
    ("station without host", "station-without-host | station-with-host", &["ultra", "revolution-vdsl"]),
    ("disk removed", "disk-removed | disk-back", &["ultra", "delta-4g", "revolution-vdsl"]),
    (
        "sensor without value",
        "sensor-without-value | sensor-with-value",
        &["ultra", "delta-4g", "revolution-adsl"],
    ),
    ("counter reset", "counter-reset 10", &["ultra", "revolution-vdsl"]),
    ("clock jump forwards", "clock-jump=7200 10", &["ultra"]),
    ("clock jump backwards", "clock-jump=-7200 10", &["ultra"]),
    ("hosts leave and join", "leave=nas 60 600 join=nas 60", &["ultra"]),
    ("update of the firmware", "update-available 60 600 | update-gone", &["ultra"]),
    ("hosts by the thousand", "hosts=1000 | calm", &["ultra"]),
];

/// Lets a row happen, visits after each step, and says everything that is wrong then.
fn happen(house: &House, source: &mut Source, steps: &str, when: &str) -> Vec<String> {
    let mut all = Vec::new();
    for step in steps.split_whitespace() {
        match step.parse::<u64>() {
            Ok(seconds) => house.control.advance(Duration::from_secs(seconds)),
            Err(_) => house.control.event(step).unwrap(),
        }
        let seen = source.visit();
        let when = format!("{when}, at `{step}`");
        seen.assert_well(&when);
        all.extend(wrong(house, &seen).into_iter().map(|what| format!("{when}: {what}")));
    }
    all
}

#[test]
fn whatever_happens_in_the_house_is_shown_as_it_is_and_is_no_fault() {
    let mut all = Vec::new();
    for (clause, steps, profiles) in ROWS {
        for profile in *profiles {
            let house = House::new(profile);
            let mut source = house.source();
            let (done, undone) = steps.split_once('|').unwrap_or((steps, ""));
            all.extend(happen(&house, &mut source, "0", clause));
            all.extend(happen(&house, &mut source, done, &format!("{clause}, {profile}")));
            all.extend(happen(&house, &mut source, undone, &format!("{clause}, {profile}, undone")));
            assert_eq!(house.control.counters().logins, 1, "{clause}: no session ends by this");
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_noise_margin_of_exactly_nothing_on_a_line_in_use_is_none() {
    let house = House::new("revolution-vdsl");
    let mut source = house.source();
    let before = source.visit();
    before.assert_well("before");
    house.control.event("bogus-snr").unwrap();
    let seen = source.visit();
    seen.assert_well("with a bogus figure");
    let differences = super::faults::differences(&before.samples(), &seen.samples());
    assert_eq!(differences.len(), 4, "{differences:#?}");
    assert!(differences.iter().all(|name| name.contains("noise_margin") && name.ends_with("and None")));
}

#[test]
fn counters_that_wrap_are_shown_as_the_box_has_them() {
    let house = House::new("revolution-vdsl");
    let mut source = house.source();
    source.visit().assert_well("before");
    house.control.event("counter-wrap").unwrap();
    let seen = source.visit();
    seen.assert_well("wrapped");
    let received = |name: &&String| name.starts_with("freebox_switch_port_received_bytes_total");
    let samples = seen.samples();
    assert!(samples.keys().any(|name| received(&name)));
    assert!(samples.iter().filter(|(name, _)| received(name)).all(|(_, bytes)| *bytes < 4_294_967_296.0));
}

/// Bytes are what the rate adds up to, as lanlord shows both.
#[test]
fn bytes_grow_as_the_rate_says() {
    const STEP: u64 = 5;
    for profile in ["ultra", "revolution-adsl"] {
        let house = House::new(profile);
        let mut source = house.source();
        let read = |source: &mut Source, what: &str| {
            let samples = super::house::samples(&source.visit_part("line").batch);
            ["down", "up"].map(|direction| samples[&format!("lanlord_line_{what}{{{direction}}}")])
        };
        house.control.advance(Duration::from_secs(8 * 3600));
        let begun = read(&mut source, "bytes_total");
        let mut sum = [0.0; 2];
        let mut last = read(&mut source, "rate_bytes_per_second");
        for _ in 0..720 {
            house.control.advance(Duration::from_secs(STEP));
            let now = read(&mut source, "rate_bytes_per_second");
            for ((sum, last), now) in sum.iter_mut().zip(last).zip(now) {
                *sum += (last + now) / 2.0 * STEP as f64;
            }
            last = now;
        }
        let ended = read(&mut source, "bytes_total");
        for (nth, direction) in ["down", "up"].iter().enumerate() {
            let (grown, sum) = (ended[nth] - begun[nth], sum[nth]);
            assert!(
                grown > 0.0 && (grown / sum - 1.0).abs() < 0.01,
                "{profile} {direction}: {grown} and {sum}"
            );
        }
    }
}

#[test]
fn a_box_that_restarts_is_gone_then_not_ready_and_then_as_before() {
    let house = House::with(Options { speed: 1000.0, ..options() });
    house.control.rules(|rules| rules.session_ttl = Duration::from_secs(10_000_000));
    for settings in [house.settings(), house.secure()] {
        let mut source = Source::new(settings, PATIENCE);
        source.visit().assert_well("before");
        let logins = house.control.counters().logins;
        // Nobody there, whatever connections there were.
        house.control.refuse(Duration::from_secs(60));
        house.control.hang_up();
        for round in 0..3 {
            source.visit().assert_down(Reason::Unreachable, "connect", &format!("refused, round {round}"));
        }
        house.control.open();
        // The web server alone, and it has forgotten everybody.
        house.control.expire_sessions();
        house.control.fault("* html:502").unwrap();
        for round in 0..3 {
            let seen = source.visit();
            assert_eq!(seen.down().len(), 9, "round {round}: {:?}", seen.down());
            assert!(
                seen.down().iter().all(|(_, reason, _)| *reason == Reason::Misbehaved),
                "{:?}",
                seen.down()
            );
        }
        house.control.clear_faults();
        source.visit().assert_well("after");
        let counters = house.control.counters();
        assert_eq!((counters.logins, counters.failed_logins), (logins + 1, 0));
    }
}

#[test]
fn a_restart_begins_everything_anew() {
    let house = House::new("revolution-vdsl");
    let mut source = house.source();
    source.visit().assert_well("before");
    house.control.event("reboot").unwrap();
    source.visit().assert_down(Reason::Unreachable, "connect", "restarting");
    house.control.open();
    for seconds in [0, 5, 10, 30, 120, 600] {
        house.control.advance(Duration::from_secs(seconds));
        let seen = source.visit();
        seen.assert_well(&format!("{seconds} s later"));
        check(&house, &seen, &format!("{seconds} s after a restart"));
    }
    assert_eq!(house.control.counters().logins, 2);
}

#[test]
fn another_box_in_the_place_of_ours_gets_no_password() {
    for settings in [House::settings, House::secure] {
        let house = House::new("ultra");
        let mut source = Source::new(settings(&house), PATIENCE);
        source.visit().assert_well("before");
        house.control.event("box-replaced").unwrap();
        let seen = source.visit();
        seen.assert_down(Reason::Refused, "wrong_box", "another box");
        let (_, _, message) = failure(&seen.0[0]).unwrap();
        assert!(message.contains("another Freebox answers"), "{message}");
        assert!(house.attempts() <= 2, "{:?}", house.control.counters());
        house.control.clear_log();
        for _ in 0..5 {
            source.visit().assert_down(Reason::Refused, "wrong_box", "still another box");
        }
        assert_eq!(house.attempts(), 0);
    }
}

#[test]
fn another_box_in_the_place_of_ours_is_not_asked_with_our_session_and_ours_is_known_when_it_is_back() {
    let house = House::new("ultra");
    house.control.preseed(APP, OTHER_TOKEN);
    let mut source = house.source();
    source.visit().assert_well("before");
    // It is away for a moment, so that it has to be looked for again.
    house.control.refuse(Duration::from_secs(60));
    assert!(source.visit().0.iter().all(|visited| failure(visited).is_some()));
    house.control.profile("ultra", 2).unwrap();
    house.control.open();
    house.control.clear_log();
    for _ in 0..3 {
        source.visit().assert_down(Reason::Refused, "wrong_box", "another box");
    }
    let asked: Vec<String> = house.control.log().into_iter().map(|entry| entry.path).collect();
    assert!(asked.iter().all(|path| path == "/api_version"), "{asked:?}");
    // Ours is back. When to look for it lanlord decides by its own clock, but a new token says it at once.
    house.control.profile("ultra", 1).unwrap();
    house.write_token(OTHER_TOKEN);
    source.visit().assert_well("after");
}

#[test]
fn a_box_that_has_to_be_another_one_gets_no_password() {
    let house = House::new("ultra");
    let uid = Some("0123456789abcdef0123456789abcdef".to_owned());
    let mut source = Source::new(freebox::Settings { uid, ..house.settings() }, PATIENCE);
    source.visit().assert_down(Reason::Refused, "wrong_box", "another uid");
    assert_eq!(house.attempts(), 0);
}

#[test]
fn firmware_that_no_longer_serves_our_version_is_asked_in_its_own() {
    let house = House::new("pop-ftth");
    let mut source = house.source();
    source.visit().assert_well("before");
    // A newer version, and the old one gone; then an older one, as after a box went back to its former firmware. Again and
    // again, since it matters who is told first.
    for round in 0..10 {
        for (major, oldest) in [(14, 13), (8, 1)] {
            house.control.api_version(major, 0, oldest);
            source.visit();
            source.visit().assert_well(&format!("round {round}, with version {major}"));
            let path = format!("/api/v{major}/");
            let log = house.control.log();
            assert!(log.iter().any(|entry| entry.path.starts_with(&path) && entry.status == 200), "{path}");
            house.control.clear_log();
        }
    }
    assert_eq!(house.control.counters().failed_logins, 0);
}

#[test]
fn every_version_of_the_interface_is_understood() {
    for profile in World::profiles().iter().filter(|profile| !profile.ends_with("bridge")) {
        for major in [3, 4, 5, 6, 8, 9, 10, 11, 12] {
            let house = House::new(profile);
            let newest = house.control.world(|world| world.about().api_version.0);
            if major > newest {
                continue;
            }
            let settings = freebox::Settings { api_version: Wanted::Major(major as u8), ..house.settings() };
            let seen = Source::new(settings, PATIENCE).visit();
            seen.assert_well(&format!("{profile} in version {major}"));
        }
    }
}

#[test]
fn a_version_that_a_box_does_not_know_is_named() {
    let house = House::new("revolution-vdsl");
    let settings = freebox::Settings { api_version: Wanted::Major(12), ..house.settings() };
    let seen = Source::new(settings, PATIENCE).visit();
    seen.assert_down(Reason::Unsupported, "api_version", "version 12 of a box with 8");
    let (_, _, message) = failure(&seen.0[0]).unwrap();
    assert!(
        message.contains("version 8.5 of its interface and not 12") && message.contains("`api_version`"),
        "{message}"
    );
}
