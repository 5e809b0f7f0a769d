//! Every family that lanlord can show, held against the rules for names and HELP, and METRICS.md against the tables.
//!
//! It looks at what families are called and say of themselves, never at samples: goldens and promtool do that.

use std::collections::BTreeMap;

use lanlord::catalogue::{self, KEPT};
use lanlord::metric::{Kind, Meta, Number};

use crate::golden;

/// What the names of our families begin with: lanlord itself, its process, what is on the network, a kind of source.
const FIRST_WORDS: &[&str] = &["lanlord", "process", "probe", "freebox", "hitron", "lan", "wire"];

/// What a name may end in, before `_total` and `_info`: a base unit, or what is counted one by one.
const LAST_WORDS: &[&str] = &[
    // Base units (prometheus.io/docs/practices/naming, "Base units").
    "bytes",
    "celsius",
    "hertz",
    "ratio",
    "seconds",
    // Base units of one another: bytes per second, where the box measures and nobody else can count.
    "second",
    // Units that have no base unit: a ratio's logarithm, and the one to a milliwatt; revolutions per minute, as fans
    // have it everywhere.
    "dbm",
    "decibels",
    // The same as cable modems have them: the one to a millivolt, and the short word.
    "db",
    "dbmv",
    "rpm",
    // The number of a radio's channel (IEEE 802.11), which is no measure.
    "channel",
    // Things, in the plural.
    "addresses",
    "bars",
    "batches",
    "channels",
    "codewords",
    "collisions",
    "connections",
    "devices",
    "disks",
    "entries",
    "errors",
    "faults",
    "fds",
    "frames",
    "hosts",
    "leases",
    "lines",
    "logins",
    "lookups",
    "names",
    "outages",
    "packets",
    "ports",
    "probes",
    "rebinds",
    "requests",
    "retransmissions",
    "stations",
    "superframes",
    "threads",
    "values",
    "visits",
    // Whether, as blackbox_exporter names it.
    "success",
    // What happened to things that the first words name.
    "folded",
    "freezes",
    // A state, 1 or 0.
    "active",
    "authenticated",
    "configured",
    "degraded",
    "enabled",
    "granted",
    "locked",
    "ok",
    "online",
    "pinned",
    "powered",
    "present",
    "reachable",
    "readable",
    "spinning",
    "successful",
    "supported",
    "up",
    // A set of states, of which one is 1.
    "state",
    // A number of what is going on, as Prometheus' own libraries have it: requests in flight.
    "flight",
    // What `_info` is about.
    "address",
    "ap",
    "bpi",
    "bss",
    "build",
    "client",
    "connection",
    "device",
    "disk",
    "ftth",
    "host",
    "lease",
    "line",
    "mode",
    "modulation",
    "partition",
    "port",
    "raid",
    "sensor",
    "server",
    "sfp",
    "station",
    "system",
    "update",
    "xdsl",
];

/// Words for what has a base unit and is not in it.
const NOT_BASE_UNITS: &[&str] = &[
    "bit",
    "bits",
    "bps",
    "kb",
    "mb",
    "gb",
    "kib",
    "mib",
    "gib",
    "kilobytes",
    "megabytes",
    "kbps",
    "mbps",
    "ms",
    "us",
    "ns",
    "millis",
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "minutes",
    "hours",
    "days",
    "percent",
    "pct",
];

/// Units in which things are measured, and not counted.
const MEASURED: &[&str] = &[
    "_seconds",
    "_celsius",
    "_dbm",
    "_dbmv",
    "_db",
    "_decibels",
    "_ratio",
    "_per_second",
    "_per_minute",
    "_hertz",
];

/// Labels that Prometheus gives to targets or to parts of a histogram.
const TAKEN_LABELS: &[&str] = &["job", "instance", "le", "quantile"];

/// Suffixes that make a sample part of another family (OpenMetrics 1.0, "Suffixes").
const SUFFIXES: &[&str] = &["_total", "_info", "_created", "_bucket", "_count", "_sum", "_gcount", "_gsum"];

/// What is wrong with a family by itself; nothing about its first and last word where the name is kept. Pure.
fn faults(meta: &Meta, is_kept: bool) -> Vec<String> {
    let Meta { name, help, kind, number, labels } = meta;
    let words: Vec<&str> = name.split('_').collect();
    let mut faults = Vec::new();
    let mut fault = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{name}: {what}"));
        }
    };
    fault(is_snake_case(name), "a name is of lower-case words with `_` between");
    fault(
        name.ends_with("_total") == (*kind == Kind::Counter),
        "counters end in `_total`, and nothing else does",
    );
    fault(name.ends_with("_info") == (*kind == Kind::Info), "infos end in `_info`, and nothing else does");
    fault(!words.iter().any(|word| NOT_BASE_UNITS.contains(word)), "use base units: bytes and seconds");
    fault(
        *kind != Kind::Gauge || !SUFFIXES.iter().any(|suffix| name.ends_with(suffix)),
        "this suffix belongs to another kind of family",
    );
    if !is_kept {
        fault(FIRST_WORDS.contains(&words[0]), "the first word says whose it is: see FIRST_WORDS");
        let last = base(name).rsplit('_').next().unwrap_or_default();
        fault(LAST_WORDS.contains(&last), "the last word is a unit or what is counted: see LAST_WORDS");
    }
    fault(help.ends_with('.') && !help.ends_with(".."), "HELP ends with one full stop");
    fault(!help.contains(". "), "HELP is one sentence");
    fault(!help.contains("  ") && !help.contains(['\n', '\t', '|']), "HELP is one plain line");
    fault(help.starts_with(|first: char| first.is_uppercase()), "HELP begins with a capital");
    fault(*kind != Kind::Counter || help.contains("since"), "a counter says since when it counts");
    let is_measured = MEASURED.iter().any(|unit| name.ends_with(unit));
    fault(
        *kind != Kind::Gauge || !is_measured || *number == Number::Float,
        "what is measured in such a unit need not come whole, now or later: write `Gauge<f64>`",
    );
    fault(*kind != Kind::Info || *number == Number::Integer, "an info is 1, an integer");
    for label in *labels {
        let own_source = *label != "source" || name.starts_with("lanlord_");
        fault(is_snake_case(label), "labels are of lower-case words with `_` between");
        fault(
            !TAKEN_LABELS.contains(label) && !label.starts_with("__"),
            "a label of this name belongs to Prometheus",
        );
        fault(own_source, "the encoder puts `source` on every sample of a source");
    }
    fault(repeated(labels).is_empty(), "no label twice");
    faults
}

/// The name of the family in OpenMetrics, which its samples' suffixes are put behind.
fn base(name: &str) -> &str {
    name.strip_suffix("_total").or_else(|| name.strip_suffix("_info")).unwrap_or(name)
}

fn is_snake_case(text: &str) -> bool {
    let letters = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.split('_').all(letters)
}

fn repeated<'a>(names: &[&'a str]) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    names.iter().for_each(|name| *counts.entry(name).or_default() += 1);
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
}

#[test]
fn every_family_keeps_the_rules() {
    let all = catalogue::all();
    assert!(all.len() > 20, "the catalogue is not there");
    let kept = |name: &str| KEPT.iter().any(|(meta, _)| meta.name == name);
    let faults: Vec<String> = all.iter().flat_map(|meta| faults(meta, kept(meta.name))).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_two_families_have_one_name_in_any_format() {
    let all = catalogue::all();
    // In OpenMetrics a counter `x_total` is of the family `x`, which then cannot be a gauge as well.
    let bases: Vec<&str> = all.iter().map(|meta| base(meta.name)).collect();
    assert_eq!(repeated(&bases), [""; 0]);
}

#[test]
fn kept_names_are_there_and_say_why_they_are_kept() {
    let all = catalogue::all();
    for (meta, why) in KEPT {
        assert!(all.iter().any(|known| std::ptr::eq(*known, *meta)), "{} is in no table", meta.name);
        assert!(why.starts_with("kept from "), "{}: from whom, and what is odd about it: {why}", meta.name);
        assert!(!faults(meta, false).is_empty(), "{} keeps all rules and needs no exemption", meta.name);
    }
}

#[test]
fn accepted_words_are_in_use() {
    let all = catalogue::all();
    for word in FIRST_WORDS {
        assert!(
            all.iter().any(|meta| meta.name.split('_').next() == Some(word)),
            "nothing begins with {word}"
        );
    }
    for word in LAST_WORDS {
        assert!(all.iter().any(|meta| base(meta.name).ends_with(word)), "nothing ends in {word}");
    }
}

#[test]
fn each_rule_is_broken_by_a_family_that_breaks_it() {
    const GOOD: Meta = Meta {
        name: "wire_frames_total",
        help: "Frames since lanlord started.",
        kind: Kind::Counter,
        number: Number::Integer,
        labels: &["interface"],
    };
    let check = |meta: Meta, expected: &str| {
        let found = faults(&meta, false);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{meta:?}: {found:?}");
    };
    assert_eq!(faults(&GOOD, false), [""; 0]);
    check(Meta { name: "wire_Frames_total", ..GOOD }, "lower-case words");
    check(Meta { name: "wire__frames_total", ..GOOD }, "lower-case words");
    check(Meta { name: "wire_frames", ..GOOD }, "counters end in");
    check(Meta { kind: Kind::Gauge, ..GOOD }, "counters end in");
    check(Meta { kind: Kind::Info, ..GOOD }, "infos end in");
    check(Meta { name: "wire_kib_total", ..GOOD }, "base units");
    check(Meta { name: "wire_frames_count", kind: Kind::Gauge, ..GOOD }, "another kind");
    check(Meta { name: "wire_delay_seconds", kind: Kind::Gauge, ..GOOD }, "need not come whole");
    check(Meta { name: "wire_about_info", kind: Kind::Info, number: Number::Float, ..GOOD }, "an info is 1");
    check(Meta { name: "my_frames_total", ..GOOD }, "first word");
    check(Meta { name: "wire_stuff_total", ..GOOD }, "last word");
    check(Meta { help: "Frames since lanlord started", ..GOOD }, "full stop");
    check(Meta { help: "Frames. All since lanlord started.", ..GOOD }, "one sentence");
    check(Meta { help: "Frames  since lanlord started.", ..GOOD }, "one plain line");
    check(Meta { help: "Frames since\nlanlord started.", ..GOOD }, "one plain line");
    check(Meta { help: "frames since lanlord started.", ..GOOD }, "capital");
    check(Meta { help: "Frames.", ..GOOD }, "since when");
    check(Meta { labels: &["Interface"], ..GOOD }, "labels are of");
    check(Meta { labels: &["instance"], ..GOOD }, "belongs to Prometheus");
    check(Meta { labels: &["__name"], ..GOOD }, "belongs to Prometheus");
    check(Meta { labels: &["source"], ..GOOD }, "the encoder puts");
    check(Meta { labels: &["a", "a"], ..GOOD }, "no label twice");
}

#[test]
fn metrics_md_is_what_the_tables_say() {
    // It stands at the top of the project, where people look for it.
    golden::check("../../METRICS.md", &catalogue::markdown());
}

#[test]
fn every_family_stands_in_metrics_md_once() {
    let text = catalogue::markdown();
    for meta in catalogue::all() {
        assert_eq!(text.matches(&format!("\n| `{}` |", meta.name)).count(), 1, "{}", meta.name);
    }
}
