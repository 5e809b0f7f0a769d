//! Why there is no answer: whose turn it is to act, a word for programs, and a sentence for people. Pure.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::legacy_tls;
use super::tls::refusal::Refusal;
use crate::metric::Reason;
use crate::text;

/// Why there is no answer, and whose.
#[derive(Debug, thiserror::Error)]
#[error("{at} {cause}")]
pub struct Failure {
    /// Host and port, as a person would write them.
    pub at: String,
    /// Why.
    pub cause: Cause,
}

/// Why there is no answer. Each reads on from where and whom.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The name has no address.
    #[error("cannot be found: {0}; is the name right, and does the resolver of this machine know it")]
    Resolve(String),
    /// Nobody takes the connection; with the address that was tried last.
    #[error("does not take a connection ({address}): {error}; is it up, and is this its port")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// Not by the deadline.
    #[error("did not answer within {}: {step}", text::duration(*patience))]
    Timeout {
        /// What took too long.
        step: Step,
        /// How long everything may take together.
        patience: Duration,
    },
    /// The handshake came to nothing.
    #[error("{0}")]
    Tls(Box<Refusal>),
    /// The handshake by OpenSSL came to nothing.
    #[error("{0}")]
    LegacyTls(Box<legacy_tls::refusal::Refusal>),
    /// What is asked for cannot be said in HTTP: part of it may have come from there.
    #[error("cannot be asked: {0} has characters that HTTP does not allow")]
    Words(&'static str),
    /// The connection was closed before a byte of the answer.
    #[error("closed the connection and did not answer")]
    Closed,
    /// The connection broke.
    #[error("broke the connection off: {0}")]
    Broken(io::Error),
    /// What came is not HTTP.
    #[error("does not speak HTTP: {0}; is this its port, and should it be `https://`")]
    NotHttp(String),
    /// The head of the answer is longer than any that makes sense.
    #[error("sent more than {HEAD_MAX} bytes or {HEADERS_MAX} lines of headers")]
    HeadTooLarge,
    /// The body is longer than any that makes sense.
    #[error("sent, or wants to send, more than the {limit} bytes that such an answer may have")]
    TooLarge {
        /// The longest that makes sense, in bytes.
        limit: usize,
    },
    /// The connection was closed in the middle of the answer.
    #[error("closed the connection in the middle of its answer, {received} bytes after its headers")]
    Truncated {
        /// How much of the body had come.
        received: usize,
    },
    /// More came than the length that it gave.
    #[error("sent more than the length that its answer was said to have")]
    Excess,
    /// The chunks of the body are none.
    #[error("sent a body that cannot be read: {0}")]
    Chunks(String),
}

/// The longest head of an answer, in bytes: a real one has less than one thousand.
pub(super) const HEAD_MAX: usize = 16 * 1024;
/// The most headers of an answer: a real one has about ten.
pub(super) const HEADERS_MAX: usize = 64;

/// What can take too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Step {
    /// All connections are taken by other requests.
    #[error("other requests took all that time")]
    Turn,
    /// The resolver does not answer.
    #[error("no resolver had said its address by then")]
    Resolve,
    /// Nobody takes or refuses the connection.
    #[error("nobody had taken the connection by then; is it up, and is this its address")]
    Connect,
    /// TLS.
    #[error("its TLS handshake was not over by then")]
    Handshake,
    /// The first byte, or the end of the head.
    #[error("it had taken the connection, and said nothing by then")]
    Head,
    /// The end of the body.
    #[error("its answer had not ended by then")]
    Body,
}

impl Failure {
    /// Who must act.
    pub fn reason(&self) -> Reason {
        match &self.cause {
            Cause::Resolve(_) | Cause::Connect { .. } | Cause::Closed | Cause::Broken(_) => {
                Reason::Unreachable
            }
            Cause::Timeout { .. } => Reason::TimedOut,
            Cause::Tls(refusal) => refusal.reason(),
            Cause::LegacyTls(refusal) => refusal.reason(),
            Cause::Words(_)
            | Cause::NotHttp(_)
            | Cause::HeadTooLarge
            | Cause::TooLarge { .. }
            | Cause::Truncated { .. }
            | Cause::Excess
            | Cause::Chunks(_) => Reason::Misbehaved,
        }
    }

    /// Whether nobody was there to be asked: then other questions need not be tried.
    pub fn is_unreachable(&self) -> bool {
        match &self.cause {
            Cause::Resolve(_) | Cause::Connect { .. } | Cause::Tls(_) | Cause::LegacyTls(_) => true,
            Cause::Timeout { step, .. } => matches!(step, Step::Resolve | Step::Connect | Step::Handshake),
            _ => false,
        }
    }

    /// Narrower than the reason.
    pub fn code(&self) -> &'static str {
        match &self.cause {
            Cause::Resolve(_) => "resolve",
            Cause::Connect { .. } => "connect",
            Cause::Timeout { .. } => "timeout",
            Cause::Tls(refusal) => refusal.code(),
            Cause::LegacyTls(refusal) => refusal.code(),
            Cause::Words(_) => "words",
            Cause::Closed => "closed",
            Cause::Broken(_) => "broken",
            Cause::NotHttp(_) => "not_http",
            Cause::HeadTooLarge => "head_too_large",
            Cause::TooLarge { .. } => "too_large",
            Cause::Truncated { .. } => "truncated",
            Cause::Excess => "excess",
            Cause::Chunks(_) => "chunks",
        }
    }
}

impl Cause {
    /// Why no head came. `heard` says whether any byte of it did.
    pub(super) fn of_head(error: &hyper::Error, heard: bool) -> Self {
        match io_error(error) {
            Some(error) if error.kind() != io::ErrorKind::UnexpectedEof => Self::Broken(copy(error)),
            _ if error.is_parse_too_large() => Self::HeadTooLarge,
            _ if error.is_parse() => Self::NotHttp(said(error)),
            // The connection ended, politely or not.
            _ if heard => Self::Truncated { received: 0 },
            _ => Self::Closed,
        }
    }

    /// Why no more of the body came than this.
    pub(super) fn of_body(error: &hyper::Error, received: usize) -> Self {
        match io_error(error) {
            Some(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::Truncated { received },
            Some(error)
                if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) =>
            {
                Self::Chunks(text::cut(&text::plain(&error.to_string()), 200))
            }
            Some(error) => Self::Broken(copy(error)),
            None if error.is_incomplete_message() || error.is_canceled() || error.is_closed() => {
                Self::Truncated { received }
            }
            None => Self::Chunks(said(error)),
        }
    }
}

/// The error of the connection below one of HTTP.
pub(super) fn io_error(error: &hyper::Error) -> Option<&io::Error> {
    let mut below = error.source();
    while let Some(error) = below {
        match error.downcast_ref::<io::Error>() {
            Some(found) => return Some(found),
            None => below = error.source(),
        }
    }
    None
}

/// An error that belongs to somebody else.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), text::cut(&text::plain(&error.to_string()), 200)),
    }
}

/// What hyper says, without what it quotes of the other side: it quotes nothing.
fn said(error: &hyper::Error) -> String {
    text::cut(&text::plain(&error.to_string()), 200)
}
