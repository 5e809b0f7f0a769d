//! Pushing what is kept to whoever wants it brought: one loop for every kind of receiver.
//!
//! It takes what came since the last time from the store, writes it as lines, keeps them in a bounded queue and sends them,
//! in order and one at a time. Nobody waits for it: a receiver that is slow or gone costs the oldest lines, which are
//! counted, and nothing else.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub mod graphite;
pub mod influxdb;
mod parcel;
mod queue;
mod run;
mod selection;
mod sender;
pub mod state;

pub use run::{Kept, Push, run};
pub use selection::{NotAPattern, Pattern, Selection};
pub use sender::{Again, Refusal, Sender};

crate::metrics! {
    /// Times that a batch of lines was sent since lanlord started, by outcome: `ok`, or the reason why the receiver did not
    /// take it; what is sent again counts again.
    BATCHES = Counter "lanlord_push_batches_total" { push, outcome };

    /// Batches of lines lost since lanlord started: the oldest where the queue was full, and those that the receiver
    /// refused for good.
    DROPPED = Counter "lanlord_push_dropped_batches_total" { push };

    /// Batches of lines that wait to be sent, or are being sent.
    QUEUE = Gauge "lanlord_push_queue_batches" { push };

    /// When the receiver last took a batch, in seconds since 1970; absent until it has.
    SUCCESS = Gauge<f64> "lanlord_push_success_timestamp_seconds" { push };
}

/// Our name for a configured push: the label `push`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PushId(pub Arc<str>);

impl fmt::Display for PushId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one push needs; made by `config`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How often what came meanwhile is written as lines: of each part of a source the latest.
    pub interval: Duration,
    /// How long sending one batch may take.
    pub deadline: Duration,
    /// How much may wait.
    pub limits: Limits,
    /// Which families.
    pub selection: Selection,
    /// To whom, and how.
    pub receiver: Receiver,
}

/// How much may wait, in a queue or in transit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Batches of lines.
    pub batches: usize,
    /// Bytes, as they are kept: what waits is compressed.
    pub bytes: usize,
}

/// Whom to push to; one variant for each kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Receiver {
    /// Graphite's plaintext protocol.
    Graphite(graphite::Settings),
    /// InfluxDB's line protocol.
    Influxdb(influxdb::Settings),
}

impl Receiver {
    /// The kind, as the configuration spells it.
    pub fn kind(&self) -> &'static str {
        match self {
            Receiver::Graphite(_) => graphite::KIND,
            Receiver::Influxdb(_) => influxdb::KIND,
        }
    }
}
