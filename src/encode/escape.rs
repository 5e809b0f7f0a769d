//! The escapes of the exposition formats: here and nowhere else, because one quotation mark let through in the
//! name of a phone makes Prometheus refuse the whole scrape.
//!
//! It does not clean: whatever a name contains comes out of the parser at the other end unchanged.

/// Writes a label value, without the quotation marks around it. The same escapes hold for HELP in OpenMetrics
/// (`escaped-string` in its ABNF).
pub fn value(text: &str, out: &mut Vec<u8>) {
    escape(text, out, |byte| matches!(byte, b'\\' | b'"' | b'\n'));
}

/// Writes a HELP text of the format 0.0.4, where a quotation mark is an ordinary character.
pub fn help(text: &str, out: &mut Vec<u8>) {
    escape(text, out, |byte| matches!(byte, b'\\' | b'\n'));
}

fn escape(text: &str, out: &mut Vec<u8>, special: impl Fn(u8) -> bool) {
    let bytes = text.as_bytes();
    // Nearly every text has nothing to escape. Looking at all of it without stopping is what compilers turn
    // into vector instructions. Bytes suffice: in UTF-8 no part of a longer character looks like ASCII.
    if !bytes.iter().fold(false, |found, &byte| found | special(byte)) {
        out.extend_from_slice(bytes);
        return;
    }
    for &byte in bytes {
        if special(byte) {
            out.push(b'\\');
        }
        out.push(if byte == b'\n' { b'n' } else { byte });
    }
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
