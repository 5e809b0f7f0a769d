//! `kind = "influxdb"`: from a `[[push]]` table to what is sent to an InfluxDB, and to what listens like one.
//!
//! Which of the two interfaces is spoken follows from `database` or `bucket`. No secret is taken here, and nothing that
//! may be one is quoted.

use super::{choice, invalid, require_endpoint};
use crate::config::problem::{Invalid, quote};
use crate::config::table::{At, Table};
use crate::config::{secret, trust};
use crate::encode::influx::{Layout, Precision};
use crate::push::Receiver;
use crate::push::influxdb::{Bucket, Endpoint, Settings};
use crate::secrets::Place;

/// Where the password of version 1 is.
const PASSWORD: [&str; 3] = ["password_file", "password_env", "password_credential"];

/// Where the token of version 2 is.
const TOKEN: [&str; 3] = ["token_file", "token_env", "token_credential"];

pub(super) fn read(table: &mut Table<'_>, header: usize) -> Option<Receiver> {
    require_endpoint(table, header, "http://127.0.0.1:8086");
    let endpoint = table.string("endpoint", r#"a URL, such as `"http://127.0.0.1:8086"`"#, |text| {
        text.parse::<Endpoint>().map_err(invalid)
    });
    let endpoint = endpoint.map(|endpoint| endpoint.value);
    let bucket = bucket(table, header);
    let precisions = [
        ("s", Precision::Seconds),
        ("ms", Precision::Milliseconds),
        ("us", Precision::Microseconds),
        ("ns", Precision::Nanoseconds),
    ];
    let precision = choice(table, "precision", &precisions).unwrap_or(Precision::Milliseconds);
    let layouts = [("family", Layout::Family), ("source", Layout::Source)];
    let layout = choice(table, "layout", &layouts).unwrap_or(Layout::Family);
    let gzip = table.boolean("gzip").unwrap_or(true);
    let trust = trust::read(table, endpoint.as_ref().is_none_or(|endpoint| endpoint.tls), "");
    Some(Receiver::Influxdb(Settings {
        endpoint: endpoint?,
        trust,
        bucket: bucket?,
        gzip,
        precision,
        layout,
    }))
}

/// Where in the receiver, and as whom; the one of two interfaces that it is asked by.
fn bucket(table: &mut Table<'_>, header: usize) -> Option<Bucket> {
    let written = [table.at("database"), table.at("bucket")];
    let database = table.string("database", r#"the name of a database, such as `"lanlord"`"#, |text| {
        parse_name(text, "a database")
    });
    let policy =
        table.string("retention_policy", r#"the name of a retention policy, such as `"autogen"`"#, |text| {
            parse_name(text, "a retention policy")
        });
    let user = user(table, written[0].is_some() && written[1].is_none());
    let bucket = table.string("bucket", r#"the name of a bucket, such as `"lanlord"`"#, |text| {
        parse_name(text, "a bucket")
    });
    let org = table.string("org", r#"the name of an organization, such as `"home"`"#, |text| {
        parse_name(text, "an organization")
    });
    let token = secret::read(table, TOKEN);
    let name = |name: At<String>| name.value;
    match written {
        [Some(_), None] => {
            refuse(table, &["org"], &TOKEN, "is for a `bucket` (InfluxDB 2), and this push has a `database`");
            Some(Bucket::V1 { database: name(database?), retention_policy: policy.map(name), user })
        }
        [None, Some(_)] => {
            let why = "is for a `database` (InfluxDB 1), and this push has a `bucket`";
            refuse(table, &["retention_policy", "user"], &PASSWORD, why);
            Some(Bucket::V2 { org: org.map(name), bucket: name(bucket?), token })
        }
        [Some(database), Some(bucket)] => {
            let message = "a push has either a `database` (InfluxDB 1) or a `bucket` (InfluxDB 2); remove one of the two";
            table.review.problem(database.max(bucket), message.to_owned());
            None
        }
        [None, None] => {
            let message = "this push has neither a `database` nor a `bucket`; add `database = \"lanlord\"` for InfluxDB 1 and \
                           what speaks like it, or `bucket = \"lanlord\"` for InfluxDB 2 and later";
            table.review.problem(header, message.to_owned());
            None
        }
    }
}

/// The user of version 1 with the place of his password: both, or neither. Whether one is missing is said only where
/// it would be needed.
fn user(table: &mut Table<'_>, needed: bool) -> Option<(String, Place)> {
    let keys = ["user"].into_iter().chain(PASSWORD);
    let written: Vec<_> = keys.filter_map(|key| Some((key, table.at(key)?))).collect();
    let user = table.string("user", r#"a name, such as `"lanlord"`"#, parse_user);
    let password = secret::read(table, PASSWORD);
    let is_user = written.first().is_some_and(|(key, _)| *key == "user");
    match written[..] {
        [("user", at)] if needed => {
            let message =
                "`user` needs a password; add `password_file`, `password_env` or `password_credential`";
            table.review.problem(at, message.to_owned());
        }
        [(key, at), ..] if needed && !is_user => {
            table
                .review
                .problem(at, format!("`{key}` says no user; add `user` with the name whose password it is"));
        }
        _ => {}
    }
    Some((user?.value, password?))
}

/// Notes keys that belong to the other interface.
fn refuse(table: &mut Table<'_>, keys: &[&'static str], secrets: &[&'static str], why: &str) {
    for key in keys.iter().chain(secrets) {
        if let Some(at) = table.at(key) {
            table.review.problem(at, format!("`{key}` {why}; remove one of the two"));
        }
    }
}

/// Reads what somebody has called something in the receiver: it becomes a part of a URL, where it is escaped.
fn parse_name(text: &str, what: &str) -> Result<String, Invalid> {
    match text {
        _ if matches!(text.len(), 1..=255) && !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => Err(Invalid(format!(
            "{} cannot be the name of {what}; write 1 to 255 bytes without control characters",
            quote(text)
        ))),
    }
}

/// Reads a user's name, in which a colon would end it (RFC 7617 §2): most likely the password follows.
fn parse_user(text: &str) -> Result<String, Invalid> {
    match text {
        _ if matches!(text.len(), 1..=255) && !text.contains(|char: char| char.is_control() || char == ':') => {
            Ok(text.to_owned())
        }
        _ => Err(Invalid(
            "`user` cannot be a user's name, and is not shown, since a password may be in it; write 1 to 255 bytes without \
             `:` and control characters"
                .to_owned(),
        )),
    }
}
