//! `freeplug/` and `sfp/status`: what else can be plugged into a box. Deliberately little: both are rare.

use super::World;
use super::json::{Object, list};
use super::profiles::Freeplug;
use super::reply::Reply;

/// From here on there is `sfp/status`.
const SFP: u32 = 11;

impl World {
    /// A pair of adapters; the one in the box does not know the speed to itself.
    pub(super) fn freeplugs(&self) -> Reply {
        match self.profile.freeplug {
            Freeplug::Unknown => return Reply::unknown_path(),
            Freeplug::None => return Reply::EmptyList,
            Freeplug::Pair => {}
        }
        let rate = 74 + (4.0 * self.drift(50, 900.0)).round() as i64;
        let own = Object::new()
            .text("id", "F4:CA:E5:00:00:01")
            .flag("local", true)
            .text("net_role", "cco")
            .text("model", "FREEPLUG")
            .text("eth_port_status", "up")
            .flag("eth_full_duplex", true)
            .flag("has_network", true)
            .number("eth_speed", 100)
            .number("inactive", 0)
            .text("net_id", "A1B2C3D4E5F601")
            .number("rx_rate", -1)
            .number("tx_rate", -1);
        let other = Object::new()
            .text("id", "F4:CA:E5:00:00:02")
            .flag("local", false)
            .text("net_role", "sta")
            .number("rx_rate", rate)
            .number("tx_rate", rate + 7)
            .flag("has_network", true)
            .number("inactive", 12);
        let network = Object::new().text("id", "F4:CA:E5:00:00:01");
        Reply::items(vec![network.json("members", list([own.end(), other.end()])).end()])
    }

    /// The cage towards the house, with a short cable in it that goes nowhere.
    pub(super) fn lan_sfp(&self, major: u32) -> Reply {
        if major < SFP {
            return Reply::unknown_path();
        }
        if !self.profile.lan_sfp {
            return Reply::unsupported();
        }
        Reply::Result(
            Object::new()
                .flag("present", true)
                .flag("eeprom_valid", true)
                .flag("supported", true)
                .text("type", "p2p_10g")
                .flag("power_good", true)
                .flag("link", false)
                .text("vendor_name", "ACME            ")
                .text("part_number", "DAC-10G-1M      ")
                .text("hardware_rev", "B")
                .text("serial_number", "AC0042          ")
                .end(),
        )
    }
}
