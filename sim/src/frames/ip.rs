//! IPv4 and IPv6 headers, extension headers, and the Internet checksum.
//!
//! Deliberately writes what it is told, fragments and all: what makes sense is decided by the scenes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Protocol numbers of IANA, used as IPv4 protocol and IPv6 next header.
pub const ICMP: u8 = 1;
pub const IGMP: u8 = 2;
pub const IPV4_IN_IP: u8 = 4;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const IPV6_IN_IP: u8 = 41;
pub const ROUTING: u8 = 43;
pub const FRAGMENT: u8 = 44;
pub const GRE: u8 = 47;
pub const ESP: u8 = 50;
pub const AUTHENTICATION: u8 = 51;
pub const ICMPV6: u8 = 58;
pub const NOTHING: u8 = 59;
pub const DESTINATION_OPTIONS: u8 = 60;
pub const HOP_BY_HOP: u8 = 0;

pub const IPV4_HEADER: usize = 20;
pub const IPV6_HEADER: usize = 40;

/// Router alert as an IPv4 option, RFC 2113 §2.1.
pub const ROUTER_ALERT: [u8; 4] = [0x94, 0x04, 0x00, 0x00];
pub const DONT_FRAGMENT: u16 = 0x4000;
pub const MORE_FRAGMENTS: u16 = 0x2000;

/// The two ends of a datagram.
#[derive(Clone, Copy, Debug)]
pub enum Ends {
    V4(Ipv4Addr, Ipv4Addr),
    V6(Ipv6Addr, Ipv6Addr),
}

impl Ends {
    /// Both must be of one family; a mixed pair is taken as IPv6, with the IPv4 address mapped.
    pub fn new(source: IpAddr, destination: IpAddr) -> Self {
        let wide = |address| match address {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => Ends::V4(source, destination),
            (source, destination) => Ends::V6(wide(source), wide(destination)),
        }
    }

    /// The checksum's sum over the pseudo-header: RFC 9293 §3.1, RFC 8200 §8.1.
    pub fn pseudo_header(&self, protocol: u8, length: usize) -> u64 {
        let sum = match self {
            Ends::V4(source, destination) => u64::from(source.to_bits()) + u64::from(destination.to_bits()),
            Ends::V6(source, destination) => sum(0, &source.octets()) + sum(0, &destination.octets()),
        };
        sum + u64::from(protocol) + length as u64
    }

    /// What stands before the transport.
    pub fn header_length(&self) -> usize {
        match self {
            Ends::V4(..) => IPV4_HEADER,
            Ends::V6(..) => IPV6_HEADER,
        }
    }
}

/// What an IP header says beside addresses and length.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// Protocol, or first next header.
    pub next: u8,
    /// Time to live, or hop limit.
    pub hops: u8,
    /// IPv4 only.
    pub identification: u16,
    /// IPv4 only: flags and fragment offset.
    pub fragment: u16,
    /// IPv4 only.
    pub options: &'static [u8],
}

impl Header {
    /// An ordinary one.
    pub const fn new(next: u8) -> Self {
        Self { next, hops: 64, identification: 0, fragment: DONT_FRAGMENT, options: &[] }
    }
}

/// Writes a header around the body; returns the datagram's length.
pub fn datagram(out: &mut Vec<u8>, ends: &Ends, header: &Header, body: impl FnOnce(&mut Vec<u8>)) -> usize {
    let start = out.len();
    match ends {
        Ends::V4(source, destination) => {
            let words = (IPV4_HEADER + header.options.len()) / 4;
            out.extend_from_slice(&[0x40 | words as u8, 0, 0, 0]);
            out.extend_from_slice(&header.identification.to_be_bytes());
            out.extend_from_slice(&header.fragment.to_be_bytes());
            out.extend_from_slice(&[header.hops, header.next, 0, 0]);
            out.extend_from_slice(&source.octets());
            out.extend_from_slice(&destination.octets());
            out.extend_from_slice(header.options);
            body(out);
            let total = (out.len() - start) as u16;
            out[start + 2..start + 4].copy_from_slice(&total.to_be_bytes());
            let checksum = finish(sum(0, &out[start..start + words * 4]));
            out[start + 10..start + 12].copy_from_slice(&checksum.to_be_bytes());
        }
        Ends::V6(source, destination) => {
            out.extend_from_slice(&[0x60, 0, 0, 0, 0, 0, header.next, header.hops]);
            out.extend_from_slice(&source.octets());
            out.extend_from_slice(&destination.octets());
            body(out);
            let payload = (out.len() - start - IPV6_HEADER) as u16;
            out[start + 4..start + 6].copy_from_slice(&payload.to_be_bytes());
        }
    }
    out.len() - start
}

/// Writes IPv6 extension headers, each naming the next and the last one naming `last`; returns the number that the
/// IPv6 header must name.
pub fn chain(out: &mut Vec<u8>, kinds: &[u8], last: u8) -> u8 {
    for (index, &kind) in kinds.iter().enumerate() {
        let next = kinds.get(index + 1).copied().unwrap_or(last);
        match kind {
            // An authentication header: its length is in 4-byte words minus 2, unlike the others (RFC 4302 §2.2).
            AUTHENTICATION => {
                out.extend_from_slice(&[next, 4, 0, 0, 0, 0, 0x10, 0x01, 0, 0, 0, 7]);
                out.extend_from_slice(&[0xa5; 12]);
            }
            // Not a fragment of anything: offset 0 and no more to come (RFC 6946).
            FRAGMENT => out.extend_from_slice(&[next, 0, 0, 0, 0, 0, 0, 9]),
            // Already arrived: no segments left, one address travelled (RFC 8200 §4.4).
            ROUTING => {
                out.extend_from_slice(&[next, 2, 0, 0, 0, 0, 0, 0]);
                out.extend_from_slice(&Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 0xfe).octets());
            }
            // Options: here 14 bytes of nothing (PadN), so that the length is not 0.
            _ => out.extend_from_slice(&[next, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        }
    }
    kinds.first().copied().unwrap_or(last)
}

/// Adds bytes to a sum of the Internet checksum, RFC 1071. An odd last byte is the upper half of a word.
pub fn sum(start: u64, bytes: &[u8]) -> u64 {
    // Wider words give the same sum once folded, RFC 1071 §2(C).
    let mut words = bytes.chunks_exact(4);
    let mut total = start;
    for word in &mut words {
        total += u64::from(u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
    }
    let mut rest = [0; 4];
    rest[..words.remainder().len()].copy_from_slice(words.remainder());
    total + u64::from(u32::from_be_bytes(rest))
}

/// Folds and complements a sum into a checksum.
pub fn finish(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_1071_gives_its_sum() {
        // §3: the sum is ddf2, so its complement is 220d.
        assert_eq!(finish(sum(0, &[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), 0x220d);
        assert_eq!(finish(sum(0, &[])), 0xffff);
        // An odd byte is padded with zero on its right: !(0x0001 + 0xf200).
        assert_eq!(finish(sum(0, &[0x00, 0x01, 0xf2])), 0x0dfe);
    }

    #[test]
    fn an_ipv4_header_is_the_one_everybody_checks_with() {
        // The worked example of Wikipedia's "Internet checksum", checksum b861.
        let ends = Ends::V4([192, 168, 0, 1].into(), [192, 168, 0, 199].into());
        let mut out = Vec::new();
        let length = datagram(&mut out, &ends, &Header::new(UDP), |out| out.extend_from_slice(&[0; 95]));
        assert_eq!(length, 115);
        let expected = [
            0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01,
            0xc0, 0xa8, 0x00, 0xc7,
        ];
        assert_eq!(out[..20], expected);
    }

    #[test]
    fn an_ipv6_header_counts_what_follows_it() {
        let ends = Ends::V6(Ipv6Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
        let mut out = Vec::new();
        let length = datagram(&mut out, &ends, &Header::new(NOTHING), |out| out.extend_from_slice(&[0; 300]));
        assert_eq!((length, &out[..8]), (340, &[0x60, 0, 0, 0, 0x01, 0x2c, 59, 64][..]));
    }

    #[test]
    fn a_chain_names_each_next_header_in_turn() {
        let mut out = Vec::new();
        let first = chain(&mut out, &[HOP_BY_HOP, AUTHENTICATION, FRAGMENT], TCP);
        assert_eq!(first, HOP_BY_HOP);
        assert_eq!((out[0], out[16], out[16 + 24], out.len()), (AUTHENTICATION, FRAGMENT, TCP, 48));
        assert_eq!(chain(&mut Vec::new(), &[], UDP), UDP);
    }
}
