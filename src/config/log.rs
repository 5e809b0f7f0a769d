//! The table `[log]`: what lanlord writes to standard error.

use std::time::Duration;

use toml::de::DeTable;

use super::problem::Review;
use super::table::Table;

/// What goes into the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Whether the table of hosts that had traffic is written.
    pub minute_page: bool,
    /// How often.
    pub minute_page_every: Duration,
}

impl Default for Log {
    fn default() -> Self {
        Self { minute_page: true, minute_page_every: Duration::from_secs(60) }
    }
}

pub(super) fn read(review: &Review<'_>, table: &DeTable<'_>) -> Log {
    let mut table = Table::new(review, "in `[log]`", table);
    let default = Log::default();
    let every = Duration::from_secs(1)..=Duration::from_secs(3_600);
    let log = Log {
        minute_page: table.boolean("minute_page").unwrap_or(default.minute_page),
        minute_page_every: table.duration("minute_page_every", every).unwrap_or(default.minute_page_every),
    };
    table.finish();
    log
}
