//! The loop: at its interval makes batches of lines of what came, and sends what waits, each without waiting for the other.
//!
//! It knows no kind of receiver: `Sender` does. Both halves are one task, so that whoever stops it stops both.

use std::convert::Infallible;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::iter;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::desk::Desk;
use super::harvest::{Write, harvest};
use super::kept::Kept;
use super::parcel::Parcel;
use super::sender::{Again, Refusal, Sender};
use super::state::{Board, State};
use super::{PushId, Settings};
use crate::backoff::Backoff;
use crate::clock;
use crate::metric::{Own, Reason};
use crate::pulse::Beat;
use crate::store::{Store, Subscription};

#[cfg(test)]
mod tests;

/// Everything that one push needs to run.
pub struct Push {
    /// Our name for it.
    pub id: PushId,
    /// What it was told.
    pub settings: Settings,
    /// What came.
    pub feed: Subscription,
    /// The latest of everything, for what lanlord says of itself.
    pub store: Arc<Store>,
    /// What lanlord says of itself.
    pub own: Own,
    /// Where it says how it fares.
    pub board: Board,
    /// Who misses it when it does not come round.
    pub beat: Beat,
    /// What an earlier one with the same name had not sent.
    pub kept: Option<Kept>,
}

/// What a push is told. Dropping the sender of it is as good as [`Order::HandOver`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// To go on.
    GoOn,
    /// To stop at once: what waits is for the next one.
    HandOver,
    /// To stop after a last try, since there will be no next one.
    Finish,
}

/// Sends once, as [`Sender::send`] does; tests send elsewhere.
trait Deliver: Send {
    fn deliver(
        &mut self,
        parcel: &Parcel,
        patience: Duration,
    ) -> impl Future<Output = Result<(), Refusal>> + Send;
}

impl Deliver for Sender {
    fn deliver(
        &mut self,
        parcel: &Parcel,
        patience: Duration,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        self.send(parcel, patience)
    }
}

/// The first batch is made after half an interval or this, whichever is shorter: whoever has just set up a push wants to
/// see something. Half, since sources begin at the same moment: on the same beat as their visits, a round would find now
/// two of a part, and now none.
const FIRST: Duration = Duration::from_secs(5);

/// The pause after a failure: from here, doubling, up to there.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// No receiver may ask to be left alone for longer: who meant less would find the queue full.
const LONGEST_WISH: Duration = Duration::from_secs(900);

/// A sender keeps its deadline by itself, and then knows more to say of it. One that does not is dropped so much later.
const GRACE: Duration = Duration::from_millis(250);

/// How long the last try may take in all; lanlord waits a little longer for everybody to stop.
const LAST_TRY: Duration = Duration::from_millis(800);

/// The longest that a round may take, waiting for it included, with a lot on top.
pub fn patience(settings: &Settings) -> Duration {
    settings.interval.saturating_mul(2) + Duration::from_secs(60)
}

/// Pushes until told to stop; gives back what was not sent.
pub async fn run(push: Push, orders: watch::Receiver<Order>) -> (PushId, Kept) {
    let (writer, sender) = (Arc::new(push.settings.clone()), Sender::new(&push.settings.receiver));
    push_by(push, writer, sender, orders).await
}

async fn push_by(
    push: Push,
    writer: impl Write,
    sender: impl Deliver,
    mut orders: watch::Receiver<Order>,
) -> (PushId, Kept) {
    let Push { id, settings, feed, store, own, board, beat, kept } = push;
    let mut kept = kept.unwrap_or_else(|| Kept::nothing(settings.limits));
    let lost = kept.hand_to(&settings.receiver, settings.limits);
    if lost > 0 {
        tracing::warn!(push = %id, "batches lost that waited, since the new settings have no use or no room for them: {lost}");
    }
    let state = State::new(settings.receiver.kind(), settings.receiver.place());
    let desk = Desk::new(id.clone(), board, state, kept);
    let gatherer = Gatherer { feed, store, own, writer, desk: &desk };
    let backoff = Backoff::new(SHORTEST_PAUSE, LONGEST_PAUSE, RandomState::new().hash_one(&id));
    {
        // Dropped at the end of this block, with whatever it is about to send.
        let mut sending = pin!(send(&desk, sender, settings.deadline, backoff));
        let order = tokio::select! {
            order = gatherer.run(settings.interval, &beat, &mut orders) => order,
            never = &mut sending => match never {},
        };
        if order == Order::Finish {
            let last = async {
                // What is taken is queued, and waits for nobody.
                gatherer.gather().await;
                // Late or not, it was the last.
                timeout(LAST_TRY, desk.drain()).await
            };
            tokio::select! {
                _ = last => {}
                never = &mut sending => match never {},
            }
            let lost = desk.waiting();
            if lost > 0 {
                tracing::warn!(push = %id, "batches lost that could not be sent before the end: {lost}");
            }
        }
    }
    let Gatherer { feed, .. } = gatherer;
    let kept = desk.into_kept();
    (id, Kept { feed: Some(feed), ..kept })
}

/// The half that makes batches of lines.
struct Gatherer<'a, W> {
    feed: Subscription,
    store: Arc<Store>,
    own: Own,
    writer: W,
    desk: &'a Desk,
}

impl<W: Write> Gatherer<'_, W> {
    /// Gathers at the interval until told to stop, and never stops in the middle of a round: what is taken is queued.
    async fn run(&self, every: Duration, beat: &Beat, orders: &mut watch::Receiver<Order>) -> Order {
        tokio::select! {
            () = sleep((every / 2).min(FIRST)) => {}
            order = ordered(orders) => return order,
        }
        // A grid that begins now. A round that takes longer makes it skip a beat.
        let mut grid = interval(every.max(Duration::from_millis(1)));
        grid.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                _ = grid.tick() => {}
                order = ordered(orders) => return order,
            }
            beat.beat();
            self.gather().await;
        }
    }

    /// One round.
    async fn gather(&self) {
        let came = self.feed.take();
        let own = (self.own)(&self.store.batches().1);
        let batches = iter::once(Arc::new(own)).chain(came).collect();
        let idle = self.desk.waiting() == 0;
        self.desk.put(harvest(&self.writer, batches, clock::now(), idle).await);
    }
}

/// Waits until there is something else to do than going on.
async fn ordered(orders: &mut watch::Receiver<Order>) -> Order {
    orders.wait_for(|order| *order != Order::GoOn).await.map_or(Order::HandOver, |order| *order)
}

/// The half that sends: what waits, one after the other, each until it is taken, refused for good, or gives way.
async fn send(desk: &Desk, mut sender: impl Deliver, deadline: Duration, mut backoff: Backoff) -> Infallible {
    loop {
        let parcel = desk.next().await;
        let sent = timeout(deadline + GRACE, sender.deliver(&parcel, deadline)).await;
        let sent = sent.unwrap_or_else(|_late| Err(late(deadline)));
        // What waits is in the queue; this one may have to give way meanwhile.
        drop(parcel);
        desk.end(&sent, clock::now());
        match sent.map_err(|refusal| refusal.again) {
            // It is there, and has made up its mind.
            Ok(()) | Err(Again::Never) => backoff.reset(),
            Err(Again::Later | Again::Barred) => tokio::select! {
                () = sleep(backoff.pause()) => {}
                () = desk.hurried() => {}
            },
            Err(Again::After(wish)) => sleep(wish.clamp(SHORTEST_PAUSE, LONGEST_WISH)).await,
        }
    }
}

fn late(deadline: Duration) -> Refusal {
    let message = format!("not taken within {deadline:?}; `deadline` says how long to wait");
    Refusal { reason: Reason::TimedOut, code: "deadline", message, again: Again::Later }
}
