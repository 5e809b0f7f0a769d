//! `lan/`: the mode of the box and every host it remembers, with all the ways in which a host can be said badly.
//! Deliberately no host that the switch or the Wi-Fi does not know, while it is active.

use super::World;
use super::devices::{Device, Joint};
use super::json::{Object, list, quoted};
use super::profiles::Guest;
use super::reply::Reply;
use super::switch::{extra_active, extra_mac, extra_name, mac};
use super::{MINUTE, Millis};
use crate::house::Kind;

impl World {
    pub(super) fn lan_config(&self) -> Reply {
        Reply::Result(
            Object::new()
                .text("ip", GATEWAY)
                .text("name", &self.named(self.profile.device_name))
                .text("name_dns", "freebox-server")
                .text("name_mdns", "Freebox-Server")
                .text("name_netbios", "Freebox_Server")
                .text("mode", if self.bridge { "bridge" } else { "router" })
                .end(),
        )
    }

    pub(super) fn lan_interfaces(&self) -> Reply {
        if self.bridge {
            return Reply::bridged();
        }
        let one = |name, count: usize| Object::new().text("name", name).number("host_count", count).end();
        let guests = self.devices.iter().filter(|device| device.guest).count();
        let guest = (self.profile.guest != Guest::Off).then(|| one("wifiguest", guests));
        let all = self.listed() + self.extras() as usize;
        Reply::items([one("pub", all)].into_iter().chain(guest).collect())
    }

    pub(super) fn lan_hosts(&self, interface: &str) -> Reply {
        let guest = match interface {
            "pub" if !self.bridge => false,
            "wifiguest" if !self.bridge && self.profile.guest != Guest::Off => true,
            _ => return Reply::bridged(),
        };
        let mut hosts = Vec::new();
        for device in self.devices.iter().filter(|device| device.guest == guest) {
            hosts.push(self.host(device));
            if device.index == TWICE {
                hosts.push(self.former_self(device));
            }
        }
        if !guest {
            hosts.extend((0..self.extras()).map(|nth| self.extra(nth)));
        }
        Reply::items(hosts)
    }

    /// How many hosts of the house the list of its network has; one of them twice.
    pub(super) fn listed(&self) -> usize {
        self.devices.iter().filter(|device| !device.guest).count() + 1
    }

    fn host(&self, device: &Device) -> String {
        let (mac, active) = (mac(device), device.since.is_some());
        let seen = self.calendar(device.since.map_or(device.last, |_| self.now));
        let name = self.named(&device.host.name);
        let nameless = device.host.name == NAMELESS;
        let said = if nameless { "" } else { &name };
        let source = |name: &str, source: &str| Object::new().text("name", name).text("source", source).end();
        let names = match device.host.kind {
            _ if nameless => "{}".to_owned(),
            Kind::Pc | Kind::Nas => list([source(said, "dhcp"), source(&said.to_uppercase(), "netbios")]),
            Kind::Speaker | Kind::Printer | Kind::Tv => list([source(said, "mdns"), source(said, "dhcp")]),
            _ => list([source(said, "dhcp")]),
        };
        let manual = if device.host.name == MANUAL { quoted("") } else { "false".to_owned() };
        let vendor = vendor(device.host.mac.0);
        let ident = Object::new().text("id", &mac).text("type", "mac_address").end();
        Object::new()
            .text("id", &format!("ether-{mac}"))
            .text("primary_name", said)
            .text("default_name", said)
            .only(self.profile.recent && !nameless, |body| body.text("domain_name", &format!("{said}.lan")))
            .json("primary_name_manual", manual)
            .text("host_type", host_type(device))
            .only(device.host.kind != Kind::Printer, |body| body.text("vendor_name", vendor))
            .only(device.host.name != WITHOUT_IDENT, |body| {
                body.json("l2ident", if device.host.name == NULL_IDENT { "null" } else { &ident })
            })
            .flag("active", active)
            .flag("reachable", active)
            .flag("persistent", device.fixed)
            .text("interface", if device.guest { "wifiguest" } else { "pub" })
            .number("first_activity", self.calendar(device.first))
            .number("last_activity", seen)
            .number("last_time_reachable", seen)
            .json("names", names)
            .json("l3connectivities", self.l3(device, active, seen))
            .json("network_control", CONTROL)
            .only(active && self.profile.recent, |body| body.json("access_point", self.access_point(device)))
            .end()
    }

    fn l3(&self, device: &Device, active: bool, seen: u64) -> String {
        let one = |addr: &str, af: &str, active: bool, seen: u64| {
            Object::new()
                .text("addr", addr)
                .text("af", af)
                .flag("active", active)
                .flag("reachable", active)
                .number("last_activity", seen)
                .number("last_time_reachable", seen)
                .end()
        };
        let ipv4 = one(&device.host.ipv4.to_string(), "ipv4", active, seen);
        let ipv6 = device.host.ipv6.map(|ipv6| {
            let old = self.calendar(device.first);
            // The address of another week is still there, as boxes keep them.
            let former = ipv6.privacy(std::time::Duration::ZERO);
            let former = (former != ipv6.global).then(|| one(&former.to_string(), "ipv6", false, old));
            let now =
                [&ipv6.link_local, &ipv6.global].map(|addr| one(&addr.to_string(), "ipv6", active, seen));
            now.into_iter().chain(former)
        });
        list([ipv4].into_iter().chain(ipv6.into_iter().flatten()))
    }

    fn access_point(&self, device: &Device) -> String {
        let (rx_rate, tx_rate) = device.rates(self.now, self.share());
        let wired = matches!(device.joint, Joint::Port(_));
        let body = Object::new()
            .text("type", "gateway")
            .text("connectivity_type", if wired { "ethernet" } else { "wifi" })
            .text("mac", &self.mac(0))
            .text("uid", &self.about().uid)
            .number("rx_bytes", self.counted(device.rx))
            .number("tx_bytes", self.counted(device.tx))
            .number("rx_rate", rx_rate.round() as u64)
            .number("tx_rate", tx_rate.round() as u64);
        match device.joint {
            Joint::Port(id) => {
                let port = self.profile.ports.iter().find(|port| port.id == id);
                let speed = port.map_or(0, |port| port.speed).to_string();
                let ethernet = Object::new().text("speed", &speed).text("duplex", "full");
                let ethernet = ethernet.text("max_port_speed", &speed).text("link", "up");
                body.json("ethernet_information", ethernet.end()).end()
            }
            Joint::Radio(id) => {
                let radio = self.profile.radios.iter().find(|radio| radio.id == id);
                let fast = radio.is_some_and(|radio| radio.band != "2d4g");
                let wifi = Object::new()
                    .text("band", radio.map_or("", |radio| radio.band))
                    .text("ssid", &self.ssid(device.guest))
                    .text("bssid", &self.bss_id(id, device.guest))
                    .text("standard", radio.map_or("", |radio| radio.standard))
                    .number("signal", self.signal(device))
                    .number("phy_rx_rate", if fast { 864_800 } else { 72_200 })
                    .number("phy_tx_rate", if fast { 1_200_900 } else { 144_400 })
                    .number("sess_duration", device.since.map_or(0, |since| self.seconds_since(since)));
                body.json("wifi_information", wifi.end()).end()
            }
        }
    }

    /// The same device under the name it had before: boxes keep both.
    fn former_self(&self, device: &Device) -> String {
        let name = self.named(&format!("old-{}", device.host.name));
        let body = (format!("ether-{}-old", mac(device)), name, mac(device), device.host.ipv4.to_string());
        self.plain(body, false, -90 * 1_440 * MINUTE)
    }

    fn extra(&self, nth: u64) -> String {
        let addr = format!("10.{}.{}.{}", nth >> 16 & 0xff, nth >> 8 & 0xff, nth & 0xff);
        let mac = extra_mac(nth);
        let last = -((nth % 500) as Millis) * 60 * MINUTE;
        self.plain((format!("ether-{mac}"), extra_name(nth), mac, addr), extra_active(nth), last)
    }

    fn plain(&self, who: (String, String, String, String), active: bool, last: Millis) -> String {
        let (id, name, mac, addr) = who;
        let seen = self.calendar(if active { self.now } else { last });
        let ident = Object::new().text("id", &mac).text("type", "mac_address").end();
        let l3 = Object::new()
            .text("addr", &addr)
            .text("af", "ipv4")
            .flag("active", active)
            .flag("reachable", active)
            .number("last_activity", seen)
            .number("last_time_reachable", seen)
            .end();
        Object::new()
            .text("id", &id)
            .text("primary_name", &name)
            .text("default_name", &name)
            .flag("primary_name_manual", false)
            .text("host_type", "other")
            .text("vendor_name", "")
            .json("l2ident", ident)
            .flag("active", active)
            .flag("reachable", active)
            .flag("persistent", false)
            .text("interface", "pub")
            .number("first_activity", self.calendar(-200 * 1_440 * MINUTE))
            .number("last_activity", seen)
            .number("last_time_reachable", seen)
            .json("names", list([Object::new().text("name", &name).text("source", "dhcp").end()]))
            .json("l3connectivities", list([l3]))
            .json("network_control", CONTROL)
            .end()
    }
}

/// The box's address in the house.
pub(super) const GATEWAY: &str = "192.168.1.254";
const CONTROL: &str = r#"{"profile_id":0,"name":"","current_mode":"allowed"}"#;
/// Which host is in the list under two names: `anna-laptop`, who is always there.
const TWICE: usize = 6;
/// Who is listed without any name.
const NAMELESS: &str = "vacuum";
/// Whose `primary_name_manual` is a text.
const MANUAL: &str = "plug-washer";
/// Whose hardware address is not said.
const WITHOUT_IDENT: &str = "weather-station";
/// Whose hardware address is said to be none.
const NULL_IDENT: &str = "solar-inverter";

fn host_type(device: &Device) -> &'static str {
    match (device.host.kind, device.host.name.as_str()) {
        (_, "ipad") => "tablet",
        // A word that nobody has heard of: the set is open.
        (_, "plug-lamp") => "smart_plug",
        (Kind::Pc, name) if name.contains("laptop") || name.contains("macbook") => "laptop",
        (Kind::Router, _) => "networking_device",
        (Kind::Nas, _) => "nas",
        (Kind::Pc, _) => "workstation",
        (Kind::Phone, _) => "smartphone",
        (Kind::Tv, _) => "television",
        (Kind::Speaker, _) => "multimedia_device",
        (Kind::Camera, _) => "ip_camera",
        (Kind::Printer, _) => "printer",
        (Kind::Iot, _) => "other",
    }
}

/// Who made it, by the first half of its hardware address in the register of the IEEE.
fn vendor(mac: [u8; 6]) -> &'static str {
    match [mac[0], mac[1], mac[2]] {
        [0x44, 0x65, 0x0d] => "Amazon Technologies Inc.",
        [0xf0, 0x18, 0x98] => "Apple, Inc.",
        [0x24, 0x0a, 0xc4] => "Espressif Inc.",
        [0x44, 0x19, 0xb6] => "Hangzhou Hikvision Digital Technology Co.,Ltd.",
        [0x3c, 0xd9, 0x2b] => "Hewlett Packard",
        [0x00, 0x1b, 0x21] => "Intel Corporate",
        [0x4c, 0x5e, 0x0c] => "Routerboard.com",
        [0xb8, 0x27, 0xeb] => "Raspberry Pi Foundation",
        [0xd8, 0x31, 0x34] => "Roku, Inc",
        [0x00, 0x0e, 0x58] => "Sonos, Inc.",
        [0x00, 0x11, 0x32] => "Synology Incorporated",
        _ => "",
    }
}
