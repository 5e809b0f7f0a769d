//! The one signal that ends all waiting.
//!
//! Deliberately does not know who waits.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A signal that is given once.
#[derive(Debug, Default)]
pub struct Stop {
    /// Shared by all threads of a server; held for a moment only.
    given: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    /// Ends all waiting, now and later.
    pub fn give(&self) {
        *self.lock() = true;
        self.changed.notify_all();
    }

    /// Whether it has been given.
    pub fn given(&self) -> bool {
        *self.lock()
    }

    /// Waits for the signal, at most so long. Whether it was given.
    pub fn wait(&self, at_most: Duration) -> bool {
        if at_most.is_zero() {
            return self.given();
        }
        let wait = self.changed.wait_timeout_while(self.lock(), at_most, |given| !*given);
        *wait.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
