//! `lanlord top`: who uses how much, live in the terminal, from what a running lanlord says at `/metrics`.
//!
//! It measures nothing itself, and needs neither the configuration nor a right: it shows what anybody could ask for.
//! What comes from the URL may be anything.

use std::time::Duration;

use crate::clock::Stopwatch;

pub mod fetch;
pub mod parse;
pub mod screen;
pub mod table;
pub mod view;

use fetch::{Error, Target};
use table::{Longest, Looks, Order, Unit};

/// Columns of a table that goes into a pipe or a file: room for the longest address and a long name.
const WIDTH: usize = 120;

/// One table of what happens in one interval.
///
/// # Errors
/// When there is no lanlord to ask.
pub async fn once(target: &Target, interval: Duration, order: Order) -> Result<String, Error> {
    let before = fetch::reading(target).await?;
    let watch = Stopwatch::start();
    tokio::time::sleep(interval).await;
    let now = fetch::reading(target).await?;
    let mut rows = table::rows(Some((&before, watch.elapsed())), &now);
    table::sort(&mut rows, order);
    let looks = Looks { width: WIDTH, unit: Unit::Bytes, sources: now.sources().len() > 1 };
    let longest = Longest::of(&rows);
    let mut out = table::head(looks, longest);
    for line in std::iter::once(String::new()).chain(table::lines(looks, longest, &rows)) {
        out.push_str(&line);
        out.push('\n');
    }
    Ok(out)
}
