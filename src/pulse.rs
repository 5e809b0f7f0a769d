//! Whether our own loops go round: each beats once a round, and whoever watches asks who has been silent for too long.
//!
//! A loop beats whatever came of its work. A device that does not answer is a failed visit and no reason to start lanlord again;
//! a loop that does not come round any more is.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::clock::Stopwatch;

/// All loops that are watched. Clones are the same.
#[derive(Clone)]
pub struct Pulse {
    since: Stopwatch,
    loops: Arc<Mutex<Vec<Weak<Loop>>>>,
}

/// A loop's own end: it beats. Dropping it is the end of the loop, which nobody misses.
#[derive(Debug)]
pub struct Beat {
    since: Stopwatch,
    watched: Arc<Loop>,
}

#[derive(Debug)]
struct Loop {
    name: String,
    patience: Duration,
    /// When it last beat, in milliseconds since the start of the stopwatch.
    last: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { since: Stopwatch::start(), loops: Arc::default() }
    }
}

impl Pulse {
    /// Watches one more loop, which begins with a beat. `patience` is the longest that a round may take, waiting for work
    /// included.
    pub fn register(&self, name: impl Into<String>, patience: Duration) -> Beat {
        let last = AtomicU64::new(milliseconds(self.since.elapsed()));
        let watched = Arc::new(Loop { name: name.into(), patience, last });
        let mut loops = self.loops();
        loops.retain(|watched| watched.strong_count() > 0);
        loops.push(Arc::downgrade(&watched));
        Beat { since: self.since, watched }
    }

    /// The names of those that have been silent for longer than they may, in the order in which they began.
    pub fn stalled(&self) -> Vec<String> {
        self.stalled_at(self.since.elapsed())
    }

    fn stalled_at(&self, now: Duration) -> Vec<String> {
        let watched: Vec<_> = self.loops().iter().filter_map(Weak::upgrade).collect();
        let silent = watched.iter().filter(|watched| {
            let last = Duration::from_millis(watched.last.load(Ordering::Relaxed));
            now.saturating_sub(last) > watched.patience
        });
        silent.map(|watched| watched.name.clone()).collect()
    }

    fn loops(&self) -> MutexGuard<'_, Vec<Weak<Loop>>> {
        // Nobody who holds it can panic halfway through a change.
        self.loops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pulse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.loops().iter().filter_map(Weak::upgrade)).finish()
    }
}

impl Beat {
    /// The loop has come round. Costs a look at the clock and a store.
    pub fn beat(&self) {
        self.watched.last.store(milliseconds(self.since.elapsed()), Ordering::Relaxed);
    }
}

fn milliseconds(time: Duration) -> u64 {
    // Half a thousand million years.
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Later than any time at which a test can have beaten.
    const LATER: Duration = Duration::from_secs(3_600);

    #[test]
    fn who_is_silent_for_longer_than_it_may_is_named() {
        let pulse = Pulse::default();
        let _patient = pulse.register("patient", LATER * 2);
        let _quick = pulse.register("quick", Duration::from_secs(60));
        let _capture = pulse.register("capture", Duration::from_secs(1));
        assert_eq!(pulse.stalled(), Vec::<String>::new(), "beginning is a beat");
        assert_eq!(pulse.stalled_at(LATER), ["quick", "capture"]);
    }

    #[test]
    fn a_beat_ends_the_silence() {
        let pulse = Pulse::default();
        let watched = pulse.register("events", Duration::from_millis(100));
        let silent =
            || pulse.stalled_at(Duration::from_millis(150 + watched.watched.last.load(Ordering::Relaxed)));
        assert_eq!(silent(), ["events"]);
        let long_ago = watched.watched.last.swap(0, Ordering::Relaxed);
        watched.beat();
        assert!(watched.watched.last.load(Ordering::Relaxed) >= long_ago);
        assert_eq!(pulse.stalled(), Vec::<String>::new());
    }

    #[test]
    fn a_loop_that_has_ended_is_not_missed_and_not_kept() {
        let pulse = Pulse::default();
        drop(pulse.clone().register("one", Duration::ZERO));
        assert_eq!(pulse.stalled_at(LATER), Vec::<String>::new());
        let _two = pulse.register("two", Duration::ZERO);
        assert_eq!(pulse.loops().len(), 1);
        assert_eq!(pulse.stalled_at(LATER), ["two"]);
    }
}
