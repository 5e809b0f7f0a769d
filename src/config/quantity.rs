//! Durations and sizes as people write them: `500ms`, `5s`, `2MiB`. A whole number and one unit, no more.

use std::time::Duration;

/// Milliseconds in each unit, largest first.
const DURATIONS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Bytes in each unit, largest first. Powers of 1,024 only: `MB` means two things.
const SIZES: [(&str, u64); 2] = [("MiB", 1 << 20), ("KiB", 1 << 10)];

/// Reads a duration.
pub(super) fn duration(text: &str) -> Option<Duration> {
    units(text, &DURATIONS).map(Duration::from_millis)
}

/// Reads a size, into bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    units(text, &SIZES)
}

/// Writes a duration in the largest unit that fits.
pub(super) fn show_duration(duration: Duration) -> String {
    show(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), &DURATIONS).unwrap_or_default()
}

/// Writes a size in the largest unit that fits, or in bytes.
pub(super) fn show_size(bytes: u64) -> String {
    show(bytes, &SIZES).unwrap_or_else(|| bytes.to_string())
}

fn units(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|char: char| !char.is_ascii_digit())?);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

fn show(value: u64, units: &[(&str, u64)]) -> Option<String> {
    let (name, factor) = units.iter().find(|(_, factor)| value.is_multiple_of(*factor))?;
    Some(format!("{}{name}", value / factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        let cases = [("100ms", 100), ("1s", 1_000), ("90s", 90_000), ("2m", 120_000), ("1h", 3_600_000)];
        for (text, milliseconds) in cases {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in [
            "",
            "5",
            "s",
            "1.5s",
            "-1s",
            "+1s",
            "1 s",
            "1S",
            "1m30s",
            "99999999999999999999s",
            "9999999999999999999h",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(size("2MiB"), Some(2_097_152));
        assert_eq!(size("256KiB"), Some(262_144));
        for text in ["", "2", "2MB", "2M", "2mib", "2 MiB", "MiB", "18446744073709551615MiB"] {
            assert_eq!(size(text), None, "{text}");
        }
    }

    #[test]
    fn limits_are_shown_in_the_largest_unit_that_fits() {
        assert_eq!(show_duration(Duration::from_millis(100)), "100ms");
        assert_eq!(show_duration(Duration::from_secs(90)), "90s");
        assert_eq!(show_duration(Duration::from_secs(3_600)), "1h");
        assert_eq!(show_size(268_435_456), "256MiB");
        assert_eq!(show_size(262_144), "256KiB");
        assert_eq!(show_size(1_000), "1000");
    }
}
