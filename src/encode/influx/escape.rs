//! The escapes of the line protocol, for names and tags; fields here are numbers and have none.
//!
//! The protocol has no escape for line feeds, and none for a backslash: before a character that has one, receivers
//! read it differently (InfluxDB 1.x keeps it, VictoriaMetrics takes two for one), and then a name that somebody gave a
//! phone could begin a new tag. So what cannot be told in a way that all read alike is told by a character that looks
//! like it.

/// U+FF3C, for a backslash that could be taken for the beginning of an escape.
const BACKSLASH: &str = "＼";

/// Whether [`tag`] would change anything in a text. Looks at all of it, which the compiler does for many bytes at once.
pub fn is_needed(text: &str) -> bool {
    let special = |byte: u8| byte <= b' ' || byte == 0x7F || matches!(byte, b',' | b'=' | b'\\');
    text.bytes().fold(false, |found, byte| found | special(byte))
}

/// Writes the name or the value of a tag: a backslash before commas, equals signs and spaces ("Special characters").
pub fn tag(text: &str, out: &mut Vec<u8>) {
    write(text, |byte| matches!(byte, b',' | b'=' | b' '), out);
}

/// Writes a measurement: as tags, but an equals sign stands as it is ("Special characters").
pub fn measurement(text: &str, out: &mut Vec<u8>) {
    write(text, |byte| matches!(byte, b',' | b' '), out);
}

/// Bytes suffice: in UTF-8 no part of a longer character looks like ASCII.
fn write(text: &str, is_escaped: impl Fn(u8) -> bool, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    if !is_needed(text) {
        out.extend_from_slice(bytes);
        return;
    }
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            // The block "Control Pictures" of Unicode is in the order of what it depicts.
            0..0x20 => out.extend_from_slice(&[0xE2, 0x90, 0x80 + byte]),
            0x7F => out.extend_from_slice("␡".as_bytes()),
            b'\\' => match bytes.get(index + 1) {
                None | Some(b'\\' | b',' | b'=' | b' ') => out.extend_from_slice(BACKSLASH.as_bytes()),
                Some(_) => out.push(byte),
            },
            _ => {
                if is_escaped(byte) {
                    out.push(b'\\');
                }
                out.push(byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(escape: fn(&str, &mut Vec<u8>), text: &str, expected: &str) {
        let mut out = Vec::new();
        escape(text, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn the_examples_of_the_protocol_are_written_as_there() {
        // InfluxDB 1.8, "Line protocol tutorial" and "Line protocol reference", "Special characters".
        check(tag, "us,midwest", r"us\,midwest");
        check(tag, "temp=rature", r"temp\=rature");
        check(tag, "location place", r"location\ place");
        check(measurement, "wea,ther", r"wea\,ther");
        check(measurement, "wea ther", r"wea\ ther");
        // InfluxDB 2.x, "Line protocol", "Examples of special characters".
        check(measurement, "my Measurement", r"my\ Measurement");
        check(tag, "tag Key1", r"tag\ Key1");
        check(tag, "tag Value1", r"tag\ Value1");
        check(tag, "string value", r"string\ value");
        // Quotation marks, emojis and equals signs in a measurement need nothing.
        check(tag, "\"us-midwest\"", "\"us-midwest\"");
        check(tag, "🚀", "🚀");
        check(measurement, "a=b", "a=b");
    }

    #[test]
    fn a_backslash_stays_where_all_read_it_alike() {
        check(tag, r"C:\DIR", r"C:\DIR");
        check(tag, r"\n", r"\n");
        check(tag, r"DIR\", "DIR＼");
        check(tag, r"a\\b", r"a＼\b");
        check(tag, r"x\,evil\=1\ value\=9i", r"x＼\,evil＼\=1＼\ value＼\=9i");
        check(tag, "\\\n", "\\␊");
    }

    #[test]
    fn control_characters_are_told_by_their_pictures() {
        // Unicode, "Control Pictures": U+2400 SYMBOL FOR NULL to U+241F SYMBOL FOR UNIT SEPARATOR, U+2421 SYMBOL FOR DELETE.
        check(tag, "\0\t\n\r\x1b\x1f\x7f", "\u{2400}\u{2409}\u{240a}\u{240d}\u{241b}\u{241f}\u{2421}");
    }

    #[test]
    fn what_needs_an_escape_is_seen_wherever_it_stands() {
        let plain: String = ('!'..='~').filter(|char| !",=\\".contains(*char)).chain(['é', '🚀']).collect();
        for special in (0..=b' ').map(char::from).chain([',', '=', '\\', '\x7f']) {
            for (at, _) in plain.char_indices() {
                let mut text = plain.clone();
                text.insert(at, special);
                assert!(is_needed(&text), "{text:?}");
            }
        }
        assert!(!is_needed(&plain) && !is_needed(""));
    }
}
