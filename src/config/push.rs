//! `[[push]]`: to whom what is known is brought, how often, which of it, and how much may wait.
//!
//! It reads no secret and connects to nobody: that is done when something is sent. What a kind needs besides is in the
//! file that is named after it.

use std::fmt;
use std::time::Duration;

use super::block::{Blocks, Kind};
use super::problem::Invalid;
use super::table::{Table, unwanted};
use crate::push::{self, Limits, Receiver, Selection};
use crate::text;

mod families;
mod graphite;
mod influxdb;

/// Every kind of push.
pub(super) static PUSHES: Blocks<Read> = Blocks {
    key: "push",
    several: "pushes",
    place: "in this `[[push]]`",
    example: "graphite",
    // Each keeps what waits in memory.
    most: 16,
    intervals: Duration::from_secs(1)..=Duration::from_secs(3_600),
    kinds: &[
        &Kind {
            name: push::graphite::KIND,
            interval: EVERY,
            deadline: EVERY,
            read: |table, header| read(table, header, graphite::read),
        },
        &Kind {
            name: push::influxdb::KIND,
            interval: EVERY,
            deadline: EVERY,
            read: |table, header| read(table, header, influxdb::read),
        },
    ],
};

/// How often, and how long one attempt may take: fine enough for a graph of an hour, and nothing to a receiver.
const EVERY: Duration = Duration::from_secs(10);

/// What a kind of push makes of its keys.
pub(super) struct Read {
    pub(super) limits: Limits,
    pub(super) selection: Selection,
    /// None where something is wrong that nothing stands in for.
    pub(super) receiver: Option<Receiver>,
}

fn read(table: &mut Table<'_>, header: usize, kind: fn(&mut Table<'_>, usize) -> Option<Receiver>) -> Read {
    let receiver = kind(table, header);
    let selection = families::read(table);
    // Two, so that a new one has room beside the one that is being sent.
    // An hour of one batch every ten seconds; of a house with a hundred hosts it takes less than the bytes allow.
    let batches = table.integer("queue_batches", 2..=100_000).unwrap_or(360);
    let bytes = table.bytes("queue_size", 64 << 10..=1 << 30).unwrap_or(8 << 20);
    Read { limits: Limits { batches, bytes }, selection, receiver }
}

/// Notes that there is no `endpoint`, if there is none.
fn require_endpoint(table: &mut Table<'_>, header: usize, example: &str) {
    if table.at("endpoint").is_none() {
        let message = format!("this push has no `endpoint`; add `endpoint = \"{example}\"`");
        table.review.problem(header, message);
    }
}

/// What somebody else has said of a value, without what moves a terminal's cursor, and cut where it gets long.
fn invalid(error: impl fmt::Display) -> Invalid {
    Invalid(text::cut(&text::plain(&error.to_string()), 500))
}

/// One of a few words.
fn choice<T: Copy>(table: &mut Table<'_>, key: &'static str, words: &[(&str, T)]) -> Option<T> {
    let written = table.value(key)?;
    let word = written.get_ref().as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
    if word.is_none() {
        let known: Vec<_> = words.iter().map(|(word, _)| format!("`\"{word}\"`")).collect();
        unwanted(table.review, key, written, known.join(" or "));
    }
    word.map(|(_, value)| *value)
}
