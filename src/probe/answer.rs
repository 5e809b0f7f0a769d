//! What is said of a visit: metrics, a refusal with its status, or the story for whoever wants to see it. Pure: time is an
//! argument.
//!
//! An answer goes to whoever asked, who may be anybody that reaches the listener: no secret is in it, and no fingerprint
//! that somebody has shown in the place of the right one, or it would be pinned without a thought.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::flight::Landed;
use super::query::Query;
use super::reply::{ErrorsAs, Refusal, Reply};
use super::{DURATION, SUCCESS};
use crate::encode::exposition::{Format, encode};
use crate::metric::{Batch, Families, Family, Outcome, Reason, Timestamp, Visit};
use crate::text;

/// Longer than any sentence of ours, in columns.
const LONGEST: usize = 600;

/// When to come back to somebody who is busy and does not say until when.
const SOON: Duration = Duration::from_secs(10);

/// What is shorter, in bytes, is no secret.
const SHORTEST_SECRET: usize = 4;

/// What came of a probe, in a word.
pub fn outcome(landed: &Landed) -> &'static str {
    match &landed.visited.batch.visit {
        Some(Visit { outcome: Outcome::Ok, faults, .. }) if faults.is_empty() => "ok",
        Some(Visit { outcome: Outcome::Ok, .. }) => "partial",
        Some(Visit { outcome: Outcome::Failed { code, .. }, .. }) => code,
        None => "internal",
    }
}

/// What is answered to a probe whose visit is over.
pub fn reply(landed: &Landed, query: &Query, module: &str, errors: ErrorsAs, now: Timestamp) -> Reply {
    let Some(visit) = &landed.visited.batch.visit else {
        return Reply::Refused(Refusal::new(
            500,
            "internal",
            "no visit was made; the log may say more".to_owned(),
        ));
    };
    if query.debug {
        return Reply::Story(story(landed, visit, query, module));
    }
    match &visit.outcome {
        Outcome::Ok => {
            Reply::Metrics(batch(&landed.visited.batch.families, Some((true, visit.duration)), query))
        }
        Outcome::Failed { .. } if errors == ErrorsAs::Metrics => {
            Reply::Metrics(batch(&landed.excuse, Some((false, visit.duration)), query))
        }
        Outcome::Failed { reason, code, message } => {
            let status = status(*reason, code);
            let message = without_fingerprints(&text::plain(message));
            let message = without(&format!("{code}: {message}"), &query.credentials.words());
            let mut refusal = Refusal::new(status, code, text::cut(&message, LONGEST));
            if status == 503 {
                let left = landed.visited.not_before.map(|Timestamp(moment)| moment.saturating_sub(now.0));
                refusal.retry_after = Some(left.unwrap_or(SOON));
            }
            Reply::Refused(refusal)
        }
    }
}

/// A refusal as it is answered to whoever wants metrics all the time.
pub fn refusal(refusal: Refusal, query: &Query, errors: ErrorsAs, took: Duration) -> Reply {
    // What is wrong with the question is not a metric; nor is a fault of ours.
    match (errors, refusal.status) {
        (ErrorsAs::Metrics, 502..=504) if !query.debug => {
            Reply::Metrics(batch(&[], Some((false, took)), query))
        }
        _ => Reply::Refused(refusal),
    }
}

/// Which status a visit that brought nothing is told by.
pub fn status(reason: Reason, code: &str) -> u16 {
    match (reason, code) {
        (_, "busy" | "locked" | "backoff") => 503,
        (Reason::TimedOut, _) | (_, "deadline" | "timeout") => 504,
        _ => 502,
    }
}

/// Families as a probe answers them: those that are wanted, and how it went.
fn batch(families: &[Family], went: Option<(bool, Duration)>, query: &Query) -> Box<Batch> {
    let mut own = Families::default();
    if let Some((is_ok, took)) = went {
        own.put(&SUCCESS, [], is_ok);
        own.put(&DURATION, [], took);
    }
    let (own, _) = own.publish();
    let families =
        families.iter().cloned().chain(own).filter(|family| is_wanted(family, &query.names)).collect();
    Box::new(Batch { source: None, part: "probe", visit: None, families, sightings: Vec::new() })
}

/// By the name of a family as it is in either format.
fn is_wanted(family: &Family, names: &[String]) -> bool {
    let name = family.meta().name;
    let short = name.strip_suffix("_total").or_else(|| name.strip_suffix("_info"));
    names.is_empty() || names.iter().any(|wanted| wanted == name || Some(wanted.as_str()) == short)
}

fn story(landed: &Landed, visit: &Visit, query: &Query, module: &str) -> String {
    let mut out = String::new();
    let target = query.target.text();
    // Writing to a string cannot fail.
    let _ = writeln!(out, "Probe of {target} with the module {module}\n");
    let took = text::duration(visit.duration);
    let families = match &visit.outcome {
        Outcome::Ok => {
            let _ = writeln!(out, "It brought data in {took}.");
            for fault in &visit.faults {
                let _ = writeln!(out, "What could not be had: {}", text::plain(fault));
            }
            &landed.visited.batch.families
        }
        Outcome::Failed { reason, code, message } => {
            let (status, reason) = (status(*reason, code), reason.as_str().replace('_', " "));
            let _ =
                writeln!(out, "It brought nothing in {took}: {} ({reason}, {code}).", text::plain(message));
            let _ = writeln!(out, "Without debug, the status is {status}, or 200 with errors=metrics.");
            &landed.excuse
        }
    };
    let _ = writeln!(out, "\nWhat happened:");
    for (at, line) in landed.visited.journal.lines() {
        let _ = writeln!(out, "{:8.3} s  {line}", at.as_secs_f64());
    }
    if landed.visited.journal.left_out() > 0 {
        let _ = writeln!(out, "and {} more lines", landed.visited.journal.left_out());
    }
    if !visit.outcome.is_ok() {
        out = without_fingerprints(&out);
    }
    let _ = writeln!(out, "\nMetrics:");
    let batch = batch(families, Some((visit.outcome.is_ok(), visit.duration)), query);
    out += &String::from_utf8_lossy(&encode(&[Arc::new(*batch)], Format::Text));
    without(&out, &query.credentials.words())
}

/// A text without these words, however they may be written in it: nobody should have put them there.
fn without(text: &str, words: &[&str]) -> String {
    let encoded = |word: &&str| {
        let upper = utf8_percent_encode(word, NON_ALPHANUMERIC).to_string();
        let form: String = form_urlencoded::byte_serialize(word.as_bytes()).collect();
        let url = utf8_percent_encode(word, percent_encoding::CONTROLS).to_string();
        let lower = lower_hexadecimal(&upper);
        let json = serde_json::to_string(word).unwrap_or_default();
        let json = json.trim_matches('"').to_owned();
        [word.to_string(), upper, form, url, lower, json, text::plain(word)]
    };
    // A letter or two are in every sentence, and taking them out would tell which they are.
    let words = words.iter().filter(|word| word.len() >= SHORTEST_SECRET);
    let mut spellings: Vec<String> = words.flat_map(encoded).collect();
    // One may be part of another.
    spellings.sort_by_key(|word| std::cmp::Reverse(word.len()));
    spellings.dedup();
    let mut out = text.to_owned();
    for word in spellings.iter().filter(|word| word.as_str() != "…") {
        out = out.replace(word.as_str(), "…");
    }
    out
}

/// Percent-encoded text as others write it.
fn lower_hexadecimal(encoded: &str) -> String {
    let mut out = String::with_capacity(encoded.len());
    let mut inside = 0_u8;
    for character in encoded.chars() {
        inside = if character == '%' { 3 } else { inside };
        out.push(if inside > 0 { character.to_ascii_lowercase() } else { character });
        inside = inside.saturating_sub(1);
    }
    out
}

/// As many hexadecimal digits as the shortest fingerprint has.
const DIGITS: usize = 32;

/// A text without fingerprints: long runs of hexadecimal digits, with or without colons between them.
fn without_fingerprints(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        let digits = run.bytes().filter(|byte| *byte != b':').count();
        out.push_str(if digits >= DIGITS { "…" } else { run });
        run.clear();
    };
    let mut before = ' ';
    for character in text.chars() {
        // None begins in the middle of a word: `sha256:` is the name of one.
        let begins = character.is_ascii_hexdigit() && !before.is_ascii_alphanumeric();
        if begins || !run.is_empty() && (character.is_ascii_hexdigit() || character == ':') {
            run.push(character);
        } else {
            flush(&mut run, &mut out);
            out.push(character);
        }
        before = character;
    }
    flush(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Tally;
    use crate::sources::Journal;
    use crate::visit::Visited;

    fn landed(outcome: Outcome, not_before: Option<u64>) -> Landed {
        let mut families = Families::default();
        families.put(&super::super::IN_FLIGHT, [], 7_usize);
        let visit = Visit {
            kind: "hitron",
            taken_at: Timestamp::default(),
            duration: Duration::from_millis(1_500),
            outcome,
            faults: Vec::new(),
            tally: Tally::default(),
        };
        let mut journal = Journal::default();
        journal.note("logged in as hunter2, hunter2%21 and hunter2%21".replace("hunter2,", "hunter2!,"));
        let batch = Batch {
            source: None,
            part: "modem",
            visit: Some(visit),
            families: families.publish().0,
            sightings: Vec::new(),
        };
        let not_before = not_before.map(|seconds| Timestamp(Duration::from_secs(seconds)));
        Landed { visited: Visited { batch, not_before, journal }, excuse: Vec::new() }
    }

    fn failed(reason: Reason, code: &'static str, message: &str) -> Outcome {
        Outcome::Failed { reason, code, message: message.to_owned() }
    }

    fn query(more: &str) -> Query {
        Query::read(&format!("target=192.0.2.1&usr=admin&pwd=hunter2%21{more}")).unwrap()
    }

    fn now() -> Timestamp {
        Timestamp(Duration::from_millis(1_000_100))
    }

    #[test]
    fn each_code_has_its_status() {
        for (reason, code, expected) in [
            (Reason::Refused, "busy", 503),
            (Reason::Refused, "locked", 503),
            (Reason::Refused, "backoff", 503),
            (Reason::Refused, "credentials", 502),
            (Reason::Refused, "tls_pin", 502),
            (Reason::Refused, "tls_key", 502),
            (Reason::Unsupported, "tls_old", 502),
            (Reason::Misbehaved, "protocol", 502),
            (Reason::Misbehaved, "session_lost", 502),
            (Reason::Unreachable, "connect", 502),
            (Reason::Unreachable, "resolve", 502),
            (Reason::TimedOut, "deadline", 504),
            (Reason::TimedOut, "timeout", 504),
        ] {
            assert_eq!(status(reason, code), expected, "{code}");
        }
    }

    #[test]
    fn who_is_locked_out_is_told_until_when_rounded_by_nobody() {
        let landed = landed(failed(Reason::Refused, "locked", "it said so"), Some(4_501));
        let Reply::Refused(refusal) = reply(&landed, &query(""), "m", ErrorsAs::Status, now()) else {
            panic!()
        };
        assert_eq!((refusal.status, refusal.text.as_str()), (503, "locked: it said so"));
        assert_eq!(refusal.retry_after, Some(Duration::from_millis(3_500_900)));
    }

    #[test]
    fn neither_secrets_nor_strange_fingerprints_are_in_a_refusal() {
        let shown = vec!["AB"; 32].join(":");
        let message =
            format!("admin with hunter2! saw sha256:{shown} and {}, not dead:beef\n", "ab".repeat(20));
        let landed = landed(failed(Reason::Refused, "tls_pin", &message), None);
        let Reply::Refused(refusal) = reply(&landed, &query(""), "m", ErrorsAs::Status, now()) else {
            panic!()
        };
        assert_eq!(refusal.text, "tls_pin: … with … saw sha256:… and …, not dead:beef[U+000A]");
        assert_eq!(refusal.retry_after, None);
    }

    fn written(reply: Reply) -> String {
        let Reply::Metrics(batch) = reply else { panic!("{reply:?}") };
        assert_eq!(batch.source, None);
        String::from_utf8(encode(&[Arc::new(*batch)], Format::Text)).unwrap()
    }

    #[test]
    fn metrics_say_how_it_went_beside_what_came() {
        let good = landed(Outcome::Ok, None);
        let text = written(reply(&good, &query(""), "m", ErrorsAs::Status, now()));
        for line in ["probe_success 1", "probe_duration_seconds 1.5", "lanlord_probes_in_flight 7"] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        let bad = landed(failed(Reason::Refused, "busy", "x"), None);
        let text = written(reply(&bad, &query("&errors=metrics"), "m", ErrorsAs::Metrics, now()));
        assert!(text.contains("\nprobe_success 0\n") && !text.contains("in_flight"), "{text}");
        let late = Refusal::new(504, "timeout", String::new());
        let text = written(refusal(late, &query(""), ErrorsAs::Metrics, Duration::from_secs(3)));
        assert!(
            text.contains("\nprobe_success 0\n") && text.contains("\nprobe_duration_seconds 3\n"),
            "{text}"
        );
        for status in [400, 403, 500] {
            let kept = Refusal::new(status, "x", String::new());
            let reply = refusal(kept, &query(""), ErrorsAs::Metrics, Duration::ZERO);
            assert!(matches!(reply, Reply::Refused(_)), "{status}");
        }
    }

    #[test]
    fn only_families_that_are_wanted_are_answered() {
        let good = landed(Outcome::Ok, None);
        let query = query("&name[]=probe_success&name[]=nothing");
        let text = written(reply(&good, &query, "m", ErrorsAs::Status, now()));
        assert!(text.ends_with("\nprobe_success 1\n") && text.lines().count() == 3, "{text}");
    }

    #[test]
    fn the_story_has_everything_but_secrets() {
        let good = landed(Outcome::Ok, None);
        let Reply::Story(story) = reply(&good, &query("&debug=1"), "m", ErrorsAs::Status, now()) else {
            panic!()
        };
        for piece in [
            "Probe of 192.0.2.1 with the module m",
            "brought data in 1.5 s",
            "logged in as …, … and …",
            "probe_success 1",
        ] {
            assert!(story.contains(piece), "{piece}\n{story}");
        }
        assert!(!story.contains("hunter2"), "{story}");
        let bad = landed(failed(Reason::Refused, "tls_pin", &"ab".repeat(32)), None);
        let Reply::Story(story) = reply(&bad, &query("&debug=1"), "m", ErrorsAs::Status, now()) else {
            panic!()
        };
        assert!(story.contains("It brought nothing in 1.5 s: … (refused, tls_pin).\n"), "{story}");
        assert!(story.contains("the status is 502"), "{story}");
    }

    #[test]
    fn words_are_found_in_every_spelling() {
        let word = "pä ss\"w%d+/";
        let spellings = [
            word,
            "p%C3%A4%20ss%22w%25d%2B%2F",
            "p%c3%a4%20ss%22w%25d%2b%2f",
            "p%C3%A4+ss%22w%25d%2B%2F",
            "pä ss\\\"w%d+/",
        ];
        for spelling in spellings {
            assert_eq!(without(&format!("<{spelling}>"), &[word]), "<…>", "{spelling}");
        }
        assert_eq!(without("abcde abcd", &["abcd", "abcde"]), "… …");
        assert_eq!(without("a letter", &["a"]), "a letter");
        assert_eq!(without("nothing", &[]), "nothing");
    }
}
