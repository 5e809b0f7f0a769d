//! The table `[names]`: hardware address or address to name.

use std::collections::HashMap;
use std::net::IpAddr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Review, quote};
use super::table::unwanted;
use crate::metric::LABEL_VALUE_MAX;
use crate::names::Key;

/// More names than any network has that we could watch: a slip of a generator, not a house.
const MOST: usize = 65_536;

/// Reads all names, in the order of the file.
pub(super) fn read(review: &Review<'_>, table: &DeTable<'_>) -> Vec<(Key, String)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    if let Some((key, _)) = entries.get(MOST) {
        let message = format!("`[names]` has {} names; write at most {MOST}", entries.len());
        review.problem(key.span().start, message);
    }
    let mut first = HashMap::new();
    let mut names = Vec::new();
    for (written, value) in entries.into_iter().take(MOST) {
        let Some(key) = key(review, written, value) else { continue };
        let at = written.span().start;
        if let Some(other) = first.insert(key, at) {
            let (written, line) = (quote(written.get_ref()), review.line(other));
            review.problem(at, format!("{written} already has a name on line {line}; keep one of the two"));
        }
        names.extend(name(review, written.get_ref(), value).map(|name| (key, name)));
    }
    names
}

fn key(review: &Review<'_>, written: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) -> Option<Key> {
    let text = written.get_ref().as_ref();
    if let Some(key) = parse_key(text) {
        return Some(key);
    }
    let advice = match value.get_ref() {
        // Without quotes, the dots of an address nest tables.
        DeValue::Table(_) => {
            r#"put quotes around the whole address, as in `"192.168.1.20" = "printer"`"#.to_owned()
        }
        DeValue::String(value) if parse_key(value).is_some() => {
            format!("the address comes first: write `\"{value}\" = \"{text}\"`")
        }
        _ => "write it like `\"aa:bb:cc:dd:ee:ff\"` or `\"192.168.1.20\"`".to_owned(),
    };
    let message = format!("{} is neither a hardware address nor an IP address; {advice}", quote(text));
    review.problem(written.span().start, message);
    None
}

fn parse_key(text: &str) -> Option<Key> {
    let address = || text.parse::<IpAddr>().ok().map(|address| Key::Address(address.to_canonical()));
    text.parse().ok().map(Key::Mac).or_else(address)
}

fn name(review: &Review<'_>, key: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(name) if name == "other" => {
            let message = "`other` is the row of hosts for which there is no room; choose another name";
            review.problem(value.span().start, message.to_owned());
            None
        }
        DeValue::String(name) if is_name(name) => Some(name.to_string()),
        _ => {
            unwanted(
                review,
                key,
                value,
                format!(
                    "a name of 1 to {LABEL_VALUE_MAX} bytes without control characters, such as `\"nas\"`"
                ),
            );
            None
        }
    }
}

/// Something to see, and nothing that breaks a line.
fn is_name(text: &str) -> bool {
    let visible = |char: char| char != '.' && !char.is_whitespace();
    text.len() <= LABEL_VALUE_MAX && text.contains(visible) && !text.contains(char::is_control)
}
