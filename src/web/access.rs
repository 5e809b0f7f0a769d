//! The access log: one line for each request that was answered or cut off in the middle.
//!
//! The query is not in it, as that of a probe carries secrets, and neither is anything else that a client sends beyond
//! method and path. What never became a request (a header too slow or too large) has no line.

use std::net::SocketAddr;

use hyper::{Method, StatusCode};

use crate::clock::Stopwatch;
use crate::text;

/// What is known of a request before it is answered.
#[derive(Debug)]
pub(super) struct Line {
    peer: SocketAddr,
    method: String,
    path: String,
    /// Status and bytes of the answer, once there is one.
    answer: Option<(StatusCode, u64)>,
}

/// Longer than any path of ours; a line is not the place for the rest.
const LONGEST: usize = 128;

impl Line {
    pub(super) fn new(peer: SocketAddr, method: &Method, path: &str) -> Self {
        Self { peer, method: cut(method.as_str()), path: cut(path), answer: None }
    }

    pub(super) fn answer(&mut self, status: StatusCode, bytes: u64) {
        self.answer = Some((status, bytes));
    }

    /// The kernel has all of the answer.
    pub(super) fn sent(&self, watch: Stopwatch) {
        self.write(watch, "answered");
    }

    /// Whoever asked has gone, or has been sent away.
    pub(super) fn cut_off(&self, watch: Stopwatch) {
        self.write(watch, "cut off");
    }

    fn write(&self, watch: Stopwatch, what: &str) {
        let Self { peer, method, path, answer } = self;
        let (status, bytes) =
            answer.map_or((None, None), |(status, bytes)| (Some(status.as_u16()), Some(bytes)));
        let seconds = watch.elapsed().as_secs_f64();
        tracing::info!(%peer, method, path, status, bytes, seconds, "{what}");
    }
}

fn cut(text: &str) -> String {
    text::plain(&text[..text.floor_char_boundary(LONGEST)])
}
