//! How fast questions may follow each other: a bucket of tokens, kept as the moment at which it would be full. Pure.

use std::time::Duration;

/// So many at once, after a rest; never more than in a second.
const BURST: u32 = 8;

/// The bucket.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// Time that one question takes of everybody's.
    step: Duration,
    /// How much of that may be owed.
    slack: Duration,
    /// When everything that was taken is paid for.
    paid_at: Duration,
}

impl Pace {
    /// At most so many in a second in the long run; zero is taken for one.
    pub fn new(per_second: u32) -> Self {
        let per_second = per_second.max(1);
        let step = Duration::from_secs(1) / per_second;
        Self { step, slack: step * (BURST.min(per_second) - 1), paid_at: Duration::ZERO }
    }

    /// When the next one may be taken.
    pub fn free_at(&self, now: Duration) -> Duration {
        self.paid_at.saturating_sub(self.slack).max(now)
    }

    /// Takes so many, whether they are free or not: what was too much delays those that follow.
    pub fn take(&mut self, count: u32, now: Duration) {
        self.paid_at = self.paid_at.max(now) + self.step * count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many can be taken from a moment up to another, as fast as possible.
    fn taken(pace: &mut Pace, from: Duration, to: Duration) -> u32 {
        let (mut now, mut count) = (from, 0);
        while pace.free_at(now) <= to {
            now = pace.free_at(now);
            pace.take(1, now);
            count += 1;
        }
        count
    }

    #[test]
    fn a_burst_and_then_so_many_in_a_second() {
        let mut pace = Pace::new(20);
        assert_eq!(taken(&mut pace, Duration::ZERO, Duration::ZERO), 8);
        assert_eq!(taken(&mut pace, Duration::ZERO, SECOND * 10), 200);
        assert_eq!(taken(&mut pace, SECOND * 20, SECOND * 20), 8, "rest makes up for eight, and no more");
    }

    #[test]
    fn what_was_taken_too_much_is_paid_back() {
        let mut pace = Pace::new(10);
        pace.take(40, Duration::ZERO);
        assert_eq!(pace.free_at(Duration::ZERO), Duration::from_millis(3_300));
    }

    #[test]
    fn one_in_a_second_is_never_two_and_zero_does_not_divide() {
        for per_second in [0, 1] {
            assert_eq!(taken(&mut Pace::new(per_second), Duration::ZERO, SECOND * 4), 5);
        }
    }
}
