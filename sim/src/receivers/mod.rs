//! Who takes what is pushed: strict where real receivers are lenient, and able to fail as they do.
//!
//! In reading order: [`carbon`] takes Graphite's plaintext protocol, [`influx`] InfluxDB's line protocol; `held` sees how
//! many connections a client has.
//!
//! Deliberately keeps nothing but the latest points: whoever wants a database starts a real one.

pub mod carbon;
mod held;
pub mod influx;

use std::collections::VecDeque;
use std::sync::Arc;

pub use carbon::Carbon;
pub use influx::Influx;

/// More of anything than any test looks at; of what comes later the oldest is forgotten.
const MOST_KEPT: usize = 1_000_000;

/// Somebody who is told what comes, a line at a time.
pub type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// Keeps one more, and not too many.
fn keep<T>(kept: &mut VecDeque<T>, one: T) {
    if kept.len() >= MOST_KEPT {
        kept.pop_front();
    }
    kept.push_back(one);
}
