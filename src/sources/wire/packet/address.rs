//! Addresses as the accounts want them: 128 bits for both families, and sets of prefixes over them.
//!
//! Deliberately not `IpAddr`: a lookup per packet compares and hashes these, and an enum costs twice.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::metric::Mac;

/// What an IPv4 address begins with in the 128-bit space: inside `ff00::/8`, which no host can own (RFC 4291 §2.7),
/// so that an IPv4-mapped address inside an IPv6 packet is not taken for the IPv4 host.
const V4_HIGH: u64 = u64::MAX;
const V4_LOW: u64 = 0xffff_ffff << 32;

/// An IPv4 or IPv6 address. Two words and not a `u128`, which compilers like to keep in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    high: u64,
    low: u64,
}

impl Address {
    /// From the number that the four octets of an IPv4 header are.
    #[inline(always)]
    pub fn v4(number: u32) -> Self {
        Self { high: V4_HIGH, low: V4_LOW | number as u64 }
    }

    /// From the two halves of the number that the sixteen octets of an IPv6 header are. The one group whose number
    /// would be an IPv4 address here becomes another group.
    #[inline(always)]
    pub fn v6(high: u64, low: u64) -> Self {
        let address = Self { high, low };
        if address.is_v4() { Self { high: 0xff << 56, low: 0 } } else { address }
    }

    /// The two halves, for hashing.
    #[inline(always)]
    pub fn halves(self) -> (u64, u64) {
        (self.high, self.low)
    }

    /// Whether it is an IPv4 address.
    #[inline(always)]
    pub fn is_v4(self) -> bool {
        self.high == V4_HIGH && self.low >> 32 == V4_LOW >> 32
    }

    /// Whether it is in `fe80::/10` (RFC 4291 §2.5.6): on this link by definition.
    pub fn is_link_local_v6(self) -> bool {
        self.high >> 54 == 0xfe80 >> 6
    }

    /// Whether it is an IPv6 address with the interface identifier that a station makes of its hardware address
    /// (RFC 4291 appendix A).
    pub fn is_made_from(self, station: Station) -> bool {
        let [_, _, a, b, c, d, e, f] = station.0.to_be_bytes();
        !self.is_v4() && self.low == u64::from_be_bytes([a ^ 0x02, b, c, 0xff, 0xfe, d, e, f])
    }

    /// Its /64, for IPv6 alone.
    pub fn slash64(self) -> Option<u64> {
        (!self.is_v4()).then_some(self.high)
    }

    /// How well it names a host to a person: IPv4, then global IPv6, then unique local, then link-local.
    pub fn rank(self) -> Rank {
        if self.is_v4() {
            Rank::V4
        } else if self.is_link_local_v6() {
            Rank::LinkLocal
        } else if self.high >> 57 == 0xfc >> 1 {
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
            IpAddr::V4(Ipv4Addr::from_bits(address.low as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from_bits(u128::from(address.high) << 64 | u128::from(address.low)))
        }
    }
}

impl From<IpAddr> for Address {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Address::v4(v4.to_bits()),
            // The two halves of a 128-bit number fit.
            IpAddr::V6(v6) => Address::v6((v6.to_bits() >> 64) as u64, v6.to_bits() as u64),
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefixes {
    v4: ByOctet<u32>,
    v6: ByOctet<u128>,
}

/// Prefixes by the first octet of the addresses that may be in them, since every packet asks for two: most addresses
/// from outside are told from that octet alone, and of those inside one comparison is enough.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ByOctet<T> {
    /// For each octet, which prefixes to look at.
    ranges: [(u32, u32); 256],
    /// Network and mask; a short prefix stands here once for each octet that it holds.
    prefixes: Vec<(T, T)>,
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
        let (high, low) = address.halves();
        if address.is_v4() {
            let number = low as u32;
            let candidates = self.v4.candidates((number >> 24) as u8);
            return candidates.iter().any(|&(network, mask)| number & mask == network);
        }
        let candidates = self.v6.candidates((high >> 56) as u8);
        let number = u128::from(high) << 64 | u128::from(low);
        // Zero is whoever has no address yet (RFC 4291 §2.5.2).
        candidates.iter().any(|&(network, mask)| number & mask == network && number != 0)
    }
}

impl<T> ByOctet<T> {
    #[inline(always)]
    fn candidates(&self, octet: u8) -> &[(T, T)] {
        let (start, end) = self.ranges[usize::from(octet)];
        self.prefixes.get(start as usize..end as usize).unwrap_or_default()
    }

    /// `first_octet` is that of a number.
    fn new(all: &[(T, T)], first_octet: impl Fn(T) -> u8) -> Self
    where
        T: Copy,
    {
        let mut by_octet = Self { ranges: [(0, 0); 256], prefixes: Vec::new() };
        for octet in 0..=u8::MAX {
            let start = by_octet.prefixes.len() as u32;
            let holds = |&&(network, mask): &&(T, T)| octet & first_octet(mask) == first_octet(network);
            by_octet.prefixes.extend(all.iter().filter(holds));
            by_octet.ranges[usize::from(octet)] = (start, by_octet.prefixes.len() as u32);
        }
        by_octet
    }
}

impl FromIterator<IpNet> for Prefixes {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network.trunc() {
                IpNet::V4(network) => v4.push((network.network().to_bits(), network.netmask().to_bits())),
                IpNet::V6(network) => v6.push((network.network().to_bits(), network.netmask().to_bits())),
            }
        }
        let mut prefixes = Self {
            v4: ByOctet::new(&v4, |number| (number >> 24) as u8),
            v6: ByOctet::new(&v6, |number| (number >> 120) as u8),
        };
        // `ff00::/8` are groups, whoever asks for them.
        prefixes.v6.ranges[0xff] = (0, 0);
        // "This network" (RFC 1122 §3.2.1.3): whoever has no address yet.
        prefixes.v4.ranges[0] = (0, 0);
        prefixes
    }
}

impl Default for Prefixes {
    /// None.
    fn default() -> Self {
        [].into_iter().collect()
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
    fn an_interface_identifier_tells_the_station_that_it_is_made_from() {
        // The example of RFC 2464 §4.
        let station = Station::new([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
        let made = |text: &str| Address::from(text.parse::<IpAddr>().unwrap()).is_made_from(station);
        assert!(made("fd00::3656:78ff:fe9a:bcde"));
        assert!(!made("fd00::3456:78ff:fe9a:bcde"));
        assert!(!made("fd00::3656:78ff:fe9a:bcdf"));
        assert!(!made("192.0.2.1"));
    }

    #[test]
    fn group_and_absent_stations_are_not_individual() {
        assert!(Station::new([2, 0, 0, 0, 0, 1]).is_individual());
        assert!(!Station::new([1, 0, 0x5e, 0, 0, 1]).is_individual());
        assert!(!Station::NONE.is_individual());
    }

    #[test]
    fn an_identifier_made_from_a_station_is_recognised_in_any_network() {
        // The example of RFC 4291 appendix A, with real numbers for its letters.
        let station = Station::new([0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde]);
        for high in [0xfd12_3456_789a_0001, 0x2001_0db8_0000_0001] {
            assert!(Address::v6(high, 0x3656_78ff_fe9a_bcde).is_made_from(station));
            assert!(!Address::v6(high, 0x3456_78ff_fe9a_bcde).is_made_from(station));
            assert!(!Address::v6(high, 0x3656_78ff_fe9a_bcdf).is_made_from(station));
        }
        assert!(!Address::v6(0xfd12_3456_789a_0001, 1).is_made_from(Station::NONE));
    }
}
