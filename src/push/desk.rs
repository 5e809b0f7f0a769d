//! What both halves of a push share: the queue and how it fares. Counts, and tells the board and the log.
//!
//! It neither gathers nor sends, and never waits for either but where it says so.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::PushId;
use super::kept::Kept;
use super::parcel::Parcel;
use super::sender::{Again, Refusal};
use super::state::{Board, State, Tally};
use super::told::{News, Told};
use crate::metric::{Outcome, Timestamp};
use crate::text::{cut, plain};

/// Shared by the half that gathers and the half that sends.
pub(super) struct Desk {
    id: PushId,
    board: Board,
    /// Both halves are in one task, so nobody ever waits for it.
    books: Mutex<Books>,
    /// Something was put into the queue. One waits for it: who sends.
    filled: Notify,
    /// An attempt has ended. One waits for it: who wants to end.
    ended: Notify,
    /// Whoever pauses may try at once. One waits for it: who sends.
    hurry: Notify,
}

struct Books {
    kept: Kept,
    outcome: Option<Outcome>,
    tried_at: Option<Timestamp>,
    /// Attempts whose batch was given back.
    given_back: u64,
    told: Told,
}

/// More of a message than this is no help to anybody, in columns.
const MESSAGE_MAX: usize = 500;

impl Desk {
    /// Goes on with what is kept; `state` is what else there is to say of the push.
    pub fn new(id: PushId, board: Board, state: State, kept: Kept) -> Self {
        board.set(&id, state);
        let told = Told::new(kept.queue.counts().dropped);
        let books = Books { kept, outcome: None, tried_at: None, given_back: 0, told };
        let (filled, ended, hurry) = (Notify::new(), Notify::new(), Notify::new());
        let desk = Self { id, board, books: Mutex::new(books), filled, ended, hurry };
        desk.show(&desk.books());
        desk
    }

    /// Puts parcels into the queue: all that a round has made.
    pub fn put(&self, parcels: Vec<Parcel>) {
        let mut books = self.books();
        let before = books.kept.queue.counts().dropped;
        parcels.into_iter().for_each(|parcel| books.kept.queue.push(parcel));
        let after = books.kept.queue.counts().dropped;
        let push = &self.id;
        match books.told.queued(before, after) {
            Some(News::Full) => tracing::warn!(
                %push,
                "the queue is full: the oldest batches are lost from now on, and counted"
            ),
            Some(News::RoomAgain(lost)) => {
                tracing::info!(%push, "the queue has room again; {lost} {} lost", batches(lost));
            }
            _ => {}
        }
        self.show(&books);
        self.filled.notify_one();
    }

    /// Waits until there is one to be sent. Then it is in transit, until [`Desk::end`] says what became of it.
    pub async fn next(&self) -> Parcel {
        loop {
            let next = self.books().kept.queue.send();
            match next {
                Some(parcel) => return parcel,
                None => self.filled.notified().await,
            }
        }
    }

    /// An attempt has ended.
    pub fn end(&self, sent: &Result<(), Refusal>, at: Timestamp) {
        let mut books = self.books();
        let outcome = match sent {
            Ok(()) => {
                books.kept.queue.taken();
                books.kept.success_at = Some(at);
                Outcome::Ok
            }
            Err(refusal) => {
                match refusal.again {
                    Again::Never | Again::Barred => books.kept.queue.refused(),
                    Again::Later | Again::After(_) => {
                        books.kept.queue.give_back();
                        books.given_back += 1;
                    }
                }
                books.kept.failed[refusal.reason as usize] += 1;
                let message = cut(&plain(&refusal.message), MESSAGE_MAX);
                Outcome::Failed { reason: refusal.reason, code: refusal.code, message }
            }
        };
        let lost = books.kept.queue.counts().dropped;
        let for_good = matches!(sent, Err(Refusal { again: Again::Never | Again::Barred, .. }));
        if let Some(news) = books.told.tried(&outcome, lost) {
            self.tell(news, &outcome, for_good);
        }
        books.outcome = Some(outcome);
        books.tried_at = Some(at);
        self.show(&books);
        self.ended.notify_one();
    }

    /// Waits until nothing waits any more, or an attempt has come to nothing that begins or ends from now on; whoever
    /// pauses need not.
    pub async fn drain(&self) {
        let before = self.books().given_back;
        self.hurry.notify_one();
        while self.waiting() > 0 && self.books().given_back == before {
            self.ended.notified().await;
        }
    }

    /// Waits until somebody is in a hurry.
    pub async fn hurried(&self) {
        self.hurry.notified().await;
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.books().kept.queue.len()
    }

    /// What is left.
    pub fn into_kept(self) -> Kept {
        let mut kept = self.books.into_inner().unwrap_or_else(PoisonError::into_inner).kept;
        // Whoever was sending it has gone.
        kept.queue.give_back();
        kept
    }

    fn tell(&self, news: News, outcome: &Outcome, for_good: bool) {
        let push = &self.id;
        match (news, outcome) {
            (News::TakesAgain(lost @ 1..), _) => {
                tracing::info!(%push, "takes batches again; {lost} {} lost meanwhile", batches(lost));
            }
            (News::TakesAgain(0), _) => tracing::info!(%push, "takes batches again"),
            (News::Takes, _) => tracing::info!(%push, "takes batches"),
            (_, Outcome::Failed { reason, code, message }) => {
                let after = if for_good { "; what is refused so is lost, and counted" } else { "" };
                tracing::warn!(%push, reason = reason.as_str(), code, "{message}{after}");
            }
            _ => {}
        }
    }

    /// Puts it on the board.
    fn show(&self, books: &Books) {
        let counts = books.kept.queue.counts();
        let tally = Tally { ok: counts.ok, failed: books.kept.failed, dropped: counts.dropped };
        self.board.change(&self.id, |state| {
            state.outcome.clone_from(&books.outcome);
            state.tried_at = books.tried_at;
            state.success_at = books.kept.success_at;
            state.waiting = books.kept.queue.len();
            state.tally = tally;
        });
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn batches(count: u64) -> &'static str {
    if count == 1 { "batch was" } else { "batches were" }
}
