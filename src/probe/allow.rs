//! Whom a probe may visit: networks, addresses and names that somebody has listed. Pure: a name's address is an argument.
//!
//! It looks up nothing. An address that leads back to this machine, or to something that is no device, is allowed only
//! where it is listed as what it is: neither a name nor a wide network is enough.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use crate::net::place::host_and_port;
use crate::text;

/// Something that may be visited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Every address in it; one alone is a network of its own.
    Network(IpNet),
    /// This name, in lower case, wherever it leads.
    Name(String),
    /// Every name that ends in this, which begins with a dot.
    Below(String),
}

/// Why a text is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot be allowed; write a network such as `192.168.100.0/24`, an address, a name such as `modem.lan`, or \
     `*.example.net` for all names that end so"
)]
pub struct NotAllowed(String);

impl FromStr for Allowed {
    type Err = NotAllowed;

    /// Reads a network, an address or a name. A name that some resolvers take for an address is none.
    fn from_str(written: &str) -> Result<Self, NotAllowed> {
        let wrong = || NotAllowed(text::cut(&text::plain(written), 80));
        if let Ok(network) = written.parse::<IpNet>() {
            return Ok(Self::Network(canonical(network)));
        }
        if let Ok(address) = written.parse::<IpAddr>() {
            return Ok(Self::Network(IpNet::from(address.to_canonical())));
        }
        let (below, name) = match written.strip_prefix("*.") {
            Some(name) => (true, name),
            None => (false, written),
        };
        let Some((host, None)) = host_and_port(name) else { return Err(wrong()) };
        let Host::Name(name) = Host::of(host) else { return Err(wrong()) };
        if looks_like_an_address(&name) || name.split('.').any(str::is_empty) {
            return Err(wrong());
        }
        Ok(if below { Self::Below(format!(".{name}")) } else { Self::Name(name) })
    }
}

/// IPv4 in the words of IPv6 is IPv4, and what is behind the prefix does not count.
fn canonical(network: IpNet) -> IpNet {
    let mapped = match network.addr() {
        IpAddr::V6(address) => address.to_ipv4_mapped(),
        IpAddr::V4(_) => None,
    };
    let length = network.prefix_len().checked_sub(96);
    let as_v4 = mapped.zip(length).and_then(|(address, length)| IpNet::new(address.into(), length).ok());
    as_v4.unwrap_or(network).trunc()
}

/// How the C library reads an address that is none to us (inet_aton(3)): its last part is a number, perhaps hexadecimal.
fn looks_like_an_address(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hexadecimal =
        last.strip_prefix("0x").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || last.bytes().all(|byte| byte.is_ascii_digit())
}

/// A host as somebody wrote it, in the one spelling that it is compared by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// An address, IPv4 as IPv4.
    Address(IpAddr),
    /// A name, in lower case and without a dot at its end.
    Name(String),
}

impl Host {
    /// Of what was written, IPv6 without brackets.
    pub fn of(written: &str) -> Self {
        match written.parse::<IpAddr>() {
            Ok(address) => Self::Address(address.to_canonical()),
            Err(_) => {
                let name = written.to_ascii_lowercase();
                Self::Name(name.strip_suffix('.').map(str::to_owned).unwrap_or(name))
            }
        }
    }

    /// As the resolver and people read it.
    pub fn text(&self) -> String {
        match self {
            Self::Address(address) => address.to_string(),
            Self::Name(name) => name.clone(),
        }
    }
}

/// Why a host may not be visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nothing that is listed has it.
    NotListed,
    /// Its name is listed; its address leads to this machine or to no device, and is not.
    Special(IpAddr),
}

/// Whether anything in the lists could allow this host, whatever its address turns out to be; if not, nobody needs to
/// look it up.
pub fn may_be<'a>(host: &Host, lists: impl Iterator<Item = &'a Allowed>) -> bool {
    lists.into_iter().any(|allowed| match (allowed, host) {
        (Allowed::Network(network), Host::Address(address)) => network.contains(address),
        (Allowed::Network(_), Host::Name(_)) => true,
        (Allowed::Name(_) | Allowed::Below(_), host) => names(allowed, host),
    })
}

/// Whether a host may be visited at this address, by lists and perhaps by its name elsewhere.
///
/// # Errors
/// When it may not.
pub fn check<'a>(
    host: &Host,
    address: IpAddr,
    is_named: bool,
    lists: impl Iterator<Item = &'a Allowed> + Clone,
) -> Result<(), Denied> {
    let address = address.to_canonical();
    let is_named = is_named || lists.clone().any(|allowed| names(allowed, host));
    let special = special(address);
    let in_network = lists.into_iter().any(|allowed| match (allowed, special) {
        (Allowed::Network(network), None) => network.contains(&address),
        // Whoever lists all there is does not think of these.
        (Allowed::Network(network), Some(kind)) => network.contains(&address) && kind.contains(network),
        (Allowed::Name(_) | Allowed::Below(_), _) => false,
    });
    // An address that is named is listed as what it is.
    let is_itself = is_named && *host == Host::Address(address);
    match special {
        _ if in_network || is_itself => Ok(()),
        None if is_named => Ok(()),
        Some(_) if is_named => Err(Denied::Special(address)),
        _ => Err(Denied::NotListed),
    }
}

fn names(allowed: &Allowed, host: &Host) -> bool {
    match (allowed, host) {
        (Allowed::Name(listed), Host::Name(name)) => listed == name,
        (Allowed::Below(end), Host::Name(name)) => {
            name.strip_suffix(end.as_str()).is_some_and(|label| !label.is_empty())
        }
        _ => false,
    }
}

/// Networks of this machine alone, of one link, of no host, or of many (RFC 6890, RFC 4291 §2.4 and §2.5.5.1): a name
/// that leads there was made to.
const SPECIAL: [&str; 10] = [
    "0.0.0.0/8",
    "127.0.0.0/8",
    // Also where clouds keep what is nobody's business.
    "169.254.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
    // With the unspecified address, loopback, and IPv4 in a form that is not used any more.
    "::/96",
    // IPv4 behind a translator (RFC 6052 §2.1), which may be anything.
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "fe80::/10",
    "ff00::/8",
];

fn special(address: IpAddr) -> Option<IpNet> {
    let networks = SPECIAL.iter().filter_map(|network| network.parse::<IpNet>().ok());
    networks.into_iter().find(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(written: &[&str]) -> Vec<Allowed> {
        written.iter().map(|written| written.parse().unwrap()).collect()
    }

    #[track_caller]
    fn check_all(listed: &[&str], cases: &[(&str, &str, Result<(), Denied>)]) {
        let listed = list(listed);
        for (host, address, expected) in cases {
            let found = check(&Host::of(host), address.parse().unwrap(), false, listed.iter());
            assert_eq!(found, *expected, "{host} at {address}");
        }
    }

    fn special_at(address: &str) -> Result<(), Denied> {
        Err(Denied::Special(address.parse().unwrap()))
    }

    const NO: Result<(), Denied> = Err(Denied::NotListed);

    #[test]
    fn networks_allow_what_is_in_them_whatever_it_is_called() {
        check_all(
            &["192.168.0.0/16", "192.0.2.7", "fd00::/8", "::ffff:198.51.100.0/120"],
            &[
                ("192.168.100.1", "192.168.100.1", Ok(())),
                ("::ffff:192.168.100.1", "::ffff:192.168.100.1", Ok(())),
                ("192.0.2.7", "192.0.2.7", Ok(())),
                ("192.0.2.8", "192.0.2.8", NO),
                ("198.51.100.9", "198.51.100.9", Ok(())),
                ("198.51.101.9", "198.51.101.9", NO),
                ("fd12::1", "fd12::1", Ok(())),
                ("modem.lan", "192.168.0.1", Ok(())),
                ("rebound.example", "203.0.113.1", NO),
                ("rebound.example", "169.254.169.254", NO),
                ("rebound.example", "::ffff:169.254.169.254", NO),
            ],
        );
    }

    #[test]
    fn names_allow_every_address_but_those_of_this_machine_and_of_no_device() {
        check_all(
            &["Modem.LAN.", "*.example.net"],
            &[
                ("modem.lan", "203.0.113.1", Ok(())),
                ("MODEM.lan.", "203.0.113.1", Ok(())),
                ("modem.lan.evil.example", "203.0.113.1", NO),
                ("a.example.net", "203.0.113.1", Ok(())),
                ("a.b.example.net", "203.0.113.1", Ok(())),
                ("example.net", "203.0.113.1", NO),
                (".example.net", "203.0.113.1", NO),
                ("badexample.net", "203.0.113.1", NO),
                ("modem.lan", "127.0.0.1", special_at("127.0.0.1")),
                ("modem.lan", "127.9.9.9", special_at("127.9.9.9")),
                ("modem.lan", "::1", special_at("::1")),
                ("modem.lan", "::ffff:127.0.0.1", special_at("127.0.0.1")),
                ("modem.lan", "::127.0.0.1", special_at("::127.0.0.1")),
                ("modem.lan", "0.0.0.0", special_at("0.0.0.0")),
                ("modem.lan", "::", special_at("::")),
                ("modem.lan", "169.254.169.254", special_at("169.254.169.254")),
                ("modem.lan", "fe80::1", special_at("fe80::1")),
                ("modem.lan", "224.0.0.1", special_at("224.0.0.1")),
                ("modem.lan", "255.255.255.255", special_at("255.255.255.255")),
                ("modem.lan", "ff02::1", special_at("ff02::1")),
                ("modem.lan", "64:ff9b::7f00:1", special_at("64:ff9b::7f00:1")),
            ],
        );
    }

    #[test]
    fn what_is_special_has_to_be_listed_as_that() {
        check_all(
            &["0.0.0.0/0", "::/0"],
            &[
                ("203.0.113.1", "203.0.113.1", Ok(())),
                ("2001:db8::1", "2001:db8::1", Ok(())),
                ("127.0.0.1", "127.0.0.1", NO),
                ("169.254.169.254", "169.254.169.254", NO),
                ("::1", "::1", NO),
            ],
        );
        check_all(
            &["127.0.0.0/8", "::1", "modem.lan"],
            &[
                ("127.0.0.1", "127.0.0.1", Ok(())),
                ("::1", "::1", Ok(())),
                ("modem.lan", "127.0.0.1", Ok(())),
                ("modem.lan", "169.254.0.1", special_at("169.254.0.1")),
            ],
        );
    }

    #[test]
    fn an_address_that_is_named_is_listed_as_what_it_is_and_a_name_is_not() {
        let none = [].iter();
        let loopback = "127.0.0.1".parse().unwrap();
        assert_eq!(check(&Host::of("127.0.0.1"), loopback, true, none.clone()), Ok(()));
        assert_eq!(check(&Host::of("modem.lan"), loopback, true, none), special_at("127.0.0.1"));
    }

    #[test]
    fn what_no_list_could_allow_is_not_looked_up() {
        let names = list(&["modem.lan", "*.example.net"]);
        assert!(may_be(&Host::of("modem.lan"), names.iter()));
        for host in ["evil.example", "2130706433", "0xa9fea9fe", "0251.0376.0251.0376", "192.0.2.1"] {
            assert!(!may_be(&Host::of(host), names.iter()), "{host}");
        }
        assert!(may_be(&Host::of("anything"), list(&["192.0.2.0/24"]).iter()));
        assert!(!may_be(&Host::of("198.51.100.1"), list(&["192.0.2.0/24"]).iter()));
    }

    #[test]
    fn odd_spellings_of_addresses_are_names_that_cannot_be_listed() {
        for written in
            ["2130706433", "0xa9fea9fe", "0xA9FEA9FE", "127.1", "0177.0.0.1", "1.2.3.256", "a.0x7f"]
        {
            assert!(matches!(Host::of(written), Host::Name(_)), "{written}");
            assert!(written.parse::<Allowed>().is_err(), "{written}");
        }
    }

    #[test]
    fn what_cannot_be_allowed_is_said_with_what_could() {
        for written in [
            "",
            "*",
            "*.",
            "a..b",
            "*.*.net",
            "a b",
            "192.168.0.0/33",
            "modem.lan:80",
            "http://modem",
            "[::1]",
        ] {
            let wrong = written.parse::<Allowed>().unwrap_err().to_string();
            assert!(
                wrong.starts_with(&format!("`{written}` cannot be allowed; write a network such as")),
                "{wrong}"
            );
        }
    }
}
