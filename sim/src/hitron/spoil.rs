//! Makes a reply of an answer, spoilt as the faults say.
//!
//! Deliberately does not decide which faults those are.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::fault::{PLACEHOLDERS, Trouble};
use crate::http::reply::{Manner, Reply};

/// What goes out, before it is spoilt.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Headers but for the content's type.
    pub headers: Vec<(&'static str, String)>,
    /// What there is to read.
    pub content: Content,
}

/// What there is to read.
#[derive(Debug)]
pub enum Content {
    /// A dataset.
    Json(String),
    /// A page for people, or a word for their browser.
    Html(String),
}

/// More than any client should ever read, and what a machine of today does not notice.
const MOST_BYTES: usize = 256 * 1024 * 1024;
/// The page that asks for name and password.
pub const LOGIN_PAGE: &str = "<!DOCTYPE html>\r\n<html><head><title>Login</title></head>\r\n<body><form action=\
    \"/goform/login\" method=\"post\"><input name=\"usr\"><input name=\"pwd\" type=\"password\"></form></body></html>\r\n";

impl Answer {
    /// A word or a page.
    pub fn html(status: u16, text: impl Into<String>) -> Self {
        Self { status, headers: Vec::new(), content: Content::Html(text.into()) }
    }

    /// A dataset.
    pub fn json(text: String) -> Self {
        Self { status: 200, headers: Vec::new(), content: Content::Json(text) }
    }

    /// Elsewhere, with nothing to read.
    pub fn redirect(to: &str) -> Self {
        Self::html(302, "").with("Location", to.to_owned())
    }

    /// What the web server says by itself.
    pub fn status(status: u16) -> Self {
        let text = format!(
            "<html><head><title>Document Error</title></head>\r\n<body><h2>Access Error: {status}</h2>\
            </body></html>\r\n"
        );
        Self::html(status, text)
    }

    /// With one header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What is answered instead, if a fault says so.
pub fn instead(troubles: &[Trouble]) -> Option<Answer> {
    troubles.iter().find_map(|trouble| match trouble {
        Trouble::Html => Some(Answer::html(200, LOGIN_PAGE)),
        Trouble::Status(status) => Some(Answer::status(*status)),
        Trouble::Redirect(to) => Some(Answer::redirect(to)),
        Trouble::Says(text) | Trouble::LoginSays(text) => Some(Answer::html(200, text.clone())),
        _ => None,
    })
}

/// The reply.
pub fn reply(answer: Answer, troubles: &[Trouble]) -> Reply {
    let (body, kind) = match answer.content {
        Content::Json(text) => (bytes(content(text, troubles), troubles), "application/json"),
        Content::Html(text) => (text.into_bytes(), "text/html"),
    };
    let mut reply = Reply::new(answer.status, body).with("Content-Type", kind);
    reply.headers.extend(answer.headers);
    for trouble in troubles {
        match trouble {
            Trouble::Wire(manner) => reply.manner = *manner,
            Trouble::Drip(pause) => {
                let bytes = u32::try_from(reply.body.len()).unwrap_or(u32::MAX);
                reply.manner = Manner::Drip(pause.saturating_mul(bytes));
            }
            Trouble::Slow(time) => reply.delay += *time,
            Trouble::Reboot(_) | Trouble::Refuse(_) => reply.manner = Manner::Nothing,
            _ => {}
        }
    }
    reply
}

/// How long a CGNV4's pages take, as an owner measured them; pages that he did not measure take as long as the
/// shortest.
pub fn think(page: &str) -> Duration {
    Duration::from_millis(match page {
        "index" => 5,
        "login" => 900,
        "data/getSysInfo" => 600,
        "data/getCMInit" => 370,
        "data/getCmDocsisWan" => 280,
        "data/dsinfo" => 250,
        "data/getConnectInfo" => 1800,
        _ => 130,
    })
}

fn content(text: String, troubles: &[Trouble]) -> String {
    let mangles = |trouble: &&Trouble| {
        matches!(
            trouble,
            Trouble::Placeholders(_)
                | Trouble::Missing(_)
                | Trouble::Set(..)
                | Trouble::EmptyArray
                | Trouble::Extra
                | Trouble::Deep(_)
        )
    };
    if !troubles.iter().any(|trouble| mangles(&trouble)) {
        // As it is, with the modem's own blanks.
        return text;
    }
    // We have made it ourselves; if it is no JSON all the same, it is spoilt enough.
    let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return text };
    for trouble in troubles.iter().filter(mangles) {
        match trouble {
            Trouble::EmptyArray => value = json!([]),
            Trouble::Deep(levels) => return format!("{}{}", "[".repeat(*levels), "]".repeat(*levels)),
            Trouble::Extra => {
                each(&mut value, &mut |fields| {
                    fields.insert("unheardOf".to_owned(), json!({"a": [1, null, {"b": "c"}]}));
                });
                if let Some(rows) = value.as_array_mut() {
                    rows.extend([
                        json!({"unheardOf": "1"}),
                        json!({}),
                        json!(null),
                        json!("text"),
                        json!([1]),
                    ]);
                }
            }
            Trouble::Missing(Some(field)) => each(&mut value, &mut |fields| {
                fields.remove(field);
            }),
            Trouble::Missing(None) => each(&mut value, &mut Map::clear),
            Trouble::Set(field, text) => each(&mut value, &mut |fields| {
                if let Some(value) = fields.get_mut(field) {
                    *value = json!(text);
                }
            }),
            Trouble::Placeholders(text) => {
                let mut turns = PLACEHOLDERS.into_iter().cycle();
                each(&mut value, &mut |fields| {
                    for value in fields.values_mut() {
                        let turn = turns.next().unwrap_or_default();
                        *value = json!(text.as_deref().unwrap_or(turn));
                    }
                });
            }
            _ => {}
        }
    }
    value.to_string()
}

/// Does something to each object of a dataset.
fn each(value: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(|row| each(row, change)),
        Value::Object(fields) => change(fields),
        _ => {}
    }
}

fn bytes(text: String, troubles: &[Trouble]) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    for trouble in troubles {
        match trouble {
            Trouble::HalfJson => bytes.truncate(bytes.len() / 2),
            Trouble::Big(more) => {
                let end = bytes.len().saturating_sub(1);
                let blanks = std::iter::repeat_n(b' ', (*more).min(MOST_BYTES));
                bytes.splice(end..end, blanks);
            }
            Trouble::InvalidUtf8 => bytes = invalid(&bytes),
            _ => {}
        }
    }
    bytes
}

/// Bytes that are no UTF-8 at the start of every host name, or of the first text if there are no hosts.
fn invalid(bytes: &[u8]) -> Vec<u8> {
    let hosts = b"\"hostName\":\"".as_slice();
    let starts = |text: &[u8]| bytes.windows(text.len()).position(|window| window == text);
    let (start, everywhere) =
        if starts(hosts).is_some() { (hosts, true) } else { (b":\"".as_slice(), false) };
    let mut invalid = Vec::new();
    let (mut rest, mut done) = (bytes, false);
    while let Some((&byte, after)) = rest.split_first() {
        match rest.strip_prefix(start).filter(|_| everywhere || !done) {
            Some(after) => {
                invalid.extend(start);
                invalid.extend(b"\xff\xc3(");
                (rest, done) = (after, true);
            }
            None => {
                invalid.push(byte);
                rest = after;
            }
        }
    }
    invalid
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hitron::fault;

    const ROWS: &str = r#"[{"a":"1","b":"2"},{"a":"3"}]"#;

    fn spoilt(text: &str, faults: &[&str]) -> String {
        let troubles: Vec<_> = faults.iter().map(|fault| fault::read(fault).unwrap().fault.kind).collect();
        String::from_utf8_lossy(&reply(Answer::json(text.to_owned()), &troubles).body).into_owned()
    }

    #[test]
    fn each_fault_spoils_as_its_name_says() {
        let check = |fault: &str, expected: &str| assert_eq!(spoilt(ROWS, &[fault]), expected, "{fault}");
        check("half-json", r#"[{"a":"1","b":"#);
        check("missing:a", r#"[{"b":"2"},{}]"#);
        check("missing", "[{},{}]");
        check("set:a=NA", r#"[{"a":"NA","b":"2"},{"a":"NA"}]"#);
        check("empty-array", "[]");
        check("deep:3", "[[[]]]");
        check("placeholders", r#"[{"a":"NA","b":"-"},{"a":"--"}]"#);
        check("placeholders:Secret", r#"[{"a":"Secret","b":"Secret"},{"a":"Secret"}]"#);
        check("big:3", r#"[{"a":"1","b":"2"},{"a":"3"}   ]"#);
        check("invalid-utf8", "[{\"a\":\"\u{fffd}\u{fffd}(1\",\"b\":\"2\"},{\"a\":\"3\"}]");
        assert!(spoilt(ROWS, &["extra"]).ends_with(r#"{"unheardOf":"1"},{},null,"text",[1]]"#));
        let hosts = spoilt(r#"[{"hostName":"x","id":1},{"hostName":"y"}]"#, &["invalid-utf8"]);
        assert_eq!(
            hosts,
            "[{\"hostName\":\"\u{fffd}\u{fffd}(x\",\"id\":1},{\"hostName\":\"\u{fffd}\u{fffd}(y\"}]"
        );
    }

    #[test]
    fn blanks_stay_when_nothing_is_spoilt() {
        let text = r#"{"modelName" : "CODA"}"#;
        assert_eq!(spoilt(text, &["slow:1"]), text);
    }

    #[test]
    fn a_drip_takes_so_long_for_each_byte() {
        let drip = reply(Answer::json("[]".to_owned()), &[Trouble::Drip(Duration::from_secs(1))]);
        assert_eq!(drip.manner, Manner::Drip(Duration::from_secs(2)));
    }
}
