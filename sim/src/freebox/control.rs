//! What a test may do to a box: play its user, break it, let time pass, and read what it was asked.
//!
//! Deliberately not reachable through the box's own ports.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::auth::{Rules, Status};
use super::envelope::Empty;
use super::ports::Shared;
use super::record::{Counters, Entry, Record};
use super::world::{Permissions, World};
use crate::faults::Fault;

/// The levers of one box. Clones move the same box.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
    restart: Restart,
}

/// How a box restarts; both are simulated time, and nothing published says how long it takes.
#[derive(Clone, Copy, Debug)]
pub struct Restart {
    /// How long it refuses connections.
    pub refuses: Duration,
    /// How long its web server then answers for a program that is not there yet.
    pub boots: Duration,
}

impl Control {
    /// The levers of this box.
    pub(super) fn new(shared: Arc<Shared>, restart: Restart) -> Self {
        Self { shared, restart }
    }

    /// Where the box listens for plain HTTP.
    pub fn http_address(&self) -> SocketAddr {
        let nowhere = (Ipv4Addr::UNSPECIFIED, 0).into();
        self.shared.ports().http.as_ref().map_or(nowhere, |server| server.address())
    }

    /// Where the box listens for TLS, if it does.
    pub fn https_address(&self) -> Option<SocketAddr> {
        self.shared.ports().https.as_ref().map(|server| server.address())
    }

    /// The user agrees to what the box asks now; whether it asked.
    pub fn grant(&self) -> bool {
        self.decide(None, Status::Granted)
    }

    /// The user refuses what the box asks now; whether it asked.
    pub fn deny(&self) -> bool {
        self.decide(None, Status::Denied)
    }

    /// The user lets the question pass; whether there was one.
    pub fn time_out(&self) -> bool {
        self.decide(None, Status::Timeout)
    }

    /// Decides about a registration, whatever was decided before, and the latest pending one if none is named.
    pub fn decide(&self, track_id: Option<u64>, status: Status) -> bool {
        self.shared.core().auth.decide(track_id, status)
    }

    /// All registrations: `track_id`, `app_id`, status.
    pub fn registrations(&self) -> Vec<(u64, String, Status)> {
        self.shared.core().auth.registrations()
    }

    /// Knows an application as if it had been granted long ago; gives its `track_id`.
    pub fn preseed(&self, app_id: &str, token: &str) -> u64 {
        let mut core = self.shared.core();
        let now = core.elapsed;
        core.auth.preseed(app_id, token, now)
    }

    /// Revokes an application's tokens and ends its sessions; whether there were any tokens.
    pub fn revoke(&self, app_id: &str) -> bool {
        self.shared.core().auth.revoke(app_id)
    }

    /// What all applications may do; ends their sessions.
    pub fn permit(&self, permissions: Permissions) {
        self.shared.core().auth.permit_all(permissions);
    }

    /// Changes the rules of access.
    pub fn rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.shared.core().auth.rules);
    }

    /// Ends all sessions.
    pub fn expire_sessions(&self) {
        self.shared.core().auth.expire();
    }

    /// Makes the challenge stale that clients know.
    pub fn rotate_challenge(&self) {
        let mut core = self.shared.core();
        let now = core.elapsed;
        core.auth.rotate(now);
    }

    /// A fault from now on, as text: see [`Fault`].
    ///
    /// # Errors
    /// When the text is no fault.
    pub fn fault(&self, text: &str) -> Result<(), String> {
        self.inject(text.parse()?);
        Ok(())
    }

    /// A fault from now on.
    pub fn inject(&self, fault: Fault) {
        let mut core = self.shared.core();
        core.tick();
        let now = core.elapsed;
        core.faults.inject(fault, now);
    }

    /// No faults any more, no refusals and no restart going on.
    pub fn clear_faults(&self) {
        self.shared.core().faults.clear();
        self.open();
    }

    /// The faults in force.
    pub fn faults(&self) -> Vec<Fault> {
        self.shared.core().faults.list().cloned().collect()
    }

    /// Something happens to the box or in its house. `reboot` and `box-replaced` end all sessions, too; a box that
    /// restarts refuses connections for a while, and a replaced one knows no application.
    ///
    /// # Errors
    /// When the world knows no such event.
    pub fn event(&self, event: &str) -> Result<(), String> {
        let mut core = self.shared.core();
        core.tick();
        core.world.event(event)?;
        let now = core.elapsed;
        match event {
            "box-replaced" => core.auth.forget(now),
            "reboot" => {
                core.auth.reboot(now);
                core.booting_until = now + self.restart.refuses + self.restart.boots;
                let speed = if core.speed > 0.0 { core.speed } else { 1.0 };
                drop(core);
                self.refuse(self.restart.refuses.div_f64(speed));
            }
            _ => {}
        }
        Ok(())
    }

    /// The box refuses connections for so long, of real time; it does when this returns.
    pub fn refuse(&self, time: Duration) {
        self.shared.refuse(time);
    }

    /// The box listens and is started; it does and is when this returns.
    pub fn open(&self) {
        self.shared.core().booting_until = Duration::ZERO;
        let ports = self.shared.ports();
        ports.http.iter().chain(&ports.https).for_each(|server| server.open());
    }

    /// Closes all connections.
    pub fn hang_up(&self) {
        let ports = self.shared.ports();
        ports.http.iter().chain(&ports.https).for_each(|server| server.hang_up());
    }

    /// Lets simulated time pass.
    pub fn advance(&self, by: Duration) {
        let mut core = self.shared.core();
        core.tick();
        core.pass(by);
    }

    /// How many simulated seconds a real one has; 0 stops the clock.
    pub fn speed(&self, factor: f64) {
        let mut core = self.shared.core();
        core.tick();
        core.speed = factor.max(0.0);
    }

    /// What the box's calendar says, in seconds since 1970.
    pub fn now(&self) -> u64 {
        let mut core = self.shared.core();
        core.tick();
        core.world.now()
    }

    /// The version that the box offers, and the oldest that it still serves.
    pub fn api_version(&self, major: u32, minor: u32, oldest: u32) {
        let mut core = self.shared.core();
        core.api_version = Some((major, minor));
        core.oldest_major = oldest;
    }

    /// The name that the box has in the DNS.
    pub fn api_domain(&self, domain: &str) {
        self.shared.core().api_domain = Some(domain.to_owned());
    }

    /// Moves TLS to another port (0 is any) and closes the old one.
    ///
    /// # Errors
    /// When the port cannot be had, or the box has no TLS.
    pub fn move_https(&self, port: u16) -> Result<SocketAddr, String> {
        let now = self.https_address().ok_or("this box has no port for TLS")?;
        self.shared.listen_https((now.ip(), port).into())
    }

    /// How empty lists look.
    pub fn empty_lists(&self, look: Empty) {
        self.shared.core().empty = look;
    }

    /// Another box at the same ports, with the same applications.
    ///
    /// # Errors
    /// When there is no such profile.
    pub fn profile(&self, profile: &str, seed: u64) -> Result<(), String> {
        let mut world = World::new(profile, seed)?;
        let mut core = self.shared.core();
        core.tick();
        core.https_port.into_iter().for_each(|port| world.set_https_port(port));
        core.world = world;
        Ok(())
    }

    /// The world itself, for a question or a change.
    pub fn world<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        let mut core = self.shared.core();
        core.tick();
        with(&mut core.world)
    }

    /// What was asked, oldest first.
    pub fn log(&self) -> Vec<Entry> {
        self.shared.core().record.entries.iter().cloned().collect()
    }

    /// How often what was asked.
    pub fn counters(&self) -> Counters {
        self.shared.core().record.counters
    }

    /// Forgets what was asked, and counts from 0.
    pub fn clear_log(&self) {
        self.shared.core().record = Record::default();
    }

    /// The roots that sign the box's certificates, as PEM.
    pub fn ca_pem(&self) -> String {
        self.shared.authority.pem()
    }
}
