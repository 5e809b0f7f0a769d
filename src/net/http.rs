//! One HTTP/1.1 client for one box: a few connections that are kept, a deadline for each request, and a limit for each
//! answer. It follows no redirect, keeps no cookie and retries nothing but a kept connection that had gone stale.

use std::time::Duration;

use secrecy::SecretString;

use super::tls::{Certificate, Tls};

/// Whom to ask.
#[derive(Clone, Debug)]
pub struct Target {
    /// A name or an address, as a URL has it: IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Where to connect to, if not to `host`.
    pub connect_to: Option<String>,
    /// How to be sure who answers; none for plain HTTP.
    pub tls: Option<Tls>,
}

/// A request.
#[derive(Debug)]
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query, from the slash on.
    pub path: &'a str,
    /// A header whose value is a secret.
    pub secret: Option<(&'static str, &'a SecretString)>,
    /// A JSON body.
    pub json: Option<String>,
    /// The longest answer that makes sense, in bytes.
    pub limit: usize,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Where a redirect leads, for the message: nobody follows it.
    pub location: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Replace by what H3 needs.
    #[error("not yet")]
    NotYet,
}

/// A client for one box. Cheap to share behind an `Arc`: requests beyond the number of connections wait for their turn.
#[derive(Clone, Debug)]
pub struct Client {
    target: Target,
}

impl Client {
    /// Asks nobody yet.
    pub fn new(target: Target, _connections: usize) -> Self {
        Self { target }
    }

    /// Asks once, and waits at most so long, the wait for a free connection included.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ask(&self, _request: Request<'_>, _patience: Duration) -> Result<Answer, Failure> {
        let _ = &self.target;
        Err(Failure::NotYet)
    }

    /// host:port, for messages.
    pub fn place(&self) -> String {
        format!("{}:{}", self.target.host, self.target.port)
    }

    /// The certificate that the box showed last.
    pub fn certificate(&self) -> Option<Certificate> {
        None
    }
}

impl Failure {
    /// Who must act.
    pub fn reason(&self) -> crate::metric::Reason {
        crate::metric::Reason::Unreachable
    }

    /// Narrower.
    pub fn code(&self) -> &'static str {
        "not_yet"
    }

    /// Whether no connection could be made at all.
    pub fn is_unreachable(&self) -> bool {
        true
    }
}
