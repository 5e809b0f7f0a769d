//! Batches as bytes, in the formats people already use. Pure: no socket, clock or log, and of ours only `metric`.

pub mod escape;
pub mod exposition;
pub mod number;
