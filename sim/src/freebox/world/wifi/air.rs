//! Whether each radio works: switched off, planned off, listening for radar, or on the air. Deliberately nobody's
//! stations.

use crate::freebox::world::profiles::{Profile, Radio};
use crate::freebox::world::{MINUTE, Millis, SECOND};

/// The state of all radios.
#[derive(Clone, Debug)]
pub struct Air {
    /// The user wants Wi-Fi.
    pub on: bool,
    /// The plan of the week wants none at the moment.
    pub planned_off: bool,
    /// The list of radios is empty although they work, as some firmwares have it.
    pub list_empty: bool,
    /// From when on each radio works, in the order of the profile.
    ready: Vec<Millis>,
}

impl Air {
    /// Everything works, for long.
    pub fn new(profile: &Profile) -> Self {
        let ready = vec![Millis::MIN; profile.radios.len()];
        Self { on: true, planned_off: false, list_empty: false, ready }
    }

    /// Starts all radios again. Those on channels of radars listen for a minute first.
    pub fn start(&mut self, profile: &Profile, now: Millis) {
        let ready = profile.radios.iter().map(|radio| now + if radio.radar { MINUTE } else { 5 * SECOND });
        self.ready = ready.collect();
    }

    /// The next moment at which a radio begins to work.
    pub fn next(&self, now: Millis) -> Option<Millis> {
        self.ready.iter().copied().filter(|ready| *ready > now).min()
    }

    /// Whether stations can be on it.
    pub fn works(&self, profile: &Profile, id: u32, now: Millis) -> bool {
        self.state(profile, id, now) == "active"
    }

    /// In the box's word.
    pub fn state(&self, profile: &Profile, id: u32, now: Millis) -> &'static str {
        let Some((radio, ready)) = self.find(profile, id) else { return "failed" };
        match (self.on, self.planned_off) {
            (false, _) => "disabled",
            (_, true) => "disabled_planning",
            _ if ready <= now => "active",
            _ if radio.radar => "dfs",
            _ => "starting",
        }
    }

    /// For how many seconds more it listens.
    pub fn waits(&self, profile: &Profile, id: u32, now: Millis) -> Millis {
        self.find(profile, id).map_or(0, |(_, ready)| ready.saturating_sub(now).max(0) / SECOND)
    }

    fn find<'a>(&self, profile: &'a Profile, id: u32) -> Option<(&'a Radio, Millis)> {
        profile.radios.iter().zip(self.ready.iter().copied()).find(|(radio, _)| radio.id == id)
    }
}
