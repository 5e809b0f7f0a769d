//! The ports of its switch: in our words. *Received* is what the port received, and the device behind it sent.
//!
//! A link that is down has a speed and a mode all the same, which mean nothing and are not shown.

use super::host::{add_name, short};
use crate::metric::{Attachment, Desc, Families, Origin, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::api::lenient::Int;
use crate::sources::freebox::api::switch::{Port, Sfp, Stats};
use crate::sources::freebox::parts::choice::mac;
use crate::sources::freebox::parts::switch::Snapshot;

crate::metrics! {
    /// A port of the switch, and how its link works while it is up.
    PORT = Info "freebox_switch_port_info" { port, name, mode, duplex };

    /// Whether the port has a link.
    UP = Gauge "freebox_switch_port_up" { port };

    /// Speed of the port's link in bytes per second, while it is up.
    SPEED = Gauge<f64> "freebox_switch_port_speed_bytes_per_second" { port };

    /// Stations that the switch has heard on the port.
    HOSTS = Gauge "freebox_switch_port_hosts" { port };

    /// Bytes per second that the port receives, which is what the device behind it sends.
    RECEIVED_RATE = Gauge<f64> "freebox_switch_port_received_bytes_per_second" { port };

    /// Bytes per second that the port sends to the device behind it.
    SENT_RATE = Gauge<f64> "freebox_switch_port_sent_bytes_per_second" { port };

    /// Packets per second that the port receives, which is what the device behind it sends.
    RECEIVED_RATE_PACKETS = Gauge<f64> "freebox_switch_port_received_packets_per_second" { port };

    /// Packets per second that the port sends to the device behind it.
    SENT_RATE_PACKETS = Gauge<f64> "freebox_switch_port_sent_packets_per_second" { port };

    /// Bytes of good packets that the port received since the box started, which is what the device behind it sent.
    RECEIVED_BYTES = Counter "freebox_switch_port_received_bytes_total" { port };

    /// Bytes of damaged packets that the port received since the box started.
    RECEIVED_BAD_BYTES = Counter "freebox_switch_port_received_bad_bytes_total" { port };

    /// Bytes that the port sent to the device behind it since the box started.
    SENT_BYTES = Counter "freebox_switch_port_sent_bytes_total" { port };

    /// Good packets that the port received since the box started.
    RECEIVED_PACKETS = Counter "freebox_switch_port_received_packets_total" { port };

    /// Packets that the port sent since the box started.
    SENT_PACKETS = Counter "freebox_switch_port_sent_packets_total" { port };

    /// Packets that the port received since the box started, by whom they are addressed to: unicast, multicast or
    /// broadcast.
    RECEIVED_ADDRESSED = Counter "freebox_switch_port_received_addressed_packets_total" { port, destination };

    /// Packets that the port sent since the box started, by whom they are addressed to: unicast, multicast or broadcast.
    SENT_ADDRESSED = Counter "freebox_switch_port_sent_addressed_packets_total" { port, destination };

    /// Damaged packets that the port received since the box started, whatever is wrong with them.
    RECEIVED_BAD_PACKETS = Counter "freebox_switch_port_received_bad_packets_total" { port };

    /// Damaged packets that the port received since the box started, by what is wrong with them: fcs, fragments, jabber,
    /// oversize or undersize.
    RECEIVED_ERROR_PACKETS = Counter "freebox_switch_port_received_error_packets_total" { port, error };

    /// Packets that the port could not send at once or at all since the box started, by why: deferred, excessive, fcs,
    /// late, multiple or single, of which all but deferred and fcs are kinds of collisions.
    SENT_ERROR_PACKETS = Counter "freebox_switch_port_sent_error_packets_total" { port, error };

    /// Collisions on the port since the box started.
    COLLISIONS = Counter "freebox_switch_port_collisions_total" { port };

    /// Pause frames that the port received since the box started: the device behind it asks for less.
    RECEIVED_PAUSES = Counter "freebox_switch_port_received_pause_frames_total" { port };

    /// Pause frames that the port sent since the box started: the box asks for less.
    SENT_PAUSES = Counter "freebox_switch_port_sent_pause_frames_total" { port };

    /// The module in the cage on the side of the house.
    SFP = Info "freebox_lan_sfp_info" { module, vendor, model, revision, serial };

    /// Whether there is a module in the cage on the side of the house.
    SFP_PRESENT = Gauge "freebox_lan_sfp_present" {};

    /// Whether the box can read what the module says of itself.
    SFP_READABLE = Gauge "freebox_lan_sfp_readable" {};

    /// Whether the box can use the module.
    SFP_SUPPORTED = Gauge "freebox_lan_sfp_supported" {};

    /// Whether the module has power.
    SFP_POWERED = Gauge "freebox_lan_sfp_powered" {};

    /// Whether the module has a link.
    SFP_UP = Gauge "freebox_lan_sfp_up" {};
}

/// Bytes per second in 1 Mbit/s.
const MBIT: u64 = 125_000;

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        for (port, stats) in &self.ports {
            let number = number(port);
            measure_port(port, &number, out);
            if let Some(stats) = stats {
                measure_stats(stats, &number, out);
            }
        }
        if let Some(sfp) = &self.sfp {
            measure_sfp(sfp, out);
        }
        out.fold(self.folded);
    }

    fn sightings(&self, out: &mut Vec<Sighting>) {
        let mut room = self.max_hosts;
        for (port, _) in &self.ports {
            let place = short(&port.name.as_deref().map_or_else(|| number(port), str::to_owned));
            let stations = port.mac_list.as_slice();
            let some = stations.len().min(room);
            room -= some;
            for station in &stations[..some] {
                let Some(mac) = mac(&station.mac) else { continue };
                let mut names = Vec::new();
                add_name(&station.hostname, Origin::Box, &mut names);
                out.push(Sighting {
                    mac: Some(mac),
                    names,
                    attachment: Some(Attachment::Port(place.clone())),
                    connected: Some(true),
                    ..Sighting::default()
                });
            }
        }
    }
}

fn number(port: &Port) -> String {
    port.id.0.unwrap_or_default().to_string()
}

fn measure_port(port: &Port, number: &str, out: &mut Families) {
    let up = match port.link.as_deref() {
        Some("up") => Some(true),
        Some("down") => Some(false),
        _ => None,
    };
    let of_link = |word: &'_ str| if up == Some(true) { word.to_owned() } else { String::new() };
    let [mode, duplex] = [of_link(port.mode.or_empty()), of_link(port.duplex.or_empty())];
    out.put(&PORT, [number, port.name.or_empty(), &mode, &duplex], true);
    if let Some(up) = up {
        out.put(&UP, [number], up);
    }
    let speed = port.speed.count().filter(|speed| up == Some(true) && *speed > 0);
    if let Some(speed) = speed.and_then(|speed| speed.checked_mul(MBIT)) {
        out.put(&SPEED, [number], speed);
    }
    if let Some(stations) = &port.mac_list.0 {
        out.put(&HOSTS, [number], stations.len());
    }
}

fn measure_stats(stats: &Stats, port: &str, out: &mut Families) {
    let rates = [
        (&RECEIVED_RATE, stats.rx_bytes_rate),
        (&SENT_RATE, stats.tx_bytes_rate),
        (&RECEIVED_RATE_PACKETS, stats.rx_packets_rate),
        (&SENT_RATE_PACKETS, stats.tx_packets_rate),
    ];
    for (family, value) in rates {
        if let Some(value) = value.count() {
            out.put(family, [port], value);
        }
    }
    let plain: [(&'static Desc<1>, Int); 9] = [
        (&RECEIVED_BYTES, stats.rx_good_bytes),
        (&RECEIVED_BAD_BYTES, stats.rx_bad_bytes),
        (&SENT_BYTES, stats.tx_bytes),
        (&RECEIVED_PACKETS, stats.rx_good_packets),
        (&SENT_PACKETS, stats.tx_packets),
        (&RECEIVED_BAD_PACKETS, stats.rx_err_packets),
        (&COLLISIONS, stats.tx_collisions),
        (&RECEIVED_PAUSES, stats.rx_pause),
        (&SENT_PAUSES, stats.tx_pause),
    ];
    for (family, value) in plain {
        if let Some(value) = value.count() {
            out.put(family, [port], value);
        }
    }
    let labelled: [(&'static Desc<2>, &str, Int); 17] = [
        (&RECEIVED_ADDRESSED, "unicast", stats.rx_unicast_packets),
        (&RECEIVED_ADDRESSED, "multicast", stats.rx_multicast_packets),
        (&RECEIVED_ADDRESSED, "broadcast", stats.rx_broadcast_packets),
        (&SENT_ADDRESSED, "unicast", stats.tx_unicast_packets),
        (&SENT_ADDRESSED, "multicast", stats.tx_multicast_packets),
        (&SENT_ADDRESSED, "broadcast", stats.tx_broadcast_packets),
        (&RECEIVED_ERROR_PACKETS, "fcs", stats.rx_fcs_packets),
        (&RECEIVED_ERROR_PACKETS, "fragments", stats.rx_fragments_packets),
        (&RECEIVED_ERROR_PACKETS, "jabber", stats.rx_jabber_packets),
        (&RECEIVED_ERROR_PACKETS, "oversize", stats.rx_oversize_packets),
        (&RECEIVED_ERROR_PACKETS, "undersize", stats.rx_undersize_packets),
        (&SENT_ERROR_PACKETS, "deferred", stats.tx_deferred),
        (&SENT_ERROR_PACKETS, "excessive", stats.tx_excessive),
        (&SENT_ERROR_PACKETS, "fcs", stats.tx_fcs),
        (&SENT_ERROR_PACKETS, "late", stats.tx_late),
        (&SENT_ERROR_PACKETS, "multiple", stats.tx_multiple),
        (&SENT_ERROR_PACKETS, "single", stats.tx_single),
    ];
    for (family, label, value) in labelled {
        if let Some(value) = value.count() {
            out.put(family, [port, label], value);
        }
    }
}

fn measure_sfp(sfp: &Sfp, out: &mut Families) {
    let words = [&sfp.kind, &sfp.vendor_name, &sfp.part_number, &sfp.hardware_rev, &sfp.serial_number];
    if words.iter().any(|word| word.0.is_some()) {
        out.put(&SFP, words.map(|word| word.or_empty()), true);
    }
    let flags = [
        (&SFP_PRESENT, sfp.present),
        (&SFP_READABLE, sfp.eeprom_valid),
        (&SFP_SUPPORTED, sfp.supported),
        (&SFP_POWERED, sfp.power_good),
        (&SFP_UP, sfp.link),
    ];
    for (family, flag) in flags {
        if let Some(flag) = flag.0 {
            out.put(family, [], flag);
        }
    }
}
