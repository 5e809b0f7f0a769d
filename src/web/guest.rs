//! One connection: whether it waits or has a request under way, and what it holds meanwhile.
//!
//! A request is under way until the kernel has all of its answer, and not only until hyper has: a client that stops
//! reading keeps a body in memory. hyper drops a body as soon as it has taken the last of it, and flushes the stream
//! below when it has written all that it took; the two together tell. Whatever ends a connection drops this, and
//! with it the permit.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::{Request, Response};

use super::access::Line;
use super::counters::{Counters, Permit, Presence};
use crate::clock::Stopwatch;

/// Whoever is connected.
#[derive(Debug)]
pub(super) struct Guest {
    peer: SocketAddr,
    /// Taken by the connection, and by the listener when it looks who might go; never across an await.
    state: Mutex<State>,
    _presence: Presence,
}

#[derive(Debug)]
enum State {
    /// Nothing has been asked, or not all of it yet. Since when.
    Waiting(Stopwatch),
    /// The answer is being made, or hyper has not taken all of it.
    Answering(Asked),
    /// hyper has the whole answer, the kernel not yet.
    Sending(Asked),
}

/// A request under way.
#[derive(Debug)]
struct Asked {
    watch: Stopwatch,
    /// Whether its answer is there.
    is_made: bool,
    /// None for what costs nothing.
    permit: Option<Permit>,
    /// None if nobody wants it.
    line: Option<Line>,
}

impl Guest {
    pub(super) fn new(peer: SocketAddr, counters: &Arc<Counters>) -> Self {
        let state = Mutex::new(State::Waiting(Stopwatch::start()));
        Self { peer, state, _presence: counters.enter() }
    }

    /// A request has come. One before it that the kernel does not have yet counts as sent: this one is under way.
    pub(super) fn begin<B>(&self, request: &Request<B>, is_logged: bool) {
        self.sent();
        let line = is_logged.then(|| Line::new(self.peer, request.method(), request.uri().path()));
        *self.state() =
            State::Answering(Asked { watch: Stopwatch::start(), is_made: false, permit: None, line });
    }

    /// Asks for a permit for the request under way; whether there was one.
    pub(super) fn admit(&self, counters: &Arc<Counters>, most: usize) -> bool {
        match &mut *self.state() {
            State::Answering(asked) => {
                asked.permit = counters.admit(most);
                asked.permit.is_some()
            }
            State::Waiting(_) | State::Sending(_) => false,
        }
    }

    /// The answer, watched.
    pub(super) fn answer(self: &Arc<Self>, response: Response<Full<Bytes>>) -> Response<Watched> {
        if let State::Answering(asked) = &mut *self.state() {
            asked.is_made = true;
            if let Some(line) = &mut asked.line {
                line.answer(response.status(), response.body().size_hint().exact().unwrap_or_default());
            }
        }
        response.map(|body| Watched { body, guest: Arc::clone(self) })
    }

    /// Everything that hyper had is with the kernel.
    pub(super) fn sent(&self) {
        let mut state = self.state();
        if !matches!(*state, State::Sending(_)) {
            return;
        }
        let before = std::mem::replace(&mut *state, State::Waiting(Stopwatch::start()));
        drop(state);
        if let State::Sending(Asked { watch, line: Some(line), .. }) = before {
            line.sent(watch);
        }
    }

    /// How long nothing has been under way; none if something is.
    pub(super) fn waiting(&self) -> Option<Duration> {
        match &*self.state() {
            State::Waiting(since) => Some(since.elapsed()),
            State::Answering(_) | State::Sending(_) => None,
        }
    }

    /// How long a request has been under way; none if none is.
    pub(super) fn answering(&self) -> Option<Duration> {
        match &*self.state() {
            State::Answering(asked) | State::Sending(asked) => Some(asked.watch.elapsed()),
            State::Waiting(_) => None,
        }
    }

    /// Whether a request has come whose answer is not there yet.
    pub(super) fn is_making(&self) -> bool {
        matches!(&*self.state(), State::Answering(asked) if !asked.is_made)
    }

    fn handed_over(&self) {
        let mut state = self.state();
        let before = std::mem::replace(&mut *state, State::Waiting(Stopwatch::start()));
        *state = match before {
            State::Answering(asked) => State::Sending(asked),
            other => other,
        };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if let State::Answering(asked) | State::Sending(asked) = &*self.state()
            && let Some(line) = &asked.line
        {
            line.cut_off(asked.watch);
        }
    }
}

/// A body that tells when hyper has taken all of it, or does not want it.
#[derive(Debug)]
pub(super) struct Watched {
    body: Full<Bytes>,
    guest: Arc<Guest>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.guest.handed_over();
    }
}
