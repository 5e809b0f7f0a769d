//! The latest batch of each part of each source: where the runner writes and every output reads.
//!
//! It keeps no history, wakes nobody and knows no encoding. A failed visit replaces a good one like any other,
//! so what is here is never older than the last visit.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::metric::{Batch, SourceId};

/// The latest batches. Share it in an [`Arc`].
#[derive(Debug, Default)]
pub struct Store {
    /// Taken by the publisher and by readers, each only long enough to move or clone a few pointers.
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    generation: u64,
    /// Ordered by source, then part; lanlord itself, which has no source, comes first.
    latest: BTreeMap<(Option<SourceId>, &'static str), Arc<Batch>>,
}

impl Store {
    /// Puts a batch in the place of the last one of the same part of the same source.
    pub fn publish(&self, batch: Batch) {
        let key = (batch.source.clone(), batch.part);
        let batch = Arc::new(batch);
        let replaced = {
            let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
            shelf.generation += 1;
            shelf.latest.insert(key, batch)
        };
        // Freeing a hundred thousand samples takes a while: after the lock, not under it.
        drop(replaced);
    }

    /// Takes out everything of a source that is not asked any more.
    pub fn forget(&self, source: &SourceId) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.generation += 1;
        shelf.latest.retain(|(of, _), _| of.as_ref() != Some(source));
    }

    /// The latest batches, sorted by source and then part, and a number that grows with each publication.
    pub fn batches(&self) -> (u64, Vec<Arc<Batch>>) {
        let shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        (shelf.generation, shelf.latest.values().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
