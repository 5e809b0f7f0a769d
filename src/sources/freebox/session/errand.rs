//! The requests of one visit: they share its patience, so that one that hangs leaves time for the others, and what went
//! wrong with those that a visit can do without is noted.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::trouble::{Denied, Trouble};
use super::{About, Missed, Session};
use crate::clock::Stopwatch;
use crate::metric::{Reason, Timestamp};
use crate::sources::{Error, Fault, Reading};

/// One visit's requests.
#[derive(Debug)]
pub struct Errand<'a> {
    session: &'a Session,
    /// Attempts to get in that had failed when it began.
    seen: u64,
    now: Timestamp,
    watch: Stopwatch,
    patience: Duration,
    faults: Vec<Fault>,
    /// Whether anything was answered, be it by a refusal.
    answered: bool,
    /// The first answer that could not be had.
    missed: Option<Trouble>,
}

/// Kept for what comes after the last answer, so that a visit ends by itself and not by its deadline.
const RESERVE: Duration = Duration::from_millis(20);

impl<'a> Errand<'a> {
    pub(super) fn new(session: &'a Session, seen: u64, now: Timestamp, patience: Duration) -> Self {
        let watch = Stopwatch::start();
        Self { session, seen, now, watch, patience, faults: Vec::new(), answered: false, missed: None }
    }
}

impl Errand<'_> {
    /// When the visit began.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Asks for what the visit is about; without it there is no visit. `path` is relative to the versioned base, as
    /// `connection/`.
    ///
    /// # Errors
    /// When it cannot be had, whatever the reason.
    pub async fn must<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Error> {
        let patience = self.left() * 9 / 10;
        let missed = match self.session.get(path, self.seen, patience).await {
            Ok(answer) => {
                self.answered = true;
                return Ok(answer);
            }
            Err(missed) => missed,
        };
        Err(match missed {
            Missed::Everything(trouble)
            | Missed::This(trouble)
            | Missed::Denied(Denied::Everything(trouble)) => trouble.into_error(self.now),
            Missed::Denied(Denied::NotHere) => {
                Error::new(Reason::Unsupported, "not_here", format!("this box has no `{path}`"))
            }
            Missed::Denied(Denied::Unknown) => Error::new(
                Reason::Unsupported,
                "unknown_path",
                format!("the firmware of this box does not know `{path}`"),
            ),
            Missed::Denied(Denied::Right(what)) => Error::new(Reason::Refused, "missing_right", what),
            Missed::Denied(Denied::Alone(what)) => Error::new(Reason::Misbehaved, "refused", what),
            Missed::Denied(Denied::SessionOver) => {
                let what = "the box opens a session and then does not know it".to_owned();
                Error::new(Reason::Misbehaved, "session", what)
            }
        })
    }

    /// Asks for what this box, its line or its mode may not have: none then. Where something is wrong with this answer
    /// alone it is none as well, and a fault of the visit.
    ///
    /// # Errors
    /// When asking for anything else makes no sense either: the box is gone, or does not let us in.
    pub async fn may<T: DeserializeOwned>(&mut self, path: &str) -> Result<Option<T>, Error> {
        // Half of what is left: whoever hangs, the next one still gets his turn.
        let patience = self.left() / 2;
        self.may_within(path, patience).await
    }

    /// The same for an answer over which boxes take long: it may take nearly all the time there is, and if it does, there
    /// is none left for others.
    ///
    /// # Errors
    /// As there.
    pub async fn may_slowly<T: DeserializeOwned>(&mut self, path: &str) -> Result<Option<T>, Error> {
        let patience = self.left() * 9 / 10;
        self.may_within(path, patience).await
    }

    async fn may_within<T: DeserializeOwned>(
        &mut self,
        path: &str,
        patience: Duration,
    ) -> Result<Option<T>, Error> {
        let outcome = self.session.get(path, self.seen, patience).await;
        self.answered |= matches!(outcome, Ok(_) | Err(Missed::Denied(_)));
        match outcome {
            Ok(answer) => Ok(Some(answer)),
            Err(Missed::Everything(trouble) | Missed::Denied(Denied::Everything(trouble))) => {
                Err(trouble.into_error(self.now))
            }
            Err(Missed::Denied(Denied::NotHere | Denied::Unknown)) => Ok(None),
            Err(Missed::Denied(Denied::Right(what) | Denied::Alone(what))) => {
                self.fault(what);
                Ok(None)
            }
            Err(Missed::Denied(Denied::SessionOver)) => {
                self.fault(format!("the box does not know our session when asked for `{path}`"));
                Ok(None)
            }
            Err(Missed::This(trouble)) => {
                // How long it took is different each time, and the log is told of each fault once.
                let what = match trouble.reason {
                    Reason::TimedOut => format!("the box did not answer `{path}` in time"),
                    _ => trouble.what.clone(),
                };
                self.fault(what);
                self.missed.get_or_insert(trouble);
                Ok(None)
            }
        }
    }

    /// What the box said of itself when it was found, and what the session may do.
    ///
    /// # Errors
    /// When there is no session and none can be had.
    pub async fn about(&mut self) -> Result<About, Error> {
        let patience = self.left() * 9 / 10;
        self.session.about(self.seen, patience).await.map_err(|trouble| trouble.into_error(self.now))
    }

    /// Notes that something could not be had.
    pub fn fault(&mut self, what: impl Into<String>) {
        self.faults.push(Fault(what.into()));
    }

    /// How many things could not be had so far.
    pub fn faults(&self) -> usize {
        self.faults.len()
    }

    /// The end of the visit.
    ///
    /// # Errors
    /// When nothing that was asked for was answered: then there is nothing to show, and a visit has failed.
    pub fn done<S>(self, snapshot: S) -> Result<Reading<S>, Error> {
        match self.missed {
            Some(trouble) if !self.answered => Err(trouble.into_error(self.now)),
            _ => Ok(Reading { snapshot, faults: self.faults, not_before: None }),
        }
    }

    fn left(&self) -> Duration {
        self.patience.saturating_sub(self.watch.elapsed()).saturating_sub(RESERVE)
    }
}
