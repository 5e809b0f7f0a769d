//! What a modem was asked, over which connections, and what no client should have asked.
//!
//! Deliberately hides nothing: the passwords are made up, and a test must see which of them went where.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use serde_json::{Value, json};

/// Requests and connections that are remembered; the oldest go first.
const MOST: usize = 20_000;

/// One request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Simulated seconds since the start.
    pub time: f64,
    /// Who asked: the same for all requests of a connection.
    pub peer: SocketAddr,
    /// `GET`, `POST`, ….
    pub method: String,
    /// As it was asked, without the query.
    pub path: String,
    /// What followed the question mark.
    pub query: Option<String>,
    /// Names in small letters, in the order they came in.
    pub headers: Vec<(String, String)>,
    /// The fields of a form, decoded; none if there was no form.
    pub fields: Vec<(String, String)>,
    /// The status it was answered with, or would have been.
    pub status: u16,
}

impl Asked {
    /// The first field of this name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first header of this name, which is in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// For the dump.
    pub fn json(&self) -> Value {
        let pairs = |pairs: &[(String, String)]| json!(pairs);
        json!({"time": self.time, "peer": self.peer.to_string(), "method": self.method, "path": self.path,
            "query": self.query, "headers": pairs(&self.headers), "fields": pairs(&self.fields),
            "status": self.status})
    }
}

/// One connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Who made it.
    pub peer: SocketAddr,
    /// How its TLS handshake ended: protocol and cipher (`TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256`), or what went wrong.
    /// None if there was no TLS, or it has not ended yet.
    pub handshake: Option<Result<String, String>>,
    /// Bytes that came after TLS: nothing of HTTP has been sent if there are none.
    pub application_bytes: usize,
    /// Requests it carried.
    pub requests: u32,
    /// It has not ended.
    pub open: bool,
}

impl Connection {
    /// For the dump.
    pub fn json(&self) -> Value {
        let handshake = self.handshake.as_ref().map(|outcome| match outcome {
            Ok(spoken) => json!({"spoken": spoken}),
            Err(error) => json!({"error": error}),
        });
        json!({"peer": self.peer.to_string(), "handshake": handshake, "application_bytes": self.application_bytes,
            "requests": self.requests, "open": self.open})
    }
}

/// Counts since the start, or since they were last cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Requests of any kind.
    pub requests: u64,
    /// Sessions that were opened.
    pub logins: u64,
    /// Log-ins that were answered `Wrong Credentials.`.
    pub wrong_logins: u64,
    /// Log-ins that were answered `Repeat Login`.
    pub repeat_logins: u64,
    /// Log-ins that were answered `LoginProtect=…`.
    pub protected_logins: u64,
    /// Log-ins that threw somebody out.
    pub forced_logins: u64,
    /// Log-ins that were tried while a client's session was open, whatever became of them.
    pub attempts_while_open: u64,
    /// Sessions that were closed by a log-out.
    pub logouts: u64,
    /// Log-outs of somebody who had no session.
    pub stray_logouts: u64,
    /// Requests that were sent to the log-in page for want of a session.
    pub unauthorised: u64,
    /// Sessions open now, one at most.
    pub sessions_open: u64,
    /// The most sessions ever open at once, one at most.
    pub most_sessions: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Connections open now.
    pub connections_open: u64,
    /// The most connections ever open at once.
    pub most_connections: u64,
    /// TLS handshakes that succeeded.
    pub handshakes: u64,
    /// TLS handshakes that failed.
    pub failed_handshakes: u64,
    /// Bytes that came after TLS, or without it.
    pub application_bytes: u64,
    /// The most requests that were being answered at once.
    pub most_concurrent: u64,
    /// Restarts.
    pub reboots: u64,
    /// How often each page was asked for, by what faults call it.
    pub pages: BTreeMap<String, u64>,
}

impl Stats {
    /// For the dump.
    pub fn json(&self) -> Value {
        json!({"requests": self.requests, "logins": self.logins, "wrong_logins": self.wrong_logins,
            "repeat_logins": self.repeat_logins, "protected_logins": self.protected_logins,
            "forced_logins": self.forced_logins, "attempts_while_open": self.attempts_while_open,
            "logouts": self.logouts, "stray_logouts": self.stray_logouts, "unauthorised": self.unauthorised,
            "sessions_open": self.sessions_open, "most_sessions": self.most_sessions,
            "connections": self.connections, "connections_open": self.connections_open,
            "most_connections": self.most_connections, "handshakes": self.handshakes,
            "failed_handshakes": self.failed_handshakes, "application_bytes": self.application_bytes,
            "most_concurrent": self.most_concurrent, "reboots": self.reboots, "pages": self.pages})
    }
}

/// All of it.
#[derive(Debug, Default)]
pub struct Record {
    /// Requests, oldest first.
    pub asked: VecDeque<Asked>,
    /// Connections, oldest first.
    pub connections: VecDeque<Connection>,
    /// What no client should have asked, and how it was no form.
    pub violations: Vec<String>,
    /// Counts.
    pub stats: Stats,
}

impl Record {
    /// Remembers one request.
    pub fn push(&mut self, page: &str, asked: Asked) {
        self.stats.requests += 1;
        *self.stats.pages.entry(page.trim_start_matches("data/").to_owned()).or_default() += 1;
        if let Some(connection) = self.connection(asked.peer) {
            connection.requests += 1;
        }
        if self.asked.len() >= MOST {
            self.asked.pop_front();
        }
        self.asked.push_back(asked);
    }

    /// Remembers what no client should do.
    pub fn violation(&mut self, text: String) {
        if self.violations.len() < MOST {
            self.violations.push(text);
        }
    }

    /// Somebody has connected.
    pub fn connected(&mut self, peer: SocketAddr) {
        self.stats.connections += 1;
        self.stats.connections_open += 1;
        self.stats.most_connections = self.stats.most_connections.max(self.stats.connections_open);
        if self.connections.len() >= MOST {
            self.connections.pop_front();
        }
        self.connections.push_back(Connection {
            peer,
            handshake: None,
            application_bytes: 0,
            requests: 0,
            open: true,
        });
    }

    /// A handshake has ended.
    pub fn shook_hands(&mut self, peer: SocketAddr, outcome: Result<String, String>) {
        *(if outcome.is_ok() { &mut self.stats.handshakes } else { &mut self.stats.failed_handshakes }) += 1;
        if let Some(connection) = self.connection(peer) {
            connection.handshake = Some(outcome);
        }
    }

    /// Bytes have come.
    pub fn heard(&mut self, peer: SocketAddr, bytes: usize) {
        self.stats.application_bytes += bytes as u64;
        if let Some(connection) = self.connection(peer) {
            connection.application_bytes += bytes;
        }
    }

    /// A connection has ended.
    pub fn gone(&mut self, peer: SocketAddr) {
        self.stats.connections_open = self.stats.connections_open.saturating_sub(1);
        if let Some(connection) = self.connection(peer) {
            connection.open = false;
        }
    }

    /// Forgets what was, and counts from 0; what is open stays open.
    pub fn clear(&mut self) {
        let open = self.stats.connections_open;
        let sessions = self.stats.sessions_open;
        *self = Self {
            connections: self.connections.drain(..).filter(|connection| connection.open).collect(),
            stats: Stats {
                connections_open: open,
                most_connections: open,
                sessions_open: sessions,
                most_sessions: sessions,
                ..Stats::default()
            },
            ..Self::default()
        };
    }

    /// The latest connection of this peer.
    fn connection(&mut self, peer: SocketAddr) -> Option<&mut Connection> {
        self.connections.iter_mut().rev().find(|connection| connection.peer == peer)
    }
}
