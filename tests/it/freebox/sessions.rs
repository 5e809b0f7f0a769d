//! Whom a box lets in, and when lanlord leaves it alone: one session for all parts, renewed once when the box says so, and no
//! login where none can help.
//!
//! Registration (`pending` until somebody decides, and all that a box may decide) is with the command that registers.

use std::time::Duration;

use lanlord::metric::Reason;
use lanlord::secrets::Place;
use lanlord::sources::freebox::{self, PartName};
use lanlord::sources::{self};
use lanlord_sim::freebox::Options;
use lanlord_sim::freebox::auth::Status;

use super::house::{APP, House, OTHER_TOKEN, PATIENCE, SHORT, Source, TOKEN, failure, logged, options};

/// What keeps lanlord out.
struct Row {
    /// In words.
    clause: &'static str,
    /// As the simulator calls it.
    faults: &'static [&'static str],
    reason: Reason,
    code: &'static str,
    /// For how many seconds to leave the box alone; 0 for the next visit tries again.
    rest: u64,
    /// Attempts to log in that one round of visits costs: a token that was refused is tried once more, since the challenge
    /// may have been another program's by then.
    attempts: usize,
}

const fn row(
    clause: &'static str,
    faults: &'static [&'static str],
    (reason, code): (Reason, &'static str),
    rest: u64,
    attempts: usize,
) -> Row {
    Row { clause, faults, reason, code, rest, attempts }
}

const ROWS: &[Row] = &[
    row(
        "invalid_token for ever",
        &["login/session rotate-challenge", "login/session error:invalid_token"],
        (Reason::Refused, "revoked"),
        300,
        2,
    ),
    row("pending_token", &["login/session error:pending_token"], (Reason::Refused, "pending"), 60, 1),
    row("ratelimited", &["login/session error:ratelimited"], (Reason::Refused, "rate_limited"), 60, 1),
    row("apps_denied", &["login/session error:apps_denied"], (Reason::Refused, "apps_denied"), 300, 1),
    row(
        "apps_denied, also the challenge",
        &["login* error:apps_denied"],
        (Reason::Refused, "apps_denied"),
        300,
        0,
    ),
    row(
        "denied_from_external_ip",
        &["login/session error:denied_from_external_ip"],
        (Reason::Refused, "external"),
        300,
        1,
    ),
    row("new_apps_denied", &["login/session error:new_apps_denied"], (Reason::Misbehaved, "login"), 60, 1),
    row("internal_error", &["login/session error:internal_error"], (Reason::Misbehaved, "login"), 0, 1),
    row("internal_error with 200", &["login error:internal_error:200"], (Reason::Misbehaved, "login"), 0, 0),
    row("an error without a code", &["login/session message-only"], (Reason::Misbehaved, "login"), 0, 1),
    row("challenge as array", &["login challenge-array"], (Reason::Misbehaved, "challenge"), 0, 0),
    row("no challenge", &["login drop:challenge"], (Reason::Misbehaved, "challenge"), 0, 0),
    row(
        "session_token missing",
        &["login/session drop:session_token"],
        (Reason::Misbehaved, "session_token"),
        0,
        1,
    ),
    row(
        "session_token null",
        &["login/session null:session_token"],
        (Reason::Misbehaved, "session_token"),
        0,
        1,
    ),
    row("result missing", &["login/session result-missing"], (Reason::Misbehaved, "nonsense"), 0, 1),
    row("403 with a web page", &["login/session html:403"], (Reason::Misbehaved, "nonsense"), 0, 1),
    row(
        "502 with a web page, as a box that starts",
        &["login* html:502"],
        (Reason::Misbehaved, "nonsense"),
        0,
        0,
    ),
    row("malformed JSON", &["login/session malformed"], (Reason::Misbehaved, "nonsense"), 0, 1),
    row("truncated body", &["login truncated"], (Reason::Misbehaved, "truncated"), 0, 0),
    row("RST", &["login* reset"], (Reason::Unreachable, "broken"), 0, 0),
    row("no answer", &["login* no-reply"], (Reason::Unreachable, "closed"), 0, 0),
    row("an error with a foreign uid", &["* foreign-uid"], (Reason::Refused, "wrong_box"), 60, 0),
];

#[test]
fn whatever_keeps_lanlord_out_every_part_says_so_and_the_box_is_left_alone_where_asking_does_not_help() {
    for row in ROWS {
        let house = House::new("ultra");
        house.control.preseed(APP, OTHER_TOKEN);
        let mut source = house.source();
        source.visit().assert_well(row.clause);
        row.faults.iter().for_each(|fault| house.control.fault(fault).unwrap());
        house.control.expire_sessions();
        house.control.clear_log();
        let seen = source.visit();
        seen.assert_down(row.reason, row.code, row.clause);
        assert_eq!(house.asked("login/session"), row.attempts, "{}", row.clause);
        for visited in &seen.0 {
            let begun = visited.batch.visit.as_ref().unwrap().taken_at;
            let rest = visited.not_before.map_or(0, |until| (until.0 - begun.0).as_secs_f64().round() as u64);
            assert!(rest == row.rest || rest + 2 == row.rest + 1, "{}: rests for {rest} s", row.clause);
        }
        if row.rest > 0 {
            house.control.clear_log();
            for _ in 0..3 {
                source.visit().assert_down(row.reason, row.code, row.clause);
            }
            assert_eq!(house.control.counters().requests, 0, "{}: it is not left alone", row.clause);
        }
        house.control.clear_faults();
        if row.rest > 0 {
            // It is mended, but lanlord cannot know that; a new token says so.
            source.visit().assert_down(row.reason, row.code, row.clause);
            assert_eq!(house.control.counters().requests, 0, "{}", row.clause);
            house.write_token(OTHER_TOKEN);
        }
        source.visit().assert_well(&format!("after {}", row.clause));
    }
}

#[test]
fn a_login_that_hangs_keeps_every_part_no_longer_than_its_deadline() {
    let house = House::new("ultra");
    let mut source = Source::new(house.settings(), SHORT);
    house.control.fault("login hang").unwrap();
    for visited in source.visit().0 {
        let (reason, code, message) = failure(&visited).unwrap();
        assert_eq!(reason, Reason::TimedOut, "{}: {code}: {message}", visited.batch.part);
    }
    house.control.clear_faults();
    let seen = Source::new(house.settings(), PATIENCE).visit();
    seen.assert_well("another source");
    source.visit().assert_well("after");
}

#[test]
fn what_a_user_decides_about_our_token_is_told_from_what_the_box_forgot() {
    for (status, code) in [
        (Status::Pending, "pending"),
        (Status::Denied, "revoked"),
        (Status::Timeout, "revoked"),
        (Status::Unknown, "revoked"),
    ] {
        let house = House::with(Options { tokens: Vec::new(), ..options() });
        let track_id = house.control.preseed(APP, TOKEN);
        let mut source = house.source();
        source.visit().assert_well("before");
        assert!(house.control.decide(Some(track_id), status));
        house.control.clear_log();
        source.visit().assert_down(Reason::Refused, code, code);
        assert!(house.attempts() <= 2, "{status:?}: {} attempts", house.attempts());
    }
}

#[test]
fn a_session_that_ends_in_the_middle_of_a_visit_costs_one_login_and_nothing_else() {
    let house = House::new("ultra");
    let mut source = house.source();
    source.visit().assert_well("before");
    for path in ["system", "connection/ftth", "lan/browser/pub", "wifi/ap/0/stations"] {
        house.control.clear_log();
        house.control.fault(&format!("{path} expire-sessions times=1")).unwrap();
        source.visit().assert_well(path);
        let counters = house.control.counters();
        assert_eq!((counters.logins, counters.failed_logins), (1, 0), "{path}");
    }
}

#[test]
fn fifty_visits_that_meet_the_end_of_a_session_at_once_log_in_once() {
    let house = House::new("ultra");
    let parts = (0..50).map(|nth| (PartName::ALL[nth % PartName::ALL.len()], None)).collect();
    let settings = freebox::Settings { parts, ..house.settings() };
    let mut source = Source::new(settings, PATIENCE * 3);
    source.visit().assert_well("at first");
    assert_eq!(house.control.counters().logins, 1, "fifty first visits");
    for round in 0..3 {
        house.control.expire_sessions();
        house.control.clear_log();
        source.visit().assert_well("at the end of a session");
        let counters = house.control.counters();
        assert_eq!((counters.logins, counters.failed_logins), (1, 0), "round {round}");
        assert!(counters.most_concurrent <= 3, "{counters:?}");
    }
}

/// Source's interval in the run of twelve hours; each part takes its own multiple of it.
const INTERVAL: u64 = 60;

#[test]
fn twelve_hours_with_sessions_of_half_an_hour_cost_a_login_for_each_and_no_visit() {
    const TTL: u64 = 1800;
    const HOURS: u64 = 12;
    for idle in [false, true] {
        let house = House::with(options());
        house.control.rules(|rules| (rules.session_ttl, rules.idle) = (Duration::from_secs(TTL), idle));
        let mut source = house.source();
        let cadences: Vec<u64> = source
            .visitors
            .iter()
            .map(|visitor| visitor.part().interval(Duration::from_secs(INTERVAL)).as_secs())
            .collect();
        let mut visits = 0;
        for now in (0..HOURS * 3600).step_by(INTERVAL as usize) {
            source.run(async |visitors| {
                for (visitor, cadence) in
                    visitors.iter_mut().zip(&cadences).filter(|(_, cadence)| now % **cadence == 0)
                {
                    let visited = visitor.visit().await;
                    let visit = visited.batch.visit.as_ref().unwrap();
                    assert!(
                        visit.outcome.is_ok() && visit.faults.is_empty(),
                        "{now} s, {cadence}: {visit:?}"
                    );
                    visits += 1;
                }
            });
            house.control.advance(Duration::from_secs(INTERVAL));
        }
        let counters = house.control.counters();
        let ended = if idle { 0 } else { HOURS * 3600 / TTL };
        assert!(visits > 3_000, "{visits}");
        assert!(counters.logins <= ended + 1, "{ended} sessions ended: {counters:?}");
        assert_eq!((counters.failed_logins, counters.writes), (0, 0), "{counters:?}");
    }
}

#[test]
fn a_token_that_is_revoked_is_tried_once_more_with_the_fresh_challenge_and_then_left_alone() {
    let house = House::new("ultra");
    let mut source = house.source();
    source.visit().assert_well("before");
    assert!(house.control.revoke(APP));
    house.control.clear_log();
    source.visit().assert_down(Reason::Refused, "revoked", "revoked");
    assert_eq!(house.attempts(), 2, "the challenge, and the fresh one that came with the refusal");
    for _ in 0..20 {
        source.visit().assert_down(Reason::Refused, "revoked", "resting");
    }
    assert_eq!(house.attempts(), 2, "in a rest of five minutes");
    assert_eq!(house.control.counters().failed_logins, 2);
    // The same token again is no news; another one is.
    house.write_token(TOKEN);
    source.visit().assert_down(Reason::Refused, "revoked", "the same token");
    assert_eq!(house.attempts(), 2);
    house.control.preseed(APP, OTHER_TOKEN);
    house.write_token(OTHER_TOKEN);
    source.visit().assert_well("with another token");
    assert_eq!(house.control.counters().logins, 1);
}

#[test]
fn a_challenge_that_gets_stale_between_question_and_password_is_answered_anew() {
    let house = House::new("ultra");
    house.control.fault("login/session rotate-challenge times=1").unwrap();
    house.source().visit().assert_well("rotated by somebody else");
    let counters = house.control.counters();
    assert_eq!((counters.logins, counters.failed_logins), (1, 1));
    // Its validity ends while the box thinks about the question: a second there are a thousand here.
    let house = House::with(Options { speed: 1000.0, ..options() });
    house.control.rules(|rules| rules.session_ttl = Duration::from_secs(1_000_000));
    house.control.fault("login delay:0.2 times=1").unwrap();
    let mut source = house.source();
    assert!(failure(&source.visit_part("system")).is_none());
    let counters = house.control.counters();
    assert_eq!((counters.logins, counters.failed_logins), (1, 1), "expired");
}

#[test]
fn nobody_asks_a_box_for_more_than_three_things_at_once() {
    let house = House::with(Options { latency: true, ..options() });
    let mut source = Source::new(house.settings(), PATIENCE * 3);
    for _ in 0..2 {
        source.visit().assert_well("with a slow box");
    }
    let counters = house.control.counters();
    assert_eq!(counters.most_concurrent, 3, "{counters:?}");
    assert_eq!((counters.logins, counters.writes, counters.registrations), (1, 0, 0));
}

#[test]
fn all_parts_together_log_out_once() {
    let house = House::new("ultra");
    let mut source = house.source();
    source.leave();
    assert_eq!(house.control.counters().requests, 0, "nobody was there yet");
    source.visit().assert_well("before");
    source.leave();
    source.leave();
    assert_eq!((house.control.counters().logouts, house.asked("login/logout")), (1, 1));
    source.visit().assert_well("it can come back");
    assert_eq!(house.control.counters().logins, 2);
}

#[test]
fn a_logout_that_fails_keeps_nobody() {
    for fault in ["error:internal_error", "html:502", "reset", "hang", "refuse:60"] {
        let house = House::new("ultra");
        let mut source = house.source();
        source.visit().assert_well(fault);
        house.control.fault(&format!("login/logout {fault}")).unwrap();
        let watch = crate::live::wait::Watch::start();
        source.leave();
        assert!(watch.elapsed() < Duration::from_secs(3), "{fault}: {:?}", watch.elapsed());
        house.control.clear_faults();
        source.visit().assert_well(&format!("after {fault}"));
    }
}

#[test]
fn visits_that_are_given_up_harm_nobody() {
    let house = House::with(Options { latency: true, ..options() });
    let mut source = Source::new(house.settings(), PATIENCE * 3);
    for millis in [0, 1, 3, 10, 20, 40, 80, 160] {
        house.control.expire_sessions();
        source.run(async |visitors| {
            let given_up = visitors.iter_mut().enumerate().map(
                |(nth, visitor)| -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
                    let patience = Duration::from_millis(millis * nth as u64 / 4);
                    Box::pin(async move {
                        let _ = tokio::time::timeout(patience, visitor.visit()).await;
                    })
                },
            );
            super::house::all(given_up.collect()).await;
        });
    }
    source.visit().assert_well("after all that");
    assert!(house.control.counters().failed_logins == 0);
}

#[test]
fn other_settings_go_on_with_the_session_there_is() {
    let house = House::new("ultra");
    let mut source = house.source();
    source.visit().assert_well("before");
    let settings = freebox::Settings { max_hosts: 3, ..house.settings() };
    source.run(async |visitors| {
        for visitor in visitors {
            let change = visitor.prepare(sources::Settings::Freebox(settings.clone())).unwrap();
            visitor.apply(change, PATIENCE).await;
        }
    });
    let seen = source.visit();
    assert_eq!(seen.down(), [], "after");
    assert!(seen.faults().iter().all(|fault| fault.contains("`max_hosts` is 3")), "{:?}", seen.faults());
    let shown = seen.samples().keys().filter(|name| name.starts_with("freebox_lan_host_info")).count();
    assert!((1..=3).contains(&shown), "{shown} hosts of at most 3");
    assert_eq!(house.control.counters().logins, 1);
    // Another box altogether.
    let other = House::new("pop-ftth");
    source.run(async |visitors| {
        for visitor in visitors {
            let change = visitor.prepare(sources::Settings::Freebox(other.settings())).unwrap();
            visitor.apply(change, PATIENCE).await;
        }
    });
    source.visit().assert_well("another box");
    assert_eq!(other.control.counters().logins, 1);
}

#[test]
fn a_token_that_is_not_there_says_how_to_get_one() {
    let house = House::new("ultra");
    let token = Place::File(house.folder.path().join("nothing"));
    let settings = freebox::Settings { token, ..house.settings() };
    let seen = Source::new(settings, PATIENCE).visit();
    seen.assert_down(Reason::Refused, "no_token", "no token");
    let (_, _, message) = failure(&seen.0[0]).unwrap();
    assert!(message.contains("lanlord freebox register"), "{message}");
    assert_eq!(house.control.counters().requests, 0);
}

#[test]
fn a_permission_that_is_missing_costs_one_answer_and_one_question_in_a_session() {
    let house = House::new("ultra");
    let mut source = house.source();
    house.control.fault("connection/ftth error:insufficient_rights").unwrap();
    for _ in 0..3 {
        let seen = source.visit();
        assert_eq!(seen.down(), []);
        let faults = seen.faults();
        assert!(faults.len() == 1 && faults[0].contains("`settings`"), "{faults:?}");
    }
    assert_eq!(house.asked("connection/ftth"), 1);
    house.control.clear_faults();
    house.control.expire_sessions();
    source.visit().assert_well("in the next session");
}

/// What nobody may ever see.
fn secrets(house: &House) -> Vec<String> {
    let mut secrets = lanlord_sim::freebox::world::World::secrets();
    secrets.extend([TOKEN, OTHER_TOKEN].map(str::to_owned));
    assert!(secrets.iter().all(|secret| secret.len() > 3) && house.attempts() > 0);
    secrets
}

#[test]
fn no_secret_of_a_box_is_in_metrics_sightings_errors_or_the_log() {
    use lanlord_sim::freebox::world::{Permissions, World};
    for profile in World::profiles() {
        let mut opts = Options { profile: (*profile).to_owned(), ..options() };
        opts.rules.permissions = Permissions { settings: true, ..opts.rules.permissions };
        let house = House::with(opts);
        house.control.permit(Permissions { settings: true, ..Permissions::default() });
        let ((), mut text) = logged(|| {
            let mut source = house.source();
            let mut told = String::new();
            source.visit().assert_well(profile);
            for fault in ["", "* malformed", "* result-wrong", "login* error:invalid_token"] {
                if !fault.is_empty() {
                    house.control.fault(fault).unwrap();
                    if fault.starts_with("login") {
                        house.control.expire_sessions();
                    }
                }
                let seen = source.visit();
                told.push_str(&format!("{seen:?}\n{:?}\n{:?}\n", seen.samples(), source.visitors));
                house.control.clear_faults();
            }
            tracing::info!("{told}");
        });
        text.make_ascii_lowercase();
        assert!(text.contains("freebox_device_info"), "{profile}: it is looked at where it would be");
        for secret in secrets(&house) {
            assert!(!text.contains(&secret.to_ascii_lowercase()), "{profile}: `{secret}` is seen");
        }
    }
}
