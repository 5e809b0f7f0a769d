//! `connection/lte/*` and `connection/aggregation`: the cellular module, where there is one. Deliberately no model of
//! a cell: its figures only drift.

use super::World;
use super::about::{ICCID, IMSI};
use super::json::{Object, list};
use super::profiles::Cellular;
use super::reply::Reply;

/// What a firmware before version 10 of the interface calls all of it together.
const YOUNG: u32 = 10;

impl World {
    pub(super) fn lte_config(&self, major: u32) -> Reply {
        match self.profile.cellular {
            _ if major >= YOUNG => Reply::unknown_path(),
            Cellular::None => Reply::no_module(),
            _ => Reply::Result(self.module().json("tunnel", self.tunnel()).end()),
        }
    }

    pub(super) fn lte_aggregation(&self, major: u32) -> Reply {
        match self.profile.cellular {
            _ if major < YOUNG => Reply::unknown_path(),
            Cellular::Aggregation => Reply::Result(self.module().end()),
            Cellular::Backup | Cellular::None => Reply::no_module(),
        }
    }

    pub(super) fn lte_backup(&self, major: u32) -> Reply {
        match self.profile.cellular {
            _ if major < YOUNG => Reply::unknown_path(),
            Cellular::None => Reply::no_module(),
            Cellular::Aggregation | Cellular::Backup => Reply::Result(self.module().end()),
        }
    }

    pub(super) fn aggregation(&self, major: u32) -> Reply {
        match self.profile.cellular {
            _ if major < YOUNG => Reply::unknown_path(),
            Cellular::Aggregation => {
                Reply::Result(Object::new().flag("enabled", true).json("tunnel", self.tunnel()).end())
            }
            Cellular::Backup | Cellular::None => Reply::no_module(),
        }
    }

    fn module(&self) -> Object {
        let on = self.wan.sim;
        let sim = Object::new()
            .flag("present", on)
            .flag("pin_locked", false)
            .flag("puk_locked", false)
            .number("pin_remaining", 3)
            .number("puk_remaining", 10)
            .text("iccid", if on { ICCID } else { "" })
            .text("imsi", if on { IMSI } else { "" });
        let network = Object::new()
            .flag("pdn_up", on)
            .flag("has_ipv4", on)
            .flag("has_ipv6", on)
            .text("ipv4", if on { "100.71.3.9" } else { "" })
            .text("ipv6", if on { "2001:db8:4::9" } else { "" });
        let radio = Object::new()
            .flag("associated", on)
            .flag("ue_active", on)
            .text("attach_status", if on { "attached" } else { "detached" })
            .number("plmn", if on { 20_815 } else { 0 })
            .number("signal_level", if on { 4 } else { 0 })
            .text("gcid", if on { "A1B2C3" } else { "" })
            .json("bands", list(on.then(|| self.band())));
        Object::new()
            .flag("enabled", true)
            .text("state", if on { "connected" } else { "not_detected" })
            .text("fsm_state", if on { "poll_network" } else { "wait_neighboor" })
            .text("antenna", "internal")
            .flag("has_external_antennas", false)
            .json("sim", sim.end())
            .json("network", network.end())
            .json("radio", radio.end())
    }

    /// Received power in dBm, as it drifts.
    pub(super) fn rsrp(&self) -> i64 {
        -97 + (3.0 * self.drift(40, 1_200.0)).round() as i64
    }

    fn band(&self) -> String {
        Object::new()
            .flag("enabled", true)
            .number("band", 7)
            .number("bandwidth", 20)
            .number("rsrp", self.rsrp())
            .number("rsrq", -11)
            .number("rssi", self.rsrp() + 31)
            .number("pci", 214)
            .end()
    }

    fn tunnel(&self) -> String {
        let end = |connected: bool, rx_max: u32, tx_max: u32, used: u32| {
            Object::new()
                .flag("connected", connected)
                .text("last_error", "no_error")
                .number("tx_flows_rate", 0)
                .number("rx_flows_rate", used * 3)
                .number("tx_max_rate", tx_max)
                .number("rx_max_rate", rx_max)
                .number("tx_used_rate", 0)
                .number("rx_used_rate", used)
                .end()
        };
        let used = (340.0 + 60.0 * self.drift(41, 600.0)).round() as u32;
        let (lte, xdsl) = (end(self.wan.sim, 150_000, 50_000, used), end(false, 0, 0, 0));
        Object::new().json("lte", lte).json("xdsl", xdsl).end()
    }
}
