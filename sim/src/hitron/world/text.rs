//! How modems write dates, times and sums.
//!
//! Deliberately only the ways that were seen; the client must know more.

/// 2022-06-17 17:09:10, when all clocks here begin.
pub const FRIDAY: u64 = 1_655_485_750;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// From 1970-01-01 on, which was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// `03 Days,07 Hours,07 Minutes,00 Seconds`.
pub fn days(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    format!("{days:02} Days,{hours:02} Hours,{minutes:02} Minutes,{:02} Seconds", seconds % 60)
}

/// `141h:33m:44s`.
pub fn hours(seconds: u64) -> String {
    format!("{:02}h:{:02}m:{:02}s", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `D: 6 H: 09 M: 25 S: 55`.
pub fn letters(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    format!("D: {days} H: {hours:02} M: {minutes:02} S: {:02}", seconds % 60)
}

/// `Fri Jun 17, 2022, 17:09:10`.
pub fn american(seconds: u64) -> String {
    let (year, month, day) = date(seconds / 86_400);
    format!("{} {} {day:02}, {year}, {}", weekday(seconds), MONTHS[month - 1], clock(seconds))
}

/// `Fri, 17 Jun 2022 17:09:10 -050`: the offset is cut short, as it was seen.
pub fn mail(seconds: u64) -> String {
    let (year, month, day) = date(seconds / 86_400);
    format!("{}, {day:02} {} {year} {} -050", weekday(seconds), MONTHS[month - 1], clock(seconds))
}

/// `06/17/22 17:09:10`.
pub fn slashes(seconds: u64) -> String {
    let (year, month, day) = date(seconds / 86_400);
    format!("{month:02}/{day:02}/{:02} {}", year % 100, clock(seconds))
}

/// `3.3833G Bytes`: rounded down, so that a sum never shrinks; four digits after the point, without zeros at the end.
pub fn bytes(sum: u64) -> String {
    let units = [("G", 1_000_000_000), ("M", 1_000_000), ("K", 1000)];
    let Some((unit, size)) = units.iter().find(|(_, size)| sum >= *size) else {
        return format!("{sum} Bytes");
    };
    let fraction = format!("{:04}", u128::from(sum % size) * 10_000 / u128::from(*size));
    let text = format!("{}.{fraction}", sum / size);
    format!("{}{unit} Bytes", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What a CODA's firmware prints for a sum beyond 32 bits: `10 * 2e32 + 3651454275`, and means 2 to the power of 32.
pub fn octets(sum: u64) -> String {
    match (sum >> 32, sum & 0xffff_ffff) {
        (0, low) => low.to_string(),
        (high, low) => format!("{high} * 2e32 + {low}"),
    }
}

fn weekday(seconds: u64) -> &'static str {
    WEEKDAYS[(seconds / 86_400 % 7) as usize]
}

fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// Year, month and day, counted day by day: nobody lets these clocks run for centuries.
fn date(mut days: u64) -> (u64, usize, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    for (month, length) in [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().enumerate() {
        let length = length + u64::from(month == 1 && leap(year));
        if days < length {
            return (year, month + 1, days + 1);
        }
        days -= length;
    }
    (year, 12, 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_modems_write_them() {
        assert_eq!(days(927_227), "10 Days,17 Hours,33 Minutes,47 Seconds");
        assert_eq!(days(284_820), "03 Days,07 Hours,07 Minutes,00 Seconds");
        assert_eq!(hours(177), "00h:02m:57s");
        assert_eq!(hours(509_624), "141h:33m:44s");
        assert_eq!(letters(552_355), "D: 6 H: 09 M: 25 S: 55");
        assert_eq!(american(1_655_485_750), "Fri Jun 17, 2022, 17:09:10");
        assert_eq!(american(1_296_576_725), "Tue Feb 01, 2011, 16:12:05");
        assert_eq!(slashes(1_709_164_800 + 86_399), "02/29/24 23:59:59");
        assert_eq!(mail(1_559_161_492), "Wed, 29 May 2019 20:24:52 -050");
    }

    #[test]
    fn sums_have_at_most_four_digits_after_the_point() {
        assert_eq!(bytes(3_383_300_000), "3.3833G Bytes");
        assert_eq!(bytes(869_900_000), "869.9M Bytes");
        assert_eq!(bytes(12_120_000), "12.12M Bytes");
        assert_eq!(bytes(234_000), "234K Bytes");
        assert_eq!(bytes(1_999_999_999), "1.9999G Bytes");
        assert_eq!(bytes(123), "123 Bytes");
        assert_eq!(bytes(0), "0 Bytes");
    }

    #[test]
    fn sums_beyond_32_bits_are_written_as_the_firmware_does() {
        assert_eq!(octets(4_294_967_295), "4294967295");
        // 10 * 2^32 + 3651454275.
        assert_eq!(octets(46_601_127_235), "10 * 2e32 + 3651454275");
    }
}
