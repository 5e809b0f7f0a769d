//! `getLinkStatus`: the Ethernet ports of a CODA, in their order; they have no other number.

use super::super::quantity;
use super::body::FromRow;
use super::field::{Complaints, Row};

/// A port.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Port {
    /// Whether something is at its other end.
    pub up: Option<bool>,
    /// Bits per second.
    pub speed: Option<f64>,
}

impl FromRow for Port {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        Some(Self {
            up: row.either("LinkStatus", ["up", "down"], complaints),
            speed: row.read("LinkSpeed", complaints, quantity::speed),
        })
    }
}
