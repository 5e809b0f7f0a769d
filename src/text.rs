//! Words, sizes and times as people read them, on the page, in a terminal and in the log. Everything that came from
//! outside goes through [`Text`] (HTML) or [`plain`] (anywhere else). Pure.

use std::fmt::{self, Write};
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::metric::Timestamp;

/// What stands where nothing is known: never a zero.
pub const UNKNOWN: &str = "\u{2014}";

/// Text for HTML, in an element or between the quotation marks of an attribute. Characters that cannot be seen or
/// that turn the direction of writing are spelt out: a phone may call itself anything.
pub struct Text<'a>(pub &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|character| match character {
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '&' => f.write_str("&amp;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            _ if misleads(character) => write!(f, "[U+{:04X}]", u32::from(character)),
            _ => f.write_char(character),
        })
    }
}

/// Why a file cannot be read, and what to do where a daemon has given up reading elsewhere than it had to when it started.
pub fn unreadable(error: &std::io::Error) -> String {
    let advice = match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "; may the user as whom lanlord runs read it, or was its folder first named by a reload: then start lanlord \
             again"
        }
        _ => "",
    };
    format!("{error}{advice}")
}

/// Text for a terminal or a log line: as [`Text`], without what only HTML needs.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if misleads(character) {
            // Writing to a string cannot fail.
            let _ = write!(out, "[U+{:04X}]", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out
}

/// Controls, bidirectional controls (UAX #9 §2), separators, and what has no width. The joiners U+200C and U+200D
/// stay: Persian and family emoji need them.
pub fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            | '\u{2028}' | '\u{2029}' | '\u{00AD}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}'
            | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// How many columns of a terminal a text takes: Chinese takes two for each character, and accents take none.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// A text in at most so many columns of a terminal. One that is longer ends in an ellipsis.
pub fn cut(text: &str, most: usize) -> String {
    // So many bytes of a name that has no width fill no column, and would cost time at each of them.
    let sane = &text[..text.floor_char_boundary(most.saturating_mul(16).max(64))];
    if sane.len() == text.len() && columns(text) <= most {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in sane.chars() {
        out.push(character);
        if columns(&out) >= most {
            out.pop();
            break;
        }
    }
    if most > 0 {
        out.push('\u{2026}');
    }
    out
}

/// A text in just so many columns: cut, or with spaces behind it.
pub fn fill(text: &str, width: usize) -> String {
    let mut out = cut(text, width);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(columns(&out))));
    out
}

/// A number of bytes in binary units, with three digits that mean something.
pub fn bytes(count: u64) -> String {
    scaled(count, 1024.0, ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
}

/// A number of bits in decimal units, as those who sell them count.
pub fn bits(count: u64) -> String {
    scaled(count, 1000.0, ["bit", "kbit", "Mbit", "Gbit", "Tbit", "Pbit", "Ebit"])
}

fn scaled(count: u64, step: f64, units: [&str; 7]) -> String {
    let mut size = count as f64;
    if size < step {
        return format!("{count} {}", units[0]);
    }
    let mut unit = 0;
    // Not the step itself: 1023.6 would be written as 1024.
    while (size >= step - 0.5 || unit == 0) && unit + 1 < units.len() {
        size /= step;
        unit += 1;
    }
    let decimals = match size {
        _ if size < 9.995 => 2,
        _ if size < 99.95 => 1,
        _ => 0,
    };
    format!("{size:.decimals$} {}", units[unit])
}

/// How long something took.
pub fn duration(time: Duration) -> String {
    match time {
        _ if time < Duration::from_millis(1) => format!("{} µs", time.as_micros()),
        _ if time < Duration::from_secs(1) => format!("{} ms", time.as_millis()),
        _ if time < Duration::from_secs(120) => format!("{:.1} s", time.as_secs_f64()),
        // Rounded up: whoever waits for so long does not come too early.
        _ => format!("{} min", time.as_secs().div_ceil(60)),
    }
}

/// How long ago something was. A clock that was set back makes it "just now".
pub fn age(then: Timestamp, now: Timestamp) -> String {
    match now.0.saturating_sub(then.0).as_secs() {
        0 => "just now".to_owned(),
        seconds @ 1..120 => format!("{seconds} s ago"),
        seconds @ 120..7_200 => format!("{} min ago", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(text: &str, expected: &str) {
        assert_eq!(Text(text).to_string(), expected);
    }

    #[test]
    fn markup_is_text() {
        check_text("<img src=x onerror='alert(1)'>", "&lt;img src=x onerror=&#39;alert(1)&#39;&gt;");
        check_text("\" onmouseover=\"x", "&quot; onmouseover=&quot;x");
        check_text("&lt;", "&amp;lt;");
    }

    #[test]
    fn what_cannot_be_seen_is_spelt_out() {
        check_text("a\0b\u{1b}[31m\u{85}", "a[U+0000]b[U+001B][31m[U+0085]");
        check_text("gpj.\u{202E}exe", "gpj.[U+202E]exe");
        check_text(
            "\u{2066}x\u{2069}\u{200F}\u{FEFF}\u{E0041}",
            "[U+2066]x[U+2069][U+200F][U+FEFF][U+E0041]",
        );
    }

    #[test]
    fn every_language_stays_as_it_is() {
        for name in ["Łódź", "آیفون\u{200C}من", "プリンター", "👩\u{200D}👧 phone", "café"]
        {
            check_text(name, name);
        }
    }

    #[track_caller]
    fn check_bytes(count: u64, expected: &str) {
        assert_eq!(bytes(count), expected);
    }

    #[test]
    fn bytes_have_three_digits_and_a_binary_unit() {
        check_bytes(0, "0 B");
        check_bytes(1023, "1023 B");
        check_bytes(1024, "1.00 KiB");
        check_bytes(1536, "1.50 KiB");
        check_bytes(10 * 1024, "10.0 KiB");
        check_bytes(1024 * 1024 - 1, "1.00 MiB");
        check_bytes(123 * 1024 * 1024, "123 MiB");
        check_bytes(5_000_000_000, "4.66 GiB");
        check_bytes(u64::MAX, "16.0 EiB");
    }

    #[test]
    fn bits_have_decimal_units() {
        for (count, expected) in [
            (0, "0 bit"),
            (999, "999 bit"),
            (1_000, "1.00 kbit"),
            (999_499, "999 kbit"),
            (999_500, "1.00 Mbit"),
            (12_345_678, "12.3 Mbit"),
            (1_000_000_000, "1.00 Gbit"),
        ] {
            assert_eq!(bits(count), expected);
        }
    }

    /// Widths are those of Unicode Standard Annex 11: two for wide characters and emoji, none for what combines.
    #[test]
    fn texts_are_cut_by_the_columns_they_take() {
        for (text, most, expected) in [
            ("nas", 3, "nas"),
            ("nas", 2, "n\u{2026}"),
            ("nas", 1, "\u{2026}"),
            ("nas", 0, ""),
            ("プリンター", 10, "プリンター"),
            ("プリンター", 9, "プリンタ\u{2026}"),
            ("プリンター", 8, "プリン\u{2026}"),
            ("cafe\u{301}", 4, "cafe\u{301}"),
            ("\u{1F600}\u{1F600}", 3, "\u{1F600}\u{2026}"),
        ] {
            assert_eq!(cut(text, most), expected, "{text} in {most}");
        }
        assert_eq!(fill("日本", 6), "日本  ");
        assert_eq!(fill("printer", 5), "prin\u{2026}");
        let stacked = format!("a{}", "\u{301}".repeat(100_000));
        assert!(cut(&stacked, 10).len() < 1_000);
    }

    proptest::proptest! {
        #[test]
        fn no_text_takes_more_columns_than_it_is_cut_to(text in "\\PC{0,80}", most in 0usize..40) {
            proptest::prop_assert!(columns(&cut(&text, most)) <= most);
            proptest::prop_assert_eq!(columns(&fill(&text, most)), most);
        }
    }

    #[test]
    fn times_are_rounded_to_what_matters() {
        assert_eq!(duration(Duration::from_micros(80)), "80 µs");
        assert_eq!(duration(Duration::from_micros(12_345)), "12 ms");
        assert_eq!(duration(Duration::from_millis(1_250)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(3_501)), "59 min");
        let at = |seconds| Timestamp(Duration::from_secs(seconds));
        assert_eq!(age(at(100), at(100)), "just now");
        assert_eq!(age(at(200), at(100)), "just now");
        assert_eq!(age(at(0), at(119)), "119 s ago");
        assert_eq!(age(at(0), at(600)), "10 min ago");
        assert_eq!(age(at(0), at(10_800)), "3 h ago");
        assert_eq!(age(at(0), at(864_000)), "10 days ago");
    }
}
