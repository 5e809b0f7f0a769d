//! What a test may do to a modem: play its other user, break it, let time pass, and read what it was asked.
//!
//! Deliberately not reachable through the modem's own port.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use super::fault::{self, Trouble};
use super::ports::Shared;
use super::record::{Asked, Connection, Stats};
use super::session::{Holder, Rules};
use super::tls::Identity;
use super::world::World;
use crate::faults::Fault;

/// The levers of one modem. Clones move the same modem.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    /// The levers of this modem.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Where the modem listens.
    pub fn address(&self) -> SocketAddr {
        let nowhere = (Ipv4Addr::UNSPECIFIED, 0).into();
        self.shared.server().as_ref().map_or(nowhere, |server| server.address())
    }

    /// A fault as text: see [`fault::read`]. What is not about a page happens now.
    ///
    /// # Errors
    /// When the text is no fault, or cannot happen to this modem.
    pub fn fault(&self, text: &str) -> Result<(), String> {
        let read = fault::read(text)?;
        match read.now {
            true => self.happen(&read.fault.kind),
            false => {
                self.inject(read.fault);
                Ok(())
            }
        }
    }

    /// A fault from now on, at the pages that fit.
    pub fn inject(&self, fault: Fault<Trouble>) {
        let mut core = self.shared.core();
        core.tick();
        let now = core.elapsed;
        core.faults.inject(fault, now);
    }

    /// Something happens to the modem now.
    ///
    /// # Errors
    /// When it cannot happen to this modem.
    pub fn happen(&self, trouble: &Trouble) -> Result<(), String> {
        let mut core = self.shared.core();
        core.tick();
        let effect = core.happen(trouble);
        drop(core);
        effect.map_or(Ok(()), |effect| self.shared.follow(effect))
    }

    /// No faults any more: it listens, shows its own certificate, locks nobody out, and no browser is logged in.
    pub fn clear_faults(&self) {
        let mut core = self.shared.core();
        core.faults.clear();
        core.sessions.unlock();
        drop(core);
        self.release();
        if let Some(mut tls) = self.shared.tls() {
            // It was made from the same key before.
            let _ = tls.restore();
        }
        self.open();
    }

    /// The faults in force.
    pub fn faults(&self) -> Vec<Fault<Trouble>> {
        self.shared.core().faults.list().cloned().collect()
    }

    /// Somebody's browser has the session, whoever had it.
    pub fn busy(&self) {
        let mut core = self.shared.core();
        core.tick();
        let now = core.elapsed;
        core.sessions.take_over(now);
        core.count();
    }

    /// That browser logs out; whether there was one.
    pub fn release(&self) -> bool {
        let mut core = self.shared.core();
        core.tick();
        let now = core.elapsed;
        let browser = core.sessions.holder(now) == Some(&Holder::Browser);
        if browser {
            core.sessions.end();
        }
        browser
    }

    /// Ends whatever session there is.
    pub fn end_session(&self) {
        let mut core = self.shared.core();
        core.sessions.end();
        core.count();
    }

    /// Who holds the session.
    pub fn holder(&self) -> Option<Holder> {
        let mut core = self.shared.core();
        core.tick();
        let now = core.elapsed;
        core.sessions.holder(now).cloned()
    }

    /// Another name and password from now on; who is logged in stays it.
    pub fn credentials(&self, user: &str, password: &str) {
        self.shared.core().sessions.set_credentials(user, password);
    }

    /// Changes how log-ins work.
    pub fn rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.shared.core().sessions.rules);
    }

    /// Ends a lock, and forgets failures.
    pub fn unlock(&self) {
        self.shared.core().sessions.unlock();
    }

    /// Refuses connections for so long of real time, then all begins anew.
    pub fn reboot(&self, time: Duration) {
        // Only certificates can fail.
        let _ = self.happen(&Trouble::Reboot(time));
    }

    /// Refuses connections for so long, of real time; it does when this returns.
    pub fn refuse(&self, time: Duration) {
        self.shared.refuse(time);
    }

    /// It listens; it does when this returns.
    pub fn open(&self) {
        if let Some(server) = self.shared.server().as_ref() {
            server.open();
        }
    }

    /// Closes all connections.
    pub fn hang_up(&self) {
        if let Some(server) = self.shared.server().as_ref() {
            server.hang_up();
        }
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

    /// Whether pages take as long as a modem's.
    pub fn latency(&self, latency: bool) {
        self.shared.core().latency = latency;
    }

    /// The world itself, for a question or a change.
    pub fn world<T>(&self, with: impl FnOnce(&mut World) -> T) -> T {
        let mut core = self.shared.core();
        core.tick();
        with(&mut core.world)
    }

    /// The key and certificate shown now; none without TLS.
    pub fn identity(&self) -> Option<Identity> {
        self.shared.tls().map(|tls| tls.shown.clone())
    }

    /// What was asked, oldest first.
    pub fn requests(&self) -> Vec<Asked> {
        self.shared.core().record.asked.iter().cloned().collect()
    }

    /// All connections, oldest first.
    pub fn connections(&self) -> Vec<Connection> {
        self.shared.core().record.connections.iter().cloned().collect()
    }

    /// What no client should have asked, and how it was no form.
    pub fn violations(&self) -> Vec<String> {
        self.shared.core().record.violations.clone()
    }

    /// How often what happened.
    pub fn stats(&self) -> Stats {
        let mut core = self.shared.core();
        core.tick();
        core.count();
        core.record.stats.clone()
    }

    /// Forgets what was asked, and counts from 0; what is open stays open.
    pub fn clear_log(&self) {
        self.shared.core().record.clear();
    }
}
