//! What a Hitron modem says, in our words: a table for each topic. Pure.
//!
//! Names that hitron-exporter had are kept, with their labels in the alphabetical order in which it wrote them; this
//! program's users have them in their dashboards.

use crate::metric::{Families, Meta, Sighting};
use crate::sources::Measure;
use crate::sources::hitron::snapshot::Snapshot;

pub mod cable;
pub mod channels;
pub mod events;
pub mod gre;
pub mod lan;
mod line;
pub mod ofdm;
pub mod system;
pub mod visit;

/// Every family of these sources.
pub fn catalogue() -> impl Iterator<Item = &'static Meta> {
    [
        system::CATALOGUE,
        cable::CATALOGUE,
        channels::CATALOGUE,
        ofdm::CATALOGUE,
        lan::CATALOGUE,
        events::CATALOGUE,
        gre::CATALOGUE,
        visit::CATALOGUE,
    ]
    .into_iter()
    .flatten()
    .copied()
}

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        visit::measure(self, out);
        system::measure(self, out);
        cable::measure(&self.pages, out);
        channels::measure(&self.pages, out);
        ofdm::measure(&self.pages, out);
        lan::measure(&self.pages, out);
        gre::measure(&self.pages, out);
        if let Some(log) = &self.pages.events {
            events::measure(log, self.clock_offset_seconds, out);
        }
        if let Some(line) = line::line(self) {
            line.measure(out);
        }
        out.fold(self.pages.folded());
    }

    fn sightings(&self, out: &mut Vec<Sighting>) {
        if let Some(hosts) = &self.pages.hosts {
            out.extend(lan::sightings(&hosts.rows));
        }
    }
}

/// A number as a label; an empty one where there is none, which is as good as no label.
fn label(number: Option<u64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}
