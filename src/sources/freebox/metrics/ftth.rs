//! The optical module in our words.

use crate::metric::Families;
use crate::sources::freebox::api::ftth::Ftth;

crate::metrics! {
    /// The optical module, and which kind of link it makes (`pon`, `p2p`); always 1.
    INFO = Info "freebox_ftth_info" { vendor, model, link_type };

    /// Whether the optical module is plugged in.
    PRESENT = Gauge "freebox_ftth_module_present" {};

    /// Whether the optical module has power.
    POWERED = Gauge "freebox_ftth_module_powered" {};

    /// Whether the optical module receives light.
    SIGNAL = Gauge "freebox_ftth_signal_present" {};

    /// Whether the optical link is up.
    LINK = Gauge "freebox_ftth_link_up" {};

    /// Power of the light received (`down`) and sent (`up`), in decibels above a milliwatt; absent for modules that do
    /// not measure it.
    POWER = Gauge<f64> "freebox_ftth_optical_power_dbm" { direction };
}

/// Writes the metrics.
pub fn measure(ftth: &Ftth, out: &mut Families) {
    let labels = [&ftth.sfp_vendor, &ftth.sfp_model, &ftth.link_type];
    if labels.iter().any(|label| label.0.is_some()) {
        out.put(&INFO, labels.map(|label| label.or_empty()), true);
    }
    for (family, flag) in [
        (&PRESENT, ftth.sfp_present),
        (&POWERED, ftth.sfp_alim_ok),
        (&SIGNAL, ftth.sfp_has_signal),
        (&LINK, ftth.link),
    ] {
        if let Some(flag) = flag.0 {
            out.put(family, [], flag);
        }
    }
    let (received, sent) = ftth.power();
    for (direction, power) in [("down", received), ("up", sent)] {
        if let Some(power) = power {
            out.put(&POWER, [direction], power);
        }
    }
}
