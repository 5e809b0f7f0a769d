//! How a receiver of InfluxDB's line protocol can fail, and the words for it.
//!
//! Deliberately without chance: who sets a fault knows what happens.

use std::str::FromStr;
use std::time::Duration;

use crate::http::reply::{Manner, Reply};

/// What goes wrong with every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nobody listens.
    Down,
    /// An answer with this status, after which to ask again as it says, and nothing taken.
    Status {
        /// 400, 401, 404, 413, 429, 500, 503 …
        status: u16,
        /// The header `Retry-After`.
        retry_after: Option<String>,
    },
    /// Bytes that are no HTTP.
    Garbage,
    /// Status 200 and a page, as from a router or a proxy.
    Page,
    /// Elsewhere.
    Redirect {
        /// The header `Location`.
        to: String,
    },
    /// No answer, ever.
    Silent,
    /// It takes everything, and answers after so long.
    Slow(Duration),
    /// It takes everything, and the head of its answer comes byte by byte, all of it in so much time.
    SlowHead(Duration),
    /// It closes after so many bytes of a connection, with the rest unread.
    CloseInRequest {
        /// Bytes of the head and the body, of TLS where there is TLS.
        bytes: usize,
    },
    /// It takes nothing, and closes in the middle of its answer.
    CloseInAnswer,
    /// It resets instead of answering.
    Reset,
    /// It accepts and never reads.
    HalfOpen,
}

impl Fault {
    /// What it answers without looking at the request; none where it fails in another way.
    pub fn reply(&self) -> Option<Reply> {
        let manner = |status, body: &str, manner| Reply { manner, ..Reply::new(status, body) };
        Some(match self {
            Self::Status { status, retry_after } => {
                let reply = error(*status, sentence(*status));
                match retry_after {
                    Some(after) => reply.with("Retry-After", after),
                    None => reply,
                }
            }
            Self::Garbage => manner(200, "\0\x01SSH-2.0-nothing\r\n\r\n\u{1f47b}", Manner::Raw),
            Self::Page => Reply::new(200, "<html><body>Please log in to <b>the router</b></body></html>")
                .with("Content-Type", "text/html"),
            Self::Redirect { to } => Reply::new(307, "").with("Location", to),
            Self::Silent => manner(204, "", Manner::Hang),
            Self::CloseInAnswer => manner(500, "{\"error\":\"half of this is never\"}", Manner::Truncated),
            Self::Reset => manner(204, "", Manner::Reset),
            Self::Down | Self::Slow(_) | Self::SlowHead(_) | Self::CloseInRequest { .. } | Self::HalfOpen => {
                return None;
            }
        })
    }
}

/// As InfluxDB 1.x says what is wrong.
pub fn error(status: u16, sentence: &str) -> Reply {
    let body = serde_json::json!({ "error": sentence });
    Reply::new(status, format!("{body}\n")).with("Content-Type", "application/json")
}

fn sentence(status: u16) -> &'static str {
    match status {
        400 => "unable to parse 'lan': missing fields",
        401 => "authorization failed",
        403 => "write forbidden",
        404 => "database not found: \"lan\"",
        413 => "Request Entity Too Large",
        429 => "too many requests",
        503 => "overloaded",
        _ => "timeout",
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no fault; there are `down`, `status:CODE`, `status:CODE:RETRY_AFTER`, `garbage`, `page`, \
                 `redirect:URL`, `silent`, `slow:SECONDS`, `slow-head:SECONDS`, `close-in-request:BYTES`, \
                 `close-in-answer`, `reset`, `half-open`"
            )
        };
        let seconds = |text: &str| {
            let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            seconds.ok_or_else(wrong)
        };
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        Ok(match (name, rest) {
            ("down", "") => Self::Down,
            ("garbage", "") => Self::Garbage,
            ("page", "") => Self::Page,
            ("silent", "") => Self::Silent,
            ("close-in-answer", "") => Self::CloseInAnswer,
            ("reset", "") => Self::Reset,
            ("half-open", "") => Self::HalfOpen,
            ("redirect", to) => Self::Redirect { to: to.to_owned() },
            ("slow", time) => Self::Slow(seconds(time)?),
            ("slow-head", time) => Self::SlowHead(seconds(time)?),
            ("close-in-request", bytes) => {
                Self::CloseInRequest { bytes: bytes.parse().map_err(|_| wrong())? }
            }
            ("status", rest) => {
                let (status, after) =
                    rest.split_once(':').map_or((rest, None), |(status, after)| (status, Some(after)));
                let status = status.parse().ok().filter(|status| (200..600).contains(status));
                Self::Status { status: status.ok_or_else(wrong)?, retry_after: after.map(str::to_owned) }
            }
            _ => return Err(wrong()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_have_words() {
        let busy =
            Fault::Status { status: 429, retry_after: Some("Wed, 21 Oct 2015 07:28:00 GMT".to_owned()) };
        assert_eq!("status:429:Wed, 21 Oct 2015 07:28:00 GMT".parse(), Ok(busy));
        assert_eq!("status:500".parse(), Ok(Fault::Status { status: 500, retry_after: None }));
        assert_eq!("slow:0.5".parse(), Ok(Fault::Slow(Duration::from_millis(500))));
        assert_eq!("redirect:http://a/b".parse(), Ok(Fault::Redirect { to: "http://a/b".to_owned() }));
        for text in ["", "status", "status:99", "slow:x", "down:3", "broken"] {
            let error = text.parse::<Fault>().unwrap_err();
            assert!(error.starts_with(&format!("`{text}` is no fault")), "{error}");
        }
    }
}
