//! What the log was last told of a visit, so that it is told once per change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::metric::Outcome;
use crate::text::plain;

/// What the log was last told; nothing in the beginning. Clones share it: of one device that several visit, a change is
/// told once.
#[derive(Clone, Debug, Default)]
pub struct Told(Arc<Mutex<Option<Last>>>);

/// The outcome and the faults.
type Last = (Outcome, Vec<String>);

impl Told {
    /// Tells the log what has changed.
    pub fn tell(&self, source: &str, part: &'static str, outcome: &Outcome, faults: &[String]) {
        let mut last = self.last();
        let before = last.as_ref();
        let same_outcome = match (before.map(|(outcome, _)| outcome), outcome) {
            (Some(Outcome::Failed { code: before, .. }), Outcome::Failed { code, .. }) => before == code,
            (Some(before), now) => before == now,
            (None, _) => false,
        };
        if !same_outcome {
            match outcome {
                Outcome::Ok => tracing::info!(%source, part, "answers"),
                Outcome::Failed { reason, code, message } => {
                    tracing::warn!(%source, part, reason = reason.as_str(), code, "{}", plain(message));
                }
            }
        }
        let known = before.map(|(_, faults)| faults.as_slice()).unwrap_or_default();
        for fault in faults.iter().filter(|fault| !known.contains(fault)) {
            tracing::warn!(%source, part, "{}", plain(fault));
        }
        for mended in known.iter().filter(|fault| outcome.is_ok() && !faults.contains(fault)) {
            tracing::info!(%source, part, "no longer: {}", plain(mended));
        }
        *last = Some((outcome.clone(), faults.to_vec()));
    }

    /// What was told is told again.
    pub fn forget(&self) {
        *self.last() = None;
    }

    fn last(&self) -> MutexGuard<'_, Option<Last>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
