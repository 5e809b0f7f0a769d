//! Accepts connections and serves them, within limits, until told to stop.
//!
//! It binds nothing and decides nothing about when to stop: the caller does. It knows no route.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, Id, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::Site;
use super::guest::Guest;
use super::stall::Stall;

/// What a client may take of us.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once, over all listeners, besides one for each request that may be under way. When all
    /// are taken, whoever has waited longest without asking for anything makes room for the next.
    pub waiting: usize,
    /// Time to send a whole header, and also to begin the next one on a connection kept open.
    pub header_read: Duration,
    /// Bytes of a header, request line included.
    pub header_bytes: usize,
    /// How long a connection may stand with nothing moving either way, but while we make an answer.
    pub stall: Duration,
    /// How long a request may be under way, however steadily its answer is read.
    pub answer: Duration,
    /// The same while more than `BODIES` bodies are in memory, because so many are not read.
    pub answer_when_full: Duration,
    /// How long requests under way may take to finish once stopping.
    pub linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // With the 256 requests of the default, 768 of the 1,024 descriptors that most processes may have.
            waiting: 512,
            header_read: Duration::from_secs(10),
            header_bytes: 16 * 1024,
            // As long as Prometheus waits for a whole scrape by default; each answer that stalls keeps its body.
            stall: Duration::from_secs(10),
            // Six times that. What comes later is of no use to anybody.
            answer: Duration::from_secs(60),
            answer_when_full: Duration::from_secs(3),
            linger: Duration::from_secs(1),
        }
    }
}

/// Those who are connected, by their tasks. Whoever was sent away is not among them any more, though the task may
/// take a moment to end.
type Guests = HashMap<Id, (AbortHandle, Weak<Guest>)>;

/// Those of four formats and codings over a few seconds; of 4,096 hosts each has two megabytes.
const BODIES: usize = 16;

/// How often we look whose answer takes too long.
const ROUND: Duration = Duration::from_secs(1);

/// Serves until `stop` completes; then takes no more connections, closes the idle ones and lets the others finish.
pub async fn serve(
    listeners: Vec<TcpListener>,
    site: Arc<Site>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let mut connections = JoinSet::new();
    let mut guests = Guests::new();
    // Dropping the sender is the signal.
    let (running, stopping) = watch::channel(());
    let mut stop = pin!(stop);
    let mut rounds = interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut turn = 0;
    let mut failing = false;
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = connections.join_next_with_id() => {
                guests.remove(&ended.map_or_else(|error| error.id(), |(id, ())| id));
            }
            _now = rounds.tick(), if !guests.is_empty() => {
                let is_full = site.bodies_held() > BODIES;
                send_away_overdue(&mut guests, if is_full { limits.answer_when_full } else { limits.answer });
            }
            accepted = accept(&listeners, &mut turn) => match accepted {
                Ok((stream, peer)) => {
                    failing = false;
                    let most = limits.waiting + site.max_requests();
                    if guests.len() >= most && !send_away_longest_waiting(&mut guests) {
                        tracing::debug!("closed a connection: {most} requests are under way");
                        continue;
                    }
                    let guest = Arc::new(Guest::new(peer, &site.counters));
                    let weak = Arc::downgrade(&guest);
                    let task = connections.spawn(connection(stream, guest, site.clone(), limits, stopping.clone()));
                    guests.insert(task.id(), (task, weak));
                }
                Err(error) => {
                    if !failing {
                        tracing::warn!("accepting a connection: {error}");
                    }
                    failing = true;
                    // Out of descriptors, most likely: a few who only wait give theirs back, since behind the one who
                    // knocks may be many more. The next attempt would fail at once and spin.
                    for _ in 0..guests.len().div_ceil(8) {
                        send_away_longest_waiting(&mut guests);
                    }
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop((listeners, running));
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if timeout(limits.linger, all_ended).await.is_err() {
        connections.shutdown().await;
    }
}

/// Whether there was anybody without a request under way.
fn send_away_longest_waiting(guests: &mut Guests) -> bool {
    let waiting = guests.iter().filter_map(|(&id, (_, guest))| Some((guest.upgrade()?.waiting()?, id)));
    let Some((time, id)) = waiting.max_by_key(|(time, _)| *time) else { return false };
    tracing::debug!("made room: closed a connection that had waited {time:?}");
    if let Some((task, _)) = guests.remove(&id) {
        task.abort();
    }
    true
}

fn send_away_overdue(guests: &mut Guests, limit: Duration) {
    guests.retain(|_, (task, guest)| {
        let overdue = guest.upgrade().and_then(|guest| guest.answering()).is_some_and(|time| time > limit);
        if overdue {
            tracing::debug!("closed a connection: its answer was not read within {limit:?}");
            task.abort();
        }
        !overdue
    });
}

/// Takes the next connection of whichever listener has one. Each call begins with another listener, so that a busy
/// one cannot starve the rest.
async fn accept(listeners: &[TcpListener], turn: &mut usize) -> io::Result<(TcpStream, SocketAddr)> {
    *turn = turn.wrapping_add(1);
    poll_fn(|context| {
        for index in 0..listeners.len() {
            let listener = &listeners[(*turn + index) % listeners.len()];
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    })
    .await
}

async fn connection(
    stream: TcpStream,
    guest: Arc<Guest>,
    site: Arc<Site>,
    limits: Limits,
    mut stopping: watch::Receiver<()>,
) {
    // Without it the end of a response may wait for the client's delayed acknowledgement; failing is only slower.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("setting TCP_NODELAY: {error}");
    }
    let flushed = {
        let guest = guest.clone();
        move || guest.sent()
    };
    let is_making = {
        let guest = guest.clone();
        move || guest.is_making()
    };
    let service = service_fn(|request| {
        let (site, guest) = (site.clone(), guest.clone());
        async move { Ok::<_, Infallible>(guest.answer(site.answer(&request, &guest).await)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        .max_header_size(limits.header_bytes)
        .serve_connection(TokioIo::new(Stall::new(stream, limits.stall, flushed, is_making)), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _stopping = stopping.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("serving a connection: {error}");
    }
}
