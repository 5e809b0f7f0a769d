//! How each push fares, for the page and the metrics: plain data, and where it is shared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{BATCHES, DROPPED, PushId, QUEUE, SUCCESS};
use crate::metric::{Families, Outcome, Reason, Timestamp};

/// How one push fares.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The kind of receiver: `graphite` …
    pub kind: &'static str,
    /// Where the receiver is; nothing secret.
    pub place: String,
    /// What came of the last attempt; none before the first.
    pub outcome: Option<Outcome>,
    /// When that was.
    pub tried_at: Option<Timestamp>,
    /// When the receiver last took something.
    pub success_at: Option<Timestamp>,
    /// How many batches wait, or are being sent.
    pub waiting: usize,
    /// Sums since the start.
    pub tally: Tally,
}

/// Sums since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Batches that were taken.
    pub ok: u64,
    /// Attempts that failed, in the order of [`Reason::ALL`].
    pub failed: [u64; 5],
    /// Batches that are lost.
    pub dropped: u64,
}

impl State {
    /// Before the first attempt.
    pub fn new(kind: &'static str, place: String) -> Self {
        Self {
            kind,
            place,
            outcome: None,
            tried_at: None,
            success_at: None,
            waiting: 0,
            tally: Tally::default(),
        }
    }
}

/// The states of all pushes. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<BTreeMap<PushId, State>>>);

impl Board {
    /// All of them, by name.
    pub fn states(&self) -> Vec<(PushId, State)> {
        self.lock().iter().map(|(id, state)| (id.clone(), state.clone())).collect()
    }

    /// Puts one there, or changes it.
    pub fn set(&self, id: &PushId, state: State) {
        self.lock().insert(id.clone(), state);
    }

    /// Changes one, if it is there.
    pub fn change(&self, id: &PushId, change: impl FnOnce(&mut State)) {
        if let Some(state) = self.lock().get_mut(id) {
            change(state);
        }
    }

    /// Takes one away.
    pub fn remove(&self, id: &PushId) {
        self.lock().remove(id);
    }

    /// Writes the metrics.
    pub fn measure(&self, out: &mut Families) {
        for (PushId(push), state) in self.lock().iter() {
            out.put(&BATCHES, [push, "ok"], state.tally.ok);
            for reason in Reason::ALL {
                out.put(&BATCHES, [push, reason.as_str()], state.tally.failed[reason as usize]);
            }
            out.put(&DROPPED, [push], state.tally.dropped);
            out.put(&QUEUE, [push], state.waiting);
            if let Some(success_at) = state.success_at {
                out.put(&SUCCESS, [push], success_at.0);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PushId, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
