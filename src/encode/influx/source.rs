//! A line for each tag set of a batch, with a field for each family that has a sample with these tags.
//!
//! It does not look beyond a batch: parts of a source are visited at different times.

use std::collections::HashMap;
use std::ops::Range;

use super::super::Lines;
use super::super::line::{self, Opening};
use super::{add_tags, escape, fits, write_field};
use crate::metric::{Batch, Meta, Value};

/// The measurement of what lanlord says of itself.
const OWN: &str = "lanlord";

/// A sample, and which one is next in its line.
struct Entry<'a> {
    tags: Range<usize>,
    meta: &'a Meta,
    value: Value,
    next: Option<usize>,
}

/// A line to be: its first and its last entry.
struct Row {
    first: usize,
    last: usize,
}

/// Writes one batch.
pub fn write(batch: &Batch, wanted: &dyn Fn(&Meta) -> bool, ending: &str, lines: &mut Lines) {
    let (tags, mut entries) = collect(batch, wanted);
    let rows = join(&tags, &mut entries);
    let mut measurement = Vec::new();
    escape::measurement(batch.source.as_ref().map_or(OWN, |source| &source.0), &mut measurement);
    let out = &mut lines.text;
    for row in rows {
        out.extend_from_slice(&measurement);
        out.extend_from_slice(&tags[entries[row.first].tags.clone()]);
        let mut separator = b' ';
        let mut next = Some(row.first);
        while let Some(entry) = next.map(|index| &entries[index]) {
            out.push(separator);
            out.extend_from_slice(entry.meta.name.as_bytes());
            out.push(b'=');
            write_field(entry.meta.number, entry.value, out);
            lines.samples += 1;
            separator = b',';
            next = entry.next;
        }
        out.extend_from_slice(ending.as_bytes());
    }
}

/// Every sample with its tags as they will be written; these lie end to end.
fn collect<'a>(batch: &'a Batch, wanted: &dyn Fn(&Meta) -> bool) -> (Vec<u8>, Vec<Entry<'a>>) {
    let (mut tags, mut entries, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for part in line::parts(batch, wanted) {
        let meta = part.family.meta();
        let mut opening = Opening::default();
        add_tags(&part, &mut opening);
        tags.reserve(part.family.len() * opening.estimate());
        entries.reserve(part.family.len());
        let plain = !escape::is_needed(part.family.label_text());
        for sample in part.family.samples().filter(|sample| fits(meta.number, sample.value)) {
            let start = tags.len();
            if plain {
                let write = |value: &str, out: &mut Vec<u8>| out.extend_from_slice(value.as_bytes());
                opening.write(&sample, &mut values, write, &mut tags);
            } else {
                opening.write(&sample, &mut values, escape::tag, &mut tags);
            }
            entries.push(Entry { tags: start..tags.len(), meta, value: sample.value, next: None });
        }
    }
    (tags, entries)
}

/// Joins the entries that have the same tags, in the order in which tags come first.
fn join(tags: &[u8], entries: &mut [Entry<'_>]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut known: HashMap<&[u8], usize> = HashMap::new();
    let mut guess = 0;
    for index in 0..entries.len() {
        let own = &tags[entries[index].tags.clone()];
        // Families with the same labels mostly have them in the same order, so look at the row after the latest first.
        let guessed = rows.get(guess).filter(|row| &tags[entries[row.first].tags.clone()] == own);
        let found = if guessed.is_some() { Some(guess) } else { known.get(own).copied() };
        let row = found.unwrap_or_else(|| {
            rows.push(Row { first: index, last: index });
            known.insert(own, rows.len() - 1);
            rows.len() - 1
        });
        if found.is_some() {
            let last = rows[row].last;
            if std::ptr::eq(entries[last].meta, entries[index].meta) {
                // Two values of a label that the protocol tells alike; of one series and time the last counts.
                entries[last].value = entries[index].value;
            } else {
                entries[last].next = Some(index);
                rows[row].last = index;
            }
        }
        guess = row + 1;
    }
    rows
}
