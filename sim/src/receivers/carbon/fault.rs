//! How a receiver of Graphite's plaintext protocol can fail, and the words for it.
//!
//! Deliberately without chance: who sets a fault knows what happens.

use std::str::FromStr;

/// What goes wrong with every connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody listens.
    Down,
    /// It reads so many bytes a second.
    Slow {
        /// Bytes a second.
        bytes: u32,
    },
    /// It accepts and never reads.
    HalfOpen,
    /// It closes after so many lines, and reads no further.
    CloseAfter {
        /// Lines that it takes.
        lines: usize,
    },
    /// It closes as soon as it has accepted.
    CloseAtOnce,
    /// It resets as soon as it has accepted.
    Reset,
    /// It takes everything, and never closes.
    NeverCloses,
    /// It says something first, which carbon never does, and then takes everything.
    Talks,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no fault; there are `down`, `slow:BYTES`, `half-open`, `close-after:LINES`, \
                 `close-at-once`, `reset`, `never-closes`, `talks`"
            )
        };
        let (name, number) = text.split_once(':').unwrap_or((text, ""));
        Ok(match (name, number) {
            ("down", "") => Self::Down,
            ("half-open", "") => Self::HalfOpen,
            ("close-at-once", "") => Self::CloseAtOnce,
            ("reset", "") => Self::Reset,
            ("never-closes", "") => Self::NeverCloses,
            ("talks", "") => Self::Talks,
            ("slow", bytes) => Self::Slow { bytes: bytes.parse().map_err(|_| wrong())? },
            ("close-after", lines) => Self::CloseAfter { lines: lines.parse().map_err(|_| wrong())? },
            _ => return Err(wrong()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_words() {
        assert_eq!("slow:500".parse(), Ok(Fault::Slow { bytes: 500 }));
        assert_eq!("close-after:3".parse(), Ok(Fault::CloseAfter { lines: 3 }));
        assert_eq!("half-open".parse(), Ok(Fault::HalfOpen));
        for text in ["", "slow", "slow:x", "down:3", "broken"] {
            let error = text.parse::<Fault>().unwrap_err();
            assert!(error.starts_with(&format!("`{text}` is no fault")), "{error}");
        }
    }
}
