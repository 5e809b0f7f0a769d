//! `kind = "freebox"`: from a `[[source]]` table to what the source runs on.
//!
//! It asks no box and reads no token: that is done when the source is visited.

use std::path::PathBuf;
use std::time::Duration;

use toml::de::DeValue;

use super::block::Kind;
use super::file::Read;
use super::problem::{Invalid, quote};
use super::table::{At, Table, unwanted};
use super::{quantity, secret, trust};
use crate::secrets::Place;
use crate::sources::freebox::api::version::Wanted;
use crate::sources::freebox::endpoint::{Endpoint, Scheme};
use crate::sources::{self, freebox};

/// How these sources are read.
pub(super) static KIND: Kind<Read> =
    Kind { name: freebox::KIND, interval: Duration::from_secs(10), deadline: Duration::from_secs(10), read };

/// Where `lanlord freebox register` puts it when root runs it.
const TOKEN_FILE: &str = "/etc/lanlord/freebox.token";

fn read(table: &mut Table<'_>, _header: usize) -> Read {
    let endpoint = table.string("endpoint", r#"a host, such as `"mafreebox.freebox.fr"`"#, |text| {
        text.parse::<Endpoint>().map_err(|error| Invalid(error.to_string()))
    });
    let endpoint = endpoint.map(|endpoint| endpoint.value).unwrap_or_default();
    let token = secret::read(table, ["token_file", "token_env", "token_credential"]);
    let settings = freebox::Settings {
        trust: trust::read(table, endpoint.scheme != Scheme::Http, freebox::AUTHORITIES),
        endpoint,
        token: token.unwrap_or_else(|| Place::File(PathBuf::from(TOKEN_FILE))),
        app_id: table.string("app_id", "the name of a registered application", parse_app_id).map(value),
        api_version: api_version(table),
        uid: table.string("uid", "32 hexadecimal digits", parse_uid).map(value),
        parts: parts(table),
        max_hosts: table.integer("max_hosts", 1..=16_384).unwrap_or(1_024),
        hosts_seen_within: table
            .duration("hosts_seen_within", Duration::from_secs(1)..=Duration::from_secs(8_760 * 3_600))
            .unwrap_or(Duration::from_secs(24 * 3_600)),
    };
    Read { settings: sources::Settings::Freebox(settings), exclusive: Vec::new() }
}

fn value<T>(at: At<T>) -> T {
    at.value
}

fn api_version(table: &mut Table<'_>) -> Wanted {
    let Some(written) = table.value("api_version") else { return Wanted::Auto };
    let range = 1..=99;
    let text = match written.get_ref() {
        DeValue::String(text) => Some(&**text),
        _ => None,
    };
    match text {
        Some("auto") => Wanted::Auto,
        Some("latest") => Wanted::Latest,
        Some(_) => {
            unwanted(
                table.review,
                "api_version",
                written,
                r#"`"auto"`, `"latest"` or a number from 1 to 99"#,
            );
            Wanted::Auto
        }
        None => {
            let number = table.integer("api_version", range).and_then(|number| u8::try_from(number).ok());
            number.map_or(Wanted::Auto, Wanted::Major)
        }
    }
}

/// All parts, but those that are switched off, each with how often it is asked if that is said.
fn parts(table: &mut Table<'_>) -> Vec<(freebox::PartName, Option<Duration>)> {
    let all = freebox::PartName::ALL;
    let Some(written) = table.value("intervals") else { return all.map(|part| (part, None)).to_vec() };
    let DeValue::Table(inner) = written.get_ref() else {
        unwanted(table.review, "intervals", written, r#"a table, such as `{ lan = "5m", storage = "off" }`"#);
        return all.map(|part| (part, None)).to_vec();
    };
    let mut inner = Table::new(table.review, "in `intervals`", inner);
    let range = Duration::from_millis(100)..=Duration::from_secs(86_400);
    let part = |part: freebox::PartName| {
        let key = part.as_str();
        let Some(written) = inner.value(key) else { return Some((part, None)) };
        let text = written.get_ref().as_str();
        if text == Some("off") {
            return None;
        }
        let every = text.and_then(quantity::duration).filter(|every| range.contains(every));
        if every.is_none() {
            unwanted(
                inner.review,
                key,
                written,
                r#"a duration from 100ms to 24h, such as `"5m"`, or `"off"`"#,
            );
        }
        Some((part, every))
    };
    let parts: Vec<_> = all.into_iter().filter_map(part).collect();
    inner.finish();
    if parts.is_empty() {
        let message = "every part is off, so nothing is asked; leave one on, or remove the source";
        table.review.problem(written.span().start, message.to_owned());
    }
    parts
}

/// Reads as what a program is registered: as long as anybody would write it, and nothing that changes a line of text.
///
/// # Errors
/// When it is empty, too long, or has spaces or letters beyond ASCII.
pub fn parse_app_id(text: &str) -> Result<String, Invalid> {
    match text {
        _ if matches!(text.len(), 1..=128) && text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(text.to_owned())
        }
        _ => Err(Invalid(format!("{} cannot be the `app_id` of an application", quote(text)))),
    }
}

fn parse_uid(text: &str) -> Result<String, Invalid> {
    match text {
        _ if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Ok(text.to_ascii_lowercase())
        }
        _ => Err(Invalid(format!(
            "{} is not the identity of a Freebox; write 32 hexadecimal digits, as `lanlord freebox status` shows them",
            quote(text)
        ))),
    }
}
