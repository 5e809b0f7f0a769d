//! `dhcp/` and `dhcpv6/config`: who got which address, and for how long. Deliberately pure: a lease follows from when
//! its device came and went.

use super::World;
use super::devices::Device;
use super::json::Object;
use super::lan::GATEWAY;
use super::reply::Reply;
use super::switch::mac;
use super::{Millis, SECOND};
use crate::house::Kind;

/// How long a lease lasts; devices ask again at half of it (RFC 2131 §4.4.5).
const LEASE: Millis = 43_200 * SECOND;

/// A lease: when it was first given, and last.
pub(super) struct Lease {
    pub assigned: Millis,
    pub refreshed: Millis,
}

impl World {
    pub(super) fn dhcp_config(&self) -> Reply {
        Reply::Result(
            Object::new()
                .flag("enabled", !self.bridge)
                .text("gateway", GATEWAY)
                .text("netmask", "255.255.255.0")
                .text("ip_range_start", "192.168.1.2")
                .text("ip_range_end", "192.168.1.253")
                .flag("sticky_assign", true)
                .flag("always_broadcast", false)
                .json("dns", r#"["192.168.1.254","","","",""]"#)
                .end(),
        )
    }

    pub(super) fn dhcpv6_config(&self) -> Reply {
        let body = Object::new().flag("enabled", !self.bridge).flag("use_custom_dns", false);
        Reply::Result(body.json("dns", "{}").end())
    }

    /// The lease of a device, if it has one at this moment. Routers have none: they need no one to tell them.
    pub(super) fn lease(&self, device: &Device) -> Option<Lease> {
        if self.bridge || device.host.kind == Kind::Router {
            return None;
        }
        let came = if device.next.is_some() { device.turned } else { device.first };
        let assigned = if device.present { came } else { came - LEASE };
        let seen = if device.present { self.now } else { device.turned };
        let half = LEASE / 2;
        // Each asks at a time of its own.
        let phase = device.index as Millis * 977 * SECOND;
        let asked = (seen - phase).div_euclid(half) * half + phase;
        let refreshed = if device.present { asked.max(assigned) } else { asked };
        (refreshed + LEASE > self.now).then_some(Lease { assigned, refreshed })
    }

    pub(super) fn dynamic_leases(&self) -> Reply {
        let lease = |device: &Device| {
            let lease = self.lease(device)?;
            let body = Object::new()
                .text("mac", &mac(device))
                .text("hostname", &self.named(&device.host.name))
                .text("ip", &device.host.ipv4.to_string());
            // Those that never end have numbers that mean nothing.
            let body = if device.fixed {
                body.number("lease_remaining", -1).number("assign_time", 0).number("refresh_time", -1)
            } else {
                body.number("lease_remaining", (lease.refreshed + LEASE - self.now) / SECOND)
                    .number("assign_time", self.calendar(lease.assigned))
                    .number("refresh_time", self.calendar(lease.refreshed))
            };
            Some(body.flag("is_static", device.fixed).end())
        };
        Reply::items(self.devices.iter().filter_map(lease).collect())
    }

    pub(super) fn static_leases(&self) -> Reply {
        let lease = |device: &Device| {
            let mac = mac(device);
            Object::new()
                .text("id", &mac)
                .text("mac", &mac)
                .text("comment", "")
                .text("hostname", &self.named(&device.host.name))
                .text("ip", &device.host.ipv4.to_string())
                .end()
        };
        let fixed = self.devices.iter().filter(|device| device.fixed && !self.bridge);
        Reply::items(fixed.map(lease).collect())
    }
}
