//! `system/`, `update/` and `standby/status`: what the box feels and plans. Deliberately not what it is plugged into.

use super::json::{Object, list};
use super::profiles::{Line, Reads, Sensor};
use super::reply::Reply;
use super::{SECOND, World};
use crate::dice::scatter;

/// From here on temperatures are a list.
const SENSORS: u32 = 6;
/// From here on there are `update/` and `standby/status`.
const PLANS: u32 = 11;

impl World {
    pub(super) fn system(&self, major: u32) -> Reply {
        let seconds = self.seconds_since(self.booted);
        let serial = format!("918200R{:09}", self.fixed(9) % 1_000_000_000);
        let has_disk = !self.profile.disks.is_empty() && !self.oddities.disk_removed;
        let disk = if has_disk { "active" } else { "not_detected" };
        let storage = self.profile.disks.iter().find(|disk| disk.partition && has_disk);
        let storage = storage.map_or("", |disk| disk.label);
        let body = Object::new()
            .text("mac", &self.mac(0))
            .text("serial", &serial)
            .text("firmware_version", self.firmware)
            .text("uptime", &french(seconds))
            .number("uptime_val", seconds)
            .text("board_name", self.profile.board_name);
        if major < SENSORS {
            let body = self.profile.sensors.iter().fold(
                body.text("box_flavor", self.profile.flavor),
                |body, sensor| match self.degrees(sensor) {
                    Some(degrees) => body.number(sensor.id, degrees),
                    None => body,
                },
            );
            let fan = self.profile.fans.first().and_then(|fan| self.turns(fan));
            let body = match fan {
                Some(turns) => body.number("fan_rpm", turns),
                None => body,
            };
            let body = body.flag("box_authenticated", true).text("disk_status", disk);
            return Reply::Result(body.text("user_main_storage", storage).end());
        }
        let read = |sensor: &Sensor, value: Option<i64>| {
            let body = Object::new().text("id", sensor.id).text("name", &self.named(sensor.name));
            match value {
                Some(value) => body.number("value", value).end(),
                None => body.end(),
            }
        };
        let sensors = self.profile.sensors.iter().map(|sensor| read(sensor, self.degrees(sensor)));
        let fans = self.profile.fans.iter().map(|fan| read(fan, self.turns(fan)));
        Reply::Result(
            body.flag("box_authenticated", true)
                .text("disk_status", disk)
                .text("user_main_storage", storage)
                .flag("usb3_enable", false)
                .flag("user_storage_powered", true)
                .json("model_info", self.model_info())
                .json("sensors", list(sensors))
                .json("fans", list(fans))
                .json("expansions", self.expansions())
                .end(),
        )
    }

    fn model_info(&self) -> String {
        let profile = self.profile;
        Object::new()
            .text("name", profile.box_model)
            .text("pretty_name", profile.box_model_name)
            .flag("has_wifi", true)
            .flag("has_ext_telephony", true)
            .flag("has_lan_sfp", profile.lan_sfp)
            .flag("has_wan_sfp", matches!(profile.line, Line::Fibre(_)))
            .flag("has_dsl", matches!(profile.line, Line::Dsl(_)))
            .flag("has_vm", profile.vm)
            .flag("has_standby", profile.standby)
            .text("wifi_type", profile.wifi_type)
            .text("wifi_country", "FR")
            .number("customer_hdd_slots", profile.bays)
            .number("internal_hdd_size", if profile.bays == 0 && !profile.disks.is_empty() { 250 } else { 0 })
            .text("net_operator", "free_fr")
            .end()
    }

    /// Boxes with bays list them; for the others the list is empty, in the spelling of their Lua.
    fn expansions(&self) -> String {
        if self.profile.bays == 0 {
            return Object::new().end();
        }
        let slot = Object::new().number("slot", 1).text("type", "unknown").flag("present", false);
        list([slot.flag("probe_done", true).flag("supported", true).text("bundle", "").end()])
    }

    /// What a thermometer says, in whole °C.
    pub(super) fn degrees(&self, sensor: &Sensor) -> Option<i64> {
        if self.oddities.sensors_without_value {
            return None;
        }
        match sensor.reads {
            Reads::Nothing => None,
            Reads::Zero => Some(0),
            Reads::Well => Some((sensor.base + 3.0 * self.drift(purpose(sensor.id), 1_800.0)).round() as i64),
            Reads::Disk(_) if self.oddities.disk_removed => Some(0),
            Reads::Disk(id) => {
                let disk = self.profile.disks.iter().find(|disk| disk.id == id);
                disk.map(|disk| self.disk_degrees(disk))
            }
        }
    }

    /// How fast a fan turns, in whole revolutions per minute.
    pub(super) fn turns(&self, fan: &Sensor) -> Option<i64> {
        let turns = fan.base + 40.0 * self.drift(purpose(fan.id), 900.0);
        (!self.oddities.sensors_without_value).then_some(turns.round() as i64)
    }

    pub(super) fn update(&self, major: u32) -> Reply {
        if major < PLANS {
            return Reply::unknown_path();
        }
        let Some(since) = self.update_since else {
            return Reply::Result(Object::new().text("state", "up_to_date").end());
        };
        // A third of a per cent each second.
        let percent = (self.seconds_since(since) / 3).min(100);
        let upgrade = Object::new()
            .text("state", if percent < 100 { "downloading" } else { "installing" })
            .text("old_version", self.firmware)
            .text("new_version", self.profile.next_firmware)
            .number("percent", percent)
            .text("error_string", "");
        Reply::Result(Object::new().text("state", "upgrading").json("upgrade_state", upgrade.end()).end())
    }

    /// The next change is in milliseconds, and the only time of the whole interface that is.
    pub(super) fn standby(&self, major: u32) -> Reply {
        const DAY: u64 = 86_400;
        const ELEVEN_IN_THE_EVENING: u64 = 23 * 3_600;
        if major < PLANS {
            return Reply::unknown_path();
        }
        if !self.profile.standby {
            return Reply::unsupported();
        }
        let now = self.now();
        let today = now / DAY * DAY + ELEVEN_IN_THE_EVENING;
        let next = if today > now { today } else { today + DAY };
        Reply::Result(
            Object::new()
                .flag("use_planning", true)
                .text("planning_mode", "standby")
                .number("next_change", next * SECOND as u64)
                .json("available_planning_modes", r#"["wifi_off","standby"]"#)
                .end(),
        )
    }
}

/// For [`World::drift`]: sensors do not move together.
fn purpose(id: &str) -> u64 {
    id.bytes().fold(0, |sum, byte| scatter(sum ^ u64::from(byte)))
}

fn french(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    let unit = |number: u64, name: &str| format!("{number} {name}{}", if number > 1 { "s" } else { "" });
    let all = [(days, "jour"), (hours, "heure"), (minutes, "minute"), (rest, "seconde")];
    let said = all.into_iter().skip_while(|(number, name)| *number == 0 && *name != "seconde");
    said.map(|(number, name)| unit(number, name)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::french;

    #[test]
    fn the_time_since_the_start_is_said_in_french() {
        assert_eq!(french(1_047_849), "12 jours 3 heures 4 minutes 9 secondes");
        assert_eq!(french(60), "1 minute 0 seconde");
        assert_eq!(french(0), "0 seconde");
    }
}
