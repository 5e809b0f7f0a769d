//! A modem with which something is wrong: what a visit makes of it, that it is back in time, that nobody stays logged in,
//! and that the next visit has everything again.

use std::time::Duration;

use lanlord::clock::Stopwatch;
use lanlord::metric::Reason;
use lanlord::sources::hitron::{PartName, Settings};

use super::house::{
    House, PATIENCE, SHORT, Visits, assert_clean, assert_well, code, failure, faults, journal, samples,
};

/// Visits once, and panics if that takes longer than it may.
#[track_caller]
fn in_time(visits: &Visits, settings: Settings, patience: Duration, when: &str) -> lanlord::visit::Visited {
    let mut probe = visits.probe(settings, patience);
    let watch = Stopwatch::start();
    let visited = visits.visit(&mut probe);
    let took = watch.elapsed();
    assert!(took <= patience + Duration::from_millis(300), "{when}: took {took:?}");
    visited
}

/// What is wrong with one page, and what is said of that. The visit brings everything else.
const PAGES: [(&str, &str); 13] = [
    ("half-json at=getCMInit", "`getCMInit` answered with "),
    ("length at=getCMInit", "`getCMInit`: "),
    ("truncated at=getCMInit", "`getCMInit`: "),
    ("reset at=getCMInit", "`getCMInit`: "),
    ("chunked-broken at=getCMInit", "`getCMInit`: "),
    ("status:404 at=getCMInit", "`getCMInit` answered with HTTP 404"),
    ("status:500 at=getCMInit", "`getCMInit` answered with HTTP 500"),
    ("empty-array at=getCMInit", "`getCMInit` answered with "),
    ("big:1100000 at=getCMInit", "`getCMInit`: "),
    ("deep:100000 at=getCMInit", "`getCMInit` answered with "),
    ("close at=getCMInit times=1", ""),
    ("no-reply at=getCMInit times=2", "`getCMInit`: "),
    ("slow:30 at=getCMInit", "`getCMInit`: "),
];

#[test]
fn what_is_wrong_with_one_page_is_missing_and_nothing_else() {
    for (fault, expected) in PAGES {
        let house = House::new();
        let visits = Visits::new();
        let patience = if fault.starts_with("slow") { SHORT } else { PATIENCE };
        house.control.fault(fault).unwrap();
        let visited = in_time(&visits, house.settings(), patience, fault);
        assert_eq!(code(&visited), "ok", "{fault}: {}", journal(&visited));
        let found = faults(&visited);
        if expected.is_empty() {
            assert_eq!(found, [""; 0], "{fault}");
        } else {
            assert!(found[0].starts_with(expected), "{fault}: {found:?}");
        }
        let samples = samples(&visited.batch);
        assert!(samples.keys().any(|name| name.starts_with("hitron_system_info{")), "{fault}");
        let stages = samples.keys().any(|name| name.starts_with("hitron_cm_stage_ok{"));
        assert_eq!(stages, expected.is_empty(), "{fault}");
        assert_clean(&house, fault);
        house.control.clear_faults();
        assert_well(&visits.once(house.settings()), fault);
        assert_clean(&house, fault);
    }
}

#[test]
fn without_the_page_that_everything_depends_on_there_is_nothing() {
    for (fault, expected) in [
        ("half-json at=getSysInfo", "protocol"),
        ("truncated at=getSysInfo", "truncated"),
        ("status:500 at=getSysInfo", "protocol"),
        ("hang at=getSysInfo", "timeout"),
        ("drip at=getSysInfo", "timeout"),
        ("hang-body at=getSysInfo", "timeout"),
        ("hang at=system_model", "timeout"),
    ] {
        let house = House::new();
        let visits = Visits::new();
        house.control.fault(fault).unwrap();
        let visited = in_time(&visits, house.settings(), SHORT, fault);
        assert_eq!(code(&visited), expected, "{fault}: {}", journal(&visited));
        assert!(visited.batch.families.is_empty() && visited.batch.sightings.is_empty(), "{fault}");
        assert_clean(&house, fault);
        assert_eq!(house.control.stats().logouts, 1, "{fault}");
        house.control.clear_faults();
        assert_well(&visits.once(house.settings()), fault);
    }
}

#[test]
fn a_part_of_its_own_needs_no_more_than_what_it_asks_for() {
    let house = House::new();
    let visits = Visits::new();
    house.control.fault("status:500 at=getVMBAccountInfo").unwrap();
    let visited = visits.once(house.asking(&[PartName::Gre]));
    assert_eq!((code(&visited), faults(&visited).len()), ("ok", 1));
    house.control.fault("status:500 at=vmb_service_info").unwrap();
    let visited = visits.once(house.asking(&[PartName::Gre]));
    assert_eq!(code(&visited), "protocol");
    assert_clean(&house, "gre");
}

#[test]
fn what_is_wrong_with_a_log_in_is_said_and_nobody_logs_out() {
    for (fault, reason, expected) in [
        ("no-presession", Reason::Misbehaved, "protocol"),
        ("presession-mismatch", Reason::Misbehaved, "protocol"),
        ("login-says:Unknown_error.", Reason::Misbehaved, "protocol"),
        ("status:405 at=login", Reason::Misbehaved, "protocol"),
        ("hang at=index", Reason::TimedOut, "timeout"),
        ("hang at=login", Reason::TimedOut, "timeout"),
        ("silence", Reason::TimedOut, "timeout"),
        ("no-reply at=login", Reason::Unreachable, "closed"),
        ("busy", Reason::Refused, "busy"),
    ] {
        let house = House::new();
        let visits = Visits::new();
        house.control.fault(fault).unwrap();
        let mut probe = visits.probe(house.settings(), SHORT);
        let visited = visits.visit(&mut probe);
        let (found, code, message) = failure(&visited).unwrap_or_else(|| panic!("{fault}"));
        assert_eq!((found, code), (reason, expected), "{fault}: {message}");
        assert_eq!(house.asked("logout"), 0, "{fault}");
        let excuse: Vec<&str> = probe.excuse().iter().map(|family| family.meta().name).collect();
        assert!(excuse.contains(&"hitron_login_success_bool"), "{fault}: {excuse:?}");
        house.control.clear_faults();
        house.control.release();
        if ["hang at=login", "no-reply at=login"].contains(&fault) {
            // It has heard us, and we have not heard it: nobody has the cookie to log out with. The modem forgets such a
            // session when nobody uses it.
            assert_eq!(super::house::code(&visits.once(house.settings())), "busy");
            house.control.advance(Duration::from_secs(601));
        }
        assert_well(&visits.once(house.settings()), fault);
        assert_clean(&house, fault);
    }
}

#[test]
fn cookies_may_come_in_any_way() {
    for fault in ["two-cookies", "deleted-cookie", "chunked", "extra", "invalid-utf8"] {
        let house = House::new();
        house.control.fault(fault).unwrap();
        let visited = Visits::new().once(house.settings());
        assert_eq!(code(&visited), "ok", "{fault}: {}", journal(&visited));
        assert_clean(&house, fault);
    }
}

#[test]
fn who_is_thrown_out_keeps_what_he_has_and_does_not_log_out() {
    for (fault, expected) in [
        ("steal at=login", "session_lost"),
        ("steal at=system_model", "session_lost"),
        ("steal at=getSysInfo", "ok"),
        ("steal at=getCMInit", "ok"),
        ("steal at=usinfo", "ok"),
        ("html at=getSysInfo", "session_lost"),
    ] {
        let house = House::new();
        let visits = Visits::new();
        house.control.fault(fault).unwrap();
        let visited = in_time(&visits, house.settings(), PATIENCE, fault);
        assert_eq!(code(&visited), expected, "{fault}: {}", journal(&visited));
        if expected == "ok" {
            let found = faults(&visited);
            assert!(found[0].contains("does not know our session any more"), "{fault}: {found:?}");
        }
        assert_eq!(house.asked("logout"), 0, "{fault}");
        // Somebody else is logged in now, and is left alone.
        if fault.starts_with("steal") {
            assert_eq!(super::house::code(&visits.once(house.settings())), "busy", "{fault}");
        }
        house.control.clear_faults();
        house.control.end_session();
        assert_well(&visits.once(house.settings()), fault);
        let stats = house.control.stats();
        assert_eq!((stats.stray_logouts, stats.sessions_open), (0, 0), "{fault}");
        assert_eq!(house.control.violations(), [""; 0], "{fault}");
    }
}

#[test]
fn a_page_that_only_others_may_see_costs_nobody_the_session() {
    let house = House::new();
    let visits = Visits::new();
    for fault in ["html at=dsinfo", "redirect at=dsinfo", "redirect:http://192.0.2.1/ at=dsinfo"] {
        house.control.fault(fault).unwrap();
        let visited = visits.once(house.settings());
        assert_eq!(code(&visited), "ok", "{fault}: {}", journal(&visited));
        assert!(faults(&visited)[0].contains("may not see it"), "{fault}: {:?}", faults(&visited));
        house.control.clear_faults();
        assert_clean(&house, fault);
    }
    house.control.fault("redirect at=status_log").unwrap();
    let visited = visits.once(house.asking(&[PartName::Modem, PartName::Events]));
    assert_eq!(code(&visited), "ok");
    assert!(faults(&visited)[0].contains("may not see it"), "{:?}", faults(&visited));
    assert_clean(&house, "others");
    house.control.clear_faults();
    house.control.fault("steal at=getTuneFreq").unwrap();
    let visited = visits.once(house.asking(&[PartName::Modem, PartName::Events]));
    assert!(faults(&visited)[0].contains("does not know our session any more"), "{:?}", faults(&visited));
    assert_eq!(house.control.stats().stray_logouts, 0);
}

#[test]
fn a_log_out_that_fails_costs_no_data_and_is_tried_once_more() {
    for (fault, is_fault, next) in [
        ("logout:200 times=1", false, "ok"),
        ("logout:500 times=1", true, "ok"),
        ("logout:never times=1", true, "ok"),
        // It says that it has heard, and has not.
        ("logout:ignored times=1", false, "busy"),
    ] {
        let house = House::new();
        let visits = Visits::new();
        house.control.fault(fault).unwrap();
        let mut probe = visits.probe(house.settings(), SHORT);
        let watch = Stopwatch::start();
        let visited = visits.visit(&mut probe);
        assert!(watch.elapsed() < SHORT, "{fault}");
        assert_eq!(code(&visited), "ok", "{fault}");
        let found = faults(&visited);
        assert_eq!(found.iter().any(|fault| fault.starts_with("could not log out")), is_fault, "{found:?}");
        assert!(samples(&visited.batch).keys().any(|name| name.starts_with("hitron_system_info{")));
        assert_eq!(code(&visits.visit(&mut probe)), next, "{fault}");
        house.control.end_session();
        assert_well(&visits.visit(&mut probe), fault);
        assert_clean_but_strays(&house, fault);
    }
}

/// As `assert_clean`, after a log-out that may have been heard.
#[track_caller]
fn assert_clean_but_strays(house: &House, when: &str) {
    let stats = house.control.stats();
    assert_eq!((stats.sessions_open, stats.stray_logouts <= 1), (0, true), "{when}: {stats:?}");
    assert_eq!(house.control.violations(), [""; 0], "{when}");
}

#[test]
fn what_is_no_figure_is_no_sample_and_never_a_zero() {
    let house = House::new();
    let visits = Visits::new();
    let before = visits.once(house.settings());
    assert_well(&before, "before");
    for text in ["NA", "-", "--", "", "TODO", "Secret"] {
        house.control.clear_faults();
        house.control.fault(&format!("placeholders:{text}")).unwrap();
        let visited = visits.once(house.settings());
        assert_eq!(code(&visited), "ok", "{text}: {:?}", failure(&visited));
        let samples = samples(&visited.batch);
        let zeros: Vec<_> = samples
            .iter()
            .filter(|(name, value)| {
                **value == 0.0 && super::house::samples(&before.batch).get(*name) != Some(&0.0)
            })
            .map(|(name, _)| name)
            .filter(|name| !name.starts_with("hitron_dataset_ok") && !name.starts_with("hitron_channels"))
            .collect();
        assert!(zeros.is_empty(), "{text}: {zeros:?}");
        assert!(!samples.contains_key("hitron_system_uptime_seconds_total{}"), "{text}");
    }
}

#[test]
fn a_modem_that_starts_anew_is_back_when_it_is() {
    let house = House::new();
    let visits = Visits::new();
    let mut probe = visits.probe(house.settings(), SHORT);
    assert_well(&visits.visit(&mut probe), "before");
    house.control.refuse(Duration::from_secs(3_600));
    for _ in 0..2 {
        let visited = visits.visit(&mut probe);
        let (reason, code, _) = failure(&visited).unwrap();
        assert_eq!((reason, code), (Reason::Unreachable, "connect"));
        assert!(visited.batch.families.is_empty());
    }
    house.control.open();
    let visited = visits.visit_until(&mut probe, |visited| code(visited) == "ok");
    assert_well(&visited, "after");
    assert_clean(&house, "after");
}

#[test]
fn a_slow_modem_is_left_before_the_time_is_over() {
    let house = House::new();
    house.control.fault("slow:0.2").unwrap();
    let visits = Visits::new();
    let visited = in_time(&visits, house.settings(), SHORT, "slow");
    assert_eq!(code(&visited), "ok", "{}", journal(&visited));
    let found = faults(&visited);
    assert!(!found.is_empty(), "it was slow");
    assert_clean(&house, "slow");
    let stats = house.control.stats();
    assert_eq!((stats.logins, stats.logouts), (1, 1));
}
