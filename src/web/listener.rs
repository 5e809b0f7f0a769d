//! Accepts connections and serves them, within limits, until told to stop.
//!
//! It binds nothing and decides nothing about when to stop: the caller does. It knows no route.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Site;
use super::stall::Stall;

/// What a client may take of us.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once, over all listeners; one more is closed as soon as it comes.
    pub connections: usize,
    /// Time to send a whole header, and also to begin the next one on a connection kept open.
    pub header_read: Duration,
    /// Bytes of a header, request line included.
    pub header_bytes: usize,
    /// How long a connection may stand with nothing moving either way.
    pub stall: Duration,
    /// How long requests under way may take to finish once stopping.
    pub linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            header_read: Duration::from_secs(10),
            header_bytes: 16 * 1024,
            stall: Duration::from_secs(30),
            linger: Duration::from_secs(1),
        }
    }
}

/// Serves until `stop` completes; then takes no more connections, closes the idle ones and lets the others finish.
pub async fn serve(
    listeners: Vec<TcpListener>,
    site: Arc<Site>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let mut connections = JoinSet::new();
    // Dropping the sender is the signal.
    let (running, stopping) = watch::channel(());
    let mut stop = pin!(stop);
    let mut turn = 0;
    let mut failing = false;
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            Some(_ended) = connections.join_next() => {}
            accepted = accept(&listeners, &mut turn) => match accepted {
                Ok(stream) if connections.len() < limits.connections => {
                    failing = false;
                    connections.spawn(connection(stream, site.clone(), limits, stopping.clone()));
                }
                Ok(_closed_by_dropping) => tracing::debug!("closed a connection: {} are open", limits.connections),
                Err(error) => {
                    if !failing {
                        tracing::warn!("accepting a connection: {error}");
                    }
                    failing = true;
                    // Out of descriptors, most likely: the next attempt would fail at once and spin.
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

/// Takes the next connection of whichever listener has one. Each call begins with another listener, so that a busy
/// one cannot starve the rest.
async fn accept(listeners: &[TcpListener], turn: &mut usize) -> io::Result<TcpStream> {
    *turn = turn.wrapping_add(1);
    poll_fn(|context| {
        for index in 0..listeners.len() {
            let listener = &listeners[(*turn + index) % listeners.len()];
            if let Poll::Ready(accepted) = listener.poll_accept(context) {
                return Poll::Ready(accepted.map(|(stream, _peer)| stream));
            }
        }
        Poll::Pending
    })
    .await
}

async fn connection(stream: TcpStream, site: Arc<Site>, limits: Limits, mut stopping: watch::Receiver<()>) {
    // Without it the end of a response may wait for the client's delayed acknowledgement; failing is only slower.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("setting TCP_NODELAY: {error}");
    }
    let service = service_fn(|request| {
        let site = site.clone();
        async move { Ok::<_, Infallible>(site.answer(&request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        .max_header_size(limits.header_bytes)
        .serve_connection(TokioIo::new(Stall::new(stream, limits.stall)), service);
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
