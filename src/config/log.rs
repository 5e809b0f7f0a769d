//! The table `[log]`: how much is logged and how, and the minute page.

use std::time::Duration;

use toml::de::DeTable;

use super::problem::{Invalid, Review, quote};
use super::table::Table;
use crate::log::{Format, Level, Settings};

/// What goes into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How much, and in which format.
    pub settings: Settings,
    /// Whether the table of hosts that had traffic is written.
    pub minute_page: bool,
    /// How often.
    pub minute_page_every: Duration,
}

impl Default for Log {
    fn default() -> Self {
        let settings = Settings::default();
        Self { settings, minute_page: true, minute_page_every: Duration::from_secs(60) }
    }
}

impl Log {
    /// How often the table of hosts is written, if it is.
    pub fn minute(&self) -> Option<Duration> {
        self.minute_page.then_some(self.minute_page_every)
    }
}

/// Reads the whole table.
pub(super) fn read(review: &Review<'_>, table: &DeTable<'_>) -> Log {
    let mut table = Table::new(review, "in `[log]`", table);
    let level = table.string("level", &levels("\""), parse_log_level);
    let format = table.string("format", &formats("\""), parse_log_format);
    let every = Duration::from_secs(1)..=Duration::from_secs(3_600);
    let default = Log::default();
    let log = Log {
        settings: Settings {
            level: level.map(|level| level.value).unwrap_or_default(),
            format: format.map(|format| format.value),
        },
        minute_page: table.boolean("minute_page").unwrap_or(default.minute_page),
        minute_page_every: table.duration("minute_page_every", every).unwrap_or(default.minute_page_every),
    };
    table.finish();
    log
}

fn levels(quotation: &str) -> String {
    choice(&Level::ALL.map(Level::as_str), quotation)
}

fn formats(quotation: &str) -> String {
    choice(&Format::ALL.map(Format::as_str), quotation)
}

/// Reads how much to log.
///
/// # Errors
/// When it is no level.
pub fn parse_log_level(text: &str) -> Result<Level, Invalid> {
    Level::named(text)
        .ok_or_else(|| Invalid(format!("{} is not a level of the log; write {}", quote(text), levels(""))))
}

/// Reads how to log.
///
/// # Errors
/// When it is no format.
pub fn parse_log_format(text: &str) -> Result<Format, Invalid> {
    Format::named(text)
        .ok_or_else(|| Invalid(format!("{} is not a format of the log; write {}", quote(text), formats(""))))
}

fn choice(words: &[&str], quotation: &str) -> String {
    words.iter().map(|word| format!("`{quotation}{word}{quotation}`")).collect::<Vec<_>>().join(" or ")
}
