//! The one connection to a modem on a visit: what is asked over it, and what is noted down of that.
//!
//! It goes to the address that it was given and nowhere else, follows no redirect, and shows no cookie to anybody.

use std::time::Duration;

use secrecy::SecretString;

use crate::clock::Stopwatch;
use crate::metric::Reason;
use crate::net::failure::{Cause, Failure};
use crate::net::http::{Answer, Body, Client, Over, Request, Target};
use crate::net::legacy_tls::{LegacyTls, Shown};
use crate::sources::hitron::{Scheme, Settings};
use crate::sources::{Device, Error, Journal};
use crate::text;

/// The longest answer that makes sense, in bytes: the longest that anybody has seen has some ten thousand.
const LARGEST_ANSWER: usize = 1 << 20;

/// A connection that is opened when somebody needs it.
pub struct Line {
    client: Client,
    tls: Option<LegacyTls>,
}

/// A question.
pub struct Question<'a> {
    /// From the slash on.
    pub path: &'a str,
    /// What is posted; none gets.
    pub form: Option<Body>,
    /// Cookies.
    pub cookies: Option<&'a SecretString>,
    /// Whether it does no harm to ask twice. A log-in that was heard and not answered counts as one.
    pub repeatable: bool,
}

/// How long the steps may take.
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// Until there is an answer, the connection included.
    pub all: Duration,
}

/// Where to connect to, for a device at this address. How to speak with it is made once, and kept in `made`.
///
/// # Errors
/// When nobody here can speak such TLS.
pub fn target(settings: &Settings, device: &Device, made: &mut Option<Over>) -> Result<Target, Error> {
    let over = match (settings.scheme, made.as_ref()) {
        (_, Some(made)) => made.clone(),
        (Scheme::Http, None) => Over::Tcp,
        (Scheme::Https, None) => {
            let tls = LegacyTls::new(settings.allowed, settings.pins.clone());
            Over::LegacyTls(tls.map_err(|problem| Error::new(Reason::Unsupported, "unsupported", problem))?)
        }
    };
    *made = Some(over.clone());
    Ok(Target {
        host: settings.host.clone(),
        port: device.address.port(),
        connect_to: Some(device.address.ip().to_string()),
        over,
    })
}

impl Line {
    /// Asks nobody yet.
    pub fn new(target: Target) -> Self {
        let tls = match &target.over {
            Over::LegacyTls(tls) => Some(tls.clone()),
            Over::Tcp | Over::Tls(_) => None,
        };
        Self { client: Client::new(target, 1), tls }
    }

    /// Where it leads, for messages.
    pub fn place(&self) -> &str {
        self.client.place()
    }

    /// What was shown of TLS, and whether it had to be what we know.
    pub fn shown(&self) -> Option<(Shown, bool)> {
        let tls = self.tls.as_ref()?;
        Some((tls.shown()?, tls.is_pinned()))
    }

    /// Connects, and says with whom.
    ///
    /// # Errors
    /// When nobody is there, or not the one who should be.
    pub async fn connect(&self, patience: Duration, journal: &mut Journal) -> Result<(), Failure> {
        let opened = self.client.open(patience).await;
        match (&opened, self.shown()) {
            (Err(failure), _) => journal.note(format!("cannot connect: {}", public(failure))),
            (Ok(()), None) => journal.note("connected, without TLS"),
            (Ok(()), Some((shown, pinned))) => journal.note(format!(
                "connected with {}, {}, certificate {}{}",
                shown.protocol,
                shown.cipher.unwrap_or("a cipher without a name"),
                shown.fingerprint,
                if pinned { "" } else { ", which nobody has vouched for" }
            )),
        }
        opened
    }

    /// Asks once.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn exchange(
        &self,
        question: Question<'_>,
        limits: Limits,
        journal: &mut Journal,
    ) -> Result<Answer, Failure> {
        let watch = Stopwatch::start();
        let Question { path, form, cookies, repeatable } = question;
        let method = if form.is_some() { "POST" } else { "GET" };
        let request = Request {
            method,
            path,
            secret: cookies.map(|cookies| ("cookie", cookies)),
            repeatable,
            body: form,
            limit: LARGEST_ANSWER,
        };
        let asked = async {
            self.client.open(limits.connect).await?;
            self.client.fetch(request, limits.all.saturating_sub(watch.elapsed())).await
        };
        let answer = asked.await;
        let took = text::duration(watch.elapsed());
        match &answer {
            Ok(answer) => {
                let (status, length) = (answer.status, answer.body.len());
                journal.note(format!("{method} {path}: {status}, {length} bytes, {took}"));
            }
            Err(failure) => journal.note(format!("{method} {path}: {}, {took}", public(failure))),
        }
        answer
    }
}

/// What a failure is for whoever asked: without the certificate that was shown instead of the right one.
fn public(failure: &Failure) -> String {
    match &failure.cause {
        Cause::LegacyTls(refusal) => format!("{} {}", failure.at, refusal.without_certificate()),
        _ => failure.to_string(),
    }
}
