//! `/api_version`: what a box says of itself to anybody, without an envelope, and what follows from it for paths.

use serde::Deserialize;

use super::envelope;
use super::lenient::{Flag, Int, Text};

/// What a box says of itself. From outside only what is needed to build a URL is there, and old firmware has less.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Version {
    /// 32 hexadecimal digits, the same as long as the box lives.
    pub uid: Text,
    /// What it is called; hostile.
    pub device_name: Text,
    /// `fbxgw9-r1/full` …
    pub box_model: Text,
    /// A name of the model for people.
    pub box_model_name: Text,
    /// `16.0` …
    pub api_version: Text,
    /// `/api/` on every box that was ever seen.
    pub api_base_url: Text,
    /// The name that its certificate is for.
    pub api_domain: Text,
    /// Whether there is a port for TLS.
    pub https_available: Flag,
    /// Which; another one in each box, and the owner can change it.
    pub https_port: Int,
}

/// The newest major version whose answers we know.
pub const NEWEST_KNOWN: u8 = 16;

/// Which version of the interface to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// The newest that both know.
    #[default]
    Auto,
    /// The newest that the box knows.
    Latest,
    /// This one.
    Major(u8),
}

/// Reads a body.
///
/// # Errors
/// When this is not what a Freebox says, without quoting it.
pub fn read(body: &[u8]) -> Result<Version, String> {
    let text = envelope::text(body);
    let version: Version = serde_json::from_str(&text).map_err(|_| match text.trim_start() {
        "" => "its answer is empty".to_owned(),
        text if text.starts_with('<') => "it answers with a web page".to_owned(),
        _ => "its answer is not JSON".to_owned(),
    })?;
    match (version.major(), &version.uid, &version.api_base_url) {
        (None, Text(None), Text(None)) => Err("its answer has none of the words of a Freebox".to_owned()),
        _ => Ok(version),
    }
}

impl Version {
    /// The major version of the interface.
    pub fn major(&self) -> Option<u8> {
        let text = self.api_version.as_deref()?;
        text.split_once('.').map_or(text, |(major, _)| major).parse().ok().filter(|&major| major > 0)
    }

    /// The major version to speak. Boxes go on serving older ones.
    pub fn spoken(&self, wanted: Wanted) -> u8 {
        let newest = self.major().unwrap_or(OLDEST);
        match wanted {
            Wanted::Auto => newest.min(NEWEST_KNOWN),
            Wanted::Latest => newest,
            Wanted::Major(major) => major,
        }
    }

    /// What paths begin with, up to the version.
    pub fn base(&self) -> &str {
        let sound = |base: &&str| {
            base.starts_with('/')
                && base.len() <= 64
                && base.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#')
        };
        self.api_base_url.as_deref().filter(sound).unwrap_or("/api/")
    }

    /// Where it can be asked over TLS: the name that its certificate is for, and the port.
    pub fn tls(&self) -> Option<(&str, u16)> {
        if self.https_available.0 == Some(false) {
            return None;
        }
        let is_name = |name: &&str| {
            name.len() <= 253
                && name.contains('.') | (*name == "localhost")
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
        };
        let domain = self.api_domain.as_deref().filter(is_name)?;
        let port =
            self.https_port.count().and_then(|port| u16::try_from(port).ok()).filter(|&port| port > 0)?;
        Some((domain, port))
    }
}

/// What every box speaks that has this interface.
const OLDEST: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    /// As an Ultra says it.
    const ULTRA: &str = r#"{"uid":"5e0c9a71b2d84f6693a7d15c08be42f1","device_name":"Freebox Server","device_type":"FreeboxServer9,1",
 "box_model":"fbxgw9-r1","box_model_name":"Freebox v9 (r1)","api_version":"16.0","api_base_url":"/api/",
 "api_domain":"k7w2mzqd.fbxos.fr","https_available":true,"https_port":47311}"#;

    #[test]
    fn an_ultra_says_where_and_how() {
        let version = read(ULTRA.as_bytes()).unwrap();
        assert_eq!((version.major(), version.spoken(Wanted::Auto), version.base()), (Some(16), 16, "/api/"));
        assert_eq!(version.tls(), Some(("k7w2mzqd.fbxos.fr", 47311)));
        assert_eq!(version.spoken(Wanted::Major(4)), 4);
        let newer = read(ULTRA.replace("16.0", "21.3").as_bytes()).unwrap();
        assert_eq!((newer.spoken(Wanted::Auto), newer.spoken(Wanted::Latest)), (16, 21));
    }

    #[test]
    fn what_is_missing_or_makes_no_sense_is_left_out() {
        let bare = read(br#"{"api_version":"8.5"}"#).unwrap();
        assert_eq!((bare.spoken(Wanted::Auto), bare.base(), bare.tls()), (8, "/api/", None));
        for (from, to) in [
            ("\"https_available\":true", "\"https_available\":false"),
            ("47311", "0"),
            ("47311", "70000"),
            ("k7w2mzqd.fbxos.fr", "evil/../name"),
        ] {
            assert_eq!(read(ULTRA.replace(from, to).as_bytes()).unwrap().tls(), None, "{to}");
        }
        let odd = read(ULTRA.replace("\"/api/\"", "\"http://elsewhere/ ?\"").as_bytes()).unwrap();
        assert_eq!(odd.base(), "/api/");
        assert_eq!(read(ULTRA.replace("16.0", "x.y").as_bytes()).unwrap().spoken(Wanted::Auto), 3);
    }

    #[test]
    fn what_no_freebox_says_is_refused_in_words() {
        for (body, says) in [
            ("", "empty"),
            ("<html>", "web page"),
            ("{", "not JSON"),
            ("{\"a\":1}", "none of the words"),
            ("[]", "none of"),
        ] {
            let what = read(body.as_bytes()).unwrap_err();
            assert!(what.contains(says), "{body}: {what}");
        }
    }
}
