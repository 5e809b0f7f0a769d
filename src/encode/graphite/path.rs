//! Labels in a path: components between dots, escaped so that one label is one component.
//!
//! It has no say in where they stand: the template has. It keeps paths apart whatever is in them: no component has a
//! dot in it, everything but the source and the labels of `{labels}` is in every path, and the latter come in pairs, so
//! that the number of components tells whether there is a source.

use ring::digest::{SHA256, digest};

use super::super::line::{self, Opening, Part, SOURCE};
use super::template::{Piece, Template};
use super::{is_plain, write_percent};

/// Longest component, in bytes. It becomes the name of a file, which has at most 255 (`NAME_MAX`), its ending included.
const LONGEST: usize = 200;

/// Stands for a label that is empty, or that the family has not, where a template has a place for it: if it were left
/// out, what comes after it could be taken for it.
const NOTHING: &[u8] = b"_.";

/// What paths of a family begin with: all but the values of its labels. Each component has its dot behind it.
pub fn opening(
    prefix: &str,
    template: &Template,
    escape: impl Fn(&str, &mut Vec<u8>),
    part: &Part<'_>,
) -> Opening {
    let meta = part.family.meta();
    let labels = line::sorted(meta);
    let place = |name: &str| labels.iter().find(|(label, _)| *label == name).map(|(_, place)| *place);
    let mut opening = Opening::default();
    if !prefix.is_empty() {
        opening.text(&[prefix.as_bytes(), b"."]);
    }
    for piece in template.pieces() {
        match piece {
            Piece::Word(word) => opening.text(&[word.as_bytes(), b"."]),
            Piece::Name => opening.text(&[meta.name.as_bytes(), b"."]),
            Piece::Source => match (place(SOURCE), part.source) {
                (Some(place), _) => opening.value(place, &[], b""),
                (None, Some(source)) if !source.is_empty() => {
                    let mut escaped = Vec::new();
                    escape(source, &mut escaped);
                    opening.text(&[&escaped]);
                }
                (None, _) => {}
            },
            Piece::Label(label) => match place(label) {
                Some(place) => opening.value(place, &[], NOTHING),
                None => opening.text(&[NOTHING]),
            },
            Piece::Labels => {
                for (label, place) in &labels {
                    if *label != SOURCE && !template.labels().any(|placed| placed == *label) {
                        opening.value(*place, &[label.as_bytes(), b"."], b"");
                    }
                }
            }
        }
    }
    opening
}

/// Takes the dot behind the last component away.
pub fn end(out: &mut Vec<u8>) {
    out.pop();
}

/// Writes a component and a dot; what cannot stand as it is as `%` and two digits for each byte. One that is nothing
/// but an underscore is among them, because that stands for nothing.
pub fn percent(value: &str, out: &mut Vec<u8>) {
    let start = out.len();
    let bytes = value.as_bytes();
    match bytes {
        b"_" => write_percent(b'_', out),
        _ if bytes.iter().all(|&byte| PLAIN[usize::from(byte)]) => out.extend_from_slice(bytes),
        _ => {
            for &byte in bytes {
                if PLAIN[usize::from(byte)] {
                    out.push(byte);
                } else {
                    write_percent(byte, out);
                }
            }
        }
    }
    shorten(start, out);
    out.push(b'.');
}

/// Writes a component and a dot; an underscore for each character that cannot stand as it is. Different values can
/// become the same one, which is what whoever chooses this gives for paths that are easier to read.
pub fn underscore(value: &str, out: &mut Vec<u8>) {
    let start = out.len();
    for char in value.chars() {
        let plain = u8::try_from(char).ok().filter(|&byte| is_plain(byte));
        out.push(plain.unwrap_or(b'_'));
    }
    shorten(start, out);
    out.push(b'.');
}

/// A look into a table costs less than comparing.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = is_plain(byte as u8);
        byte += 1;
    }
    plain
};

/// A component that is too long keeps its beginning, and then has `~` and the first 16 digits of the SHA-256 of all of
/// it, in hexadecimal.
fn shorten(start: usize, out: &mut Vec<u8>) {
    if out.len() - start <= LONGEST {
        return;
    }
    let hash = digest(&SHA256, &out[start..]);
    let digits: String = hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = start + LONGEST - 1 - digits.len();
    // Not in the middle of an escape.
    let cut = (kept - 2..kept).find(|&at| out[at] == b'%').unwrap_or(kept);
    out.truncate(cut);
    out.push(b'~');
    out.extend_from_slice(digits.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(escape: fn(&str, &mut Vec<u8>), value: &str, expected: &str) {
        let mut out = b"before.".to_vec();
        escape(value, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("before.{expected}."));
    }

    #[test]
    fn what_a_path_cannot_have_is_escaped_byte_by_byte() {
        // RFC 3986 §2.1 and §2.5, whose own examples are a space, `À` and `あ`.
        check(percent, "nas", "nas");
        check(percent, "a b", "a%20b");
        check(percent, "À", "%C3%80");
        check(percent, "あ", "%E3%81%82");
        check(percent, "192.0.2.2", "192%2E0%2E2%2E2");
        check(percent, "a/b\\c%2E\n\0~*{}[]", "a%2Fb%5Cc%252E%0A%00%7E%2A%7B%7D%5B%5D");
        check(percent, "Az09_:-", "Az09_:-");
        check(percent, "02:00:5e:10:00:01", "02:00:5e:10:00:01");
    }

    #[test]
    fn a_lone_underscore_is_not_taken_for_nothing() {
        check(percent, "_", "%5F");
        check(percent, "__", "__");
    }

    #[test]
    fn underscores_stand_for_characters_and_not_for_bytes() {
        check(underscore, "192.0.2.2", "192_0_2_2");
        check(underscore, "é b/あ%", "__b___");
        check(underscore, "Az09_:-", "Az09_:-");
    }

    #[test]
    fn a_component_too_long_for_a_file_is_cut_and_told_apart() {
        check(percent, &"a".repeat(200), &"a".repeat(200));
        // printf 'a%.0s' $(seq 201) | sha256sum
        let expected = format!("{}~a92efd82109373e5", "a".repeat(183));
        check(percent, &"a".repeat(201), &expected);
        // printf '%%2E%.0s' $(seq 100) | sha256sum
        let expected = format!("{}~ee681ae6e071dce3", "%2E".repeat(61));
        check(percent, &".".repeat(100), &expected);
        for shift in 0..3 {
            let (mut out, value) = (Vec::new(), format!("{}{}", "a".repeat(shift), ".".repeat(100)));
            percent(&value, &mut out);
            assert!(out.len() <= 201);
            let (kept, _) = std::str::from_utf8(&out).unwrap().split_once('~').unwrap();
            assert!(kept.strip_prefix(&"a".repeat(shift)).unwrap().replace("%2E", "").is_empty(), "{kept}");
        }
    }
}
