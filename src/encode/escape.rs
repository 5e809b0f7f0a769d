//! The escapes of the exposition formats: here and nowhere else, because one quotation mark let through in the
//! name of a phone makes Prometheus refuse the whole scrape.
//!
//! It does not clean: whatever a name contains comes out of the parser at the other end unchanged.

/// Writes a label value, without the quotation marks around it. The same escapes hold for HELP in OpenMetrics
/// (`escaped-string` in its ABNF).
pub fn value(text: &str, out: &mut Vec<u8>) {
    escape(text.as_bytes(), *b"\\\"\n", out);
}

/// Whether [`value`] would change anything in a text.
pub fn is_needed(text: &str) -> bool {
    has_any(text.as_bytes(), *b"\\\"\n")
}

/// Writes a HELP text of the format 0.0.4, where a quotation mark is an ordinary character.
pub fn help(text: &str, out: &mut Vec<u8>) {
    escape(text.as_bytes(), *b"\\\\\n", out);
}

/// Bytes suffice: in UTF-8 no part of a longer character looks like ASCII.
fn escape(bytes: &[u8], special: [u8; 3], out: &mut Vec<u8>) {
    if !has_any(bytes, special) {
        out.extend_from_slice(bytes);
        return;
    }
    for &byte in bytes {
        if special.contains(&byte) {
            out.push(b'\\');
        }
        out.push(if byte == b'\n' { b'n' } else { byte });
    }
}

/// Nearly every text has nothing to escape, and most are short, so this is most of what encoding costs: look at
/// eight bytes at a time, and at the last eight once more instead of one by one.
fn has_any(bytes: &[u8], special: [u8; 3]) -> bool {
    let Some(last) = bytes.last_chunk::<8>() else {
        return bytes.iter().fold(false, |found, byte| found | special.contains(byte));
    };
    let (eights, _) = bytes.as_chunks::<8>();
    eights.iter().chain([last]).fold(false, |found, eight| {
        let word = u64::from_ne_bytes(*eight);
        found | special.iter().fold(false, |found, &byte| found | has(word, byte))
    })
}

/// Whether one of the eight bytes is this one: the others turn to zero, and only a zero borrows into its top bit
/// without having had it.
fn has(word: u64, byte: u8) -> bool {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const TOPS: u64 = u64::from_ne_bytes([0x80; 8]);
    let zero_where_equal = word ^ (ONES * u64::from(byte));
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & TOPS != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(escape: fn(&str, &mut Vec<u8>), text: &str, expected: &str) {
        let mut out = Vec::new();
        escape(text, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn label_values_escape_three_characters() {
        check(value, "plain", "plain");
        check(value, "", "");
        // The example of the format's own documentation.
        check(value, "C:\\DIR\\FILE.TXT", "C:\\\\DIR\\\\FILE.TXT");
        check(value, "Cannot find file:\n\"FILE.TXT\"", "Cannot find file:\\n\\\"FILE.TXT\\\"");
        check(value, "\\n", "\\\\n");
        check(value, "tab\tnul\0cr\ré🦀", "tab\tnul\0cr\ré🦀");
    }

    #[test]
    fn help_of_0_0_4_leaves_quotation_marks_alone() {
        check(help, "a \"b\" \\ c\nd", "a \"b\" \\\\ c\\nd");
    }
}
