//! What the simulated house meant, beside what lanlord made of what its box said: figure by figure, in base units.
//!
//! Deliberately looks at all of it each time, so that whatever happens to one thing is seen to leave the others alone.

use lanlord_sim::freebox::world::World;
use lanlord_sim::freebox::world::truth::{Truth, XdslSideTruth};

use super::house::{House, Samples, Seen};

/// Everything that is not as it was meant, in words.
struct Judge<'a> {
    samples: &'a Samples,
    wrong: Vec<String>,
}

impl Judge<'_> {
    /// Exactly this.
    fn is(&mut self, name: &str, meant: impl Into<f64>) {
        self.within(name, meant.into(), 0.0);
    }

    /// This, but for what whole numbers lose.
    fn about(&mut self, name: &str, meant: f64) {
        self.within(name, meant, 1.0);
    }

    fn within(&mut self, name: &str, meant: f64, tolerance: f64) {
        match self.samples.get(name) {
            Some(said) if (said - meant).abs() <= tolerance + 1e-9 * meant.abs() => {}
            said => self.wrong.push(format!("{name}: {said:?}, and {meant} was meant")),
        }
    }

    fn absent(&mut self, prefix: &str) {
        let found = self.samples.iter().filter(|(name, _)| name.starts_with(prefix));
        self.wrong.extend(found.map(|(name, said)| format!("{name}: {said}, and nothing was meant")));
    }

    /// Of a state set, this one and no other.
    fn state(&mut self, family: &str, labels: &str, meant: &str) {
        let set = format!("{family}{{{labels}");
        let said: Vec<&String> = self
            .samples
            .iter()
            .filter(|(name, said)| name.starts_with(&set) && **said == 1.0)
            .map(|(name, _)| name)
            .collect();
        if said != [&format!("{set}{meant}}}")] {
            self.wrong.push(format!("{family} {labels}: {said:?}, and {meant} was meant"));
        }
    }

    /// So many samples of this family.
    fn count(&mut self, family: &str, meant: usize) {
        let start = format!("{family}{{");
        let said = self.samples.keys().filter(|name| name.starts_with(&start)).count();
        if said != meant {
            self.wrong.push(format!("{said} samples of {family}, and {meant} were meant"));
        }
    }
}

/// Hosts of the simulated house of which its box does not say the hardware address.
const WITHOUT_MAC: [&str; 2] = ["weather-station", "solar-inverter"];

/// Panics unless what is seen is what is meant. The box's clock has to stand still.
#[track_caller]
pub fn check(house: &House, seen: &Seen, when: &str) {
    let wrong = wrong(house, seen);
    assert!(wrong.is_empty(), "{when}:\n{}", wrong.join("\n"));
}

/// Everything that is not as it is meant. The box's clock has to stand still.
pub fn wrong(house: &House, seen: &Seen) -> Vec<String> {
    let truth = house.control.world(|world| world.truth());
    let samples = seen.samples();
    let mut judge = Judge { samples: &samples, wrong: Vec::new() };
    line(&mut judge, &truth);
    copper(&mut judge, &truth);
    system(&mut judge, &truth);
    switch(&mut judge, &truth);
    wifi(&mut judge, &truth);
    hosts(&mut judge, &truth);
    storage(&mut judge, &truth);
    judge.is("freebox_lan_mode_state{bridge}", truth.bridge);
    judge.is("freebox_lan_mode_state{router}", !truth.bridge);
    judge.count("freebox_vpn_connection_info", truth.vpn_connections);
    let sightings = &seen.part("lan").batch.sightings;
    for host in truth.hosts.iter().filter(|host| !truth.bridge && WITHOUT_MAC.contains(&host.name.as_str())) {
        let is_seen =
            sightings.iter().any(|sighting| format!("{sighting:?}").contains(&format!("\"{}\"", host.name)));
        if !is_seen {
            judge.wrong.push(format!("`{}` is not seen", host.name));
        }
    }
    judge.wrong
}

fn line(judge: &mut Judge<'_>, truth: &Truth) {
    let line = &truth.line;
    judge.is("lanlord_line_up{}", line.up);
    judge.is("freebox_connection_state{up}", line.up);
    for (direction, rate, capacity, bytes) in [
        ("down", line.rate_down, line.capacity_down, line.bytes_down),
        ("up", line.rate_up, line.capacity_up, line.bytes_up),
    ] {
        for kind in ["lanlord_line", "freebox_connection"] {
            judge.about(&format!("{kind}_rate_bytes_per_second{{{direction}}}"), rate);
            judge.about(&format!("{kind}_bytes_total{{{direction}}}"), bytes);
            let name = format!("{kind}_capacity_bytes_per_second{{{direction}}}");
            match capacity {
                0 if !judge.samples.contains_key(&name) => {}
                _ => judge.is(&name, capacity as f64 / 8.0),
            }
        }
    }
    let medium = match line.media {
        "ftth" => "fibre",
        "xdsl" => "dsl",
        "backup_4g" => "mobile",
        other => other,
    };
    judge.is(&format!("lanlord_line_info{{{medium}}}"), 1.0);
    judge.count("lanlord_line_info", 1);
    match truth.optical_dbm.filter(|_| line.media == "ftth") {
        Some((received, sent)) => {
            judge.within("lanlord_line_receive_power_dbm{}", received, 1e-9);
            judge.within("freebox_ftth_optical_power_dbm{down}", received, 1e-9);
            judge.within("freebox_ftth_optical_power_dbm{up}", sent, 1e-9);
        }
        None => {
            judge.absent("lanlord_line_receive_power_dbm");
            judge.absent("freebox_ftth_optical_power_dbm");
        }
    }
}

fn copper(judge: &mut Judge<'_>, truth: &Truth) {
    let Some(xdsl) = truth.xdsl.as_ref().filter(|_| truth.line.media == "xdsl") else {
        judge.absent("freebox_xdsl_");
        return;
    };
    judge.state("freebox_xdsl_state", "", xdsl.status);
    judge.is("freebox_xdsl_uptime_seconds{}", xdsl.uptime_seconds as f64);
    for (direction, side) in [("down", &xdsl.down), ("up", &xdsl.up)] {
        let XdslSideTruth { rate, max_rate, snr_db, attenuation_db, .. } = side;
        if xdsl.status == "showtime" {
            judge.is(&format!("freebox_xdsl_rate_bytes_per_second{{{direction}}}"), *rate as f64 / 8.0);
            judge.is(
                &format!("freebox_xdsl_attainable_rate_bytes_per_second{{{direction}}}"),
                *max_rate as f64 / 8.0,
            );
            let margin = format!("freebox_xdsl_noise_margin_decibels{{{direction}}}");
            match *snr_db {
                0.0 => judge.absent(&margin),
                snr => judge.within(&margin, snr, 1e-9),
            }
            judge.within(&format!("freebox_xdsl_attenuation_decibels{{{direction}}}"), *attenuation_db, 1e-9);
        }
        // A line that is not in use need not say what it counted.
        if xdsl.status != "showtime"
            && !judge.samples.contains_key(&format!("freebox_xdsl_errors_total{{{direction},fec}}"))
        {
            continue;
        }
        for (kind, errors) in [("fec", side.fec), ("crc", side.crc), ("hec", side.hec)] {
            judge.is(&format!("freebox_xdsl_errors_total{{{direction},{kind}}}"), errors as f64);
        }
        judge.is(&format!("freebox_xdsl_errored_seconds_total{{{direction}}}"), side.es as f64);
        judge.is(&format!("freebox_xdsl_severely_errored_seconds_total{{{direction}}}"), side.ses as f64);
    }
}

fn system(judge: &mut Judge<'_>, truth: &Truth) {
    judge.is("freebox_system_uptime_seconds{}", truth.uptime_seconds as f64);
    // An empty bay says 0.
    let is_there = |(id, celsius): &&(&str, f64)| !(id.contains("hdd") && *celsius == 0.0);
    for (id, celsius) in truth.temperatures.iter().filter(is_there) {
        judge.is(&format!("freebox_system_temperature_celsius{{{id}}}"), *celsius);
    }
    judge.count("freebox_system_temperature_celsius", truth.temperatures.iter().filter(is_there).count());
    for (id, rpm) in &truth.fans {
        judge.is(&format!("freebox_system_fan_rpm{{{id}}}"), *rpm);
    }
    judge.count("freebox_system_fan_rpm", truth.fans.len());
}

fn switch(judge: &mut Judge<'_>, truth: &Truth) {
    judge.count("freebox_switch_port_up", truth.ports.len());
    for port in &truth.ports {
        let id = port.id;
        judge.is(&format!("freebox_switch_port_up{{{id}}}"), port.up);
        match port.speed {
            Some(speed) => {
                judge.is(&format!("freebox_switch_port_speed_bytes_per_second{{{id}}}"), speed as f64 / 8.0)
            }
            None => judge.absent(&format!("freebox_switch_port_speed_bytes_per_second{{{id}}}")),
        }
        let hosts = format!("freebox_switch_port_hosts{{{id}}}");
        if !port.macs.is_empty() || judge.samples.contains_key(&hosts) {
            judge.is(&hosts, port.macs.len() as f64);
        }
        let received = format!("freebox_switch_port_received_bytes_total{{{id}}}");
        // A pseudo port has no counters.
        if id == 9999 && !judge.samples.contains_key(&received) {
            continue;
        }
        judge.about(&received, port.rx_bytes);
        judge.about(&format!("freebox_switch_port_sent_bytes_total{{{id}}}"), port.tx_bytes);
        if port.up {
            judge.about(&format!("freebox_switch_port_received_bytes_per_second{{{id}}}"), port.rx_rate);
            judge.about(&format!("freebox_switch_port_sent_bytes_per_second{{{id}}}"), port.tx_rate);
        }
    }
}

fn wifi(judge: &mut Judge<'_>, truth: &Truth) {
    for radio in &truth.radios {
        let id = radio.id;
        if !judge.samples.contains_key(&format!("freebox_wifi_ap_stations{{{id}}}"))
            && radio.stations.is_empty()
        {
            continue;
        }
        judge.is(&format!("freebox_wifi_ap_stations{{{id}}}"), radio.stations.len() as f64);
        judge.state("freebox_wifi_ap_state", &format!("{id},"), radio.state);
        if radio.state == "active" {
            judge.is(&format!("freebox_wifi_ap_channel{{{id},primary}}"), radio.channel);
        }
        for station in &radio.stations {
            let name = format!("freebox_wifi_station_signal_dbm{{{id},{}}}", station.to_lowercase());
            if let Some(host) = truth.hosts.iter().find(|host| host.mac == *station) {
                judge.is(&name, host.signal_dbm.unwrap() as f64);
            }
        }
    }
    let stations = truth.radios.iter().map(|radio| radio.stations.len()).sum();
    judge.count("freebox_wifi_station_signal_dbm", stations);
}

fn hosts(judge: &mut Judge<'_>, truth: &Truth) {
    for host in truth.hosts.iter().filter(|host| !host.guest) {
        let mac = host.mac.to_lowercase();
        // The box does not say which hardware these have; they are counted, and seen by their names.
        if WITHOUT_MAC.contains(&host.name.as_str()) {
            continue;
        }
        judge.is(&format!("freebox_lan_host_active{{{mac}}}"), host.active);
        judge.is(&format!("freebox_lan_host_last_active_timestamp_seconds{{{mac}}}"), host.last_seen as f64);
    }
    if truth.bridge {
        for prefix in ["freebox_lan_host", "freebox_lan_interface", "freebox_dhcp_lease_"] {
            judge.absent(prefix);
        }
        return;
    }
    judge.is("freebox_lan_interface_hosts{pub}", truth.hosts_listed as f64);
    judge.is("freebox_lan_hosts{pub,active}", truth.hosts_active as f64);
    judge.is("freebox_lan_hosts{pub,inactive}", (truth.hosts_listed - truth.hosts_active) as f64);
    judge.count("freebox_dhcp_lease_info", truth.leases);
    judge.is("freebox_dhcp_reserved_addresses{}", truth.static_leases as f64);
}

fn storage(judge: &mut Judge<'_>, truth: &Truth) {
    judge.count("freebox_disk_size_bytes", truth.disks.len());
    judge.count(
        "freebox_disk_temperature_celsius",
        truth.disks.iter().filter(|disk| disk.temperature.is_some()).count(),
    );
    for disk in &truth.disks {
        let id = disk.id;
        judge.is(&format!("freebox_disk_size_bytes{{{id}}}"), disk.total_bytes as f64);
        if let Some(celsius) = disk.temperature {
            judge.is(&format!("freebox_disk_temperature_celsius{{{id}}}"), celsius);
        }
        if let Some((total, used, free)) = disk.partition {
            for (what, bytes) in [("size", total), ("used", used), ("free", free)] {
                judge.is(&format!("freebox_disk_partition_{what}_bytes{{{id},{id}}}"), bytes as f64);
            }
        }
    }
}

#[test]
fn what_is_shown_of_every_box_is_what_was_meant() {
    for profile in World::profiles() {
        let house = House::new(profile);
        let mut source = house.source();
        for hours in [0, 1, 20, 30] {
            house.control.advance(std::time::Duration::from_secs(hours * 3600));
            let seen = source.visit();
            seen.assert_well(profile);
            check(&house, &seen, &format!("{profile}, {hours} hours later"));
        }
    }
}
