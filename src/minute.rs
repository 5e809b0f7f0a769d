//! The minute page: every minute the log gets a table of the hosts that had traffic, as gonetmon's users know it.
//!
//! It only reads the store, at its own pace, and asks no source. What happened between the last page and the end of
//! lanlord is on no page.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::clock::Stopwatch;
use crate::store::Store;

pub mod page;

use page::Books;

/// Writes a page each period, counted from now, until the sender of `stop` is gone.
pub async fn run(store: Arc<Store>, period: Duration, mut stop: watch::Receiver<()>) {
    let mut ticks = interval(period);
    // A page that is late makes no second one follow at its heels.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    // The first tick is now, when nothing has happened yet.
    ticks.tick().await;
    let mut books = Books::default();
    let mut since = Stopwatch::start();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.changed() => return,
        }
        let (_, batches) = store.batches();
        let page = books.turn(&batches);
        let elapsed = std::mem::replace(&mut since, Stopwatch::start()).elapsed();
        for line in page::lines(page, elapsed) {
            // The line is the message, whole and alone, so that whatever greps a log finds it in every format.
            tracing::info!(target: "minute", "{line}");
        }
    }
}
