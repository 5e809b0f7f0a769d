//! What the formats with a line for each sample have in common: which families of a batch are written, and in what
//! order, and a line as pieces that are put together once for all samples of a family.
//!
//! It knows no format: what stands between the values, and how these are escaped, is said by whoever writes one.

use crate::metric::{Batch, Family, Meta, Sample, Timestamp};

/// The label that says which source a sample is of.
pub const SOURCE: &str = "source";

/// A family as one batch has it.
pub struct Part<'a> {
    /// What the encoder says of the source; none where lanlord speaks of itself, and where the family has a label
    /// `source` of its own, which it keeps.
    pub source: Option<&'a str>,
    /// The family.
    pub family: &'a Family,
}

/// The wanted families of a batch, in its order, without those that have no sample.
pub fn parts<'a>(batch: &'a Batch, wanted: &dyn Fn(&Meta) -> bool) -> impl Iterator<Item = Part<'a>> {
    let source = batch.source.as_ref().map(|source| &*source.0);
    let families = batch.families.iter().filter(|family| !family.is_empty() && wanted(family.meta()));
    families.map(move |family| {
        let source = source.filter(|_| !family.meta().labels.contains(&SOURCE));
        Part { source, family }
    })
}

/// When what is in a batch was so: the time of the visit, or `at` where there was none.
pub fn time(batch: &Batch, at: Timestamp) -> Timestamp {
    batch.visit.as_ref().map_or(at, |visit| visit.taken_at)
}

/// The labels of a family sorted by name, each with its place among the values of a sample.
pub fn sorted(meta: &Meta) -> Vec<(&'static str, usize)> {
    let mut labels: Vec<_> = meta.labels.iter().enumerate().map(|(place, &label)| (label, place)).collect();
    labels.sort_unstable();
    labels
}

/// What the lines of a family begin with.
#[derive(Default)]
pub struct Opening(Vec<Piece>);

enum Piece {
    /// The same in every line.
    Text(Vec<u8>),
    /// The value of a label.
    Value {
        /// Which of the sample's.
        place: usize,
        /// What stands before it.
        before: Vec<u8>,
        /// What stands in place of both if it is empty.
        without: &'static [u8],
    },
}

impl Opening {
    /// Adds what is the same in every line.
    pub fn text(&mut self, pieces: &[&[u8]]) {
        let added = pieces.concat();
        match self.0.last_mut() {
            Some(Piece::Text(text)) => text.extend_from_slice(&added),
            _ => self.0.push(Piece::Text(added)),
        }
    }

    /// Adds the value of the label at a place, after `before`, or `without` if it is empty.
    pub fn value(&mut self, place: usize, before: &[&[u8]], without: &'static [u8]) {
        self.0.push(Piece::Value { place, before: before.concat(), without });
    }

    /// Writes it for one sample. This is the hot loop of every format.
    #[inline]
    pub fn write<'a>(
        &self,
        sample: &Sample<'a>,
        values: &mut Vec<&'a str>,
        escape: impl Fn(&str, &mut Vec<u8>),
        out: &mut Vec<u8>,
    ) {
        values.clear();
        values.extend(sample.labels());
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Value { place, without, .. } if values[*place].is_empty() => {
                    out.extend_from_slice(without)
                }
                Piece::Value { place, before, .. } => {
                    out.extend_from_slice(before);
                    escape(values[*place], out);
                }
            }
        }
    }

    /// About how many bytes it takes; a wrong guess costs time, nothing else.
    pub fn estimate(&self) -> usize {
        let lengths = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Value { before, .. } => before.len() + 20,
        });
        lengths.sum()
    }
}
