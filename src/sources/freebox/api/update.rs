//! `update/` and `standby/status`: what will take the box away for a while, from version 11 of the interface.

use serde::Deserialize;

use super::lenient::{Flag, Int, Maybe, Num, Text};

/// The firmware's update.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Update {
    /// `initializing`, `upgrading`, `up_to_date`, `error`; the documentation's own example has another.
    pub state: Text,
    /// While it is going on.
    pub upgrade_state: Maybe<Upgrade>,
}

/// An update that is going on.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Upgrade {
    /// `downloading`, `checking`, `writing` …
    pub state: Text,
    /// The firmware that runs.
    pub old_version: Text,
    /// The firmware to come.
    pub new_version: Text,
    /// How much of it has arrived, 0 to 100.
    pub percent: Num,
}

/// When the box rests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Standby {
    /// Whether it rests at planned times.
    pub use_planning: Flag,
    /// What it does then: `wifi_off`, `standby`, `suspend`.
    pub planning_mode: Text,
    /// When it next falls asleep or wakes up, since 1970: in milliseconds, going by the documentation's example, whose
    /// text does not say.
    pub next_change: Int,
}

/// A number of seconds since 1970 has ten digits until the year 2286.
const MORE_THAN_SECONDS: i64 = 1_000_000_000_000;

impl Standby {
    /// When it next falls asleep or wakes up, in seconds since 1970.
    pub fn next_change(&self) -> Option<f64> {
        let change = self.next_change.0.filter(|&change| change > 0)?;
        Some(if change > MORE_THAN_SECONDS { change as f64 / 1000.0 } else { change as f64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_change_is_in_seconds_however_it_was_written() {
        let next = |number: &str| {
            let text = format!(r#"{{"next_change":{number}}}"#);
            serde_json::from_str::<Standby>(&text).unwrap().next_change()
        };
        assert_eq!(next("1760003600000"), Some(1_760_003_600.0));
        assert_eq!(next("1760003600"), Some(1_760_003_600.0));
        assert_eq!(["0", "-1", "null", "\"\""].map(next), [None; 4]);
    }
}
