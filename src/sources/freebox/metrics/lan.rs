//! Who is on the network, as the box knows them: in our words.

use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::parts::lan::Snapshot;

crate::metrics! {}

impl Measure for Snapshot {
    fn measure(&self, _out: &mut Families) {}

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}
