//! The session with the box, which all parts of a source share. (Skeleton: the real one follows.)

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::Settings;
use crate::clock::Stopwatch;
use crate::metric::{Reason, Timestamp};
use crate::net::tls::Certificate;
use crate::sources::{Error, Fault, Reading};

/// What the box said of itself when it was found, and what the session may do.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The box's identity.
    pub uid: Option<String>,
    /// `fbxgw9-r1/full` …
    pub box_model: Option<String>,
    /// A name for people.
    pub box_model_name: Option<String>,
    /// What it is called; hostile.
    pub device_name: Option<String>,
    /// `16.0` …
    pub api_version: Option<String>,
    /// The version that we speak: the major number in paths.
    pub major: u8,
    /// Permissions by name, and whether the session has them; sorted.
    pub permissions: Vec<(String, bool)>,
    /// The certificate, over TLS.
    pub certificate: Option<Certificate>,
    /// Sessions opened since lanlord started.
    pub logins: u64,
}

/// One box and our session with it.
#[derive(Debug)]
pub struct Session {}

impl Session {
    /// Asks nobody yet.
    pub fn new(_settings: &Settings) -> Self {
        Self {}
    }

    /// Begins a visit, which is over after `patience`.
    pub fn errand(&self, now: Timestamp, patience: Duration) -> Errand<'_> {
        Errand { session: self, now, watch: Stopwatch::start(), patience, faults: Vec::new() }
    }

    /// Logs out, if nobody has.
    pub async fn leave(&self) {}
}

/// The requests of one visit: they share its patience, so that one that hangs leaves time for the others, and what went
/// wrong with those that a visit can do without is noted.
#[derive(Debug)]
pub struct Errand<'a> {
    session: &'a Session,
    now: Timestamp,
    watch: Stopwatch,
    patience: Duration,
    faults: Vec<Fault>,
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
        let _ = (self.session, self.watch, self.patience);
        Err(Error::new(Reason::Unsupported, "not_yet", format!("cannot ask for {path} yet")))
    }

    /// Asks for what this box, its line or its mode may not have: none then. Where something is wrong with this answer
    /// alone it is none as well, and a fault of the visit.
    ///
    /// # Errors
    /// When asking for anything else makes no sense either: the box is gone, or does not let us in.
    pub async fn may<T: DeserializeOwned>(&mut self, path: &str) -> Result<Option<T>, Error> {
        self.must(path).await.map(Some)
    }

    /// What the box said of itself.
    pub async fn about(&mut self) -> Result<About, Error> {
        Ok(About::default())
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
    pub fn done<S>(self, snapshot: S) -> Reading<S> {
        Reading { snapshot, faults: self.faults, not_before: None }
    }
}
