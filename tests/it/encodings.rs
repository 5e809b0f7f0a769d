//! One batch in every encoding tells the same numbers: read back by readers written from the formats' documents.
//!
//! What other people's programs make of it is for `tests/interop`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lanlord::catalogue;
use lanlord::encode::Lines;
use lanlord::encode::exposition::{self, Format};
use lanlord::encode::graphite::{self, Escape, Form, Template};
use lanlord::encode::influx::{self, Precision};
use lanlord::metric::{
    Batch, Desc, Families, IntoNumber, Meta, Number, Numeric, Outcome, SourceId, Tally, Timestamp, Visit,
};
use proptest::prelude::*;

use crate::exposition::{cut, hostile, parse};
use crate::golden;

mod graphite_reader;
mod influx_reader;

mod table {
    lanlord::metrics! {
        /// Bytes received by a host since the source began to count.
        BYTES = Counter "test_host_receive_bytes_total" { host, ip };
        /// Bytes sent by a host since the source began to count.
        SENT = Counter "test_host_transmit_bytes_total" { host, ip };
        /// A ratio between 0 and 1, with labels on both sides of `source`.
        LOSS = Gauge<f64> "test_loss_ratio" { zone, path };
        /// Temperature of a sensor.
        WARMTH = Gauge<f64> "test_sensor_celsius" { name };
        /// Whether the source is up.
        UP = Gauge "test_up" {};
        /// How long it took.
        DURATION = Gauge<f64> "test_visit_duration_seconds" {};
        /// Whether a part is up, as lanlord says.
        PART_UP = Gauge "test_part_up" { source, part };
        /// What lanlord says of its own.
        OWN = Gauge "test_own_threads" {};
    }
}

/// The time of what no visit has brought.
const AT: Timestamp = Timestamp(Duration::new(1_700_000_999, 999_999_999));

fn batch(
    source: Option<&str>,
    part: &'static str,
    taken_at: Timestamp,
    fill: impl FnOnce(&mut Families),
) -> Arc<Batch> {
    let mut families = Families::default();
    fill(&mut families);
    let (families, _) = families.publish();
    let visit = source.map(|_| Visit {
        kind: "test",
        taken_at,
        duration: Duration::ZERO,
        outcome: Outcome::Ok,
        faults: Vec::new(),
        tally: Tally::default(),
    });
    let source = source.map(|name| SourceId(Arc::from(name)));
    Arc::new(Batch { source, part, visit, families, sightings: Vec::new() })
}

fn graphite(batches: &[Arc<Batch>], form: Form) -> Lines {
    let layout = graphite::Layout { prefix: "lanlord".to_owned(), form };
    graphite::encode(batches, &|_| true, AT, &layout)
}

fn path(template: &str, escape: Escape) -> Form {
    Form::Path { template: template.parse().unwrap(), escape }
}

fn influx(batches: &[Arc<Batch>], layout: influx::Layout, precision: Precision) -> Lines {
    influx::encode(batches, &|_| true, AT, layout, precision)
}

const LAYOUTS: [influx::Layout; 2] = [influx::Layout::Family, influx::Layout::Source];
const PRECISIONS: [(Precision, u128); 4] = [
    (Precision::Seconds, 1_000_000_000),
    (Precision::Milliseconds, 1_000_000),
    (Precision::Microseconds, 1_000),
    (Precision::Nanoseconds, 1),
];

/// Two sources and lanlord itself, with a bit of everything.
fn house() -> Vec<Arc<Batch>> {
    let time = |millis| Timestamp(Duration::from_millis(millis));
    vec![
        batch(Some("attic"), "lan", time(1_700_000_000_250), |out| {
            out.put(&table::BYTES, ["nas", "192.0.2.2"], u64::MAX);
            out.put(&table::BYTES, ["Anna's phone", "2001:db8::1"], 9_223_372_036_854_775_807u64);
            out.put(&table::BYTES, ["", "192.0.2.9"], 1u64);
            out.put(&table::BYTES, ["", ""], 0u64);
            out.put(&table::SENT, ["nas", "192.0.2.2"], 7u64);
            out.put(&table::SENT, ["", "192.0.2.9"], 2u64);
            out.put(&table::LOSS, ["", "up"], f64::INFINITY);
            out.put(&table::LOSS, ["home", "down"], 1e-9);
            out.put(&table::LOSS, ["home", "up"], 1.0);
            out.put(&table::LOSS, ["", ""], f64::NAN);
            out.put(&table::UP, [], true);
        }),
        batch(Some("cellar-2"), "lan", time(1_700_000_001_999), |out| {
            let evil = "tv/1 \\ \"living\nroom\",a=b;c=d \\";
            out.put(&table::BYTES, [evil, "192.0.2.3"], 9_007_199_254_740_993u64);
            out.put(&table::BYTES, ["~_", "a\\,evil\\=1\\ value\\=9i"], 3u64);
            out.put(&table::BYTES, [&"é".repeat(120), "_"], 4u64);
            out.put(&table::WARMTH, ["CPU 1"], 41.5);
            out.put(&table::UP, [], false);
        }),
        batch(None, "self", Timestamp::default(), |out| {
            out.put(&table::PART_UP, ["attic", "lan"], true);
            out.put(&table::PART_UP, ["cellar-2", "lan"], true);
            out.put(&table::OWN, [], 6u64);
        }),
    ]
}

fn text(lines: Lines) -> String {
    String::from_utf8(lines.text).unwrap()
}

#[test]
fn the_house_in_graphite_paths() {
    golden::check(
        "graphite-path.txt",
        &text(graphite(&house(), path("{source}.{name}.{labels}", Escape::Percent))),
    );
}

#[test]
fn the_house_in_graphite_paths_with_underscores_and_a_template() {
    let form = path("{source}.hosts.{label.host}.{name}.{labels}", Escape::Underscore);
    golden::check("graphite-template.txt", &text(graphite(&house(), form)));
}

#[test]
fn the_house_in_graphite_tags() {
    golden::check("graphite-tags.txt", &text(graphite(&house(), Form::Tags)));
}

#[test]
fn the_house_in_line_protocol_with_a_measurement_for_each_family() {
    let lines = influx(&house(), influx::Layout::Family, Precision::Milliseconds);
    golden::check("influx-family.txt", &text(lines));
}

#[test]
fn the_house_in_line_protocol_with_a_measurement_for_each_source() {
    let lines = influx(&house(), influx::Layout::Source, Precision::Seconds);
    golden::check("influx-source.txt", &text(lines));
}

#[test]
fn the_example_of_feeding_in_your_data_is_a_line_of_ours() {
    let at = Timestamp(Duration::from_millis(1_556_813_561_999));
    let own = batch(None, "self", at, |out| out.put(&table::OWN, [], 4u64));
    let layout = graphite::Layout {
        prefix: "local.random".to_owned(),
        form: path("{source}.{name}.{labels}", Escape::Percent),
    };
    let lines = graphite::encode(std::slice::from_ref(&own), &|_| true, at, &layout);
    // `local.random.diceroll 4 `date +%s``, but for the name.
    assert_eq!(text(lines), "local.random.test_own_threads 4 1556813561\n");
    let layout = graphite::Layout { prefix: String::new(), ..layout };
    assert_eq!(text(graphite::encode(&[own], &|_| true, at, &layout)), "test_own_threads 4 1556813561\n");
}

#[test]
fn what_is_not_wanted_is_not_written() {
    let wanted = |meta: &Meta| meta.name == "test_up";
    let layout = graphite::Layout { prefix: "x".to_owned(), form: Form::Tags };
    let lines = graphite::encode(&house(), &wanted, AT, &layout);
    assert_eq!(
        (lines.samples, &*text(lines)),
        (2, "x.test_up;source=attic 1 1700000000\nx.test_up;source=cellar-2 0 1700000001\n")
    );
    for layout in LAYOUTS {
        let lines = influx::encode(&house(), &wanted, AT, layout, Precision::Seconds);
        assert_eq!(lines.samples, 2);
        let nothing = influx::encode(&house(), &|_| false, AT, layout, Precision::Seconds);
        assert_eq!(nothing, Lines::default());
    }
    assert_eq!(graphite::encode(&house(), &|_| false, AT, &layout), Lines::default());
    assert_eq!(graphite(&[], Form::Tags), Lines::default());
}

/// A number as a reader understands it, whole or not, so that `5`, `5i` and `5.0` are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Told {
    Whole(u64),
    /// The bits of a double.
    Other(u64),
}

impl From<f64> for Told {
    fn from(float: f64) -> Self {
        // Formats have one not-a-number, doubles have many.
        let float = if float.is_nan() { f64::NAN } else { float };
        let whole = float.fract() == 0.0 && float.is_sign_positive() && float < 18_446_744_073_709_551_616.0;
        if whole { Told::Whole(float as u64) } else { Told::Other(float.to_bits()) }
    }
}

/// Reads digits exactly, and everything else as a double.
fn told(text: &str) -> Told {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Told::Whole(text.parse().unwrap()),
        false if text == "NaN" => Told::from(f64::NAN),
        false => Told::from(text.to_ascii_lowercase().parse::<f64>().unwrap()),
    }
}

/// A series: its family and its labels, the source among them, without empty ones.
type Series = (String, BTreeMap<String, String>);

fn series(family: &str, labels: &[(&str, &str)]) -> Series {
    let labels = labels.iter().filter(|(_, value)| !value.is_empty());
    (family.to_owned(), labels.map(|(label, value)| ((*label).to_owned(), cut(value).to_owned())).collect())
}

/// The truth: what was put, and when it was so.
type Truth = BTreeMap<Series, (Told, Timestamp)>;

/// Arbitrary things of a source, put into two batches that are visited at different times.
#[derive(Clone, Debug)]
struct Arbitrary {
    source: String,
    times: [Duration; 2],
    hosts: Vec<(String, String, u64)>,
    sent: Vec<(String, String, u64)>,
    losses: Vec<(String, String, f64)>,
    warmth: Vec<(String, f64)>,
    up: bool,
    duration: f64,
}

impl Arbitrary {
    fn batches(&self, truth: &mut Truth) -> [Arc<Batch>; 2] {
        let source = &*self.source;
        let [lan, box_] = self.times.map(Timestamp);
        // What is put twice counts as it is put last, here as there.
        let mut tell = |family: &str, labels: &[(&str, &str)], told: Told, time| {
            let labels = [&[("source", source)], labels].concat();
            truth.insert(series(family, &labels), (told, time));
        };
        let lan_batch = batch(Some(source), "lan", lan, |out| {
            out.put(&table::UP, [], self.up);
            tell("test_up", &[], Told::Whole(self.up.into()), lan);
            for (host, ip, bytes) in &self.hosts {
                out.put(&table::BYTES, [host, ip], *bytes);
                let labels = [("host", &**host), ("ip", ip)];
                tell("test_host_receive_bytes_total", &labels, Told::Whole(*bytes), lan);
            }
            for (host, ip, bytes) in &self.sent {
                out.put(&table::SENT, [host, ip], *bytes);
                let labels = [("host", &**host), ("ip", ip)];
                tell("test_host_transmit_bytes_total", &labels, Told::Whole(*bytes), lan);
            }
        });
        let box_batch = batch(Some(source), "box", box_, |out| {
            out.put(&table::DURATION, [], self.duration);
            tell("test_visit_duration_seconds", &[], self.duration.into(), box_);
            for (zone, path, loss) in &self.losses {
                out.put(&table::LOSS, [zone, path], *loss);
                tell("test_loss_ratio", &[("zone", zone), ("path", path)], (*loss).into(), box_);
            }
            for (name, warmth) in &self.warmth {
                out.put(&table::WARMTH, [name], *warmth);
                tell("test_sensor_celsius", &[("name", name)], (*warmth).into(), box_);
            }
        });
        [lan_batch, box_batch]
    }
}

/// Any double, whole ones among them, and what is none.
fn float() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => any::<f64>(),
        2 => prop::num::f64::ANY,
        1 => any::<u32>().prop_map(f64::from),
        1 => prop::sample::select(vec![0.0, -0.0, f64::INFINITY, f64::MIN_POSITIVE, 5e-324, 9_007_199_254_740_994.0]),
    ]
}

fn integer() -> impl Strategy<Value = u64> {
    prop_oneof![3 => any::<u64>(), 1 => 0..10u64, 1 => (i64::MAX as u64 - 1)..=(i64::MAX as u64 + 1), 1 => Just(u64::MAX)]
}

/// A label: empty, likely to be there twice, hostile to one of the formats, or anything.
fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => Just(String::new()),
        2 => "[a-c]",
        3 => r#"[,= \\\n\t;~%._!^#"/\x00\x7f\u{85}\u{2028}a\u{FF3C}\u{240A}]{1,6}"#,
        1 => "[.é]{60,120}",
        2 => hostile(),
    ]
}

/// As the configuration takes them, and worse.
fn source() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[A-Za-z0-9_-]{1,64}", 1 => r"[a-z][a-z ,=.;\\~]{0,8}"]
}

fn arbitrary() -> impl Strategy<Value = Arbitrary> {
    let time =
        || (0..9_000_000_000u64, 0..1_000_000_000u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos));
    let hosts = || prop::collection::vec((label(), label(), integer()), 0..5);
    let losses = prop::collection::vec((label(), label(), float()), 0..5);
    let warmth = prop::collection::vec((label(), float()), 0..4);
    (source(), [time(), time()], hosts(), hosts(), losses, warmth, any::<bool>(), float()).prop_map(
        |(source, times, hosts, sent, losses, warmth, up, duration)| Arbitrary {
            source,
            times,
            hosts,
            sent,
            losses,
            warmth,
            up,
            duration,
        },
    )
}

/// Sources of different names, and lanlord itself.
fn arbitrary_house() -> impl Strategy<Value = (Vec<Arc<Batch>>, Truth)> {
    let sources = prop::collection::vec(arbitrary(), 0..4);
    let parts = prop::collection::btree_set((source(), label()), 0..4);
    (sources, parts, integer()).prop_map(|(sources, parts, threads)| {
        let mut truth = Truth::new();
        let mut names = BTreeSet::new();
        let sources = sources.iter().filter(|arbitrary| names.insert(arbitrary.source.clone()));
        let mut batches: Vec<_> = sources.flat_map(|arbitrary| arbitrary.batches(&mut truth)).collect();
        batches.push(batch(None, "self", Timestamp::default(), |out| {
            out.put(&table::OWN, [], threads);
            truth.insert(series("test_own_threads", &[]), (Told::Whole(threads), AT));
            for (source, part) in &parts {
                out.put(&table::PART_UP, [source, part], true);
                let labels = [("source", &**source), ("part", part)];
                truth.insert(series("test_part_up", &labels), (Told::Whole(1), AT));
            }
        }));
        (batches, truth)
    })
}

fn is_finite(told: Told) -> bool {
    matches!(told, Told::Whole(_)) || matches!(told, Told::Other(bits) if f64::from_bits(bits).is_finite())
}

proptest! {
    #[test]
    fn every_encoding_tells_the_same_numbers_for_the_same_series((batches, truth) in arbitrary_house()) {
        // The exposition has everything but times.
        for format in [Format::Text, Format::OpenMetrics] {
            let body = String::from_utf8(exposition::encode(&batches, format)).unwrap();
            let read: BTreeMap<Series, Told> = parse(&body, format).into_iter().map(|(family, labels, value)| {
                ((family, labels.into_iter().collect()), told(&value))
            }).collect();
            let expected: BTreeMap<Series, Told> =
                truth.iter().map(|(series, (told, _))| (series.clone(), *told)).collect();
            prop_assert_eq!(read, expected);
        }

        let seconds = |time: Timestamp| u128::from(time.0.as_secs());
        let finite = || truth.iter().filter(|(_, (told, _))| is_finite(*told));
        let lines = graphite(&batches, path("{source}.{name}.{labels}", Escape::Percent));
        let read = graphite_reader::paths(&lines.text, "lanlord");
        prop_assert_eq!(lines.samples, read.len());
        let expected: BTreeMap<Series, (Told, u128)> = finite().map(|((family, labels), (told, time))| {
            let labels = labels.iter().map(|(label, value)| (label.clone(), graphite_reader::kept(value)));
            ((family.clone(), labels.collect()), (*told, seconds(*time)))
        }).collect();
        prop_assert_eq!(read, expected);

        let lines = graphite(&batches, Form::Tags);
        let read = graphite_reader::tags(&lines.text, "lanlord");
        prop_assert_eq!(lines.samples, read.len());
        let expected: BTreeMap<Series, (Told, u128)> =
            finite().map(|(series, (told, time))| (series.clone(), (*told, seconds(*time)))).collect();
        prop_assert_eq!(read, expected);

        let types: BTreeMap<&str, Number> = table::CATALOGUE.iter().map(|meta| (meta.name, meta.number)).collect();
        let kept = || finite().filter(|((family, _), (told, _))| {
            types[&**family] == Number::Float || matches!(told, Told::Whole(int) if i64::try_from(*int).is_ok())
        });
        for layout in LAYOUTS {
            for (precision, unit) in PRECISIONS {
                let lines = influx(&batches, layout, precision);
                let read = influx_reader::read(&lines.text, layout, &types);
                // Different labels can be told alike, and then nobody can say which one is meant.
                let mut expected: BTreeMap<Series, BTreeSet<(Told, u128)>> = BTreeMap::new();
                for ((family, labels), (told, time)) in kept() {
                    let labels = labels.iter().map(|(label, value)| (label.clone(), influx_reader::told_as(value)));
                    let told = (*told, time.0.as_nanos() / unit);
                    expected.entry((family.clone(), labels.collect())).or_default().insert(told);
                }
                prop_assert!(lines.samples >= read.len());
                prop_assert_eq!(read.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
                for (series, told) in &read {
                    prop_assert!(expected[series].contains(told), "{:?}: {:?}", series, told);
                }
            }
        }
    }

    #[test]
    fn no_two_series_share_a_path_whatever_the_template(
        order in Just(vec!["{source}", "{name}", "{labels}", "{label.host}", "{label.ip}", "{label.zone}", "a", "_"])
            .prop_shuffle(),
        left_out in any::<u8>(),
        names in prop::collection::btree_set(prop::sample::select(vec!["a", "_", "host", "test_up"]), 1..4),
        values in prop::collection::btree_set([few(), few()], 0..12),
    ) {
        let needed = |piece: &str| ["{source}", "{name}", "{labels}"].contains(&piece);
        let pieces = order.iter().enumerate().filter(|(at, piece)| needed(piece) || left_out >> at & 1 == 0);
        let template = pieces.map(|(_, piece)| *piece).collect::<Vec<_>>().join(".");
        let fill = |out: &mut Families| {
            out.put(&table::UP, [], 1u64);
            for [a, b] in &values {
                out.put(&table::BYTES, [a, b], 1u64);
                out.put(&table::SENT, [a, b], 1u64);
                out.put(&table::LOSS, [a, b], 1.0);
                out.put(&table::WARMTH, [a], 1.0);
            }
        };
        let mut batches: Vec<_> =
            names.iter().map(|name| batch(Some(name), "lan", Timestamp::default(), fill)).collect();
        batches.push(batch(None, "self", Timestamp::default(), |out| {
            out.put(&table::OWN, [], 1u64);
            for [a, b] in &values {
                out.put(&table::PART_UP, [a, b], 1u64);
            }
        }));
        let text = text(graphite(&batches, path(&template, Escape::Percent)));
        let mut seen = BTreeSet::new();
        for line in text.lines() {
            prop_assert!(seen.insert(line), "{}: {} twice", template, line);
        }
        let samples: usize = batches.iter().flat_map(|batch| &batch.families).map(|family| family.len()).sum();
        prop_assert_eq!(seen.len(), samples);
    }
}

/// Values that are also names of other things.
fn few() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "_",
        "a",
        "host",
        "zone",
        "part",
        "test_up",
        "test_host_receive_bytes_total",
        "%5F",
    ])
}

#[test]
fn underscores_have_nothing_that_a_path_cannot_have() {
    let text = text(graphite(&house(), path("{source}.{name}.{labels}", Escape::Underscore)));
    for line in text.lines() {
        let [path, _, _] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(path.split('.').all(|component| !component.is_empty()), "{line}");
        assert!(path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-~".contains(&byte)), "{line}");
    }
}

/// One sample of a family, whatever it is called: a whole number where only those are allowed.
fn sample(meta: &'static Meta) -> Arc<Batch> {
    fn put<const N: usize, V: Numeric>(meta: &'static Meta, out: &mut Families, value: impl IntoNumber<V>) {
        let desc: &'static Desc<N, V> =
            Box::leak(Box::new(Desc::new(meta.name, meta.help, meta.kind, meta.labels)));
        out.put(desc, ["x"; N], value);
    }
    fn of<V: Numeric>(meta: &'static Meta, out: &mut Families, value: impl IntoNumber<V>) {
        match meta.labels.len() {
            0 => put::<0, V>(meta, out, value),
            1 => put::<1, V>(meta, out, value),
            2 => put::<2, V>(meta, out, value),
            3 => put::<3, V>(meta, out, value),
            4 => put::<4, V>(meta, out, value),
            5 => put::<5, V>(meta, out, value),
            6 => put::<6, V>(meta, out, value),
            7 => put::<7, V>(meta, out, value),
            8 => put::<8, V>(meta, out, value),
            many => panic!("{} has {many} labels; add a line here", meta.name),
        }
    }
    batch(None, "self", Timestamp::default(), |out| match meta.number {
        Number::Integer => of::<u64>(meta, out, 5u64),
        // Whole as well: it must not look like an integer.
        Number::Float => of::<f64>(meta, out, 5.0),
    })
}

#[test]
fn a_field_has_the_type_that_its_family_has_for_ever() {
    for meta in catalogue::all() {
        for layout in LAYOUTS {
            let text = text(influx(&[sample(meta)], layout, Precision::Seconds));
            let key = if layout == influx::Layout::Family { "value" } else { meta.name };
            // InfluxDB 2.x, "Line protocol", "Data types and format": without `i` it is a float.
            let expected = match meta.number {
                Number::Integer => format!(" {key}=5i 1700000999\n"),
                Number::Float => format!(" {key}=5 1700000999\n"),
            };
            assert!(text.ends_with(&expected), "{text}");
        }
    }
}

#[test]
fn no_receiver_keeps_a_name_of_ours_for_itself() {
    let families: BTreeSet<&str> = catalogue::all().iter().map(|meta| meta.name).collect();
    for meta in catalogue::all() {
        for name in meta.labels.iter().chain([&meta.name]) {
            // InfluxDB 2.x, "Line protocol", "Naming restrictions"; "Glossary", `_start`; 1.8: "Avoid reserved keys".
            assert!(*name != "time" && !name.starts_with('_'), "{name} of {} is InfluxDB's own", meta.name);
        }
        for label in meta.labels {
            // "Avoid the same name for a tag and a field" (InfluxDB 1.8, "Schema design").
            assert!(
                *label != "value" && !families.contains(label),
                "{label} of {} is a field as well",
                meta.name
            );
            // What `name` becomes, because it is carbon's own.
            assert_ne!(*label, "label_name", "{}", meta.name);
            // Graphite, "Graphite Tag Support": these cannot be in the name of a tag.
            assert!(!label.contains([';', '!', '^', '=']), "{label}");
        }
    }
}

#[test]
fn the_default_template_is_the_one_in_the_documents() {
    assert_eq!("{source}.{name}.{labels}".parse(), Ok(Template::default()));
}
