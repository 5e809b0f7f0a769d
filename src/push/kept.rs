//! What a push that has stopped had not sent, and its sums: for the next one with the same name. Pure.

use std::fmt;

use super::influxdb::Bucket;
use super::queue::Queue;
use super::{Limits, Receiver};
use crate::encode::influx::Precision;
use crate::metric::Timestamp;
use crate::store::Subscription;

/// What it had not sent, and its sums.
pub struct Kept {
    /// What waits, and what became of the rest.
    pub(super) queue: Queue,
    /// Attempts that failed, as in [`super::state::Tally`].
    pub(super) failed: [u64; 5],
    /// When the receiver last took something.
    pub(super) success_at: Option<Timestamp>,
    /// What came and is not in the queue yet; none where nobody listens.
    pub(super) feed: Option<Subscription>,
    /// Who understands what waits.
    pub(super) dialect: Option<Dialect>,
}

/// What lines are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Graphite,
    InfluxV1(Precision),
    InfluxV2(Precision),
}

impl Dialect {
    /// What this receiver understands.
    pub fn of(receiver: &Receiver) -> Self {
        match receiver {
            Receiver::Graphite(_) => Dialect::Graphite,
            Receiver::Influxdb(to) => match to.bucket {
                Bucket::V1 { .. } => Dialect::InfluxV1(to.precision),
                Bucket::V2 { .. } => Dialect::InfluxV2(to.precision),
            },
        }
    }
}

impl fmt::Debug for Kept {
    /// Without what waits, which may be much.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} that wait, {:?}", self.queue.len(), self.queue.counts())
    }
}

impl Kept {
    /// Of one that there never was.
    pub(super) fn nothing(limits: Limits) -> Self {
        Self { queue: Queue::new(limits), failed: [0; 5], success_at: None, feed: None, dialect: None }
    }

    /// Goes on to this receiver, with so much that may wait. What it would not understand, or has no room any more, is
    /// lost; says how many those were.
    pub(super) fn hand_to(&mut self, receiver: &Receiver, limits: Limits) -> u64 {
        let before = self.queue.counts().dropped;
        let dialect = Dialect::of(receiver);
        if self.dialect != Some(dialect) {
            self.drop_waiting();
        }
        self.dialect = Some(dialect);
        self.queue.limit(limits);
        self.queue.counts().dropped - before
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// What came and is not in the queue yet.
    pub fn take_feed(&mut self) -> Option<Subscription> {
        self.feed.take()
    }

    /// All that waits is lost, and counted; the sums stay. Says how many it was.
    pub fn drop_waiting(&mut self) -> usize {
        self.feed = None;
        let lost = self.queue.len();
        self.queue.drop_all();
        lost
    }
}
