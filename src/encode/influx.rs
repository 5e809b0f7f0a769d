//! InfluxDB's line protocol: a measurement, tags, fields, a time.

use std::sync::Arc;

use super::Lines;
use crate::metric::{Batch, Meta, Timestamp};

/// What is a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Each family, with one field, `value`.
    Family,
    /// Each source, with a field for each family.
    Source,
}

/// How exact times are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// Writes what is wanted of batches; `at` is the time of those that no visit has brought.
pub fn encode(
    _batches: &[Arc<Batch>],
    _wanted: &dyn Fn(&Meta) -> bool,
    _at: Timestamp,
    _layout: Layout,
    _precision: Precision,
) -> Lines {
    Lines::default()
}
