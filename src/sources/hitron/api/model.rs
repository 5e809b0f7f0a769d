//! `system_model`: what it is. Answered without a log-in too.

use super::body::FromRow;
use super::field::{Complaints, Row};

/// What it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// `CGNV4-FX4`.
    pub name: Option<String>,
}

impl FromRow for Model {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        Some(Self { name: row.text("modelName", complaints) })
    }
}
