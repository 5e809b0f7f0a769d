//! Reads the families that `top` shows from the text format 0.0.4. Pure.
//!
//! Anybody may answer on a URL, so a line that lanlord would not write is passed over, and nothing is believed to be
//! short, valid or harmless. It is no reader of the format for everybody: of other families it only sees that they
//! are others.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::metric::{LABEL_VALUE_MAX, Mac};
use crate::process::BUILD_INFO;
use crate::sources::wire::metrics::{HOST_RECEIVED_BYTES, HOST_SENT_BYTES};
use crate::visit::SOURCE_UP;

/// What lanlord said at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Every row.
    pub hosts: BTreeMap<Key, Host>,
    /// Whether each source answers.
    pub up: BTreeMap<String, bool>,
}

/// Which row: a hardware address keeps its row when another address names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The source, hostile.
    pub source: String,
    /// What tells hosts of one source apart; neither is the row of those who found no room.
    pub host: Option<Identity>,
}

/// A host's own address, of the one kind or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// On our segment.
    Mac(Mac),
    /// Elsewhere.
    Address(IpAddr),
}

/// A row's latest words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// What it is called, hostile; empty if nobody knows.
    pub name: String,
    /// The address that names it.
    pub address: Option<IpAddr>,
    /// Bytes to it since lanlord began.
    pub received: u64,
    /// Bytes from it.
    pub sent: u64,
}

impl Reading {
    /// The sources that have a row or say whether they are up, and how many hosts each of them has.
    pub fn sources(&self) -> BTreeMap<&str, usize> {
        let mut sources: BTreeMap<&str, usize> = self.up.keys().map(|source| (source.as_str(), 0)).collect();
        for key in self.hosts.keys() {
            *sources.entry(&key.source).or_default() += usize::from(key.host.is_some());
        }
        sources
    }
}

/// More rows than a source can be told to have, 65,536, and than anybody scrolls through. However strange they are, the
/// rest is over soon enough for a key not to wait.
const ROWS: usize = 100_000;

/// As many sources as a lanlord can have; beyond, an answer is no lanlord's.
const SOURCES: usize = 64;

/// Reads an answer; none if it is not lanlord's.
pub fn parse(body: &[u8]) -> Option<Reading> {
    let mut reading = Reading::default();
    let (mut is_lanlord, mut sources) = (false, BTreeSet::new());
    let mut fits = |source: &str| {
        sources.contains(source) || (sources.len() < SOURCES && sources.insert(source.to_owned()))
    };
    for line in body.split(|&byte| byte == b'\n') {
        // Names that are not UTF-8 cannot come from lanlord, and no line but theirs is lost.
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let name = &line[..line.find(['{', ' ', '\t']).unwrap_or(line.len())];
        is_lanlord |= name == BUILD_INFO.0.name;
        let is_received = name == HOST_RECEIVED_BYTES.0.name;
        if is_received || name == HOST_SENT_BYTES.0.name {
            let Some((key, found, value)) = sample(&line[name.len()..]).and_then(host) else { continue };
            if !fits(&key.source) || (reading.hosts.len() >= ROWS && !reading.hosts.contains_key(&key)) {
                continue;
            }
            let host = reading.hosts.entry(key).or_default();
            (host.name, host.address) = (found.name, found.address);
            *if is_received { &mut host.received } else { &mut host.sent } = value;
        } else if name == SOURCE_UP.0.name
            && let Some((labels, value)) = sample(&line[name.len()..])
        {
            let source = labels.into_iter().find_map(|(key, value)| (key == "source").then_some(value));
            let source = source.unwrap_or_default();
            if fits(&source) {
                reading.up.insert(source, value != 0);
            }
        }
    }
    is_lanlord.then_some(reading)
}

type Labels<'t> = Vec<(&'t str, String)>;

fn host((labels, value): (Labels<'_>, u64)) -> Option<(Key, Host, u64)> {
    let (mut source, mut mac, mut host) = (String::new(), None, Host::default());
    for (key, value) in labels {
        match key {
            "source" => source = value,
            "host" => host.name = value,
            "ip" => host.address = Some(value.parse().ok()?),
            "mac" => mac = Some(value.parse().ok()?),
            _ => {}
        }
    }
    let identity = mac.map(Identity::Mac).or(host.address.map(Identity::Address));
    Some((Key { source, host: identity }, host, value))
}

/// More labels than any family of ours has.
const LABELS: usize = 16;

/// Reads a line after the name of its family.
fn sample(text: &str) -> Option<(Labels<'_>, u64)> {
    let (labels, rest) = match text.strip_prefix('{') {
        Some(inside) => labels(inside)?,
        None => (Vec::new(), text),
    };
    let value = rest.split_ascii_whitespace().next()?;
    // Ours are whole numbers; another's reader may have made floats of them.
    let float = || value.parse::<f64>().ok().filter(|float| float.is_finite() && *float >= 0.0);
    let whole = value.parse().ok().or_else(|| float().map(|float| float as u64))?;
    Some((labels, whole))
}

/// Labels up to the closing brace, and what is behind it.
fn labels(mut text: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    loop {
        text = text.trim_start_matches([',', ' ']);
        if let Some(rest) = text.strip_prefix('}') {
            return Some((labels, rest));
        }
        if labels.len() == LABELS {
            return None;
        }
        let (key, rest) = text.split_once("=\"")?;
        let (value, rest) = quoted(rest)?;
        labels.push((key, value));
        text = rest;
    }
}

/// A value up to its closing quotation mark, without its escapes, cut where lanlord would have cut it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    loop {
        let character = match characters.next()? {
            (at, '"') => return Some((value, &text[at + 1..])),
            (_, '\\') => match characters.next()?.1 {
                'n' => '\n',
                other => other,
            },
            (_, character) => character,
        };
        if value.len() + character.len_utf8() <= LABEL_VALUE_MAX {
            value.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the documentation of the format has it, with its own example of a value with escapes.
    const ANSWER: &str = r#"# HELP lanlord_build_info X.
# TYPE lanlord_build_info gauge
lanlord_build_info{version="1"} 1
lan_host_received_bytes_total{source="wire",host="nas",ip="192.168.7.10",mac="02:00:00:00:00:0a"} 17132
lan_host_received_bytes_total{source="wire",host="Cannot find file:\n\"C:\\FILE.TXT\"",ip="fd00::1"} 5 1395066363000
lan_host_received_bytes_total{source="wire",host="other"} 18446744073709551615
lan_host_sent_bytes_total{ source = "x" } 1
lan_host_sent_bytes_total{source="wire",host="nas",ip="192.168.7.10",mac="02:00:00:00:00:0a",} 3.1e+07
lan_host_sent_bytes_total{source="wire",ip="192.168.7.300"} 9
lan_host_sent_bytes_total{source="wire",ip="192.168.7.30"} -9
lan_host_sent_bytes_total{source="wire",ip="192.168.7.30"} NaN
lan_host_sent_bytes_total{source="wire",ip="192.168.7.30
lan_host_sent_packets_total{source="wire",ip="192.168.7.30"} 7
lanlord_source_up{source="wire",kind="wire"} 1
lanlord_source_up{source="router",kind="wire"} 0
"#;

    fn key(host: Option<Identity>) -> Key {
        Key { source: "wire".to_owned(), host }
    }

    #[test]
    fn rows_are_read_and_what_lanlord_would_not_say_is_passed_over() {
        let reading = parse(ANSWER.as_bytes()).unwrap();
        let nas = Identity::Mac(Mac([2, 0, 0, 0, 0, 0x0a]));
        let other = Identity::Address("fd00::1".parse().unwrap());
        let host = |name: &str, address: Option<&str>, received, sent| Host {
            name: name.to_owned(),
            address: address.map(|address| address.parse().unwrap()),
            received,
            sent,
        };
        let expected = [
            (key(None), host("other", None, u64::MAX, 0)),
            (key(Some(nas)), host("nas", Some("192.168.7.10"), 17_132, 31_000_000)),
            (key(Some(other)), host("Cannot find file:\n\"C:\\FILE.TXT\"", Some("fd00::1"), 5, 0)),
        ];
        assert_eq!(reading.hosts, BTreeMap::from(expected));
        assert_eq!(reading.up, BTreeMap::from([("router".to_owned(), false), ("wire".to_owned(), true)]));
        assert_eq!(Vec::from_iter(reading.sources()), [("router", 0), ("wire", 2)]);
    }

    #[test]
    fn another_program_is_no_lanlord() {
        for text in ["", "<html>", "up 1\n", "# HELP lanlord_build_info\nlanlord_build_info_x 1\n"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn neither_sources_nor_rows_are_without_end() {
        let mut text = "lanlord_build_info 1\n".to_owned();
        for number in 0..150_000u32 {
            let address = std::net::Ipv4Addr::from(number);
            text += &format!("lanlord_source_up{{source=\"up-{number}\"}} 1\n");
            text += &format!("lan_host_sent_bytes_total{{source=\"{number}\",ip=\"{address}\"}} 1\n");
            text += &format!("lan_host_sent_bytes_total{{source=\"0\",ip=\"{address}\"}} 1\n");
        }
        let reading = parse(text.as_bytes()).unwrap();
        // 64 sources, each in the order in which it came: 32 of either kind.
        assert_eq!((reading.sources().len(), reading.up.len()), (64, 32));
        assert_eq!((reading.hosts.len(), reading.sources()["0"]), (100_000, 100_000 - 31));
    }

    #[test]
    fn a_name_without_end_is_cut() {
        let long = "é".repeat(1_000_000);
        let text = format!("lanlord_build_info 1\nlan_host_sent_bytes_total{{host=\"{long}\"}} 1\n");
        let reading = parse(text.as_bytes()).unwrap();
        assert_eq!(reading.hosts.values().next().unwrap().name, "é".repeat(127));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let answer = [b"lanlord_build_info 1\nlan_host_sent_bytes_total{", &bytes[..]].concat();
            proptest::prop_assert!(parse(&answer).is_some());
            parse(&bytes);
        }

        #[test]
        fn no_change_of_an_answer_makes_it_panic(at in 0..ANSWER.len(), byte in proptest::num::u8::ANY) {
            let mut answer = ANSWER.as_bytes().to_vec();
            answer[at] = byte;
            parse(&answer);
            parse(&answer[..at]);
        }
    }
}
