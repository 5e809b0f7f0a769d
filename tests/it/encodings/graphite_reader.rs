//! Reads Graphite's plaintext protocol, and panics where a line breaks it. From "Feeding In Your Data", "Graphite Tag
//! Support", and what METRICS.md and the example configuration say of our paths.

use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};

use super::{Series, Told, told};

type Read = BTreeMap<Series, (Told, u128)>;

/// The lines: path, number, time.
fn lines(text: &[u8]) -> impl Iterator<Item = (&str, Told, u128)> {
    // Carbon splits wherever Unicode has a line or a space; so nothing beyond ASCII may be there.
    let text = str::from_utf8(text).unwrap();
    assert!(text.bytes().all(|byte| byte == b'\n' || byte == b' ' || byte.is_ascii_graphic()), "{text}");
    assert!(text.is_empty() || text.ends_with('\n'));
    text.split_terminator('\n').map(|line| {
        let [path, value, time] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        assert!(!path.is_empty(), "{line}");
        assert!(value.bytes().all(|byte| byte.is_ascii_digit() || b"-.e".contains(&byte)), "{line}");
        assert!(time.bytes().all(|byte| byte.is_ascii_digit()), "{line}");
        (path, told(value), time.parse().unwrap())
    })
}

/// Reads paths of `{source}.{name}.{labels}`. What was cut is `~` and its hash.
pub fn paths(text: &[u8], prefix: &str) -> Read {
    let mut read = Read::new();
    for (path, value, time) in lines(text) {
        let mut components: Vec<String> = path.split('.').map(component).collect();
        assert_eq!(components.remove(0), prefix, "{path}");
        let mut labels = BTreeMap::new();
        // The name, and pairs; one more is the source.
        if components.len().is_multiple_of(2) {
            labels.insert("source".to_owned(), components.remove(0));
        }
        let name = components.remove(0);
        for pair in components.chunks(2) {
            let [label, value] = pair else { panic!("{path}") };
            assert!(labels.insert(label.clone(), value.clone()).is_none(), "{label} twice: {path}");
        }
        assert!(read.insert((name, labels), (value, time)).is_none(), "twice: {path}");
    }
    read
}

/// What stands between dots.
fn component(text: &str) -> String {
    assert!(!text.is_empty() && text.len() <= 200, "{text}");
    if let Some((beginning, hash)) = text.split_once('~') {
        assert!(hash.len() == 16 && hash.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{text}");
        assert!(
            beginning.len() > 180 && beginning.bytes().all(|byte| is_plain(byte) || byte == b'%'),
            "{text}"
        );
        return format!("~{hash}");
    }
    unescape(text, is_plain)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_:-".contains(&byte)
}

/// What [`component`] makes of a value: the value, or its hash where it is too long escaped.
pub fn kept(value: &str) -> String {
    let escape =
        |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let escaped: String = value.bytes().map(escape).collect();
    if escaped.len() <= 200 {
        return value.to_owned();
    }
    let hash = digest(&SHA256, escaped.as_bytes());
    format!("~{}", hash.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Takes `%XX` away; everything else must be plain.
fn unescape(text: &str, is_plain: impl Fn(u8) -> bool) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let (digits, after) = after.split_at(2);
            let digits = str::from_utf8(digits).unwrap();
            assert_eq!(digits, digits.to_ascii_uppercase(), "{text}");
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = after;
        } else {
            assert!(is_plain(byte), "{text}");
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Reads `prefix.name;tag=value`.
pub fn tags(text: &[u8], prefix: &str) -> Read {
    let mut read = Read::new();
    for (path, value, time) in lines(text) {
        let mut segments = path.split(';');
        let name = segments.next().unwrap().strip_prefix(prefix).unwrap().strip_prefix('.').unwrap();
        assert!(
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
            "{path}"
        );
        let mut labels = BTreeMap::new();
        for segment in segments {
            let (tag, value) = segment.split_once('=').unwrap();
            assert!(!tag.is_empty() && !tag.contains([';', '!', '^', '=']) && tag != "name", "{path}");
            assert!(!value.is_empty() && !value.starts_with('~'), "{path}");
            let value = unescape(value, |byte| byte.is_ascii_graphic());
            let label = if tag == "label_name" { "name" } else { tag };
            assert!(labels.insert(label.to_owned(), value).is_none(), "{tag} twice: {path}");
        }
        assert!(read.insert((name.to_owned(), labels), (value, time)).is_none(), "twice: {path}");
    }
    read
}
