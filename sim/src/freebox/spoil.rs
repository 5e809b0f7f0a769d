//! Makes a reply of an answer, spoilt as the faults say.
//!
//! Deliberately does not decide which faults those are.

use serde_json::{Value, json};

use super::envelope::{self, Empty};
use crate::faults::Kind;
use crate::http::reply::Reply;

/// What goes out, before it is spoilt.
#[derive(Debug)]
pub enum Answer {
    /// JSON, not yet as the box writes it.
    Json(u16, String),
    /// A page of the web server.
    Page(u16),
    /// Nothing.
    Empty(u16),
    /// Elsewhere.
    Redirect(String),
}

/// More than any client should ever read, and what a machine of today does not notice.
const MOST_GIGANTIC: usize = 256 * 1024 * 1024;

/// The reply.
pub fn reply(answer: Answer, kinds: &[Kind], empty: Empty) -> Reply {
    let mut reply = match answer {
        Answer::Json(status, text) => {
            let text = envelope::encode(&content(text, kinds), empty);
            Reply::new(status, bytes(text, kinds)).with("Content-Type", "application/json; charset=utf-8")
        }
        Answer::Page(status) => page(status),
        Answer::Empty(status) => Reply::new(status, "").with("Content-Type", "text/html"),
        Answer::Redirect(to) => page(301).with("Location", to),
    };
    for kind in kinds {
        match kind {
            Kind::Wire(manner) => reply.manner = *manner,
            Kind::Delay(time) => reply.delay += *time,
            Kind::Refuse(_) => reply.manner = crate::http::reply::Manner::Nothing,
            _ => {}
        }
    }
    reply
}

fn content(text: String, kinds: &[Kind]) -> String {
    let concerned = |kind: &&Kind| matches!(kind, Kind::Json(_) | Kind::ChallengeArray);
    if !kinds.iter().any(|kind| concerned(&kind)) {
        return text;
    }
    // We have made it ourselves; if it is no JSON all the same, it is spoilt enough.
    let Ok(mut value) = serde_json::from_str::<Value>(&text) else { return text };
    for kind in kinds.iter().filter(concerned) {
        match kind {
            Kind::Json(mangle) => mangle.apply(&mut value),
            _ => {
                if let Some(challenge) = value.pointer_mut("/result/challenge") {
                    *challenge = json!(["(function(){return 'q7R' + 'k2V'})()", "unescape('%77%5A')"]);
                }
            }
        }
    }
    value.to_string()
}

fn bytes(text: String, kinds: &[Kind]) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    for kind in kinds {
        bytes = match kind {
            Kind::Malformed => [&bytes[..bytes.len().saturating_sub(1)], b",,"].concat(),
            Kind::ByteOrderMark => ["\u{feff}".as_bytes(), &bytes].concat(),
            Kind::Latin1 => latin1(&bytes),
            Kind::Gigantic(count) => {
                let spaces = vec![b' '; (*count).min(MOST_GIGANTIC)];
                let (start, end) = bytes.split_at(bytes.len().saturating_sub(1));
                [start, &spaces, end].concat()
            }
            _ => bytes,
        };
    }
    bytes
}

/// ISO 8859-1, with an accent more if there was none.
fn latin1(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let accented = match text.is_ascii() {
        true => text.replacen('{', "{\"msg\":\"Accès autorisé\",", 1),
        false => text.into_owned(),
    };
    accented.chars().map(|character| u8::try_from(u32::from(character)).unwrap_or(b'?')).collect()
}

fn page(status: u16) -> Reply {
    let title =
        if status == 200 { "Freebox OS :: Identification".to_owned() } else { format!("{status} nginx") };
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body><center><h1>{title}</h1></center></body>\r\n</html>\r\n"
    );
    Reply::new(status, body).with("Content-Type", "text/html")
}
