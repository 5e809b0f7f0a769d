//! `getConnectInfo`: who is in the house, as the modem has it. The slowest of its answers.

use std::net::IpAddr;

use super::super::quantity::{Read, Unreadable, is_placeholder};
use super::body::FromRow;
use super::field::{Complaints, Row};

/// Hosts that are kept.
pub const HOSTS: usize = 1024;

/// A host under one of its addresses; one that has several comes several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// What it calls itself; hostile.
    pub name: Option<String>,
    /// Its address.
    pub ip: Option<IpAddr>,
    /// `IPv4`, `IPv6`.
    pub ip_version: Option<String>,
    /// Its hardware address, in lower case with colons.
    pub mac: Option<String>,
    /// How it came by its address.
    pub assignment: Option<Assignment>,
    /// `Ethernet`, or what the modem calls its radio.
    pub interface: Option<String>,
    /// Whether it is there.
    pub online: Option<bool>,
    /// A number that the modem gives it.
    pub comnum: Option<u64>,
}

/// How a host came by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// From the modem.
    Dhcp,
    /// From itself.
    Static,
    /// In a way that nobody knows; in lower case.
    Other(String),
}

impl Assignment {
    /// In our words.
    pub fn as_str(&self) -> &str {
        match self {
            Assignment::Dhcp => "dhcp",
            Assignment::Static => "static",
            Assignment::Other(word) => word,
        }
    }

    fn of(word: String) -> Self {
        match word.as_str() {
            "dhcp" | "dhcp-ip" => Assignment::Dhcp,
            "self-assigned" | "static" | "static-ip" => Assignment::Static,
            _ => Assignment::Other(word),
        }
    }
}

impl FromRow for Host {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        Some(Self {
            name: row.text("hostName", complaints).filter(|name| !name.eq_ignore_ascii_case("unknown")),
            ip: row.read("ipAddr", complaints, address),
            ip_version: row.text("ipType", complaints),
            mac: row.read("macAddr", complaints, mac),
            assignment: row.word("connectType", complaints).map(Assignment::of),
            interface: row.text("interface", complaints),
            online: row.word("online", complaints).map(|state| state == "active"),
            comnum: row.whole("comnum", complaints),
        })
    }
}

/// An address, also one with the length of its prefix.
fn address(text: &str) -> Read<IpAddr> {
    if is_placeholder(text) {
        return Ok(None);
    }
    let bare = text.split('/').next().unwrap_or_default();
    bare.parse().map(Some).map_err(|_| Unreadable("not an address"))
}

/// Six pairs of hexadecimal digits between colons or hyphens.
fn mac(text: &str) -> Read<String> {
    if is_placeholder(text) {
        return Ok(None);
    }
    let is_pair = |pair: &str| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_mac = text.split([':', '-']).count() == 6 && text.split([':', '-']).all(is_pair);
    is_mac
        .then(|| Some(text.to_ascii_lowercase().replace('-', ":")))
        .ok_or(Unreadable("not a hardware address"))
}

#[cfg(test)]
mod tests {
    use super::super::body::table;
    use super::*;

    fn hosts(body: &[u8]) -> (Vec<Host>, Vec<String>) {
        let mut complaints = Complaints::of("getConnectInfo");
        let hosts = table(body, HOSTS, &mut complaints).unwrap().rows;
        (hosts, complaints.into_said())
    }

    #[test]
    fn a_host_is_read_whole() {
        let (hosts, said) = hosts(
            br#"[{"id":1,"comnum":7,"hostName":"caf\u00e9 ","ipAddr":"192.0.2.7","ipType":"IPv4","macAddr":"02-AA-BB-CC-DD-01",
                "connectType":"DHCP-IP","interface":"Ethernet","online":"active","bold":0}]"#,
        );
        let host = Host {
            name: Some("caf\u{e9}".to_owned()),
            ip: Some(IpAddr::from([192, 0, 2, 7])),
            ip_version: Some("IPv4".to_owned()),
            mac: Some("02:aa:bb:cc:dd:01".to_owned()),
            assignment: Some(Assignment::Dhcp),
            interface: Some("Ethernet".to_owned()),
            online: Some(true),
            comnum: Some(7),
        };
        assert_eq!((hosts, said), (vec![host], vec![]));
    }

    #[test]
    fn a_host_that_is_not_active_is_not_there_and_one_without_a_word_is_neither() {
        let (hosts, said) = hosts(
            br#"[{"online":"inactive"},{"online":"offline"},{"online":""},{"online":"\u0000"},{"macAddr":"1","ipAddr":"::1::"}]"#,
        );
        let online: Vec<_> = hosts.iter().map(|host| host.online).collect();
        assert_eq!(online, [Some(false), Some(false), None, None, None]);
        assert_eq!(said.len(), 3, "{said:?}");
    }
}
