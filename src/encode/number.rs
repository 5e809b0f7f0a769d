//! Sample values as the exposition formats spell them. Integers are exact, whatever their size: it is for the
//! reader to round above 2^53, not for us.

use std::io::Write;

use crate::metric::Value;

/// Writes a value.
pub fn write(value: Value, out: &mut Vec<u8>) {
    match value {
        Value::Int(int) => integer(int, out),
        Value::Float(float) => self::float(float, out),
    }
}

/// Most values are integers, and going through `fmt` costs several times what this does.
fn integer(mut int: u64, out: &mut Vec<u8>) {
    // 18446744073709551615, the largest, has 20 digits.
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (int % 10) as u8;
        int /= 10;
        if int == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// The shortest decimal that reads back equal, with an exponent where there would be a row of zeros.
fn float(float: f64, out: &mut Vec<u8>) {
    let size = float.abs();
    // Writing to a Vec cannot fail.
    let _ = match float {
        _ if float.is_nan() => out.write_all(b"NaN"),
        f64::INFINITY => out.write_all(b"+Inf"),
        f64::NEG_INFINITY => out.write_all(b"-Inf"),
        _ if size >= 1e16 || (size < 1e-5 && size > 0.0) => write!(out, "{float:e}"),
        _ => write!(out, "{float}"),
    };
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
    }

    #[test]
    fn what_is_no_number_is_spelt_as_the_formats_want() {
        check(f64::INFINITY, "+Inf");
        check(f64::NEG_INFINITY, "-Inf");
        check(f64::NAN, "NaN");
        check(-f64::NAN, "NaN");
    }
}
