//! The bodies of `/metrics`, encoded once for all who ask for the same thing; and those of `/probe`, which nobody shares.
//!
//! A body is kept for one generation of the store and one second of the clock. The second is there because lanlord's
//! figures about itself are in the body too and belong to no generation; two bodies, one kept and one fresh, would
//! tear the sorted order apart and gain nothing, as the wire publishes every second anyway. All formats and codings of
//! a second tell the same figures, or whoever asks for two of them would see a counter go back.
//!
//! A client that reads slowly keeps the body of its second, so bodies are counted as long as anybody has them.
//!
//! Requests wait for a body but own nothing: whoever hangs up leaves no lock, permit or half-done work behind.

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::body::Bytes;
use tokio::sync::watch;

use super::negotiate::Coding;
use crate::encode::exposition::{Format, encode};
use crate::metric::{Batch, Own, Timestamp};

/// The latest body of each format and coding.
#[derive(Default)]
pub struct Bodies {
    /// Taken by requests, never across an await; whoever encodes a little keeps it while doing so, because the
    /// others would only do the same.
    latest: Mutex<Latest>,
    /// Every body has a clone.
    alive: Arc<()>,
}

#[derive(Default)]
struct Latest {
    /// What lanlord said of itself, and when.
    own: Option<(Key, Arc<Batch>)>,
    slots: [Option<Slot>; 4],
}

struct Slot {
    key: Key,
    /// Nothing as long as it is being encoded; closed with nothing in it if that went wrong.
    body: watch::Receiver<Option<Bytes>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    generation: u64,
    second: u64,
}

/// Up to here encoding takes a millisecond or two, and a thread would take longer to wake.
const SAMPLES_ENCODED_INLINE: usize = 2_000;

/// Encoding or compressing went wrong; the log says how. The next second tries again.
#[derive(Debug)]
pub struct Lost;

impl Bodies {
    /// How many bodies are in memory: the latest, and older ones that somebody has not read yet.
    pub fn held(&self) -> usize {
        Arc::strong_count(&self.alive) - 1
    }

    /// The body for these batches, shared with everybody who asks within the same generation and second.
    pub async fn body(
        &self,
        (generation, batches): (u64, Vec<Arc<Batch>>),
        own: &Own,
        (format, coding): (Format, Coding),
        now: Timestamp,
    ) -> Result<Bytes, Lost> {
        let key = Key { generation, second: now.0.as_secs() };
        let mut body = {
            let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
            let kept = latest.slots[index(format, coding)].as_ref().filter(|slot| slot.key == key);
            match kept {
                Some(slot) => slot.body.clone(),
                None => {
                    // First, as in the store: lanlord itself comes before its sources.
                    let own = latest.own(key, || own(&batches))?;
                    let batches = std::iter::once(own).chain(batches).collect();
                    let body = start(batches, (format, coding), Arc::clone(&self.alive));
                    latest.slots[index(format, coding)] = Some(Slot { key, body: body.clone() });
                    body
                }
            }
        };
        let done = body.wait_for(Option::is_some).await.map_err(|_closed| Lost)?;
        done.clone().ok_or(Lost)
    }

    /// A body for one answer alone.
    pub async fn single(&self, batch: Batch, wishes: (Format, Coding)) -> Result<Bytes, Lost> {
        let mut body = start(vec![Arc::new(batch)], wishes, Arc::clone(&self.alive));
        let done = body.wait_for(Option::is_some).await.map_err(|_closed| Lost)?;
        done.clone().ok_or(Lost)
    }
}

impl Latest {
    fn own(&mut self, key: Key, make: impl FnOnce() -> Batch) -> Result<Arc<Batch>, Lost> {
        match &self.own {
            Some((of, own)) if *of == key => Ok(Arc::clone(own)),
            _ => {
                // A mistake there costs this answer, as one in encoding does, and not the connection.
                let own =
                    panic::catch_unwind(AssertUnwindSafe(make)).map(Arc::new).map_err(|_logged| Lost)?;
                self.own = Some((key, Arc::clone(&own)));
                Ok(own)
            }
        }
    }
}

/// A body that is counted as long as anybody has it.
struct Counted {
    bytes: Vec<u8>,
    _alive: Arc<()>,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn index(format: Format, coding: Coding) -> usize {
    let row = match format {
        Format::Text => 0,
        Format::OpenMetrics => 2,
    };
    let column = match coding {
        Coding::Identity => 0,
        Coding::Gzip => 1,
    };
    row + column
}

/// Encodes now if it is little, else on a thread of its own, so that the event loop goes on.
fn start(
    batches: Vec<Arc<Batch>>,
    (format, coding): (Format, Coding),
    alive: Arc<()>,
) -> watch::Receiver<Option<Bytes>> {
    let (sender, body) = watch::channel(None);
    let samples: usize = batches.iter().flat_map(|batch| &batch.families).map(|family| family.len()).sum();
    let work = move || match make(&batches, format, coding) {
        Ok(bytes) => drop(sender.send_replace(Some(Bytes::from_owner(Counted { bytes, _alive: alive })))),
        Err(error) => tracing::error!("compressing metrics: {error}"),
    };
    if samples <= SAMPLES_ENCODED_INLINE {
        work();
    } else {
        tokio::task::spawn_blocking(work);
    }
    body
}

fn make(batches: &[Arc<Batch>], format: Format, coding: Coding) -> io::Result<Vec<u8>> {
    let plain = encode(batches, format);
    match coding {
        Coding::Identity => Ok(plain),
        Coding::Gzip => gzip(&plain),
    }
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    // The lowest level already takes nine bytes of ten away, and higher ones cost more than the network.
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 8), Compression::fast());
    encoder.write_all(plain)?;
    encoder.finish()
}
