//! What Prometheus scrapes: the text format 0.0.4 and OpenMetrics 1.0, one walk and two renderings.
//!
//! No timestamps (values are the latest there are), no exemplars, and no `_created`: readers keep it as one more
//! series. A family without samples is left out whole.

use std::sync::Arc;

use super::{escape, number};
use crate::metric::{Batch, Family, Kind, Meta};

/// Which of the two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `text/plain; version=0.0.4`: everybody reads it.
    Text,
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

/// Writes batches, given in the order of their sources. Families of one name become one group, wherever they
/// come from, because readers refuse a second `TYPE`; groups are sorted by name, so that two scrapes can be
/// compared line by line.
pub fn encode(batches: &[Arc<Batch>], format: Format) -> Vec<u8> {
    let mut parts: Vec<Part<'_>> = batches.iter().flat_map(|batch| parts(batch)).collect();
    // Stable: within a name the order of the sources stays.
    parts.sort_by_key(|part| part.family.meta().name);
    let mut out = Vec::with_capacity(parts.iter().map(|part| estimate(part.family)).sum());
    for group in parts.chunk_by(|a, b| a.family.meta().name == b.family.meta().name) {
        let meta = group[0].family.meta();
        match format {
            Format::Text => head_of_text(meta, &mut out),
            Format::OpenMetrics => head_of_openmetrics(meta, &mut out),
        }
        group.iter().for_each(|part| samples(part, &mut out));
    }
    if format == Format::OpenMetrics {
        out.extend_from_slice(b"# EOF\n");
    }
    out
}

/// A family as one batch has it.
struct Part<'a> {
    source: Option<&'a str>,
    family: &'a Family,
}

fn parts(batch: &Batch) -> impl Iterator<Item = Part<'_>> {
    let source = batch.source.as_ref().map(|source| &*source.0);
    batch.families.iter().filter(|family| !family.is_empty()).map(move |family| Part { source, family })
}

/// About how many bytes a family takes; a wrong guess costs time, nothing else.
fn estimate(family: &Family) -> usize {
    let meta = family.meta();
    let labels: usize = meta.labels.iter().map(|label| label.len() + 20).sum();
    2 * meta.name.len() + meta.help.len() + 100 + family.len() * (meta.name.len() + labels + 40)
}

fn head_of_text(meta: &Meta, out: &mut Vec<u8>) {
    describe("# HELP", meta.name, out);
    escape::help(meta.help, out);
    out.push(b'\n');
    describe("# TYPE", meta.name, out);
    out.extend_from_slice(match meta.kind {
        Kind::Counter => b"counter\n",
        Kind::Gauge | Kind::Info => b"gauge\n",
    });
}

fn head_of_openmetrics(meta: &Meta, out: &mut Vec<u8>) {
    let (family, kind) = openmetrics(meta);
    describe("# TYPE", family, out);
    out.extend_from_slice(kind.as_bytes());
    out.push(b'\n');
    if let Some(unit) = unit(family, meta.kind) {
        describe("# UNIT", family, out);
        out.extend_from_slice(unit.as_bytes());
        out.push(b'\n');
    }
    describe("# HELP", family, out);
    escape::value(meta.help, out);
    out.push(b'\n');
}

fn describe(what: &str, family: &str, out: &mut Vec<u8>) {
    for piece in [what, " ", family, " "] {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// The name of a family is that of its samples without the suffix that its type prescribes. The names of the
/// programs before us sometimes lack it; such a family is offered as what its name allows.
fn openmetrics(meta: &Meta) -> (&'static str, &'static str) {
    match meta.kind {
        Kind::Counter => {
            meta.name.strip_suffix("_total").map_or((meta.name, "unknown"), |name| (name, "counter"))
        }
        Kind::Gauge => (meta.name, "gauge"),
        Kind::Info => meta.name.strip_suffix("_info").map_or((meta.name, "gauge"), |name| (name, "info")),
    }
}

/// OpenMetrics 1.0, "Units and Base Units", with `ratio` as Prometheus spells it.
const UNITS: [&str; 9] =
    ["seconds", "bytes", "joules", "grams", "meters", "ratio", "volts", "amperes", "celsius"];

/// A unit must be the end of the family's name, after an underscore, and an info has none.
fn unit(family: &'static str, kind: Kind) -> Option<&'static str> {
    let (_, last) = family.rsplit_once('_')?;
    (kind != Kind::Info && UNITS.contains(&last)).then_some(last)
}

/// The hot loop. What stands before each value is put together once, the name and the source included, so that a
/// label costs two copies and everything else next to nothing.
fn samples(part: &Part<'_>, out: &mut Vec<u8>) {
    let meta = part.family.meta();
    let mut bare = [meta.name.as_bytes(), b" "].concat();
    let mut opening = [meta.name.as_bytes(), b"{"].concat();
    // A family with a `source` of its own keeps that one: a label twice would cost the reader the whole scrape.
    if let Some(source) = part.source.filter(|_| !meta.labels.contains(&"source")) {
        opening.extend_from_slice(b"source=\"");
        escape::value(source, &mut opening);
        opening.push(b'"');
        bare = [&opening, &b"} "[..]].concat();
        opening.push(b',');
    }
    let first: Vec<_> =
        meta.labels.iter().map(|label| [&opening, label.as_bytes(), b"=\""].concat()).collect();
    let later: Vec<_> = meta.labels.iter().map(|label| [b"\",", label.as_bytes(), b"=\""].concat()).collect();
    // Nearly always there is nothing to escape in a whole family, and one look at all of it is cheaper than many.
    let write = if escape::is_needed(part.family.label_text()) {
        escape::value
    } else {
        |value: &str, out: &mut Vec<u8>| out.extend_from_slice(value.as_bytes())
    };
    for sample in part.family.samples() {
        let mut before = &first;
        for (index, value) in sample.labels().enumerate() {
            // To Prometheus an empty label and no label are the same.
            if !value.is_empty() {
                out.extend_from_slice(&before[index]);
                write(value, out);
                before = &later;
            }
        }
        // Three known bytes are a store; a slice of some length would be a call.
        if std::ptr::eq(before, &later) {
            out.extend_from_slice(b"\"} ");
        } else {
            out.extend_from_slice(&bare);
        }
        number::write(sample.value, out);
        out.push(b'\n');
    }
}
