//! A simulated Freebox: two ports, strict as a real one, and levers for tests.
//!
//! In reading order: [`world`] is what the box knows, [`auth`] who may ask, `desk` which request gets which answer,
//! `spoil` how faults spoil it, `ports` where it goes out; [`control`] is what a test may do, and `levers` the same
//! over HTTP.
//!
//! Deliberately says nothing over mDNS: a test of that must not be heard by the network that the machine is in.

pub mod auth;
pub mod control;
mod desk;
pub mod envelope;
mod levers;
mod ports;
pub mod record;
mod spoil;
mod target;
pub mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use auth::{Auth, Rules};
use control::{Control, Restart};
use desk::Core;
use envelope::Empty;
use ports::{Ports, Shared};
use record::Record;
use world::{Permissions, World};

use crate::dice::Dice;
use crate::faults::Faults;
use crate::http::Server;
use crate::pace;
use crate::tls::{Authority, Leaf};

/// A simulated box.
pub struct Box;

/// Which box, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// One of [`World::profiles`].
    pub profile: String,
    /// What everything follows from.
    pub seed: u64,
    /// Where it listens for plain HTTP; port 0 is any.
    pub http: SocketAddr,
    /// Where it listens for TLS, if it does.
    pub https: Option<SocketAddr>,
    /// Where [`Control`] can be had over HTTP, if it can.
    pub control: Option<SocketAddr>,
    /// Applications that were granted long ago: `app_id` and token.
    pub tokens: Vec<(String, String)>,
    /// How access works.
    pub rules: Rules,
    /// How a restart goes.
    pub restart: Restart,
    /// Simulated seconds in a real one; 0 stops the clock.
    pub speed: f64,
    /// Whether answers take as long as a box takes.
    pub latency: bool,
    /// How empty lists look.
    pub empty: Empty,
}

impl Default for Options {
    /// An Ultra at free ports of the loopback, which knows nobody, answers at once, and lives as fast as we do.
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            profile: "ultra".to_owned(),
            seed: 1,
            http: anywhere,
            https: Some(anywhere),
            control: None,
            tokens: Vec::new(),
            rules: Rules {
                session_ttl: Duration::from_secs(3600),
                idle: true,
                most_sessions: 32,
                challenge_life: Duration::from_secs(60),
                failures: 5,
                limited: Duration::from_secs(60),
                prompt: Duration::from_secs(180),
                grant_after: None,
                // What a box grants to a new application by itself.
                permissions: Permissions {
                    calls: true,
                    explorer: true,
                    downloader: true,
                    pvr: true,
                    tv: true,
                    wdo: true,
                    player: true,
                    ..Permissions::default()
                },
            },
            restart: Restart { refuses: Duration::from_secs(30), boots: Duration::from_secs(5) },
            speed: 1.0,
            latency: false,
            empty: Empty::Missing,
        }
    }
}

/// A box that runs until this is dropped.
pub struct Running {
    /// Its levers.
    pub control: Control,
    shared: Arc<Shared>,
    levers: Option<Server>,
}

impl Box {
    /// Starts a box.
    ///
    /// # Errors
    /// When there is no such profile, or an address cannot be had.
    pub fn start(options: Options) -> Result<Running, String> {
        let world = World::new(&options.profile, options.seed)?;
        let domain = world.about().api_domain;
        let authority = Authority::new(&["localhost", "mafreebox.freebox.fr", "127.0.0.1", "::1", &domain])?;
        // What every connection needs shall not fail at the first one.
        authority.config(Leaf::Good)?;
        let mut auth = Auth::new(options.rules, options.seed);
        for (app_id, token) in &options.tokens {
            auth.preseed(app_id, token, Duration::ZERO);
        }
        let core = Core {
            world,
            auth,
            faults: Faults::new(options.seed),
            record: Record::default(),
            speed: options.speed,
            empty: options.empty,
            api_version: None,
            oldest_major: 1,
            api_domain: None,
            https_port: None,
            booting_until: Duration::ZERO,
            latency: options.latency.then(|| Dice::new(options.seed, 0x1a_7e)),
            elapsed: Duration::ZERO,
            last: pace::now(),
        };
        let shared = Arc::new(Shared::new(core, authority));
        let control = Control::new(Arc::clone(&shared), options.restart);
        // From here on dropping it frees the ports, if one of them cannot be had.
        let mut running = Running { control: control.clone(), shared: Arc::clone(&shared), levers: None };
        shared.listen_http(options.http)?;
        if let Some(address) = options.https {
            shared.listen_https(address)?;
        }
        if let Some(address) = options.control {
            running.levers = Some(levers::listen(address, control)?);
        }
        Ok(running)
    }
}

impl Running {
    /// Where it listens for plain HTTP.
    pub fn http_address(&self) -> SocketAddr {
        self.control.http_address()
    }

    /// Where it listens for TLS, if it does.
    pub fn https_address(&self) -> Option<SocketAddr> {
        self.control.https_address()
    }

    /// Where its levers are, if they can be had over HTTP.
    pub fn control_address(&self) -> Option<SocketAddr> {
        self.levers.as_ref().map(Server::address)
    }

    /// The roots that sign its certificates, as PEM.
    pub fn ca_pem(&self) -> String {
        self.control.ca_pem()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.levers = None;
        let ports: Ports = std::mem::take(&mut *self.shared.ports());
        drop(ports);
    }
}

#[cfg(test)]
mod tests;
