//! How the box feels: temperatures, fans, how long it has been on: in our words.

use super::states::states;
use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::api::system::{Expansion, Sensor};
use crate::sources::freebox::parts::system::Snapshot;

crate::metrics! {
    /// The box, its board and its firmware; always 1.
    INFO = Info "freebox_system_info" { firmware, board, model, flavor };

    /// What the box calls each thermometer and fan, in French; always 1.
    SENSOR = Info "freebox_system_sensor_info" { sensor, name };

    /// Temperature at each thermometer of the box, by its identity there; absent where a thermometer of a disk says
    /// exactly 0, as it does where there is no disk.
    TEMPERATURE = Gauge<f64> "freebox_system_temperature_celsius" { sensor };

    /// Revolutions per minute of each fan of the box, by its identity there.
    FAN = Gauge<f64> "freebox_system_fan_rpm" { sensor };

    /// Time since the box started.
    UPTIME = Gauge<f64> "freebox_system_uptime_seconds" {};

    /// Whether the operator's network has recognised the box.
    AUTHENTICATED = Gauge "freebox_system_authenticated" {};

    /// The state of the box's own disk: 1 for the one it is in, `not_detected`, `disabled`, `initializing`, `error` or
    /// `active`, and 0 for the others.
    DISK = Gauge "freebox_system_disk_state" { state };

    /// Whether there is a card in a slot for expansions, and of which type.
    EXPANSION = Gauge "freebox_system_expansion_present" { slot, type };
}

/// dev.freebox.fr/sdk/os/system, "System config object".
const DISK_STATES: &[&str] = &["not_detected", "disabled", "initializing", "error", "active"];

/// A Delta has two slots; their numbers become labels.
const EXPANSIONS_MAX: usize = 8;

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        let common = &self.system.common;
        let model = common.model_info.0.clone().unwrap_or_default();
        let labels = [&common.firmware_version, &common.board_name, &model.name, &common.box_flavor];
        if labels.iter().any(|label| label.0.is_some()) {
            out.put(&INFO, labels.map(|label| label.or_empty()), true);
        }
        for sensor in &self.system.temperatures {
            name(sensor, out);
            if let (Some(id), Some(celsius)) = (sensor.id.as_deref(), sensor.celsius()) {
                out.put(&TEMPERATURE, [id], celsius);
            }
        }
        for fan in &self.system.fans {
            name(fan, out);
            if let (Some(id), Some(rpm)) = (fan.id.as_deref(), fan.rpm()) {
                out.put(&FAN, [id], rpm);
            }
        }
        if let Some(uptime) = common.uptime_val.count() {
            out.put(&UPTIME, [], uptime);
        }
        if let Some(authenticated) = common.box_authenticated.0 {
            out.put(&AUTHENTICATED, [], authenticated);
        }
        for (state, is_it) in states(DISK_STATES, common.disk_status.as_deref()) {
            out.put(&DISK, [state], is_it);
        }
        common.expansions.0.iter().take(EXPANSIONS_MAX).for_each(|slot| expansion(slot, out));
    }

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}

fn name(sensor: &Sensor, out: &mut Families) {
    if let (Some(id), Some(name)) = (sensor.id.as_deref(), sensor.name.as_deref()) {
        out.put(&SENSOR, [id, name], true);
    }
}

fn expansion(expansion: &Expansion, out: &mut Families) {
    if let (Some(slot), Some(present)) = (expansion.slot.count(), expansion.present.0) {
        out.put(&EXPANSION, [&slot.to_string(), expansion.kind.or_empty()], present);
    }
}
