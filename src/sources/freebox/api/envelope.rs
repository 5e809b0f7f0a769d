//! What every answer is wrapped in: `success`, and then a result or a refusal (dev.freebox.fr/sdk/os, "API responses").
//! The HTTP status says nothing, since most refusals are 200, and so it is not looked at.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::lenient::Text;

/// A "no" of the box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// `auth_required`, `nodev` …; empty where the box gives none.
    pub code: String,
    /// Words for people, in French; hostile, never matched on.
    pub message: String,
    /// Which box says so.
    pub uid: Option<String>,
    /// A fresh challenge, where logging in is what is missing.
    pub challenge: Option<String>,
    /// The permission that is missing, with `insufficient_rights`.
    pub missing_right: Option<String>,
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bad {
    /// The box says no.
    Refused(Refusal),
    /// This is no answer of a Freebox: what is wrong with it, without quoting it.
    Nonsense(String),
}

#[derive(Deserialize)]
struct Envelope<'a> {
    success: Option<bool>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error_code: Text,
    #[serde(default)]
    msg: Text,
    #[serde(default)]
    uid: Text,
    #[serde(default)]
    missing_right: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Challenge {
    challenge: Text,
}

/// Reads a body. A result that is not there is one that is `null`: an empty list, and for an object a mistake.
///
/// # Errors
/// See [`Bad`].
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Bad> {
    let text = text(body);
    let envelope: Envelope<'_> = serde_json::from_str(&text).map_err(|error| nonsense(&text, &error))?;
    match envelope.success {
        Some(true) => {
            let result = envelope.result.map_or("null", RawValue::get);
            serde_json::from_str(result).map_err(|error| {
                Bad::Nonsense(format!("the result is not what was asked for: {}", kind(&error)))
            })
        }
        Some(false) => Err(Bad::Refused(refusal(envelope))),
        None => Err(Bad::Nonsense("there is no `success` in it".to_owned())),
    }
}

fn refusal(envelope: Envelope<'_>) -> Refusal {
    let result = envelope.result.map(RawValue::get).unwrap_or_default();
    // Also for whoever is not logged in.
    let Challenge { challenge } = serde_json::from_str(result).unwrap_or_default();
    Refusal {
        code: envelope.error_code.or_empty().to_owned(),
        message: envelope.msg.or_empty().to_owned(),
        uid: envelope.uid.0,
        challenge: challenge.0,
        missing_right: envelope.missing_right.0,
    }
}

/// The text of a body: without a byte order mark, and with a stand-in for bytes that are not UTF-8 (a name in Latin-1
/// must not hide all the others).
pub fn text(body: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

fn nonsense(text: &str, error: &serde_json::Error) -> Bad {
    Bad::Nonsense(match text.trim_start() {
        "" => "it is empty".to_owned(),
        text if text.starts_with('<') => "it is a web page: the box may still be starting".to_owned(),
        _ => format!("it is not JSON as the box writes it: {}", kind(error)),
    })
}

/// What is wrong with a body, and where; never its words, which may be secret.
fn kind(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io | serde_json::error::Category::Syntax => "a syntax error",
        serde_json::error::Category::Data => "another type than expected",
        serde_json::error::Category::Eof => "it ends too early",
    };
    format!("{what} at line {}, column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::super::lenient::{Int, List};
    use super::*;

    #[test]
    fn an_empty_list_comes_in_four_ways() {
        for body in [
            r#"{"success":true,"result":[]}"#,
            r#"{"success":true,"result":{}}"#,
            r#"{"success":true,"result":null}"#,
            r#"{"success":true}"#,
        ] {
            assert_eq!(read::<List<Int>>(body.as_bytes()), Ok(List::default()), "{body}");
        }
    }

    #[test]
    fn a_refusal_is_read_whatever_is_in_its_result() {
        let body = r#"{"success":false,"uid":"5e0c","msg":"Vous devez vous connecter","error_code":"auth_required","result":{"challenge":"Zk3u","password_salt":"u9Bf"}}"#;
        let Err(Bad::Refused(refusal)) = read::<Int>(body.as_bytes()) else { panic!("not refused") };
        assert_eq!((refusal.code.as_str(), refusal.challenge.as_deref()), ("auth_required", Some("Zk3u")));
        let body = r#"{"success":false,"msg":"non","result":[1,2]}"#;
        let Err(Bad::Refused(refusal)) = read::<Int>(body.as_bytes()) else { panic!("not refused") };
        assert_eq!((refusal.code.as_str(), refusal.challenge), ("", None));
    }

    #[test]
    fn what_is_no_answer_says_what_is_wrong_and_quotes_nothing() {
        for (body, says) in [
            ("", "it is empty"),
            ("<html>502</html>", "a web page"),
            ("{\"success\":tr", "ends too early"),
            ("{\"a\":1}", "no `success`"),
            ("{\"success\":true,\"result\":\"hunter2\"}", "another type"),
        ] {
            #[derive(Debug, Deserialize)]
            #[allow(dead_code, reason = "only its shape matters")]
            struct Shape {
                a: i64,
            }
            let Err(Bad::Nonsense(what)) = read::<Shape>(body.as_bytes()) else { panic!("{body} was read") };
            assert!(what.contains(says) && !what.contains("hunter2"), "{body}: {what}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_latin_1_do_no_harm() {
        let body = b"\xef\xbb\xbf{\"success\":true,\"result\":[\"caf\xe9\"]}";
        assert_eq!(read::<List<Text>>(body).unwrap().0[0].or_empty(), "caf\u{fffd}");
    }
}
