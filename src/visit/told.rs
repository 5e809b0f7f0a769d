//! What the log was last told of a visit, so that it is told once per change.

use crate::metric::Outcome;
use crate::text::plain;

/// What the log was last told; nothing in the beginning.
#[derive(Clone, Debug, Default)]
pub struct Told(Option<(Outcome, Vec<String>)>);

impl Told {
    /// Tells the log what has changed.
    pub fn tell(&mut self, source: &str, part: &'static str, outcome: &Outcome, faults: &[String]) {
        let before = self.0.as_ref();
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
        self.0 = Some((outcome.clone(), faults.to_vec()));
    }

    /// What was told is told again.
    pub fn forget(&mut self) {
        self.0 = None;
    }
}
