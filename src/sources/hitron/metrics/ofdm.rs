//! Channels of many carriers (DOCSIS 3.1): OFDM towards the house, OFDMA away from it.

use super::label;
use crate::metric::Families;
use crate::sources::hitron::api::Pages;
use crate::sources::hitron::api::ofdm::{Receiver, Transmitter};

crate::metrics! {
    /// Whether an OFDM receiver has locked on the channel's description (`plc`), on the pointers to its codewords (`ncp`),
    /// and on its data (`mdc1`); of one that has not locked on the first all else is absent.
    LOCKED = Gauge "hitron_ofdm_downstream_locked" { receiver, stage };

    /// Level of an OFDM channel's description (PLC), in decibels above a millivolt.
    PLC_POWER = Gauge<f64> "hitron_ofdm_downstream_plc_power_dbmv" { receiver };

    /// How far the signal of an OFDM channel is above the noise, in decibels.
    SNR = Gauge<f64> "hitron_ofdm_downstream_snr_db" { receiver };

    /// Where the first subcarrier of an OFDM channel would be.
    SUBCARRIER0 = Gauge<f64> "hitron_ofdm_downstream_subcarrier0_frequency_hertz" { receiver };

    /// Bytes that arrived on an OFDM channel since the modem started; absent where the firmware has ceased to show them.
    BYTES = Counter "hitron_ofdm_downstream_bytes_total" { receiver };

    /// Codewords that arrived on an OFDM channel with errors that could be corrected, since the modem started.
    CORRECTED = Counter "hitron_ofdm_downstream_corrected_codewords_total" { receiver };

    /// Codewords that arrived on an OFDM channel with errors that could not be corrected, since the modem started.
    UNCORRECTABLE = Counter "hitron_ofdm_downstream_uncorrectable_codewords_total" { receiver };

    /// Whether an OFDMA channel operates; of one that does not all else is absent.
    ENABLED = Gauge "hitron_ofdma_upstream_enabled" { channel };

    /// Level of an OFDMA channel as a whole, in decibels above a millivolt.
    POWER = Gauge<f64> "hitron_ofdma_upstream_power_dbmv" { channel };

    /// Level of an OFDMA channel in each 1.6 MHz, by which channels of different widths can be compared, in decibels above a
    /// millivolt.
    POWER_1_6 = Gauge<f64> "hitron_ofdma_upstream_power_1_6mhz_dbmv" { channel };

    /// How wide an OFDMA channel is.
    BANDWIDTH = Gauge<f64> "hitron_ofdma_upstream_bandwidth_hertz" { channel };

    /// Where an OFDMA channel is.
    FREQUENCY = Gauge<f64> "hitron_ofdma_upstream_frequency_hertz" { channel };

    /// By how much the modem attenuates an OFDMA channel before it is sent, in decibels.
    ATTENUATION = Gauge<f64> "hitron_ofdma_upstream_digital_attenuation_db" { channel };

    /// How much of the attenuation of an OFDMA channel the modem takes back, in decibels.
    BACKOFF = Gauge<f64> "hitron_ofdma_upstream_digital_attenuation_backoff_db" { channel };
}

/// Writes the metrics.
pub(super) fn measure(pages: &Pages, out: &mut Families) {
    if let Some(table) = &pages.ofdm_downstream {
        table.rows.iter().for_each(|receiver| downstream(receiver, out));
    }
    if let Some(table) = &pages.ofdma_upstream {
        table.rows.iter().for_each(|transmitter| upstream(transmitter, out));
    }
}

fn downstream(row: &Receiver, out: &mut Families) {
    let receiver = label(row.receiver);
    for (stage, lock) in row.locks.named() {
        if let Some(lock) = lock {
            out.put(&LOCKED, [&receiver, stage], lock);
        }
    }
    for (family, value) in [(&PLC_POWER, row.plc_power), (&SNR, row.snr), (&SUBCARRIER0, row.subcarrier0)] {
        if let Some(value) = value {
            out.put(family, [&receiver], value);
        }
    }
    let counts = &row.counts;
    for (family, count) in
        [(&BYTES, counts.bytes), (&CORRECTED, counts.corrected), (&UNCORRECTABLE, counts.uncorrectable)]
    {
        if let Some(count) = count {
            out.put(family, [&receiver], count);
        }
    }
}

fn upstream(row: &Transmitter, out: &mut Families) {
    let channel = label(row.channel);
    if let Some(enabled) = row.enabled {
        out.put(&ENABLED, [&channel], enabled);
    }
    for (family, value) in [
        (&POWER, row.power),
        (&POWER_1_6, row.power_1_6mhz),
        (&BANDWIDTH, row.bandwidth),
        (&FREQUENCY, row.frequency),
        (&ATTENUATION, row.attenuation),
        (&BACKOFF, row.backoff),
    ] {
        if let Some(value) = value {
            out.put(family, [&channel], value);
        }
    }
}
