//! How the time of one visit is shared out: for each step a limit, for the whole another, and at its end something kept
//! for the log-out. It waits for nobody.

use std::time::Duration;

use super::line::Limits;
use crate::clock::Stopwatch;

/// A modem in the same house takes a connection at once, or not at all.
const CONNECT: Duration = Duration::from_secs(5);
/// The slowest page takes two seconds where people have measured that.
const REQUEST: Duration = Duration::from_secs(10);
/// The quickest log-in that people have measured takes twice as long.
const LOG_IN: Duration = Duration::from_millis(450);
/// Kept for the log-out, unless the whole is short.
const GOODBYE: Duration = Duration::from_secs(2);
/// Kept so that the answer is there before whoever waits for it gives up.
const SPARE: Duration = Duration::from_millis(200);

/// The time of one visit.
#[derive(Clone, Copy)]
pub struct Hours {
    watch: Stopwatch,
    /// Until when to ask.
    asking: Duration,
    /// Until when to log out.
    whole: Duration,
}

impl Hours {
    /// Begins now; `patience` is when whoever waits gives up.
    pub fn new(patience: Duration, logs_in: bool) -> Self {
        let whole = patience - SPARE.min(patience / 10);
        let goodbye = if logs_in { GOODBYE.min(whole / 4) } else { Duration::ZERO };
        Self { watch: Stopwatch::start(), asking: whole - goodbye, whole }
    }

    /// How long a connection may take.
    pub fn to_connect(self) -> Duration {
        self.asking().min(CONNECT)
    }

    /// How long a question may take.
    pub fn to_ask(self) -> Duration {
        self.asking().min(REQUEST)
    }

    /// How long to wait for a log-in, if there is enough time left to begin one: otherwise the modem would be logged in to
    /// for nothing.
    pub fn to_log_in(self) -> Option<Duration> {
        Some(self.asking()).filter(|left| *left >= LOG_IN)
    }

    /// How long the log-out may take: what is left, and never more than was kept at first.
    pub fn to_leave(self) -> Duration {
        self.whole.saturating_sub(self.watch.elapsed()).min(GOODBYE)
    }

    /// The same for one question.
    pub fn limits(&self) -> Limits {
        Limits { connect: self.to_connect(), all: self.to_ask() }
    }

    /// Since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.watch.elapsed()
    }

    fn asking(&self) -> Duration {
        self.asking.saturating_sub(self.watch.elapsed())
    }
}
