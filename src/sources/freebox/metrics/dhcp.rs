//! Who has which address, and how many are left: in our words.

use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::parts::dhcp::Snapshot;

crate::metrics! {}

impl Measure for Snapshot {
    fn measure(&self, _out: &mut Families) {}

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}
