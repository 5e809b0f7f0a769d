//! What a receiver of line protocol answers, and what becomes of the lines for that. Pure.
//!
//! Only an empty answer that says that all is well means that the lines are stored (InfluxDB 1.x and 2.x say 204); other
//! servers say 200 to everything, and show a page. Some of version 3 have said 201 to lines that they took in part, and
//! which not ("Handling Partial Writes"). What a receiver says is hostile, and may repeat what we have sent.

use std::time::Duration;

use serde::Deserialize;

use super::Bucket;
use crate::metric::{Reason, Timestamp};
use crate::net::http::Answer;
use crate::push::sender::{Again, Refusal};
use crate::text;

/// What was asked, for messages.
pub struct Asked<'a> {
    /// Host and port.
    pub at: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// Whether over TLS.
    pub tls: bool,
    /// Where in the receiver, and as whom.
    pub bucket: &'a Bucket,
    /// Whether a text has something secret in it.
    pub is_secret: &'a dyn Fn(&str) -> bool,
}

/// Whether the receiver has taken lines.
///
/// # Errors
/// When it has not; `now` is what its dates are compared with.
pub fn judge(answer: &Answer, asked: &Asked<'_>, now: Timestamp) -> Result<(), Refusal> {
    if matches!(answer.status, 200..=299) && answer.body.is_empty() {
        return Ok(());
    }
    Err(refusal(answer, asked, now))
}

/// Whether the receiver would have taken something, had there been a line: it either takes nothing, or says as InfluxDB
/// does that this was no line (400).
///
/// # Errors
/// As [`judge`].
pub fn judge_nothing(answer: &Answer, asked: &Asked<'_>, now: Timestamp) -> Result<(), Refusal> {
    match judge(answer, asked, now) {
        Err(refusal) if refusal.code == "bad_request" => Ok(()),
        judged => judged,
    }
}

fn refusal(answer: &Answer, asked: &Asked<'_>, now: Timestamp) -> Refusal {
    let said = Said::read(&answer.body, asked.is_secret);
    let (reason, code, advice) = match wants_tls(answer, asked) {
        true => {
            (Reason::Unsupported, "tls_only", "it speaks TLS; write `endpoint` with `https://`".to_owned())
        }
        false => verdict(answer.status, &said, asked),
    };
    let again = match answer.status {
        400 if code == "tls_only" => Again::Later,
        // Credentials, and where the lines go: nothing in the lines themselves.
        401 | 403 | 404 => Again::Barred,
        400..=428 | 430..=499 => Again::Never,
        200..=299 if code == "partial_write" => Again::Never,
        _ => retry_after(answer, now).map_or(Again::Later, Again::After),
    };
    let leads = match &answer.location {
        Some(there) if matches!(answer.status, 300..=399) && !(asked.is_secret)(there) => {
            format!(" and leads to `{}`", shorten(there, 200))
        }
        _ => String::new(),
    };
    let Asked { at, path, .. } = asked;
    let status = answer.status;
    let message = format!("{at} answers {status} to `{path}`{leads}{}; {advice}", said.told());
    Refusal { reason, code, message, again }
}

/// Who must act, a word for programs, and what to do.
fn verdict(status: u16, said: &Said, asked: &Asked<'_>) -> (Reason, &'static str, String) {
    const PLACE: &str = "is this its port, and is the path of `endpoint` right";
    let what = place(asked.bucket);
    let words = match said {
        Said::Error(words) | Said::Words(words) => words.as_str(),
        _ => "",
    };
    match status {
        200..=299 if matches!(said, Said::Error(_)) => {
            (Reason::Refused, "partial_write", "it has taken the lines that it does not name".to_owned())
        }
        200..=299 => {
            let advice = format!("InfluxDB says nothing to what it takes, so this is none; {PLACE}");
            (Reason::Misbehaved, "not_influxdb", advice)
        }
        300..=399 => {
            let advice = "lanlord goes nowhere else; write where it leads into `endpoint`";
            (Reason::Misbehaved, "redirect", advice.to_owned())
        }
        401 => (Reason::Refused, "unauthorized", login(asked.bucket)),
        403 => (Reason::Refused, "forbidden", permission(asked.bucket)),
        404 => (Reason::Refused, "not_found", format!("is there {what}, and {PLACE}")),
        413 => {
            let advice = "lanlord sends up to 512 KiB of lines at a time; let it take as much (`max-body-size` of InfluxDB \
                          1.x, `client_max_body_size` of a proxy)";
            (Reason::Refused, "too_large", advice.to_owned())
        }
        400 | 422 if words.contains("field type conflict") => {
            let advice = format!(
                "a field of that name has had values of another type in {what} before; drop that measurement, or push \
                 into another one"
            );
            (Reason::Refused, "field_type", advice)
        }
        400 if lacks_org(asked.bucket) && words.contains("org") => {
            (Reason::Refused, "no_org", "it wants an organization; write `org`".to_owned())
        }
        400 | 422 if words.contains("beyond retention") || words.contains("outside retention") => {
            let advice = format!("the lines are older than {what} keeps; is the clock right on both sides");
            (Reason::Refused, "too_old", advice)
        }
        400 | 422 if matches!(said, Said::Words(_) | Said::Page) => {
            (Reason::Refused, "refused", format!("InfluxDB would say it otherwise; {PLACE}"))
        }
        400 | 422 => {
            let advice = "it takes no such lines, and what it names can be left out with `exclude`";
            (Reason::Refused, "bad_request", advice.to_owned())
        }
        415 => {
            let advice = "perhaps it takes nothing compressed; try `gzip = false`";
            (Reason::Unsupported, "media_type", advice.to_owned())
        }
        429 => {
            let advice = "it gets too much at once; a longer `interval` helps, or fewer families";
            (Reason::Refused, "too_many_requests", advice.to_owned())
        }
        400..=499 => (Reason::Refused, "refused", PLACE.to_owned()),
        503 => {
            (Reason::Misbehaved, "unavailable", "it has to recover by itself; its log says more".to_owned())
        }
        500..=599 => {
            (Reason::Misbehaved, "server_error", "its log, or that of a proxy, says more".to_owned())
        }
        _ => (Reason::Misbehaved, "status", format!("that is no answer; {PLACE}")),
    }
}

/// Whether it says, in plain HTTP, that it expects TLS: what Go's server and nginx do, which is no word on the lines.
fn wants_tls(answer: &Answer, asked: &Asked<'_>) -> bool {
    let says = |words: &[u8]| answer.body.windows(words.len()).any(|window| window == words);
    answer.status == 400 && !asked.tls && (says(b"to an HTTPS server") || says(b"sent to HTTPS port"))
}

fn place(bucket: &Bucket) -> String {
    match bucket {
        Bucket::V1 { database, retention_policy: None, .. } => format!("a database `{}`", name(database)),
        Bucket::V1 { database, retention_policy: Some(policy), .. } => {
            format!("a database `{}` with a retention policy `{}`", name(database), name(policy))
        }
        Bucket::V2 { bucket, org: None, .. } => format!("a bucket `{}`", name(bucket)),
        Bucket::V2 { bucket, org: Some(org), .. } => {
            format!("a bucket `{}` of an organization `{}`", name(bucket), name(org))
        }
    }
}

fn lacks_org(bucket: &Bucket) -> bool {
    matches!(bucket, Bucket::V2 { org: None, .. })
}

fn login(bucket: &Bucket) -> String {
    match bucket {
        Bucket::V1 { user: Some((user, place)), .. } => {
            format!("does it know the user `{}`, and is his password in {place} right", name(user))
        }
        Bucket::V1 { user: None, .. } => "it wants a user; write `user` and `password_file`".to_owned(),
        Bucket::V2 { token: Some(place), .. } => format!("is the token in {place} right"),
        Bucket::V2 { token: None, .. } => "it wants a token; write `token_file`".to_owned(),
    }
}

fn permission(bucket: &Bucket) -> String {
    match bucket {
        Bucket::V1 { user: Some((user, _)), database, .. } => {
            format!("may the user `{}` write to the database `{}`", name(user), name(database))
        }
        Bucket::V2 { token: Some(place), bucket, .. } => {
            format!("may the token in {place} write to the bucket `{}`", name(bucket))
        }
        _ => login(bucket),
    }
}

/// What somebody has called something, in messages.
fn name(text: &str) -> String {
    shorten(text, 80)
}

/// Plain, and never more than so many characters, however little room they take.
fn shorten(text: &str, most: usize) -> String {
    let begins = text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end]);
    let plain = text::plain(begins);
    let is_whole = begins.len() == text.len() && plain.chars().count() <= most;
    if is_whole { plain } else { plain.chars().take(most.saturating_sub(1)).chain(['\u{2026}']).collect() }
}

/// What a receiver says.
enum Said {
    Nothing,
    /// As InfluxDB says what is wrong.
    Error(String),
    Words(String),
    /// For people, and long.
    Page,
    /// It repeats what is not for messages.
    Secret,
}

/// The longest words that are shown, in characters.
const WORDS_MAX: usize = 300;

/// Errors of InfluxDB 1.x (`error`) and 2.x (`message`).
#[derive(Deserialize)]
struct Told {
    error: Option<String>,
    message: Option<String>,
}

impl Said {
    fn read(body: &[u8], is_secret: &dyn Fn(&str) -> bool) -> Self {
        let whole = String::from_utf8_lossy(body);
        if is_secret(&whole) {
            return Self::Secret;
        }
        let told = serde_json::from_slice(body).ok().and_then(|Told { error, message }| error.or(message));
        let words = match &told {
            Some(words) => words.trim(),
            None if is_page(body) => return Self::Page,
            None => whole.trim().lines().next().unwrap_or_default(),
        };
        match words {
            "" => Self::Nothing,
            _ if is_secret(words) => Self::Secret,
            _ if told.is_some() => Self::Error(shorten(words, WORDS_MAX)),
            _ => Self::Words(shorten(words, WORDS_MAX)),
        }
    }

    fn told(&self) -> String {
        match self {
            Said::Nothing => String::new(),
            Said::Error(words) | Said::Words(words) => format!(" and says: {words}"),
            Said::Page => " with a page of HTML".to_owned(),
            Said::Secret => " and repeats the secret, which is why its words are not shown".to_owned(),
        }
    }
}

fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// After how long to ask again, if that is said: a number of seconds or a date (RFC 9110 §10.2.3).
fn retry_after(answer: &Answer, now: Timestamp) -> Option<Duration> {
    let text = answer.retry_after.as_deref()?.trim();
    let rest = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large for this is long enough.
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        // The beginning of all timestamps, by the same reader.
        let epoch = httpdate::parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT").ok()?;
        let then = httpdate::parse_http_date(text).ok()?.duration_since(epoch).ok()?;
        then.saturating_sub(now.0)
    };
    // What is over by now says nothing of how long to wait.
    (!rest.is_zero()).then_some(rest)
}

#[cfg(test)]
mod tests;
