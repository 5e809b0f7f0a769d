//! What neighbour discovery tells of a station: that it is a router, or that an address is its own. Pure.

use super::address::Address;
use super::{Datagram, octets8};

/// What a message tells of its sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// It calls itself a router.
    pub router: bool,
    /// An address that it calls its own, besides the one that it sends from.
    pub owns: Option<Address>,
}

// Types of ICMPv6 messages (RFC 4861 §4.2, §4.4).
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
/// Flags of a neighbour advertisement.
const FROM_ROUTER: u8 = 0x80;
/// Not set by whoever answers for somebody else (RFC 4861 §7.2.8).
const OVERRIDE: u8 = 0x20;

/// Reads the ICMPv6 message in a frame; the caller has seen that its hop limit is 255, so that it is from this link.
pub fn read(captured: &[u8], datagram: &Datagram) -> Discovery {
    let message = captured.get(datagram.transport as usize..).unwrap_or_default();
    match (message.first(), message.first_chunk::<24>()) {
        (Some(&ROUTER_ADVERTISEMENT), _) => Discovery { router: true, owns: None },
        (_, Some(message)) if message[0] == NEIGHBOUR_ADVERTISEMENT => Discovery {
            router: message[4] & FROM_ROUTER != 0,
            owns: (message[4] & OVERRIDE != 0)
                .then(|| Address::v6(octets8(message, 8), octets8(message, 16))),
        },
        _ => Discovery::default(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::sources::wire::packet::Protocol;

    /// A neighbour advertisement of fd00::1 as RFC 4861 §4.4 draws it, behind an IPv6 header of 40 octets.
    fn advertisement(flags: u8) -> Vec<u8> {
        let mut octets = vec![0; 40];
        octets.extend([136, 0, 0, 0, flags, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        octets
    }

    fn check(octets: &[u8], router: bool, owns: Option<&str>) {
        let address = Address::v6(0, 0);
        let datagram = Datagram {
            source: address,
            destination: address,
            bytes: octets.len() as u32,
            offset: 0,
            transport: 40,
            protocol: Protocol::Icmp,
            on_link: true,
        };
        let owns = owns.map(|text| Address::from(text.parse::<IpAddr>().unwrap()));
        assert_eq!(read(octets, &datagram), Discovery { router, owns });
    }

    #[test]
    fn an_advertisement_tells_whose_an_address_is() {
        check(&advertisement(0x60), false, Some("fd00::1"));
        check(&advertisement(0xe0), true, Some("fd00::1"));
        check(&advertisement(0x40), false, None);
    }

    #[test]
    fn what_is_cut_off_tells_nothing() {
        let whole = advertisement(0xe0);
        for length in 0..whole.len() {
            check(&whole[..length], false, None);
        }
        check(&[&[0; 40][..], &[134]].concat(), true, None);
    }
}
