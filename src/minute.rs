//! The minute page: every minute the log gets a table of the hosts that had traffic, as gonetmon's users know it.
//!
//! It only reads the store, at its own pace, and asks no source. What happened between the last page and the end of
//! lanlord is on no page.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::sync::watch::error::RecvError;
use tokio::time::{MissedTickBehavior, interval};

use crate::clock::Stopwatch;
use crate::store::Store;

pub mod page;

use page::Books;

/// Writes a page each period, if there is one, counted from when it was set, until its sender is gone.
pub async fn run(store: Arc<Store>, mut period: watch::Receiver<Option<Duration>>) {
    loop {
        let now = *period.borrow_and_update();
        let changed = match now {
            Some(every) => write_each(&store, every, &mut period).await,
            None => period.changed().await,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Until the period changes.
async fn write_each(
    store: &Store,
    every: Duration,
    period: &mut watch::Receiver<Option<Duration>>,
) -> Result<(), RecvError> {
    let mut ticks = interval(every);
    // A page that is late makes no second one follow at its heels.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    // The first tick is now, when nothing has happened yet.
    ticks.tick().await;
    let mut books = Books::default();
    // What was counted before is on no page.
    books.turn(&store.batches().1);
    let mut since = Stopwatch::start();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            changed = period.changed() => return changed,
        }
        let (_, batches) = store.batches();
        let page = books.turn(&batches);
        let elapsed = std::mem::replace(&mut since, Stopwatch::start()).elapsed();
        for line in page::lines(page, elapsed) {
            // The line is the message, whole and alone, so that whatever greps a log finds it in every format.
            tracing::info!("{line}");
        }
    }
}
