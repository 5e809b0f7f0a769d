//! `connection/ftth/`: the optical module (dev.freebox.fr/sdk/os/connection, "FTTH status", marked unstable).
//!
//! Its serial number is not read: on a passive network it is what the line is recognised by.

use serde::Deserialize;

use super::lenient::{Flag, Int, Text};

/// The optical module and its light.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Ftth {
    /// Whether a module is plugged in.
    pub sfp_present: Flag,
    /// Whether it has power.
    pub sfp_alim_ok: Flag,
    /// Whether it measures its light.
    pub sfp_has_power_report: Flag,
    /// Whether it sees any.
    pub sfp_has_signal: Flag,
    /// Whether the link is up.
    pub link: Flag,
    /// `pon`, `p2p`; recent firmware only.
    pub link_type: Text,
    /// What it is; may be padded with spaces.
    pub sfp_model: Text,
    /// Who made it; may be padded with spaces.
    pub sfp_vendor: Text,
    /// Light sent, in dBm × 100.
    pub sfp_pwr_tx: Int,
    /// Light received, in dBm × 100.
    pub sfp_pwr_rx: Int,
}

impl Ftth {
    /// Light received and sent, in dBm. None where the module does not measure it: some say so, some leave it out,
    /// and 0 is what others may send, which no receiver would survive for long and no sender hits to the hundredth.
    pub fn power(&self) -> (Option<f64>, Option<f64>) {
        let reports = self.sfp_has_power_report.0 != Some(false);
        let dbm = |hundredths: Int| {
            let hundredths = hundredths.0.filter(|&power| reports && power != 0)?;
            Some(hundredths as f64 / 100.0)
        };
        (dbm(self.sfp_pwr_rx), dbm(self.sfp_pwr_tx))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn power(text: &str) -> (Option<f64>, Option<f64>) {
        serde_json::from_str::<Ftth>(text).unwrap().power()
    }

    #[test]
    fn power_is_in_hundredths_of_a_dbm() {
        assert_eq!(power(r#"{"sfp_pwr_rx":-1712,"sfp_pwr_tx":478}"#), (Some(-17.12), Some(4.78)));
        assert_eq!(power(r#"{"sfp_has_power_report":true,"sfp_pwr_rx":"-1712"}"#), (Some(-17.12), None));
    }

    #[test]
    fn a_module_that_does_not_measure_has_no_power_rather_than_none_of_it() {
        for text in [
            r#"{"sfp_has_power_report":false,"sfp_pwr_rx":-1712,"sfp_pwr_tx":478}"#,
            r#"{"sfp_has_power_report":false}"#,
            r#"{"sfp_pwr_rx":0,"sfp_pwr_tx":0}"#,
            r#"{"sfp_pwr_rx":null,"sfp_pwr_tx":""}"#,
        ] {
            assert_eq!(power(text), (None, None), "{text}");
        }
    }
}
