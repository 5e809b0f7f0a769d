//! How long to leave somebody alone who does not answer: twice as long each time up to a limit, less some chance. Pure.

use std::time::Duration;

/// Pauses, one after the other.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    failures: u32,
    chance: u64,
}

impl Backoff {
    /// From `first` on, up to `longest` (or `first`, if that is longer). `chance` is any number, best another one for each:
    /// it spreads those who failed together.
    pub fn new(first: Duration, longest: Duration, chance: u64) -> Self {
        Self { first, longest: longest.max(first), failures: 0, chance }
    }

    /// The longest pause there can be.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// It has failed once more: how long to wait now, up to a quarter less by chance.
    pub fn pause(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(2u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        let pause = doubled.min(self.longest);
        // A step of a linear congruential generator (Knuth's MMIX constants); its upper bits are the good ones.
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        pause - pause / 4 * u32::from((self.chance >> 48) as u16) / 65_536
    }

    /// It has not failed: all is forgotten.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::new(SECOND, SECOND * 60, 1);
        for _ in 0..2 {
            for longest in [1, 2, 4, 8, 16, 32, 60, 60] {
                let pause = backoff.pause();
                assert!(
                    pause <= SECOND * longest && pause >= SECOND * longest * 3 / 4,
                    "{longest}: {pause:?}"
                );
            }
            backoff.reset();
        }
    }

    #[test]
    fn it_never_overflows_however_long_it_goes_on() {
        let mut backoff = Backoff::new(SECOND, Duration::MAX, 7);
        for _ in 0..100 {
            backoff.pause();
        }
        assert_eq!(Backoff::new(SECOND * 90, SECOND * 60, 7).longest(), SECOND * 90);
    }
}
