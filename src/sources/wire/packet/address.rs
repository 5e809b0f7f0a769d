//! Addresses as the accounts want them: one 128-bit number for both families, and sets of prefixes over them.
//!
//! Deliberately not `IpAddr`: a lookup per packet compares and hashes these, and an enum costs twice.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::metric::Mac;

/// Where IPv4 addresses live in the 128-bit space: inside `ff00::/8`, which no host can own (RFC 4291 §2.7), so
/// that an IPv4-mapped address inside an IPv6 packet is not taken for the IPv4 host.
const V4_SPACE: u128 = 0xffff_ffff_ffff_ffff_ffff_ffff_u128 << 32;

/// An IPv4 or IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(u128);

impl Address {
    /// From the four octets of an IPv4 header.
    #[inline(always)]
    pub fn v4(octets: [u8; 4]) -> Self {
        Self(V4_SPACE | u128::from(u32::from_be_bytes(octets)))
    }

    /// From the sixteen octets of an IPv6 header. The one group whose number would be an IPv4 address here becomes
    /// another group.
    #[inline(always)]
    pub fn v6(octets: [u8; 16]) -> Self {
        let address = Self(u128::from_be_bytes(octets));
        if address.is_v4() { Self(0xff << 120) } else { address }
    }

    /// The number, for hashing.
    #[inline(always)]
    pub fn bits(self) -> u128 {
        self.0
    }

    /// Whether it is an IPv4 address.
    #[inline(always)]
    pub fn is_v4(self) -> bool {
        self.0 >> 32 == V4_SPACE >> 32
    }

    /// Whether it is in `fe80::/10` (RFC 4291 §2.5.6): on this link by definition.
    pub fn is_link_local_v6(self) -> bool {
        self.0 >> 118 == 0xfe80 >> 6
    }

    /// Its /64, for IPv6 alone.
    pub fn slash64(self) -> Option<u64> {
        // The upper half of a 128-bit number fits.
        (!self.is_v4()).then_some((self.0 >> 64) as u64)
    }

    /// How well it names a host to a person: IPv4, then global IPv6, then unique local, then link-local.
    pub fn rank(self) -> Rank {
        if self.is_v4() {
            Rank::V4
        } else if self.is_link_local_v6() {
            Rank::LinkLocal
        } else if self.0 >> 121 == 0xfc >> 1 {
            Rank::UniqueLocal
        } else {
            Rank::Global
        }
    }
}

/// See [`Address::rank`]; the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// `fe80::/10`.
    LinkLocal,
    /// `fc00::/7` (RFC 4193).
    UniqueLocal,
    /// Any other IPv6.
    Global,
    /// IPv4.
    V4,
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        if address.is_v4() {
            // The lower 32 bits are the address.
            IpAddr::V4(Ipv4Addr::from_bits(address.0 as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from_bits(address.0))
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Address::v4(v4.octets()),
            IpAddr::V6(v6) => Address::v6(v6.octets()),
        }
    }
}

/// A hardware address in the lower 48 bits; zero where the link has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Station(pub u64);

impl Station {
    /// No hardware address: a tunnel, a serial line, the loopback.
    pub const NONE: Station = Station(0);

    /// From the six octets of a frame.
    pub fn new([a, b, c, d, e, f]: [u8; 6]) -> Self {
        Self(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    /// Whether it is one station's own address, and not a group's (IEEE 802, the I/G bit) or none.
    #[inline(always)]
    pub fn is_individual(self) -> bool {
        self.0 & 0x0100_0000_0000 == 0 && self.0 != 0
    }
}

impl From<Station> for Mac {
    fn from(station: Station) -> Self {
        let [_, _, a, b, c, d, e, f] = station.0.to_be_bytes();
        Mac([a, b, c, d, e, f])
    }
}

/// A set of prefixes: whom we count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    v4: Vec<(u128, u128)>,
    v6: Vec<(u128, u128)>,
}

impl Prefixes {
    /// RFC 1918, unique local and link-local addresses: whom we count when nobody says.
    pub fn private() -> Self {
        let v4 = |a, b, length| IpNet::new_assert(Ipv4Addr::new(a, b, 0, 0).into(), length);
        let v6 = |first, length| IpNet::new_assert(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0).into(), length);
        [v4(10, 0, 8), v4(172, 16, 12), v4(192, 168, 16), v6(0xfc00, 7), v6(0xfe80, 10)].into_iter().collect()
    }

    /// Whether an address is in it. Group addresses never are.
    #[inline(always)]
    pub fn contains(&self, address: Address) -> bool {
        let inside = |&(network, mask): &(u128, u128)| address.0 & mask == network;
        if address.is_v4() {
            self.v4.iter().any(inside)
        } else {
            address.0 >> 120 != 0xff && self.v6.iter().any(inside)
        }
    }
}

impl FromIterator<IpNet> for Prefixes {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        let mut prefixes = Self::default();
        for network in networks {
            let list = if network.addr().is_ipv4() { &mut prefixes.v4 } else { &mut prefixes.v6 };
            // An IPv4 length counts from bit 96 of ours.
            let length = if network.addr().is_ipv4() { 96 } else { 0 } + u32::from(network.prefix_len());
            let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
            list.push((Address::from(network.addr()).0 & mask, mask));
        }
        prefixes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prefixes: &[&str], address: &str, inside: bool) {
        let set: Prefixes = prefixes.iter().map(|prefix| prefix.parse().unwrap()).collect();
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(set.contains(address.into()), inside, "{address} in {prefixes:?}");
    }

    #[test]
    fn prefixes_hold_what_their_masks_say() {
        check(&["192.168.2.5/24"], "192.168.2.255", true);
        check(&["192.168.2.5/24"], "192.168.3.0", false);
        check(&["192.168.2.128/25"], "192.168.2.129", true);
        check(&["192.168.2.128/25"], "192.168.2.1", false);
        check(&["0.0.0.0/0"], "203.0.113.7", true);
        check(&["0.0.0.0/0"], "2001:db8::1", false);
        check(&["::/0"], "2001:db8::1", true);
        check(&["::/0"], "203.0.113.7", false);
        check(&["::/0"], "ff02::1", false);
        check(&["2001:db8::/32"], "2001:db8:ffff::1", true);
        check(&["203.0.113.7/32"], "203.0.113.7", true);
        check(&["203.0.113.7/32"], "203.0.113.8", false);
        check(&[], "10.0.0.1", false);
    }

    #[test]
    fn private_ranges_are_those_of_the_standards() {
        // RFC 1918 §3, RFC 4193 §3.1, RFC 4291 §2.5.6: first and last of each, and their neighbours.
        for (address, inside) in [
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("9.255.255.255", false),
            ("11.0.0.0", false),
            ("172.16.0.0", true),
            ("172.31.255.255", true),
            ("172.15.255.255", false),
            ("172.32.0.0", false),
            ("192.168.0.0", true),
            ("192.168.255.255", true),
            ("192.167.255.255", false),
            ("192.169.0.0", false),
            ("fc00::", true),
            ("fdff:ffff::1", true),
            ("fbff::", false),
            ("fe00::", false),
            ("fe80::1", true),
            ("febf::1", true),
            ("fe7f::1", false),
            ("fec0::1", false),
        ] {
            assert_eq!(
                Prefixes::private().contains(address.parse::<IpAddr>().unwrap().into()),
                inside,
                "{address}"
            );
        }
    }

    #[test]
    fn a_mapped_address_is_not_the_ipv4_host() {
        let mapped: IpAddr = "::ffff:10.0.0.1".parse().unwrap();
        let plain: IpAddr = "10.0.0.1".parse().unwrap();
        assert_ne!(Address::from(mapped), Address::from(plain));
        assert_eq!(IpAddr::from(Address::from(mapped)), mapped);
        assert_eq!(IpAddr::from(Address::from(plain)), plain);
        let group: IpAddr = "ffff:ffff:ffff:ffff:ffff:ffff:a00:1".parse().unwrap();
        assert_ne!(Address::from(group), Address::from(plain));
        assert!(!Address::from(group).is_v4());
    }

    #[test]
    fn ranks_prefer_what_people_recognise() {
        let rank = |text: &str| Address::from(text.parse::<IpAddr>().unwrap()).rank();
        assert!(rank("192.168.1.2") > rank("2001:db8::1"));
        assert!(rank("2001:db8::1") > rank("fd00::1"));
        assert!(rank("fd00::1") > rank("fe80::1"));
    }

    #[test]
    fn group_and_absent_stations_are_not_individual() {
        assert!(Station::new([2, 0, 0, 0, 0, 1]).is_individual());
        assert!(!Station::new([1, 0, 0x5e, 0, 0, 1]).is_individual());
        assert!(!Station::NONE.is_individual());
    }
}
