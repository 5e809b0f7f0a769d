//! The session with the box, which all parts of a source share: whoever asks first finds the box and logs in, and the
//! others wait for that one login. It is found out that a session is over when the box says so; then one of those who
//! were told logs in again, and each asks once more.
//!
//! How long a session lives is in no document, so nothing here predicts it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use super::Settings;
use super::api::envelope::{self, Bad};
use crate::clock::Stopwatch;
use crate::metric::{Reason, Timestamp};
use crate::net::http::{Answer, Body, Request};
use crate::net::tls::Certificate;

mod errand;
mod find;
mod login;
mod state;
pub mod trouble;

pub use errand::Errand;
pub use find::{Found, find};
use state::{Open, State};
use trouble::{Denied, Trouble, cut};

/// The header that carries the session's token (dev.freebox.fr/sdk/os/login).
pub const TOKEN_HEADER: &str = "x-fbx-app-auth";

/// The longest answer that makes sense: ten thousand hosts take some twelve million bytes.
const LARGEST_ANSWER: usize = 16 << 20;

/// Saying goodbye takes no longer.
const GOODBYE: Duration = Duration::from_secs(1);

/// Paths that are remembered as not worth asking for; what comes after is asked for each time.
const MOST_CLOSED: usize = 256;

/// What is asked for by every version: a box that does not know these has another one.
const FUNDAMENTAL: [&str; 2] = ["connection/", "system/"];

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
pub struct Session {
    /// Held while the box is looked for and while somebody logs in: that is what makes it happen once.
    state: Mutex<State>,
    /// How often that has failed, so that those who waited for it need not try as well.
    failures: AtomicU64,
}

/// Why one answer could not be had.
#[derive(Debug)]
enum Missed {
    /// Nobody can ask.
    Everything(Trouble),
    /// The box did not answer this, or not so that it makes sense.
    This(Trouble),
    /// The box says no.
    Denied(Denied),
}

/// What a request is sent with.
struct Ticket {
    found: Arc<Found>,
    open: Arc<Open>,
    closed: Option<Denied>,
}

/// What keeps everybody from logging in before the box is even asked: no token, or none that makes sense.
pub fn login_problem(settings: &Settings) -> Option<String> {
    login::grant(settings).err().map(|trouble| trouble.what)
}

impl Session {
    /// Asks nobody yet.
    pub fn new(settings: &Settings) -> Self {
        Self { state: Mutex::new(State::new(settings.clone())), failures: AtomicU64::new(0) }
    }

    /// Begins a visit, which is over after `patience`.
    pub fn errand(&self, now: Timestamp, patience: Duration) -> Errand<'_> {
        Errand::new(self, self.failures.load(Ordering::Relaxed), now, patience)
    }

    /// Goes on with other settings: whatever was found with the old ones is looked for again.
    pub async fn change(&self, settings: &Settings) {
        let mut state = self.state.lock().await;
        if state.settings != *settings {
            state.change(settings.clone());
        }
    }

    /// Begins with the token of a session that was opened earlier, instead of logging in.
    pub async fn resume(&self, token: SecretString) {
        let mut state = self.state.lock().await;
        state.open = Some(Arc::new(Open { token, permissions: Vec::new() }));
    }

    /// The token of the session in use.
    pub async fn token(&self) -> Option<SecretString> {
        self.state.lock().await.open.as_ref().map(|open| open.token.clone())
    }

    /// Logs out, if somebody is logged in. The box keeps few sessions.
    pub async fn leave(&self) {
        let goodbye = async {
            let mut state = self.state.lock().await;
            if let (Some(open), Some(found)) = (state.open.take(), &state.found) {
                let path = found.path("login/logout/");
                let request = Request {
                    method: "POST",
                    path: &path,
                    secret: Some((TOKEN_HEADER, &open.token)),
                    repeatable: false,
                    body: Some(Body::json("")),
                    limit: LARGEST_ANSWER,
                };
                // Whatever comes of it, there is nothing left to do.
                let _ = found.client.fetch(request, GOODBYE).await;
            }
        };
        // Somebody may hold the lock and wait for a box that is gone.
        let _ = tokio::time::timeout(GOODBYE * 2, goodbye).await;
    }

    /// Asks for one answer, below the versioned base. `seen` is how many attempts to get in had failed when the visit
    /// began: one that failed since then need not be tried again before the next visit.
    async fn get<T: DeserializeOwned>(&self, path: &str, seen: u64, patience: Duration) -> Result<T, Missed> {
        let watch = Stopwatch::start();
        let left = || patience.saturating_sub(watch.elapsed());
        let mut is_replay = false;
        loop {
            let ticket = self.enter(path, seen, left()).await.map_err(Missed::Everything)?;
            if let Some(denied) = ticket.closed {
                return Err(Missed::Denied(denied));
            }
            let answer = self.send(&ticket, path, left()).await?;
            let refusal = match envelope::read(&answer.body) {
                Ok(result) => return Ok(result),
                Err(Bad::Nonsense(what)) => {
                    let what = match &answer.location {
                        Some(location) => {
                            let location = cut(location, 200);
                            format!("it leads to `{location}`; write that as `endpoint` if it is the box")
                        }
                        None => what,
                    };
                    return Err(Missed::This(Trouble::nonsense(path, answer.status, &what)));
                }
                Err(Bad::Refused(refusal)) => refusal,
            };
            if let Some(trouble) = self.foreign(refusal.uid.as_deref()).await {
                return Err(Missed::Everything(trouble));
            }
            match trouble::of_answer(path, &refusal) {
                Denied::SessionOver if !is_replay => {
                    self.is_over(&ticket.open).await;
                    is_replay = true;
                }
                denied => {
                    return Err(Missed::Denied(self.remember(path, &ticket, denied).await));
                }
            }
        }
    }

    async fn send(&self, ticket: &Ticket, path: &str, patience: Duration) -> Result<Answer, Missed> {
        let path = ticket.found.path(path);
        let request = Request {
            method: "GET",
            path: &path,
            secret: Some((TOKEN_HEADER, &ticket.open.token)),
            repeatable: true,
            body: None,
            limit: LARGEST_ANSWER,
        };
        match ticket.found.client.fetch(request, patience).await {
            Ok(answer) => Ok(answer),
            Err(failure) if failure.is_unreachable() => {
                // Its port, its name or its address may be another one by now.
                let mut state = self.state.lock().await;
                state.found = state.found.take().filter(|found| !Arc::ptr_eq(found, &ticket.found));
                Err(Missed::Everything(Trouble::connection(&failure)))
            }
            Err(failure) => Err(Missed::This(Trouble::connection(&failure))),
        }
    }

    /// What the box said of itself, and what the session may do.
    async fn about(&self, seen: u64, patience: Duration) -> Result<About, Trouble> {
        let ticket = self.enter("", seen, patience).await?;
        let logins = self.state.lock().await.logins;
        let version = &ticket.found.version;
        Ok(About {
            uid: version.uid.0.clone(),
            box_model: version.box_model.0.clone(),
            box_model_name: version.box_model_name.0.clone(),
            device_name: version.device_name.0.clone(),
            api_version: version.api_version.0.clone(),
            major: ticket.found.major,
            permissions: ticket.open.permissions.clone(),
            certificate: ticket.found.client.certificate(),
            logins,
        })
    }

    /// The box and a session with it, found and opened if need be.
    async fn enter(&self, path: &str, seen: u64, patience: Duration) -> Result<Ticket, Trouble> {
        let watch = Stopwatch::start();
        let late = |_| {
            Trouble::new(Reason::TimedOut, "login", "waited in vain for somebody else to log in to the box")
        };
        let mut state = tokio::time::timeout(patience, self.state.lock()).await.map_err(late)?;
        let failures = self.failures.load(Ordering::Relaxed);
        if let Some(trouble) = state.failed.as_ref().filter(|_| failures != seen) {
            return Err(trouble.clone());
        }
        let entered = state.enter(patience.saturating_sub(watch.elapsed())).await;
        if entered.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        entered.map(|(found, open)| Ticket { found, open, closed: state.closed.get(path).cloned() })
    }

    /// The box says that a session is over: nobody uses it any more, unless somebody has opened another one meanwhile.
    async fn is_over(&self, over: &Arc<Open>) {
        let mut state = self.state.lock().await;
        state.open = state.open.take().filter(|open| !Arc::ptr_eq(open, over));
    }

    /// What follows from a refusal for whoever asks next.
    async fn remember(&self, path: &str, ticket: &Ticket, denied: Denied) -> Denied {
        let mut state = self.state.lock().await;
        let is_in_use = state.open.as_ref().is_some_and(|open| Arc::ptr_eq(open, &ticket.open));
        match denied {
            // It was said in another session, and perhaps in another version: in this one it may be there.
            Denied::Unknown | Denied::Right(_) if !is_in_use => denied,
            Denied::Unknown if FUNDAMENTAL.contains(&path) => {
                (state.found, state.open) = (None, None);
                Denied::Unknown
            }
            Denied::Unknown | Denied::Right(_) => {
                // Numbers of ports and radios are in paths, and come from the box.
                if state.closed.len() < MOST_CLOSED {
                    state.closed.insert(path.to_owned(), denied.clone());
                }
                denied
            }
            Denied::Everything(trouble) => Denied::Everything(state.halt(trouble)),
            denied => denied,
        }
    }

    /// Whether somebody else's box answers.
    async fn foreign(&self, uid: Option<&str>) -> Option<Trouble> {
        let mut state = self.state.lock().await;
        state.foreign(uid)
    }
}
