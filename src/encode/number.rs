//! Sample values as the formats spell them, all of them alike. Integers are exact, whatever their size: it is for the
//! reader to round above 2^53, not for us.

use crate::metric::Value;

/// Writes a value.
pub fn write(value: Value, out: &mut Vec<u8>) {
    match value {
        Value::Int(int) => integer(int, out),
        Value::Float(float) => self::float(float, out),
    }
}

/// Most values are integers, and going through `fmt` costs several times what this does.
fn integer(int: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(int).as_bytes());
}

/// The shortest decimal that reads back equal, with an exponent where there would be a row of zeros.
fn float(float: f64, out: &mut Vec<u8>) {
    let size = float.abs();
    match float {
        _ if float.is_nan() => out.extend_from_slice(b"NaN"),
        f64::INFINITY => out.extend_from_slice(b"+Inf"),
        f64::NEG_INFINITY => out.extend_from_slice(b"-Inf"),
        // Rare, and zmij spells these with a plus sign.
        _ if size >= 1e16 || (size < 1e-5 && size > 0.0) => {
            out.extend_from_slice(format!("{float:e}").as_bytes())
        }
        _ => {
            let mut buffer = zmij::Buffer::new();
            let text = buffer.format_finite(float);
            // As in Rust's source code, whole numbers would be told from integers by this.
            out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: impl Into<Value>, expected: &str) {
        let mut out = Vec::new();
        write(value.into(), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn integers_are_exact() {
        check(0u64, "0");
        check(7u64, "7");
        check(10u64, "10");
        check(99u64, "99");
        check(100u64, "100");
        check(1_005u64, "1005");
        check(9_007_199_254_740_993u64, "9007199254740993");
        check(u64::MAX, "18446744073709551615");
    }

    #[test]
    fn floats_are_the_shortest_that_read_back_equal() {
        check(0.0, "0");
        check(-1.5, "-1.5");
        check(0.1 + 0.2, "0.30000000000000004");
        check(1_700_000_000.25, "1700000000.25");
        check(1e300, "1e300");
        check(-2.5e-9, "-2.5e-9");
        check(f64::MIN_POSITIVE, "2.2250738585072014e-308");
        check(-0.0, "-0");
        check(1e15, "1000000000000000");
        check(1e16, "1e16");
        check(0.00001, "0.00001");
        check(0.000001, "1e-6");
        check(5e-324, "5e-324");
    }

    proptest::proptest! {
        /// The standard library knows the shortest digits as well, and we how to choose between its two spellings.
        #[test]
        fn floats_are_spelt_as_the_standard_library_spells_them(float in proptest::num::f64::ANY) {
            let size = float.abs();
            let far = size >= 1e16 || (size < 1e-5 && size > 0.0);
            if float.is_finite() {
                check(float, &if far { format!("{float:e}") } else { format!("{float}") });
            }
        }
    }

    #[test]
    fn what_is_no_number_is_spelt_as_the_formats_want() {
        check(f64::INFINITY, "+Inf");
        check(f64::NEG_INFINITY, "-Inf");
        check(f64::NAN, "NaN");
        check(-f64::NAN, "NaN");
    }
}
