//! One HTTP/1.1 client for one host: a few connections that are kept, a deadline for each request, and a limit for each
//! answer. It follows no redirect, keeps no cookie, unpacks nothing and retries nothing but a kept connection that had
//! gone stale.
//!
//! It starts no task: a connection moves only while somebody waits for its answer, and whoever gives up waiting takes
//! the connection along.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hyper::body::Bytes;
use secrecy::SecretString;
use tokio::sync::Semaphore;

use super::failure::{Cause, Failure, Step};
use super::legacy_tls::LegacyTls;
use super::patience::Patience;
use super::tcp;
use super::tls::{Certificate, Tls};

mod connect;
mod connection;
mod form;
mod message;

use connection::Connection;

/// Whom to ask.
#[derive(Clone, Debug)]
pub struct Target {
    /// A name or an address, as a URL has it: IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Where to connect to, when that is not what `host` says: a name or an address, IPv6 without brackets.
    pub connect_to: Option<String>,
    /// How to be sure who answers.
    pub over: Over,
}

/// What HTTP goes over, and with it how to be sure who answers.
#[derive(Clone, Debug)]
pub enum Over {
    /// TCP alone: nobody can be sure.
    Tcp,
    /// TLS as it is today.
    Tls(Tls),
    /// TLS for modems that are too old for that.
    LegacyTls(LegacyTls),
}

impl Over {
    /// The certificate that was shown last, also when it was not believed.
    pub fn certificate(&self) -> Option<Certificate> {
        match self {
            Over::Tcp => None,
            Over::Tls(tls) => tls.shown(),
            Over::LegacyTls(tls) => tls.shown()?.certificate,
        }
    }
}

/// A request.
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query, from the slash on.
    pub path: &'a str,
    /// A header whose value is a secret.
    pub secret: Option<(&'static str, &'a SecretString)>,
    /// Whether it changes nothing to say it twice: then it is said again, once, where a connection that was kept is closed
    /// without a byte of an answer, as those are that rested for too long.
    pub repeatable: bool,
    /// What is sent along.
    pub body: Option<Body>,
    /// The longest answer that makes sense, in bytes.
    pub limit: usize,
}

impl fmt::Debug for Request<'_> {
    /// Without the body, in which passwords are sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// What is sent along with a request. Cheap to clone.
#[derive(Clone)]
pub struct Body {
    /// As it is sent.
    pub bytes: Bytes,
    /// What it is, as a `Content-Type`.
    pub kind: &'static str,
    /// Whether it is compressed with gzip.
    pub gzip: bool,
}

impl Body {
    /// A JSON text.
    pub fn json(text: impl Into<String>) -> Self {
        Self { bytes: Bytes::from(text.into()), kind: "application/json", gzip: false }
    }

    /// The fields of a form, each a name and a value, in UTF-8 and in this order. They are wiped when nobody needs them any
    /// more, since one may be a password; what has copied them by then, on their way to the socket, is not.
    pub fn form(fields: &[(&str, &str)]) -> Self {
        Self { bytes: form::write(fields), kind: "application/x-www-form-urlencoded", gzip: false }
    }
}

/// An answer, whatever its status.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Where a redirect leads, for the message: nobody follows it. Hostile.
    pub location: Option<String>,
    /// When to ask again, as the header has it: a number of seconds or a date (RFC 9110 §10.2.3). Hostile.
    pub retry_after: Option<String>,
    /// What the body is said to be. Hostile.
    pub content_type: Option<String>,
    /// What each `Set-Cookie` has, in their order. Hostile, and often secret.
    pub set_cookie: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    /// Without the body, in which tokens come, and without cookies, which are tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.status, self.body.len())
    }
}

/// A client for one host. Cheap to share behind an `Arc`: requests beyond the number of connections wait for their turn.
pub struct Client {
    target: Target,
    /// Host and port for messages.
    at: String,
    /// A permit for each connection that may be used at once.
    turns: Semaphore,
    /// Connections that nobody uses, the one that was used last at the end: never more than there are permits, since one
    /// is only opened where none is left here. The lock is held for a push or a pop; all requests take it.
    kept: Mutex<Vec<Connection>>,
}

impl Client {
    /// Asks nobody yet. `connections` is how many there are at most at once, at least one.
    pub fn new(target: Target, connections: usize) -> Self {
        let at = at(&target);
        Self { target, at, turns: Semaphore::new(connections.max(1)), kept: Mutex::default() }
    }

    /// Asks once, and waits at most so long, the wait for a free connection included. Whoever stops waiting before
    /// closes the connection.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn fetch(&self, request: Request<'_>, patience: Duration) -> Result<Answer, Failure> {
        self.answer(&request, Patience::new(patience))
            .await
            .map_err(|cause| Failure { at: self.at.clone(), cause })
    }

    async fn answer(&self, request: &Request<'_>, patience: Patience) -> Result<Answer, Cause> {
        let message = message::write(&self.target, request)?;
        // The semaphore is never closed.
        let _turn = patience.within(Step::Turn, self.turns.acquire()).await?;
        // The runtime looks at its sockets in between, and sees which of ours were closed while they rested.
        tokio::task::yield_now().await;
        while let Some(mut kept) = self.take() {
            match kept.exchange(message.clone(), request.limit, &patience).await {
                Ok(answer) => return Ok(self.keep(kept, answer)),
                // Nobody has seen the question; the next connection may be stale as well.
                Err(failed) if failed.unsent => {}
                // It was closed while we asked.
                Err(failed) if failed.unheard && request.repeatable => break,
                Err(failed) => return Err(failed.cause),
            }
        }
        let mut fresh = connect::connect(&self.target, &patience).await?;
        match fresh.exchange(message, request.limit, &patience).await {
            Ok(answer) => Ok(self.keep(fresh, answer)),
            Err(failed) => Err(failed.cause),
        }
    }

    fn take(&self) -> Option<Connection> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // What nobody has needed for long may be dead without knowing.
        kept.retain(Connection::is_young);
        kept.pop()
    }

    fn keep(&self, connection: Connection, answer: Answer) -> Answer {
        if connection.is_reusable() {
            self.put(connection);
        }
        answer
    }

    fn put(&self, connection: Connection) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    /// Opens a connection, unless there is one that nobody uses: for those who want to know with whom they talk, or to wait
    /// for that less long than for an answer, before they say anything.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn open(&self, patience: Duration) -> Result<(), Failure> {
        let patience = Patience::new(patience);
        self.opened(&patience).await.map_err(|cause| Failure { at: self.at.clone(), cause })
    }

    async fn opened(&self, patience: &Patience) -> Result<(), Cause> {
        // The semaphore is never closed.
        let _turn = patience.within(Step::Turn, self.turns.acquire()).await?;
        if let Some(kept) = self.take() {
            self.put(kept);
            return Ok(());
        }
        let fresh = connect::connect(&self.target, patience).await?;
        self.put(fresh);
        Ok(())
    }

    /// Closes what nobody uses.
    pub fn close(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Host and port, for messages.
    pub fn place(&self) -> &str {
        &self.at
    }

    /// The certificate that the host showed last.
    pub fn certificate(&self) -> Option<Certificate> {
        self.target.over.certificate()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("at", &self.at).finish_non_exhaustive()
    }
}

/// Host and port, and where they are when the host does not say so.
fn at(target: &Target) -> String {
    let elsewhere = target.connect_to.as_deref().filter(|other| *other != target.host);
    tcp::place(&target.host, target.port, elsewhere)
}

/// A request as hyper wants it; cheap to clone.
type Message = hyper::Request<http_body_util::Full<Bytes>>;
