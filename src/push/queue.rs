//! What waits to be sent: bounded, in order; the oldest gives way, and is counted. Pure.

use std::collections::VecDeque;

use super::Limits;
use super::parcel::Parcel;

/// What waits, the oldest first.
#[derive(Debug)]
pub struct Queue {
    limits: Limits,
    waiting: VecDeque<Parcel>,
    bytes: usize,
}

impl Queue {
    /// Empty.
    pub fn new(limits: Limits) -> Self {
        Self { limits, waiting: VecDeque::new(), bytes: 0 }
    }
}
