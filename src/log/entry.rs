//! One event as a line. Pure. What others have named goes through `text`, in every format: no value can begin a line of its own,
//! or colour a terminal.

use std::fmt::Write;

use super::Level;
use crate::metric::Timestamp;
use crate::text::plain;

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: time, level, message, and the rest as in logfmt.
    Text,
    /// `key=value` pairs, in quotation marks where needed.
    Logfmt,
    /// A JSON object.
    Json,
}

impl Format {
    /// All.
    pub const ALL: [Self; 3] = [Self::Text, Self::Logfmt, Self::Json];

    /// As the configuration and the command line spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Logfmt => "logfmt",
            Self::Json => "json",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// Format and surroundings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) format: Format,
    /// It has clocks of its own, and takes the level from the front of the line: sd-daemon(3).
    pub(super) journal: bool,
    pub(super) colour: bool,
}

/// One event.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) at: Timestamp,
    pub(super) level: Level,
    pub(super) message: String,
    pub(super) fields: Vec<(&'static str, Value)>,
}

/// A value of a field.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    /// A number or a truth: needs no quotation marks anywhere.
    Bare(String),
}

/// Bytes of a value: what is longer is a mistake or an attack, and its beginning tells which.
const LONGEST: usize = 2_048;

impl Layout {
    /// The line, with its end.
    pub(super) fn line(self, entry: &Entry) -> String {
        let mut line = String::new();
        if self.journal {
            // Priorities of syslog(3).
            line.push_str(match entry.level {
                Level::Error => "<3>",
                Level::Warn => "<4>",
                Level::Info => "<6>",
                Level::Debug => "<7>",
            });
        }
        match self.format {
            Format::Text => self.text(entry, &mut line),
            Format::Logfmt => self.pairs(entry, &mut line),
            Format::Json => self.object(entry, &mut line),
        }
        line.push('\n');
        line
    }

    fn time(self, entry: &Entry) -> Option<String> {
        (!self.journal).then(|| rfc3339(entry.at))
    }

    fn text(self, entry: &Entry, line: &mut String) {
        // Writing to a string cannot fail.
        if let Some(time) = self.time(entry) {
            let _ = write!(line, "{time} ");
        }
        let level = entry.level.as_str().to_ascii_uppercase();
        let _ = match self.colour {
            // ECMA-48, select graphic rendition: red, yellow, green, blue.
            true => {
                let colour = [31, 33, 32, 34][entry.level as usize];
                write!(line, "\x1b[{colour}m{level:<5}\x1b[0m {}", tame(&entry.message))
            }
            false => write!(line, "{level:<5} {}", tame(&entry.message)),
        };
        for (key, value) in &entry.fields {
            let _ = write!(line, " {key}={}", quoted(value));
        }
    }

    fn pairs(self, entry: &Entry, line: &mut String) {
        let time = self.time(entry).map(|time| format!("ts={time} ")).unwrap_or_default();
        let message = quoted_text(&tame(&entry.message));
        let _ = write!(line, "{time}level={} msg={message}", entry.level.as_str());
        for (key, value) in &entry.fields {
            let _ = write!(line, " {}={}", own(key), quoted(value));
        }
    }

    fn object(self, entry: &Entry, line: &mut String) {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        let time = self.time(entry).map(|time| format!("\"ts\":\"{time}\",")).unwrap_or_default();
        let message = string(&tame(&entry.message));
        let _ = write!(line, "{{{time}\"level\":\"{}\",\"msg\":{message}", entry.level.as_str());
        for (key, value) in &entry.fields {
            let value = match value {
                Value::Text(text) => string(&tame(text)),
                Value::Bare(bare) => bare.clone(),
            };
            let _ = write!(line, ",{}:{value}", string(&own(key)));
        }
        line.push('}');
    }
}

/// A key that is not one of those that every line has.
fn own(key: &str) -> String {
    if ["ts", "level", "msg"].contains(&key) { format!("{key}_") } else { key.to_owned() }
}

/// What was said, without what misleads, and not too long.
fn tame(text: &str) -> String {
    let end = text.floor_char_boundary(LONGEST);
    let mut tamed = plain(&text[..end]);
    if end < text.len() {
        tamed.push('…');
    }
    tamed
}

fn quoted(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted_text(&tame(text)),
        Value::Bare(bare) => bare.clone(),
    }
}

/// In quotation marks where a reader of logfmt would otherwise end it too early or take it for something else.
fn quoted_text(text: &str) -> String {
    let needs = |character: char| character <= ' ' || matches!(character, '=' | '"' | '\\' | '\u{fffd}');
    if !text.is_empty() && !text.contains(needs) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// RFC 3339, in UTC, to the millisecond.
fn rfc3339(at: Timestamp) -> String {
    // The last year that it can write. A clock that is further on has gone wrong.
    const LAST: u64 = 253_402_300_799;
    let seconds = at.0.as_secs().min(LAST);
    let (mut days, of_day) = (seconds / 86_400, seconds % 86_400);
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let millisecond = at.0.subsec_millis();
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z", days + 1)
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    fn entry() -> Entry {
        Entry {
            // date -u -d @1790000000
            at: Timestamp(Duration::from_millis(1_790_000_000_042)),
            level: Level::Warn,
            message: "no answer from \"tv\"".to_owned(),
            fields: vec![
                ("source", Value::Text("wire".to_owned())),
                ("host", Value::Text("a\nlevel=info\u{1b}[31m".to_owned())),
                ("count", Value::Bare("3".to_owned())),
                ("empty", Value::Text(String::new())),
            ],
        }
    }

    fn line(format: Format, journal: bool, colour: bool) -> String {
        Layout { format, journal, colour }.line(&entry())
    }

    #[test]
    fn each_format_is_one_line() {
        let rest = "source=wire host=\"a[U+000A]level=info[U+001B][31m\" count=3 empty=\"\"";
        assert_eq!(
            line(Format::Logfmt, false, false),
            format!("ts=2026-09-21T14:13:20.042Z level=warn msg=\"no answer from \\\"tv\\\"\" {rest}\n")
        );
        assert_eq!(
            line(Format::Text, false, false),
            format!("2026-09-21T14:13:20.042Z WARN  no answer from \"tv\" {rest}\n")
        );
        assert_eq!(
            line(Format::Json, false, false),
            "{\"ts\":\"2026-09-21T14:13:20.042Z\",\"level\":\"warn\",\"msg\":\"no answer from \\\"tv\\\"\",\"source\":\"wire\",\
             \"host\":\"a[U+000A]level=info[U+001B][31m\",\"count\":3,\"empty\":\"\"}\n"
        );
    }

    #[test]
    fn the_journal_gets_a_priority_and_no_time() {
        for format in Format::ALL {
            let line = line(format, true, false);
            assert!(line.starts_with("<4>") && !line.contains("2026"), "{line}");
        }
        let priorities = Level::ALL.map(|level| {
            let layout = Layout { format: Format::Logfmt, journal: true, colour: false };
            layout.line(&Entry { level, ..Entry::default() })[..3].to_owned()
        });
        // SD_ERR, SD_WARNING, SD_INFO and SD_DEBUG of sd-daemon(3).
        assert_eq!(priorities, ["<3>", "<4>", "<6>", "<7>"]);
    }

    #[test]
    fn only_our_own_colour_reaches_a_terminal() {
        let line = line(Format::Text, false, true);
        assert!(line.contains("\u{1b}[33mWARN \u{1b}[0m no answer"), "{line}");
        assert_eq!(line.matches('\u{1b}').count(), 2, "{line}");
    }

    #[test]
    fn a_field_cannot_stand_for_what_every_line_has() {
        let entry = Entry { fields: vec![("level", Value::Text("x".to_owned()))], ..Entry::default() };
        let line = |format| Layout { format, journal: true, colour: false }.line(&entry);
        assert_eq!(line(Format::Logfmt), "<6>level=info msg=\"\" level_=x\n");
        assert_eq!(line(Format::Json), "<6>{\"level\":\"info\",\"msg\":\"\",\"level_\":\"x\"}\n");
    }

    #[test]
    fn what_is_too_long_is_cut_between_characters() {
        let entry = Entry { message: "é".repeat(5_000), ..Entry::default() };
        let line = Layout { format: Format::Logfmt, journal: true, colour: false }.line(&entry);
        assert_eq!(line, format!("<6>level=info msg={}…\n", "é".repeat(1_024)));
    }

    #[test]
    fn times_are_those_of_date() {
        // Ends of months and years, and leap days: of every fourth year, not of 2100, and of 2000 and 2400.
        let moments = [
            0,
            68_169_599,
            68_169_600,
            68_255_999,
            68_256_000,
            951_782_400,
            951_868_800,
            978_220_799,
            1_790_000_000,
            1_798_761_599,
            1_798_761_600,
            4_107_542_399,
            4_107_542_400,
            13_574_563_200,
            13_574_649_600,
            253_402_300_799_u64,
        ];
        for moment in moments {
            let date = Command::new("date")
                .args(["-u", "-d", &format!("@{moment}"), "+%Y-%m-%dT%H:%M:%S"])
                .output()
                .unwrap();
            let expected = format!("{}.999Z", String::from_utf8(date.stdout).unwrap().trim());
            assert_eq!(rfc3339(Timestamp(Duration::from_millis(moment * 1_000 + 999))), expected, "{moment}");
        }
        assert!(rfc3339(Timestamp(Duration::MAX)).starts_with("9999-12-31T23:59:59."));
    }
}
