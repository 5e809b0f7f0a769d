//! `dsofdminfo` and `usofdminfo`: DOCSIS 3.1 channels of a CODA.
//!
//! A CODA-56 whose `dsofdminfo` was asked for some two hundred times shows zeros for what it counted there, while power
//! and SNR go on, and restarts after some two hundred more (a report of an owner). Such zeros are not taken for counts.

use super::super::quantity;
use super::body::FromRow;
use super::field::{Complaints, Row};

/// What a receiver of OFDM has locked on; none where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Locks {
    /// The channel's own description (PLC).
    pub plc: Option<bool>,
    /// The pointers to the codewords (NCP).
    pub ncp: Option<bool>,
    /// The data, in its first profile.
    pub mdc1: Option<bool>,
}

impl Locks {
    /// Each, in our words.
    pub fn named(self) -> [(&'static str, Option<bool>); 3] {
        [("plc", self.plc), ("ncp", self.ncp), ("mdc1", self.mdc1)]
    }

    /// Whether all of them are there, so that data arrives.
    pub fn are_complete(self) -> bool {
        self.named().iter().all(|(_, lock)| *lock == Some(true))
    }
}

/// What a receiver of OFDM counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes received.
    pub bytes: Option<u64>,
    /// Codewords with errors that could be corrected.
    pub corrected: Option<u64>,
    /// Codewords with errors that could not.
    pub uncorrectable: Option<u64>,
}

/// A receiver of OFDM. Of one that has locked on nothing, nothing else is here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Receiver {
    /// Its number.
    pub receiver: Option<u64>,
    /// What it has locked on.
    pub locks: Locks,
    /// dBmV, of the PLC.
    pub plc_power: Option<f64>,
    /// dB.
    pub snr: Option<f64>,
    /// Hz: where its first subcarrier would be.
    pub subcarrier0: Option<f64>,
    /// What it counted.
    pub counts: Counts,
}

impl FromRow for Receiver {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        let lock = |field, complaints: &mut _| row.either(field, ["yes", "no"], complaints);
        let receiver = row.whole("receive", complaints);
        let locks = Locks {
            plc: lock("plclock", complaints),
            ncp: lock("ncplock", complaints),
            mdc1: lock("mdc1lock", complaints),
        };
        if locks.plc == Some(false) {
            return Some(Self { receiver, locks, ..Self::default() });
        }
        let counts = Counts {
            bytes: row.count("dsoctets", complaints),
            corrected: row.count("correcteds", complaints),
            uncorrectable: row.count("uncorrect", complaints),
        };
        Some(Self {
            receiver,
            locks,
            plc_power: row.number("plcpower", complaints),
            snr: row.number("SNR", complaints),
            subcarrier0: row.number("Subcarr0freqFreq", complaints),
            counts: counted(counts, locks, receiver, complaints),
        })
    }
}

/// What it counted, if it did.
fn counted(counts: Counts, locks: Locks, receiver: Option<u64>, complaints: &mut Complaints) -> Counts {
    let zeros = Counts { bytes: Some(0), corrected: Some(0), uncorrectable: Some(0) };
    if counts != zeros || !locks.are_complete() {
        return counts;
    }
    let which = receiver.map_or_else(|| "a receiver".to_owned(), |number| format!("receiver {number}"));
    complaints.add(format!(
        "{which} has locked and counted nothing: a firmware ceases to show its counts when it was asked often, until the \
         modem is restarted"
    ));
    Counts::default()
}

/// A transmitter of OFDMA. Of one that does not operate, nothing else is here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transmitter {
    /// Its number.
    pub channel: Option<u64>,
    /// Whether it operates.
    pub enabled: Option<bool>,
    /// dBmV, all of the channel.
    pub power: Option<f64>,
    /// dBmV in 1.6 MHz, which is how single channels are compared.
    pub power_1_6mhz: Option<f64>,
    /// Hz; the modem writes MHz.
    pub bandwidth: Option<f64>,
    /// Hz.
    pub frequency: Option<f64>,
    /// dB.
    pub attenuation: Option<f64>,
    /// dB.
    pub backoff: Option<f64>,
}

impl FromRow for Transmitter {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        let channel = row.whole("uschindex", complaints);
        let enabled = row.word("state", complaints).map(|state| state == "operate");
        let frequency = row.number("frequency", complaints);
        // One that does not say has no place if it is not in use.
        if !enabled.unwrap_or(frequency != Some(0.0)) {
            return Some(Self { channel, enabled, ..Self::default() });
        }
        Some(Self {
            channel,
            enabled,
            power: row.number("repPower", complaints),
            power_1_6mhz: row.number("repPower1_6", complaints),
            bandwidth: row.read("channelBw", complaints, quantity::megahertz),
            frequency,
            attenuation: row.number("digAtten", complaints),
            backoff: row.number("digAttenBo", complaints),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::table;
    use super::*;

    fn receiver(locks: [&str; 3], counts: [&str; 3]) -> (Receiver, Vec<String>) {
        let [plc, ncp, mdc1] = locks;
        let [bytes, corrected, uncorrectable] = counts;
        let body = format!(
            r#"[{{"receive":"1","plclock":"{plc}","ncplock":"{ncp}","mdc1lock":"{mdc1}","plcpower":"2.5","SNR":"38",
                "dsoctets":"{bytes}","correcteds":"{corrected}","uncorrect":"{uncorrectable}"}}]"#
        );
        let mut complaints = Complaints::of("dsofdminfo");
        let mut rows = table::<Receiver>(body.as_bytes(), 9, &mut complaints).unwrap().rows;
        (rows.remove(0), complaints.into_said())
    }

    #[test]
    fn zeros_of_a_receiver_that_has_locked_are_no_counts() {
        let (locked, said) = receiver(["YES"; 3], ["0"; 3]);
        assert_eq!((locked.counts, locked.snr), (Counts::default(), Some(38.0)));
        assert!(said[0].starts_with("`dsofdminfo`: receiver 1 has locked and counted nothing"), "{said:?}");
        assert_eq!(said.len(), 1);
        let (locked, said) = receiver(["YES"; 3], ["1", "0", "0"]);
        assert_eq!(locked.counts, Counts { bytes: Some(1), corrected: Some(0), uncorrectable: Some(0) });
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn a_receiver_that_has_locked_on_nothing_says_nothing_else() {
        let (unlocked, said) = receiver(["NO"; 3], ["0"; 3]);
        assert_eq!((unlocked.counts, unlocked.plc_power, unlocked.snr), (Counts::default(), None, None));
        assert_eq!(said, [""; 0]);
        let (half, said) = receiver(["YES", "NO", "NO"], ["12", "0", "0"]);
        assert_eq!((half.counts.bytes, half.plc_power, said.len()), (Some(12), Some(2.5), 0));
    }
}
