//! Channels of one carrier (SC-QAM): their levels, and for a CODA what arrived on them.

use super::label;
use crate::metric::Families;
use crate::sources::hitron::api::Pages;
use crate::sources::hitron::api::{downstream, upstream};

crate::metrics! {
    /// Level of a channel away from the house, in decibels above a millivolt.
    UPSTREAM_STRENGTH = Gauge<f64> "hitron_channel_upstream_signal_strength_dbmv" { channel, frequency, port };

    /// How wide a channel away from the house is, in hertz.
    UPSTREAM_BANDWIDTH = Gauge<f64> "hitron_channel_upstream_bandwidth" { channel, frequency, port };

    /// Level of a channel towards the house, in decibels above a millivolt.
    DOWNSTREAM_STRENGTH = Gauge<f64> "hitron_channel_downstream_signal_strength_dbmv" { channel, frequency, port };

    /// How far the signal of a channel towards the house is above the noise, in decibels.
    DOWNSTREAM_SNR = Gauge<f64> "hitron_channel_downstream_snr" { channel, frequency, port };

    /// How a channel towards the house is modulated; always 1.
    DOWNSTREAM_MODULATION = Info "hitron_channel_downstream_modulation_info" { channel, modulation, port };

    /// How a channel away from the house is shared and modulated; always 1.
    UPSTREAM_MODE = Info "hitron_channel_upstream_mode_info" { channel, mode, modulation, port };

    /// Bytes that arrived on a channel towards the house since the modem started.
    DOWNSTREAM_BYTES = Counter "hitron_channel_downstream_bytes_total" { channel, frequency, port };

    /// Codewords that arrived on a channel towards the house with errors that could be corrected, since the modem
    /// started.
    DOWNSTREAM_CORRECTED = Counter "hitron_channel_downstream_corrected_codewords_total" { channel, frequency, port };

    /// Codewords that arrived on a channel towards the house with errors that could not be corrected, since the modem
    /// started.
    DOWNSTREAM_UNCORRECTABLE = Counter "hitron_channel_downstream_uncorrectable_codewords_total" {
        channel,
        frequency,
        port
    };

    /// Channels in use, by direction (`downstream` is towards the house) and by type: `scqam` with one carrier, `ofdm` with
    /// many, of which those towards the house must have locked and those away from it operate.
    CHANNELS = Gauge "hitron_channels" { direction, type };
}

/// A channel without a frequency is a place for one.
fn in_use(has_frequency: impl Iterator<Item = bool>) -> usize {
    has_frequency.filter(|has| *has).count()
}

/// Writes the metrics.
pub(super) fn measure(pages: &Pages, out: &mut Families) {
    if let Some(table) = &pages.downstream {
        out.put(
            &CHANNELS,
            ["downstream", "scqam"],
            in_use(table.rows.iter().map(|row| row.frequency.is_some())),
        );
        table.rows.iter().for_each(|channel| downstream(channel, out));
    }
    if let Some(table) = &pages.upstream {
        out.put(
            &CHANNELS,
            ["upstream", "scqam"],
            in_use(table.rows.iter().map(|row| row.frequency.is_some())),
        );
        table.rows.iter().for_each(|channel| upstream(channel, out));
    }
    if let Some(table) = &pages.ofdm_downstream {
        let locked = table.rows.iter().filter(|receiver| receiver.locks.are_complete()).count();
        out.put(&CHANNELS, ["downstream", "ofdm"], locked);
    }
    if let Some(table) = &pages.ofdma_upstream {
        let enabled = table.rows.iter().filter(|transmitter| transmitter.enabled == Some(true)).count();
        out.put(&CHANNELS, ["upstream", "ofdm"], enabled);
    }
}

fn downstream(row: &downstream::Channel, out: &mut Families) {
    let [port, channel, frequency] = [row.port, row.channel, row.frequency].map(label);
    let labels = [&*channel, &frequency, &port];
    for (family, value) in [(&DOWNSTREAM_STRENGTH, row.power), (&DOWNSTREAM_SNR, row.snr)] {
        if let Some(value) = value {
            out.put(family, labels, value);
        }
    }
    for (family, count) in [
        (&DOWNSTREAM_BYTES, row.bytes),
        (&DOWNSTREAM_CORRECTED, row.corrected),
        (&DOWNSTREAM_UNCORRECTABLE, row.uncorrectable),
    ] {
        if let Some(count) = count {
            out.put(family, labels, count);
        }
    }
    if let Some(modulation) = &row.modulation {
        out.put(&DOWNSTREAM_MODULATION, [&channel, modulation, &port], true);
    }
}

fn upstream(row: &upstream::Channel, out: &mut Families) {
    let [port, channel, frequency] = [row.port, row.channel, row.frequency].map(label);
    let labels = [&*channel, &frequency, &port];
    for (family, value) in [(&UPSTREAM_STRENGTH, row.power), (&UPSTREAM_BANDWIDTH, row.bandwidth)] {
        if let Some(value) = value {
            out.put(family, labels, value);
        }
    }
    if row.mode.is_some() || row.modulation.is_some() {
        let [mode, modulation] = [&row.mode, &row.modulation].map(|text| text.as_deref().unwrap_or_default());
        out.put(&UPSTREAM_MODE, [&channel, mode, modulation, &port], true);
    }
}
