//! The course of one visit: what is left alone, whom we talk to, log in, ask, log out.

use std::time::Duration;

use tokio::time::timeout;

use super::credentials::{self, Credentials};
use super::line::{self, Line};
use super::login::{self, Attempt, Outcome};
use super::{Hours, Open, Pending, Session, parts, trouble};
use crate::clock::Stopwatch;
use crate::metric::Timestamp;
use crate::net::legacy_tls::pin::Pin;
use crate::sources::hitron::api::Page;
use crate::sources::hitron::snapshot::{self, Snapshot};
use crate::sources::hitron::{PartName, Settings};
use crate::sources::{Device, Error, Fault, Journal, Rest, Subject, Warning};
use crate::text;

/// One visit.
pub struct Visit<'a> {
    pub settings: &'a Settings,
    pub parts: &'a [PartName],
    /// When it began, by the clock.
    pub now: Timestamp,
    /// The same moment, as rests are counted.
    pub uptime: Duration,
    pub device: &'a mut Device,
    pub journal: &'a mut Journal,
    pub hours: Hours,
    /// What has been learned so far.
    pub snapshot: Snapshot,
    pub faults: Vec<Fault>,
    pub not_before: Option<Timestamp>,
}

/// A lock is respected for as long as the modem says and a little, since it says whole seconds.
const LOCK_MARGIN: Duration = Duration::from_secs(1);

/// A visit begins a little earlier or later after its timer than the last one did, and waits for its turn; what may be
/// asked for once in an interval is asked for on each visit of that interval all the same.
const JITTER: Duration = Duration::from_secs(30);

impl Visit<'_> {
    /// Goes, asks, and comes back.
    ///
    /// # Errors
    /// See [`Session::visit`].
    pub async fn run(&mut self, session: &mut Session) -> Result<(), Error> {
        self.check(&Subject::Login)?;
        let credentials = credentials::read(self.settings)?;
        if let Some(credentials) = &credentials {
            self.check(&credentials.subject())?;
        }
        let pages = self.pages();
        let patience = self.hours.to_ask() / 4;
        session.give_back(patience.min(super::GOODBYE), self.journal).await;
        let target = line::target(self.settings, self.device, &mut session.over)?;
        let mut line = Line::new(target.clone());
        let place = line.place().to_owned();
        let connected = line.connect(self.hours.to_connect(), self.journal).await;
        self.look(&line, connected.is_ok());
        connected.map_err(trouble::of_failure)?;
        if let Some(credentials) = credentials {
            let Some(left) = self.hours.to_log_in() else {
                return Err(trouble::late(line.place(), "the log-in"));
            };
            let watch = Stopwatch::start();
            let attempt = Attempt::new(line, credentials, self.settings.force, self.now, self.hours);
            let pending = session.pending.insert(Pending { target: target.clone(), attempt });
            let tried = timeout(left, pending.attempt.made()).await;
            self.snapshot.took.push(("login", watch.elapsed()));
            // One that is late stays pending: who gives it back waits for it.
            let Ok(tried) = tried else { return Err(trouble::late(&place, "the log-in")) };
            session.pending = None;
            self.journal.append(tried.journal);
            line = tried.line;
            let jar = match tried.outcome? {
                Outcome::Welcome(jar) => jar,
                refused => return Err(self.refused(&line, &tried.credentials, refused)),
            };
            // From here on, whoever stops waiting leaves a session behind, which is given back later.
            session.open = Some(Open { target, jar, since: Stopwatch::start() });
            self.snapshot.login = Some(true);
        }
        let asked = self.fetch(&line, &mut session.open, &pages).await;
        self.log_out(&line, &mut session.open).await;
        asked?;
        self.tell_traffic_base(line.place());
        Ok(())
    }

    /// Whether this is to be left alone: then no word is said.
    fn check(&mut self, subject: &Subject) -> Result<(), Error> {
        let Some(rest) = self.device.rests.held(subject, self.uptime) else { return Ok(()) };
        let left = rest.until.saturating_sub(self.uptime);
        let error = trouble::resting(rest.code, &rest.why, left);
        self.journal.note(error.to_string());
        Err(trouble::not_before(error, self.now, left))
    }

    /// What to ask for: all but what was asked for too lately, whoever did.
    fn pages(&mut self) -> Vec<Page> {
        let mut pages = parts::pages(self.settings.profile, self.parts);
        let frail = Page::DsOfdmInfo;
        let Some(rest) = self.device.rests.held(&Subject::Page(frail.name()), self.uptime) else {
            return pages;
        };
        let left = rest.until.saturating_sub(self.uptime);
        if pages.contains(&frail) {
            pages.retain(|page| *page != frail);
            let what = format!(
                "`{}` is left out: it was asked for a short while ago, and may be again in {} (`ofdm_interval`)",
                frail.name(),
                text::duration(left)
            );
            self.journal.note(&what);
            // Who comes for nothing else misses it; on a visit to everything it is how it should be.
            if self.parts == [PartName::Ofdm] {
                self.faults.push(Fault(what));
                self.not_before = Some(Timestamp(self.now.0 + left));
            }
        }
        pages
    }

    /// Before a page is asked for that some firmware does not bear often: it counts, whatever comes of it.
    pub fn hold(&mut self, page: Page) {
        if page != Page::DsOfdmInfo {
            return;
        }
        let interval = self.settings.ofdm_interval;
        let rest = interval - JITTER.min(interval / 20);
        self.device.rests.hold(Rest {
            subject: Subject::Page(page.name()),
            until: crate::clock::uptime() + rest,
            code: "backoff",
            why: "it was asked for a short while ago".to_owned(),
        });
    }

    /// Whom we talk to; who is believed although nobody has vouched for him is told to the log, once.
    fn look(&mut self, line: &Line, connected: bool) {
        let Some((shown, pinned)) = line.shown().filter(|_| connected) else { return };
        let not_after = shown.certificate.map(|certificate| certificate.not_after);
        self.snapshot.certificate = Some(snapshot::Shown { pinned, not_after });
        if !pinned && self.device.warned.is_new(Warning::Certificate(shown.fingerprint.0)) {
            tracing::warn!(
                "{} is believed to be the modem although nobody has vouched for its certificate; once you know that it is, \
                 write the fingerprint as `pin`, or as `fingerprint` of a probe: {}",
                line.place(),
                Pin::from(shown.fingerprint).colons()
            );
        }
    }

    /// What a refusal means for this visit and those to come.
    fn refused(&mut self, line: &Line, credentials: &Credentials, outcome: Outcome) -> Error {
        let (place, uptime) = (line.place(), crate::clock::uptime());
        let since = uptime.saturating_sub(self.uptime);
        let mut margin = Duration::ZERO;
        let (error, subject, code, rest) = match outcome {
            Outcome::Welcome(_) | Outcome::Busy => return trouble::busy(place),
            Outcome::Wrong => {
                let rest = self.settings.hold_off;
                (trouble::credentials(place, rest), credentials.subject(), "backoff", rest)
            }
            Outcome::Locked(lock) => {
                let (failures, rest) = lock.unzip();
                let rest = rest.unwrap_or(self.settings.hold_off);
                margin = LOCK_MARGIN;
                (trouble::locked(place, failures, rest), Subject::Login, "locked", rest)
            }
        };
        let why = match &subject {
            Subject::Credentials(_) => "it has rejected this user and password",
            _ => "too many have failed to log in",
        };
        self.device.rests.hold(Rest { subject, until: uptime + rest + margin, code, why: why.to_owned() });
        trouble::not_before(error, self.now, since + rest)
    }

    /// Logs out, if we are logged in; what fails is a fault, and is tried once more before the next visit.
    async fn log_out(&mut self, line: &Line, open: &mut Option<Open>) {
        let Some(session) = open.as_ref() else { return };
        let watch = Stopwatch::start();
        let patience = self.hours.to_leave();
        let left = login::log_out(line, &session.jar, patience, self.journal).await;
        self.snapshot.took.push(("logout", watch.elapsed()));
        match left {
            Ok(()) => *open = None,
            Err(what) => self.faults.push(Fault(what)),
        }
    }

    /// Nobody knows whether a modem counts in 1000 or 1024, until it says what only one of them can.
    fn tell_traffic_base(&mut self, place: &str) {
        if self.snapshot.proves_1024() && self.device.warned.is_new(Warning::TrafficBase) {
            tracing::warn!("{place} counts bytes by 1024; write `traffic_unit_base = 1024`");
        }
    }
}
