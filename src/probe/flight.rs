//! The visits that probes make: each a task of its own, which goes on to its end, log-out included, when whoever asked for
//! it has gone; and shared by all who ask for the same meanwhile.
//!
//! Two that ask one device for different things wait for one another at its door, which is `visit`'s. Nothing is kept of a
//! visit that is over: who asks then has one of his own.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;

use super::identity::Identity;
use crate::metric::Family;
use crate::net::tcp;
use crate::visit::{Visited, Visitor};

/// So many at once: each has a connection and its buffers. More than anybody looks after, and few enough for the
/// descriptors that a process has.
pub const MOST: usize = 64;

/// With those whose answer is given and whose session is not given back yet, and with names that are looked up.
const MOST_TASKS: usize = 2 * MOST;

/// Names that are looked up at once. A resolver that does not answer keeps a thread for as long as it likes.
const MOST_LOOKUPS: usize = 16;

/// What a visit brought.
#[derive(Debug)]
pub struct Landed {
    /// The visit.
    pub visited: Visited,
    /// What there is to say where it brought nothing.
    pub excuse: Vec<Family>,
}

/// Whoever makes one visit.
pub trait Voyage: Send + 'static {
    /// Makes it.
    fn visit(&mut self) -> impl Future<Output = Landed> + Send;

    /// Gives up in the middle of it, and gives back what is to be given back.
    fn leave(&mut self) -> impl Future<Output = ()> + Send;
}

impl Voyage for Visitor {
    async fn visit(&mut self) -> Landed {
        let visited = Visitor::visit(self).await;
        Landed { visited, excuse: self.excuse() }
    }

    async fn leave(&mut self) {
        Visitor::leave(self).await;
    }
}

/// A visit that is under way. It is closed with nothing in it if the visit was given up.
pub type Flight = watch::Receiver<Option<Arc<Landed>>>;

/// As many are under way as may be.
#[derive(Debug)]
pub struct Full;

/// All that are under way. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Flights {
    board: Arc<Mutex<Board>>,
    lookups: Arc<Semaphore>,
}

/// Held only long enough to look one up.
struct Board {
    under_way: HashMap<Identity, Flight>,
    tasks: JoinSet<()>,
    /// Dropping it tells all of them to give up; none from then on.
    running: Option<watch::Sender<()>>,
}

impl Default for Flights {
    fn default() -> Self {
        let (running, _) = watch::channel(());
        let board = Board { under_way: HashMap::new(), tasks: JoinSet::new(), running: Some(running) };
        Self { board: Arc::new(Mutex::new(board)), lookups: Arc::new(Semaphore::new(MOST_LOOKUPS)) }
    }
}

impl Flights {
    /// The visit for this identity: the one that is under way, or a new one.
    ///
    /// # Errors
    /// When too many are under way, or this is the end.
    pub fn board<V: Voyage>(&self, identity: Identity, voyage: impl FnOnce() -> V) -> Result<Flight, Full> {
        let mut board = self.get();
        while board.tasks.try_join_next().is_some() {}
        if let Some(flight) = board.under_way.get(&identity) {
            return Ok(flight.clone());
        }
        let Some(running) =
            board.running.as_ref().filter(|_| board.under_way.len() < MOST && board.tasks.len() < MOST_TASKS)
        else {
            return Err(Full);
        };
        let stop = running.subscribe();
        let (land, flight) = watch::channel(None);
        board.under_way.insert(identity, flight.clone());
        let seat = Seat { flights: self.clone(), identity };
        board.tasks.spawn(fly(voyage(), seat, land, stop));
        Ok(flight)
    }

    /// Looks up where a name leads, as a task of its own, since nobody can stop a resolver that has begun: the first few
    /// addresses. None where there is no end to it, or this is the end.
    pub async fn look_up(&self, name: &str) -> Option<io::Result<Vec<IpAddr>>> {
        let permit = Arc::clone(&self.lookups).acquire_owned().await.ok()?;
        let (tell, told) = oneshot::channel();
        let name = name.to_owned();
        {
            let mut board = self.get();
            let mut stop = board.running.as_ref()?.subscribe();
            board.tasks.spawn(async move {
                let found = tokio::select! {
                    found = tcp::addresses(&name, 0) => found,
                    _ = stop.changed() => return,
                };
                let addresses = found.map(|found| found.iter().map(SocketAddr::ip).collect());
                // Whoever wanted to know may have gone.
                let _ = tell.send(addresses);
                drop(permit);
            });
        }
        told.await.ok()
    }

    /// How many are under way.
    pub fn under_way(&self) -> usize {
        self.get().under_way.len()
    }

    /// Whether this is the end.
    pub fn are_over(&self) -> bool {
        self.get().running.is_none()
    }

    /// Tells all of them to give up, and waits until they have.
    pub async fn stop(&self) {
        let mut tasks = {
            let mut board = self.get();
            board.running = None;
            std::mem::take(&mut board.tasks)
        };
        while tasks.join_next().await.is_some() {}
    }

    fn get(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the flights, given back however one ends.
struct Seat {
    flights: Flights,
    identity: Identity,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.flights.get().under_way.remove(&self.identity);
    }
}

async fn fly<V: Voyage>(
    mut voyage: V,
    seat: Seat,
    land: watch::Sender<Option<Arc<Landed>>>,
    mut stop: watch::Receiver<()>,
) {
    let landed = tokio::select! {
        landed = voyage.visit() => landed,
        // The sender is dropped: stop.
        _ = stop.changed() => {
            voyage.leave().await;
            return;
        }
    };
    // Before anybody hears of it, so that who asks again when he has, asks anew.
    drop(seat);
    land.send_replace(Some(Arc::new(landed)));
    // Nobody waits for what is left to be given back, if that has failed before.
    voyage.leave().await;
}

#[cfg(test)]
mod tests;
