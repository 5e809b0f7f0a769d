//! `usinfo`: channels away from the house.

use super::super::quantity;
use super::body::FromRow;
use super::field::{Complaints, Row};

/// A channel away from the house.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channel {
    /// The number of its transmitter.
    pub port: Option<u64>,
    /// The number that the network gave it.
    pub channel: Option<u64>,
    /// Hz.
    pub frequency: Option<u64>,
    /// Hz.
    pub bandwidth: Option<f64>,
    /// `ATDMA`.
    pub mode: Option<String>,
    /// `64QAM`; CODA modems alone.
    pub modulation: Option<String>,
    /// dBmV.
    pub power: Option<f64>,
}

impl FromRow for Channel {
    /// A transmitter that is not in use has the frequency 0, and is no channel.
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        let frequency = row.whole("frequency", complaints);
        if frequency == Some(0) {
            return None;
        }
        Some(Self {
            port: row.whole("portId", complaints),
            channel: row.whole("channelId", complaints),
            frequency,
            bandwidth: row.read("bandwidth", complaints, quantity::number),
            mode: row.text("scdmaMode", complaints),
            modulation: row.text("modtype", complaints),
            power: row.number("signalStrength", complaints),
        })
    }
}
