//! Why a visit to a modem brings nothing, in words that say who must do what. Pure.
//!
//! No secret comes in here, so none goes out.

use std::time::Duration;

use crate::metric::{Reason, Timestamp};
use crate::net::failure::Failure;
use crate::secrets::Problem;
use crate::sources::Error;
use crate::text;

/// There is no answer.
pub fn of_failure(failure: Failure) -> Error {
    Error::new(failure.reason(), failure.code(), failure)
}

/// There is no answer to a question for one page.
pub fn of_page(page: &str, failure: &Failure) -> Error {
    Error::new(failure.reason(), failure.code(), format!("`{page}`: {failure}"))
}

/// A page cannot be read; the sentence says which.
pub fn nonsense(what: String) -> Error {
    Error::new(Reason::Misbehaved, "protocol", what)
}

/// Who visits has not waited for its turn.
pub fn no_turn() -> Error {
    Error::new(Reason::Unsupported, "no_turn", "a modem is visited without anybody waiting for its turn")
}

/// A stored password for a modem that anybody could be.
pub fn unpinned() -> Error {
    let what = "a stored password is sent only over TLS and to a modem that is known by its certificate, so nothing was \
                sent; add `pin` with its fingerprint, and `https://`";
    Error::new(Reason::Unsupported, "unpinned", what)
}

/// Nobody to log in as.
pub fn no_login() -> Error {
    let what = "one has to log in to this modem, and there is no user and no password; add them, or write `profile = \
                \"coda-asp\"` if it lets everybody in";
    Error::new(Reason::Unsupported, "no_login", what)
}

/// The password is not to be had.
pub fn no_password(problem: Problem) -> Error {
    Error::new(Reason::Refused, "secret", problem)
}

/// Somebody else is logged in.
pub fn busy(place: &str) -> Error {
    let what = format!(
        "{place} lets in one at a time, and somebody else is logged in: log out there, in the browser or the program that \
         it is, or throw them out with `force`"
    );
    Error::new(Reason::Refused, "busy", what)
}

/// The user or the password is not right.
pub fn credentials(place: &str, hold_off: Duration) -> Error {
    let what = format!(
        "{place} rejects the user or the password; correct them: the same ones are not tried again for {}, and others \
         are at once",
        text::duration(hold_off)
    );
    Error::new(Reason::Refused, "credentials", what)
}

/// Too many have failed to log in.
pub fn locked(place: &str, failures: Option<u32>, rest: Duration) -> Error {
    let after = failures.map_or_else(String::new, |failures| format!(" after {failures} failures"));
    let what = format!(
        "{place} lets nobody log in{after}; lanlord does not ask it anything for {}",
        text::duration(rest)
    );
    Error::new(Reason::Refused, "locked", what)
}

/// It is left alone.
pub fn resting(code: &'static str, why: &str, left: Duration) -> Error {
    let what = format!("nothing was asked, and will not be for {}: {why}", text::duration(left));
    Error::new(Reason::Refused, code, what)
}

/// It does not answer as such a modem does.
pub fn protocol(place: &str, what: &str) -> Error {
    Error::new(Reason::Misbehaved, "protocol", format!("{place} {what}"))
}

/// Somebody has thrown us out.
pub fn session_lost(place: &str) -> Error {
    let what = format!(
        "{place} does not know our session any more: most likely somebody else has logged in and thrown us out"
    );
    Error::new(Reason::Refused, "session_lost", what)
}

/// No time was left to ask for this.
pub fn late(place: &str, what: &str) -> Error {
    let what = format!(
        "{place} was so slow that no time was left for {what}; `deadline`, or whoever probes, says how long to wait"
    );
    Error::new(Reason::TimedOut, "timeout", what)
}

/// A page that this session may not see, or that this firmware does not have.
pub fn not_for_us(page: &str) -> Error {
    let what = format!("`{page}` leads to the log-in, although we are logged in: this user may not see it");
    Error::new(Reason::Refused, "not_for_us", what)
}

/// A page that came with another status than it should have.
pub fn status(page: &str, status: u16) -> Error {
    Error::new(Reason::Misbehaved, "protocol", format!("`{page}` answered with HTTP {status}"))
}

/// The device is not to be visited for so long from now on.
pub fn not_before(error: Error, now: Timestamp, rest: Duration) -> Error {
    Error { not_before: Some(Timestamp(now.0 + rest)), ..error }
}
