//! 4G in our words. Without the SIM card's identity, and without the cell, which says where the house is.

use super::states::states;
use crate::metric::Families;
use crate::sources::freebox::api::lenient::Flag;
use crate::sources::freebox::api::lte::{Aggregation, Band, Lte, Tunnels};

crate::metrics! {
    /// Whether 4G is to be used for backup or beside the DSL line (`aggregation`).
    ENABLED = Gauge "freebox_lte_enabled" { use };

    /// The state of the 4G module: 1 for the one it is in, such as `connected`, and 0 for others that are known.
    STATE = Gauge "freebox_lte_state" { use, state };

    /// Whether there is a SIM card.
    SIM = Gauge "freebox_lte_sim_present" { use };

    /// Whether the SIM card waits for a code: `pin`, or after too many wrong ones `puk`.
    SIM_LOCKED = Gauge "freebox_lte_sim_locked" { use, code };

    /// Whether data can be sent over 4G.
    NETWORK = Gauge "freebox_lte_network_up" { use };

    /// Whether the module has found a cell.
    CELL = Gauge "freebox_lte_cell_present" { use };

    /// Signal in bars, as on a phone.
    BARS = Gauge "freebox_lte_signal_bars" { use };

    /// Power of the reference signal (RSRP), in decibels above a milliwatt, by band (3GPP TS 36.101).
    RSRP = Gauge<f64> "freebox_lte_reference_signal_dbm" { use, band };

    /// Quality of the reference signal (RSRQ), in decibels, by band.
    RSRQ = Gauge<f64> "freebox_lte_reference_signal_quality_decibels" { use, band };

    /// Power of everything in the band (RSSI), in decibels above a milliwatt.
    RSSI = Gauge<f64> "freebox_lte_received_power_dbm" { use, band };

    /// Width of the band that is used.
    WIDTH = Gauge<f64> "freebox_lte_band_width_hertz" { use, band };

    /// Whether DSL and 4G are to be used together.
    AGGREGATION = Gauge "freebox_aggregation_enabled" {};

    /// Whether the tunnel over `lte` or `xdsl`, which together are the line, is up.
    TUNNEL = Gauge "freebox_aggregation_tunnel_up" { tunnel };
}

/// The one state that is documented anywhere.
const STATES: &[&str] = &["connected"];

/// No module uses more bands at a time; their numbers become labels.
const BANDS_MAX: usize = 16;

const HERTZ_IN_A_MEGAHERTZ: f64 = 1e6;

/// Writes the metrics of the module that is used `of` something.
pub fn measure(of: &str, lte: &Lte, out: &mut Families) {
    let mut flag = |family, flag: Flag| {
        if let Some(flag) = flag.0 {
            out.put(family, [of], flag);
        }
    };
    flag(&ENABLED, lte.enabled);
    flag(&SIM, lte.sim.0.as_ref().map(|sim| sim.present).unwrap_or_default());
    flag(&NETWORK, lte.network.0.as_ref().map(|network| network.pdn_up).unwrap_or_default());
    flag(&CELL, lte.radio.0.as_ref().map(|radio| radio.associated).unwrap_or_default());
    for (state, is_it) in states(STATES, lte.state.as_deref()) {
        out.put(&STATE, [of, state], is_it);
    }
    if let Some(sim) = &lte.sim.0 {
        for (code, locked) in [("pin", sim.pin_locked), ("puk", sim.puk_locked)] {
            if let Some(locked) = locked.0 {
                out.put(&SIM_LOCKED, [of, code], locked);
            }
        }
    }
    if let Some(radio) = &lte.radio.0 {
        if let Some(bars) = radio.signal_level.count() {
            out.put(&BARS, [of], bars);
        }
        // The last of equals is published, and the first of a band is the one that everything else hangs on.
        radio.bands.0.iter().take(BANDS_MAX).rev().for_each(|band| measure_band(of, band, out));
    }
    if let Some(tunnels) = &lte.tunnel.0 {
        measure_tunnels(tunnels, out);
    }
}

fn measure_band(of: &str, band: &Band, out: &mut Families) {
    let Some(number) = band.band.count() else { return };
    if band.enabled.0 == Some(false) {
        return;
    }
    let labels = [of, &number.to_string()];
    // Of these, 0 is further than radio goes: no cell is that near.
    for (family, decibels) in [(&RSRP, band.rsrp), (&RSRQ, band.rsrq), (&RSSI, band.rssi)] {
        if let Some(decibels) = decibels.0.filter(|&decibels| decibels < 0.0) {
            out.put(family, labels, decibels);
        }
    }
    if let Some(width) = band.bandwidth.0.filter(|&width| width > 0.0) {
        out.put(&WIDTH, labels, width * HERTZ_IN_A_MEGAHERTZ);
    }
}

/// Writes the metrics of DSL and 4G together.
pub fn measure_aggregation(aggregation: &Aggregation, out: &mut Families) {
    if let Some(enabled) = aggregation.enabled.0 {
        out.put(&AGGREGATION, [], enabled);
    }
    if let Some(tunnels) = &aggregation.tunnel.0 {
        measure_tunnels(tunnels, out);
    }
}

fn measure_tunnels(tunnels: &Tunnels, out: &mut Families) {
    for (name, tunnel) in [("lte", &tunnels.lte), ("xdsl", &tunnels.xdsl)] {
        if let Some(connected) = tunnel.0.as_ref().and_then(|tunnel| tunnel.connected.0) {
            out.put(&TUNNEL, [name], connected);
        }
    }
}
