//! `connection/xdsl/`: how well the copper carries (dev.freebox.fr/sdk/os/connection, "xDSL infos", marked unstable).

use serde::Deserialize;

use super::lenient::{Flag, Int, Maybe, Num, Text};

/// The DSL line.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Xdsl {
    /// Where it is on its way to be used.
    pub status: Maybe<Status>,
    /// Towards the house.
    pub down: Maybe<Direction>,
    /// Away from it.
    pub up: Maybe<Direction>,
}

/// Where the line is on its way to be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Status {
    /// `down`, `training`, `started`, `chan_analysis`, `msg_exchange`, `showtime`, `disabled`.
    pub status: Text,
    /// `adsl2plus_a`, `vdsl2_17a` …
    pub protocol: Text,
    /// `adsl`, `vdsl`.
    pub modulation: Text,
    /// Seconds since the line synchronised.
    pub uptime: Int,
}

/// One direction of the line. Counts are since it synchronised.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "as G.997.1 and the makers of modems call them")]
pub struct Direction {
    /// What the line could carry, in kbit/s.
    pub maxrate: Int,
    /// What it carries at most as it is synchronised, in kbit/s.
    pub rate: Int,
    /// Noise margin, in dB.
    pub snr: Num,
    /// The same, in dB × 10; not on old firmware.
    pub snr_10: Num,
    /// Attenuation, in dB.
    pub attn: Num,
    /// The same, in dB × 10; not on old firmware.
    pub attn_10: Num,
    /// Errors that were corrected.
    pub fec: Int,
    /// Blocks with errors that were not.
    pub crc: Int,
    /// Cell headers with errors.
    pub hec: Int,
    /// Seconds with errors.
    pub es: Int,
    /// Seconds with many.
    pub ses: Int,
    pub phyr: Flag,
    pub ginp: Flag,
    pub nitro: Flag,
    /// PhyR: sent again.
    pub rxmt: Int,
    pub rxmt_corr: Int,
    pub rxmt_uncorr: Int,
    /// G.INP (G.998.4): sent again.
    pub rtx_tx: Int,
    pub rtx_c: Int,
    pub rtx_uc: Int,
}

/// The documented states of a line that is not in use.
const NOT_IN_USE: [&str; 6] = ["down", "training", "started", "chan_analysis", "msg_exchange", "disabled"];

impl Xdsl {
    /// Noise margins in dB, down and up. A margin of exactly 0 on a line in use is what some firmware says instead of
    /// nothing.
    pub fn margins(&self) -> (Option<f64>, Option<f64>) {
        let status = self.status.0.as_ref().and_then(|status| status.status.as_deref());
        let may_be_zero = status.is_some_and(|status| NOT_IN_USE.contains(&status));
        let margin = |direction: &Maybe<Direction>| {
            let direction = direction.0.as_ref()?;
            decibels(direction.snr_10, direction.snr).filter(|&margin| may_be_zero || margin != 0.0)
        };
        (margin(&self.down), margin(&self.up))
    }
}

impl Direction {
    /// Attenuation in dB.
    pub fn attenuation(&self) -> Option<f64> {
        decibels(self.attn_10, self.attn)
    }
}

/// Tenths where there are any: they say more.
fn decibels(tenths: Num, whole: Num) -> Option<f64> {
    tenths.0.map(|tenths| tenths / 10.0).or(whole.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Xdsl {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn tenths_are_preferred_and_old_firmware_has_none() {
        let line = read(r#"{"down":{"snr":9,"snr_10":94,"attn":17,"attn_10":172},"up":{"snr":8,"attn":20}}"#);
        assert_eq!(line.margins(), (Some(9.4), Some(8.0)));
        assert_eq!(line.down.0.unwrap().attenuation(), Some(17.2));
        assert_eq!(line.up.0.unwrap().attenuation(), Some(20.0));
    }

    #[test]
    fn a_margin_of_zero_is_one_only_while_the_line_is_not_in_use() {
        let margins = |status: &str| {
            read(&format!(r#"{{"status":{status},"down":{{"snr":0,"snr_10":0}},"up":{{"snr":0}}}}"#))
                .margins()
        };
        assert_eq!(margins(r#"{"status":"showtime"}"#), (None, None));
        assert_eq!(margins("{}"), (None, None));
        assert_eq!(margins(r#"{"status":"a_new_word"}"#), (None, None));
        assert_eq!(margins(r#"{"status":"down"}"#), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn a_direction_that_is_none_is_missing() {
        let line = read(r#"{"status":null,"down":[],"up":{}}"#);
        assert_eq!((line.status.0, line.down.0), (None, None));
        assert_eq!(line.up.0, Some(Direction::default()));
    }
}
