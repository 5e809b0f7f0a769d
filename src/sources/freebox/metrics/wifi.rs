//! Its radios, its networks, and who is on them: in our words. *Received* and *sent* are seen from the station, as they
//! are from every host: what the radio receives, the station has sent.

use std::sync::Arc;

use super::host::{add_name, addresses, names, short, signal};
use super::states::states;
use crate::metric::{Attachment, Began, Families, Mac, Origin, Sighting, Volume};
use crate::sources::Measure;
use crate::sources::freebox::api::lenient::{Int, Maybe};
use crate::sources::freebox::api::wifi::{Ap, ApStatus, Bss, LastFrame};
use crate::sources::freebox::parts::wifi::{OnAp, Snapshot};

crate::metrics! {
    /// Whether Wi-Fi is wanted.
    ENABLED = Gauge "freebox_wifi_enabled" {};

    /// What has become of Wi-Fi: 1 for the state that it is in, 0 for the others.
    STATE = Gauge "freebox_wifi_state" { state };

    /// A radio that the box was built with (1) and does not find (0).
    DETECTED = Gauge "freebox_wifi_radio_present" { ap, band };

    /// A radio.
    AP = Info "freebox_wifi_ap_info" { ap, name, band };

    /// What a radio does: 1 for the state that it is in, 0 for the others.
    AP_STATE = Gauge "freebox_wifi_ap_state" { ap, state };

    /// The channel that a radio uses, primary or secondary.
    AP_CHANNEL = Gauge "freebox_wifi_ap_channel" { ap, order };

    /// Width of the channel that a radio uses, in hertz.
    AP_WIDTH = Gauge<f64> "freebox_wifi_ap_channel_width_hertz" { ap };

    /// Seconds until a radio may send, while it listens for radar.
    AP_WAIT = Gauge<f64> "freebox_wifi_ap_radar_wait_seconds" { ap };

    /// Stations on a radio.
    AP_STATIONS = Gauge "freebox_wifi_ap_stations" { ap };

    /// A network on a radio.
    BSS = Info "freebox_wifi_bss_info" { bss, ap, ssid, encryption };

    /// What a network does: 1 for the state that it is in, 0 for the others.
    BSS_STATE = Gauge "freebox_wifi_bss_state" { bss, state };

    /// Stations on a network.
    BSS_STATIONS = Gauge "freebox_wifi_bss_stations" { bss };

    /// Stations on a network that may send.
    BSS_AUTHORIZED = Gauge "freebox_wifi_bss_authorized_stations" { bss };

    /// A station: its name, its first address, and the network that it is on.
    STATION = Info "freebox_wifi_station_info" { ap, mac, host, ip, bss };

    /// How far a station has come: 1 for the state that it is in, 0 for the others.
    STATION_STATE = Gauge "freebox_wifi_station_state" { ap, mac, state };

    /// How well the radio hears a station, in dBm.
    STATION_SIGNAL = Gauge<f64> "freebox_wifi_station_signal_dbm" { ap, mac };

    /// Bytes that a station received since it associated; one that associates again begins anew.
    STATION_RECEIVED = Counter "freebox_wifi_station_received_bytes_total" { ap, mac };

    /// Bytes that a station sent since it associated; one that associates again begins anew.
    STATION_SENT = Counter "freebox_wifi_station_sent_bytes_total" { ap, mac };

    /// Bytes per second that a station receives.
    STATION_RECEIVED_RATE = Gauge<f64> "freebox_wifi_station_received_bytes_per_second" { ap, mac };

    /// Bytes per second that a station sends.
    STATION_SENT_RATE = Gauge<f64> "freebox_wifi_station_sent_bytes_per_second" { ap, mac };

    /// Bytes per second at which the last frame to a station was sent over the air.
    STATION_RECEIVED_SPEED = Gauge<f64> "freebox_wifi_station_received_speed_bytes_per_second" { ap, mac };

    /// Bytes per second at which a station sent its last frame over the air.
    STATION_SENT_SPEED = Gauge<f64> "freebox_wifi_station_sent_speed_bytes_per_second" { ap, mac };

    /// Seconds since a station was last heard.
    STATION_INACTIVE = Gauge<f64> "freebox_wifi_station_inactive_seconds" { ap, mac };

    /// Seconds since a station associated.
    STATION_CONNECTED = Gauge<f64> "freebox_wifi_station_connected_seconds" { ap, mac };
}

/// States of Wi-Fi as a whole, in the documentation on boxes of API 16; also those below.
const STATES: &[&str] = &["enabled", "disabled", "disabled_planning"];
const AP_STATES: &[&str] = &[
    "scanning",
    "no_param",
    "bad_param",
    "disabled",
    "disabled_planning",
    "disabled_power_saving",
    "disabled_temp",
    "no_active_bss",
    "starting",
    "stopping",
    "acs",
    "ht_scan",
    "dfs",
    "active",
    "failed",
];
const BSS_STATES: &[&str] =
    &["phy_stopped", "no_param", "bad_param", "disabled", "starting", "active", "failed"];
const STATION_STATES: &[&str] = &["associated", "authenticated"];

/// Hertz in 1 MHz.
const MEGAHERTZ: u64 = 1_000_000;
/// Bytes per second in 0.1 Mbit/s.
const BITRATE: u64 = 12_500;

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        if let Some(enabled) = self.config.as_ref().and_then(|config| config.enabled.0) {
            out.put(&ENABLED, [], enabled);
        }
        if let Some(state) = &self.state {
            for (word, is) in states(STATES, state.state.as_deref()) {
                out.put(&STATE, [word], is);
            }
            for phy in state.expected_phys.as_slice() {
                if let (Some(id), Some(detected)) = (phy.phy_id.count(), phy.detected.0) {
                    out.put(&DETECTED, [&id.to_string(), phy.band.or_empty()], detected);
                }
            }
        }
        for (ap, stations) in &self.aps {
            measure_ap(ap, *stations, out);
        }
        self.bss.iter().for_each(|bss| measure_bss(bss, out));
        self.stations.iter().for_each(|on_ap| measure_station(on_ap, out));
        out.fold(self.folded);
    }

    fn sightings(&self, out: &mut Vec<Sighting>) {
        let mut known = std::collections::BTreeSet::<Mac>::new();
        // A station that has moved is on two lists for a while; the one that heard it last comes first.
        let stations = self.stations.iter().filter(|on_ap| known.insert(on_ap.mac));
        out.extend(stations.map(|on_ap| {
            let OnAp { mac, radio, station, .. } = on_ap;
            let sums = station.tx_bytes.count().zip(station.rx_bytes.count());
            Sighting {
                mac: Some(*mac),
                addresses: station.host.0.as_ref().map(addresses).unwrap_or_default(),
                names: station_names(on_ap),
                attachment: Some(Attachment::Radio {
                    radio: short(radio),
                    signal_dbm: signal(station.signal),
                }),
                volume: sums.map(|(received_bytes, sent_bytes)| Volume {
                    received_bytes,
                    sent_bytes,
                    began: Began::Earlier,
                }),
                connected: Some(true),
            }
        }));
    }
}

fn measure_ap(ap: &Ap, stations: Option<usize>, out: &mut Families) {
    let id = &*ap.id.0.unwrap_or_default().to_string();
    let band = ap.config.0.as_ref().map(|config| config.band.or_empty()).unwrap_or_default();
    out.put(&AP, [id, ap.name.or_empty(), band], true);
    if let Some(stations) = stations {
        out.put(&AP_STATIONS, [id], stations);
    }
    let Maybe(Some(status)) = &ap.status else { return };
    for (word, is) in states(AP_STATES, status.state.as_deref()) {
        out.put(&AP_STATE, [id, word], is);
    }
    measure_channel(id, status, out);
}

fn measure_channel(id: &str, status: &ApStatus, out: &mut Families) {
    let channels = [("primary", status.primary_channel), ("secondary", status.secondary_channel)];
    for (order, channel) in channels {
        if let Some(channel) = above_zero(channel) {
            out.put(&AP_CHANNEL, [id, order], channel);
        }
    }
    if let Some(width) = above_zero(status.channel_width).and_then(|width| width.checked_mul(MEGAHERTZ)) {
        out.put(&AP_WIDTH, [id], width);
    }
    if let Some(wait) = status.dfs_cac_remaining_time.count() {
        out.put(&AP_WAIT, [id], wait);
    }
}

fn measure_bss(bss: &Bss, out: &mut Families) {
    let Some(id) = bss.id.as_deref() else { return };
    let id = &*id.to_ascii_lowercase();
    let ap = bss.phy_id.count().map(|ap| ap.to_string()).unwrap_or_default();
    let config = bss.config.0.clone().unwrap_or_default();
    out.put(&BSS, [id, &ap, config.ssid.or_empty(), config.encryption.or_empty()], true);
    let Maybe(Some(status)) = &bss.status else { return };
    for (word, is) in states(BSS_STATES, status.state.as_deref()) {
        out.put(&BSS_STATE, [id, word], is);
    }
    if let Some(stations) = status.sta_count.count() {
        out.put(&BSS_STATIONS, [id], stations);
    }
    if let Some(stations) = status.authorized_sta_count.count() {
        out.put(&BSS_AUTHORIZED, [id], stations);
    }
}

fn measure_station(on_ap: &OnAp, out: &mut Families) {
    let OnAp { mac, ap, station, .. } = on_ap;
    let (ap, mac) = (ap.to_string(), mac.to_string());
    let ids = [ap.as_str(), mac.as_str()];
    let names = station_names(on_ap);
    let name = names.first().map(|name| Arc::clone(&name.text)).unwrap_or_default();
    let ip = station.host.0.as_ref().and_then(|host| addresses(host).first().map(ToString::to_string));
    let bss = station.bssid.or_empty().to_ascii_lowercase();
    out.put(&STATION, [ids[0], ids[1], &name, &ip.unwrap_or_default(), &bss], true);
    for (word, is) in states(STATION_STATES, station.state.as_deref()) {
        out.put(&STATION_STATE, [ids[0], ids[1], word], is);
    }
    if let Some(dbm) = signal(station.signal) {
        out.put(&STATION_SIGNAL, ids, dbm);
    }
    let bytes = [(&STATION_RECEIVED, station.tx_bytes.count()), (&STATION_SENT, station.rx_bytes.count())];
    for (family, value) in bytes {
        if let Some(value) = value {
            out.put(family, ids, value);
        }
    }
    let measures = [
        (&STATION_RECEIVED_RATE, station.tx_rate.count()),
        (&STATION_SENT_RATE, station.rx_rate.count()),
        (&STATION_RECEIVED_SPEED, speed(&station.last_tx)),
        (&STATION_SENT_SPEED, speed(&station.last_rx)),
        (&STATION_INACTIVE, station.inactive.count()),
        (&STATION_CONNECTED, station.conn_duration.count()),
    ];
    for (family, value) in measures {
        if let Some(value) = value {
            out.put(family, ids, value);
        }
    }
}

/// What a station is called. Where the box knows no name it writes the hardware address instead.
fn station_names(OnAp { mac, station, .. }: &OnAp) -> Vec<crate::metric::Name> {
    let mut found = station.host.0.as_ref().map(names).unwrap_or_default();
    add_name(&station.hostname, Origin::Box, &mut found);
    let mac = mac.to_string();
    found.retain(|name| !name.text.eq_ignore_ascii_case(&mac));
    found
}

fn speed(frame: &Maybe<LastFrame>) -> Option<u64> {
    above_zero(frame.0.as_ref()?.bitrate)?.checked_mul(BITRATE)
}

fn above_zero(number: Int) -> Option<u64> {
    number.count().filter(|&number| number > 0)
}
