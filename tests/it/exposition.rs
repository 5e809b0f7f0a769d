//! The exposition formats, read back by a parser written from their specifications and by promtool.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use lanlord::encode::escape;
use lanlord::encode::exposition::{Format, encode};
use lanlord::metric::{Batch, Families, LABEL_VALUE_MAX, SourceId, Timestamp};
use proptest::prelude::*;

use crate::golden;

mod table {
    lanlord::metrics! {
        /// Bytes received by a host since the source began to count.
        BYTES = Counter "test_host_receive_bytes_total" { host, ip };
        /// Time the last visit took.
        DURATION = Gauge<f64> "test_visit_duration_seconds" {};
        /// What the "box" is \ was; always 1.
        BOX = Info "test_box_info" { model, firmware };
        /// A counter with a name of the time before us.
        OLD = Counter "test_old_bytes" { host };
        /// A ratio between 0 and 1.
        LOSS = Gauge<f64> "test_loss_ratio" { path };
        /// Nobody put a sample into this one.
        UNUSED = Gauge "test_unused" { path };
    }
}

/// A batch of whatever `fill` puts.
fn batch(source: Option<&str>, part: &'static str, fill: impl FnOnce(&mut Families)) -> Arc<Batch> {
    let mut families = Families::default();
    fill(&mut families);
    let (families, _) = families.publish();
    let source = source.map(|name| SourceId(Arc::from(name)));
    Arc::new(Batch { source, part, visit: None, families, sightings: Vec::new() })
}

/// Two sources and lanlord itself, with a bit of everything.
fn house() -> Vec<Arc<Batch>> {
    vec![
        batch(None, "self", |out| out.put(&table::DURATION, [], 0.25)),
        batch(Some("attic"), "lan", |out| {
            out.put(&table::BYTES, ["nas", "192.0.2.2"], u64::MAX);
            out.put(&table::BYTES, ["", "192.0.2.9"], 1u64);
            out.put(&table::BYTES, ["", ""], 0u64);
            out.put(&table::OLD, ["nas"], 5u64);
            out.put(&table::LOSS, [""], f64::NAN);
            out.put(&table::LOSS, ["up"], f64::INFINITY);
            out.put(&table::LOSS, ["down"], 1e-9);
        }),
        batch(Some("cellar \"2\""), "lan", |out| {
            out.put(&table::BYTES, ["tv \\ \"living\nroom\"", "192.0.2.3"], 9_007_199_254_740_993u64);
            out.put(&table::BOX, ["revolution", ""], 1u64);
        }),
    ]
}

fn text(batches: &[Arc<Batch>], format: Format) -> String {
    String::from_utf8(encode(batches, format)).unwrap()
}

#[test]
fn the_house_in_text_0_0_4() {
    golden::check("exposition.txt", &text(&house(), Format::Text));
}

#[test]
fn the_house_in_openmetrics() {
    golden::check("exposition.openmetrics", &text(&house(), Format::OpenMetrics));
}

#[test]
fn both_formats_hold_the_same_samples() {
    let text = parse(&text(&house(), Format::Text), Format::Text);
    let openmetrics = parse(&self::text(&house(), Format::OpenMetrics), Format::OpenMetrics);
    assert_eq!(text, openmetrics);
    assert_eq!(text.len(), 10);
}

#[test]
fn nothing_is_a_valid_answer() {
    assert_eq!(text(&[], Format::Text), "");
    assert_eq!(text(&[], Format::OpenMetrics), "# EOF\n");
}

/// A sample: its name, its labels and its value as written.
pub type Line = (String, Vec<(String, String)>, String);

/// Reads an exposition, and panics where it breaks the format. From "Text-based format" of Prometheus 0.0.4 and the
/// ABNF of OpenMetrics 1.0, where they hold for us: no timestamps, no exemplars.
#[track_caller]
pub fn parse(body: &str, format: Format) -> Vec<Line> {
    let body = match format {
        Format::Text => body,
        Format::OpenMetrics => body.strip_suffix("# EOF\n").expect("ends in # EOF"),
    };
    let (mut lines, mut families, mut family, mut kind) =
        (Vec::new(), Vec::new(), String::new(), String::new());
    assert!(body.is_empty() || body.ends_with('\n'), "ends in a line feed");
    for line in body.split_terminator('\n') {
        if let Some(comment) = line.strip_prefix("# ") {
            let [keyword, name, rest] = comment.splitn(3, ' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            if name != family {
                assert!(!families.contains(&name.to_owned()), "{name} comes twice");
                families.push(name.to_owned());
                family = name.to_owned();
            }
            match keyword {
                "HELP" => drop(unescape(rest, format == Format::OpenMetrics)),
                "TYPE" => kind = rest.to_owned(),
                "UNIT" if format == Format::OpenMetrics => {
                    assert!(name.ends_with(&format!("_{rest}")), "{line}")
                }
                _ => panic!("{line}"),
            }
            continue;
        }
        let sample = parse_sample(line);
        let expected = match (format, kind.as_str()) {
            (Format::Text, "counter" | "gauge") | (_, "gauge" | "unknown") => family.clone(),
            (_, "counter") => format!("{family}_total"),
            (_, "info") => format!("{family}_info"),
            other => panic!("{other:?}"),
        };
        assert_eq!(sample.0, expected, "{line}");
        assert!(
            !lines.iter().any(|(name, labels, _)| (name, labels) == (&sample.0, &sample.1)),
            "twice: {line}"
        );
        lines.push(sample);
    }
    lines
}

fn parse_sample(line: &str) -> Line {
    let word = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap();
    let (name, mut rest) = line.split_at(word(line));
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_at(word(rest));
            let quoted = after.strip_prefix("=\"").expect("a quotation mark");
            let bytes = quoted.as_bytes();
            let mut end = 0;
            while bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            assert!(labels.iter().all(|(other, _)| other != label), "{label} twice: {line}");
            labels.push((label.to_owned(), unescape(&quoted[..end], true)));
            rest = &quoted[end + 1..];
            match rest.split_at(1) {
                (",", more) => rest = more,
                ("}", more) => break rest = more,
                _ => panic!("{line}"),
            }
        }
    }
    let value = rest.strip_prefix(' ').expect("a space");
    let number = value.trim_start_matches(['+', '-']);
    assert!(["Inf", "NaN"].contains(&number) || number.starts_with(|c: char| c.is_ascii_digit()), "{line}");
    value.to_ascii_lowercase().parse::<f64>().unwrap();
    (name.to_owned(), labels, value.to_owned())
}

/// Takes the escapes away; `quotes` is whether a quotation mark must be escaped too.
fn unescape(text: &str, quotes: bool) -> String {
    let mut characters = text.chars();
    let mut out = String::new();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('\\') => out.push('\\'),
                Some('n') => out.push('\n'),
                Some('"') if quotes => out.push('"'),
                other => panic!("escape of {other:?} in {text}"),
            },
            '"' if quotes => panic!("bare quotation mark in {text}"),
            other => out.push(other),
        }
    }
    out
}

/// Names that somebody might give a phone, and anything else that is a string.
pub fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r#"[\\"\n\r\x00{}=, #a🦀\u{202E}]{0,40}"#,
        (r#"[\\"\nx🦀]{1,8}"#, 1..2_000usize).prop_map(|(piece, times)| piece.repeat(times)),
    ]
}

/// What `metric` keeps of a label: its first 255 bytes, whole characters.
pub fn cut(text: &str) -> &str {
    let end = (0..=LABEL_VALUE_MAX.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap();
    &text[..end]
}

proptest! {
    #[test]
    fn any_label_value_is_read_back_equal(source in hostile(), names in prop::collection::vec(hostile(), 1..6)) {
        let batch = batch(Some(&source), "lan", |out| {
            for (index, name) in names.iter().enumerate() {
                out.put(&table::BYTES, [name, &index.to_string()], index);
            }
        });
        for format in [Format::Text, Format::OpenMetrics] {
            let mut lines = parse(&text(std::slice::from_ref(&batch), format), format);
            lines.sort_by_key(|(_, _, value)| value.clone());
            let expected: Vec<Line> = names.iter().enumerate().map(|(index, name)| {
                let labels = [("source", &*source), ("host", cut(name)), ("ip", &index.to_string())];
                let kept = labels.into_iter().filter(|(label, value)| *label == "source" || !value.is_empty());
                let kept = kept.map(|(label, value)| (label.to_owned(), value.to_owned())).collect();
                ("test_host_receive_bytes_total".to_owned(), kept, index.to_string())
            }).collect();
            prop_assert_eq!(lines, expected);
        }
    }

    #[test]
    fn escaping_has_no_length_at_which_it_goes_wrong(piece in hostile(), size in 0..=65_536usize) {
        let long: String = piece.chars().cycle().take(size).collect();
        let mut escaped = Vec::new();
        escape::value(&long, &mut escaped);
        let escaped = String::from_utf8(escaped).unwrap();
        prop_assert!(!escaped.contains('\n'));
        let (_, labels, _) = parse_sample(&format!("m{{l=\"{escaped}\"}} 1"));
        prop_assert_eq!(&labels[0].1, &long);
    }

    #[test]
    fn any_value_is_read_back_equal(float in any::<f64>(), int in any::<u64>()) {
        let batch = batch(None, "self", |out| {
            out.put(&table::LOSS, ["float"], float);
            out.put(&table::OLD, ["int"], int);
        });
        let lines = parse(&text(&[batch], Format::Text), Format::Text);
        let read: f64 = lines[0].2.to_ascii_lowercase().parse().unwrap();
        prop_assert!(read == float || read.is_nan() && float.is_nan());
        prop_assert_eq!(&lines[1].2, &int.to_string());
    }
}

#[test]
fn promtool_accepts_hostile_labels() {
    let names = [
        "\" } 1\nevil 2",
        "\\",
        "\\\"",
        "\n",
        "a\0b",
        "🦀",
        "{}",
        "#",
        &"\"\\\n".repeat(80),
        "\u{202E}",
        "é\u{85}",
    ];
    let batches: Vec<_> = ["quote\"", "back\\slash", "line\nfeed"]
        .iter()
        .map(|source| {
            batch(Some(source), "lan", |out| {
                for name in names {
                    out.put(&table::BYTES, [name, "192.0.2.1"], 1u64);
                    out.put(&table::BOX, [name, ""], 1u64);
                }
                out.put(&table::DURATION, [], 0.5);
            })
        })
        .collect();
    promtool(&encode(&batches, Format::Text));
}

#[test]
fn promtool_accepts_what_lanlord_says_of_itself() {
    let own = batch(None, "self", |out| lanlord::process::measure(Timestamp::default(), out));
    let body = encode(&[own], Format::Text);
    assert!(String::from_utf8_lossy(&body).contains("\nprocess_cpu_seconds_total "));
    promtool(&body);
}

/// `promtool check metrics` reads only the format 0.0.4. Developers may lack it; CI may not.
#[track_caller]
fn promtool(body: &[u8]) {
    let spawned = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "promtool cannot be run: {error}");
            let _ = writeln!(
                io::stderr(),
                "NOT TESTED: promtool cannot be run ({error}); it is in the Debian package `prometheus`"
            );
            return;
        }
    };
    child.stdin.take().unwrap().write_all(body).unwrap();
    let output = child.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
}
