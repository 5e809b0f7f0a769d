//! What a simulated Freebox says, and why: one seeded world that moves, from which every body is read.
//!
//! In reading order: `profiles` is which boxes there are, `devices` who is at home, `wan` how the line is, this file
//! how time passes; then a file for each topic of the box's interface, `route` which path is which topic, `events` what
//! may happen to the box, and [`truth`] what was meant, for tests.
//!
//! Deliberately no server, no session, no clock of its own and no latency: who serves the world has those.

mod about;
mod connection;
mod curve;
mod devices;
mod dhcp;
mod events;
mod json;
mod lan;
mod lte;
mod plugs;
mod profiles;
mod reply;
mod route;
mod storage;
mod switch;
mod system;
pub mod truth;
mod vpn;
mod wan;
mod wifi;

use std::time::Duration;

pub use about::About;
use devices::{Device, Joint};
use profiles::{Cellular, Line, Profile, Role};
pub use reply::{Permissions, Reply};
use wan::Wan;

use crate::dice::{Dice, scatter};
use crate::house::{House, Uplink};

/// A moment, in milliseconds since the world began; what happened before is negative.
type Millis = i64;
const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
/// When the world begins, in seconds since 1970, unless [`World::set_clock`] says otherwise.
const BEGINNING: u64 = 1_760_000_000;

/// One box with everything around it. The same profile, seed, steps and events give the same world.
#[derive(Clone, Debug)]
pub struct World {
    profile: &'static Profile,
    bridge: bool,
    seed: u64,
    /// How often it was replaced by another box.
    replaced: u64,
    now: Millis,
    /// What is left of steps below a millisecond.
    leftover: Duration,
    /// What the box's calendar says at moment 0, in seconds since 1970.
    epoch: i64,
    booted: Millis,
    uplink: Uplink,
    devices: Vec<Device>,
    /// Bytes sent to the box and by the box, in the order of the profile's ports.
    ports: Vec<(f64, f64)>,
    wan: Wan,
    air: wifi::Air,
    oddities: Oddities,
    firmware: &'static str,
    update_since: Option<Millis>,
    api: (u32, u32),
    https_port: u16,
}

/// What is odd at the moment because somebody wants to see what breaks.
#[derive(Clone, Debug, Default)]
struct Oddities {
    stations_without_host: bool,
    sensors_without_value: bool,
    hostile_names: bool,
    no_power_report: bool,
    bogus_snr: bool,
    wrapping_counters: bool,
    disk_removed: bool,
    /// How many hosts the list of hosts has at least.
    hosts: usize,
}

impl World {
    /// The box of that profile in the house of that seed.
    ///
    /// # Errors
    ///
    /// When there is no such profile; the text lists them.
    pub fn new(profile: &str, seed: u64) -> Result<Self, String> {
        let (profile, bridge) = profiles::find(profile)?;
        let house = House::new(seed, profile.hosts);
        let mut dice = Dice::new(seed, 0x4658);
        let booted = -(dice.between(900_000, 1_200_000) as Millis) * SECOND;
        let capacity = Self::capacity(profile);
        // A home uses a small part of its line; together the waves at most double it.
        let down = (capacity.0 as f64 / 8.0 * 0.15).min(4e6);
        let up = (capacity.1 as f64 / 8.0 * 0.15).min(4e5);
        let connected = booted + dice.between(60, 300_000) as Millis * SECOND;
        let mut world = Self {
            profile,
            bridge,
            seed,
            replaced: 0,
            now: 0,
            leftover: Duration::ZERO,
            epoch: BEGINNING as i64,
            booted,
            uplink: house.uplink,
            devices: devices::cast(profile, &house, down, up),
            ports: vec![(0.0, 0.0); profile.ports.len()],
            wan: Wan::new(connected, profile.cellular == Cellular::Aggregation),
            air: wifi::Air::new(profile),
            oddities: Oddities::default(),
            firmware: profile.firmware,
            update_since: None,
            api: profile.api,
            https_port: 47_311,
        };
        world.attach();
        world.remember(connected);
        Ok(world)
    }

    /// The names that [`World::new`] takes.
    pub fn profiles() -> &'static [&'static str] {
        &profiles::NAMES
    }

    /// Lets time pass. However it is cut into steps, the same happens.
    pub fn advance(&mut self, by: Duration) {
        let by = by + self.leftover;
        // A step of more than 292 million years is none that anybody takes.
        let whole = Millis::try_from(by.as_millis()).unwrap_or(0);
        self.leftover = Duration::from_nanos(u64::from(by.subsec_nanos() % 1_000_000));
        let end = self.now + whole;
        while self.now < end {
            let next = self.next_change().unwrap_or(end).clamp(self.now + 1, end);
            self.flow(next);
            self.now = next;
            self.settle();
        }
    }

    /// What the box's calendar says, in seconds since 1970.
    pub fn now(&self) -> u64 {
        self.calendar(self.now)
    }

    /// Sets the box's calendar to so many seconds since 1970; everything the box remembers moves along.
    pub fn set_clock(&mut self, now: u64) {
        self.epoch = now as i64 - self.now / SECOND;
    }

    /// Tells the world at which port its server listens for HTTPS, so that the box can say it.
    pub fn set_https_port(&mut self, port: u16) {
        self.https_port = port;
    }

    /// A moment as the box's calendar says it.
    fn calendar(&self, moment: Millis) -> u64 {
        u64::try_from(self.epoch + moment.div_euclid(SECOND)).unwrap_or(0)
    }

    /// Whole seconds that passed since a moment.
    fn seconds_since(&self, moment: Millis) -> u64 {
        u64::try_from((self.now - moment) / SECOND).unwrap_or(0)
    }

    /// Bits per second down and up, of the line itself.
    fn capacity(profile: &Profile) -> (u64, u64) {
        match &profile.line {
            Line::Dsl(dsl) => (dsl.down.rate * 1_000, dsl.up.rate * 1_000),
            Line::Fibre(fibre) => (fibre.down, fibre.up),
        }
    }

    fn next_change(&self) -> Option<Millis> {
        let devices = self.devices.iter().filter_map(|device| device.next);
        devices.chain(self.wan.next()).chain(self.air.next(self.now)).filter(|next| *next > self.now).min()
    }

    /// Lets everything happen that is due.
    fn settle(&mut self) {
        self.wan.settle(self.profile, self.now);
        for device in &mut self.devices {
            device.turn(self.now);
        }
        self.attach();
    }

    /// Attaches everybody whose port or radio works.
    fn attach(&mut self) {
        for index in 0..self.devices.len() {
            let works = !self.bridge
                && match self.devices[index].joint {
                    Joint::Port(_) => true,
                    Joint::Radio(id) => self.air.works(self.profile, id, self.now),
                };
            self.devices[index].attach(works, self.now);
        }
    }

    /// Counts what flows until then, while nothing else changes.
    fn flow(&mut self, until: Millis) {
        let share = self.share();
        for device in &mut self.devices {
            // Behind a bridge the box does not see who is at home, but somebody uses the line.
            let on_line = if self.bridge { device.present } else { device.since.is_some() };
            if !on_line {
                continue;
            }
            let (down, up) = (device.down.between(self.now, until), device.up.between(self.now, until));
            self.wan.down += down * share;
            self.wan.up += up * share;
            let through = if self.bridge { share } else { share + device.local };
            if !self.bridge {
                device.rx += up * through;
                device.tx += down * through;
            }
            let port = self.profile.ports.iter().position(|port| match device.joint {
                _ if self.bridge => port.role == Role::Rest,
                Joint::Port(id) => port.id == id,
                Joint::Radio(_) => false,
            });
            if let Some((rx, tx)) = port.and_then(|port| self.ports.get_mut(port)) {
                *rx += up * through;
                *tx += down * through;
            }
        }
    }

    /// Gives counters what they must have counted before the world began.
    fn remember(&mut self, connected: Millis) {
        for device in &mut self.devices {
            if device.since.is_some() {
                let since = if matches!(device.joint, Joint::Port(_)) { self.booted } else { device.turned };
                device.since = Some(since);
                device.rx = device.up.between(since, 0) * (1.0 + device.local);
                device.tx = device.down.between(since, 0) * (1.0 + device.local);
            }
            let (down, up) = (device.down.between(connected, 0), device.up.between(connected, 0));
            self.wan.down += down * 0.8;
            self.wan.up += up * 0.8;
            let at = self.profile.ports.iter().position(|port| match self.bridge {
                true => port.role == Role::Rest,
                false => device.joint == Joint::Port(port.id),
            });
            if let Some((rx, tx)) = at.and_then(|port| self.ports.get_mut(port)) {
                *rx += device.up.between(self.booted, 0) * (0.8 + device.local);
                *tx += device.down.between(self.booted, 0) * (0.8 + device.local);
            }
        }
    }

    /// What the line carries at this moment, byte/s down and up.
    fn line_rates(&self) -> (f64, f64) {
        let share = self.share();
        let on_line = |device: &&Device| if self.bridge { device.present } else { device.since.is_some() };
        let rates = self.devices.iter().filter(on_line);
        let rates = rates.map(|device| (device.down.at(self.now) * share, device.up.at(self.now) * share));
        rates.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    /// A number that is always the same for this box and that purpose.
    fn fixed(&self, purpose: u64) -> u64 {
        scatter(self.seed ^ scatter(purpose ^ scatter(self.replaced)))
    }

    /// A small wave for what drifts by itself, between -1 and 1, with a period of so many seconds.
    fn drift(&self, purpose: u64, period: f64) -> f64 {
        let phase = (scatter(self.seed ^ purpose) % 6_283) as f64 / 1_000.0;
        (std::f64::consts::TAU * self.now as f64 / 1_000.0 / period + phase).sin()
    }
}

#[cfg(test)]
mod tests;
