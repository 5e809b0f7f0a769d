//! The DSL line in our words.

use super::states::states;
use crate::metric::{Desc, Families};
use crate::sources::freebox::api::lenient::Int;
use crate::sources::freebox::api::xdsl::{Direction, Xdsl};
use crate::sources::line::Both;

crate::metrics! {
    /// The state of the DSL line: 1 for the one it is in, from `down` by `started`, `training`, `chan_analysis` and
    /// `msg_exchange` to `showtime` (in use), or `disabled`, and 0 for the others.
    STATE = Gauge "freebox_xdsl_state" { state };

    /// How the DSL line is driven; always 1.
    INFO = Info "freebox_xdsl_info" { protocol, modulation };

    /// Time since the DSL line synchronised.
    UPTIME = Gauge<f64> "freebox_xdsl_uptime_seconds" {};

    /// Bytes per second that the DSL line is synchronised at.
    RATE = Gauge<f64> "freebox_xdsl_rate_bytes_per_second" { direction };

    /// Bytes per second that the DSL line could be synchronised at.
    ATTAINABLE = Gauge<f64> "freebox_xdsl_attainable_rate_bytes_per_second" { direction };

    /// How much more noise the DSL line could bear, in decibels; absent where the box says exactly 0 of a line in use,
    /// which stands for nothing.
    MARGIN = Gauge<f64> "freebox_xdsl_noise_margin_decibels" { direction };

    /// How much weaker the signal arrives than it was sent, in decibels.
    ATTENUATION = Gauge<f64> "freebox_xdsl_attenuation_decibels" { direction };

    /// Errors since the DSL line synchronised, by kind: `fec` were corrected, `crc` (blocks) and `hec` (cell headers)
    /// were not; begins anew when it synchronises again.
    ERRORS = Counter "freebox_xdsl_errors_total" { direction, kind };

    /// Seconds with errors since the DSL line synchronised; begins anew when it synchronises again.
    ERRORED = Counter "freebox_xdsl_errored_seconds_total" { direction };

    /// Seconds with so many errors that the line was as good as down, since the DSL line synchronised; begins anew when
    /// it synchronises again.
    SEVERELY_ERRORED = Counter "freebox_xdsl_severely_errored_seconds_total" { direction };

    /// Pieces sent again after errors since the DSL line synchronised, by mechanism (`ginp`, `phyr`) and result: all
    /// that were `sent` again, and pieces `corrected` or left `uncorrected` by that; begins anew when it synchronises
    /// again.
    RETRANSMISSIONS = Counter "freebox_xdsl_retransmissions_total" { direction, mechanism, result };

    /// Whether a remedy against noise is in use: retransmission (`ginp`, `phyr`) or `nitro`.
    FEATURE = Gauge "freebox_xdsl_feature_enabled" { direction, feature };
}

/// dev.freebox.fr/sdk/os/connection, "xDSL status object".
const STATES: &[&str] =
    &["down", "training", "started", "chan_analysis", "msg_exchange", "showtime", "disabled"];

/// A kbit/s, in bytes per second.
const KILOBIT: f64 = 125.0;

/// What is known of each direction.
pub fn directions(xdsl: &Xdsl) -> Both<Option<&Direction>> {
    Both { down: xdsl.down.0.as_ref(), up: xdsl.up.0.as_ref() }
}

/// Writes the metrics.
pub fn measure(xdsl: &Xdsl, out: &mut Families) {
    if let Some(status) = &xdsl.status.0 {
        for (state, is_it) in states(STATES, status.status.as_deref()) {
            out.put(&STATE, [state], is_it);
        }
        if status.protocol.0.is_some() || status.modulation.0.is_some() {
            out.put(&INFO, [status.protocol.or_empty(), status.modulation.or_empty()], true);
        }
        if let Some(uptime) = status.uptime.count() {
            out.put(&UPTIME, [], uptime);
        }
    }
    let (down, up) = xdsl.margins();
    for (name, margin) in (Both { down, up }).named() {
        if let Some(margin) = margin {
            out.put(&MARGIN, [name], margin);
        }
    }
    for (name, direction) in directions(xdsl).named() {
        if let Some(direction) = direction {
            measure_direction(name, direction, out);
        }
    }
}

fn measure_direction(name: &str, direction: &Direction, out: &mut Families) {
    for (family, rate) in [(&RATE, direction.rate), (&ATTAINABLE, direction.maxrate)] {
        if let Some(rate) = rate.count() {
            out.put(family, [name], rate as f64 * KILOBIT);
        }
    }
    if let Some(attenuation) = direction.attenuation() {
        out.put(&ATTENUATION, [name], attenuation);
    }
    for (kind, errors) in [("fec", direction.fec), ("crc", direction.crc), ("hec", direction.hec)] {
        count(out, &ERRORS, [name, kind], errors);
    }
    count(out, &ERRORED, [name], direction.es);
    count(out, &SEVERELY_ERRORED, [name], direction.ses);
    for (mechanism, result, pieces) in [
        ("phyr", "sent", direction.rxmt),
        ("phyr", "corrected", direction.rxmt_corr),
        ("phyr", "uncorrected", direction.rxmt_uncorr),
        ("ginp", "sent", direction.rtx_tx),
        ("ginp", "corrected", direction.rtx_c),
        ("ginp", "uncorrected", direction.rtx_uc),
    ] {
        count(out, &RETRANSMISSIONS, [name, mechanism, result], pieces);
    }
    for (feature, flag) in [("phyr", direction.phyr), ("ginp", direction.ginp), ("nitro", direction.nitro)] {
        if let Some(flag) = flag.0 {
            out.put(&FEATURE, [name, feature], flag);
        }
    }
}

fn count<const N: usize>(out: &mut Families, family: &'static Desc<N>, labels: [&str; N], count: Int) {
    if let Some(count) = count.count() {
        out.put(family, labels, count);
    }
}
