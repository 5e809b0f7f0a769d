//! Logging in and out. One log-in is tried on a visit, whatever comes of it.

use std::pin::Pin;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::answer::{self, Said};
use super::credentials::Credentials;
use super::hours::Hours;
use super::jar::Jar;
use super::line::{Limits, Line, Question};
use super::trouble;
use crate::metric::Timestamp;
use crate::net::http::{Answer, Body};
use crate::sources::{Error, Journal};

/// The cookie without which a modem lets nobody log in.
const TICKET: &str = "preSession";

/// A log-in that has no answer by then has none.
const ANSWER: Duration = Duration::from_secs(10);

/// What came of a log-in.
pub enum Outcome {
    /// We are in, with these cookies.
    Welcome(Jar),
    /// Somebody else is.
    Busy,
    /// The user or the password is wrong.
    Wrong,
    /// Nobody can for a while; after so many failures, for so long, if it says so.
    Locked(Option<(u32, Duration)>),
}

/// A log-in that goes on when whoever waited for it comes back, since a modem that was asked may have let us in.
pub struct Attempt(Pin<Box<dyn Future<Output = Tried> + Send>>);

/// What came of it, and what it was made with.
pub struct Tried {
    /// The connection.
    pub line: Line,
    /// As whom.
    pub credentials: Credentials,
    /// What the modem said, or why it said nothing.
    pub outcome: Result<Outcome, Error>,
    /// What happened.
    pub journal: Journal,
}

impl Attempt {
    /// Nothing is said before somebody waits for it.
    pub fn new(line: Line, credentials: Credentials, force: bool, now: Timestamp, hours: Hours) -> Self {
        Self(Box::pin(async move {
            let mut journal = Journal::default();
            let outcome = log_in(&line, &credentials, force, now, &hours, &mut journal).await;
            Tried { line, credentials, outcome, journal }
        }))
    }

    /// Waits for it; not again once it is over.
    pub async fn made(&mut self) -> Tried {
        self.0.as_mut().await
    }
}

/// Logs in.
///
/// # Errors
/// When the modem does not answer, or not as a modem does.
async fn log_in(
    line: &Line,
    credentials: &Credentials,
    force: bool,
    now: Timestamp,
    hours: &Hours,
    journal: &mut Journal,
) -> Result<Outcome, Error> {
    let mut jar = Jar::default();
    let first = Question { path: "/", form: None, cookies: None, repeatable: true };
    let first = line.exchange(first, hours.limits(), journal).await.map_err(trouble::of_failure)?;
    take(&mut jar, &first, now);
    let Some(ticket) = jar.get(TICKET) else {
        let what = format!(
            "gave no cookie `{TICKET}` (HTTP {}), without which nobody can log in; is it a CGNV4, and is this its port",
            first.status
        );
        return Err(trouble::protocol(line.place(), &what));
    };
    let form = Body::form(&[
        ("usr", credentials.user.expose_secret()),
        ("pwd", credentials.password.expose_secret()),
        ("forcelogoff", if force { "1" } else { "0" }),
        (TICKET, ticket),
    ]);
    let cookies = jar.header();
    let question =
        Question { path: "/goform/login", form: Some(form), cookies: cookies.as_ref(), repeatable: false };
    // Whoever waits for it may stop before: what comes of it has to be known, or nobody could log out.
    let limits = Limits { connect: hours.to_connect(), all: ANSWER };
    let answer = line.exchange(question, limits, journal).await.map_err(trouble::of_failure)?;
    if answer.status != 200 {
        let what = format!("answered a log-in with HTTP {}; is `profile` right", answer.status);
        return Err(trouble::protocol(line.place(), &what));
    }
    let said = answer::read(&answer.body);
    journal.note(match &said {
        Said::Welcome => "logged in",
        Said::Busy => "not logged in: somebody else is",
        Said::Wrong => "not logged in: the user or the password is wrong",
        Said::Locked(_) => "not logged in: nobody can after too many failures",
        Said::Other(_) => "not logged in: it says what nobody knows",
    });
    match said {
        Said::Welcome => {
            take(&mut jar, &answer, now);
            Ok(Outcome::Welcome(jar))
        }
        Said::Busy => Ok(Outcome::Busy),
        Said::Wrong => Ok(Outcome::Wrong),
        Said::Locked(lock) => Ok(Outcome::Locked(lock)),
        Said::Other(said) => {
            // It is told to whoever reads the log, unless it says what it was told.
            let secrets = [credentials.user.expose_secret(), credentials.password.expose_secret(), ticket];
            let said = answer::shown(&said, &secrets);
            let what = format!("answered a log-in with {said}, which nobody knows; is `profile` right");
            Err(trouble::protocol(line.place(), &what))
        }
    }
}

/// Logs out.
///
/// # Errors
/// A sentence, if the modem does not say that it has heard.
pub async fn log_out(
    line: &Line,
    jar: &Jar,
    patience: Duration,
    journal: &mut Journal,
) -> Result<(), String> {
    let (cookies, form) = (jar.header(), Body::form(&[("data", "byebye")]));
    let question =
        Question { path: "/goform/logout", form: Some(form), cookies: cookies.as_ref(), repeatable: true };
    let limits = Limits { connect: patience, all: patience };
    let why = match line.exchange(question, limits, journal).await {
        Ok(answer) if (200..400).contains(&answer.status) => return Ok(()),
        Ok(answer) => format!("it answered with HTTP {}", answer.status),
        Err(failure) => failure.to_string(),
    };
    Err(format!("could not log out, so that whoever wants to log in may have to wait: {why}"))
}

/// Takes the cookies of an answer.
pub fn take(jar: &mut Jar, answer: &Answer, now: Timestamp) {
    for line in &answer.set_cookie {
        jar.take(line, now);
    }
}
