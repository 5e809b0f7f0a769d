//! `wifi/`: the radios, their networks and who is on them. Deliberately no model of the air: signals only drift.

mod air;
mod survey;

pub use air::Air;

use super::World;
use super::about::{GUEST_KEY, MASK, WIFI_KEY, WPS_PIN};
use super::devices::{Device, Joint};
use super::json::{Object, list};
use super::profiles::{Guest, Radio};
use super::reply::{Permissions, Reply};
use super::switch::mac;

/// From here on there is `wifi/state/`.
const STATE: u32 = 10;
/// For so long the box does not know yet which host a new station is, in seconds.
const UNKNOWN_FOR: u64 = 30;

impl World {
    pub(super) fn wifi_config(&self) -> Reply {
        let on = !self.bridge && self.air.on;
        let body = Object::new().flag("enabled", on).flag("power_saving", false);
        Reply::Result(body.text("mac_filter_state", "disabled").end())
    }

    pub(super) fn wifi_state(&self, major: u32) -> Reply {
        if major < STATE {
            return Reply::unknown_path();
        }
        let phy = |radio: &Radio| {
            let body = Object::new().text("band", radio.band).number("phy_id", radio.id);
            body.flag("detected", true).end()
        };
        let state = match (self.bridge || !self.air.on, self.air.planned_off) {
            (true, _) => "disabled",
            (_, true) => "disabled_planning",
            _ => "enabled",
        };
        let phys = list(self.profile.radios.iter().map(phy));
        let body = Object::new().text("state", state).json("expected_phys", phys);
        Reply::Result(body.text("power_saving_capability", "supported").end())
    }

    pub(super) fn wifi_aps(&self) -> Reply {
        if self.air.list_empty {
            return Reply::EmptyList;
        }
        Reply::items(self.profile.radios.iter().map(|radio| self.ap(radio)).collect())
    }

    pub(super) fn radio(&self, id: &str) -> Option<&'static Radio> {
        self.profile.radios.iter().find(|radio| radio.id.to_string() == id)
    }

    pub(super) fn ap_state(&self, radio: &Radio) -> &'static str {
        if self.bridge { "disabled" } else { self.air.state(self.profile, radio.id, self.now) }
    }

    pub(super) fn ap(&self, radio: &Radio) -> String {
        let state = self.ap_state(radio);
        let waits = if state == "dfs" { self.air.waits(self.profile, radio.id, self.now) } else { 0 };
        let status = Object::new()
            .text("state", state)
            .text("channel_width", radio.width)
            .number("primary_channel", radio.channel)
            .number("secondary_channel", radio.secondary)
            .number("dfs_cac_remaining_time", waits)
            .only(self.profile.recent, |body| {
                body.flag("dfs_disabled", false).number("temp_disable_remaining_time", 0)
            });
        let widths = match radio.band {
            "2d4g" => r#"{"20":true,"40":true,"shortgi20":true}"#,
            _ => r#"{"80":true,"160":true}"#,
        };
        let config = Object::new()
            .text("band", radio.band)
            .text("channel_width", if radio.band == "2d4g" { "auto" } else { radio.width })
            .number("primary_channel", if radio.radar { radio.channel } else { 0 })
            .number("secondary_channel", 0)
            .flag("dfs_enabled", radio.radar)
            .json("ht", Object::new().flag("ht_enabled", true).flag("ac_enabled", radio.band != "2d4g").end())
            .only(self.profile.recent, |body| body.json("he", r#"{"enabled":true}"#))
            .flag("enabled", self.air.on);
        Object::new()
            .number("id", radio.id)
            .text("name", radio.name)
            .json("status", status.end())
            .json("capabilities", Object::new().json(radio.band, widths).end())
            .json("config", config.end())
            .end()
    }

    /// The networks of the house and for guests, by identity.
    pub(super) fn bss_id(&self, radio: u32, guest: bool) -> String {
        let nth = self.profile.radios.iter().position(|each| each.id == radio).unwrap_or(0) as u64;
        self.mac(4 + nth + if guest { 16 } else { 0 })
    }

    pub(super) fn ssid(&self, guest: bool) -> String {
        self.named(if guest { "Maison invités" } else { "Maison" })
    }

    pub(super) fn wifi_bss(&self, permissions: &Permissions) -> Reply {
        let networks = self.profile.radios.iter().map(|radio| (radio, false));
        let guests = self.profile.radios.iter().take(1).map(|radio| (radio, true));
        let guests = guests.filter(|_| self.profile.guest != Guest::Off);
        Reply::items(
            networks.chain(guests).map(|(radio, guest)| self.bss(radio, guest, permissions)).collect(),
        )
    }

    fn bss(&self, radio: &Radio, guest: bool, permissions: &Permissions) -> String {
        let active = self.ap_state(radio) == "active";
        let stations = self.stations(radio).filter(|device| device.guest == guest).count();
        let status = Object::new()
            .text("state", if active { "active" } else { "phy_stopped" })
            .number("sta_count", stations)
            .number("authorized_sta_count", stations)
            .flag("is_main_bss", !guest)
            .text("band", &radio.band.to_uppercase());
        let key = match (permissions.settings, guest) {
            (false, _) => MASK,
            (true, false) => WIFI_KEY,
            (true, true) => GUEST_KEY,
        };
        let config = || {
            Object::new()
                .flag("enabled", true)
                .text("ssid", &self.ssid(guest))
                .flag("hide_ssid", false)
                .text("encryption", "wpa23_psk_ccmp")
                .number("eapol_version", 2)
                .text("key", key)
        };
        let body = Object::new()
            .text("id", &self.bss_id(radio.id, guest))
            .number("phy_id", radio.id)
            .flag("use_shared_params", !guest)
            .json("status", status.end())
            .json("config", config().end());
        // The youngest firmware repeats the parameters, with one more thing that nobody must see.
        body.only(self.profile.standby, |body| {
            let pin = if permissions.settings { WPS_PIN } else { MASK };
            let wps = Object::new().flag("enabled", false).text("pin", pin).end();
            body.json("bss_params", config().json("wps", wps).end())
        })
        .end()
    }

    /// Who is on a radio.
    pub(super) fn stations(&self, radio: &Radio) -> impl Iterator<Item = &Device> {
        let id = radio.id;
        self.devices.iter().filter(move |device| device.joint == Joint::Radio(id) && device.since.is_some())
    }

    pub(super) fn wifi_stations(&self, radio: &Radio) -> Reply {
        let stations = self.stations(radio).enumerate();
        Reply::items(stations.map(|(nth, device)| self.station(radio, device, nth == 0)).collect())
    }

    /// Whether the box knows which host a station is; `first` is the first of its radio.
    pub(super) fn station_has_host(&self, device: &Device, first: bool) -> bool {
        let known = device.since.is_some_and(|since| self.seconds_since(since) >= UNKNOWN_FOR);
        let odd = self.oddities.stations_without_host && first;
        // In the youngest box one guest stays unknown for ever.
        known && !odd && !(self.profile.standby && device.host.name == "phone-guest")
    }

    /// In dBm, as it drifts.
    pub(super) fn signal(&self, device: &Device) -> i64 {
        device.signal + (3.0 * self.drift(300 + device.index as u64, 700.0)).round() as i64
    }

    fn station(&self, radio: &Radio, device: &Device, first: bool) -> String {
        let (mac, bssid) = (mac(device), self.bss_id(radio.id, device.guest));
        let name = self.named(&device.host.name);
        let hostname = match device.index % 7 {
            3 => "",
            5 => &mac,
            _ => &name,
        };
        let (rx_rate, tx_rate) = device.rates(self.now, self.share());
        let fast = radio.band != "2d4g";
        let last = |bitrate: u32| {
            Object::new()
                .number("bitrate", bitrate)
                .number("mcs", if fast { -1 } else { 7 })
                .number("vht_mcs", if fast { 9 } else { -1 })
                .text("width", radio.width)
                .flag("shortgi", true)
                .end()
        };
        let flags = Object::new().flag("legacy", false).flag("ht", true).flag("vht", fast);
        let flags = flags.only(self.profile.recent, |flags| flags.flag("he", fast)).flag("authorized", true);
        let body = Object::new()
            .text("id", &format!("{bssid}-{mac}"))
            .text("mac", &mac)
            .text("bssid", &bssid)
            .text("hostname", hostname)
            .text("state", "authenticated")
            .number("inactive", (self.now / 1_000 + device.index as i64) % 9)
            .number("conn_duration", device.since.map_or(0, |since| self.seconds_since(since)))
            .number("rx_bytes", self.counted(device.rx))
            .number("tx_bytes", self.counted(device.tx))
            .number("rx_rate", rx_rate.round() as u64)
            .number("tx_rate", tx_rate.round() as u64)
            .number("signal", self.signal(device))
            .json("flags", flags.end());
        // Some stations have not said anything yet of which the speed could be known.
        let body = body.only(device.index % 5 != 4, |body| {
            let (rx, tx) = if fast { (8_648, 12_009) } else { (722, 1_444) };
            body.json("last_rx", last(rx)).json("last_tx", last(tx))
        });
        let body = body.text("wpa_alg", "wpa2").text("pairwise_cipher", "ccmp");
        body.only(self.station_has_host(device, first), |body| {
            let host = Object::new().text("id", &format!("ether-{mac}")).text("primary_name", &name);
            body.json("host", host.flag("active", true).end())
        })
        .end()
    }
}
