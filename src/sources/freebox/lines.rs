//! The lines of the script that many have fed telegraf with (freebox-revolution-monitoring): the same names, values and
//! encodings, so that graphs go on. Pure: answers of the box in, text out.
//!
//! What that script did by mistake it does not do: on fibre there are `sfp_*` lines, text is left out of graphite (which
//! takes numbers alone), what the box does not say is left out, and ports and disks are those that the box has. Values
//! stay as the box gives them, units and all.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::api::lenient::{Int, Text};

/// An answer of the box, by its own names.
pub type Object = Map<String, Value>;

/// What was asked; what was not, or is not there, is none or empty.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// `connection/`.
    pub connection: Object,
    /// `connection/ftth/`, on fibre.
    pub ftth: Option<Object>,
    /// `connection/xdsl/`, on copper.
    pub xdsl: Option<Object>,
    /// `system/`.
    pub system: Option<Object>,
    /// `switch/status/`.
    pub ports: Vec<Object>,
    /// `switch/port/N/stats`, with the number of the port.
    pub stats: Vec<(i64, Object)>,
    /// `storage/disk/`.
    pub disks: Vec<Object>,
}

/// A value as it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A number.
    Int(i64),
    /// Words; hostile.
    Text(String),
}

/// A name and its value.
pub type Field = (String, Shown);

/// What line there is; it decides what else can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// Fibre.
    Ftth,
    /// Copper.
    Xdsl,
    /// A mobile network, or what nobody knows yet.
    Other,
}

/// The medium that `connection/` names.
pub fn media(connection: &Object) -> Media {
    match text(connection, "media").as_deref() {
        Some("ftth") => Media::Ftth,
        Some("xdsl") => Media::Xdsl,
        _ => Media::Other,
    }
}

/// The numbers of ports, for their statistics; the first four where the box does not list them, as the script had it.
pub fn port_numbers(ports: &[Object]) -> Vec<i64> {
    let numbers: Vec<i64> = ports.iter().filter_map(|port| int(port, "id")).take(MOST_PORTS).collect();
    if numbers.is_empty() { (1..=4).collect() } else { numbers }
}

/// More ports than any box has; each costs a request.
const MOST_PORTS: usize = 16;

/// Every field, in the order of the script's source.
pub fn fields(answers: &Answers) -> Vec<Field> {
    let mut out = Vec::new();
    line(answers, &mut out);
    if let Some(system) = &answers.system {
        system_fields(system, &mut out);
    }
    for port in answers.ports.iter().take(MOST_PORTS) {
        let Some(id) = int(port, "id") else { continue };
        let link = text(port, "link").map(|link| i64::from(link != "down"));
        put(&mut out, format!("switch_{id}_link"), link);
        put(&mut out, format!("switch_{id}_mode"), text(port, "mode").map(|mode| speed(&mode)));
    }
    for (id, stats) in &answers.stats {
        put(&mut out, format!("switch_{id}_rx_bytes_rate"), int(stats, "rx_bytes_rate"));
        put(&mut out, format!("switch_{id}_tx_bytes_rate"), int(stats, "tx_bytes_rate"));
    }
    disk(&answers.disks, &mut out);
    out
}

/// What is taken as it is.
const CONNECTION: [&str; 6] =
    ["bytes_down", "bytes_up", "rate_down", "rate_up", "bandwidth_down", "bandwidth_up"];

const XDSL: [&str; 12] =
    ["es", "attn", "snr", "rate", "hec", "crc", "ses", "fec", "maxrate", "rtx_tx", "rtx_c", "rtx_uc"];

fn line(answers: &Answers, out: &mut Vec<Field>) {
    let connection = &answers.connection;
    for key in CONNECTION {
        put(out, key, int(connection, key));
    }
    put(out, "state", text(connection, "state").map(|state| i64::from(state == "up")));
    if let Some(ftth) = &answers.ftth {
        put(out, "sfp_pwr_rx", int(ftth, "sfp_pwr_rx"));
        put(out, "sfp_pwr_tx", int(ftth, "sfp_pwr_tx"));
    }
    let Some(xdsl) = &answers.xdsl else { return };
    if let Some(status) = object(xdsl, "status") {
        if let (Some(modulation), Some(protocol)) = (text(status, "modulation"), text(status, "protocol")) {
            out.push(("xdsl_modulation".to_owned(), Shown::Text(format!("{modulation} ({protocol})"))));
        }
        put(out, "xdsl_uptime", int(status, "uptime"));
        if let Some(status) = text(status, "status") {
            put(out, "xdsl_status", Some(training(&status)));
            out.push(("xdsl_status_string".to_owned(), Shown::Text(status)));
        }
    }
    for direction in ["down", "up"] {
        let Some(one_way) = object(xdsl, direction) else { continue };
        for key in XDSL {
            put(out, format!("xdsl_{direction}_{key}"), int(one_way, key));
        }
    }
}

fn system_fields(system: &Object, out: &mut Vec<Field>) {
    // One word each up to version 5 of the interface, lists of sensors and fans since.
    let fan = list(system, "fans").next().and_then(|fan| int(fan, "value"));
    put(out, "sys_fan_rpm", int(system, "fan_rpm").or(fan));
    put(out, "sys_uptime", int(system, "uptime_val"));
    for sensor in ["temp_sw", "temp_cpub", "temp_cpum"] {
        // Some boxes leave `temp_` off.
        let is_it = |id: &str| id == sensor || Some(id) == sensor.strip_prefix("temp_");
        let listed = list(system, "sensors").find(|listed| text(listed, "id").is_some_and(|id| is_it(&id)));
        let value = int(system, sensor).or_else(|| listed.and_then(|listed| int(listed, "value")));
        put(out, format!("sys_{sensor}"), value);
    }
    if let Some(version) = text(system, "firmware_version") {
        out.push(("firmware_version".to_owned(), Shown::Text(version)));
    }
}

/// The first partition of the disk that the box has by itself: number 1, or the first of those there are.
fn disk(disks: &[Object], out: &mut Vec<Field>) {
    let first = disks.iter().find(|disk| int(disk, "id") == Some(1));
    let with_partition = |disk: &&Object| list(disk, "partitions").next().is_some();
    let Some(disk) = first.filter(with_partition).or_else(|| disks.iter().find(with_partition)) else {
        return;
    };
    if let Some(partition) = list(disk, "partitions").next() {
        put(out, "disk_total_bytes", int(partition, "total_bytes"));
        put(out, "disk_used_bytes", int(partition, "used_bytes"));
        put(out, "disk_temp", int(disk, "temp"));
    }
}

/// How far a modem has come, as the script numbered it.
fn training(status: &str) -> i64 {
    const STEPS: [&str; 7] =
        ["down", "training", "started", "chan_analysis", "msg_exchange", "showtime", "disabled"];
    STEPS.iter().zip(0..).find(|(step, _)| **step == status).map_or(999, |(_, number)| number)
}

/// How fast a port is, as the script numbered it: it knew nothing faster than a gigabit.
fn speed(mode: &str) -> i64 {
    const MODES: [&str; 3] = ["10BaseT", "100BaseT", "1000BaseT"];
    MODES.iter().zip(1..).find(|(known, _)| mode.contains(**known)).map_or(0, |(_, number)| number)
}

fn put(out: &mut Vec<Field>, name: impl Into<String>, value: Option<i64>) {
    out.extend(value.map(|value| (name.into(), Shown::Int(value))));
}

fn int(object: &Object, key: &str) -> Option<i64> {
    object.get(key).and_then(|value| Int::deserialize(value).ok()).and_then(|number| number.0)
}

fn text(object: &Object, key: &str) -> Option<String> {
    object.get(key).and_then(|value| Text::deserialize(value).ok()).and_then(|text| text.0)
}

fn object<'a>(object: &'a Object, key: &str) -> Option<&'a Object> {
    object.get(key).and_then(Value::as_object)
}

fn list<'a>(object: &'a Object, key: &str) -> impl Iterator<Item = &'a Object> {
    object.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// For carbon: name, value and time in seconds. It takes no text.
pub fn graphite(fields: &[Field], seconds: u64) -> String {
    let mut out = String::new();
    for (name, value) in fields {
        if let Shown::Int(value) = value {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "freebox.{name} {value} {seconds}");
        }
    }
    out
}

/// For InfluxDB, as its line protocol: a line for each field, without a time. Numbers have no `i` behind them, so that
/// they stay floats as they were: a field cannot change its type.
pub fn influxdb(fields: &[Field], endpoint: &str) -> String {
    let tag = escaped(endpoint, &[',', '=', ' ', '\\']);
    let mut out = String::new();
    for (name, value) in fields {
        // Writing to a string cannot fail.
        let _ = match value {
            Shown::Int(value) => writeln!(out, "freebox,endpoint={tag} {name}={value}"),
            Shown::Text(text) => {
                writeln!(out, "freebox,endpoint={tag} {name}=\"{}\"", escaped(text, &['"', '\\']))
            }
        };
    }
    out
}

/// As the line protocol has it: a backslash before these, and nothing that ends a line.
fn escaped(text: &str, special: &[char]) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if special.contains(&character) {
            out.push('\\');
        }
        out.push(if character.is_control() { ' ' } else { character });
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn as_object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    fn vdsl() -> Answers {
        Answers {
            connection: as_object(json!({
                "state": "up", "type": "rfc2684", "media": "xdsl", "ipv4": "203.0.113.57",
                "rate_down": 1_284_311, "rate_up": 92_210, "bandwidth_down": 54_012_000, "bandwidth_up": 10_994_000,
                "bytes_down": 2_355_966_141_297_u64, "bytes_up": 120_394_857_261_u64,
            })),
            xdsl: Some(as_object(json!({
                "status": {"status": "showtime", "protocol": "vdsl2_17a", "modulation": "vdsl", "uptime": 734_512},
                "down": {"maxrate": 61_234, "rate": 54_012, "snr": 9, "snr_10": 94, "attn": 17, "attn_10": 172,
                         "fec": 10_342, "crc": 27, "hec": 3, "es": 19, "ses": 2, "ginp": true, "rtx_tx": 51_022,
                         "rtx_c": 50_110, "rtx_uc": 12},
                "up": {"maxrate": 12_011, "rate": 10_994, "snr": 8, "attn": 20, "fec": 0, "crc": 4, "hec": 0, "es": 4,
                       "ses": 0},
            }))),
            ports: vec![
                as_object(json!({"id": 3, "link": "up", "mode": "10BaseT-HD", "speed": "10"})),
                as_object(json!({"id": 9999, "link": "down", "mode": "10000BaseT-FD"})),
            ],
            ..Answers::default()
        }
    }

    /// Each was captured from the script itself, under Python 2.7.18.
    #[test]
    fn the_lines_are_those_of_the_script() {
        let fields = fields(&vdsl());
        let graphite = graphite(&fields, 1_795_166_907);
        for line in [
            "freebox.bytes_down 2355966141297 1795166907",
            "freebox.switch_3_mode 1 1795166907",
            "freebox.xdsl_status 5 1795166907",
        ] {
            assert!(graphite.lines().any(|ours| ours == line), "{line}\n{graphite}");
        }
        let influxdb = influxdb(&fields, "127.0.0.1:28555");
        for line in [
            "freebox,endpoint=127.0.0.1:28555 bytes_down=2355966141297",
            "freebox,endpoint=127.0.0.1:28555 xdsl_modulation=\"vdsl (vdsl2_17a)\"",
            "freebox,endpoint=127.0.0.1:28555 xdsl_status_string=\"showtime\"",
        ] {
            assert!(influxdb.lines().any(|ours| ours == line), "{line}\n{influxdb}");
        }
    }

    #[test]
    fn graphite_gets_three_words_a_line_and_no_text() {
        let graphite = graphite(&fields(&vdsl()), 7);
        for line in graphite.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(matches!(words[..], [_, number, "7"] if number.parse::<i64>().is_ok()), "{line}");
        }
        assert!(!graphite.contains("xdsl_modulation") && !graphite.contains("xdsl_status_string"));
    }

    #[track_caller]
    fn check(answers: &Answers, expected: &[(&str, i64)]) {
        let expected: Vec<Field> =
            expected.iter().map(|(name, value)| ((*name).to_owned(), Shown::Int(*value))).collect();
        assert_eq!(fields(answers), expected);
    }

    #[test]
    fn every_field_of_a_line_of_copper_has_its_value() {
        let fields = fields(&vdsl());
        let ours = |name: &str| {
            fields
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.clone())
                .unwrap_or_else(|| panic!("no {name}"))
        };
        for (name, value) in [
            ("bytes_down", 2_355_966_141_297),
            ("bytes_up", 120_394_857_261),
            ("rate_down", 1_284_311),
            ("rate_up", 92_210),
            ("bandwidth_down", 54_012_000),
            ("bandwidth_up", 10_994_000),
            ("state", 1),
            ("xdsl_uptime", 734_512),
            ("xdsl_status", 5),
            ("xdsl_down_es", 19),
            ("xdsl_down_attn", 17),
            ("xdsl_down_snr", 9),
            ("xdsl_down_rate", 54_012),
            ("xdsl_down_hec", 3),
            ("xdsl_down_crc", 27),
            ("xdsl_down_ses", 2),
            ("xdsl_down_fec", 10_342),
            ("xdsl_down_maxrate", 61_234),
            ("xdsl_down_rtx_tx", 51_022),
            ("xdsl_down_rtx_c", 50_110),
            ("xdsl_down_rtx_uc", 12),
            ("xdsl_up_es", 4),
            ("xdsl_up_attn", 20),
            ("xdsl_up_snr", 8),
            ("xdsl_up_rate", 10_994),
            ("xdsl_up_hec", 0),
            ("xdsl_up_crc", 4),
            ("xdsl_up_ses", 0),
            ("xdsl_up_fec", 0),
            ("xdsl_up_maxrate", 12_011),
            ("switch_3_link", 1),
            ("switch_3_mode", 1),
            ("switch_9999_link", 0),
            ("switch_9999_mode", 0),
        ] {
            assert_eq!(ours(name), Shown::Int(value), "{name}");
        }
        // And the two with words; no `rtx_*` upwards, which the box did not say.
        assert_eq!(fields.len(), 36);
    }

    #[test]
    fn a_line_of_fibre_has_its_optical_power() {
        let answers = Answers {
            connection: as_object(json!({"state": "going_up", "media": "ftth"})),
            ftth: Some(as_object(
                json!({"sfp_pwr_tx": 478, "sfp_pwr_rx": -1712, "sfp_model": "F-10GEPON-X1"}),
            )),
            ..Answers::default()
        };
        assert_eq!(media(&answers.connection), Media::Ftth);
        check(&answers, &[("state", 0), ("sfp_pwr_rx", -1712), ("sfp_pwr_tx", 478)]);
    }

    #[test]
    fn what_the_box_does_not_say_is_left_out() {
        check(&Answers::default(), &[]);
        let answers = Answers {
            connection: as_object(json!({"state": "up", "media": "xdsl", "bytes_up": null, "rate_up": ""})),
            xdsl: Some(as_object(json!({"status": [], "down": {"rate": "54012"}}))),
            system: Some(as_object(json!({"sensors": {}, "fans": null, "temp_sw": null}))),
            ports: vec![as_object(json!({"id": 1})), as_object(json!({"link": "up"}))],
            stats: vec![(1, Object::new()), (2, as_object(json!({"rx_bytes_rate": -1})))],
            disks: vec![as_object(json!({"id": 1, "temp": 41, "partitions": {}}))],
            ..Answers::default()
        };
        check(&answers, &[("state", 1), ("xdsl_down_rate", 54_012), ("switch_2_rx_bytes_rate", -1)]);
        for media_word in [json!("backup_4g"), json!("ffth"), json!(null), json!(7)] {
            assert_eq!(media(&as_object(json!({ "media": media_word }))), Media::Other);
        }
    }

    #[test]
    fn old_and_new_interfaces_give_the_same_system() {
        let expected = [
            ("sys_fan_rpm", 2130),
            ("sys_uptime", 86_400),
            ("sys_temp_sw", 50),
            ("sys_temp_cpub", 56),
            ("sys_temp_cpum", 60),
        ];
        let flat = json!({"fan_rpm": 2130, "temp_sw": 50, "temp_cpub": 56, "temp_cpum": 60, "temp_hdd": 41,
            "uptime_val": 86_400});
        let listed = json!({"uptime_val": 86_400, "fans": [{"id": "fan0_speed", "name": "Ventilateur 1", "value": 2130}],
            "sensors": [{"id": "temp_cpum", "value": 60}, {"id": "cpub", "value": 56}, {"id": "temp_sw", "value": 50},
                        {"id": "temp_t1", "name": "Température 1"}]});
        for system in [flat, listed] {
            check(&Answers { system: Some(as_object(system)), ..Answers::default() }, &expected);
        }
        let fanless = json!({"fans": [], "sensors": [{"id": "temp_sw"}]});
        check(&Answers { system: Some(as_object(fanless)), ..Answers::default() }, &[]);
    }

    #[test]
    fn states_and_speeds_are_numbered_as_the_script_did() {
        for (status, number) in [
            ("down", 0),
            ("training", 1),
            ("started", 2),
            ("chan_analysis", 3),
            ("msg_exchange", 4),
            ("showtime", 5),
            ("disabled", 6),
            ("unknown to us", 999),
        ] {
            assert_eq!(training(status), number, "{status}");
        }
        for (mode, number) in [
            ("10BaseT-HD", 1),
            ("100BaseTX-FD", 2),
            ("1000BaseT-FD", 3),
            ("2500BaseT-FD", 0),
            ("10000BaseT-FD", 0),
            ("auto", 0),
        ] {
            assert_eq!(speed(mode), number, "{mode}");
        }
        let odd = as_object(json!({"id": 6, "link": "who knows"}));
        check(&Answers { ports: vec![odd], ..Answers::default() }, &[("switch_6_link", 1)]);
    }

    #[test]
    fn the_disk_is_the_first_one_with_a_partition() {
        let partition = json!([{"total_bytes": 245_091_500_032_u64, "used_bytes": 164_520_534_016_u64}]);
        let one = as_object(json!({"id": 1, "temp": 41, "partitions": partition}));
        let bare = as_object(json!({"id": 1000, "temp": 30}));
        let other =
            as_object(json!({"id": 2000, "temp": 35, "partitions": [{"total_bytes": 7, "used_bytes": 6}]}));
        let expected =
            [("disk_total_bytes", 245_091_500_032), ("disk_used_bytes", 164_520_534_016), ("disk_temp", 41)];
        check(&Answers { disks: vec![other.clone(), one], ..Answers::default() }, &expected);
        let expected = [("disk_total_bytes", 7), ("disk_used_bytes", 6), ("disk_temp", 35)];
        check(&Answers { disks: vec![bare, other], ..Answers::default() }, &expected);
    }

    /// What InfluxDB's line protocol asks for: quotes and backslashes in strings, commas, equals signs and spaces in tags.
    #[test]
    fn hostile_words_stay_within_their_quotes() {
        let fields =
            vec![("firmware_version".to_owned(), Shown::Text("4.8\" 9\\\nfreebox x=1\u{7}".to_owned()))];
        let expected = "freebox,endpoint=a\\,b\\=c\\ d firmware_version=\"4.8\\\" 9\\\\ freebox x=1 \"\n";
        assert_eq!(influxdb(&fields, "a,b=c d"), expected);
        assert_eq!(graphite(&fields, 1), "");
    }

    #[test]
    fn statistics_are_asked_of_the_ports_that_there_are() {
        assert_eq!(port_numbers(&vdsl().ports), [3, 9999]);
        assert_eq!(port_numbers(&[]), [1, 2, 3, 4]);
        let many: Vec<Object> = (0..1000).map(|id| as_object(json!({ "id": id }))).collect();
        assert_eq!(port_numbers(&many).len(), MOST_PORTS);
    }
}
