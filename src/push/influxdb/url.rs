//! Where a receiver of line protocol is, as a person writes it, and the path and query that are asked there. Pure.
//!
//! Neither user nor password is ever part of one: a URL that has them is refused, and is not quoted.

use std::fmt::{self, Write};
use std::str::FromStr;

use super::{Bucket, Settings};
use crate::encode::influx::Precision;
use crate::net::place::{bracketed, host_and_port};
use crate::text;

/// A URL without user, password, query and fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Whether it begins with `https`.
    pub tls: bool,
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// The port; where the URL has none, the scheme's own (RFC 9110 §4.2).
    pub port: u16,
    /// What comes before `/write` or `/api/v2/write`: empty, or begins with a slash and does not end in one.
    pub path: String,
}

/// The path and query that lines are written to.
///
/// InfluxDB 1.x takes `db`, `rp` and `precision` (`n`, `u`, `ms`, `s`; its documentation, "`/write` HTTP endpoint"), 2.x
/// takes `org`, `bucket` and `precision` (`ns`, `us`, `ms`, `s`; `POST /api/v2/write`).
pub(super) fn write(settings: &Settings) -> String {
    let before = &settings.endpoint.path;
    let (path, parts, precision) = match &settings.bucket {
        Bucket::V1 { database, retention_policy, .. } => {
            let precision = match settings.precision {
                Precision::Seconds => "s",
                Precision::Milliseconds => "ms",
                Precision::Microseconds => "u",
                Precision::Nanoseconds => "n",
            };
            ("/write", [("db", Some(database)), ("rp", retention_policy.as_ref())], precision)
        }
        Bucket::V2 { org, bucket, .. } => {
            let precision = match settings.precision {
                Precision::Seconds => "s",
                Precision::Milliseconds => "ms",
                Precision::Microseconds => "us",
                Precision::Nanoseconds => "ns",
            };
            ("/api/v2/write", [("org", org.as_ref()), ("bucket", Some(bucket))], precision)
        }
    };
    let mut out = format!("{before}{path}?");
    for (key, value) in parts {
        let Some(value) = value else { continue };
        out.push_str(key);
        out.push('=');
        escape(value, &mut out);
        out.push('&');
    }
    out + "precision=" + precision
}

/// Writes what is not unreserved (RFC 3986 §2.3) as `%` and two digits for each byte.
fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// What cannot be an endpoint. Quotes nothing that a password may stand in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEndpoint {
    /// It may hold a user and a password.
    #[error(
        "the URL has an `@`, and so perhaps a password, which is why it is not shown; write it without, and say `user` and \
         `password_file`, or `token_file`, in lines of their own"
    )]
    User,
    /// It has a query or a fragment, in which passwords stand as well.
    #[error(
        "the URL has a `{0}`, and what follows that may be secret, which is why it is not shown; write it without, and say \
         `database` or `bucket`, and who lanlord is, in lines of their own"
    )]
    Query(char),
    /// The port is none; what stands there may be a password.
    #[error(
        "the URL has something in the place of the port that is none; write a number from 1 to 65535 there"
    )]
    Port,
    /// It says already what is asked for there.
    #[error("`{0}` ends in what lanlord adds itself; write it without `{1}`")]
    Ending(String, &'static str),
    /// It does not say how to ask there.
    #[error("`{0}` does not say how to ask there; write `http://{0}`, or `https://{0}` where it speaks TLS")]
    Scheme(String),
    /// Anything else.
    #[error(
        "`{0}` is not where InfluxDB can be; write `http://` or `https://`, a host, and perhaps a port and a path, such as \
         `http://192.168.1.2:8086`"
    )]
    Other(String),
}

/// What lanlord asks for; the longer one first, since it ends in the shorter one.
const ENDINGS: [&str; 2] = ["/api/v2/write", "/write"];

impl FromStr for Endpoint {
    type Err = NotAnEndpoint;

    fn from_str(text: &str) -> Result<Self, NotAnEndpoint> {
        if text.contains('@') {
            return Err(NotAnEndpoint::User);
        }
        if let Some(begins) = text.chars().find(|character| matches!(character, '?' | '#')) {
            return Err(NotAnEndpoint::Query(begins));
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let tls = scheme.eq_ignore_ascii_case("https");
        let Some((host, port)) = host_and_port(authority) else {
            return Err(if has_port(authority) {
                NotAnEndpoint::Port
            } else {
                NotAnEndpoint::Other(shown(text))
            });
        };
        let port = port.unwrap_or(if tls { 443 } else { 80 });
        let path = path.trim_end_matches('/');
        // What RFC 3986 §3.3 lets stand in a path.
        let is_path =
            path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%/".contains(&byte));
        if !is_path || path.len() > 1_000 {
            return Err(NotAnEndpoint::Other(shown(text)));
        }
        match scheme {
            "" => return Err(NotAnEndpoint::Scheme(shown(text))),
            _ if !tls && !scheme.eq_ignore_ascii_case("http") => {
                return Err(NotAnEndpoint::Other(shown(text)));
            }
            _ => {}
        }
        if let Some(ending) = ENDINGS.into_iter().find(|ending| path.ends_with(ending)) {
            return Err(NotAnEndpoint::Ending(shown(text), ending));
        }
        Ok(Self { tls, host: host.to_owned(), port, path: path.to_owned() })
    }
}

/// Whether something stands in the port's place: of a user who has forgotten the `@`, that would be the password.
fn has_port(authority: &str) -> bool {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').is_some_and(|(_, after)| !after.is_empty()),
        None => authority.contains(':'),
    }
}

/// What can be shown of it, once it has been looked at whether it can.
fn shown(text: &str) -> String {
    text::cut(&text::plain(text), 200)
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls { "https://" } else { "http://" })?;
        write!(f, "{}:{}{}", bracketed(&self.host), self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, tls: bool, host: &str, port: u16, path: &str, shown: &str) {
        let endpoint: Endpoint = text.parse().unwrap();
        let expected = Endpoint { tls, host: host.to_owned(), port, path: path.to_owned() };
        assert_eq!(endpoint, expected);
        assert_eq!(endpoint.to_string(), shown);
        // What is shown can be written.
        assert_eq!(shown.parse::<Endpoint>().unwrap(), expected);
    }

    #[test]
    fn what_people_write_is_read() {
        check("http://127.0.0.1:8086", false, "127.0.0.1", 8086, "", "http://127.0.0.1:8086");
        check("https://influx.example", true, "influx.example", 443, "", "https://influx.example:443");
        check("http://nas/", false, "nas", 80, "", "http://nas:80");
        check("HTTPS://my_box:8086//", true, "my_box", 8086, "", "https://my_box:8086");
        check("http://[fd00::1]:8428", false, "fd00::1", 8428, "", "http://[fd00::1]:8428");
        check("https://[fd00::1]", true, "fd00::1", 443, "", "https://[fd00::1]:443");
        let path = "/insert/0:7/influx";
        check(
            "http://vm:8480/insert/0:7/influx/",
            false,
            "vm",
            8480,
            path,
            "http://vm:8480/insert/0:7/influx",
        );
        check("http://vm/a%20b", false, "vm", 80, "/a%20b", "http://vm:80/a%20b");
    }

    #[track_caller]
    fn check_refused(text: &str, complaint: &str) {
        assert_eq!(text.parse::<Endpoint>().unwrap_err().to_string(), complaint);
    }

    #[test]
    fn what_is_none_gets_what_to_write() {
        let scheme = |text: &str| {
            format!(
                "`{text}` does not say how to ask there; write `http://{text}`, or `https://{text}` where it speaks TLS"
            )
        };
        check_refused("nas:8086", &scheme("nas:8086"));
        check_refused("nas", &scheme("nas"));
        check_refused("[fd00::1]:8086", &scheme("[fd00::1]:8086"));
        check_refused(
            "http://nas:8086/write",
            "`http://nas:8086/write` ends in what lanlord adds itself; write it without `/write`",
        );
        check_refused(
            "http://nas:8086/x/api/v2/write/",
            "`http://nas:8086/x/api/v2/write/` ends in what lanlord adds itself; write it without `/api/v2/write`",
        );
        for text in [
            "",
            "http://",
            "udp://nas:8089",
            "http://a b",
            "http://n\u{e9}",
            "http://[nas]",
            "http://[fd00::1",
            "http://nas/a b",
            "http://nas/\u{1b}[2J",
            "http:///nas",
            &format!("http://{}", "a".repeat(300)),
            &format!("http://nas/{}", "a".repeat(3_000)),
        ] {
            let complaint = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(complaint.contains("` is not where InfluxDB can be; write `http://`"), "{complaint}");
            assert!(!complaint.contains(char::is_control) && complaint.len() < 500, "{complaint:?}");
        }
    }

    #[test]
    fn nothing_that_may_be_secret_is_quoted() {
        for text in [
            "http://me:hunter2@nas:8086",
            "me:hunter2@nas",
            "http://nas/@hunter2",
            "http://hunter2@",
            "http://nas:8086/write?u=me&p=hunter2",
            "http://nas#hunter2",
            "http://me:hunter2",
            "http://me:hunter2/nas",
            "http://[fd00::1]hunter2",
            "me:hunter2",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        for port in ["", "0", "65536", "+80", "99999999999999999999"] {
            let error = format!("http://nas:{port}").parse::<Endpoint>().unwrap_err();
            assert_eq!(error, NotAnEndpoint::Port, "{port}");
        }
    }
}
