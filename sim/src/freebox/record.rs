//! What the box was asked, for those who judge its client.
//!
//! Deliberately keeps no secret: sessions and bodies are hashes.

use std::collections::VecDeque;

use serde_json::{Value, json};
use sha1::{Digest, Sha1};

/// Requests that are remembered; the oldest go first.
const MOST: usize = 20_000;

/// One request.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Simulated seconds since the start.
    pub time: f64,
    /// `GET`, `POST`, ….
    pub method: String,
    /// As it was asked, without the query.
    pub path: String,
    /// Names of all headers, in small letters.
    pub headers: Vec<String>,
    /// A hash of `X-Fbx-App-Auth`.
    pub session: Option<String>,
    /// A hash of the body; none for an empty one.
    pub body: Option<String>,
    /// Whether it came over TLS.
    pub secure: bool,
    /// Requests being answered, this one included.
    pub concurrent: u32,
    /// The status it was answered with, or would have been.
    pub status: u16,
}

/// Counts since the start, or since they were last cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests of any kind.
    pub requests: u64,
    /// Sessions that were opened.
    pub logins: u64,
    /// Attempts to open a session that were refused.
    pub failed_logins: u64,
    /// Sessions that were closed.
    pub logouts: u64,
    /// Registrations that were asked for.
    pub registrations: u64,
    /// Attempts to change something.
    pub writes: u64,
    /// Requests refused for want of a session.
    pub unauthorised: u64,
    /// The most requests that were being answered at once.
    pub most_concurrent: u32,
    /// TLS handshakes that began.
    pub handshakes: u64,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Record {
    /// Requests, oldest first.
    pub entries: VecDeque<Entry>,
    /// Counts.
    pub counters: Counters,
}

impl Record {
    /// Remembers one request.
    pub fn push(&mut self, entry: Entry) {
        self.counters.requests += 1;
        self.counters.most_concurrent = self.counters.most_concurrent.max(entry.concurrent);
        if self.entries.len() >= MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }
}

impl Entry {
    /// As one line of the dump.
    pub fn json(&self) -> Value {
        json!({"time": self.time, "method": self.method, "path": self.path, "headers": self.headers,
            "session": self.session, "body": self.body, "tls": self.secure, "concurrent": self.concurrent,
            "status": self.status})
    }
}

impl Counters {
    /// For the dump.
    pub fn json(&self) -> Value {
        json!({"requests": self.requests, "logins": self.logins, "failed_logins": self.failed_logins,
            "logouts": self.logouts, "registrations": self.registrations, "writes": self.writes,
            "unauthorised": self.unauthorised, "most_concurrent": self.most_concurrent,
            "handshakes": self.handshakes})
    }
}

/// The first 16 digits of SHA-1: enough to tell two apart.
pub fn hash(bytes: &[u8]) -> String {
    Sha1::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
