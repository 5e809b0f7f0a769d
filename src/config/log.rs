//! The table `[log]`: how much is logged, and how.

use toml::de::DeTable;

use super::problem::{Invalid, Review, quote};
use super::table::Table;
use crate::log::{Format, Level, Settings};

/// Reads the whole table.
pub(super) fn read(review: &Review<'_>, table: &DeTable<'_>) -> Settings {
    let mut table = Table::new(review, "in `[log]`", table);
    let level = table.string("level", &levels("\""), parse_log_level);
    let format = table.string("format", &formats("\""), parse_log_format);
    table.finish();
    Settings {
        level: level.map(|level| level.value).unwrap_or_default(),
        format: format.map(|format| format.value),
    }
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
