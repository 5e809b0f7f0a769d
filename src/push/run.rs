//! The loop: at its interval makes batches of lines of what came, and sends what waits, each without waiting for the other.

use tokio::sync::watch;

use super::state::Board;
use super::{PushId, Settings};
use crate::metric::Own;
use crate::pulse::Beat;
use crate::store::{Store, Subscription};

/// Everything that one push needs to run.
pub struct Push {
    /// Our name for it.
    pub id: PushId,
    /// What it was told.
    pub settings: Settings,
    /// What came.
    pub feed: Subscription,
    /// The latest of everything, for what lanlord says of itself.
    pub store: std::sync::Arc<Store>,
    /// What lanlord says of itself.
    pub own: Own,
    /// Where it says how it fares.
    pub board: Board,
    /// Who misses it when it does not come round.
    pub beat: Beat,
    /// What an earlier one with the same name had not sent.
    pub kept: Option<Kept>,
}

/// What one that was told to stop had not sent: for the next with the same name.
#[derive(Debug, Default)]
pub struct Kept {}

/// Pushes until told to stop (by dropping the sender).
pub async fn run(push: Push, mut stop: watch::Receiver<()>) -> (PushId, Kept) {
    drop(stop.changed().await);
    (push.id, Kept::default())
}
