//! What keeps everybody from asking: in words that say who must do what, and for how long to leave the box alone. Pure.

use std::time::Duration;

use crate::metric::{Reason, Timestamp};
use crate::net::failure::Failure;
use crate::sources::Error;
use crate::sources::freebox::api::envelope::Refusal;

/// Why nobody can ask at present. All parts get the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Who must act.
    pub reason: Reason,
    /// Narrower.
    pub code: &'static str,
    /// What happened, where, and what to do.
    pub what: String,
    /// How long to leave the box alone, at least.
    pub rest: Duration,
}

impl Trouble {
    /// Without a wish to be left alone.
    pub fn new(reason: Reason, code: &'static str, what: impl Into<String>) -> Self {
        Self { reason, code, what: what.into(), rest: Duration::ZERO }
    }

    /// The box is to be left alone for so long.
    pub fn resting(self, rest: Duration) -> Self {
        Self { rest, ..self }
    }

    /// The connection failed.
    pub fn connection(failure: &Failure) -> Self {
        Self::new(failure.reason(), failure.code(), failure.to_string())
    }

    /// The answer is none.
    pub fn nonsense(path: &str, status: u16, what: &str) -> Self {
        let what = format!("the answer to `{path}` (HTTP {status}) makes no sense: {what}");
        Self::new(Reason::Misbehaved, "nonsense", what)
    }

    /// As a visit's error; `now` is when the visit began.
    pub fn into_error(self, now: Timestamp) -> Error {
        let not_before = (self.rest > Duration::ZERO).then(|| Timestamp(now.0 + self.rest));
        Error { not_before, ..Error::new(self.reason, self.code, self.what) }
    }
}

/// A revoked token stays revoked until somebody does something; who asks too often is locked out.
pub const REVOKED_FOR: Duration = Duration::from_secs(300);
/// The first rest after too many failures to log in; how long the box remembers is in no document.
pub const RATE_LIMITED_FOR: Duration = Duration::from_secs(60);
/// The longest.
pub const RATE_LIMITED_AT_MOST: Duration = Duration::from_secs(900);
/// Whatever the reason is that nobody knows, each refusal may be one of the failures that the box counts.
pub const REFUSED_FOR: Duration = Duration::from_secs(60);
/// Somebody may be on his way to the box.
pub const PENDING_FOR: Duration = Duration::from_secs(60);
/// The right box may come back.
pub const WRONG_BOX_FOR: Duration = Duration::from_secs(60);

/// What a refusal to log in means. A token that does not fit is the caller's matter.
pub fn of_login(refusal: &Refusal) -> Trouble {
    let said = said(refusal);
    match refusal.code.as_str() {
        "invalid_token" => Trouble::new(
            Reason::Refused,
            "revoked",
            format!(
                "the box does not know our token any more{said}; register again with `lanlord freebox register`, or \
                 correct `app_id` if the token was another program's"
            ),
        )
        .resting(REVOKED_FOR),
        "pending_token" => Trouble::new(
            Reason::Refused,
            "pending",
            format!("the box has not let lanlord in yet{said}; confirm on its display, or register again"),
        )
        .resting(PENDING_FOR),
        "ratelimited" => Trouble::new(
            Reason::Refused,
            "rate_limited",
            format!("too many attempts to log in have failed from this address{said}; lanlord waits"),
        )
        .resting(RATE_LIMITED_FOR),
        "apps_denied" => Trouble::new(
            Reason::Refused,
            "apps_denied",
            format!(
                "the box lets no application in{said}; allow it in Freebox OS (\"Paramètres de la Freebox\", \"Gestion \
                 des accès\")"
            ),
        )
        .resting(REVOKED_FOR),
        "denied_from_external_ip" => Trouble::new(
            Reason::Refused,
            "external",
            format!("the box lets us in from inside its network only{said}; use its address there"),
        )
        .resting(REVOKED_FOR),
        "auth_required" | "invalid_session" => Trouble::new(
            Reason::Misbehaved,
            "session",
            format!("the box opens a session and then does not know it{said}"),
        ),
        code => Trouble::new(
            Reason::Misbehaved,
            "login",
            format!("the box refuses to open a session: {}{said}", name(code)),
        )
        .resting(match code {
            // A moment's trouble of the box.
            "internal_error" | "" => Duration::ZERO,
            _ => REFUSED_FOR,
        }),
    }
}

/// What the box says, for people who read French; its words are hostile, and whoever shows them makes them plain.
pub fn said(refusal: &Refusal) -> String {
    match refusal.message.trim() {
        "" => String::new(),
        words => format!(" (it says: {})", cut(words, 200)),
    }
}

/// A code to be shown; some refusals have none.
fn name(code: &str) -> String {
    match code {
        "" => "it gives no reason".to_owned(),
        code => format!("`{}`", cut(code, 64)),
    }
}

/// As much of the box's words as a message has room for, in bytes.
pub fn cut(words: &str, longest: usize) -> &str {
    &words[..words.floor_char_boundary(longest)]
}

/// What a refusal of one answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The session is over.
    SessionOver,
    /// This box, its line or its mode does not have this.
    NotHere,
    /// This firmware does not know this path: it need not be asked again before it is another one.
    Unknown,
    /// The owner has not given this permission.
    Right(String),
    /// Something is wrong with this answer alone.
    Alone(String),
    /// Nobody can ask.
    Everything(Trouble),
}

/// Sorts a refusal.
pub fn of_answer(path: &str, refusal: &Refusal) -> Denied {
    match refusal.code.as_str() {
        "auth_required" | "invalid_session" => Denied::SessionOver,
        "access_denied" | "service_down" | "noent" | "nodev" | "notsupp" | "exist" | "bad_port" => {
            Denied::NotHere
        }
        "invalid_request" => Denied::Unknown,
        "insufficient_rights" => {
            let right = cut(refusal.missing_right.as_deref().unwrap_or("unnamed"), 64);
            Denied::Right(format!(
                "`{path}` needs the permission `{right}`, which the owner has not given to lanlord in Freebox OS \
                 (\"Gestion des accès\", \"Applications\")"
            ))
        }
        "invalid_token" | "pending_token" | "ratelimited" | "apps_denied" | "denied_from_external_ip" => {
            Denied::Everything(of_login(refusal))
        }
        code => Denied::Alone(format!("the box refuses `{path}`: {}{}", name(code), said(refusal))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str) -> Refusal {
        Refusal { code: code.to_owned(), message: "Accès refusé".to_owned(), ..Refusal::default() }
    }

    #[test]
    fn every_refusal_to_log_in_says_what_to_do_and_when_to_come_again() {
        for (code, expected, rest) in [
            ("invalid_token", "revoked", 300),
            ("pending_token", "pending", 60),
            ("ratelimited", "rate_limited", 60),
            ("apps_denied", "apps_denied", 300),
            ("denied_from_external_ip", "external", 300),
            ("internal_error", "login", 0),
            ("", "login", 0),
            ("invalid_request", "login", 60),
        ] {
            let trouble = of_login(&refusal(code));
            assert_eq!((trouble.code, trouble.rest.as_secs()), (expected, rest), "{code}");
            assert!(trouble.what.contains("Accès refusé"), "{}", trouble.what);
        }
    }

    #[test]
    fn a_refusal_of_one_answer_touches_no_other_unless_it_must() {
        for code in ["noent", "nodev", "notsupp", "service_down", "access_denied", "bad_port"] {
            assert_eq!(of_answer("a/", &refusal(code)), Denied::NotHere, "{code}");
        }
        for code in ["inval", "busy", "db_error", "invalid_db", "internal_error", "", "what_is_this"] {
            assert!(matches!(of_answer("a/", &refusal(code)), Denied::Alone(_)), "{code}");
        }
        assert_eq!(of_answer("a/", &refusal("auth_required")), Denied::SessionOver);
        assert_eq!(of_answer("a/", &refusal("invalid_request")), Denied::Unknown);
        assert!(matches!(of_answer("a/", &refusal("apps_denied")), Denied::Everything(_)));
        let missing =
            Refusal { missing_right: Some("settings".to_owned()), ..refusal("insufficient_rights") };
        assert!(matches!(of_answer("a/", &missing), Denied::Right(what) if what.contains("`settings`")));
    }
}
