//! From what a resolver says a host is called to what we call it. Pure.
//!
//! Whoever runs a phone or a resolver chooses these octets: what comes out is short, of one line, and can be mistaken
//! for nothing else.

use crate::metric::LABEL_VALUE_MAX;

/// A name out of the labels of a domain name (RFC 1035 §3.1), which may be any octets; none if nothing of it can be
/// used. What is neither a letter, a digit, `-` nor `_` becomes one `-`: DNS allows everything else in a name, and no
/// host is called so.
pub fn from_labels<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Option<String> {
    let labels: Vec<String> = labels.into_iter().map(readable).filter(|label| !label.is_empty()).collect();
    let name = labels.join(".");
    is_usable(&name).then_some(name)
}

fn readable(label: &[u8]) -> String {
    let mut out = String::new();
    for char in String::from_utf8_lossy(label).chars() {
        let is_good = char.is_alphanumeric() || char == '-' || char == '_';
        match is_good && char != char::REPLACEMENT_CHARACTER {
            true => out.push(char),
            false if out.ends_with('-') => {}
            false => out.push('-'),
        }
    }
    out
}

/// Whether a name says something, and nothing that we say ourselves: `other` is a row, `unknown-…` a host without a
/// name, and `localhost` this machine.
fn is_usable(name: &str) -> bool {
    let lower = name.to_lowercase();
    name.len() <= LABEL_VALUE_MAX
        && name.contains(char::is_alphanumeric)
        && lower != "other"
        && !lower.starts_with("unknown-")
        && lower.split('.').next() != Some("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(labels: &[&[u8]], expected: Option<&str>) {
        assert_eq!(from_labels(labels.iter().copied()).as_deref(), expected);
    }

    #[test]
    fn host_names_stay_as_they_are() {
        check(&[b"nas", b"lan"], Some("nas.lan"));
        check(&[b"Alexa-Kitchen_2", b"home", b"arpa"], Some("Alexa-Kitchen_2.home.arpa"));
        check(&[b"192-168-1-7", b"dhcp"], Some("192-168-1-7.dhcp"));
        check(&["kjøkken".as_bytes(), b"lan"], Some("kjøkken.lan"));
        check(&[b"xn--kjkken-dya"], Some("xn--kjkken-dya"));
    }

    #[test]
    fn everything_else_becomes_a_hyphen() {
        check(&[b"Anna's  iPhone", b"lan"], Some("Anna-s-iPhone.lan"));
        check(&[b"a.b", b"lan"], Some("a-b.lan"));
        check(&[b"\x1b[2J\x1b[31mred"], Some("-2J-31mred"));
        check(&[b"a\"} 1\nb{c=\"d"], Some("a-1-b-c-d"));
        check(&[b"<img src=x onerror=alert(1)>"], Some("-img-src-x-onerror-alert-1-"));
        check(&["gpj.\u{202E}exe".as_bytes()], Some("gpj-exe"));
        check(&[b"caf\xe9", b"lan"], Some("caf-.lan"));
    }

    #[test]
    fn what_says_nothing_or_too_much_is_no_name() {
        check(&[], None);
        check(&[b""], None);
        check(&[b"\xff\xfe", b"-"], None);
        for word in ["other", "Other", "localhost", "unknown-192.0.2.1", "UNKNOWN-x"] {
            check(&[word.as_bytes()], None);
        }
        check(&[b"localhost", b"localdomain"], None);
        check(&[b"other", b"lan"], Some("other.lan"));
        check(&[[b'a'; 63].as_slice(); 5], None);
    }

    proptest! {
        #[test]
        fn any_octets_make_a_harmless_name_or_none(
            labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..5)
        ) {
            if let Some(name) = from_labels(labels.iter().map(Vec::as_slice)) {
                prop_assert!(name.len() <= 255 && !name.is_empty());
                let harmless = |char: char| char.is_alphanumeric() || "-_.".contains(char);
                prop_assert!(name.chars().all(harmless), "{name:?}");
                prop_assert_eq!(crate::text::plain(&name), name);
            }
        }
    }
}
