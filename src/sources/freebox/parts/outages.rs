//! How often the line went down, from the box's log of it. Pure.
//!
//! The log is a window that the box moves, empties and numbers as it likes, so an entry is recognised by all that it
//! says, and what has been seen is remembered longer than any log that was seen. What was in it at the first look
//! happened before lanlord started, and is not counted.

use std::collections::VecDeque;

use crate::sources::freebox::api::logs::Entry;

/// So many of the latest entries of a log are looked at.
const LOOKED_AT: usize = 512;

/// So many entries are remembered: a log that was empty once and is full again brings nothing new.
const REMEMBERED: usize = 2048;

/// Entries from further ahead than this are of a clock that is wrong, in seconds.
const AHEAD: i64 = 86_400;

/// The log so far.
#[derive(Clone, Debug, Default)]
pub struct Log {
    seen: VecDeque<Seen>,
    outages: Option<Outages>,
}

/// What went down, how often and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outages {
    /// The line itself.
    pub link: Outage,
    /// The connection over it.
    pub conn: Outage,
}

/// How often something went down, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// Since lanlord started.
    pub count: u64,
    /// The last time, in seconds since 1970, also before lanlord started.
    pub last: Option<u64>,
}

impl Outages {
    /// Each, as the log calls it.
    pub fn named(&self) -> [(&'static str, Outage); 2] {
        [("link", self.link), ("conn", self.conn)]
    }
}

/// What makes an entry itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    date: i64,
    id: Option<i64>,
    kind: Kind,
    down: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Link,
    Conn,
}

impl Log {
    /// Reads the log as it is at `now`, in seconds since 1970; with all that is known then.
    pub fn read(&mut self, entries: &[Entry], now: i64) -> Outages {
        let mut entries: Vec<Seen> = entries.iter().filter_map(|entry| seen(entry, now)).collect();
        // The box does not say in which order they are.
        entries.sort_by_key(|entry| (entry.date, entry.id));
        let is_first = self.outages.is_none();
        let mut outages = self.outages.unwrap_or_default();
        for entry in &entries[entries.len().saturating_sub(LOOKED_AT)..] {
            if self.seen.contains(entry) {
                continue;
            }
            if self.seen.len() == REMEMBERED {
                self.seen.pop_front();
            }
            self.seen.push_back(*entry);
            if !entry.down {
                continue;
            }
            let outage = match entry.kind {
                Kind::Link => &mut outages.link,
                Kind::Conn => &mut outages.conn,
            };
            outage.count += u64::from(!is_first);
            outage.last = outage.last.max(u64::try_from(entry.date).ok());
        }
        self.outages = Some(outages);
        outages
    }
}

fn seen(entry: &Entry, now: i64) -> Option<Seen> {
    let kind = match entry.kind.as_deref()? {
        "link" => Kind::Link,
        "conn" => Kind::Conn,
        _ => return None,
    };
    let down = match entry.state.as_deref()? {
        "down" => true,
        "up" => false,
        _ => return None,
    };
    let date = entry.date.0.filter(|&date| date > 0 && date <= now.saturating_add(AHEAD))?;
    Some(Seen { date, id: entry.id.0, kind, down })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_760_000_000;

    fn entry(id: i64, kind: &str, state: &str, date: i64) -> Entry {
        let text = format!(r#"{{"id":{id},"type":"{kind}","state":"{state}","date":{date}}}"#);
        serde_json::from_str(&text).unwrap()
    }

    fn down(id: i64, date: i64) -> Entry {
        entry(id, "link", "down", date)
    }

    fn outage(count: u64, last: i64) -> Outage {
        Outage { count, last: u64::try_from(last).ok().filter(|&last| last > 0) }
    }

    #[test]
    fn what_happened_before_is_not_counted_but_its_time_is_known() {
        let mut log = Log::default();
        let before = [down(12, 1_759_990_000), entry(13, "conn", "up", 1_759_990_060)];
        let outages = log.read(&before, NOW);
        assert_eq!(outages, Outages { link: outage(0, 1_759_990_000), conn: outage(0, 0) });
    }

    #[test]
    fn each_entry_is_counted_once_in_whatever_order_it_comes() {
        let mut log = Log::default();
        assert_eq!(log.read(&[], NOW), Outages::default());
        let first = [down(2, 200), entry(1, "conn", "down", 199), entry(3, "link", "up", 210)];
        for _ in 0..3 {
            assert_eq!(log.read(&first, NOW), Outages { link: outage(1, 200), conn: outage(1, 199) });
        }
        let later = [down(4, 400), down(2, 200)];
        assert_eq!(log.read(&later, NOW).link, outage(2, 400));
        assert_eq!(log.read(&first, NOW).link, outage(2, 400), "an old answer brings nothing new");
    }

    #[test]
    fn a_log_that_was_cleared_and_is_numbered_from_the_start_counts_on() {
        let mut log = Log::default();
        log.read(&[down(1, 100), down(2, 200)], NOW);
        assert_eq!(log.read(&[], NOW).link, outage(0, 200));
        assert_eq!(log.read(&[down(1, 300)], NOW).link, outage(1, 300));
        assert_eq!(log.read(&[down(1, 300), down(2, 310)], NOW).link, outage(2, 310));
        assert_eq!(log.read(&[down(1, 100), down(2, 200)], NOW).link, outage(2, 310), "the old log again");
    }

    #[test]
    fn what_makes_no_sense_is_not_counted() {
        let mut log = Log::default();
        log.read(&[], NOW);
        let odd = [
            entry(1, "tunnel", "down", 100),
            entry(2, "link", "sideways", 100),
            down(3, 0),
            down(4, NOW + 10 * AHEAD),
            Entry::default(),
        ];
        assert_eq!(log.read(&odd, NOW), Outages::default());
    }

    #[test]
    fn memory_is_bounded_whatever_the_log_says() {
        let mut log = Log::default();
        for round in 0..20 {
            let entries: Vec<Entry> = (0..1000).map(|at| down(at, 1 + round * 1000 + at)).collect();
            log.read(&entries, NOW);
            assert!(log.seen.len() <= REMEMBERED);
        }
        assert_eq!(log.read(&[], NOW).link.last, Some(20_000));
    }
}
