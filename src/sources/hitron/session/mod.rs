//! One visit's session with a modem: log in, ask one page after the other, log out, whatever happens in between.
//!
//! A modem has room for one session, so nothing here goes on side by side, and nothing is kept but a session that could
//! not be given back: that one is, before the next one begins or when nobody visits any more. Nothing is tried twice;
//! what is not to be tried for a while is in the device's rests, which are older than this visit and outlive it.

use std::fmt;
use std::time::Duration;

use tokio::time::timeout;

use super::snapshot::Snapshot;
use super::{PartName, Profile, Settings, parts};
use crate::clock::{self, Stopwatch};
use crate::net::http::{Over, Target};
use crate::sources::{Call, Error, Journal, Reading};

mod answer;
mod credentials;
mod hours;
mod jar;
mod line;
mod login;
mod pages;
mod trouble;
mod visit;

use hours::Hours;
use jar::Jar;
use line::Line;
use login::{Attempt, Outcome, Tried};
use visit::Visit;

/// What is kept from one visit to the next.
#[derive(Debug, Default)]
pub struct Session {
    /// How to speak with the modem; made once, since that takes some milliseconds.
    over: Option<Over>,
    /// One that has not been given back.
    open: Option<Open>,
    /// A log-in whose answer nobody has waited for.
    pending: Option<Pending>,
    /// What there is to say of the last visit, if it brought nothing.
    excuse: Option<Box<Snapshot>>,
}

/// A session that is open.
#[derive(Debug)]
struct Open {
    target: Target,
    jar: Jar,
    since: Stopwatch,
}

/// A log-in under way.
struct Pending {
    target: Target,
    attempt: Attempt,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a log-in")
    }
}

/// By then a modem has forgotten a session that nobody uses: a browser is thrown out after some minutes.
const FORGOTTEN: Duration = Duration::from_secs(900);

/// Giving a session back takes no longer; those who call [`Session::leave`] wait for two seconds.
const GOODBYE: Duration = Duration::from_millis(1_800);

impl Session {
    /// Visits once.
    ///
    /// # Errors
    /// When nothing was had, or not what everything else depends on.
    pub async fn visit(
        &mut self,
        settings: &Settings,
        parts: &[PartName],
        secondary: bool,
        call: Call<'_>,
    ) -> Result<Reading<Snapshot>, Error> {
        self.excuse = None;
        let hours = Hours::new(call.patience, settings.profile == Profile::Cgnv4);
        let device = call.device.ok_or_else(trouble::no_turn)?;
        let mut visit = Visit {
            settings,
            parts,
            // Not when the call began: it may have waited for its turn.
            now: clock::now(),
            uptime: clock::uptime(),
            device,
            journal: call.journal,
            hours,
            snapshot: Snapshot {
                login: (settings.profile == Profile::Cgnv4).then_some(false),
                show_addresses: settings.show_addresses,
                traffic_base: settings.traffic_base,
                clock_offset_seconds: settings.clock_offset,
                secondary,
                ..Snapshot::default()
            },
            faults: Vec::new(),
            not_before: None,
        };
        let done = visit.run(self).await;
        let Visit { mut snapshot, faults, not_before, hours, .. } = visit;
        snapshot.took.push(("all", hours.elapsed()));
        match done {
            Ok(()) => Ok(Reading { snapshot, faults, not_before }),
            Err(error) => {
                snapshot.pages = Default::default();
                self.excuse = Some(Box::new(snapshot));
                Err(error)
            }
        }
    }

    /// What there is to say of the last visit, if it brought nothing: that nobody could log in, and what took how long.
    pub fn excuse(&self) -> Option<&Snapshot> {
        self.excuse.as_deref()
    }

    /// Whether there is, or may be, something to give back.
    pub fn is_open(&self) -> bool {
        self.open.is_some() || self.pending.is_some()
    }

    /// Other settings hold from now on.
    pub fn change(&mut self) {
        self.over = None;
        self.excuse = None;
    }

    /// Gives back what was left open.
    pub async fn leave(&mut self) {
        self.give_back(GOODBYE, &mut Journal::default()).await;
    }

    /// Gives back what was left open, over a connection of its own.
    async fn give_back(&mut self, patience: Duration, journal: &mut Journal) {
        let watch = Stopwatch::start();
        if let Some(Pending { target, mut attempt }) = self.pending.take() {
            let tried = timeout(patience, attempt.made()).await;
            if let Ok(Tried { outcome: Ok(Outcome::Welcome(jar)), .. }) = tried {
                self.open = Some(Open { target, jar, since: Stopwatch::start() });
            }
        }
        let Some(open) = self.open.take().filter(|open| open.since.elapsed() < FORGOTTEN) else { return };
        journal.note("gives back a session that was left open");
        let line = Line::new(open.target);
        // Whatever comes of it, there is nothing left to do.
        let _: Result<(), String> =
            login::log_out(&line, &open.jar, patience.saturating_sub(watch.elapsed()), journal).await;
    }
}
