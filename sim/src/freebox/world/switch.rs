//! `switch/`: which cable goes where, who is heard on it, and thirty counters for each port. Deliberately no model of
//! frames: packets are bytes divided by a usual size.

use super::World;
use super::devices::{Device, Joint};
use super::json::{Object, list};
use super::profiles::{Port, Role};
use super::reply::Reply;

impl World {
    pub(super) fn switch_status(&self) -> Reply {
        Reply::items(self.profile.ports.iter().map(|port| self.port(port)).collect())
    }

    fn port(&self, port: &Port) -> String {
        let up = self.port_up(port);
        // Without a cable most ports say 10 and half; a cage says what it could do.
        let full = up || port.speed > 1_000;
        let speed = if full { port.speed } else { 10 };
        let kind = match speed {
            100 => "BaseTX",
            _ => "BaseT",
        };
        let body = Object::new()
            .number("id", port.id)
            .only(self.profile.recent, |body| body.text("name", port.name).text("rrd_id", port.rrd_id))
            .text("link", if up { "up" } else { "down" })
            .text("duplex", if full { "full" } else { "half" })
            .text("speed", &speed.to_string())
            .text("mode", &format!("{speed}{kind}-{}", if full { "FD" } else { "HD" }));
        let heard = self.heard(port);
        // The list is away on a port without a cable, and an object where the box's Lua sees an empty table.
        match (up, heard.is_empty()) {
            (false, _) => body.end(),
            (true, true) => body.json("mac_list", "{}").end(),
            (true, false) => {
                let one = |(mac, name): &(String, String)| {
                    Object::new().text("mac", mac).text("hostname", name).end()
                };
                body.json("mac_list", list(heard.iter().map(one))).end()
            }
        }
    }

    /// Whether there is a link.
    pub(super) fn port_up(&self, port: &Port) -> bool {
        matches!(port.role, Role::Storage | Role::Rest | Role::Silent)
    }

    /// Hardware addresses heard on a port, with their names.
    pub(super) fn heard(&self, port: &Port) -> Vec<(String, String)> {
        if self.bridge {
            let router = (self.uplink.mac.to_string().to_uppercase(), String::new());
            return if port.role == Role::Rest { vec![router] } else { Vec::new() };
        }
        let here = |device: &&Device| device.since.is_some() && device.joint == Joint::Port(port.id);
        let heard = self.devices.iter().filter(here);
        let mut heard: Vec<_> = heard.map(|device| (mac(device), self.named(&device.host.name))).collect();
        if port.role == Role::Rest {
            heard.extend(
                (0..self.extras())
                    .filter(|&nth| extra_active(nth))
                    .map(|nth| (extra_mac(nth), extra_name(nth))),
            );
        }
        heard
    }

    /// Bytes per second to the box and by the box.
    pub(super) fn port_rates(&self, port: &Port) -> (f64, f64) {
        let share = self.share();
        if self.bridge {
            let (down, up) = self.line_rates();
            return if port.role == Role::Rest { (up, down) } else { (0.0, 0.0) };
        }
        let here = self.devices.iter().filter(|device| device.joint == Joint::Port(port.id));
        here.map(|device| device.rates(self.now, share))
            .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }

    pub(super) fn port_stats(&self, id: &str) -> Reply {
        let ports = self.profile.ports.iter().zip(&self.ports);
        let Some((port, (rx, tx))) = ports.into_iter().find(|(port, _)| port.id.to_string() == id) else {
            return Reply::bad_port();
        };
        if port.role == Role::Bare {
            return Reply::bad_port();
        }
        let (rx_rate, tx_rate) = self.port_rates(port);
        // Younger firmwares do not know the rate of a port without a cable; a cage never knows it.
        let unknown = port.role == Role::Odd || self.profile.recent && port.role == Role::Unplugged;
        let rate = |rate: f64| if unknown { -1 } else { rate.round() as i64 };
        let side = |bytes: f64| {
            let bytes = bytes as u64;
            let (unicast, multicast, broadcast) = (bytes / 980, bytes / 90_000, bytes / 400_000);
            [bytes, unicast + multicast + broadcast, unicast, multicast, broadcast]
                .map(|count| self.wrapped(count))
        };
        let (received, sent) = (side(*rx), side(*tx));
        let zeros = |body: Object, keys: &[&str]| keys.iter().fold(body, |body, key| body.number(key, 0));
        let count = |body: Object, keys: [&str; 5], counts: [u64; 5]| {
            keys.iter().zip(counts).fold(body, |body, (key, count)| body.number(key, count))
        };
        let body = Object::new().number("rx_packets_rate", rate(rx_rate / 966.0));
        let body = body.number("rx_bytes_rate", rate(rx_rate));
        let body = count(body, RECEIVED, received);
        let body = zeros(body, &RECEIVED_BADLY);
        let body =
            body.number("tx_packets_rate", rate(tx_rate / 966.0)).number("tx_bytes_rate", rate(tx_rate));
        Reply::Result(zeros(count(body, SENT, sent), &SENT_BADLY).end())
    }

    /// A counter as it is said: whole, and of 32 bits when somebody wants to see that.
    pub(super) fn counted(&self, bytes: f64) -> u64 {
        self.wrapped(bytes as u64)
    }

    fn wrapped(&self, count: u64) -> u64 {
        if self.oddities.wrapping_counters { count & 0xffff_ffff } else { count }
    }

    /// How many hosts more the box knows than live in the house.
    pub(super) fn extras(&self) -> u64 {
        if self.bridge { 0 } else { self.oddities.hosts.saturating_sub(self.listed()) as u64 }
    }
}

/// A device's hardware address as a box writes it.
pub(super) fn mac(device: &Device) -> String {
    device.host.mac.to_string().to_uppercase()
}

/// Of the hosts that nobody in the house knows, one in ten is there, by cable.
pub(super) fn extra_active(nth: u64) -> bool {
    nth.is_multiple_of(10)
}

/// The hardware address of one of them.
pub(super) fn extra_mac(nth: u64) -> String {
    format!("02:F1:00:{:02X}:{:02X}:{:02X}", nth >> 16 & 0xff, nth >> 8 & 0xff, nth & 0xff)
}

/// The name of one of them.
pub(super) fn extra_name(nth: u64) -> String {
    format!("crowd-{nth}")
}

const RECEIVED: [&str; 5] = [
    "rx_good_bytes",
    "rx_good_packets",
    "rx_unicast_packets",
    "rx_multicast_packets",
    "rx_broadcast_packets",
];
const RECEIVED_BADLY: [&str; 8] = [
    "rx_bad_bytes",
    "rx_err_packets",
    "rx_fcs_packets",
    "rx_fragments_packets",
    "rx_jabber_packets",
    "rx_oversize_packets",
    "rx_undersize_packets",
    "rx_pause",
];
const SENT: [&str; 5] =
    ["tx_bytes", "tx_packets", "tx_unicast_packets", "tx_multicast_packets", "tx_broadcast_packets"];
const SENT_BADLY: [&str; 8] = [
    "tx_collisions",
    "tx_deferred",
    "tx_excessive",
    "tx_fcs",
    "tx_late",
    "tx_multiple",
    "tx_single",
    "tx_pause",
];
