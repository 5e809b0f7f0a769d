//! The pushes of a configuration while they run, and how a new configuration takes their place.
//!
//! A push whose settings stay goes on untouched. One with other settings goes on with what it has counted and with what
//! waits. One that is gone leaves its sums for the case that it comes back. It knows neither files nor signals.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::anyhow;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};

use super::outcome::Outcome;
use crate::config::Push;
use crate::metric::Own;
use crate::pulse::Pulse;
use crate::push::state::Board;
use crate::push::{self, Kept, Order, PushId, Settings};
use crate::store::Store;

/// The pushes, and what runs them.
pub struct Pushes {
    store: Arc<Store>,
    own: Own,
    board: Board,
    pulse: Pulse,
    running: BTreeMap<PushId, Running>,
    /// The sums of those that are gone.
    resting: BTreeMap<PushId, Kept>,
    /// One task for each; it gives back what it has not sent when it is told to stop.
    tasks: JoinSet<(PushId, Kept)>,
    /// A task has ended that was not told to.
    broken: Option<String>,
}

struct Running {
    settings: Settings,
    orders: watch::Sender<Order>,
}

/// Pushes whose sums are kept: more than any configuration has. One more begins at zero if it comes back.
const MOST_RESTING: usize = 64;

impl Pushes {
    /// Nothing is pushed yet.
    pub fn new(store: Arc<Store>, own: Own, board: Board, pulse: Pulse) -> Self {
        let (running, resting) = (BTreeMap::new(), BTreeMap::new());
        Self { store, own, board, pulse, running, resting, tasks: JoinSet::new(), broken: None }
    }

    /// Waits until a task ends, which none does without being told to: a fault of ours.
    pub async fn fault(&mut self) -> anyhow::Error {
        if let Some(how) = &self.broken {
            return anyhow!("{how}");
        }
        match self.tasks.join_next().await {
            Some(ended) => anyhow!(told(&ended)),
            // No push at all, and so nothing that could end.
            None => std::future::pending().await,
        }
    }

    /// Pushes these from now on. Nothing in it can fail.
    pub async fn change(&mut self, wanted: Vec<Push>) -> Outcome<PushId> {
        let mut outcome = Outcome::default();
        let mut begin = Vec::new();
        let mut gone: Vec<PushId> = self.running.keys().cloned().collect();
        for push in wanted {
            gone.retain(|id| *id != push.id);
            let list = match self.running.get(&push.id) {
                Some(running) if running.settings == push.settings => {
                    outcome.kept.push(push.id);
                    continue;
                }
                Some(_) => &mut outcome.changed,
                None => &mut outcome.added,
            };
            list.push(push.id.clone());
            begin.push(push);
        }
        outcome.removed = gone;
        let mut halted = self.halt(outcome.changed.iter().chain(&outcome.removed)).await;
        for id in &outcome.removed {
            self.board.remove(id);
            if let Some(mut kept) = halted.remove(id) {
                let lost = kept.drop_waiting();
                if lost > 0 {
                    tracing::warn!(push = %id, "batches lost that waited for a receiver that is no more: {lost}");
                }
                self.resting.insert(id.clone(), kept);
            }
        }
        for push in begin {
            let kept = halted.remove(&push.id).or_else(|| self.resting.remove(&push.id));
            self.begin(push, kept);
        }
        // After those that are back have begun: one of them might be the first.
        while self.resting.len() > MOST_RESTING {
            self.resting.pop_first();
        }
        outcome
    }

    /// Tells everybody to stop after a last try, and waits until they have.
    pub async fn stop(&mut self) {
        for running in self.running.values() {
            running.orders.send_replace(Order::Finish);
        }
        while let Some(ended) = self.tasks.join_next().await {
            // One that a reload was about to change was not told that this is the end.
            if let Ok((id, kept)) = ended
                && kept.waiting() > 0
                && !self.running.contains_key(&id)
            {
                tracing::warn!(push = %id, "batches lost that could not be sent before the end: {}", kept.waiting());
            }
        }
    }

    fn begin(&mut self, Push { id, settings }: Push, mut kept: Option<Kept>) {
        tracing::info!(push = %id, "brings what is known {}", push::describe(&settings));
        push::warnings(&settings).iter().for_each(|warning| tracing::warn!(push = %id, "{warning}"));
        let (orders, told) = watch::channel(Order::GoOn);
        let feed = kept.as_mut().and_then(Kept::take_feed).unwrap_or_else(|| self.store.subscribe());
        let push = push::Push {
            id: id.clone(),
            settings: settings.clone(),
            feed,
            store: Arc::clone(&self.store),
            own: Arc::clone(&self.own),
            board: self.board.clone(),
            beat: self.pulse.register(format!("the push `{id}`"), push::patience(&settings)),
            kept,
        };
        self.tasks.spawn(push::run(push, told));
        self.running.insert(id, Running { settings, orders });
    }

    /// Stops these and gets back what they have not sent.
    async fn halt(&mut self, ids: impl Iterator<Item = &PushId>) -> BTreeMap<PushId, Kept> {
        let mut awaited = Vec::new();
        for id in ids {
            if let Some(running) = self.running.remove(id) {
                running.orders.send_replace(Order::HandOver);
                awaited.push(id);
            }
        }
        let mut halted = BTreeMap::new();
        while halted.len() < awaited.len() {
            match self.tasks.join_next().await {
                Some(Ok((id, kept))) if awaited.contains(&&id) => drop(halted.insert(id, kept)),
                Some(ended) => {
                    // Whoever it was has lost what it had: only a new start mends that.
                    self.broken = Some(told(&ended));
                    break;
                }
                None => break,
            }
        }
        halted
    }
}

fn told(ended: &Result<(PushId, Kept), JoinError>) -> String {
    match ended {
        Ok((id, _)) => format!("the push `{id}` has ended, which is a fault in lanlord"),
        Err(error) => format!("a push has ended, which is a fault in lanlord: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::encode::graphite::{Form, Layout};
    use crate::metric::Batch;
    use crate::push::{Limits, Receiver, Selection, graphite};

    /// To somebody who is not there: port 9 is nobody's, and nothing is sent before a second has passed.
    fn push(name: &str, batches: usize) -> Push {
        let layout = Layout { prefix: String::new(), form: Form::Tags };
        let to = graphite::Settings { host: "127.0.0.1".to_owned(), port: 9, layout };
        let settings = Settings {
            interval: Duration::from_secs(3_600),
            deadline: Duration::from_secs(1),
            limits: Limits { batches, bytes: 1 << 20 },
            selection: Selection::default(),
            receiver: Receiver::Graphite(to),
        };
        Push { id: id(name), settings }
    }

    fn id(name: &str) -> PushId {
        PushId(Arc::from(name))
    }

    fn pushes(board: &Board) -> Pushes {
        let own: Own = Arc::new(|_| Batch {
            source: None,
            part: "lanlord",
            visit: None,
            families: Vec::new(),
            sightings: Vec::new(),
        });
        Pushes::new(Arc::default(), own, board.clone(), Pulse::default())
    }

    fn on(board: &Board) -> Vec<String> {
        board.states().into_iter().map(|(id, _)| id.to_string()).collect()
    }

    /// Lets everybody go on who can.
    async fn everybody() {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn each_configuration_leaves_alone_what_stays_as_it_is() {
        let board = Board::default();
        let mut pushes = pushes(&board);
        let first = pushes.change(vec![push("a", 1), push("b", 1), push("c", 1)]).await;
        assert_eq!(first, Outcome { added: vec![id("a"), id("b"), id("c")], ..Outcome::default() });
        everybody().await;
        assert_eq!(on(&board), ["a", "b", "c"]);
        let second = pushes.change(vec![push("d", 1), push("b", 2), push("a", 1)]).await;
        let expected = Outcome {
            kept: vec![id("a")],
            changed: vec![id("b")],
            added: vec![id("d")],
            removed: vec![id("c")],
        };
        assert_eq!(second, expected);
        everybody().await;
        assert_eq!(on(&board), ["a", "b", "d"]);
        let third = pushes.change(vec![push("c", 1)]).await;
        assert_eq!((third.added, third.removed), (vec![id("c")], vec![id("a"), id("b"), id("d")]));
        everybody().await;
        assert_eq!(on(&board), ["c"]);
        assert!(pushes.broken.is_none());
        pushes.stop().await;
    }

    #[tokio::test]
    async fn only_so_many_that_are_gone_are_remembered() {
        let board = Board::default();
        let mut pushes = pushes(&board);
        for round in 0..3 {
            let names = (0..40).map(|number| format!("{round}-{number}"));
            pushes.change(names.map(|name| push(&name, 1)).collect()).await;
        }
        assert_eq!((pushes.resting.len(), pushes.running.len()), (64, 40));
        pushes.stop().await;
    }
}
