//! The first door: when to visit each part. Knows nothing of what a visit is about.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::backoff::Backoff;
use crate::clock::{self, Stopwatch};
use crate::metric::Timestamp;
use crate::pulse::Beat;
use crate::store::Store;
use crate::visit::Visitor;

/// How a visit went, as far as the next one depends on it. Times are since the timer's start.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// When it was due.
    pub due: Duration,
    /// Now.
    pub now: Duration,
    /// Whether it brought data.
    pub ok: bool,
    /// How long the device asks to be left alone from now on.
    pub wait: Duration,
}

/// No device may ask to be left alone for longer: nobody would miss a timer that has died.
const LONGEST_WISH: Duration = Duration::from_secs(900);

/// When to visit one part. Pure: time is an argument, and so is chance.
#[derive(Clone, Debug)]
pub struct Timer {
    interval: Duration,
    backoff: Option<Backoff>,
}

impl Timer {
    /// Every `interval`; with a `longest_pause`, more rarely while nothing answers. `chance` is any number, best another
    /// one for each timer: it spreads the visits of devices that failed together.
    pub fn new(interval: Duration, longest_pause: Option<Duration>, chance: u64) -> Self {
        Self { interval, backoff: longest_pause.map(|longest| Backoff::new(interval, longest, chance)) }
    }

    /// The longest that a round may take whose visit is given up after `deadline`, with something on top.
    pub fn patience(&self, deadline: Duration) -> Duration {
        deadline
            + self.backoff.as_ref().map_or(self.interval, Backoff::longest).max(LONGEST_WISH)
            + Duration::from_secs(30)
    }

    /// When the next visit is due. On a steady grid while visits succeed; a visit that takes longer than the
    /// interval makes the grid skip a beat. While they fail, the pause doubles up to the longest (or the interval, if that
    /// is longer), less up to a quarter by chance.
    pub fn next(&mut self, ended: Ended) -> Duration {
        let earliest = ended.now + ended.wait.min(LONGEST_WISH);
        match &mut self.backoff {
            Some(backoff) if !ended.ok => earliest + backoff.pause(),
            backoff => {
                if let Some(backoff) = backoff {
                    backoff.reset();
                }
                let late = earliest.saturating_sub(ended.due);
                let beats = late.as_nanos().div_ceil(self.interval.as_nanos().max(1)).max(1);
                ended.due + self.interval.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX))
            }
        }
    }
}

/// Visits and publishes until told to stop; then gives the session back, and the visitor to whoever may send it again.
pub async fn run(
    mut visitor: Visitor,
    mut timer: Timer,
    store: Arc<Store>,
    beat: Beat,
    mut stop: watch::Receiver<()>,
) -> Visitor {
    let watch = Stopwatch::start();
    let mut due = Duration::ZERO;
    loop {
        beat.beat();
        let visited = tokio::select! {
            visited = visitor.visit() => visited,
            // The sender is dropped: stop.
            _ = stop.changed() => break,
        };
        let ok = visited.batch.visit.as_ref().is_some_and(|visit| visit.outcome.is_ok());
        let Timestamp(now) = clock::now();
        let wait = visited.not_before.map_or(Duration::ZERO, |Timestamp(moment)| moment.saturating_sub(now));
        store.publish(visited.batch);
        visitor.settle().await;
        due = timer.next(Ended { due, now: watch.elapsed(), ok, wait });
        tokio::select! {
            () = tokio::time::sleep(due.saturating_sub(watch.elapsed())) => {}
            _ = stop.changed() => break,
        }
    }
    visitor.leave().await;
    visitor
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const FIVE_MINUTES: Option<Duration> = Some(Duration::from_secs(300));

    fn ended(due: u64, now_ms: u64, ok: bool) -> Ended {
        Ended { due: SECOND * due as u32, now: Duration::from_millis(now_ms), ok, wait: Duration::ZERO }
    }

    #[test]
    fn success_keeps_to_the_grid() {
        let mut timer = Timer::new(SECOND, FIVE_MINUTES, 1);
        assert_eq!(timer.next(ended(0, 3, true)), SECOND);
        assert_eq!(timer.next(ended(1, 1_900, true)), SECOND * 2);
        // Took longer than the interval: the missed beat is skipped, not made up for.
        assert_eq!(timer.next(ended(2, 3_500, true)), SECOND * 4);
    }

    #[test]
    fn failures_double_the_pause_up_to_the_longest() {
        let mut timer = Timer::new(SECOND, FIVE_MINUTES, 1);
        for pause in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let next = timer.next(ended(0, 0, false));
            assert!(next <= SECOND * pause && next >= SECOND * pause * 3 / 4, "{pause}: {next:?}");
        }
        assert_eq!(timer.next(ended(0, 0, true)), SECOND, "one success and all is forgotten");
        assert!(timer.next(ended(0, 0, false)) <= SECOND);
    }

    #[test]
    fn what_is_ours_is_asked_again_at_once() {
        let mut timer = Timer::new(SECOND, None, 1);
        for _ in 0..5 {
            assert_eq!(timer.next(ended(0, 0, false)), SECOND);
        }
    }

    #[test]
    fn a_device_that_asks_for_rest_gets_it() {
        let mut timer = Timer::new(SECOND, FIVE_MINUTES, 1);
        let next = timer.next(Ended { wait: SECOND * 60, ..ended(0, 500, true) });
        assert_eq!(next, SECOND * 61, "the first beat after the rest");
    }

    #[test]
    fn nobody_is_left_alone_for_ever() {
        let mut timer = Timer::new(SECOND, FIVE_MINUTES, 1);
        let next = timer.next(Ended { wait: SECOND * 100_000, ..ended(0, 0, true) });
        assert_eq!(next, SECOND * 900);
        assert!(timer.patience(SECOND) > next);
    }

    #[test]
    fn a_long_interval_is_its_own_longest_pause() {
        let mut timer = Timer::new(SECOND * 3600, FIVE_MINUTES, 1);
        for _ in 0..3 {
            assert!(timer.next(ended(0, 0, false)) <= SECOND * 3600);
        }
    }
}
