//! The only place that asks the machine what time it is; everybody else takes time as an argument.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use crate::metric::Timestamp;

/// The moment by the machine's clock, for timestamps that people and databases read. It may jump.
#[allow(clippy::disallowed_methods, reason = "this is the place")]
pub fn now() -> Timestamp {
    // A clock before 1970 is a machine without a battery; it will be set soon.
    Timestamp(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

/// A stopwatch, for durations. It never jumps.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[allow(clippy::disallowed_methods, reason = "this is the place")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Time since somebody first asked for this. It never jumps, and is the same for all who ask.
pub fn uptime() -> Duration {
    static FIRST: OnceLock<Stopwatch> = OnceLock::new();
    FIRST.get_or_init(Stopwatch::start).elapsed()
}
