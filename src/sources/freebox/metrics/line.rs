//! The line in our words.

use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::parts::line::Snapshot;
use crate::sources::line;

crate::metrics! {
    /// Whether the connection is up.
    STATE = Gauge "freebox_connection_up" {};
}

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        out.put(&STATE, [], true);
        out.put(&line::UP, [], true);
    }

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}
