//! A simulated cable modem of Hitron's: one port, one session, old TLS, and levers for tests.
//!
//! In reading order: [`world`] is what the modem knows, [`session`] who is logged in, `desk` which request gets which
//! answer, [`fault`] what can go wrong and `spoil` what that does to answers, [`tls`] how it speaks, `ports` where it
//! goes out; [`control`] is what a test may do, [`record`] what it can see, and `levers` the same over HTTP.
//!
//! Deliberately only two of the families of modems: those with `/data/*.asp` that are asked with one log-in or none.

pub mod control;
mod desk;
pub mod fault;
mod form;
mod levers;
mod ports;
pub mod record;
pub mod session;
mod spoil;
pub mod tls;
pub mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use control::Control;
use desk::Core;
use ports::{Shared, Tls};
use record::Record;
use session::{Rules, Sessions};
use tls::{Identity, TlsOptions};
use world::{Wear, World};

use crate::faults::Faults;
use crate::http::Server;
use crate::pace;

/// A simulated modem.
pub struct Modem;

/// Which modem, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// One of [`world::PROFILES`].
    pub profile: String,
    /// What its session identifiers follow from; keys are new at each start.
    pub seed: u64,
    /// Where it listens; port 0 is any.
    pub listen: SocketAddr,
    /// Whether it speaks TLS.
    pub https: bool,
    /// Where [`Control`] can be had over HTTP, if it can.
    pub control: Option<SocketAddr>,
    /// Who may log in.
    pub user: String,
    /// With which password.
    pub password: String,
    /// What the session's cookie is called: `session` and `sessionindex` were seen.
    pub cookie: String,
    /// How log-ins work.
    pub rules: Rules,
    /// How a CODA-56 wears out.
    pub wear: Wear,
    /// Simulated seconds in a real one; 0 stops the clock.
    pub speed: f64,
    /// Whether pages take as long as a modem's.
    pub latency: bool,
    /// Whether a connection waits, unheard, until the one before it has ended.
    pub one_connection: bool,
    /// What its TLS is like.
    pub tls: TlsOptions,
}

impl Default for Options {
    /// A CGNV4 at a free port of the loopback, which answers at once and whose clock stands still.
    fn default() -> Self {
        Self {
            profile: "cgnv4".to_owned(),
            seed: 1,
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            https: true,
            control: None,
            user: "admin".to_owned(),
            password: "hunter2".to_owned(),
            cookie: "session".to_owned(),
            rules: Rules::default(),
            wear: Wear::default(),
            speed: 0.0,
            latency: false,
            one_connection: false,
            tls: TlsOptions::default(),
        }
    }
}

/// A modem that runs until this is dropped.
pub struct Running {
    /// Its levers.
    pub control: Control,
    shared: Arc<Shared>,
    levers: Option<Server>,
}

impl Modem {
    /// Starts a modem.
    ///
    /// # Errors
    /// When there is no such profile, its TLS cannot be had, or an address cannot.
    pub fn start(options: Options) -> Result<Running, String> {
        let core = Core {
            world: World::new(&options.profile, options.wear)?,
            sessions: Sessions::new(&options.user, &options.password, options.rules, options.seed),
            faults: Faults::new(options.seed),
            record: Record::default(),
            cookie: options.cookie,
            speed: options.speed,
            latency: options.latency,
            elapsed: Duration::ZERO,
            last: pace::now(),
        };
        let tls = if options.https { Some(Tls::new(options.tls)?) } else { None };
        let shared = Arc::new(Shared::new(core, tls, options.one_connection));
        let control = Control::new(Arc::clone(&shared));
        // From here on dropping it frees the ports, if one of them cannot be had.
        let mut running = Running { control: control.clone(), shared: Arc::clone(&shared), levers: None };
        shared.listen(options.listen)?;
        if let Some(address) = options.control {
            running.levers = Some(levers::listen(address, control)?);
        }
        Ok(running)
    }
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.control.address()
    }

    /// Where its levers are, if they can be had over HTTP.
    pub fn control_address(&self) -> Option<SocketAddr> {
        self.levers.as_ref().map(Server::address)
    }

    /// The key and certificate that it shows now; none without TLS.
    pub fn identity(&self) -> Option<Identity> {
        self.control.identity()
    }

    /// The certificate that it shows now, in DER; empty without TLS.
    pub fn certificate_der(&self) -> Vec<u8> {
        self.identity().map(|identity| identity.certificate_der()).unwrap_or_default()
    }

    /// SHA-256 over [`Running::certificate_der`], 64 digits; empty without TLS.
    pub fn sha256(&self) -> String {
        self.identity().map(|identity| identity.sha256()).unwrap_or_default()
    }

    /// SHA-1 over [`Running::certificate_der`], 40 digits; empty without TLS.
    pub fn sha1(&self) -> String {
        self.identity().map(|identity| identity.sha1()).unwrap_or_default()
    }

    /// MD5 over [`Running::certificate_der`], 32 digits; empty without TLS.
    pub fn md5(&self) -> String {
        self.identity().map(|identity| identity.md5()).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.levers = None;
        let server = self.shared.server().take();
        drop(server);
    }
}

#[cfg(test)]
mod tests;
