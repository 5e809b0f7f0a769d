//! What may happen to a box. Deliberately only to its world: what happens to its server, its sessions and its
//! certificate happens beside this.

use super::profiles::{Cellular, Line};
use super::wan::{Glass, State};
use super::{SECOND, World};

/// Every event, with what follows an `=` for those that need it, as the error lists them.
const EVENTS: [&str; 42] = [
    "wan-down",
    "wan-up",
    "wan-going-down",
    "reconnect",
    "reboot",
    "resync",
    "backup-4g",
    "ftth",
    "fibre-unplugged",
    "fibre-dark",
    "fibre-plugged",
    "no-power-report",
    "power-report",
    "bogus-snr",
    "bridge",
    "router",
    "wifi-off",
    "wifi-on",
    "wifi-planning",
    "ap-list-empty",
    "ap-list-back",
    "disk-removed",
    "disk-back",
    "station-without-host",
    "station-with-host",
    "sensor-without-value",
    "sensor-with-value",
    "counter-reset",
    "counter-wrap",
    "counter-whole",
    "hostile-names",
    "plain-names",
    "update-available",
    "update-gone",
    "box-replaced",
    "calm",
    "hosts=N",
    "join=NAME",
    "leave=NAME",
    "api-version=MAJOR.MINOR",
    "clock-jump=SECONDS",
    "sim-removed",
];
/// So many hosts at most.
const MOST_HOSTS: usize = 20_000;

impl World {
    /// Makes something happen.
    ///
    /// # Errors
    ///
    /// When there is no such event, with the list of all; and when it cannot happen to this box, with the reason.
    pub fn event(&mut self, event: &str) -> Result<(), String> {
        match event.split_once('=') {
            Some((name, value)) => self.measured(name, value)?,
            None => self.plain_event(event)?,
        }
        self.settle();
        Ok(())
    }

    fn plain_event(&mut self, event: &str) -> Result<(), String> {
        match event {
            "wan-down" => self.wan.held_down = true,
            "wan-up" => self.wan.held_down = false,
            "wan-going-down" => {
                // Only what is up can leave.
                if let State::Up(_) = self.wan.state {
                    self.wan.state = State::GoingDown(self.now + 2 * SECOND);
                }
            }
            "reconnect" => self.reconnect(),
            "reboot" => self.reboot(),
            "resync" => self.resync()?,
            "backup-4g" => self.backup()?,
            "ftth" => self.back_to_the_line(),
            "fibre-unplugged" => self.glass(event, Glass::Unplugged)?,
            "fibre-dark" => self.glass(event, Glass::Dark)?,
            "fibre-plugged" => self.glass(event, Glass::Lit)?,
            "bridge" => self.bridge = true,
            "router" => (self.bridge, _) = (false, self.air.start(self.profile, self.now)),
            "wifi-off" => self.air.on = false,
            "wifi-planning" => self.air.planned_off = true,
            "wifi-on" => {
                (self.air.on, self.air.planned_off) = (true, false);
                self.air.start(self.profile, self.now);
            }
            "ap-list-empty" => self.air.list_empty = true,
            "ap-list-back" => self.air.list_empty = false,
            "counter-reset" => self.reset_counters(),
            "update-available" => self.update_since = Some(self.now),
            "update-gone" => self.update_since = None,
            "box-replaced" => self.replace(),
            "sim-removed" => self.wan.sim = false,
            "calm" => (self.oddities, self.air.list_empty) = (super::Oddities::default(), false),
            _ => self.odd(event)?,
        }
        Ok(())
    }

    fn odd(&mut self, event: &str) -> Result<(), String> {
        let oddities = &mut self.oddities;
        match event {
            "no-power-report" => oddities.no_power_report = true,
            "power-report" => oddities.no_power_report = false,
            "bogus-snr" => oddities.bogus_snr = true,
            "disk-removed" => oddities.disk_removed = true,
            "disk-back" => oddities.disk_removed = false,
            "station-without-host" => oddities.stations_without_host = true,
            "station-with-host" => oddities.stations_without_host = false,
            "sensor-without-value" => oddities.sensors_without_value = true,
            "sensor-with-value" => oddities.sensors_without_value = false,
            "counter-wrap" => oddities.wrapping_counters = true,
            "counter-whole" => oddities.wrapping_counters = false,
            "hostile-names" => oddities.hostile_names = true,
            "plain-names" => oddities.hostile_names = false,
            _ => return Err(unknown(event)),
        }
        Ok(())
    }

    fn measured(&mut self, name: &str, value: &str) -> Result<(), String> {
        let wrong = |wanted: &str| format!("event `{name}={value}`: wanted {wanted}");
        match name {
            "hosts" => {
                let most = || wrong(&format!("a number up to {MOST_HOSTS}"));
                let hosts = value.parse().ok().filter(|hosts| *hosts <= MOST_HOSTS);
                self.oddities.hosts = hosts.ok_or_else(most)?;
            }
            "join" | "leave" => {
                let device = self.devices.iter_mut().find(|device| device.host.name == value);
                device
                    .ok_or_else(|| wrong("the name of a host in the house"))?
                    .hold(name == "join", self.now);
            }
            "api-version" => {
                let numbers = value
                    .split_once('.')
                    .and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
                self.api = numbers.ok_or_else(|| wrong("two numbers, as in `12.2`"))?;
            }
            "clock-jump" => {
                let seconds: i64 = value.parse().map_err(|_| wrong("seconds, forwards or backwards"))?;
                self.epoch = self.epoch.saturating_add(seconds);
            }
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    /// Everything begins again: counters, stations, copper, the connection, and the firmware that was waiting.
    fn reboot(&mut self) {
        self.booted = self.now;
        self.leave_all();
        self.reset_counters();
        self.wan.on_backup = false;
        self.wan.resync(self.now);
        self.reconnect();
        self.air.start(self.profile, self.now);
        if self.update_since.take().is_some() {
            self.firmware = self.profile.next_firmware;
        }
    }

    fn leave_all(&mut self) {
        for device in &mut self.devices {
            device.attach(false, self.now);
        }
    }

    fn reset_counters(&mut self) {
        self.ports.fill((0.0, 0.0));
        (self.wan.down, self.wan.up) = (0.0, 0.0);
        for device in &mut self.devices {
            (device.rx, device.tx) = (0.0, 0.0);
        }
    }

    fn resync(&mut self) -> Result<(), String> {
        if !matches!(self.profile.line, Line::Dsl(_)) {
            return Err("event `resync`: this box has no copper line".to_owned());
        }
        self.wan.note(true, false, self.now);
        self.wan.resync(self.now);
        Ok(())
    }

    fn glass(&mut self, event: &str, glass: Glass) -> Result<(), String> {
        if !matches!(self.profile.line, Line::Fibre(_)) {
            return Err(format!("event `{event}`: this box has no fibre"));
        }
        if (self.wan.glass == Glass::Lit) != (glass == Glass::Lit) {
            self.wan.note(true, glass == Glass::Lit, self.now);
        }
        self.wan.glass = glass;
        Ok(())
    }

    fn backup(&mut self) -> Result<(), String> {
        if self.profile.cellular == Cellular::None {
            return Err("event `backup-4g`: this box has no cellular module".to_owned());
        }
        // Whoever has the module without a card puts one in for this.
        (self.wan.on_backup, self.wan.sim) = (true, true);
        self.reconnect();
        Ok(())
    }

    fn back_to_the_line(&mut self) {
        if self.wan.on_backup {
            self.wan.on_backup = false;
            self.reconnect();
        }
    }

    /// Another box of the same model on the same line.
    fn replace(&mut self) {
        self.replaced += 1;
        self.reboot();
        self.wan.diary.clear();
    }
}

fn unknown(event: &str) -> String {
    format!("no event `{event}`: there are `{}`", EVENTS.join("`, `"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_of_the_list_happens_or_says_why_it_cannot() {
        for profile in World::profiles() {
            for event in EVENTS {
                let mut world = World::new(profile, 5).unwrap();
                let event = event.replace("=N", "=100").replace("100AME", "nas");
                let event = event.replace("MAJOR.MINOR", "12.2").replace("SECONDS", "-3600");
                if let Err(error) = world.event(&event) {
                    assert!(error.contains("this box has no"), "{profile}: {error}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_event_is_answered_with_the_list() {
        let mut world = World::new("ultra", 5).unwrap();
        let error = world.event("meteor").unwrap_err();
        assert!(error.starts_with("no event `meteor`: there are `wan-down`, `wan-up`, "), "{error}");
        assert!(world.event("hosts=20001").unwrap_err().contains("a number up to 20000"));
        assert!(world.event("join=nobody").is_err());
    }
}
