//! Durations and clocks, which each firmware writes in its own way. The modem's clock shows local time and not which, so
//! that what it amounts to depends on who knows where the modem stands. Pure.

use super::{Read, digits, unless_placeholder};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Seconds of a duration: `04 Days,22 Hours,23 Minutes,48 Seconds`, `003 days 01h:40m:02s`, `1d 01h:40m:02s`,
/// `00h:02m:57s`, `D: 6 H: 09 M: 25 S: 55`, or digits. `D: -- H: -- M: -- S: --` stands for nothing.
///
/// # Errors
/// For anything else, `0:02:57` among it, of which nobody knows what the first figure is.
pub fn duration(text: &str) -> Read<u64> {
    if labelled(text).is_some_and(|figures| figures.iter().all(|figure| *figure == "--")) {
        return Ok(None);
    }
    unless_placeholder(text, "not a duration", |text| {
        let figures = words(text).or_else(|| letters(text)).or_else(|| labelled(text));
        figures.map_or_else(|| digits(text), sum)
    })
}

fn sum(figures: [&str; 4]) -> Option<u64> {
    let mut total = 0_u64;
    for (figure, unit) in figures.into_iter().zip([DAY, HOUR, MINUTE, 1]) {
        total = total.checked_add(digits::<u64>(figure)?.checked_mul(unit)?)?;
    }
    Some(total)
}

/// `D Days,H Hours,M Minutes,S Seconds`.
fn words(text: &str) -> Option<[&str; 4]> {
    let mut parts = text.split(',');
    let mut figures = [""; 4];
    for (figure, unit) in figures.iter_mut().zip(["day", "hour", "minute", "second"]) {
        let (digits, word) = parts.next()?.trim().split_once(' ')?;
        let word = word.trim().to_ascii_lowercase();
        if word.strip_suffix('s').unwrap_or(&word) != unit {
            return None;
        }
        *figure = digits;
    }
    parts.next().is_none().then_some(figures)
}

/// `[N days ]HHh:MMm:SSs`, `[Nd ]HHh:MMm:SSs`, `[Nd:]HHh:MMm:SSs`.
fn letters(text: &str) -> Option<[&str; 4]> {
    let (days, rest) = match text.split_once(['d', 'D']) {
        None => ("0", text),
        Some((days, rest)) => {
            let rest = rest.strip_prefix("ays").or_else(|| rest.strip_prefix("ay")).unwrap_or(rest);
            let rest = rest.strip_prefix(':').or_else(|| rest.strip_prefix(' '))?;
            (days.trim_end(), rest.trim_start())
        }
    };
    let mut parts = rest.split(':');
    let mut figures = [days, "", "", ""];
    for (figure, letter) in figures[1..].iter_mut().zip(['h', 'm', 's']) {
        *figure = parts.next()?.strip_suffix(letter)?;
    }
    parts.next().is_none().then_some(figures)
}

/// `D: n H: n M: n S: n`.
fn labelled(text: &str) -> Option<[&str; 4]> {
    let mut rest = text.split_whitespace();
    let mut figures = [""; 4];
    for (figure, label) in figures.iter_mut().zip(["D:", "H:", "M:", "S:"]) {
        if rest.next()? != label {
            return None;
        }
        *figure = rest.next()?;
    }
    rest.next().is_none().then_some(figures)
}

/// What a clock shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since 1970 as if the clock were in UTC, or in UTC where it says how far from it it is.
    seconds: i64,
    /// Whether it says so.
    is_utc: bool,
}

impl Clock {
    /// Seconds since 1970-01-01 00:00 UTC, of a clock that is ahead of UTC by `offset` seconds unless it says itself.
    pub fn seconds(self, offset: i32) -> i64 {
        if self.is_utc { self.seconds } else { self.seconds - i64::from(offset) }
    }
}

/// A clock: `Fri Jun 17, 2022, 17:09:10`, `Wed, 29 May 2019 20:24:52 -0500` (of which some firmware cuts off the last
/// digit), `2020-11-17 02:12:33`. The weekday is not looked at.
///
/// # Errors
/// For anything else, and for a day that no calendar has.
pub fn clock(text: &str) -> Read<Clock> {
    unless_placeholder(text, "not a time", |text| {
        american(text).or_else(|| of_mail(text)).or_else(|| iso(text))
    })
}

/// The time of an event: `11/17/20 02:12:33` or `11/17/2020 02:12:33`, the month first; or as a [`clock`].
///
/// # Errors
/// For anything else.
pub fn event_time(text: &str) -> Read<Clock> {
    let read = |text: &str| {
        let (date, time) = text.split_once(' ')?;
        let [month, day, year] = split(date, '/')?;
        let year: i64 = digits(year)?;
        // Two digits: nothing was logged by a modem before 1970, which is what it shows until it knows better.
        let year = match year {
            0..70 => 2000 + year,
            70..100 => 1900 + year,
            year => year,
        };
        local(year, digits(month)?, digits(day)?, time)
    };
    clock(text).or_else(|_| unless_placeholder(text, "not a time", read))
}

/// `Www Mon DD, YYYY, HH:MM:SS`.
fn american(text: &str) -> Option<Clock> {
    let [date, year, time] = split(text, ',')?;
    let mut words = date.split_whitespace();
    let (_, month, day) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    local(digits(year.trim())?, self::month(month)?, digits(day)?, time)
}

/// `Www, DD Mon YYYY HH:MM:SS ±HHMM`.
fn of_mail(text: &str) -> Option<Clock> {
    let (_, rest) = text.split_once(',')?;
    let mut words = rest.split_whitespace();
    let mut next = || words.next();
    let (day, month, year, time) = (next()?, next()?, next()?, next()?);
    let offset = next().map(offset);
    if words.next().is_some() {
        return None;
    }
    let clock = local(digits(year)?, self::month(month)?, digits(day)?, time)?;
    match offset {
        None => Some(clock),
        Some(offset) => Some(Clock { seconds: clock.seconds - offset?, is_utc: true }),
    }
}

/// `±HHMM`, or `±HHM` for one whose last digit is cut off; in seconds.
fn offset(text: &str) -> Option<i64> {
    let (sign, figures) = match text.strip_prefix('-') {
        Some(figures) => (-1, figures),
        None => (1, text.strip_prefix('+')?),
    };
    let figures: i64 = match figures.len() {
        3 => 10 * digits::<i64>(figures)?,
        4 => digits(figures)?,
        _ => return None,
    };
    let (hours, minutes) = (figures / 100, figures % 100);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// `YYYY-MM-DD HH:MM:SS`.
fn iso(text: &str) -> Option<Clock> {
    let (date, time) = text.split_once(' ')?;
    let [year, month, day] = split(date, '-')?;
    local(digits(year)?, digits(month)?, digits(day)?, time)
}

fn split<const N: usize>(text: &str, at: char) -> Option<[&str; N]> {
    let mut parts = text.split(at);
    let mut found = [""; N];
    for part in &mut found {
        *part = parts.next()?;
    }
    parts.next().is_none().then_some(found)
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// January is 1. In English, wherever lanlord runs.
pub fn month(text: &str) -> Option<i64> {
    let index = MONTHS.iter().position(|month| text.eq_ignore_ascii_case(month))?;
    i64::try_from(index + 1).ok()
}

fn local(year: i64, month: i64, day: i64, time: &str) -> Option<Clock> {
    let [hours, minutes, seconds] = split(time.trim(), ':')?;
    let (hours, minutes, seconds) = (digits::<i64>(hours)?, digits::<i64>(minutes)?, digits::<i64>(seconds)?);
    // A leap second is the 60th.
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    let days = days_since_1970(year, month, day)?;
    Some(Clock { seconds: days * 86_400 + hours * 3600 + minutes * 60 + seconds, is_utc: false })
}

/// Days from 1970-01-01 in the Gregorian calendar; none for a day that it does not have, or a year that no modem lives in.
pub fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1900..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let leaps_to = |year: i64| year / 4 - year / 100 + year / 400;
    let is_leap = leaps_to(year) > leaps_to(year - 1);
    let lengths = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months_before = usize::try_from(month - 1).ok()?;
    if !(1..=*lengths.get(months_before)?).contains(&day) {
        return None;
    }
    let years = (year - 1970) * 365 + leaps_to(year - 1) - leaps_to(1969);
    Some(years + lengths[..months_before].iter().sum::<i64>() + day - 1)
}
