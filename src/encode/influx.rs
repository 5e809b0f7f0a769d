//! InfluxDB's line protocol: a measurement, tags, fields, a time (InfluxDB 1.8 and 2.x, "Line protocol").
//!
//! A field keeps its type for ever, because InfluxDB refuses another one: the family says which ([`Meta::number`]). What
//! the protocol cannot carry is left out: not-a-number, infinities, and counts above 9223372036854775807. Unsigned
//! integers are not used: not every receiver has them.

use std::sync::Arc;

use super::line::{self, Opening, Part, SOURCE};
use super::{Lines, number};
use crate::metric::{Batch, Meta, Number, Timestamp, Value};

mod escape;
mod source;

/// What is a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Each family, with one field, `value`.
    Family,
    /// Each source, with a field for each family; what lanlord says of itself is `lanlord`.
    Source,
}

/// How exact times are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
}

/// Writes what is wanted of batches, in their order; `at` is the time of those that no visit has brought.
pub fn encode(
    batches: &[Arc<Batch>],
    wanted: &dyn Fn(&Meta) -> bool,
    at: Timestamp,
    layout: Layout,
    precision: Precision,
) -> Lines {
    let mut lines = Lines::default();
    for batch in batches {
        let ending = format!(" {}\n", precision.count(line::time(batch, at)));
        match layout {
            Layout::Family => {
                for part in line::parts(batch, wanted) {
                    write_family(&part, &ending, &mut lines);
                }
            }
            Layout::Source => source::write(batch, wanted, &ending, &mut lines),
        }
    }
    lines
}

impl Precision {
    /// Whole units since 1970.
    fn count(self, time: Timestamp) -> u128 {
        match self {
            Precision::Seconds => time.0.as_secs().into(),
            Precision::Milliseconds => time.0.as_millis(),
            Precision::Microseconds => time.0.as_micros(),
            Precision::Nanoseconds => time.0.as_nanos(),
        }
    }
}

/// A line for each sample. What stands before and after each value is put together once.
fn write_family(part: &Part<'_>, ending: &str, lines: &mut Lines) {
    let meta = part.family.meta();
    let mut opening = Opening::default();
    opening.text(&[meta.name.as_bytes()]);
    add_tags(part, &mut opening);
    opening.text(&[b" value="]);
    let out = &mut lines.text;
    out.reserve(part.family.len() * (opening.estimate() + ending.len() + 12));
    let mut values = Vec::new();
    // Nearly always there is nothing to escape in a whole family, and one look at all of it is cheaper than many.
    let plain = !escape::is_needed(part.family.label_text());
    for sample in part.family.samples().filter(|sample| fits(meta.number, sample.value)) {
        if plain {
            opening.write(&sample, &mut values, |value, out| out.extend_from_slice(value.as_bytes()), out);
        } else {
            opening.write(&sample, &mut values, escape::tag, out);
        }
        write_field(meta.number, sample.value, out);
        out.extend_from_slice(ending.as_bytes());
        lines.samples += 1;
    }
}

/// The source and the labels, sorted by name: InfluxDB would sort them otherwise ("Performance tips"). Empty ones are
/// left out, because the protocol has none.
fn add_tags(part: &Part<'_>, opening: &mut Opening) {
    let mut source = part.source.filter(|source| !source.is_empty());
    let mut add_source = |opening: &mut Opening| {
        if let Some(source) = source.take() {
            let mut escaped = Vec::new();
            escape::tag(source, &mut escaped);
            opening.text(&[b",", SOURCE.as_bytes(), b"=", &escaped]);
        }
    };
    for (label, place) in line::sorted(part.family.meta()) {
        if label > SOURCE {
            add_source(opening);
        }
        opening.value(place, &[b",", label.as_bytes(), b"="], b"");
    }
    add_source(opening);
}

/// Whether a field can have this value.
fn fits(number: Number, value: Value) -> bool {
    match (number, value) {
        (Number::Integer, Value::Int(int)) => i64::try_from(int).is_ok(),
        (Number::Float, Value::Float(float)) => float.is_finite(),
        (Number::Float, Value::Int(_)) => true,
        (Number::Integer, Value::Float(_)) => false,
    }
}

/// Writes a value that [`fits`].
fn write_field(number: Number, value: Value, out: &mut Vec<u8>) {
    number::write(value, out);
    if number == Number::Integer {
        out.push(b'i');
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_in_whole_units() {
        // The time of the protocol's own example, and what it is in coarser units.
        let time = Timestamp(Duration::from_nanos(1_556_813_561_098_765_432));
        assert_eq!(Precision::Nanoseconds.count(time), 1_556_813_561_098_765_432);
        assert_eq!(Precision::Microseconds.count(time), 1_556_813_561_098_765);
        assert_eq!(Precision::Milliseconds.count(time), 1_556_813_561_098);
        assert_eq!(Precision::Seconds.count(time), 1_556_813_561);
    }

    #[test]
    fn a_field_has_the_type_of_its_family_or_is_left_out() {
        let written = |number, value: Value| {
            let mut out = Vec::new();
            write_field(number, value, &mut out);
            fits(number, value).then(|| String::from_utf8(out).unwrap())
        };
        // "Data types and format": integers end in `i` and go from -9223372036854775808 to 9223372036854775807; numbers
        // without a suffix are floats, which may have an exponent; there are no NaN and Inf.
        assert_eq!(written(Number::Integer, 12_485_903u64.into()).as_deref(), Some("12485903i"));
        let most = 9_223_372_036_854_775_807u64;
        assert_eq!(written(Number::Integer, most.into()).as_deref(), Some("9223372036854775807i"));
        assert_eq!(written(Number::Integer, (most + 1).into()), None);
        assert_eq!(written(Number::Integer, u64::MAX.into()), None);
        assert_eq!(written(Number::Float, 1.0.into()).as_deref(), Some("1"));
        assert_eq!(written(Number::Float, (-1.234_456e78).into()).as_deref(), Some("-1.234456e78"));
        for nothing in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(written(Number::Float, nothing.into()), None);
        }
    }
}
