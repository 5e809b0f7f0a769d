//! What goes wrong at a modem, and the words for it.
//!
//! Deliberately does not decide when: that is the table of [`crate::faults`], with our kinds in it.

use std::time::Duration;

use crate::faults::Fault;
use crate::http::reply::Manner;

/// A kind of fault. As text: a name, and after a colon what it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// `busy`: somebody's browser has the session.
    Busy,
    /// `locked[:FAILURES|MINUTES|SECONDS]`: the log-in is locked; `9|58|21` if nothing else is said.
    Locked(u32, Duration),
    /// `reboot[:SECONDS]`: connections are refused for so long of real time, then all begins anew.
    Reboot(Duration),
    /// `refuse[:SECONDS]`: connections are refused for so long of real time.
    Refuse(Duration),
    /// `new-certificate`: another key and certificate.
    NewCertificate,
    /// `other-key`: the same certificate, and a key that it was not made for.
    OtherKey,
    /// `wrong-credentials`: no password is right.
    WrongCredentials,
    /// `login-says:TEXT`: what a log-in is answered, without looking at it.
    LoginSays(String),
    /// `no-presession`: the identifier to log in with is not given out.
    NoTicket,
    /// `presession-mismatch`: the identifier to log in with is never the right one.
    WrongTicket,
    /// `two-cookies`: the session is two cookies, and both are needed.
    TwoCookies,
    /// `deleted-cookie`: a log-in deletes cookies of all names before it sets the session's.
    DeletedCookie,
    /// `steal`: once this page is answered, somebody's browser throws the client out.
    Steal,
    /// `logout-ignored`: a log-out is answered as ever, and the session stays open.
    LogoutIgnored,
    /// `html`: the log-in page with 200.
    Html,
    /// `status:CODE`: a page of the web server.
    Status(u16),
    /// `redirect[:URL]`: 302 to another host.
    Redirect(String),
    /// `says:TEXT`: this text with 200.
    Says(String),
    /// `half-json`: the first half, properly sent.
    HalfJson,
    /// `placeholders[:TEXT]`: this in all fields, or what modems write for nothing, by turns.
    Placeholders(Option<String>),
    /// `missing[:FIELD]`: the field is missing, or all of them.
    Missing(Option<String>),
    /// `set:FIELD=TEXT`: another value, wherever the field is.
    Set(String, String),
    /// `empty-array`.
    EmptyArray,
    /// `extra`: more objects and fields than anybody knows.
    Extra,
    /// `big[:BYTES]`: so many bytes more; 2 MiB if nothing else is said.
    Big(usize),
    /// `deep[:LEVELS]`: arrays in arrays; 100 000 if nothing else is said.
    Deep(usize),
    /// `invalid-utf8`: in the first value that is a text, or in all host names.
    InvalidUtf8,
    /// `slow:SECONDS`: a late answer.
    Slow(Duration),
    /// `drip[:SECONDS]`: so long for each byte of the body; 1 if nothing else is said.
    Drip(Duration),
    /// How the answer goes over the wire: `length:BYTES`, `truncated`, `reset`, `reset-early`, `chunked`,
    /// `chunked-broken`, `hang` (no answer), `hang-body`, `close`, `no-reply`.
    Wire(Manner),
    /// `silence`: the connection is accepted, and that is all.
    Silence,
}

/// Placeholders that were seen in figures.
pub const PLACEHOLDERS: [&str; 6] = ["NA", "-", "--", "", "TODO", "Secret"];

/// All names, for those who look for one.
pub const NAMES: &str = "busy, locked, reboot, refuse, new-certificate, other-key, wrong-credentials, login-says, \
    no-presession, presession-mismatch, two-cookies, deleted-cookie, steal, logout, html, status, redirect, says, \
    half-json, placeholders, missing, set, empty-array, extra, big, deep, invalid-utf8, slow, drip, length, \
    truncated, reset, reset-early, chunked, chunked-broken, hang, hang-body, close, no-reply, silence";

/// A fault that was read, and whether it happens at once instead of at a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// What, where and when.
    pub fault: Fault<Trouble>,
    /// It happens once and now.
    pub now: bool,
}

/// Reads `NAME[:ARGUMENT] [at=PAGE] [nth=N|every=N|probability=P] [times=N] [for=SECONDS]`. Pages are `index`,
/// `login`, `logout`, `connection`, or a dataset such as `dsinfo`; `*` is any text in their names. Without a page it is
/// the one that the fault is about, and all datasets if there is no such page.
///
/// # Errors
/// When it is no fault.
pub fn read(text: &str) -> Result<Read, String> {
    let mut words: Vec<&str> = text.split(' ').collect();
    let mut limits = Vec::new();
    let limit = |word: &&str| {
        ["at=", "nth=", "every=", "probability=", "times=", "for="]
            .iter()
            .any(|start| word.starts_with(start))
    };
    while let Some(word) = words.pop_if(|word| word.is_empty() || limit(&&**word)) {
        limits.push(word);
    }
    // What is left may have blanks of its own.
    let words = words.join(" ");
    let (name, argument) = words.split_once(':').map_or((words.as_str(), None), |(a, b)| (a, Some(b)));
    let (trouble, page) = trouble(name, argument)?;
    let mut fault = Fault::new(page.unwrap_or("data/*"), trouble);
    let mut now = page == Some(NOW);
    for word in limits.into_iter().rev().filter(|word| !word.is_empty()) {
        match word.strip_prefix("at=") {
            Some(page) => {
                fault.path = path(page);
                now = false;
            }
            None => fault.limit(word)?,
        }
    }
    Ok(Read { fault, now })
}

/// What faults call a page: datasets are below `data/`.
pub fn path(page: &str) -> String {
    match page {
        "index" | "login" | "logout" | "connection" | "*" => page.to_owned(),
        page if page.contains('/') => page.to_owned(),
        dataset => format!("data/{dataset}"),
    }
}

/// No page at all.
const NOW: &str = "now";

/// A kind, and the page that it is about.
fn trouble(name: &str, argument: Option<&str>) -> Result<(Trouble, Option<&'static str>), String> {
    let wrong = || format!("`{}` is not what the fault `{name}` needs", argument.unwrap_or_default());
    let number = |default: Option<usize>| match argument {
        None => default.ok_or_else(wrong),
        Some(text) => text.parse().map_err(|_| wrong()),
    };
    let time = |default: Option<f64>| {
        let seconds = argument.map_or(Ok(default), |text| text.parse().map(Some)).map_err(|_| wrong())?;
        Duration::try_from_secs_f64(seconds.ok_or_else(wrong)?).map_err(|_| wrong())
    };
    let text = || argument.map(str::to_owned);
    let status =
        |text: &str| text.parse().ok().filter(|status| (200..600).contains(status)).ok_or_else(wrong);
    let at_once = |trouble| Ok((trouble, Some(NOW)));
    let at = |page, trouble| Ok((trouble, Some(page)));
    Ok((
        match name {
            "busy" => return at_once(Trouble::Busy),
            "locked" => {
                let (failures, time) = protection(argument.unwrap_or("9|58|21")).ok_or_else(wrong)?;
                return at_once(Trouble::Locked(failures, time));
            }
            "reboot" => return at_once(Trouble::Reboot(time(Some(120.0))?)),
            "refuse" => return at_once(Trouble::Refuse(time(Some(120.0))?)),
            "new-certificate" => return at_once(Trouble::NewCertificate),
            "other-key" => return at_once(Trouble::OtherKey),
            "wrong-credentials" => return at("login", Trouble::WrongCredentials),
            "login-says" => return at("login", Trouble::LoginSays(text().ok_or_else(wrong)?)),
            "no-presession" => return at("*", Trouble::NoTicket),
            "presession-mismatch" => return at("login", Trouble::WrongTicket),
            "two-cookies" => return at("*", Trouble::TwoCookies),
            "deleted-cookie" => return at("login", Trouble::DeletedCookie),
            "logout" => {
                let trouble = match argument {
                    Some("never") => Trouble::Wire(Manner::Hang),
                    Some("ignored") => Trouble::LogoutIgnored,
                    Some(code) => Trouble::Status(status(code)?),
                    None => return Err(wrong()),
                };
                return at("logout", trouble);
            }
            "silence" => return at("connection", Trouble::Silence),
            "steal" => Trouble::Steal,
            "html" => Trouble::Html,
            "status" => Trouble::Status(status(argument.unwrap_or_default())?),
            "redirect" => {
                Trouble::Redirect(text().unwrap_or_else(|| "http://198.51.100.7/login.html".to_owned()))
            }
            "says" => Trouble::Says(text().ok_or_else(wrong)?),
            "half-json" => Trouble::HalfJson,
            "placeholders" => Trouble::Placeholders(text()),
            "missing" => Trouble::Missing(text()),
            "set" => {
                let (field, value) = argument.and_then(|text| text.split_once('=')).ok_or_else(wrong)?;
                Trouble::Set(field.to_owned(), value.to_owned())
            }
            "empty-array" => Trouble::EmptyArray,
            "extra" => Trouble::Extra,
            "big" => Trouble::Big(number(Some(2 << 20))?),
            "deep" => Trouble::Deep(number(Some(100_000))?),
            "invalid-utf8" => Trouble::InvalidUtf8,
            "slow" => Trouble::Slow(time(None)?),
            "drip" => Trouble::Drip(time(Some(1.0))?),
            _ => Trouble::Wire(manner(name, argument).ok_or_else(|| match name {
                "length" => wrong(),
                _ => format!("`{name}` is no fault of a modem: there are {NAMES}"),
            })?),
        },
        None,
    ))
}

fn manner(name: &str, argument: Option<&str>) -> Option<Manner> {
    Some(match name {
        "length" => Manner::Length(argument.unwrap_or("100").parse().ok()?),
        "truncated" => Manner::Truncated,
        "reset" => Manner::ResetInBody,
        "reset-early" => Manner::Reset,
        "chunked" => Manner::Chunked,
        "chunked-broken" => Manner::ChunkedBroken,
        "hang" => Manner::Hang,
        "hang-body" => Manner::HangInBody,
        "close" => Manner::CloseAfter,
        "no-reply" => Manner::Nothing,
        _ => return None,
    })
}

/// `9|58|21`: failures, minutes and seconds.
fn protection(text: &str) -> Option<(u32, Duration)> {
    let mut numbers = text.split('|').map(|number| number.parse::<u32>().ok());
    let (failures, minutes, seconds) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let time = Duration::from_secs(u64::from(minutes) * 60 + u64::from(seconds));
    numbers.next().is_none().then_some((failures, time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::When;

    fn check(text: &str, path: &str, trouble: Trouble) {
        let read = read(text).unwrap();
        assert_eq!((read.fault.path.as_str(), read.fault.kind), (path, trouble), "{text}");
    }

    #[test]
    fn faults_are_read_with_the_pages_they_are_about() {
        check("half-json", "data/*", Trouble::HalfJson);
        check("half-json at=dsinfo", "data/dsinfo", Trouble::HalfJson);
        check("slow:30 at=login", "login", Trouble::Slow(Duration::from_secs(30)));
        check("login-says:Unknown error. times=1", "login", Trouble::LoginSays("Unknown error.".to_owned()));
        check("logout:500", "logout", Trouble::Status(500));
        check("logout:never", "logout", Trouble::Wire(Manner::Hang));
        check("locked", "now", Trouble::Locked(9, Duration::from_secs(3501)));
        check("locked:3|0|2 at=login", "login", Trouble::Locked(3, Duration::from_secs(2)));
        check("set:modulation=9", "data/*", Trouble::Set("modulation".to_owned(), "9".to_owned()));
        check("placeholders:NA", "data/*", Trouble::Placeholders(Some("NA".to_owned())));
        assert!(read("busy").unwrap().now && !read("busy at=dsinfo").unwrap().now);
        let limited = read("html at=usinfo nth=2 times=1").unwrap().fault;
        assert_eq!((limited.when, limited.times), (When::Nth(2), Some(1)));
    }

    #[test]
    fn every_name_is_one() {
        for name in NAMES.split(", ") {
            let found =
                ["", ":1", ":200", ":text", ":a=b"].iter().any(|rest| read(&format!("{name}{rest}")).is_ok());
            assert!(found, "{name}");
        }
    }

    #[test]
    fn what_is_no_fault_is_refused_with_words() {
        for text in
            ["", "quantum", "logout", "slow", "slow:-1", "status:99", "locked:3|4", "set:a", "html nth=x"]
        {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("quantum").unwrap_err().contains("`quantum` is no fault of a modem: there are busy,"));
    }
}
