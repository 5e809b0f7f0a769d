//! `vpn/` and `vpn_client/`: people outside who are at home, and the box that is somewhere else. Deliberately pure:
//! what a tunnel carried is the integral of its rate since it is up.

use super::about::{MASK, VPN_CLIENT_PASSWORD, VPN_PASSWORD};
use super::curve::Curve;
use super::json::{Object, list};
use super::reply::{Permissions, Reply};
use super::wan::State;
use super::{MINUTE, Millis, World};
use crate::dice::Dice;

/// How long after the line a tunnel comes.
const LATER: Millis = MINUTE;
/// People outside have come an hour ago at most when the world begins.
const RECENTLY: Millis = -60 * MINUTE;

impl World {
    /// Since when tunnels are up.
    pub(super) fn tunnels_since(&self) -> Option<Millis> {
        match self.wan.state {
            State::Up(since) if since + LATER <= self.now => Some((since + LATER).max(RECENTLY)),
            _ => None,
        }
    }

    /// Bytes per second now and bytes so far through a tunnel; 0 where it is down.
    pub(super) fn tunnel_traffic(&self, purpose: u64, base: f64) -> (f64, f64) {
        let Some(since) = self.tunnels_since() else { return (0.0, 0.0) };
        let curve = Curve::new(&mut Dice::new(self.seed, 0x465b_0000 + purpose), base);
        (curve.at(self.now), curve.between(since, self.now))
    }

    pub(super) fn vpn_servers(&self) -> Reply {
        if !self.profile.vpn_server {
            return Reply::unsupported();
        }
        let server = |name: &str, kind: &str, state: &str, connections: usize| {
            let body = Object::new().text("name", name).text("type", kind).text("state", state);
            let body = body.number("connection_count", connections);
            body.number("auth_connection_count", connections).end()
        };
        let people = usize::from(self.tunnels_since().is_some());
        Reply::items(vec![
            server("openvpn_routed", "openvpn", "started", people),
            server("pptp", "pptp", "stopped", 0),
        ])
    }

    pub(super) fn vpn_connections(&self) -> Reply {
        if !self.profile.vpn_server {
            return Reply::unsupported();
        }
        let Some(since) = self.tunnels_since() else { return Reply::EmptyList };
        let body = Object::new()
            .text("id", "openvpn_routed-192.168.27.65-2")
            .text("vpn", "openvpn_routed")
            .text("user", &self.named("lea"))
            .flag("authenticated", true)
            .number("auth_time", self.calendar(since))
            .text("src_ip", "198.51.100.4")
            .number("src_port", 51_122)
            .text("local_ip", "192.168.27.65")
            .number("rx_bytes", self.tunnel_traffic(1, 800.0).1 as u64)
            .number("tx_bytes", self.tunnel_traffic(2, 9_000.0).1 as u64);
        Reply::items(vec![body.end()])
    }

    pub(super) fn vpn_users(&self, permissions: &Permissions) -> Reply {
        if !self.profile.vpn_server {
            return Reply::unsupported();
        }
        let password = if permissions.settings { VPN_PASSWORD } else { MASK };
        let body = Object::new().text("login", &self.named("lea")).text("password", password);
        Reply::items(vec![body.text("ip_reservation", "192.168.27.65").end()])
    }

    pub(super) fn vpn_client_configs(&self, permissions: &Permissions) -> Reply {
        if !self.profile.vpn_client {
            return Reply::EmptyList;
        }
        let password = if permissions.settings { VPN_CLIENT_PASSWORD } else { MASK };
        let openvpn = Object::new().text("username", "lea").text("password", password).end();
        let body = Object::new().text("id", "bureau").text("type", "openvpn").text("description", "Bureau");
        Reply::items(vec![body.flag("active", true).json("conf_openvpn", openvpn).end()])
    }

    pub(super) fn vpn_client(&self) -> Reply {
        let since = self.tunnels_since().filter(|_| self.profile.vpn_client);
        let (down, up) = match since {
            Some(_) => (self.tunnel_traffic(3, 5_000.0), self.tunnel_traffic(4, 700.0)),
            None => ((0.0, 0.0), (0.0, 0.0)),
        };
        let stats = Object::new()
            .number("rate_up", up.0.round() as u64)
            .number("rate_down", down.0.round() as u64)
            .number("bytes_up", up.1 as u64)
            .number("bytes_down", down.1 as u64);
        let enabled = self.profile.vpn_client;
        Reply::Result(
            Object::new()
                .flag("enabled", enabled)
                .text("active_vpn", if enabled { "bureau" } else { "" })
                .text("type", "openvpn")
                .text("state", if since.is_some() { "up" } else { "down" })
                .text("last_error", "none")
                .number("last_up", since.map_or(0, |since| self.calendar(since)))
                .number("next_try", 0)
                .json("stats", stats.end())
                .end(),
        )
    }

    /// Calls that nobody took and others, for whoever may see them.
    pub(super) fn calls(&self) -> Reply {
        let call = |id: u32, kind: &str, ago: Millis, duration: u32| {
            Object::new()
                .number("id", id)
                .text("type", kind)
                .number("datetime", self.calendar(-ago * MINUTE))
                .text("number", "0102030405")
                .text("name", "0102030405")
                .number("duration", duration)
                .flag("new", kind == "missed")
                .number("line_id", 0)
                .number("contact_id", 0)
                .end()
        };
        Reply::Result(list([
            call(69, "missed", 30, 0),
            call(68, "outgoing", 90, 123),
            call(67, "accepted", 700, 61),
        ]))
    }
}
