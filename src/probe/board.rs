//! What is remembered of probes: how many there were and what came of them, and of each target what the log was last told.
//!
//! Both are bounded, since whoever asks says how many targets there are.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::PROBES;
use super::reply::Last;
use crate::metric::{Families, Timestamp};
use crate::visit::Told;

/// Shared by all probes. Taken only long enough to write something down.
#[derive(Debug, Default)]
pub struct Board(Mutex<Books>);

#[derive(Debug, Default)]
struct Books {
    targets: HashMap<(String, String), Target>,
    /// Counts how often anybody was looked up: who has the lowest was not for longest.
    turn: u64,
    counts: BTreeMap<(String, &'static str), u64>,
}

#[derive(Debug, Default)]
struct Target {
    told: Told,
    last: Option<(&'static str, Timestamp)>,
    turn: u64,
}

/// More than anybody looks after.
const MOST_TARGETS: usize = 1_024;
/// Modules times outcomes: more than there are without many a reload.
const MOST_COUNTS: usize = 1_024;
/// What counts of modules are put together as for which there is no room.
const OTHER: &str = "other";
/// Those that the page shows.
const SHOWN: usize = 20;

impl Board {
    /// What the log was told of this target; whoever has it shares it.
    pub fn told(&self, target: &str, module: &str) -> Told {
        self.books().target(target, module).told.clone()
    }

    /// Counts a probe that is over. `target` is one that was visited.
    pub fn count(&self, target: Option<&str>, module: &str, outcome: &'static str, at: Timestamp) {
        let mut books = self.books();
        let key = (module.to_owned(), outcome);
        let has_room = books.counts.len() < MOST_COUNTS || books.counts.contains_key(&key);
        let key = if has_room { key } else { (OTHER.to_owned(), OTHER) };
        *books.counts.entry(key).or_default() += 1;
        if let Some(target) = target {
            books.target(target, module).last = Some((outcome, at));
        }
    }

    /// The last probes, the latest first.
    pub fn last(&self) -> Vec<Last> {
        let books = self.books();
        let last = |((target, module), about): (&(String, String), &Target)| {
            let (outcome, at) = about.last?;
            Some(Last { target: target.clone(), module: module.clone(), outcome, at })
        };
        let mut last: Vec<Last> = books.targets.iter().filter_map(last).collect();
        last.sort_by(|a, b| (b.at, &a.target, &a.module).cmp(&(a.at, &b.target, &b.module)));
        last.truncate(SHOWN);
        last
    }

    /// Writes the counts.
    pub fn measure(&self, out: &mut Families) {
        for ((module, outcome), count) in &self.books().counts {
            out.put(&PROBES, [module, outcome], *count);
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    /// This one, as it is remembered or new; then whoever was not asked about for longest makes room.
    fn target(&mut self, target: &str, module: &str) -> &mut Target {
        self.turn += 1;
        let key = (target.to_owned(), module.to_owned());
        if self.targets.len() >= MOST_TARGETS && !self.targets.contains_key(&key) {
            let oldest = self.targets.iter().min_by_key(|(_, target)| target.turn);
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                self.targets.remove(&key);
            }
        }
        let found = self.targets.entry(key).or_default();
        found.turn = self.turn;
        found
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp(Duration::from_secs(seconds))
    }

    #[test]
    fn the_latest_are_shown_first_and_only_so_many_remembered() {
        let board = Board::default();
        for number in 0..5_000 {
            board.count(Some(&format!("host{number}:443")), "m", "ok", at(number));
            board.count(Some("always:443"), "m", "busy", at(number));
        }
        assert_eq!(board.books().targets.len(), MOST_TARGETS);
        let last = board.last();
        assert_eq!(last.len(), SHOWN);
        assert_eq!((last[0].target.as_str(), last[0].outcome), ("always:443", "busy"));
        assert_eq!((last[1].target.as_str(), last[1].at), ("host4999:443", at(4_999)));
    }

    #[test]
    fn counts_are_of_modules_and_outcomes_and_never_too_many() {
        let board = Board::default();
        for number in 0..3_000 {
            board.count(None, &format!("module{number}"), "ok", at(0));
        }
        assert_eq!(board.books().counts.len(), MOST_COUNTS + 1);
        assert_eq!(board.books().counts.values().sum::<u64>(), 3_000);
        assert!(board.last().is_empty(), "nobody was visited");
    }
}
