//! `dsinfo`: channels towards the house. Errors are counted by CODA modems alone.

use super::super::quantity::{self, Read, Unreadable};
use super::body::FromRow;
use super::field::{Complaints, Row};

/// A channel towards the house.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Channel {
    /// The number of its receiver.
    pub port: Option<u64>,
    /// The number that the network gave it.
    pub channel: Option<u64>,
    /// Hz.
    pub frequency: Option<u64>,
    /// `256QAM`.
    pub modulation: Option<String>,
    /// dBmV.
    pub power: Option<f64>,
    /// dB.
    pub snr: Option<f64>,
    /// Bytes received.
    pub bytes: Option<u64>,
    /// Codewords with errors that could be corrected.
    pub corrected: Option<u64>,
    /// Codewords with errors that could not.
    pub uncorrectable: Option<u64>,
}

impl FromRow for Channel {
    /// A receiver that is tuned to nothing is no channel.
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        let frequency = row.whole("frequency", complaints);
        if frequency == Some(0) {
            return None;
        }
        Some(Self {
            port: row.whole("portId", complaints),
            channel: row.whole("channelId", complaints),
            frequency,
            modulation: row.read("modulation", complaints, modulation),
            power: row.number("signalStrength", complaints),
            snr: row.number("snr", complaints),
            bytes: row.count("dsoctets", complaints),
            corrected: row.count("correcteds", complaints),
            uncorrectable: row.count("uncorrect", complaints),
        })
    }
}

/// In the order of their codes, as two public clients have them.
const MODULATIONS: [&str; 7] = ["16QAM", "64QAM", "256QAM", "1024QAM", "32QAM", "128QAM", "QPSK"];

/// The code of a modulation, or its name.
fn modulation(text: &str) -> Read<String> {
    let known = |code: u64| MODULATIONS.get(usize::try_from(code).ok()?).map(|name| (*name).to_owned());
    match quantity::whole(text) {
        Ok(code) => Ok(code.map(|code| known(code).unwrap_or_else(|| format!("unknown({code})")))),
        Err(_) => {
            let name = quantity::word(&format!("m{text}")).ok().flatten();
            name.map(|_| Some(text.to_ascii_uppercase())).ok_or(Unreadable("not a modulation"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modulation_is_named_and_a_code_that_nobody_knows_is_shown() {
        for (text, name) in
            [("0", "16QAM"), ("2", "256QAM"), ("6", "QPSK"), ("9", "unknown(9)"), ("256qam", "256QAM")]
        {
            assert_eq!(modulation(text), Ok(Some(name.to_owned())), "{text}");
        }
        assert_eq!(modulation("NA"), Ok(None));
        assert_eq!(modulation("\u{7}"), Err(Unreadable("not a modulation")));
    }
}
