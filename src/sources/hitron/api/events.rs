//! `status_log`: what the modem noted of its line (CableLabs OSSI, "Event notification"). Of its texts nothing is kept:
//! there would be no end of them.

use super::super::quantity::{self, Clock, Read};
use super::body::each;
use super::field::{Complaints, Row};

/// Events that are looked at.
const EVENTS: usize = 4096;

/// How serious an event is, the worst first (RFC 4639, docsDevEvLevel, which numbers them from 1).
pub const PRIORITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "information", "debug"];

/// What the label says of a priority that nobody knows.
pub const OTHER: &str = "other";

/// Events of one priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many the log has.
    pub entries: u64,
    /// When the latest was; none where none of them has a time that means something.
    pub newest: Option<Clock>,
}

/// Events by priority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Events {
    /// In the order of [`PRIORITIES`].
    pub known: [Tally; PRIORITIES.len()],
    /// Those of no priority that is known.
    pub other: Tally,
    /// Events that were not looked at.
    pub folded: u64,
}

impl Events {
    /// Reads a log.
    ///
    /// # Errors
    /// A sentence, if it is none.
    pub fn read(body: &[u8], complaints: &mut Complaints) -> Result<Self, String> {
        let mut events = Events::default();
        events.folded = each(body, EVENTS, complaints, |row, complaints| events.add(row, complaints))?;
        Ok(events)
    }

    /// Each, in our words.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &Tally)> {
        PRIORITIES.into_iter().zip(&self.known).chain([(OTHER, &self.other)])
    }

    fn add(&mut self, row: &Row, complaints: &mut Complaints) {
        let priority = row.read("priority", complaints, priority).flatten();
        let tally = priority.and_then(|index| self.known.get_mut(index)).unwrap_or(&mut self.other);
        tally.entries += 1;
        // A modem that does not know the time yet counts from 1970.
        let time = row.read("time", complaints, quantity::event_time).filter(|time| time.seconds(0) >= YEAR);
        if time.map(|time| time.seconds(0)) > tally.newest.map(|time| time.seconds(0)) {
            tally.newest = time;
        }
    }
}

/// Seconds of 1970.
const YEAR: i64 = 365 * 86_400;

/// Which of [`PRIORITIES`], by name or number; `Some(None)` is none of them.
fn priority(text: &str) -> Read<Option<usize>> {
    if let Ok(number) = quantity::whole(text) {
        let index =
            number.map(|number| usize::try_from(number).ok().and_then(|number| number.checked_sub(1)));
        return Ok(index.map(|index| index.filter(|index| *index < PRIORITIES.len())));
    }
    let word = quantity::word(text)?;
    Ok(word.map(|word| {
        let name = match word.as_str() {
            "info" | "informational" => "information",
            "err" => "error",
            "warn" => "warning",
            "crit" => "critical",
            word => word,
        };
        PRIORITIES.iter().position(|priority| *priority == name)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_by_words_and_by_numbers() {
        let mut complaints = Complaints::of("status_log");
        let events = Events::read(
            br#"[{"priority":"critical","time":"11/17/20 02:12:33"},{"priority":"3","time":"11/17/2020 02:12:34"},
                {"priority":"Notice","time":"01/01/70 00:00:12"},{"priority":9},{"priority":"strange"},{"time":"soon"}]"#,
            &mut complaints,
        )
        .unwrap();
        let seen: Vec<_> = events
            .named()
            .filter(|(_, tally)| tally.entries > 0)
            .map(|(name, tally)| (name, tally.entries, tally.newest.map(|newest| newest.seconds(0))))
            .collect();
        assert_eq!(seen, [("critical", 2, Some(1_605_579_154)), ("notice", 1, None), ("other", 3, None)]);
        assert_eq!(complaints.into_said(), ["`status_log`: `time` is `soon`: not a time"]);
    }
}
