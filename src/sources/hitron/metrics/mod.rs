//! What a Hitron modem says, in our words: a table for each topic. Pure.

use crate::metric::{Families, Meta, Sighting};
use crate::sources::Measure;
use crate::sources::hitron::snapshot::Snapshot;

/// Every family of these sources.
pub fn catalogue() -> impl Iterator<Item = &'static Meta> {
    std::iter::empty()
}

impl Measure for Snapshot {
    fn measure(&self, _out: &mut Families) {}

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}
