//! `getTuneFreq`: where the modem found the cable network.

use super::super::quantity;
use super::body::FromRow;
use super::field::{Complaints, Row};

/// Where it is tuned to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tune {
    /// Hz; the modem writes MHz.
    pub frequency: Option<f64>,
}

impl FromRow for Tune {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        Some(Self { frequency: row.read("tunefreq", complaints, quantity::megahertz) })
    }
}
