//! How visits are shared, queue, and end, whoever waits for them.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::house::{GIVEN, HERE, House, modem};
use crate::live::wait::{Watch, until};

#[test]
fn twenty_who_ask_for_the_same_at_once_are_one_log_in() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("slow:0.1").unwrap();
    thread::scope(|scope| {
        let probes: Vec<_> = (0..20).map(|_| scope.spawn(|| house.probe(&modem, ""))).collect();
        for probe in probes {
            let answer = probe.join().unwrap();
            assert_eq!((answer.status, answer.value("probe_success")), (200, Some("1")), "{}", answer.text());
        }
    });
    let stats = modem.control.stats();
    assert_eq!((stats.logins, stats.logouts, stats.most_sessions, stats.repeat_logins), (1, 1, 1, 0));
}

#[test]
fn those_who_ask_for_different_things_wait_for_one_another() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("slow:0.05").unwrap();
    let pin = modem.sha256();
    let different = ["", "&force=1", &format!("&fingerprint={pin}"), &format!("&fingerprint={pin}&force=1")];
    thread::scope(|scope| {
        let probes: Vec<_> = different.iter().map(|more| scope.spawn(|| house.probe(&modem, more))).collect();
        for probe in probes {
            let answer = probe.join().unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    });
    let stats = modem.control.stats();
    assert_eq!((stats.logins, stats.logouts, stats.most_sessions), (4, 4, 1));
    assert_eq!((stats.attempts_while_open, stats.repeat_logins, stats.most_concurrent), (0, 0, 1));
}

#[test]
fn two_hundred_probes_of_twenty_modems_eight_at_a_time_all_succeed_and_no_modem_has_two_visitors() {
    let house = House::start(HERE, &[]);
    let modems: Vec<_> = (0..20).map(|_| modem()).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= 200 {
                        break;
                    }
                    let modem = &modems[number % modems.len()];
                    let answer = house.probe(modem, &format!("&fingerprint={}", modem.sha256()));
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    assert_eq!(answer.value("hitron_dataset_ok{dataset=\"usinfo\"}"), Some("1"));
                }
            });
        }
    });
    for modem in &modems {
        let stats = modem.control.stats();
        assert_eq!((stats.logins, stats.logouts, stats.sessions_open), (10, 10, 0));
        assert_eq!((stats.attempts_while_open, stats.repeat_logins, stats.most_concurrent), (0, 0, 1));
        assert_eq!(modem.control.violations(), Vec::<String>::new());
    }
}

#[test]
fn a_log_out_that_fails_is_tried_once_more_after_the_answer() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("close at=logout times=1").unwrap();
    let answer = house.probe(&modem, "");
    assert_eq!((answer.status, answer.value("probe_success")), (200, Some("1")), "{}", answer.text());
    until("it is logged out", || (modem.control.stats().sessions_open == 0).then_some(()));
    let stats = modem.control.stats();
    assert_eq!((stats.logins, stats.logouts), (1, 1));
}

#[test]
fn a_visit_logs_out_though_whoever_asked_has_gone() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("slow:0.3").unwrap();
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    let client = house.ask(&path, "");
    until("it is logged in", || (modem.control.stats().logins == 1).then_some(()));
    drop(client);
    until("it is logged out", || (modem.control.stats().logouts == 1).then_some(()));
    assert_eq!(modem.control.stats().sessions_open, 0);
}

#[test]
fn a_log_in_that_nobody_waited_for_is_logged_out_all_the_same() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("slow:1.2 at=login times=1").unwrap();
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    let late = house.get(&path, "X-Prometheus-Scrape-Timeout-Seconds: 1.5\r\n");
    assert_eq!(late.status, 504, "{}", late.text());
    until("it is logged in and out", || (modem.control.stats().logouts == 1).then_some(()));
    let stats = modem.control.stats();
    assert_eq!((stats.logins, stats.sessions_open), (1, 0));
    assert_eq!(house.get(&path, "").status, 200);
    // With even less time nobody begins to.
    let hopeless = house.get(&path, "X-Prometheus-Scrape-Timeout-Seconds: 1\r\n");
    assert_eq!(hopeless.status, 504, "{}", hopeless.text());
    assert_eq!(modem.control.stats().logins, 2);
}

#[test]
fn a_log_in_under_way_is_logged_out_when_lanlord_ends() {
    let (mut house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("slow:0.5 at=login").unwrap();
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    let _client = house.ask(&path, "");
    until("it has asked for a log-in", || modem.control.stats().pages.get("login").map(drop));
    let (status, took) = house.lanlord.end_by("TERM");
    assert_eq!(status.code(), Some(0), "{}", house.lanlord.log());
    assert!(took < Duration::from_secs(2), "{took:?}");
    until("it is logged out", || (modem.control.stats().sessions_open == 0).then_some(()));
    assert_eq!(modem.control.stats().logouts, 1);
}

#[test]
fn a_visit_is_given_up_and_logged_out_when_lanlord_ends() {
    let (mut house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("hang at=getSysInfo").unwrap();
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    let mut client = house.ask(&path, "");
    until("it has asked", || modem.control.stats().pages.get("getSysInfo").map(drop));
    let (status, took) = house.lanlord.end_by("TERM");
    assert_eq!(status.code(), Some(0), "{}", house.lanlord.log());
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!((modem.control.stats().logouts, modem.control.stats().sessions_open), (1, 0));
    // Answered or cut off; it does not hang.
    let _ = client.read_to_end(&mut Vec::new());
}

#[test]
fn a_queue_is_as_long_as_its_own_patience() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("slow:1").unwrap();
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    let _first = house.ask(&path, "");
    until("it is logged in", || (modem.control.stats().logins == 1).then_some(()));
    let watch = Watch::start();
    let second = house.get(&format!("{path}&force=1"), "X-Prometheus-Scrape-Timeout-Seconds: 1.5\r\n");
    assert_eq!(second.status, 503, "{}", second.text());
    assert!(second.text().starts_with("busy: "), "{}", second.text());
    assert!(watch.elapsed() < Duration::from_secs(3), "{:?}", watch.elapsed());
    let shared = house.get(&path, "X-Prometheus-Scrape-Timeout-Seconds: 1\r\n");
    assert_eq!(shared.status, 504, "{}", shared.text());
}
