//! The modem's port, and who stands at it.
//!
//! Deliberately does not answer: see `desk`.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openssl::ssl::SslContext;

use super::desk::{Core, Effect};
use super::fault::Trouble;
use super::tls::{Identity, TlsOptions};
use crate::http::reply::{After, Reply};
use crate::http::request::Request;
use crate::http::stop::Stop;
use crate::http::{Greeting, Server, Site};

/// One modem with its port.
pub struct Shared {
    /// Held while an answer is made, never while it is written.
    pub core: Mutex<Core>,
    /// Empty once the modem is stopped: a server knows its site, which knows us. Held while the port opens and closes.
    pub server: Mutex<Option<Server>>,
    /// None if it speaks plain HTTP. Held for a moment only.
    pub tls: Option<Mutex<Tls>>,
    one_connection: bool,
    in_flight: AtomicU64,
}

/// What is shown to whoever connects.
pub struct Tls {
    options: TlsOptions,
    own: Identity,
    pub shown: Identity,
    context: SslContext,
}

impl Tls {
    /// Shows what the options say.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(options: TlsOptions) -> Result<Self, String> {
        let own = Identity::of(&options)?;
        let context = own.context(options.suite)?;
        Ok(Self { options, shown: own.clone(), own, context })
    }

    /// Shows something else.
    ///
    /// # Errors
    /// When it cannot be made.
    fn show(&mut self, identity: Identity) -> Result<(), String> {
        self.context = identity.context(self.options.suite)?;
        self.shown = identity;
        Ok(())
    }

    /// Shows another key and certificate.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn renew(&mut self) -> Result<(), String> {
        let identity = Identity::generate(&self.options)?;
        self.show(identity)
    }

    /// Shows the certificate with another key.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn lose_key(&mut self) -> Result<(), String> {
        let identity = Identity::stolen(&self.shown.certificate_der())?;
        self.show(identity)
    }

    /// Shows what it showed at first.
    ///
    /// # Errors
    /// When OpenSSL cannot do it any more.
    pub fn restore(&mut self) -> Result<(), String> {
        let own = self.own.clone();
        self.show(own)
    }
}

impl Shared {
    /// Without a port.
    pub fn new(core: Core, tls: Option<Tls>, one_connection: bool) -> Self {
        let (core, server, tls) = (Mutex::new(core), Mutex::default(), tls.map(Mutex::new));
        Self { core, server, tls, one_connection, in_flight: AtomicU64::new(0) }
    }

    pub fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn server(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn tls(&self) -> Option<MutexGuard<'_, Tls>> {
        self.tls.as_ref().map(|tls| tls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Listens.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn listen(self: &Arc<Self>, address: SocketAddr) -> Result<(), String> {
        let server = Server::start(address, Arc::new(Entrance(Arc::clone(self))));
        *self.server() = Some(server.map_err(|error| format!("listening at {address}: {error}"))?);
        Ok(())
    }

    /// Refuses connections for so long, of real time.
    pub fn refuse(&self, time: Duration) {
        if let Some(server) = self.server().as_ref() {
            server.refuse(time);
        }
    }

    /// Does what an answer leads to.
    ///
    /// # Errors
    /// When there is no TLS, or no certificate can be made.
    pub fn follow(&self, effect: Effect) -> Result<(), String> {
        let tls = || self.tls().ok_or("this modem has no TLS");
        match effect {
            Effect::Refuse(time) => self.refuse(time),
            Effect::NewCertificate => tls()?.renew()?,
            Effect::OtherKey => tls()?.lose_key()?,
        }
        Ok(())
    }
}

struct Entrance(Arc<Shared>);

impl Site for Entrance {
    fn greeting(&self) -> Greeting {
        let mut core = self.0.core();
        core.tick();
        let now = core.elapsed;
        if !core.faults.take("connection", now, |trouble| *trouble == Trouble::Silence).is_empty() {
            return Greeting::Raw;
        }
        drop(core);
        match self.0.tls() {
            Some(tls) => Greeting::OpenSsl(tls.context.clone()),
            None => Greeting::Plain,
        }
    }

    fn converse(&self, _stream: &TcpStream, _stop: &Stop) -> io::Result<After> {
        Ok(After::Silence)
    }

    fn connected(&self, stream: &TcpStream) {
        if let Ok(peer) = stream.peer_addr() {
            self.0.core().record.connected(peer);
        }
    }

    fn shook_hands(&self, peer: SocketAddr, outcome: Result<String, String>) {
        self.0.core().record.shook_hands(peer, outcome);
    }

    fn heard(&self, peer: SocketAddr, bytes: usize) {
        self.0.core().record.heard(peer, bytes);
    }

    fn gone(&self, peer: SocketAddr) {
        self.0.core().record.gone(peer);
    }

    fn one_at_a_time(&self) -> bool {
        self.0.one_connection
    }

    fn answer(&self, request: &Request) -> Reply {
        let concurrent = self.0.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        let mut core = self.0.core();
        let stats = &mut core.record.stats;
        stats.most_concurrent = stats.most_concurrent.max(concurrent);
        let (reply, effects) = core.respond(request);
        drop(core);
        for effect in effects {
            if let Err(error) = self.0.follow(effect) {
                self.0.core().record.violation(format!("the modem itself failed: {error}"));
            }
        }
        reply
    }

    fn answered(&self) {
        self.0.in_flight.fetch_sub(1, Ordering::SeqCst);
    }
}
