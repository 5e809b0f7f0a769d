//! Waiting for something to become true, with a deadline. The only clock of these tests.

use std::time::{Duration, Instant};

use nix::poll::{PollTimeout, poll};

/// Longer than anything here should take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
#[track_caller]
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    until_or(ask_for(PATIENCE, &mut ask), || format!("waited {PATIENCE:?} in vain until {what}"))
}

/// The answer, or a panic with a message that is made only then.
#[track_caller]
pub fn until_or<T>(answer: Option<T>, message: impl FnOnce() -> String) -> T {
    match answer {
        Some(answer) => answer,
        None => panic!("{}", message()),
    }
}

/// Asks for at most so long.
#[expect(clippy::disallowed_methods, reason = "this file is the clock of these tests")]
pub fn ask_for<T>(patience: Duration, ask: &mut impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if begun.elapsed() > patience {
            return None;
        }
        // Waits for none of no files: a pause between two questions, not a guess at how long something takes.
        let _ = poll(&mut [], PollTimeout::from(20u8));
    }
}

/// Lets time pass during which something must not happen, or that is itself what is measured.
pub fn pass(time: Duration) {
    ask_for(time, &mut || None::<()>);
}

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub struct Watch(Instant);

impl Watch {
    /// Starts.
    #[expect(clippy::disallowed_methods, reason = "this file is the clock of these tests")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
