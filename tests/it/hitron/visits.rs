//! Visits to a modem that does what it should, and to one that lets nobody in.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt;
use lanlord::metric::Reason;
use lanlord::secrets::Place;
use lanlord::sources::hitron::{Login, PartName, Password, Profile, Scheme, Settings};

use super::house::{
    House, PASSWORD, PATIENCE, SHORT, USER, Visits, assert_clean, assert_well, code, failure, faults, given,
    journal, logged, samples, secret,
};

#[test]
fn a_visit_logs_in_asks_one_page_after_the_other_and_logs_out() {
    for cookie in ["session", "sessionindex"] {
        let house = House::with(|options| cookie.clone_into(&mut options.cookie));
        let visits = Visits::new();
        let mut source = visits.source(house.settings(), PATIENCE);
        for round in 1..=3 {
            let visited = visits.visit(&mut source[0]);
            assert_well(&visited, &format!("{cookie}, round {round}"));
            let stats = house.control.stats();
            assert_eq!((stats.logins, stats.logouts, stats.connections), (round, round, round), "{cookie}");
        }
        assert_clean(&house, cookie);
        let pages: Vec<String> = house
            .control
            .requests()
            .iter()
            .take(10)
            .map(|asked| format!("{} {}", asked.method, asked.path))
            .collect();
        assert_eq!(
            pages,
            [
                "GET /",
                "POST /goform/login",
                "GET /data/system_model.asp",
                "GET /data/getSysInfo.asp",
                "GET /data/getCMInit.asp",
                "GET /data/getCmDocsisWan.asp",
                "GET /data/dsinfo.asp",
                "GET /data/usinfo.asp",
                "GET /data/getTuneFreq.asp",
                "POST /goform/logout",
            ]
        );
    }
}

#[test]
fn a_log_in_is_a_form_with_everything_in_its_place() {
    let house = House::new();
    assert_well(&Visits::new().once(house.settings()), "well");
    let requests = house.control.requests();
    let login = &requests[1];
    let fields: BTreeMap<&str, &str> =
        ["usr", "pwd", "forcelogoff"].into_iter().map(|name| (name, login.field(name).unwrap())).collect();
    assert_eq!(fields, BTreeMap::from([("usr", USER), ("pwd", PASSWORD), ("forcelogoff", "0")]));
    assert_eq!(login.header("content-type"), Some("application/x-www-form-urlencoded"));
    let ticket = login.field("preSession").unwrap();
    assert!(login.header("cookie").unwrap().contains(&format!("preSession={ticket}")));
    assert_eq!(requests.last().unwrap().field("data"), Some("byebye"));
    let host = format!("127.0.0.1:{}", house.running.address().port());
    assert!(requests.iter().all(|asked| asked.header("host") == Some(&host)));
}

#[test]
fn several_parts_together_take_one_log_in_and_ask_each_page_once() {
    let house = House::new();
    let parts = [PartName::Modem, PartName::Lan, PartName::Events, PartName::Gre];
    let visited = Visits::new().once(house.asking(&parts));
    assert_well(&visited, "together");
    let stats = house.control.stats();
    assert_eq!((stats.logins, stats.logouts), (1, 1));
    assert!(stats.pages.values().all(|times| *times == 1), "{:?}", stats.pages);
    assert!(!visited.batch.sightings.is_empty());
    assert_clean(&house, "together");
}

#[test]
fn no_more_devices_are_shown_than_is_wanted() {
    let house = House::new();
    let settings = Settings { max_hosts: 1, ..house.asking(&[PartName::Lan]) };
    let visited = Visits::new().once(settings);
    assert_well(&visited, "few");
    assert_eq!(visited.batch.sightings.len(), 1);
}

#[test]
fn parts_of_one_source_take_turns_and_say_nothing_twice() {
    let house = House::new();
    let visits = Visits::new();
    let mut source = visits.source(house.asking(&[PartName::Modem, PartName::Lan]), PATIENCE);
    let (modem, lan) = source.split_at_mut(1);
    let (modem, lan) = visits.run(async { tokio::join!(modem[0].visit(), lan[0].visit()) });
    assert_well(&modem, "modem");
    assert_well(&lan, "lan");
    assert_clean(&house, "both");
    let (modem, lan) = (samples(&modem.batch), samples(&lan.batch));
    assert_eq!(modem.get("hitron_login_success_bool{}"), Some(&1.0));
    let twice: Vec<_> = lan.keys().filter(|name| modem.contains_key(*name)).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn twenty_who_come_at_once_take_turns() {
    let house = House::new();
    let visits = Visits::new();
    let mut visitors: Vec<_> =
        (0..20).map(|_| visits.probe(house.settings(), Duration::from_secs(60))).collect();
    let all = visitors.iter_mut().map(|visitor| visitor.visit());
    let all = visits.run(futures_util::future::join_all(all));
    for visited in &all {
        assert_well(visited, "one of twenty");
    }
    let stats = house.control.stats();
    assert_eq!((stats.logins, stats.attempts_while_open, stats.most_concurrent), (20, 0, 1));
    assert_clean(&house, "twenty");
}

#[test]
fn a_modem_that_takes_one_connection_after_the_other_is_enough() {
    let house = House::with(|options| options.one_connection = true);
    let visits = Visits::new();
    for _ in 0..2 {
        assert_well(&visits.once(house.settings()), "one connection");
    }
    assert_clean(&house, "one connection");
}

#[test]
fn while_somebody_else_is_logged_in_nothing_is_had_and_nobody_is_thrown_out_unless_that_is_wanted() {
    let house = House::new();
    house.control.busy();
    let visits = Visits::new();
    let visited = visits.once(house.settings());
    let (reason, code, message) = failure(&visited).unwrap();
    assert_eq!((reason, code), (Reason::Refused, "busy"));
    assert!(message.contains("`force`"), "{message}");
    assert_eq!(house.asked("logout"), 0);
    assert!(house.control.holder().is_some());
    let forced = visits.once(Settings { force: true, ..house.settings() });
    assert_well(&forced, "force");
    assert_eq!(house.control.stats().forced_logins, 1);
    assert!(house.control.holder().is_none());
    assert_eq!(house.control.violations(), [""; 0]);
}

#[test]
fn a_rejected_password_is_tried_once_and_another_one_at_once() {
    let house = House::new();
    house.control.rules(|rules| rules.protect_after = 0);
    house.write_password("wrong");
    let visits = Visits::new();
    let mut source = visits.source(house.settings(), PATIENCE);
    let first = visits.visit(&mut source[0]);
    assert_eq!(code(&first), "credentials");
    let rest = first.not_before.unwrap().0 - first.batch.visit.as_ref().unwrap().taken_at.0;
    assert!(rest >= Duration::from_secs(900) && rest < Duration::from_secs(910), "{rest:?}");
    let connections = house.control.stats().connections;
    for _ in 0..3 {
        let again = visits.visit(&mut source[0]);
        assert_eq!(code(&again), "backoff");
        assert!(again.not_before.is_some());
    }
    // Whoever asks next has the same password.
    assert_eq!(code(&visits.once(Settings { login: given(USER, "wrong"), ..house.settings() })), "backoff");
    let stats = house.control.stats();
    assert_eq!((stats.wrong_logins, stats.connections, stats.logouts), (1, connections, 0));
    house.write_password(PASSWORD);
    assert_well(&visits.visit(&mut source[0]), "corrected");
    assert_clean(&house, "corrected");
}

#[test]
fn a_rejected_password_is_tried_again_when_the_hold_off_is_over() {
    let house = House::new();
    house.control.credentials(USER, "another");
    let visits = Visits::new();
    let settings = Settings { hold_off: Duration::from_millis(50), ..house.settings() };
    let mut probe = visits.probe(settings, PATIENCE);
    assert_eq!(code(&visits.visit(&mut probe)), "credentials");
    house.control.credentials(USER, PASSWORD);
    let over = visits.visit_until(&mut probe, |visited| code(visited) != "backoff");
    assert_well(&over, "it is over");
}

#[test]
fn while_log_ins_are_locked_not_a_byte_is_sent() {
    let house = House::new();
    house.control.fault("locked:9|58|21").unwrap();
    let visits = Visits::new();
    let first = visits.once(house.settings());
    let (reason, code_, message) = failure(&first).unwrap();
    assert_eq!((reason, code_), (Reason::Refused, "locked"));
    assert!(message.contains("after 9 failures"), "{message}");
    let rest = first.not_before.unwrap().0 - first.batch.visit.as_ref().unwrap().taken_at.0;
    assert!(rest >= Duration::from_secs(3_501) && rest < Duration::from_secs(3_510), "{rest:?}");
    let before = house.control.stats();
    for login in [None, given("somebody", "else"), given(USER, PASSWORD)] {
        let settings = house.settings();
        let again = visits.once(Settings { login: login.or(settings.login.clone()), ..settings });
        assert_eq!(code(&again), "locked");
        assert!(again.not_before.is_some());
    }
    let after = house.control.stats();
    assert_eq!((after.connections, after.requests), (before.connections, before.requests));
    assert_eq!((after.logouts, after.stray_logouts), (0, 0));
}

#[test]
fn a_stored_password_goes_to_nobody_who_is_not_known() {
    let house = House::new();
    let visits = Visits::new();
    for settings in [
        Settings { pins: Vec::new(), ..house.settings() },
        Settings { pins: vec![Vec::new()], ..house.settings() },
        Settings { scheme: Scheme::Http, ..house.settings() },
    ] {
        assert_eq!(code(&visits.once(settings)), "unpinned");
    }
    assert_eq!(house.control.stats().connections, 0);
}

#[test]
fn a_password_that_cannot_be_read_says_so_and_asks_nobody() {
    let house = House::new();
    let place = Place::File(house.folder.path().join("missing"));
    let login = Login { user: secret(USER), password: Password::Stored(place) };
    let visited = Visits::new().once(Settings { login: Some(login), ..house.settings() });
    assert_eq!(code(&visited), "secret");
    let visited = Visits::new().once(Settings { login: None, ..house.settings() });
    assert_eq!(code(&visited), "no_login");
    assert_eq!(house.control.stats().connections, 0);
}

#[test]
fn who_is_believed_without_a_pin_is_told_to_the_log_once_with_his_fingerprint() {
    let house = House::new();
    let visits = Visits::new();
    let settings = Settings { pins: Vec::new(), login: given(USER, PASSWORD), ..house.settings() };
    let (visited, log) = logged(|| {
        let first = visits.once(settings.clone());
        assert_well(&first, "unpinned");
        visits.once(settings)
    });
    assert_well(&visited, "unpinned, again");
    let digits = house.running.sha256();
    let pairs: Vec<&str> = (0..32).map(|at| &digits[2 * at..2 * at + 2]).collect();
    assert_eq!(log.matches(&pairs.join(":")).count(), 1, "{log}");
    assert_eq!(samples(&visited.batch).get("hitron_tls_pinned{}"), Some(&0.0));
    let pinned = visits.once(house.settings());
    assert_eq!(samples(&pinned.batch).get("hitron_tls_pinned{}"), Some(&1.0));
}

#[test]
fn a_coda_is_asked_without_a_log_in() {
    let house = House::coda();
    let visited = Visits::new().once(house.settings());
    assert_eq!(code(&visited), "ok", "{}", journal(&visited));
    let samples = samples(&visited.batch);
    assert!(samples.keys().any(|name| name.starts_with("hitron_ofdm_downstream_locked")), "{samples:?}");
    assert!(!samples.contains_key("hitron_login_success_bool{}"));
    let stats = house.control.stats();
    assert_eq!((stats.logins, stats.logouts, house.asked("index")), (0, 0, 0));
    assert_eq!(house.control.violations(), [""; 0]);
}

#[test]
fn the_page_that_wears_a_modem_out_is_asked_for_once_in_an_interval_whoever_asks() {
    let house = House::coda();
    let visits = Visits::new();
    let settings = house.settings();
    let mut source = visits.source(settings.clone(), PATIENCE);
    assert_eq!(source.len(), 2);
    assert_eq!(code(&visits.visit(&mut source[1])), "ok");
    assert_eq!(house.asked("dsofdminfo"), 1);
    // A probe has everything else, and nothing is wrong with that.
    let probe = visits.once(settings.clone());
    assert_eq!(code(&probe), "ok");
    assert!(faults(&probe).iter().all(|fault| !fault.contains("dsofdminfo")), "{:?}", faults(&probe));
    assert!(journal(&probe).contains("`dsofdminfo` is left out"), "{}", journal(&probe));
    // Who comes for nothing else is told that it is missing.
    let again = visits.visit(&mut source[1]);
    assert_eq!(code(&again), "ok");
    assert!(faults(&again).iter().any(|fault| fault.contains("`dsofdminfo` is left out")));
    assert!(again.not_before.is_some());
    assert_eq!((house.asked("dsofdminfo"), house.asked("usofdminfo")), (1, 3));
    // Another modem's is none of this one's business, and a short interval is soon over.
    let soon = Settings { ofdm_interval: Duration::from_millis(20), ..settings };
    let visits = Visits::new();
    let mut probe = visits.probe(soon, PATIENCE);
    assert_eq!(code(&visits.visit(&mut probe)), "ok");
    assert_eq!(house.asked("dsofdminfo"), 2);
    visits.visit_until(&mut probe, |_| house.asked("dsofdminfo") == 3);
}

#[test]
fn who_stops_waiting_in_the_middle_leaves_a_session_that_is_given_back() {
    let house = House::new();
    let visits = Visits::new();
    let mut visitor = visits.probe(house.settings(), PATIENCE);
    house.control.fault("hang at=getCMInit times=1").unwrap();
    let stop = |visitor: &mut lanlord::visit::Visitor| {
        visits.run(async {
            let asked = house.asked("getCMInit");
            let mut visit = Box::pin(visitor.visit());
            while house.asked("getCMInit") == asked {
                assert!((&mut visit).now_or_never().is_none(), "it hangs");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    };
    stop(&mut visitor);
    assert_eq!(house.control.stats().sessions_open, 1);
    visits.run(visitor.leave());
    assert_eq!((house.control.stats().sessions_open, house.control.stats().logouts), (0, 1));
    visits.run(visitor.leave());
    assert_eq!(house.control.stats().logouts, 1, "once is enough");
    // The next visit does the same, before it logs in.
    house.control.fault("hang at=getCMInit times=1").unwrap();
    stop(&mut visitor);
    assert_eq!(house.control.stats().sessions_open, 1);
    assert_well(&visits.visit(&mut visitor), "after one that nobody waited for");
    assert_clean(&house, "after all");
    assert_eq!(house.control.stats().logouts, 3);
}

#[test]
fn a_visit_says_in_its_journal_what_it_did_and_never_with_which_words() {
    let house = House::new();
    let visits = Visits::new();
    let mut probe = visits.probe(house.settings(), PATIENCE);
    let (visited, log) = logged(|| visits.visit(&mut probe));
    let journal = journal(&visited);
    for step in [
        "it is our turn",
        "connected with TLSv1.2",
        "POST /goform/login: 200",
        "logged in",
        "GET /data/dsinfo.asp: 200",
        "POST /goform/logout: 302",
    ] {
        assert!(journal.contains(step), "{step}: {journal}");
    }
    assert!(journal.contains(&house.running.sha256()), "{journal}");
    let cookies: Vec<String> = house
        .control
        .requests()
        .iter()
        .filter_map(|asked| asked.header("cookie"))
        .flat_map(|header| {
            header.split("; ").filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned())
        })
        .collect();
    assert!(!cookies.is_empty());
    let shown = format!("{journal}{log}{visited:?}{probe:?}");
    for word in cookies.iter().map(String::as_str).chain([USER, PASSWORD, "Qk3", "pwd="]) {
        assert!(!shown.contains(word), "{word} is shown");
    }
}

#[test]
fn without_a_log_in_there_is_no_time_kept_for_a_log_out_and_a_profile_that_is_wrong_says_so() {
    let house = House::new();
    let settings = Settings { profile: Profile::CodaAsp, login: None, ..house.settings() };
    let visited = Visits::new().once(settings);
    let (_, code, message) = failure(&visited).unwrap();
    assert_eq!(code, "protocol");
    assert!(message.contains("`profile`"), "{message}");
    let coda = House::coda();
    let settings = Settings { profile: Profile::Cgnv4, login: given(USER, PASSWORD), ..coda.settings() };
    let visited = Visits::new().visit(&mut Visits::new().probe(settings, SHORT));
    assert_eq!(failure(&visited).unwrap().1, "protocol");
}
