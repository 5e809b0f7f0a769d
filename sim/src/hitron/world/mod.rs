//! What a modem knows and how it writes it: pages by name, as a clock moves them.
//!
//! Deliberately knows no sessions and no faults. Values that no published source shows are made up; addresses are from
//! the ranges for documentation.

mod cgnv4;
mod coda;
pub mod text;

use std::time::Duration;

/// Which modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A CGNV4-FX4 with 4.5.10.201-CD-UPC: one session, DOCSIS 3.0.
    Cgnv4,
    /// A CODA-56: no log-in, DOCSIS 3.1.
    CodaAsp,
}

/// What profiles are called.
pub const PROFILES: [&str; 2] = ["cgnv4", "coda-asp"];

/// How a CODA-56 wears out: its counters of OFDM receivers become zeros and then it restarts, as owners count it.
#[derive(Clone, Copy, Debug)]
pub struct Wear {
    /// After so many requests for `dsofdminfo` since the last restart, its counters are zeros.
    pub zeros_after: u32,
    /// At this one it restarts.
    pub reboots_at: u32,
    /// How long that takes, of real time.
    pub reboot: Duration,
}

impl Default for Wear {
    fn default() -> Self {
        Self { zeros_after: 200, reboots_at: 400, reboot: Duration::from_secs(60) }
    }
}

/// Sums of bytes that a modem counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// From the LAN.
    pub lan_received: u64,
    /// To the LAN.
    pub lan_sent: u64,
    /// From the cable.
    pub wan_received: u64,
    /// To the cable.
    pub wan_sent: u64,
}

/// One modem's knowledge.
#[derive(Clone, Debug)]
pub struct World {
    profile: Profile,
    /// Simulated time since the start.
    elapsed: Duration,
    /// When it last restarted, if it did since the start.
    restarted: Option<Duration>,
    /// Requests for `dsofdminfo` since it last restarted.
    worn: u32,
    /// How it wears out.
    pub wear: Wear,
}

impl World {
    /// A modem that has been running for a while.
    ///
    /// # Errors
    /// When there is no such profile.
    pub fn new(profile: &str, wear: Wear) -> Result<Self, String> {
        let profile = match profile {
            "cgnv4" => Profile::Cgnv4,
            "coda-asp" => Profile::CodaAsp,
            other => return Err(format!("`{other}` is no profile: there are {}", PROFILES.join(", "))),
        };
        Ok(Self { profile, elapsed: Duration::ZERO, restarted: None, worn: 0, wear })
    }

    /// Which modem.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Simulated time passes.
    pub fn advance(&mut self, by: Duration) {
        self.elapsed = self.elapsed.saturating_add(by);
    }

    /// It starts anew, and counts from 0.
    pub fn restart(&mut self) {
        self.restarted = Some(self.elapsed);
        self.worn = 0;
    }

    /// Notes a request for `dsofdminfo`; whether it was the one too many.
    pub fn wear_out(&mut self) -> bool {
        self.worn += 1;
        self.worn >= self.wear.reboots_at
    }

    /// Seconds since it started.
    pub fn uptime(&self) -> u64 {
        match self.restarted {
            Some(restarted) => self.elapsed.saturating_sub(restarted).as_secs(),
            None => self.first().uptime + self.elapsed.as_secs(),
        }
    }

    /// What its clock says, in seconds since 1970 as if there were no time zones.
    pub fn now(&self) -> u64 {
        text::FRIDAY + self.elapsed.as_secs()
    }

    /// The bytes that it has counted.
    pub fn traffic(&self) -> Traffic {
        let (first, rate) = (self.first().traffic, RATE);
        let sum = |first, rate| self.counted(first, rate);
        Traffic {
            lan_received: sum(first.lan_received, rate.lan_received),
            lan_sent: sum(first.lan_sent, rate.lan_sent),
            wan_received: sum(first.wan_received, rate.wan_received),
            wan_sent: sum(first.wan_sent, rate.wan_sent),
        }
    }

    /// What a page says, if there is such a page.
    pub fn page(&self, name: &str) -> Option<String> {
        match self.profile {
            Profile::Cgnv4 => cgnv4::page(self, name),
            Profile::CodaAsp => coda::page(self, name),
        }
    }

    /// A counter that stood here when we began to look, and grows by so much each second.
    fn counted(&self, first: u64, rate: u64) -> u64 {
        match self.restarted {
            Some(restarted) => rate * self.elapsed.saturating_sub(restarted).as_secs(),
            None => first + rate * self.elapsed.as_secs(),
        }
    }

    fn first(&self) -> First {
        match self.profile {
            Profile::Cgnv4 => cgnv4::FIRST,
            Profile::CodaAsp => coda::FIRST,
        }
    }

    fn zeros(&self) -> bool {
        self.worn > self.wear.zeros_after
    }
}

/// How it is when we begin to look.
#[derive(Clone, Copy)]
struct First {
    uptime: u64,
    traffic: Traffic,
}

/// Bytes in a second: what comes from the cable goes to the LAN, with a little for the modem itself.
const RATE: Traffic =
    Traffic { lan_received: 61_000, lan_sent: 251_000, wan_received: 262_000, wan_sent: 63_000 };
