//! Real time: for those who watch a capture grow, and for boxes that answer over sockets.
//!
//! Deliberately has no influence on what is written into captures: simulated time is simulated.

use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// What the machine's clock says, to measure how long something took or until when something lasts.
#[expect(clippy::disallowed_methods, reason = "this file is the simulator's clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// What the machine's calendar says, in seconds since 1970: for a box that somebody looks at beside real ones.
#[expect(clippy::disallowed_methods, reason = "this file is the simulator's clock")]
pub fn calendar() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Holds frames back until they are due.
pub struct Pace {
    begun: Instant,
    per_second: u32,
    passed: u64,
}

impl Pace {
    /// The first frame is due now.
    #[expect(clippy::disallowed_methods, reason = "this file is the simulator's clock")]
    pub fn new(per_second: u32) -> Self {
        Self { begun: Instant::now(), per_second, passed: 0 }
    }

    /// Waits until the next frame is due, and before waiting calls `flush`, so that what is written can be read.
    #[expect(clippy::disallowed_methods, reason = "this file is the simulator's clock")]
    pub fn next(&mut self, flush: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let due = Duration::from_secs(1).mul_f64(self.passed as f64 / f64::from(self.per_second));
        self.passed += 1;
        // Shorter waits than a machine can keep are left to add up.
        let early = due.saturating_sub(self.begun.elapsed());
        if early > Duration::from_millis(1) {
            flush()?;
            thread::sleep(early);
        }
        Ok(())
    }
}
