//! How long an exchange with somebody may still take: all its steps share one patience. It retries nothing.

use std::time::Duration;

use super::failure::{Cause, Step};
use crate::clock::Stopwatch;

/// A deadline that knows how long the whole was to be.
pub struct Patience {
    watch: Stopwatch,
    whole: Duration,
}

impl Patience {
    /// Begins now.
    pub fn new(whole: Duration) -> Self {
        Self { watch: Stopwatch::start(), whole }
    }

    /// How long it was at the beginning.
    pub fn whole(&self) -> Duration {
        self.whole
    }

    /// What is left.
    pub fn left(&self) -> Duration {
        self.whole.saturating_sub(self.watch.elapsed())
    }

    /// Waits for a step with what is left.
    pub async fn within<T>(&self, step: Step, work: impl Future<Output = T>) -> Result<T, Cause> {
        tokio::time::timeout(self.left(), work).await.map_err(|_| self.over(step))
    }

    /// Nothing is left.
    pub fn over(&self, step: Step) -> Cause {
        Cause::Timeout { step, patience: self.whole }
    }
}
