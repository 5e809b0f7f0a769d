//! Batches as bytes, in the formats people already use. Pure: no socket, clock or log, and of ours only `metric`.

pub mod escape;
pub mod exposition;
pub mod graphite;
pub mod influx;
mod line;
pub mod number;

/// Lines of text, one or more for each sample or fewer, each ending in a newline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// The text.
    pub text: Vec<u8>,
    /// How many samples are in it.
    pub samples: usize,
}
