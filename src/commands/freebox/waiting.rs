//! Waiting for whoever stands before the box: asks every second or so what has become of the request, and shows that it
//! still waits. It keeps no token and decides nothing about one.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use tokio::signal::unix::Signal;

use crate::clock::Stopwatch;
use crate::sources::freebox::register::{Progress, is_final, progress};
use crate::sources::freebox::session::Found;
use crate::sources::freebox::session::trouble::Trouble;

/// How the waiting ended.
#[derive(Debug)]
pub enum End {
    /// The box says so; never [`Progress::Pending`].
    Said(Progress),
    /// The box will not say.
    Refused(Trouble),
    /// Nobody has answered in the time that we had; perhaps the box did not either.
    TooLong(Option<Trouble>),
    /// Ctrl-C.
    Interrupted,
}

/// As the documentation wishes: often enough to be up to date, and rarely enough to be no burden.
const EVERY: Duration = Duration::from_millis(1_200);
/// A box on the own network answers within this, or something is wrong that may pass.
const ONE_ANSWER: Duration = Duration::from_secs(5);

/// Waits at most so long. What is wrong with the network for a while does not end it. `interrupt` is made before the box
/// is asked for a token: whoever presses Ctrl-C before that is kept does not lose it.
pub async fn wait(found: &Found, track_id: i64, at_most: Duration, interrupt: &mut Signal) -> End {
    let watch = Stopwatch::start();
    let left = || at_most.saturating_sub(watch.elapsed());
    let mut line = Line::new(at_most);
    let asking = async {
        loop {
            line.show(watch.elapsed());
            // The last one, too, has a moment to be answered in.
            let patience = ONE_ANSWER.min(left().max(Duration::from_secs(1)));
            let last = match progress(found, track_id, patience).await {
                Ok(Progress::Pending) => None,
                Ok(end) => return End::Said(end),
                Err(trouble) if is_final(&trouble) => return End::Refused(trouble),
                Err(trouble) => Some(trouble),
            };
            if left() == Duration::ZERO {
                return End::TooLong(last);
            }
            tokio::time::sleep(EVERY.min(left())).await;
        }
    };
    let end = tokio::select! {
        end = asking => end,
        _ = interrupt.recv() => End::Interrupted,
    };
    drop(line);
    end
}

/// One line of a terminal that says how long it has been.
struct Line {
    at_most: Duration,
    is_shown: bool,
}

impl Line {
    fn new(at_most: Duration) -> Self {
        Self { at_most, is_shown: io::stderr().is_terminal() }
    }

    fn show(&mut self, waited: Duration) {
        if self.is_shown {
            let (waited, at_most) = (waited.as_secs(), self.at_most.as_secs());
            // A terminal that cannot be written to needs no picture.
            self.is_shown = write!(io::stderr(), "\r\u{1b}[Kwaiting: {waited} s of {at_most} s ").is_ok();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}
