//! Labels as tags ("Graphite Tag Support"): `prefix.name;source=attic;host=nas`.
//!
//! Carbon refuses a tag that is empty, a name with one of `;!^=` in it, and a value with `;` in it or `~` at its
//! beginning (carbon 1.1, `TaggedSeries.validateTagAndValue`). It splits lines wherever Unicode has a line or a space, and
//! takes what ends like a line of Prometheus for one (`TaggedSeries.parse`), so of values only what is ASCII, can be printed
//! and is neither a brace nor a quotation mark stands as it is.

use super::super::line::{self, Opening, Part, SOURCE};
use super::write_percent;

/// What lines of a family begin with: all but the values of its labels.
pub fn opening(prefix: &str, part: &Part<'_>) -> Opening {
    let meta = part.family.meta();
    let mut opening = Opening::default();
    if !prefix.is_empty() {
        opening.text(&[prefix.as_bytes(), b"."]);
    }
    opening.text(&[meta.name.as_bytes()]);
    if let Some(source) = part.source.filter(|source| !source.is_empty()) {
        let mut escaped = Vec::new();
        value(source, &mut escaped);
        opening.text(&[b";", SOURCE.as_bytes(), b"=", &escaped]);
    }
    for (label, place) in line::sorted(meta) {
        opening.value(place, &[b";", tag(label).as_bytes(), b"="], b"");
    }
    opening
}

/// Carbon puts the path into the tag `name`, over whatever a series has there.
fn tag(label: &str) -> &str {
    if label == "name" { "label_name" } else { label }
}

/// Writes the value of a tag.
pub fn value(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'~') && bytes.iter().all(|&byte| is_plain(byte)) {
        out.extend_from_slice(bytes);
        return;
    }
    for (index, &byte) in bytes.iter().enumerate() {
        if is_plain(byte) && (index, byte) != (0, b'~') {
            out.push(byte);
        } else {
            write_percent(byte, out);
        }
    }
}

/// Whether a byte stands in a value as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b';' | b'%' | b'"' | b'{' | b'}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        value(text, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_value_keeps_what_carbon_takes() {
        check("192.0.2.2", "192.0.2.2");
        check("02:00:5e:10:00:01", "02:00:5e:10:00:01");
        check("a=b!c^d~e/f\\g'(i)[j]*", "a=b!c^d~e/f\\g'(i)[j]*");
    }

    #[test]
    fn a_value_has_nothing_that_carbon_refuses_or_splits_at() {
        check("a;b=c", "a%3Bb=c");
        check("~a~", "%7Ea~");
        check("living room", "living%20room");
        check("100%", "100%25");
        // What ends in `"}` and has a `{` is read as Prometheus would write it.
        check("h={a=\"b\"}", "h=%7Ba=%22b%22%7D");
        check("a\nb\r\x0b\x0c\x1c\x1d\x1e\0\x7f", "a%0Ab%0D%0B%0C%1C%1D%1E%00%7F");
        // Where Python's str.splitlines and str.split part a text beyond ASCII.
        check("\u{85}\u{a0}\u{2028}\u{3000}", "%C2%85%C2%A0%E2%80%A8%E3%80%80");
    }
}
