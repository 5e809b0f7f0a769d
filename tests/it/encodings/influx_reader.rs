//! Reads line protocol, and panics where a line breaks it, or where receivers would read it differently. From InfluxDB
//! 1.8 and 2.x, "Line protocol".

use std::collections::BTreeMap;

use lanlord::encode::influx::Layout;
use lanlord::metric::Number;

use super::{Series, Told, told};

/// Reads lines; `types` is what the fields of each family must be.
pub fn read(text: &[u8], layout: Layout, types: &BTreeMap<&str, Number>) -> BTreeMap<Series, (Told, u128)> {
    let text = str::from_utf8(text).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    let mut read = BTreeMap::new();
    let mut tag_sets = Vec::new();
    for line in text.split_terminator('\n') {
        assert!(!line.starts_with('#') && !line.chars().any(|char| char.is_ascii_control()), "{line:?}");
        let [key, fields, time] = split(line, ' ')[..] else { panic!("{line}") };
        let (measurement, labels) = series(key);
        assert!(!time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
        let time = time.parse().unwrap();
        if layout == Layout::Source {
            // One line for each tag set of a batch: so of one time, but for batches of one time.
            tag_sets.push((key, time, fields));
        }
        for field in split(fields, ',') {
            let (name, value) = field.split_once('=').unwrap();
            let family = match layout {
                Layout::Family => {
                    assert_eq!(name, "value", "{line}");
                    &measurement
                }
                Layout::Source => {
                    let own = labels.get("source").is_none_or(|_| name == "test_part_up");
                    assert_eq!(&measurement, if own { "lanlord" } else { &labels["source"] }, "{line}");
                    name
                }
            };
            let value = number(value, types[family]);
            read.insert((family.to_owned(), labels.clone()), (value, time));
        }
    }
    for (index, (key, time, fields)) in tag_sets.iter().enumerate() {
        let names = |fields: &str| -> Vec<String> {
            fields.split(',').map(|field| field.split_once('=').unwrap().0.to_owned()).collect()
        };
        let mut own = names(fields);
        own.sort();
        assert!(own.windows(2).all(|pair| pair[0] != pair[1]), "a field twice: {fields}");
        // The two parts of a source have no family in common, so a second line has other fields.
        for (other_key, other_time, other) in &tag_sets[..index] {
            let shared = names(other).iter().any(|name| is_of_lan(name) == is_of_lan(&own[0]));
            assert!((key, time) != (other_key, other_time) || !shared, "two lines: {key}");
        }
    }
    read
}

/// Whether a family is in the first of the two batches of a source.
fn is_of_lan(family: &str) -> bool {
    family.starts_with("test_host") || family == "test_up"
}

/// A field: an integer ends in `i`, a float has neither that nor quotation marks.
fn number(text: &str, number: Number) -> Told {
    match number {
        Number::Integer => {
            let digits = text.strip_suffix('i').unwrap();
            assert!(
                digits.parse::<i64>().is_ok() && digits.bytes().all(|byte| byte.is_ascii_digit()),
                "{text}"
            );
            told(digits)
        }
        Number::Float => {
            assert!(text.bytes().all(|byte| byte.is_ascii_digit() || b"-.e".contains(&byte)), "{text}");
            assert!(text.parse::<f64>().unwrap().is_finite());
            told(text)
        }
    }
}

/// Measurement and tags.
fn series(key: &str) -> Series {
    let mut parts = split(key, ',').into_iter();
    let measurement = unescape(parts.next().unwrap(), &[',', ' ']);
    assert!(!measurement.is_empty(), "{key}");
    let tags: Vec<(String, String)> = parts
        .map(|tag| {
            let [name, value] = split(tag, '=')[..] else { panic!("{key}") };
            assert!(!name.is_empty() && !value.is_empty(), "{key}");
            (unescape(name, &[',', '=', ' ']), unescape(value, &[',', '=', ' ']))
        })
        .collect();
    // Sorted as Go compares bytes, and none twice.
    assert!(tags.windows(2).all(|pair| pair[0].0.as_bytes() < pair[1].0.as_bytes()), "{key}");
    (measurement, tags.into_iter().collect())
}

/// Splits at a character that has no backslash before it. A backslash before a backslash is for some receivers one, for
/// others two; so there must be none.
fn split(text: &str, at: char) -> Vec<&str> {
    assert!(!text.contains(r"\\"), "{text}");
    let (mut pieces, mut start, mut escaped) = (Vec::new(), 0, false);
    for (index, char) in text.char_indices() {
        if char == at && !escaped {
            pieces.push(&text[start..index]);
            start = index + char.len_utf8();
        }
        escaped = char == '\\';
    }
    pieces.push(&text[start..]);
    pieces
}

/// Takes backslashes away that stand before one of these; every other stands for itself.
fn unescape(text: &str, special: &[char]) -> String {
    assert!(!text.ends_with('\\'), "{text}");
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(char) = characters.next() {
        if char == '\\' && characters.peek().is_some_and(|next| special.contains(next)) {
            out.extend(characters.next());
        } else {
            out.push(char);
        }
    }
    out
}

/// How a value is told that the protocol cannot carry: control characters by their pictures (Unicode, "Control
/// Pictures"), and a backslash that could be taken for an escape by its wide form (U+FF3C).
pub fn told_as(value: &str) -> String {
    let characters: Vec<char> = value.chars().collect();
    let tell = |(index, &char): (usize, &char)| match char {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(char)).unwrap(),
        '\u{7f}' => '\u{2421}',
        '\\' if characters.get(index + 1).is_none_or(|next| "\\,= ".contains(*next)) => '\u{FF3C}',
        _ => char,
    };
    characters.iter().enumerate().map(tell).collect()
}
