//! `system/`: what the box is, how warm it is, how long it has been on (dev.freebox.fr/sdk/os/system).
//!
//! Up to version 5 of the interface each sensor is a key of its own (`temp_cpum`, `fan_rpm`); from 6 on there are
//! lists. A sensor's identity is opaque: every model has its own. Serial numbers are not read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::value::RawValue;

use super::lenient::{Flag, Int, List, Maybe, Num, Text};

/// No box has a tenth as many sensors, and their names become labels.
const SENSORS_MAX: usize = 64;

/// The box.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct System {
    /// What has the same name in every version.
    pub common: Common,
    /// Temperatures, °C.
    pub temperatures: Vec<Sensor>,
    /// Fans, revolutions per minute.
    pub fans: Vec<Sensor>,
}

/// What has the same name in every version of the interface.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Common {
    /// `4.9.6`.
    pub firmware_version: Text,
    /// Seconds since it started. (`uptime` is the same in French words.)
    pub uptime_val: Int,
    /// `fbxgw9r`.
    pub board_name: Text,
    /// `full`, `light`; older versions.
    pub box_flavor: Text,
    /// Whether the operator's network has recognised it.
    pub box_authenticated: Flag,
    /// `not_detected`, `disabled`, `initializing`, `error`, `active`.
    pub disk_status: Text,
    /// What the model can do; newer versions.
    pub model_info: Maybe<Model>,
    /// Cards in the slots of a Delta.
    pub expansions: List<Expansion>,
}

/// A model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Model {
    /// `fbxgw9-r1`.
    pub name: Text,
    /// A name for people.
    pub pretty_name: Text,
    /// Whether `standby/` says something.
    pub has_standby: Flag,
}

/// A slot for a card.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Expansion {
    /// Which slot.
    pub slot: Int,
    /// `dsl_lte`, `ftth_pon`, `security`, `unknown` …
    #[serde(rename = "type")]
    pub kind: Text,
    /// Whether there is a card in it.
    pub present: Flag,
}

/// A thermometer or a fan.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Sensor {
    /// `temp_cpu0`, `fan0_speed`.
    pub id: Text,
    /// What it is called, in French.
    pub name: Text,
    /// What it shows; may be missing.
    pub value: Num,
}

impl Sensor {
    /// The temperature. A bay without a disk says 0 on a Delta, and no disk is that cold.
    pub fn celsius(&self) -> Option<f64> {
        let bay = self.id.as_deref().is_some_and(|id| id.contains("hdd"));
        self.value.0.filter(|&value| !(bay && value == 0.0))
    }

    /// The speed, in revolutions per minute.
    pub fn rpm(&self) -> Option<f64> {
        self.value.0.filter(|&value| value >= 0.0)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lists {
    sensors: List<Sensor>,
    fans: List<Sensor>,
}

impl<'de> Deserialize<'de> for System {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if !raw.starts_with('{') {
            return Err(D::Error::custom("it is no object"));
        }
        let common = serde_json::from_str(raw).map_err(D::Error::custom)?;
        let lists: Lists = serde_json::from_str(raw).map_err(D::Error::custom)?;
        // Everything is read as a number, and what is none is none.
        let flat: BTreeMap<String, Num> = serde_json::from_str(raw).map_err(D::Error::custom)?;
        let or_flat = |list: List<Sensor>, is_one: fn(&str) -> bool| {
            let flat = flat.iter().filter(|(key, _)| is_one(key)).map(|(key, &value)| Sensor {
                id: Text(Some(key.clone())),
                value,
                ..Sensor::default()
            });
            let mut sensors = if list.0.is_empty() { flat.collect() } else { list.0 };
            sensors.truncate(SENSORS_MAX);
            sensors
        };
        Ok(Self {
            common,
            temperatures: or_flat(lists.sensors, |key| key.starts_with("temp_")),
            fans: or_flat(lists.fans, |key| key == "fan_rpm"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn celsius(text: &str) -> Vec<(String, Option<f64>)> {
        let system: System = serde_json::from_str(text).unwrap();
        let one = |sensor: &Sensor| (sensor.id.or_empty().to_owned(), sensor.celsius());
        system.temperatures.iter().map(one).collect()
    }

    #[test]
    fn lists_are_taken_where_there_are_any_and_keys_where_not() {
        let temperature = |id: &str, value| (id.to_owned(), value);
        assert_eq!(
            celsius(r#"{"sensors":[{"id":"temp_cpu0","value":62},{"id":"temp_t1"}],"temp_sw":50}"#),
            [temperature("temp_cpu0", Some(62.0)), temperature("temp_t1", None)]
        );
        assert_eq!(
            celsius(r#"{"temp_sw":50,"temp_cpu_cp_master":"60","temp_x":null,"uptime_val":9,"temp":7}"#),
            [
                temperature("temp_cpu_cp_master", Some(60.0)),
                temperature("temp_sw", Some(50.0)),
                temperature("temp_x", None)
            ]
        );
    }

    #[test]
    fn no_disk_has_zero_degrees_and_a_garage_may() {
        let text = r#"{"sensors":[{"id":"temp_hdd0","value":0},{"id":"temp_t1","value":0},{"id":"temp_hdd1","value":38}]}"#;
        let values: Vec<_> = celsius(text).into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, [None, Some(0.0), Some(38.0)]);
    }

    #[test]
    fn a_box_with_a_million_sensors_has_some() {
        let keys: Vec<String> = (0..1000).map(|at| format!("\"temp_{at}\":1")).collect();
        assert_eq!(celsius(&format!("{{{}}}", keys.join(","))).len(), SENSORS_MAX);
    }

    #[test]
    fn a_fan_that_turns_backwards_says_nothing() {
        let rpm = |text: &str| serde_json::from_str::<Sensor>(text).unwrap().rpm();
        assert_eq!(rpm(r#"{"value":-1}"#), None);
        assert_eq!(rpm(r#"{"value":0}"#), Some(0.0));
        assert_eq!(rpm(r#"{"value":1417}"#), Some(1417.0));
    }
}
