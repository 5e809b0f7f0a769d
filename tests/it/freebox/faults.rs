//! Everything that can be wrong with one answer of a box, a row for each: what is lost is what was asked, and nothing else.
//!
//! What keeps lanlord from asking at all is in `sessions`, what happens to the box itself in `device_faults`, certificates are in
//! `tls`. What may be wrong with what boxes say over mDNS is with discovery.

use std::sync::Mutex;
use std::time::Duration;

use lanlord::metric::Reason;

use super::house::{House, Samples, Source, failure, samples};

/// What is wrong, and what becomes of it.
struct Row {
    /// In words.
    clause: &'static str,
    /// As the simulator calls it.
    kind: &'static str,
    /// Of the part whose visit is about it.
    of_visit: OfVisit,
    /// Of one answer that a visit can do without.
    of_detail: OfDetail,
}

#[derive(Clone, Copy)]
enum OfVisit {
    Well,
    Down(Reason, &'static str),
}

#[derive(Clone, Copy, PartialEq)]
enum OfDetail {
    Well,
    /// Something is wrong: it is absent, and there is a fault.
    Noted,
    /// The box does not have it: it is absent, and nothing is wrong.
    Silent,
}

const fn row(clause: &'static str, kind: &'static str, of_visit: OfVisit, of_detail: OfDetail) -> Row {
    Row { clause, kind, of_visit, of_detail }
}

const WELL: OfVisit = OfVisit::Well;
const NONSENSE: OfVisit = OfVisit::Down(Reason::Misbehaved, "nonsense");
const REFUSED: OfVisit = OfVisit::Down(Reason::Misbehaved, "refused");
const EMPTY: OfVisit = OfVisit::Down(Reason::Misbehaved, "empty");
const LATE: OfVisit = OfVisit::Down(Reason::TimedOut, "timeout");
const NOT_HERE: OfVisit = OfVisit::Down(Reason::Unsupported, "not_here");
const LOST: OfVisit = OfVisit::Down(Reason::Misbehaved, "session");

const ROWS: &[Row] = &[
    row("403 with a web page", "html:403", NONSENSE, OfDetail::Noted),
    row("403 with an empty body", "empty:403", NONSENSE, OfDetail::Noted),
    row("404 with a web page", "html:404", NONSENSE, OfDetail::Noted),
    row("500", "html:500", NONSENSE, OfDetail::Noted),
    row("502", "html:502", NONSENSE, OfDetail::Noted),
    row("503", "html:503", NONSENSE, OfDetail::Noted),
    row("200 with a web page", "html:200", NONSENSE, OfDetail::Noted),
    row("301 to https", "redirect", NONSENSE, OfDetail::Noted),
    row("truncated body", "truncated", OfVisit::Down(Reason::Misbehaved, "truncated"), OfDetail::Noted),
    row(
        "Content-Length too small",
        "length:-3",
        OfVisit::Down(Reason::Misbehaved, "excess"),
        OfDetail::Noted,
    ),
    row("Content-Length too large", "length:7", LATE, OfDetail::Noted),
    row("chunked", "chunked", WELL, OfDetail::Well),
    row(
        "chunked without an end",
        "chunked-broken",
        OfVisit::Down(Reason::Misbehaved, "truncated"),
        OfDetail::Noted,
    ),
    row("malformed JSON", "malformed", NONSENSE, OfDetail::Noted),
    row("UTF-8 byte order mark", "bom", WELL, OfDetail::Well),
    row("Latin-1 bytes", "latin1", WELL, OfDetail::Well),
    row(
        "gigantic body",
        "gigantic:17000000",
        OfVisit::Down(Reason::Misbehaved, "too_large"),
        OfDetail::Noted,
    ),
    row("slow headers", "slow-head:0.2", WELL, OfDetail::Well),
    row("headers slower than our patience", "slow-head:60", LATE, OfDetail::Noted),
    row("slow drip", "drip:0.2", WELL, OfDetail::Well),
    row("a drip slower than our patience", "drip:60", LATE, OfDetail::Noted),
    row("an answer later than our patience", "delay:60", LATE, OfDetail::Noted),
    row("hang for ever", "hang", LATE, OfDetail::Noted),
    row("hang for ever in the body", "hang-body", LATE, OfDetail::Noted),
    row("RST", "reset", OfVisit::Down(Reason::Unreachable, "broken"), OfDetail::Noted),
    row("no answer", "no-reply", OfVisit::Down(Reason::Unreachable, "closed"), OfDetail::Noted),
    row("keep-alive closed after an answer", "close", WELL, OfDetail::Well),
    row("auth_required for ever", "error:auth_required", LOST, OfDetail::Noted),
    row("auth_required with 200", "error:auth_required:200", LOST, OfDetail::Noted),
    row("invalid_session", "error:invalid_session", LOST, OfDetail::Noted),
    row(
        "insufficient_rights and missing_right",
        "error:insufficient_rights",
        OfVisit::Down(Reason::Refused, "missing_right"),
        OfDetail::Noted,
    ),
    row(
        "invalid_request with 404",
        "error:invalid_request:404",
        OfVisit::Down(Reason::Unsupported, "unknown_path"),
        OfDetail::Silent,
    ),
    row(
        "invalid_request with 200",
        "error:invalid_request:200",
        OfVisit::Down(Reason::Unsupported, "unknown_path"),
        OfDetail::Silent,
    ),
    row("internal_error with 200", "error:internal_error:200", REFUSED, OfDetail::Noted),
    row("internal_error with 403", "error:internal_error:403", REFUSED, OfDetail::Noted),
    row("internal_error with 500", "error:internal_error:500", REFUSED, OfDetail::Noted),
    row("new_apps_denied with 200", "error:new_apps_denied:200", REFUSED, OfDetail::Noted),
    row("access_denied", "error:access_denied:200", NOT_HERE, OfDetail::Silent),
    row("access_denied with 403", "error:access_denied:403", NOT_HERE, OfDetail::Silent),
    row("service_down", "error:service_down:200", NOT_HERE, OfDetail::Silent),
    row("noent", "error:noent:200", NOT_HERE, OfDetail::Silent),
    row("nodev", "error:nodev:200", NOT_HERE, OfDetail::Silent),
    row("notsupp", "error:notsupp:200", NOT_HERE, OfDetail::Silent),
    row("exist", "error:exist:200", NOT_HERE, OfDetail::Silent),
    row("bad_port", "error:bad_port:200", NOT_HERE, OfDetail::Silent),
    row("inval", "error:inval:200", REFUSED, OfDetail::Noted),
    row("busy", "error:busy:200", REFUSED, OfDetail::Noted),
    row("db_error", "error:db_error:200", REFUSED, OfDetail::Noted),
    row("invalid_db", "error:invalid_db:200", REFUSED, OfDetail::Noted),
    row("a code that nobody knows", "error:quantum_error:200", REFUSED, OfDetail::Noted),
    row("success false and no code", "message-only", REFUSED, OfDetail::Noted),
    row("success of a wrong type", "success-wrong", NONSENSE, OfDetail::Noted),
    row("result missing", "result-missing", NONSENSE, OfDetail::Noted),
    row("result null", "result-null", NONSENSE, OfDetail::Noted),
    // An object without anything in it is how a box says that there is nothing.
    row("result {}", "result-braces", EMPTY, OfDetail::Silent),
    row("result of a wrong type", "result-wrong", NONSENSE, OfDetail::Noted),
    row("all fields missing", "drop:*", EMPTY, OfDetail::Silent),
    row("all fields null", "null:*", EMPTY, OfDetail::Silent),
    row("extra fields", "extra", WELL, OfDetail::Well),
    row("numbers as text", "numbers-as-text", WELL, OfDetail::Well),
    row("floats for whole numbers", "floats", WELL, OfDetail::Well),
    row("unsorted lists", "unsorted", WELL, OfDetail::Well),
];

/// Longer than any answer here takes that comes, and waited for where none does.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What the part `line` has of `connection/ftth`.
fn is_of_fibre(sample: &str) -> bool {
    sample.starts_with("freebox_ftth_") || sample.starts_with("lanlord_line_receive_power_dbm")
}

/// Without the one that grows whenever a session has ended; and without a pair of numbers, first and last, which is no such
/// pair when lists stand the other way round or have everything twice.
fn lasting(mut samples: Samples) -> Samples {
    let passes = ["freebox_logins_total", "freebox_connection_ipv4_ports"];
    samples.retain(|name, _| !passes.iter().any(|passing| name.starts_with(passing)));
    samples
}

/// Names of what is in one and not in the other, or has another value.
pub fn differences(one: &Samples, other: &Samples) -> Vec<String> {
    let names = one.keys().chain(other.keys());
    let mut names: Vec<_> = names.filter(|name| one.get(*name) != other.get(*name)).collect();
    names.dedup();
    names.iter().map(|name| format!("{name}: {:?} and {:?}", one.get(*name), other.get(*name))).collect()
}

/// A check of one row, each on a box of its own, a few at a time; says all that is wrong and not only the first.
fn each_row(check: impl Fn(&Row) -> Result<(), String> + Sync) {
    let (rows, wrong) = (Mutex::new(ROWS.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some(row) = rows.lock().unwrap().next() else { break };
                    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(row)));
                    let ended = ended.unwrap_or_else(|_| Err("it panics, see above".to_owned()));
                    wrong.lock().unwrap().extend(ended.err().map(|what| format!("{}: {what}", row.clause)));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}

/// Visits well, then with a fault, then well again; with what came in the first and the second.
fn spoil(row: &Row, path: &str) -> Result<(super::house::Seen, super::house::Seen), String> {
    let house = House::new("ultra");
    let mut source = Source::new(house.settings(), PATIENCE);
    let before = source.visit();
    before.assert_well("before");
    house.control.fault(&format!("{path} {}", row.kind)).unwrap();
    let spoilt = source.visit();
    for visited in &spoilt.0 {
        let visit = visited.batch.visit.as_ref().unwrap();
        if failure(visited).is_some_and(|(_, code, _)| code == "deadline") {
            return Err(format!("{} does not end by itself: {:?}", visited.batch.part, visit.duration));
        }
    }
    house.control.clear_faults();
    // What a box does not know or does not allow is asked for again when there is a new session.
    house.control.expire_sessions();
    source.visit_part("system");
    let after = source.visit();
    after.assert_well("after");
    let differences = differences(&lasting(before.samples()), &lasting(after.samples()));
    if !differences.is_empty() {
        return Err(format!("it does not recover: {differences:?}"));
    }
    Ok((before, spoilt))
}

#[test]
fn whatever_is_wrong_with_what_a_visit_is_about_its_part_is_down_and_no_other_is() {
    each_row(|row| {
        let (before, spoilt) = spoil(row, "connection")?;
        let mut expected = lasting(before.samples());
        let down = spoilt.down();
        match row.of_visit {
            OfVisit::Well if down.is_empty() => {}
            OfVisit::Down(reason, code) if down == [("line", reason, code)] => {
                let lost = samples(&before.part("line").batch);
                expected.retain(|name, _| !lost.contains_key(name));
            }
            _ => {
                let why: Vec<_> = spoilt.0.iter().filter_map(failure).collect();
                return Err(format!("{down:?}: {why:?}"));
            }
        }
        let faults = spoilt.faults();
        let differences = differences(&expected, &lasting(spoilt.samples()));
        match faults.is_empty() && differences.is_empty() {
            true => Ok(()),
            false => Err(format!("{faults:?}, {differences:?}")),
        }
    });
}

#[test]
fn whatever_is_wrong_with_one_answer_its_samples_are_absent_and_all_others_are_there() {
    each_row(|row| {
        let (before, spoilt) = spoil(row, "connection/ftth")?;
        let mut expected = lasting(before.samples());
        if row.of_detail != OfDetail::Well {
            expected.retain(|name, _| !is_of_fibre(name));
        }
        let (faults, down) = (spoilt.faults(), spoilt.down());
        let as_noted = (faults.len() == 1) == (row.of_detail == OfDetail::Noted) && faults.len() < 2;
        let differences = differences(&expected, &lasting(spoilt.samples()));
        match as_noted && down.is_empty() && differences.is_empty() {
            true => Ok(()),
            false => Err(format!("faults {faults:?}, down {down:?}, {differences:?}")),
        }
    });
}

#[test]
fn a_redirect_says_where_it_leads() {
    let house = House::new("ultra");
    let mut source = house.source();
    source.visit().assert_well("before");
    house.control.fault("connection redirect").unwrap();
    let visited = source.visit_part("line");
    let (_, _, message) = failure(&visited).unwrap();
    assert!(message.contains("https://127.0.0.1:") && message.contains("`endpoint`"), "{message}");
}

/// Oddities in all answers at once that change nothing.
#[test]
fn what_boxes_say_in_other_ways_means_the_same() {
    for profile in ["ultra", "revolution-vdsl", "delta-4g"] {
        let house = House::new(profile);
        let mut source = house.source();
        let before = source.visit();
        before.assert_well(profile);
        for kind in
            ["extra", "numbers-as-text", "floats", "unsorted", "bom", "latin1", "chunked", "close every=3"]
        {
            house.control.fault(&format!("* {kind}")).unwrap();
            let seen = source.visit();
            seen.assert_well(&format!("{profile}, {kind}"));
            // A letter in another encoding is not to be read, and spoils no other.
            let plain = |samples: Samples| -> Samples {
                let plain = |name: String| name.replace(|letter: char| !letter.is_ascii(), "?");
                samples.into_iter().map(|(name, value)| (plain(name), value)).collect()
            };
            let mut differences =
                differences(&plain(lasting(before.samples())), &plain(lasting(seen.samples())));
            // An empty list that looks like an object has got fields now, and is neither.
            differences.retain(|name| kind != "extra" || !name.starts_with("freebox_switch_port_hosts"));
            assert!(differences.is_empty(), "{profile}, {kind}: {differences:#?}");
            house.control.clear_faults();
        }
        assert_eq!(house.control.counters().logins, 1, "{profile}");
    }
}

/// Oddities in all answers at once that change what is said: nobody may be thrown by them.
#[test]
fn whatever_numbers_and_names_a_box_says_every_part_comes_back() {
    for (kind, profile) in [
        ("over-32-bits", "ultra"),
        ("over-53-bits", "revolution-vdsl"),
        ("negative", "ultra"),
        ("negative", "revolution-vdsl"),
        ("duplicates", "ultra"),
        ("hostile-names", "ultra"),
        ("long-names", "delta-4g"),
        ("unknown-words", "ultra"),
        ("unknown-words", "revolution-vdsl"),
    ] {
        let house = House::new(profile);
        let mut source = house.source();
        let before = source.visit();
        before.assert_well(profile);
        house.control.fault(&format!("* {kind}")).unwrap();
        let seen = source.visit();
        assert_eq!(seen.down(), [], "{profile}, {kind}");
        assert_eq!(seen.faults(), [""; 0], "{profile}, {kind}");
        let samples = seen.samples();
        match kind {
            "negative" => {
                let is_rate = |name: &str| name.contains("_per_second");
                let expected = before.samples().into_iter().filter(|(name, _)| !is_rate(name)).collect();
                let found = samples.into_iter().filter(|(name, _)| !is_rate(name)).collect();
                let differences = differences(&expected, &found);
                assert!(differences.is_empty(), "{profile}: {differences:#?}");
                let rates =
                    seen.samples().into_iter().filter(|(name, _)| name.contains("connection_rate_bytes"));
                assert_eq!(rates.collect::<Vec<_>>(), [], "{profile}: unknown is not a rate");
            }
            "duplicates" => {
                let same = |name: &String| samples.contains_key(name);
                let lost: Vec<_> = lasting(before.samples()).into_keys().filter(|name| !same(name)).collect();
                assert_eq!(lost, [""; 0]);
            }
            "unknown-words" => {
                let said =
                    |name: &&String| name.starts_with("freebox_connection_state{") && samples[*name] > 0.0;
                let known = ["up", "down", "going_up", "going_down"];
                let said: Vec<_> = samples.keys().filter(said).collect();
                assert!(
                    said.iter().all(|name| !known.iter().any(|word| name.ends_with(&format!("{{{word}}}")))),
                    "{said:?}"
                );
            }
            _ => {}
        }
        house.control.clear_faults();
        let after = source.visit();
        after.assert_well(&format!("{profile} after {kind}"));
        let differences = differences(&before.samples(), &after.samples());
        assert!(differences.is_empty(), "{profile} after {kind}: {differences:#?}");
    }
}

/// Nothing in any answer: then there is no sample, and above all no zero.
#[test]
fn where_nothing_is_said_there_is_no_sample() {
    for profile in ["ultra", "revolution-vdsl", "delta-4g"] {
        for kind in ["drop:*", "null:*", "result-braces"] {
            let house = House::new(profile);
            let mut source = house.source();
            source.visit().assert_well(profile);
            house.control.fault(&format!("* {kind}")).unwrap();
            let seen = source.visit();
            let samples = seen.samples();
            // What was learned before, of the session and not of these answers.
            let known = |name: &&String| {
                !["freebox_permission_granted", "freebox_logins_total", "freebox_device_info"]
                    .iter()
                    .any(|known| name.starts_with(known))
            };
            let said: Vec<_> = samples.iter().filter(|(name, _)| known(name)).collect();
            // How long a list is can be seen whatever is in it.
            let is_count = |name: &str| {
                ["freebox_dhcp_leases", "freebox_dhcp_reserved", "freebox_lan_hosts"]
                    .iter()
                    .any(|count| name.starts_with(count))
            };
            let said: Vec<_> = said.into_iter().filter(|(name, _)| !is_count(name)).collect();
            assert!(said.is_empty(), "{profile}, {kind}: {said:#?}");
            house.control.clear_faults();
            house.control.expire_sessions();
            source.visit().assert_well("after");
        }
    }
}

#[test]
fn ten_thousand_hosts_and_hostile_ones_are_read_in_time() {
    let house = House::new("ultra");
    house.control.event("hosts=10000").unwrap();
    house.control.event("hostile-names").unwrap();
    let seen = Source::new(house.settings(), super::house::PATIENCE * 2).visit();
    seen.assert_well("with a crowd");
    let truth = house.control.world(|world| world.truth());
    let samples = seen.samples();
    let counted = ["active", "inactive"].map(|state| samples[&format!("freebox_lan_hosts{{pub,{state}}}")]);
    assert_eq!(counted.iter().sum::<f64>(), truth.hosts_listed as f64);
    assert!(samples.keys().filter(|name| name.starts_with("freebox_lan_host_active")).count() > 9_900);
}
