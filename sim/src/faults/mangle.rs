//! Right JSON with wrong content.
//!
//! Deliberately knows keys only by what is common to all bodies: it must go on working when bodies change.

use serde_json::{Map, Value, json};

/// What happens to an envelope.
#[derive(Clone, Debug, PartialEq)]
pub enum Mangle {
    /// `result-missing`.
    ResultMissing,
    /// `result-null`.
    ResultNull,
    /// `result-braces`: `{}`, as an empty list may look.
    ResultBraces,
    /// `result-wrong`: a text where an object or a list should be.
    ResultWrong,
    /// `success-wrong`: `success` is a text.
    SuccessWrong,
    /// `drop:KEY`: the key is missing, wherever it should be; `*` is every key.
    Drop(String),
    /// `null:KEY`; `*` is every key.
    Null(String),
    /// `set:KEY=JSON`: another value, wherever the key is.
    Set(String, Value),
    /// `extra`: every object has keys that nobody knows.
    Extra,
    /// `numbers-as-text`.
    NumbersAsText,
    /// `floats`: `42.0` for `42`.
    Floats,
    /// `over-32-bits`: 12 500 000 000 more in every whole number.
    Over32Bits,
    /// `over-53-bits`: every whole number is the first that a double cannot hold.
    Over53Bits,
    /// `negative`: every rate and bandwidth is -1.
    Negative,
    /// `duplicates`: every entry of a list twice.
    Duplicates,
    /// `unsorted`: every list the other way round.
    Unsorted,
    /// `hostile-names`: quotes, line ends and worse in names and SSIDs.
    HostileNames,
    /// `long-names`: names and SSIDs of 10 000 characters.
    LongNames,
    /// `unknown-words`: states, types, modes and media that nobody knows.
    UnknownWords,
}

/// The first whole number that a double cannot hold: 2^53 + 1.
const OVER_53_BITS: u64 = 9_007_199_254_740_993;
/// A name that is hostile to logs, tables, pages, shells and expositions at once.
pub const HOSTILE_NAME: &str = "a\"b\\c\nd\r\te,f={g}<b>$(h)'\u{1b}[31m\u{202e}\u{0}é\u{1f4a9}";

impl Mangle {
    /// The fault of this name.
    ///
    /// # Errors
    /// When there is none, or it needs another argument.
    pub fn named(name: &str, argument: &str) -> Result<Self, String> {
        let key = || match argument {
            "" => Err(format!("the fault `{name}` needs a key")),
            key => Ok(key.to_owned()),
        };
        Ok(match name {
            "result-missing" => Self::ResultMissing,
            "result-null" => Self::ResultNull,
            "result-braces" => Self::ResultBraces,
            "result-wrong" => Self::ResultWrong,
            "success-wrong" => Self::SuccessWrong,
            "drop" => Self::Drop(key()?),
            "null" => Self::Null(key()?),
            "set" => {
                let wrong = || format!("the fault `set` needs `KEY=JSON`, not `{argument}`");
                let (key, value) = argument.split_once('=').ok_or_else(wrong)?;
                Self::Set(key.to_owned(), serde_json::from_str(value).map_err(|_| wrong())?)
            }
            "extra" => Self::Extra,
            "numbers-as-text" => Self::NumbersAsText,
            "floats" => Self::Floats,
            "over-32-bits" => Self::Over32Bits,
            "over-53-bits" => Self::Over53Bits,
            "negative" => Self::Negative,
            "duplicates" => Self::Duplicates,
            "unsorted" => Self::Unsorted,
            "hostile-names" => Self::HostileNames,
            "long-names" => Self::LongNames,
            "unknown-words" => Self::UnknownWords,
            _ => return Err(format!("`{name}` is no kind of fault")),
        })
    }

    /// Does it to an envelope, or to a body without one.
    pub fn apply(&self, envelope: &mut Value) {
        let result = match self {
            Self::ResultMissing => None,
            Self::ResultNull => Some(Value::Null),
            Self::ResultBraces => Some(json!({})),
            Self::ResultWrong => Some(json!("42")),
            Self::SuccessWrong => {
                if let Some(envelope) = envelope.as_object_mut() {
                    envelope.insert("success".to_owned(), json!("true"));
                }
                return;
            }
            _ => return self.below(envelope),
        };
        if let Some(envelope) = envelope.as_object_mut() {
            envelope.remove("result");
            envelope.extend(result.map(|result| ("result".to_owned(), result)));
        }
    }

    /// The envelope's own keys stay as they are: there are faults for those.
    fn below(&self, envelope: &mut Value) {
        if envelope.get("success").is_none() {
            self.walk(envelope);
        } else if let Some(result) = envelope.get_mut("result") {
            self.walk(result);
        }
    }

    fn walk(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                // From the inside out, so that what is put in is not looked at again.
                for (key, value) in fields.iter_mut() {
                    self.walk(value);
                    self.field(key, value);
                }
                self.fields(fields);
            }
            Value::Array(entries) => {
                entries.iter_mut().for_each(|entry| self.walk(entry));
                match self {
                    Self::Duplicates => {
                        *entries = entries.drain(..).flat_map(|entry| [entry.clone(), entry]).collect();
                    }
                    Self::Unsorted => entries.reverse(),
                    _ => {}
                }
            }
            _ => self.number(value),
        }
    }

    fn fields(&self, fields: &mut Map<String, Value>) {
        match self {
            Self::Drop(key) if key == "*" => fields.clear(),
            Self::Drop(key) => {
                fields.remove(key);
            }
            Self::Extra => {
                fields.insert("_nouveau".to_owned(), json!([1, null, [[]], "é"]));
                fields.insert("zz_extra".to_owned(), json!({"success": false, "result": [{}]}));
            }
            _ => {}
        }
    }

    fn field(&self, key: &str, value: &mut Value) {
        let named = |words: &[&str]| words.iter().any(|word| key.contains(word));
        let name = value.is_string() && named(&["name", "ssid"]);
        match self {
            Self::Null(which) if which == "*" || which == key => *value = Value::Null,
            Self::Set(which, other) if which == key => *value = other.clone(),
            Self::Negative if value.is_number() && named(&["rate", "bandwidth"]) => *value = json!(-1),
            Self::HostileNames if name => *value = json!(HOSTILE_NAME),
            Self::LongNames if name => *value = json!("n".repeat(10_000)),
            Self::UnknownWords
                if value.is_string() && named(&["state", "status", "type", "media", "mode", "link"]) =>
            {
                *value = json!("quantum");
            }
            _ => {}
        }
    }

    fn number(&self, value: &mut Value) {
        let Value::Number(number) = &*value else { return };
        let whole = number.as_i64();
        *value = match (self, whole) {
            (Self::NumbersAsText, _) => json!(number.to_string()),
            (Self::Floats, Some(whole)) => json!(whole as f64),
            (Self::Over32Bits, Some(whole)) => json!(whole.saturating_add(12_500_000_000)),
            (Self::Over53Bits, Some(_)) => json!(OVER_53_BITS),
            _ => return,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, argument: &str, expected: Value) {
        let mut envelope = json!({"success": true, "result": {
            "state": "up", "rate_down": 7, "snr": 6.5, "hosts": [{"name": "a", "n": 1}, {"name": "b", "n": 2}],
        }});
        Mangle::named(name, argument).unwrap().apply(&mut envelope);
        assert_eq!(envelope["result"], expected, "{name}");
    }

    #[test]
    fn each_mangle_does_what_its_name_says() {
        let body = |state: Value, rate: Value, hosts: Value| json!({"state": state, "rate_down": rate, "snr": 6.5, "hosts": hosts});
        let (a, b) = (json!({"name": "a", "n": 1}), json!({"name": "b", "n": 2}));
        let named = |name: &str| json!([{"name": name, "n": 1}, {"name": name, "n": 2}]);
        check("result-null", "", Value::Null);
        check("result-braces", "", json!({}));
        check("result-wrong", "", json!("42"));
        check("drop", "state", json!({"rate_down": 7, "snr": 6.5, "hosts": [a, b]}));
        check("drop", "*", json!({}));
        check(
            "null",
            "n",
            body(json!("up"), json!(7), json!([{"name": "a", "n": null}, {"name": "b", "n": null}])),
        );
        check("set", "hosts={}", body(json!("up"), json!(7), json!({})));
        check(
            "numbers-as-text",
            "",
            json!({"state": "up", "rate_down": "7", "snr": "6.5", "hosts": [{"name": "a", "n": "1"}, {"name": "b", "n": "2"}]}),
        );
        check(
            "floats",
            "",
            body(json!("up"), json!(7.0), json!([{"name": "a", "n": 1.0}, {"name": "b", "n": 2.0}])),
        );
        let over = |rate: u64, one: u64, two: u64| {
            body(json!("up"), json!(rate), json!([{"name": "a", "n": one}, {"name": "b", "n": two}]))
        };
        check("over-32-bits", "", over(12_500_000_007, 12_500_000_001, 12_500_000_002));
        check("over-53-bits", "", over(OVER_53_BITS, OVER_53_BITS, OVER_53_BITS));
        check("negative", "", body(json!("up"), json!(-1), json!([a, b])));
        check("duplicates", "", body(json!("up"), json!(7), json!([a, a, b, b])));
        check("unsorted", "", body(json!("up"), json!(7), json!([b, a])));
        check("hostile-names", "", body(json!("up"), json!(7), named(HOSTILE_NAME)));
        check("long-names", "", body(json!("up"), json!(7), named(&"n".repeat(10_000))));
        check("unknown-words", "", body(json!("quantum"), json!(7), json!([a, b])));
    }

    #[test]
    fn extra_keys_are_everywhere_and_take_nothing_away() {
        let mut envelope = json!({"success": true, "result": [{"a": 1}]});
        Mangle::Extra.apply(&mut envelope);
        assert_eq!(envelope["result"][0]["a"], 1);
        assert!(envelope["result"][0].get("_nouveau").is_some());
    }

    #[test]
    fn a_missing_result_is_missing_and_a_body_without_envelope_is_mangled_too() {
        let mut envelope = json!({"success": true, "result": 1});
        Mangle::ResultMissing.apply(&mut envelope);
        assert_eq!(envelope, json!({"success": true}));
        let mut about = json!({"uid": "x", "https_port": 1});
        Mangle::Drop("uid".to_owned()).apply(&mut about);
        assert_eq!(about, json!({"https_port": 1}));
    }
}
