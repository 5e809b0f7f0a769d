//! The box's two ports, and who stands at them.
//!
//! Deliberately does not answer: see `desk`.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::desk::Core;
use crate::faults::Kind;
use crate::http::reply::Reply;
use crate::http::request::Request;
use crate::http::{Greeting, Server, Site};
use crate::tls::{Authority, Leaf};

/// One box with its ports.
pub struct Shared {
    /// Held while an answer is made, never while it is written.
    pub core: Mutex<Core>,
    /// Empty once the box is stopped: a server knows its site, which knows us. Held while ports are opened and closed.
    pub ports: Mutex<Ports>,
    pub authority: Authority,
    in_flight: AtomicU32,
}

/// Its servers.
#[derive(Default)]
pub struct Ports {
    pub http: Option<Server>,
    pub https: Option<Server>,
}

impl Shared {
    /// Without ports.
    pub fn new(core: Core, authority: Authority) -> Self {
        let (core, ports) = (Mutex::new(core), Mutex::default());
        Self { core, ports, authority, in_flight: AtomicU32::new(0) }
    }

    pub fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn ports(&self) -> MutexGuard<'_, Ports> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses connections at both ports for so long, of real time.
    pub fn refuse(&self, time: Duration) {
        let ports = self.ports();
        ports.http.iter().chain(&ports.https).for_each(|server| server.refuse(time));
    }

    /// Listens for plain HTTP.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn listen_http(self: &Arc<Self>, address: SocketAddr) -> Result<(), String> {
        let server = start(address, Entrance::Plain(Arc::clone(self)))?;
        self.ports().http = Some(server);
        Ok(())
    }

    /// Listens for TLS, at this address and nowhere else any more.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn listen_https(self: &Arc<Self>, address: SocketAddr) -> Result<SocketAddr, String> {
        let server = start(address, Entrance::Tls(Arc::clone(self)))?;
        let address = server.address();
        let old = self.ports().https.replace(server);
        drop(old);
        let mut core = self.core();
        core.https_port = Some(address.port());
        core.world.set_https_port(address.port());
        Ok(address)
    }
}

fn start(address: SocketAddr, entrance: Entrance) -> Result<Server, String> {
    Server::start(address, Arc::new(entrance)).map_err(|error| format!("listening at {address}: {error}"))
}

enum Entrance {
    Plain(Arc<Shared>),
    Tls(Arc<Shared>),
}

impl Entrance {
    fn shared(&self) -> &Shared {
        match self {
            Self::Plain(shared) | Self::Tls(shared) => shared,
        }
    }
}

impl Site for Entrance {
    fn greeting(&self) -> Greeting {
        let Self::Tls(shared) = self else { return Greeting::Plain };
        let mut core = shared.core();
        core.tick();
        core.record.counters.handshakes += 1;
        let now = core.elapsed;
        let faults = core.faults.of_handshake(now);
        drop(core);
        let leaf = faults.iter().rev().find_map(|kind| match kind {
            Kind::Tls(leaf) => Some(*leaf),
            _ => None,
        });
        // The only leaf without a certificate is the one of old TLS; all others were made before or can be.
        shared.authority.config(leaf.unwrap_or(Leaf::Good)).map_or(Greeting::OldTls, Greeting::Tls)
    }

    fn answer(&self, request: &Request) -> Reply {
        let shared = self.shared();
        let concurrent = shared.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        let (reply, refuse) = shared.core().respond(request, concurrent);
        if let Some(time) = refuse {
            shared.refuse(time);
        }
        reply
    }

    fn answered(&self) {
        self.shared().in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
