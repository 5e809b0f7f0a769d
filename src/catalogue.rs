//! Every family that lanlord can show, as people read it: METRICS.md and `lanlord metrics`. Pure.

use std::fmt::Write;

use crate::metric::{Kind, Meta, Number};
use crate::sources::hitron::metrics::{channels, visit as hitron_visit};
use crate::sources::wire::metrics::{NETWORK_BYTES, NODE_BYTES};
use crate::web::counters;
use crate::{loaded, log, names, probe, process, push, sources, visit};

/// Families kept as the users of an earlier program know them, although today we would choose other names, with what
/// is odd about each.
pub static KEPT: &[(&Meta, &str)] = &[
    (&NETWORK_BYTES.0, "kept from gonetmon; has no prefix of ours"),
    (&NODE_BYTES.0, "kept from gonetmon; has the prefix of another exporter, and adds both directions up"),
    (&channels::UPSTREAM_BANDWIDTH.0, "kept from hitron-exporter; does not name its unit"),
    (&channels::DOWNSTREAM_SNR.0, "kept from hitron-exporter; does not name its unit"),
    (&hitron_visit::LOGIN.0, "kept from hitron-exporter; names its type"),
];

/// Every family, by name.
pub fn all() -> Vec<&'static Meta> {
    let mut all: Vec<&Meta> = sources::catalogue().collect();
    all.extend(visit::CATALOGUE);
    all.extend(visit::turns::CATALOGUE);
    all.extend(names::metrics::CATALOGUE);
    all.extend(process::CATALOGUE);
    all.extend(counters::CATALOGUE);
    all.extend(loaded::CATALOGUE);
    all.extend(log::CATALOGUE);
    all.extend(push::CATALOGUE);
    all.extend(probe::CATALOGUE);
    all.sort_by_key(|meta| meta.name);
    all
}

/// A chapter of METRICS.md: its title, what the names in it begin with, and what there is to know first.
struct Chapter {
    title: &'static str,
    prefix: &'static str,
    text: &'static str,
}

/// Each family stands in the first chapter whose prefix it has; kept ones have a chapter of their own.
static CHAPTERS: &[Chapter] = &[
    Chapter {
        title: "Hosts",
        prefix: "lan_host_",
        text: "A host is a thing on your network: a phone, a television, a printer. *Received* and *sent* are seen from the\n\
               host: what a phone downloads, it has received. A packet from one host to another counts for both.\n\n\
               `host` is the name from the configuration or from DNS, and absent where there is none. `ip` is the address that\n\
               names the host, though all its addresses are counted together. `mac` is its hardware address, and absent for\n\
               hosts behind another router. The row with `host=\"other\"` and no `ip` is everybody for whom there was no room\n\
               (`max_hosts`).",
    },
    Chapter {
        title: "The wire",
        prefix: "wire_",
        text: "What an interface or a stream carried, whoever sent it, and how well lanlord could hear it. If\n\
               the dropped frames grow, the figures of hosts are too low by that much: make `ring_size` larger.",
    },
    Chapter {
        title: "The line",
        prefix: "lanlord_line_",
        text: "The way out of the house, in the same words whichever box it ends in. *Down* is towards the house.",
    },
    Chapter {
        title: "Freebox",
        prefix: "freebox_",
        text: "What a Freebox says of itself, in base units. What a model, a line or a firmware does not have is absent. *Down*\n\
               is towards the house, *up* away from it. *Received* and *sent* are seen from what a name is about: what the port of\n\
               a switch has received, the device behind it has sent; what a Wi-Fi station has received, the box has sent.",
    },
    Chapter {
        title: "Hitron",
        prefix: "hitron_",
        text: "What a Hitron cable modem says of itself. What a model or a firmware does not have, or an operator hides, is absent.\n\
               *Downstream* is towards the house, *upstream* away from it. *Sent* and *received* are seen from the modem: what it has\n\
               sent to `lan`, the house has received. Names, and the order of labels, are those of hitron-exporter where it had\n\
               them. Its traffic has two names: those of its README begin with `hitron_traffic_`, those of its later code with\n\
               `hitron_network_`; they show the same figures.",
    },
    Chapter {
        title: "The listener",
        prefix: "lanlord_http_",
        text: "How many ask lanlord for something. A route that does not exist is `other`.",
    },
    Chapter {
        title: "Pushes",
        prefix: "lanlord_push_",
        text: "How lanlord fares with whom it pushes to. `push` is the name that the push has in the configuration. What is sent at\n\
               once is a batch: lines of one moment, up to half a megabyte of them. The outcome of an attempt is `ok` or says who\n\
               must act, as for visits.",
    },
    Chapter {
        title: "Answers of probes",
        prefix: "probe_",
        text: "What `/probe` says of a probe beside the families of the device, in the words of blackbox_exporter. They are not\n\
               on `/metrics`.",
    },
    Chapter {
        title: "Probes",
        prefix: "lanlord_probes_",
        text: "How many probes lanlord was asked for. `module` is the name that the module has in the configuration; `unknown` is one\n\
               that nobody knows, and one that was not read because something before it was wrong.",
    },
    Chapter {
        title: "Visits",
        prefix: "lanlord_",
        text: "How lanlord fares with what it asks. Here the label `source` is part of the family. The outcome of a visit is\n\
               `ok` or says who must act: `unreachable`, `timed_out`, `refused`, `misbehaved`, `unsupported`.",
    },
    Chapter {
        title: "The process",
        prefix: "process_",
        text: "What every Prometheus client says of itself. What the machine does not tell is absent.",
    },
];

/// A program before us whose odd names we keep.
struct Heritage {
    program: &'static str,
    text: &'static str,
}

static HERITAGE: &[Heritage] = &[
    Heritage {
        program: "gonetmon",
        text: "These two have the names and labels that gonetmon gave them, so that its queries and dashboards go on working.\n\
               `device` is the name of the host, or `unknown-` and its address. For anything new, use the families above.",
    },
    Heritage {
        program: "hitron-exporter",
        text: "These are names that programs of this name gave, so that their queries and dashboards go on working, and that are\n\
               unlike others.",
    },
];

/// METRICS.md.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Metrics\n\n\
         Generated from the tables in the code: edit the doc comments there, then run\n\
         `UPDATE=1 cargo test --test it catalogue`. `lanlord metrics` prints the same list.\n\n\
         Every sample of a configured source carries one label more, `source`: the name that the source has in the\n\
         configuration. A label without a value is left out. Counters only grow while lanlord runs, and begin at zero when\n\
         it starts, unless the description says otherwise; `rate()` and `increase()` take care of that. A visit that failed\n\
         shows no data: a gap is a gap, and never an old number or a zero. README.md has queries to begin with.\n",
    );
    let (kept, ours): (Vec<&Meta>, Vec<&Meta>) = all().into_iter().partition(|meta| why_kept(meta).is_some());
    for Chapter { title, prefix, text } in CHAPTERS {
        let first = |name: &str| CHAPTERS.iter().find(|chapter| name.starts_with(chapter.prefix));
        let families =
            ours.iter().filter(|meta| first(meta.name).is_some_and(|chapter| chapter.prefix == *prefix));
        chapter(&mut out, title, text, families.copied());
    }
    for Heritage { program, text } in HERITAGE {
        let of = |meta: &&Meta| {
            why_kept(meta).is_some_and(|why| why.starts_with(&format!("kept from {program};")))
        };
        chapter(&mut out, &format!("Kept from {program}"), text, kept.iter().copied().filter(of));
    }
    out
}

fn chapter(out: &mut String, title: &str, text: &str, families: impl Iterator<Item = &'static Meta>) {
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "\n## {title}\n\n{text}\n\n| name | type | values | labels | what it says |\n|---|---|---|---|---|\n"
    );
    for meta in families {
        let Meta { name, help, kind, number, labels } = meta;
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        let kept = why_kept(meta).map(|why| format!(" ({why})")).unwrap_or_default();
        let _ = writeln!(
            out,
            "| `{name}` | {} | {} | {} | {help}{kept} |",
            word(*kind),
            values(*number),
            labels.join(", ")
        );
    }
}

fn why_kept(meta: &Meta) -> Option<&'static str> {
    KEPT.iter().find(|(kept, _)| kept.name == meta.name).map(|(_, why)| *why)
}

/// The same list for a terminal.
pub fn text() -> String {
    let mut out = String::new();
    for Meta { name, help, kind, labels, .. } in all() {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(out, "{name}{labels} ({})\n    {help}", word(*kind));
    }
    out
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "counter",
        Kind::Gauge => "gauge",
        Kind::Info => "info",
    }
}

fn values(number: Number) -> &'static str {
    match number {
        Number::Integer => "integers",
        Number::Float => "floats",
    }
}
