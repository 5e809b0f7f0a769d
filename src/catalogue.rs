//! Every family that lanlord can show, as people read it: METRICS.md and `lanlord metrics`.

use std::fmt::Write;

use crate::metric::{Kind, Meta};
use crate::{process, sources, visit};

/// Names kept as the users of an earlier program know them, although today we would choose others, with what is
/// odd about each.
pub static KEPT: &[(&str, &str)] = &[
    ("network_bytes_total", "kept from gonetmon; has no prefix of ours"),
    (
        "node_bytes_total",
        "kept from gonetmon; has the prefix of another exporter, and adds both directions up",
    ),
];

/// Every family, by name.
pub fn all() -> Vec<&'static Meta> {
    let mut all: Vec<&Meta> = sources::catalogue().collect();
    all.extend(visit::CATALOGUE);
    all.extend(process::CATALOGUE);
    all.sort_by_key(|meta| meta.name);
    all
}

/// METRICS.md.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Metrics\n\n\
         Generated from the tables in the code: edit the doc comments there, then run `UPDATE=1 cargo test catalogue`.\n\n\
         Every sample of a configured source carries the label `source`, our name for it, besides those listed. An\n\
         empty label is left out. Counters start at zero with lanlord, unless the description says otherwise. A failed\n\
         visit shows no data: a gap is a gap.\n\n\
         | name | type | labels | what it says |\n|---|---|---|---|\n",
    );
    for meta in all() {
        let labels: Vec<String> = meta.labels.iter().map(|label| format!("`{label}`")).collect();
        let kept = KEPT.iter().find(|(name, _)| *name == meta.name);
        let kept = kept.map(|(_, why)| format!(" ({why})")).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {}{kept} |",
            meta.name,
            kind(meta.kind),
            labels.join(", "),
            meta.help
        );
    }
    out
}

/// The same for a terminal.
pub fn text() -> String {
    let mut out = String::new();
    for meta in all() {
        let labels =
            if meta.labels.is_empty() { String::new() } else { format!("{{{}}}", meta.labels.join(",")) };
        let _ = writeln!(out, "{}{labels} ({})\n    {}", meta.name, kind(meta.kind), meta.help);
    }
    out
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Info => "info",
    }
}
