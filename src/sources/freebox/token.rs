//! The file that holds a token: its text, and what it says. Ours is JSON with what belongs to the token beside it; the
//! files of other programs are understood too, so that nobody has to go to the box again. Pure.
//!
//! It reads and writes no file, and does not know whether a token is still good.

use std::fmt::Write as _;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::api::lenient::{Int, Maybe, Text};
use crate::metric::Timestamp;

/// A token, and what is known of it. Its `Debug` shows dots in place of the token.
#[derive(Clone, Debug)]
pub struct Grant {
    /// What logs in.
    pub app_token: SecretString,
    /// As what the box knows us: a token is good for this alone. None where the file does not say.
    pub app_id: Option<String>,
    /// What the box calls us in its list of applications.
    pub app_name: Option<String>,
    /// The version that was registered.
    pub app_version: Option<String>,
    /// What the box calls this machine.
    pub device_name: Option<String>,
    /// The number of the request, to ask what became of it.
    pub track_id: Option<i64>,
    /// Whether somebody at the box has said yes.
    pub status: Status,
    /// Where the box was, as `--endpoint` takes it.
    pub endpoint: Option<String>,
    /// Which box it is for.
    pub uid: Option<String>,
    /// What kind of box that is, for people.
    pub model: Option<String>,
    /// When a session was last opened with it.
    pub last_worked: Option<Timestamp>,
    /// Whether the file is lanlord's own, so that it may be written again without losing what others keep in it.
    pub is_ours: bool,
}

/// Whether somebody at the box has said yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not yet, as far as we know.
    Pending,
    /// Yes, or the file does not say: then logging in will tell.
    Granted,
}

/// Why a text holds no token; never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAToken {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// It begins with a brace and is no JSON.
    #[error("it begins like JSON and is none")]
    NotJson,
    /// JSON of something else.
    #[error("there is no `app_token` in it")]
    NoToken,
    /// Not the characters that tokens have.
    #[error("it holds something else than a token")]
    OtherCharacters,
}

/// As the exporter of trazfr registers itself; its file does not say so.
const TRAZFR: &str = "com.github.trazfr.fboxexp";

/// Our words, and freebox-api's. It has no `Debug`, since it holds the token.
#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    app_token: Text,
    app_id: Text,
    app_name: Text,
    app_version: Text,
    device_name: Text,
    track_id: Int,
    status: Text,
    endpoint: Text,
    uid: Text,
    model: Text,
    last_worked: Int,
    /// Only in trazfr's file: what the box said of itself.
    api: Maybe<Api>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Api {
    uid: Text,
}

impl Grant {
    /// A token of which nothing else is known.
    pub fn bare(app_token: SecretString) -> Self {
        Self {
            app_token,
            app_id: None,
            app_name: None,
            app_version: None,
            device_name: None,
            track_id: None,
            status: Status::Granted,
            endpoint: None,
            uid: None,
            model: None,
            last_worked: None,
            is_ours: false,
        }
    }

    /// Reads the text of a file: ours, that of PyPI's freebox-api (JSON, the same words), that of trazfr's exporter
    /// (JSON), or nothing but a token, as other exporters keep it.
    ///
    /// # Errors
    /// When there is no token in it.
    pub fn parse(text: &SecretString) -> Result<Self, NotAToken> {
        let text = text.expose_secret().trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Err(NotAToken::Empty);
        }
        if !text.starts_with('{') {
            return token(text).map(Self::bare);
        }
        let file: File = serde_json::from_str(text).map_err(|_| NotAToken::NotJson)?;
        let app_token = token(file.app_token.as_deref().ok_or(NotAToken::NoToken)?)?;
        let (theirs, is_theirs) = file.api.0.map_or((None, false), |api| (api.uid.0, true));
        Ok(Self {
            app_token,
            app_id: file.app_id.0.or(is_theirs.then(|| TRAZFR.to_owned())),
            app_name: file.app_name.0,
            app_version: file.app_version.0,
            device_name: file.device_name.0,
            track_id: file.track_id.0,
            status: match file.status.as_deref() {
                Some("pending") => Status::Pending,
                _ => Status::Granted,
            },
            endpoint: file.endpoint.0,
            uid: file.uid.0.or(theirs),
            model: file.model.0,
            last_worked: file.last_worked.count().map(|seconds| Timestamp(Duration::from_secs(seconds))),
            is_ours: file.status.0.is_some(),
        })
    }
}

/// Boxes give 64 characters; nothing shorter or longer than this was ever one.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=512;

/// A token as it stands alone: base64, and what other programs may have put in its place.
fn token(text: &str) -> Result<SecretString, NotAToken> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_.".contains(&byte);
    match text {
        "" => Err(NotAToken::Empty),
        text if LENGTHS.contains(&text.len()) && text.bytes().all(known) => Ok(SecretString::from(text)),
        _ => Err(NotAToken::OtherCharacters),
    }
}

/// The text of our file. PyPI's freebox-api reads it too.
pub fn write(grant: &Grant) -> SecretString {
    let texts = [
        ("app_id", &grant.app_id),
        ("app_name", &grant.app_name),
        ("app_version", &grant.app_version),
        ("device_name", &grant.device_name),
    ];
    let after = [("endpoint", &grant.endpoint), ("uid", &grant.uid), ("model", &grant.model)];
    let mut lines: Vec<(&str, String)> = Vec::new();
    let text = |(name, value): &(&'static str, &Option<String>)| {
        value.as_ref().map(|value| (*name, Value::from(value.as_str()).to_string()))
    };
    lines.extend(texts.iter().filter_map(text));
    lines.push(("app_token", Value::from(grant.app_token.expose_secret()).to_string()));
    lines.extend(grant.track_id.map(|number| ("track_id", number.to_string())));
    let status = match grant.status {
        Status::Pending => "\"pending\"",
        Status::Granted => "\"granted\"",
    };
    lines.push(("status", status.to_owned()));
    lines.extend(after.iter().filter_map(text));
    lines.extend(grant.last_worked.map(|then| ("last_worked", then.0.as_secs().to_string())));
    let mut out = String::from("{");
    for (index, (name, value)) in lines.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(out, "{comma}\n  \"{name}\": {value}");
    }
    SecretString::from(out + "\n}\n")
}

/// The old script's `.credentials`: INI, one section for each box by the name under which it was asked. The last one of
/// the same name holds, since the script wrote new ones behind the old.
///
/// # Errors
/// When no section has a token.
pub fn read_credentials(text: &str) -> Result<Vec<Grant>, NotAToken> {
    let mut sections: Vec<(&str, Map<String, Value>)> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name)
        {
            // Again: what it says replaces what was said, key by key, as Python's configparser has it.
            let known = sections.iter().position(|(known, _)| *known == name);
            let section = known.map_or_else(|| (name, Map::new()), |at| sections.remove(at));
            sections.push(section);
        } else if let (Some((_, keys)), false) = (sections.last_mut(), line.starts_with(['#', ';']))
            && let Some((key, value)) = line.split_once(['=', ':'])
        {
            keys.insert(key.trim().to_ascii_lowercase(), Value::from(value.trim()));
        }
    }
    let mut grants = Vec::new();
    for (name, keys) in sections.into_iter().take(MOST_SECTIONS) {
        let text = |key: &str| keys.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let Some(app_token) = text("app_token") else { continue };
        let owned = |key| text(key).map(str::to_owned);
        grants.push(Grant {
            app_id: owned("app_id").or(Some(SCRIPT.to_owned())),
            app_name: owned("app_name"),
            app_version: owned("app_version"),
            device_name: owned("device_name"),
            track_id: text("track_id").and_then(|number| number.parse().ok()),
            endpoint: Some(name.trim().to_owned()).filter(|name| !name.is_empty()),
            ..Grant::bare(token(app_token)?)
        });
    }
    match grants.is_empty() {
        true => Err(NotAToken::NoToken),
        false => Ok(grants),
    }
}

/// More boxes than anybody has.
const MOST_SECTIONS: usize = 64;

/// As the old script registered itself unless it was told otherwise.
pub const SCRIPT: &str = "fr.freebox.seximonitor";

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";

    fn read(text: &str) -> Result<Grant, NotAToken> {
        Grant::parse(&SecretString::from(text))
    }

    #[track_caller]
    fn grant(text: &str) -> Grant {
        let grant = read(text).unwrap();
        assert_eq!(grant.app_token.expose_secret(), TOKEN);
        grant
    }

    #[test]
    fn the_file_is_json_that_people_and_the_python_library_read() {
        let grant = Grant {
            app_id: Some("fr.lanlord.monitor".to_owned()),
            app_name: Some("lanlord".to_owned()),
            app_version: Some("0.1.0".to_owned()),
            device_name: Some("a \"nas\"\nb".to_owned()),
            track_id: Some(42),
            status: Status::Pending,
            uid: Some("5e0c9a71b2d84f6693a7d15c08be42f1".to_owned()),
            last_worked: Some(Timestamp(Duration::from_secs(1_760_000_000))),
            ..Grant::bare(SecretString::from(TOKEN))
        };
        let expected = format!(
            r#"{{
  "app_id": "fr.lanlord.monitor",
  "app_name": "lanlord",
  "app_version": "0.1.0",
  "device_name": "a \"nas\"\nb",
  "app_token": "{TOKEN}",
  "track_id": 42,
  "status": "pending",
  "uid": "5e0c9a71b2d84f6693a7d15c08be42f1",
  "last_worked": 1760000000
}}
"#
        );
        assert_eq!(write(&grant).expose_secret(), expected);
        let again = read(&expected).unwrap();
        assert!(again.is_ours);
        assert_eq!(
            (again.status, again.track_id, again.last_worked),
            (Status::Pending, Some(42), grant.last_worked)
        );
        assert_eq!(write(&again).expose_secret(), expected);
    }

    #[test]
    fn nothing_but_a_token_is_a_token() {
        for text in [TOKEN.to_owned(), format!("{TOKEN}\n"), format!("\u{feff} {TOKEN}\r\n")] {
            let grant = grant(&text);
            assert_eq!((grant.app_id, grant.status, grant.is_ours), (None, Status::Granted, false));
        }
    }

    /// As PyPI's freebox-api 1.3.1 writes it.
    #[test]
    fn the_file_of_the_python_library_is_read() {
        let text = format!(
            r#"{{"app_id": "fr.me.app", "app_name": "app", "app_version": "0.1", "device_name": "pc", "app_token": "{}", "track_id": 7}}"#,
            TOKEN.replace('/', "\\/")
        );
        let grant = grant(&text);
        assert_eq!((grant.app_id.as_deref(), grant.track_id), (Some("fr.me.app"), Some(7)));
        assert!(!grant.is_ours);
    }

    /// As trazfr's exporter writes it.
    #[test]
    fn the_file_of_an_exporter_in_go_is_read() {
        let text = format!(
            r#"{{"api":{{"api_domain":"k7w2mzqd.fbxos.fr","uid":"5e0c9a71b2d84f6693a7d15c08be42f1","https_available":true,"https_port":47311}},"app_token":"{TOKEN}"}}"#
        );
        let grant = grant(&text);
        assert_eq!(grant.app_id.as_deref(), Some("com.github.trazfr.fboxexp"));
        assert_eq!(grant.uid.as_deref(), Some("5e0c9a71b2d84f6693a7d15c08be42f1"));
    }

    #[test]
    fn what_is_no_token_says_so_and_quotes_nothing() {
        for (text, expected) in [
            ("", NotAToken::Empty),
            (" \n", NotAToken::Empty),
            ("{\"app_token\": ", NotAToken::NotJson),
            ("{}", NotAToken::NoToken),
            ("{\"app_token\": null}", NotAToken::NoToken),
            ("hunter2", NotAToken::OtherCharacters),
            ("two words of sixteen letters", NotAToken::OtherCharacters),
            ("{\"app_token\": \"two words of sixteen letters\"}", NotAToken::OtherCharacters),
        ] {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
            assert!(text.is_empty() || !expected.to_string().contains(text));
        }
        assert_eq!(read(&"a".repeat(1000)).unwrap_err(), NotAToken::OtherCharacters);
        assert!(!format!("{:?}", read(TOKEN).unwrap()).contains(TOKEN));
    }

    #[test]
    fn the_credentials_of_the_old_script_are_read() {
        let text = format!(
            "[mafreebox.freebox.fr]\ntrack_id = 12\napp_token = {TOKEN}\napp_id = fr.freebox.seximonitor\napp_name = \
             SexiMonitor\ndevice_name = SexiServer\n\n"
        );
        let grants = read_credentials(&text).unwrap();
        let [grant] = &grants[..] else { panic!("{grants:?}") };
        assert_eq!(grant.app_token.expose_secret(), TOKEN);
        assert_eq!(grant.endpoint.as_deref(), Some("mafreebox.freebox.fr"));
        assert_eq!(grant.app_id.as_deref(), Some("fr.freebox.seximonitor"));
        assert_eq!((grant.track_id, grant.device_name.as_deref()), (Some(12), Some("SexiServer")));
        // What Python takes as well: other cases, colons, comments, the same section again.
        let text = format!(
            "; old\r\n[192.168.1.254:80]\r\nAPP_TOKEN: {}\r\n[other]\r\nx = y\r\n[192.168.1.254:80]\r\napp_token={TOKEN}\r\n",
            "x".repeat(64)
        );
        let grants = read_credentials(&text).unwrap();
        assert_eq!(grants.len(), 1);
        assert_eq!(grants[0].app_token.expose_secret(), TOKEN);
        assert_eq!(grants[0].endpoint.as_deref(), Some("192.168.1.254:80"));
        assert_eq!(grants[0].app_id.as_deref(), Some("fr.freebox.seximonitor"));
    }

    #[test]
    fn credentials_without_a_token_are_refused() {
        for text in ["", "[a]\ntrack_id = 1\n", "app_token = abc\n", "[a]\napp_token =\n"] {
            assert_eq!(read_credentials(text).unwrap_err(), NotAToken::NoToken, "{text}");
        }
        let bad = "[a]\napp_token = two words of sixteen letters";
        assert_eq!(read_credentials(bad).unwrap_err(), NotAToken::OtherCharacters);
    }
}
