//! Why lines did not get to a receiver, in words that say what to do. Pure.

use std::io;
use std::time::Duration;

use crate::metric::Reason;
use crate::net::failure::{Cause, Failure};
use crate::push::sender::{Again, Refusal};
use crate::text;

/// Why lines did not get to a receiver. Each reads on from where it is.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// There is no connection.
    #[error("{0}")]
    Connection(Cause),
    /// It does not read.
    #[error("did not take all lines within {}; is it overloaded, or stuck", text::duration(*.0))]
    Stalled(Duration),
    /// It has closed before it had all lines.
    #[error(
        "closed the connection before it had all lines; is it overloaded, and does it take connections from this machine"
    )]
    Closed,
    /// It has closed without reading all lines, or is gone.
    #[error(
        "broke the connection off and has not read all lines: {0}; is it overloaded, and does it take connections from \
         this machine"
    )]
    Broken(io::Error),
    /// It says something.
    #[error("answers `{0}`, which no Graphite receiver does; is this its port")]
    Talks(String),
    /// It has taken the lines; more is not known.
    #[error(
        "took the lines and did not close the connection within {}, so nobody knows whether it has read them; is this its \
         port, and is it overloaded, or something in between that keeps connections open",
        text::duration(*.0)
    )]
    NotClosed(Duration),
    /// Cannot happen to what we have packed.
    #[error("gets no lines: they cannot be unpacked: {0}")]
    Unpacked(io::Error),
}

impl Trouble {
    /// Of what was heard: the first line, as far as it is there.
    pub fn talks(heard: &[u8]) -> Self {
        let said = String::from_utf8_lossy(heard);
        let line = said.lines().next().unwrap_or_default();
        Self::Talks(text::cut(&text::plain(line), 60))
    }

    /// `at` is where the receiver is.
    pub fn into_refusal(self, at: String) -> Refusal {
        let again = if matches!(self, Self::Unpacked(_)) { Again::Never } else { Again::Later };
        let (reason, code) = match self {
            Self::Connection(cause) => {
                let failure = Failure { at, cause };
                let (reason, code) = (failure.reason(), failure.code());
                return Refusal { reason, code, message: failure.to_string(), again };
            }
            Self::Stalled(_) => (Reason::TimedOut, "stalled"),
            Self::Closed => (Reason::Unreachable, "closed"),
            Self::Broken(_) => (Reason::Unreachable, "broken"),
            Self::Talks(_) => (Reason::Misbehaved, "talks"),
            Self::NotClosed(_) => (Reason::TimedOut, "not_closed"),
            Self::Unpacked(_) => (Reason::Misbehaved, "unpacked"),
        };
        Refusal { reason, code, message: format!("{at} {self}"), again }
    }
}
