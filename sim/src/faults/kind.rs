//! The kinds of faults and their names.
//!
//! Deliberately without what happens to the box itself and its house: those are events of the world.

use std::str::FromStr;
use std::time::Duration;

use super::mangle::Mangle;
use crate::http::reply::Manner;
use crate::tls::Leaf;

/// A kind of fault. As text: a name, and after a colon what it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// `error:CODE[:STATUS[:RIGHT]]`: an error with this code; the status it usually has if none is given.
    Error {
        /// `error_code`.
        code: String,
        /// The status instead of the usual one.
        status: Option<u16>,
        /// `missing_right`.
        right: Option<String>,
    },
    /// `message-only`: an error with `msg` and no code, status 200.
    MessageOnly,
    /// `expire-sessions`: all sessions end just before this request.
    ExpireSessions,
    /// `rotate-challenge`: the challenge that clients know gets stale just before this request.
    RotateChallenge,
    /// `challenge-array`: the challenge is a list of scripts, as browsers get it.
    ChallengeArray,
    /// `foreign-uid`: errors carry the `uid` of another box.
    ForeignUid,
    /// `html:STATUS`: a page of the web server.
    Page(u16),
    /// `empty:STATUS`: no body.
    Empty(u16),
    /// `redirect`: 301 to the same path over TLS.
    Redirect,
    /// How the answer goes over the wire: `close`, `truncated`, `length:BYTES`, `chunked`, `chunked-broken`,
    /// `slow-head:SECONDS`, `drip:SECONDS`, `hang`, `hang-body`, `no-reply`, `reset`.
    Wire(Manner),
    /// `delay:SECONDS`: a late answer.
    Delay(Duration),
    /// `refuse:SECONDS`: no answer, all connections closed, no new ones for so long.
    Refuse(Duration),
    /// `malformed`: not JSON.
    Malformed,
    /// `bom`: U+FEFF before the JSON.
    ByteOrderMark,
    /// `latin1`: accents in ISO 8859-1, at least one.
    Latin1,
    /// `gigantic:BYTES`: so many bytes more, as spaces before the end.
    Gigantic(usize),
    /// Right JSON with wrong content; see [`Mangle`].
    Json(Mangle),
    /// `tls:LEAF`: a certificate with a fault; see [`Leaf`].
    Tls(Leaf),
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, argument) = text.split_once(':').unwrap_or((text, ""));
        let wrong = || format!("`{argument}` is not what the fault `{name}` needs");
        let status =
            || argument.parse::<u16>().ok().filter(|status| (200..600).contains(status)).ok_or_else(wrong);
        let time = || {
            let seconds: f64 = argument.parse().map_err(|_| wrong())?;
            Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
        };
        Ok(match name {
            "error" => return error(argument).ok_or_else(wrong),
            "message-only" => Self::MessageOnly,
            "expire-sessions" => Self::ExpireSessions,
            "rotate-challenge" => Self::RotateChallenge,
            "challenge-array" => Self::ChallengeArray,
            "foreign-uid" => Self::ForeignUid,
            "html" => Self::Page(status()?),
            "empty" => Self::Empty(status()?),
            "redirect" => Self::Redirect,
            "close" => Self::Wire(Manner::CloseAfter),
            "truncated" => Self::Wire(Manner::Truncated),
            "length" => Self::Wire(Manner::Length(argument.parse().map_err(|_| wrong())?)),
            "chunked" => Self::Wire(Manner::Chunked),
            "chunked-broken" => Self::Wire(Manner::ChunkedBroken),
            "slow-head" => Self::Wire(Manner::SlowHead(time()?)),
            "drip" => Self::Wire(Manner::Drip(time()?)),
            "hang" => Self::Wire(Manner::Hang),
            "hang-body" => Self::Wire(Manner::HangInBody),
            "no-reply" => Self::Wire(Manner::Nothing),
            "reset" => Self::Wire(Manner::Reset),
            "delay" => Self::Delay(time()?),
            "refuse" => Self::Refuse(time()?),
            "malformed" => Self::Malformed,
            "bom" => Self::ByteOrderMark,
            "latin1" => Self::Latin1,
            "gigantic" => Self::Gigantic(argument.parse().map_err(|_| wrong())?),
            "tls" => Self::Tls(argument.parse()?),
            _ => Self::Json(Mangle::named(name, argument)?),
        })
    }
}

fn error(argument: &str) -> Option<Kind> {
    let mut words = argument.splitn(3, ':');
    let code = words.next().filter(|code| !code.is_empty())?.to_owned();
    let status = match words.next() {
        None | Some("") => None,
        Some(status) => Some(status.parse().ok().filter(|status| (200..600).contains(status))?),
    };
    Some(Kind::Error { code, status, right: words.next().map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_with_what_they_need() {
        let check = |text: &str, kind: Kind| assert_eq!(text.parse(), Ok(kind));
        let error = |status, right: Option<&str>| Kind::Error {
            code: "insufficient_rights".to_owned(),
            status,
            right: right.map(str::to_owned),
        };
        check("error:insufficient_rights", error(None, None));
        check("error:insufficient_rights:200", error(Some(200), None));
        check("error:insufficient_rights::calls", error(None, Some("calls")));
        check("length:-3", Kind::Wire(Manner::Length(-3)));
        check("drip:0.5", Kind::Wire(Manner::Drip(Duration::from_millis(500))));
        check("tls:no-aki", Kind::Tls(Leaf::NoAuthorityKey));
        check("set:rate_down=-1", Kind::Json(Mangle::Set("rate_down".to_owned(), serde_json::json!(-1))));
    }

    #[test]
    fn what_a_kind_cannot_use_is_refused() {
        for text in [
            "html",
            "html:99",
            "empty:x",
            "drip",
            "drip:-1",
            "error",
            "error:",
            "length:x",
            "tls:green",
            "set:a",
        ] {
            assert!(text.parse::<Kind>().is_err(), "{text}");
        }
    }
}
