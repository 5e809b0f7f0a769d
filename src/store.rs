//! The latest batch of each part of each source: where the runner writes and every output reads.
//!
//! It keeps no history, wakes nobody and knows no encoding. A failed visit replaces a good one like any other,
//! so what is here is never older than the last visit. Whoever wants to know what came since he last looked subscribes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::metric::{Batch, SourceId};

/// The latest batches. Share it in an [`Arc`].
#[derive(Debug, Default)]
pub struct Store {
    /// Taken by the publisher and by readers, each only long enough to move or clone a few pointers.
    shelf: Mutex<Shelf>,
}

/// By source, then part; lanlord itself, which has no source, comes first.
type Latest = BTreeMap<(Option<SourceId>, &'static str), Arc<Batch>>;

#[derive(Debug, Default)]
struct Shelf {
    generation: u64,
    latest: Latest,
    /// Those whose subscriptions are gone are forgotten when somebody else subscribes.
    subscribers: Vec<Weak<Mutex<Latest>>>,
}

/// What has been published since whoever has this last took: of each part the latest that brought data. It grows with
/// the number of parts and nothing else, so that nobody has to wait for a subscriber who does not come.
#[derive(Debug)]
pub struct Subscription(Arc<Mutex<Latest>>);

impl Subscription {
    /// Takes it, sorted by source and then part.
    pub fn take(&self) -> Vec<Arc<Batch>> {
        std::mem::take(&mut *lock(&self.0)).into_values().collect()
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nobody who holds one can panic halfway through a change.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// Puts a batch in the place of the last one of the same part of the same source.
    pub fn publish(&self, batch: Batch) {
        let key = (batch.source.clone(), batch.part);
        let batch = Arc::new(batch);
        let replaced = {
            let mut shelf = lock(&self.shelf);
            shelf.generation += 1;
            let brought = batch.visit.as_ref().is_none_or(|visit| visit.outcome.is_ok());
            let told: Vec<_> = match brought {
                true => shelf.subscribers.iter().filter_map(Weak::upgrade).collect(),
                false => Vec::new(),
            };
            let unread: Vec<_> = told
                .into_iter()
                .map(|subscriber| lock(&subscriber).insert(key.clone(), Arc::clone(&batch)))
                .collect();
            (unread, shelf.latest.insert(key, batch))
        };
        // Freeing a hundred thousand samples takes a while: after the lock, not under it.
        drop(replaced);
    }

    /// From now on keeps what is published for somebody who will come and take it.
    pub fn subscribe(&self) -> Subscription {
        let subscription = Subscription(Arc::default());
        let mut shelf = lock(&self.shelf);
        shelf.subscribers.retain(|subscriber| subscriber.strong_count() > 0);
        shelf.subscribers.push(Arc::downgrade(&subscription.0));
        subscription
    }

    /// Takes out everything of a source that is not asked any more.
    pub fn forget(&self, source: &SourceId) {
        let mut shelf = lock(&self.shelf);
        shelf.generation += 1;
        shelf.latest.retain(|(of, _), _| of.as_ref() != Some(source));
    }

    /// The latest batches, sorted by source and then part, and a number that grows with each publication.
    pub fn batches(&self) -> (u64, Vec<Arc<Batch>>) {
        let shelf = lock(&self.shelf);
        (shelf.generation, shelf.latest.values().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::metric::{Outcome, Reason, Tally, Timestamp, Visit};

    fn batch(source: Option<&str>, part: &'static str) -> Batch {
        let source = source.map(|name| SourceId(Arc::from(name)));
        Batch { source, part, visit: None, families: Vec::new(), sightings: Vec::new() }
    }

    fn names(store: &Store) -> Vec<(Option<String>, &'static str)> {
        let (_, batches) = store.batches();
        batches.iter().map(|batch| (batch.source.as_ref().map(SourceId::to_string), batch.part)).collect()
    }

    #[test]
    fn batches_come_sorted_by_source_then_part() {
        let store = Store::default();
        for (source, part) in [(Some("b"), "lan"), (Some("a"), "wifi"), (Some("b"), "box"), (None, "self")] {
            store.publish(batch(source, part));
        }
        let expected = [(None, "self"), (Some("a"), "wifi"), (Some("b"), "box"), (Some("b"), "lan")];
        assert_eq!(names(&store), expected.map(|(source, part)| (source.map(str::to_owned), part)));
    }

    #[test]
    fn a_later_batch_replaces_the_earlier_one_of_its_part_only() {
        let store = Store::default();
        store.publish(batch(Some("a"), "lan"));
        store.publish(batch(Some("a"), "wifi"));
        let (_, before) = store.batches();
        store.publish(batch(Some("a"), "lan"));
        let (_, after) = store.batches();
        assert!(!Arc::ptr_eq(&before[0], &after[0]));
        assert!(Arc::ptr_eq(&before[1], &after[1]));
        assert_eq!(after.len(), 2);
    }

    #[test]
    fn a_source_that_is_forgotten_takes_all_its_parts_along() {
        let store = Store::default();
        for (source, part) in [(Some("b"), "lan"), (Some("a"), "wifi"), (Some("b"), "box"), (None, "self")] {
            store.publish(batch(source, part));
        }
        store.forget(&SourceId(Arc::from("b")));
        assert_eq!(names(&store), [(None, "self"), (Some("a".to_owned()), "wifi")]);
    }

    #[test]
    fn a_subscriber_takes_the_latest_of_each_part_once() {
        let store = Store::default();
        store.publish(batch(Some("a"), "lan"));
        let subscription = store.subscribe();
        for (source, part) in [("b", "lan"), ("a", "wifi"), ("b", "lan")] {
            store.publish(batch(Some(source), part));
        }
        let (_, latest) = store.batches();
        let taken = subscription.take();
        assert_eq!(taken.len(), 2, "nothing of before, and nothing twice");
        assert!(Arc::ptr_eq(&taken[0], &latest[1]) && Arc::ptr_eq(&taken[1], &latest[2]));
        assert!(subscription.take().is_empty());
        store.forget(&SourceId(Arc::from("b")));
        store.publish(batch(Some("a"), "lan"));
        assert_eq!(subscription.take().len(), 1);
    }

    #[test]
    fn a_failed_visit_does_not_take_away_what_an_earlier_one_brought() {
        let visited = |outcome: Outcome| {
            let (taken_at, duration) = (Timestamp::default(), Duration::ZERO);
            let visit = Visit {
                kind: "wire",
                taken_at,
                duration,
                outcome,
                faults: Vec::new(),
                tally: Tally::default(),
            };
            Batch { visit: Some(visit), ..batch(Some("a"), "lan") }
        };
        let store = Store::default();
        let subscription = store.subscribe();
        store.publish(visited(Outcome::Ok));
        let (_, good) = store.batches();
        let message = String::new();
        store.publish(visited(Outcome::Failed { reason: Reason::TimedOut, code: "deadline", message }));
        let taken = subscription.take();
        assert!(taken.len() == 1 && Arc::ptr_eq(&taken[0], &good[0]));
        assert!(!Arc::ptr_eq(&store.batches().1[0], &good[0]), "the store shows the failure");
    }

    #[test]
    fn nothing_is_kept_for_a_subscriber_who_has_gone() {
        let store = Store::default();
        drop(store.subscribe());
        store.publish(batch(Some("a"), "lan"));
        let (_, latest) = store.batches();
        // The store's own, and the one just above.
        assert_eq!(Arc::strong_count(&latest[0]), 2);
        let _subscription = store.subscribe();
        assert_eq!(lock(&store.shelf).subscribers.len(), 1);
    }

    #[test]
    fn the_generation_grows_with_each_publication_and_not_with_reading() {
        let store = Store::default();
        let generations: Vec<u64> = (0..3)
            .map(|_| {
                store.publish(batch(Some("a"), "lan"));
                assert_eq!(store.batches().0, store.batches().0);
                store.batches().0
            })
            .collect();
        assert!(generations.is_sorted_by(|a, b| a < b), "{generations:?}");
    }
}
