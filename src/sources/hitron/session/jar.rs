//! Cookies of one session: all that a modem gives are sent back, whatever they are called, since its firmware decides
//! what it knows a session by. Pure.
//!
//! There is one host and one path, so domains, paths and flags of cookies are not looked at.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::metric::Timestamp;
use crate::sources::hitron::quantity::time;

/// The cookies, in the order in which they came first.
#[derive(Default)]
pub struct Jar(Vec<(String, SecretString)>);

/// A modem gives two or three.
const MOST: usize = 16;
/// In bytes; real names have about ten.
const LONGEST_NAME: usize = 64;
/// In bytes; real ones have about twenty.
const LONGEST_VALUE: usize = 1_024;

impl fmt::Debug for Jar {
    /// Without what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cookies", self.0.len())
    }
}

impl Jar {
    /// Takes what one `Set-Cookie` has (RFC 6265 §5.2), or throws away what it takes back. One that makes no sense, has
    /// characters that could not be sent back, or for which there is no room, is left out.
    pub fn take(&mut self, line: &str, now: Timestamp) {
        let mut pieces = line.split(';');
        let Some((name, value)) = pieces.next().and_then(|pair| pair.split_once('=')) else { return };
        let (name, value) = (name.trim(), value.trim());
        let is_name = matches!(name.len(), 1..=LONGEST_NAME)
            && name.bytes().all(|byte| byte.is_ascii_graphic() && !b"=;,\"".contains(&byte));
        if !is_name {
            return;
        }
        let is_over = value == "deleted" || is_over(pieces, now);
        let is_value = value.len() <= LONGEST_VALUE
            && value.bytes().all(|byte| byte.is_ascii_graphic() && !b";,\\".contains(&byte));
        match self.0.iter().position(|(known, _)| known == name) {
            Some(at) if is_over => drop(self.0.remove(at)),
            Some(at) if is_value => self.0[at].1 = SecretString::from(value),
            None if is_value && !is_over && self.0.len() < MOST => {
                self.0.push((name.to_owned(), SecretString::from(value)));
            }
            _ => {}
        }
    }

    /// The value of one.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.expose_secret())
    }

    /// All of them, as a request has them; none where there are none.
    pub fn header(&self) -> Option<SecretString> {
        let length = self.0.iter().map(|(name, value)| name.len() + value.expose_secret().len() + 3).sum();
        // As long as it will be: a text that grows leaves copies behind.
        let mut text = String::with_capacity(length);
        for (name, value) in &self.0 {
            let between = if text.is_empty() { "" } else { "; " };
            text.extend([between, name, "=", value.expose_secret()]);
        }
        (!text.is_empty()).then(|| SecretString::from(text))
    }
}

/// Whether what follows the cookie says that it is over. `Max-Age` comes before `Expires` (RFC 6265 §5.3).
fn is_over<'a>(attributes: impl Iterator<Item = &'a str>, now: Timestamp) -> bool {
    let (mut by_age, mut by_date) = (None, None);
    for attribute in attributes {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("max-age") {
            by_age = value.parse::<i64>().ok().map(|seconds| seconds <= 0).or(by_age);
        } else if name.eq_ignore_ascii_case("expires") {
            let now = i64::try_from(now.0.as_secs()).unwrap_or(i64::MAX);
            by_date = date(value).map(|then| then <= now).or(by_date);
        }
    }
    by_age.or(by_date).unwrap_or(false)
}

/// Seconds since 1970 of a date as cookies have it: `Thu, 01 Jan 1970 00:00:00 GMT`, also with hyphens and two digits for
/// the year, as they were written first.
fn date(text: &str) -> Option<i64> {
    let between = |character: char| !character.is_ascii_alphanumeric();
    let mut words = text.split(between).filter(|word| !word.is_empty()).skip(1);
    let mut number = |most: i64| {
        let word = words.next().filter(|word| word.len() <= 4)?;
        // A month stands where a number could.
        let number = word.parse().ok().or_else(|| time::month(word))?;
        (0..=most).contains(&number).then_some(number)
    };
    let (day, month, year) = (number(31)?, number(12)?, number(9_999)?);
    let (hour, minute, second) = (number(23)?, number(59)?, number(60)?);
    let year = match year {
        0..70 => year + 2_000,
        70..100 => year + 1_900,
        year => year,
    };
    let days = time::days_since_1970(year, month, day)?;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// 2026-11-20, 00:00 UTC, as `date -u +%s -d` has it.
    const NOW: Timestamp = Timestamp(Duration::from_secs(1_795_132_800));

    fn jar(lines: &[&str]) -> Jar {
        let mut jar = Jar::default();
        for line in lines {
            jar.take(line, NOW);
        }
        jar
    }

    #[track_caller]
    fn check(lines: &[&str], expected: &str) {
        let header = jar(lines).header();
        assert_eq!(header.as_ref().map_or("", |header| header.expose_secret()), expected, "{lines:?}");
    }

    #[test]
    fn whatever_is_given_is_sent_back() {
        check(&["preSession=1804289383; path=/"], "preSession=1804289383");
        check(&["preSession=1; path=/", "session=2"], "preSession=1; session=2");
        check(&["preSession=1", "sessionindex=2;HttpOnly; Secure"], "preSession=1; sessionindex=2");
        check(&["a=1", "a=2"], "a=2");
        check(&["a=x=y==", " b = c ;path=/"], "a=x=y==; b=c");
        check(&["a="], "a=");
        check(&[], "");
    }

    #[test]
    fn what_is_taken_back_is_gone() {
        check(&["a=1", "b=2", "a=deleted; path=/"], "b=2");
        check(&["a=1", "a=; Max-Age=0"], "");
        check(&["a=1", "a=x; max-age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT"], "");
        check(&["a=1", "a=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "");
        check(&["a=1", "a=x; expires=Thu, 01-Jan-1970 00:00:01 GMT"], "");
        check(&["a=1", "a=x; expires=Thu, 01-Jan-70 00:00:01 GMT"], "");
        check(&["a=deleted"], "");
    }

    #[test]
    fn what_is_still_good_or_makes_no_sense_is_kept() {
        check(&["a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT"], "a=1");
        check(&["a=1; Expires=Fri, 20 Nov 2026 00:00:01 GMT"], "a=1");
        check(&["a=1; Expires=soon; Max-Age=later"], "a=1");
        check(&["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "a=1");
    }

    /// As `date -u +%s -d` has them.
    #[test]
    fn dates_are_read_as_cookies_have_them() {
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(date("Sunday, 06-Nov-94 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(date("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        for text in ["", "GMT", "Thu, 01 Foo 1970 00:00:00", "Thu, 32 Jan 1970 00:00:00", "Thu, 01 Jan 1970"]
        {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn what_could_not_be_sent_back_is_left_out() {
        for line in ["", "a", "=1", "a b=1", "a=1\r\nX: y", "a=é", "a=1 2", "é=1", "a\0=1"] {
            check(&[line], "");
        }
        check(&[&format!("a={}", "x".repeat(LONGEST_VALUE + 1))], "");
        check(&[&format!("{}=1", "x".repeat(LONGEST_NAME + 1))], "");
        let many: Vec<String> = (0..1_000).map(|number| format!("c{number}=1")).collect();
        assert_eq!(jar(&many.iter().map(String::as_str).collect::<Vec<_>>()).0.len(), MOST);
    }

    #[test]
    fn a_jar_does_not_show_what_is_in_it() {
        let jar = jar(&["session=hunter2"]);
        assert_eq!((format!("{jar:?}"), jar.get("session")), ("1 cookies".to_owned(), Some("hunter2")));
    }

    proptest::proptest! {
        #[test]
        fn any_line_leaves_something_that_can_be_sent(lines: Vec<String>) {
            let jar = jar(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            if let Some(header) = jar.header() {
                proptest::prop_assert!(header.expose_secret().bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            }
        }
    }
}
