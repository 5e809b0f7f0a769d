//! The page at `/`: what an engineer wants to see in the first minute, without Grafana.
//!
//! Pure: a view in, HTML out. No script, no second request and nothing from elsewhere, so that the policy below can
//! forbid all of it; the browser reads the page anew by itself. No history: that is Prometheus's.

use std::fmt::{self, Write};
use std::sync::Arc;

use crate::metric::{Batch, Timestamp};
use crate::probe::reply;
use crate::push::PushId;
use crate::push::state::State;

mod about;
mod hosts;
mod probes;
mod pushes;
mod sources;

use crate::text::{Text, UNKNOWN};

/// What the page is made from.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// lanlord's version.
    pub version: &'a str,
    /// The moment that ages are counted from.
    pub now: Timestamp,
    /// What lanlord runs on; none while nobody has said.
    pub configuration: Option<&'a Configuration>,
    /// The latest batches, sorted by source and part.
    pub batches: &'a [Arc<Batch>],
    /// The pushes, by name.
    pub pushes: &'a [(PushId, State)],
    /// The probes.
    pub probes: &'a reply::View,
}

/// What lanlord runs on, and whether somebody wanted something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The path of the file; none if there is none.
    pub file: Option<String>,
    /// When it was read.
    pub loaded_at: Timestamp,
    /// When a reload was refused since then, and why.
    pub refused: Option<(Timestamp, String)>,
}

/// Everything is forbidden but this page's own style, known by the hash of its text.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; \
    style-src 'sha256-wSHly+uYZbjiGJy0z/9TJ+lIECRLTkOIAvtnCIph8Cc='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("style.css");

/// How often the browser reads the page anew.
const REFRESH_SECONDS: u32 = 10;

/// The page as HTML.
pub fn render(view: &View<'_>) -> String {
    let mut out = String::with_capacity(16 * 1024);
    // Writing to a String cannot fail.
    let _ = write(view, &mut out);
    out
}

fn write(view: &View<'_>, out: &mut String) -> fmt::Result {
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"refresh\" content=\"{REFRESH_SECONDS}\">\n\
         <title>lanlord</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <header><h1>lanlord</h1><span class=\"soft\">{}</span>\
         <nav><a href=\"/metrics\">Metrics</a></nav></header>\n<main>\n",
        Text(view.version)
    )?;
    about::write_refusal(view, out)?;
    sources::write(view, out)?;
    hosts::write(view.batches, out)?;
    pushes::write(view, out)?;
    probes::write(view, out)?;
    about::write(view, out)?;
    write!(
        out,
        "</main>\n<footer>Bytes are in binary units: 1 KiB is 1,024 bytes. {} means not reported. \
         The page refreshes every {REFRESH_SECONDS} seconds.</footer>\n</body>\n</html>\n",
        UNKNOWN
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    /// The hash of the policy, by a program that is not ours.
    fn sha256_base64(bytes: &[u8]) -> String {
        let mut child = Command::new("sha256sum")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("coreutils");
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let hex = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let octets: Vec<u8> =
            (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut base64: String = octets
            .chunks(3)
            .flat_map(|chunk| {
                let word = chunk.iter().fold(0u32, |word, &octet| word << 8 | u32::from(octet))
                    << (8 * (3 - chunk.len()));
                (0..=chunk.len()).map(move |i| char::from(alphabet[(word >> (18 - 6 * i)) as usize & 63]))
            })
            .collect();
        base64.push('=');
        base64
    }

    #[test]
    fn the_policy_has_the_hash_of_the_style_as_it_is_served() {
        let page = render(&View {
            version: "0",
            now: Timestamp::default(),
            configuration: None,
            batches: &[],
            pushes: &[],
            probes: &reply::View::default(),
        });
        let (_, rest) = page.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let expected = format!("style-src 'sha256-{}';", sha256_base64(style.as_bytes()));
        assert!(CONTENT_SECURITY_POLICY.contains(&expected), "the policy needs {expected}");
    }

    #[test]
    fn the_page_needs_nothing_that_the_policy_forbids() {
        let page = render(&View {
            version: "0",
            now: Timestamp::default(),
            configuration: None,
            batches: &[],
            pushes: &[],
            probes: &reply::View::default(),
        });
        assert!(page.contains("<a href=\"/metrics\">"));
        for forbidden in
            ["<script", " style=", "<link", "<img", "<iframe", "src=", "url(", "@import", "javascript:"]
        {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
}
