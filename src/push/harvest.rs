//! Makes parcels of batches: lines of what is wanted, cut, and packed if they have to wait. Much of it on a thread of its
//! own, so that the event loop goes on.
//!
//! It does not look for batches, and keeps no parcel.

use std::sync::Arc;

use super::parcel::Parcel;
use super::{Receiver, Settings};
use crate::encode::{graphite, influx};
use crate::metric::{Batch, Meta, Timestamp};

/// Up to here encoding and packing take a few milliseconds, and a thread would take longer to wake.
const SAMPLES_INLINE: usize = 2_000;

/// Writes batches as lines; `at` is the time of those that no visit has brought.
pub(super) trait Write: Clone + Send + 'static {
    /// All of them, each line ending in a newline.
    fn write(&self, batches: &[Arc<Batch>], at: Timestamp) -> Vec<u8>;

    /// A parcel has at most so many bytes before it is packed.
    fn longest(&self) -> usize;

    /// Whether a parcel of so many bytes may wait a moment without being packed.
    fn may_be_plain(&self, length: usize) -> bool;
}

impl Write for Arc<Settings> {
    fn write(&self, batches: &[Arc<Batch>], at: Timestamp) -> Vec<u8> {
        let wanted = |meta: &Meta| self.selection.wants(meta);
        let lines = match &self.receiver {
            Receiver::Graphite(to) => graphite::encode(batches, &wanted, at, &to.layout),
            Receiver::Influxdb(to) => influx::encode(batches, &wanted, at, to.layout, to.precision),
        };
        lines.text
    }

    /// Packed it always finds room where so much may wait.
    fn longest(&self) -> usize {
        self.limits.bytes
    }

    /// Where it is not sent packed, and leaves room for others.
    fn may_be_plain(&self, length: usize) -> bool {
        let sent_packed = matches!(&self.receiver, Receiver::Influxdb(to) if to.gzip);
        !sent_packed && length <= self.limits.bytes / 8
    }
}

/// Parcels of all that there is to say, in order; none where that is nothing. With an `idle` receiver a single one can be
/// sent at once.
pub(super) async fn harvest(
    writer: &impl Write,
    batches: Vec<Arc<Batch>>,
    at: Timestamp,
    idle: bool,
) -> Vec<Parcel> {
    let samples: usize = batches.iter().flat_map(|batch| &batch.families).map(|family| family.len()).sum();
    let writer = writer.clone();
    let work = move || {
        let parcels = Parcel::cut(writer.write(&batches, at), writer.longest());
        // One of several keeps the text of all of them in memory for as long as it is not packed.
        if let [only] = parcels.as_slice()
            && idle
            && writer.may_be_plain(only.len())
        {
            return parcels;
        }
        // Unpacked it is as good, and takes more room.
        parcels.into_iter().map(|parcel| parcel.pack().unwrap_or(parcel)).collect()
    };
    if samples <= SAMPLES_INLINE {
        return work();
    }
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!("writing lines went wrong, which is a fault in lanlord: {error}");
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread::{self, ThreadId};

    use super::*;
    use crate::metric::Families;
    use crate::push::QUEUE;

    /// Writes a line for each batch, and remembers where it did.
    #[derive(Clone, Default)]
    struct Scribe(Arc<Mutex<Vec<ThreadId>>>);

    impl Write for Scribe {
        fn write(&self, batches: &[Arc<Batch>], at: Timestamp) -> Vec<u8> {
            self.0.lock().unwrap().push(thread::current().id());
            let lines = batches.iter().map(|batch| format!("{} {}\n", batch.part, at.0.as_secs()));
            lines.collect::<String>().into_bytes()
        }

        fn longest(&self) -> usize {
            12
        }

        fn may_be_plain(&self, length: usize) -> bool {
            length <= 12
        }
    }

    fn batch(part: &'static str, samples: usize) -> Arc<Batch> {
        let mut families = Families::default();
        (0..samples).for_each(|number| families.put(&QUEUE, [&number.to_string()], 1u64));
        let (families, _) = families.publish();
        Arc::new(Batch { source: None, part, visit: None, families, sightings: Vec::new() })
    }

    async fn harvested(samples: usize) -> (Vec<Vec<u8>>, ThreadId) {
        let scribe = Scribe::default();
        let at = Timestamp(std::time::Duration::from_secs(1_700));
        let parcels = harvest(&scribe, vec![batch("one", samples), batch("two", 0)], at, false).await;
        let plain = parcels.iter().map(|parcel| parcel.unpack().unwrap().to_vec()).collect();
        assert!(parcels.iter().all(Parcel::is_packed));
        let threads = scribe.0.lock().unwrap();
        assert_eq!(threads.len(), 1);
        (plain, threads[0])
    }

    #[tokio::test]
    async fn much_is_written_on_another_thread_and_is_the_same() {
        let here = thread::current().id();
        let (little, of_little) = harvested(2_000).await;
        let (much, of_much) = harvested(2_001).await;
        assert_eq!(little, [b"one 1700\n".to_vec(), b"two 1700\n".to_vec()]);
        assert_eq!(much, little);
        assert!(of_little == here && of_much != here);
    }

    #[tokio::test]
    async fn only_what_can_be_sent_at_once_is_not_packed() {
        let at = Timestamp(std::time::Duration::from_secs(1_700));
        let packed = async |parts: &[&'static str], idle| {
            let batches = parts.iter().map(|part| batch(part, 1)).collect();
            let parcels = harvest(&Scribe::default(), batches, at, idle).await;
            parcels.iter().map(Parcel::is_packed).collect::<Vec<_>>()
        };
        assert_eq!(packed(&["one"], true).await, [false]);
        assert_eq!(packed(&["one"], false).await, [true]);
        assert_eq!(packed(&["one", "two"], true).await, [true, true], "each keeps the text of both");
        assert_eq!(packed(&["much longer"], true).await, [true], "it would leave no room");
    }

    #[tokio::test]
    async fn where_there_is_nothing_to_say_there_is_no_parcel() {
        assert_eq!(harvest(&Scribe::default(), Vec::new(), Timestamp::default(), true).await, []);
    }
}
