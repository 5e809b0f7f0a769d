//! Address prefixes such as `192.168.0.0/16`, to say which addresses are asked about.
//!
//! Deliberately not a routing table: a handful of prefixes, looked at one after the other.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A base address and the number of leading bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    base: IpAddr,
    length: u8,
}

/// What a household calls inside: RFC 1918, unique local (RFC 4193) and IPv6 link-local (RFC 4291) addresses.
pub const LOCAL: [Prefix; 5] = [
    Prefix { base: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), length: 8 },
    Prefix { base: IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), length: 12 },
    Prefix { base: IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), length: 16 },
    Prefix { base: IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), length: 7 },
    Prefix { base: IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), length: 10 },
];

impl Prefix {
    /// Whether the address lies within. An IPv4 address is never within an IPv6 prefix, mapped or not.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let differing = (base.to_bits() ^ address.to_bits()).leading_zeros();
                differing >= u32::from(self.length)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let differing = (base.to_bits() ^ address.to_bits()).leading_zeros();
                differing >= u32::from(self.length)
            }
            _ => false,
        }
    }
}

/// The text is not a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAPrefix(String);

impl fmt::Display for NotAPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a prefix such as `192.168.0.0/16` or `fd00::/8`", self.0)
    }
}

impl std::error::Error for NotAPrefix {}

impl FromStr for Prefix {
    type Err = NotAPrefix;

    /// Reads `address/length`; bits of the address beyond the length are ignored.
    fn from_str(text: &str) -> Result<Self, NotAPrefix> {
        let parsed = text.split_once('/').and_then(|(base, length)| {
            let base: IpAddr = base.parse().ok()?;
            let length: u8 = length.parse().ok()?;
            (length <= if base.is_ipv4() { 32 } else { 128 }).then_some(Self { base, length })
        });
        parsed.ok_or_else(|| NotAPrefix(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prefix: &str, address: &str, expected: bool) {
        let prefix: Prefix = prefix.parse().unwrap();
        assert_eq!(prefix.contains(address.parse().unwrap()), expected, "{prefix:?} {address}");
    }

    #[test]
    fn an_address_is_within_when_the_leading_bits_agree() {
        check("192.168.1.0/24", "192.168.1.255", true);
        check("192.168.1.0/24", "192.168.2.0", false);
        check("172.16.0.0/12", "172.31.255.255", true);
        check("172.16.0.0/12", "172.32.0.0", false);
        check("192.168.1.77/25", "192.168.1.1", true);
        check("0.0.0.0/0", "203.0.113.9", true);
        check("0.0.0.0/0", "::1", false);
        check("10.0.0.1/32", "10.0.0.0", false);
        check("fc00::/7", "fd12:3456::1", true);
        check("fc00::/7", "fe80::1", false);
        check("fe80::/10", "febf::1", true);
        check("2001:db8:1::/64", "2001:db8:1::9", true);
        check("2001:db8:1::/64", "2001:db8:1:20::9", false);
    }

    #[test]
    fn refuses_what_is_not_a_prefix() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0/8", "a/8", "10.0.0.0/-1"] {
            let error = text.parse::<Prefix>().unwrap_err().to_string();
            assert_eq!(error, format!("`{text}` is not a prefix such as `192.168.0.0/16` or `fd00::/8`"));
        }
    }
}
