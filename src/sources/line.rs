//! What every uplink has, whichever box it ends in: the one table of metrics that kinds of sources share, and the
//! struct that they fill for it.
//!
//! Deliberately knows no box. What only one kind of line has is in the table of its source; here is what can be
//! compared between two houses. *Down* is towards the house.

use crate::metric::Families;

crate::metrics! {
    /// Whether the box says that the house is connected to the internet; absent where it does not say.
    UP = Gauge "lanlord_line_up" {};

    /// What the line is made of: `fibre`, `dsl`, `cable`, `mobile`, `ethernet` or `other`; always 1.
    INFO = Info "lanlord_line_info" { medium };

    /// Bytes per second that the line carries at the moment, as the box measures it.
    RATE = Gauge<f64> "lanlord_line_rate_bytes_per_second" { direction };

    /// Bytes per second that the line can carry, as the box knows it; what is sold may be less.
    CAPACITY = Gauge<f64> "lanlord_line_capacity_bytes_per_second" { direction };

    /// Bytes that the line carried since it last came up, as the box counts them; begins anew whenever it does.
    BYTES = Counter "lanlord_line_bytes_total" { direction };

    /// Power of the light or the signal that the box receives, in decibels above a milliwatt; of several channels the
    /// weakest.
    RECEIVE_POWER = Gauge<f64> "lanlord_line_receive_power_dbm" {};

    /// How much more noise the line could bear at its present speed, in decibels; of several channels the least.
    NOISE_MARGIN = Gauge<f64> "lanlord_line_noise_margin_decibels" { direction };

    /// Pieces of data that arrived with errors that could not be corrected, since the line last synchronised.
    ERRORS = Counter "lanlord_line_errors_total" { direction };
}

/// What a line is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Medium {
    Fibre,
    Dsl,
    Cable,
    Mobile,
    Ethernet,
    Other,
}

impl Medium {
    /// As labels spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Medium::Fibre => "fibre",
            Medium::Dsl => "dsl",
            Medium::Cable => "cable",
            Medium::Mobile => "mobile",
            Medium::Ethernet => "ethernet",
            Medium::Other => "other",
        }
    }
}

/// Something of each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Both<T> {
    /// Towards the house.
    pub down: T,
    /// Away from it.
    pub up: T,
}

impl<T> Both<T> {
    /// Each, with what labels call it.
    pub fn named(self) -> [(&'static str, T); 2] {
        [("down", self.down), ("up", self.up)]
    }

    /// Each as something else.
    pub fn map<U>(self, to: impl Fn(T) -> U) -> Both<U> {
        Both { down: to(self.down), up: to(self.up) }
    }
}

/// A line as far as its box tells; what it does not tell is none, and then there is no sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Whether it is up.
    pub up: Option<bool>,
    /// What it is made of.
    pub medium: Option<Medium>,
    /// Bytes per second, now.
    pub rate: Both<Option<f64>>,
    /// Bytes per second at most.
    pub capacity: Both<Option<f64>>,
    /// Bytes since it came up.
    pub bytes: Both<Option<u64>>,
    /// dBm.
    pub receive_power: Option<f64>,
    /// dB.
    pub noise_margin: Both<Option<f64>>,
    /// Since it synchronised; nothing that was corrected.
    pub errors: Both<Option<u64>>,
}

impl Line {
    /// Writes the metrics.
    pub fn measure(&self, out: &mut Families) {
        if let Some(up) = self.up {
            out.put(&UP, [], up);
        }
        if let Some(medium) = self.medium {
            out.put(&INFO, [medium.as_str()], true);
        }
        for (family, values) in
            [(&RATE, self.rate), (&CAPACITY, self.capacity), (&NOISE_MARGIN, self.noise_margin)]
        {
            for (direction, value) in values.named() {
                if let Some(value) = value {
                    out.put(family, [direction], value);
                }
            }
        }
        for (family, counts) in [(&BYTES, self.bytes), (&ERRORS, self.errors)] {
            for (direction, count) in counts.named() {
                if let Some(count) = count {
                    out.put(family, [direction], count);
                }
            }
        }
        if let Some(power) = self.receive_power {
            out.put(&RECEIVE_POWER, [], power);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Value;

    #[test]
    fn a_line_of_which_nothing_is_known_has_no_sample() {
        let mut out = Families::default();
        Line::default().measure(&mut out);
        assert_eq!(out.publish().0.len(), 0);
    }

    #[test]
    fn each_field_is_a_sample_under_its_own_name() {
        let both = |down, up| Both { down: Some(down), up: Some(up) };
        let line = Line {
            up: Some(false),
            medium: Some(Medium::Cable),
            rate: both(1.0, 2.0),
            capacity: both(3.0, 4.0),
            bytes: Both { down: Some(5), up: Some(6) },
            receive_power: Some(-7.5),
            noise_margin: both(8.0, 9.0),
            errors: Both { down: Some(10), up: None },
        };
        let mut out = Families::default();
        line.measure(&mut out);
        let mut samples = Vec::new();
        for family in &out.publish().0 {
            for sample in family.samples() {
                let labels: Vec<&str> = sample.labels().collect();
                samples.push((family.meta().name, labels.join(","), sample.value));
            }
        }
        let expected = [
            ("lanlord_line_up", "", Value::Int(0)),
            ("lanlord_line_info", "cable", Value::Int(1)),
            ("lanlord_line_rate_bytes_per_second", "down", Value::Float(1.0)),
            ("lanlord_line_rate_bytes_per_second", "up", Value::Float(2.0)),
            ("lanlord_line_capacity_bytes_per_second", "down", Value::Float(3.0)),
            ("lanlord_line_capacity_bytes_per_second", "up", Value::Float(4.0)),
            ("lanlord_line_noise_margin_decibels", "down", Value::Float(8.0)),
            ("lanlord_line_noise_margin_decibels", "up", Value::Float(9.0)),
            ("lanlord_line_bytes_total", "down", Value::Int(5)),
            ("lanlord_line_bytes_total", "up", Value::Int(6)),
            ("lanlord_line_errors_total", "down", Value::Int(10)),
            ("lanlord_line_receive_power_dbm", "", Value::Float(-7.5)),
        ];
        assert_eq!(samples, expected.map(|(name, labels, value)| (name, labels.to_owned(), value)));
    }
}
