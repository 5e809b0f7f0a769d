//! What a modem answers to a log-in: one of a few sentences. Pure.
//!
//! A sentence that nobody knows is neither a yes nor a no, and is never tried again at once.

use std::time::Duration;

use percent_encoding::percent_decode_str;

use crate::text;

/// What it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// We are logged in.
    Welcome,
    /// Somebody else is, and there is room for one.
    Busy,
    /// The user or the password is not right.
    Wrong,
    /// Nobody can log in for so long, after so many failures; none where it does not say so in a way that we understand.
    Locked(Option<(u32, Duration)>),
    /// Something else, whole and hostile.
    Other(String),
}

/// What is in front of a lock's figures.
const LOCK: &str = "LoginProtect=";

/// No modem locks anybody out for longer than this, so that nobody can be kept away for ever by what he reads.
const LONGEST_LOCK: Duration = Duration::from_secs(86_400);

/// Characters of an unknown sentence that a message has room for.
const SHOWN: usize = 120;

/// Reads the body. What the words mean is known from two public exporters of firmware 4.5.10 (yrro/hitron-exporter,
/// cfstras/hitron-exporter) and, for the limit, of other firmware.
pub fn read(body: &[u8]) -> Said {
    let text = String::from_utf8_lossy(body);
    let said = text.trim();
    match said {
        "success" => Said::Welcome,
        "Repeat Login" => Said::Busy,
        "Wrong Credentials." => Said::Wrong,
        _ if said.starts_with("Up to the session limit") => Said::Busy,
        _ => match said.split_once(LOCK) {
            Some((_, figures)) => Said::Locked(lock(figures)),
            None => Said::Other(said.to_owned()),
        },
    }
}

/// A sentence that nobody knows, for people; nothing of it where any of these secrets may be in it.
pub fn shown(said: &str, secrets: &[&str]) -> String {
    // As it stands, and as forms are written.
    let decoded = percent_decode_str(&said.replace('+', " ")).decode_utf8_lossy().into_owned();
    let has = |secret: &&str| !secret.is_empty() && (said.contains(*secret) || decoded.contains(*secret));
    if secrets.iter().any(has) {
        return "what is not shown, since a secret is in it".to_owned();
    }
    format!("`{}`", text::cut(&text::plain(said), SHOWN))
}

/// `N|M|S`: so many failures, so many minutes and seconds.
fn lock(figures: &str) -> Option<(u32, Duration)> {
    let mut figures = figures.splitn(3, '|').map(|figure| {
        let digits = figure.trim_start();
        let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse::<u32>().ok()
    });
    let (failures, minutes, seconds) = (figures.next()??, figures.next()??, figures.next()??);
    let rest = Duration::from_secs(u64::from(minutes) * 60 + u64::from(seconds));
    Some((failures, rest.min(LONGEST_LOCK)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_that_is_known_is_known() {
        for (body, said) in [
            ("success", Said::Welcome),
            ("success\r\n", Said::Welcome),
            (" Repeat Login\n", Said::Busy),
            ("Wrong Credentials.", Said::Wrong),
            ("Up to the session limit: 1", Said::Busy),
            ("LoginProtect=9|58|21", Said::Locked(Some((9, Duration::from_secs(3_501))))),
            ("x LoginProtect=3|0|5\n", Said::Locked(Some((3, Duration::from_secs(5))))),
            ("LoginProtect=1|4294967295|0", Said::Locked(Some((1, Duration::from_secs(86_400))))),
            ("LoginProtect=soon", Said::Locked(None)),
            ("LoginProtect=9|58", Said::Locked(None)),
            ("Unknown error.", Said::Other("Unknown error.".to_owned())),
            ("Success", Said::Other("Success".to_owned())),
            ("", Said::Other(String::new())),
        ] {
            assert_eq!(read(body.as_bytes()), said, "{body}");
        }
    }

    #[test]
    fn a_sentence_that_nobody_knows_moves_no_cursor_and_is_short() {
        let shown = shown(&format!("\u{1b}[2J\u{202e}{}", "x".repeat(100_000)), &[]);
        assert!(shown.chars().count() <= 122 && !shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    }

    #[test]
    fn a_secret_is_found_wherever_and_however_it_is_written() {
        let secrets = ["admin", "p@ss/w rd"];
        assert_eq!(shown("try later", &secrets), "`try later`");
        let far = format!("{}p@ss/w rd", "x".repeat(118));
        for said in ["hello admin", "pwd=p%40ss%2fw+rd", "pwd=p%40ss%2Fw%20rd", &far] {
            assert_eq!(shown(said, &secrets), "what is not shown, since a secret is in it", "{said}");
        }
    }
}
