//! Ethernet: headers, tags, PPPoE sessions, 802.3 lengths and padding.
//!
//! Deliberately without the frame check sequence, which no capture contains.

use std::net::IpAddr;

use crate::house::Mac;
use crate::truth::Cast;

/// EtherTypes, IEEE 802 numbers.
pub const IPV4: u16 = 0x0800;
pub const ARP: u16 = 0x0806;
pub const IPV6: u16 = 0x86dd;
pub const PPPOE_DISCOVERY: u16 = 0x8863;
pub const PPPOE_SESSION: u16 = 0x8864;
pub const LLDP: u16 = 0x88cc;
/// Reserved for local experiments, IEEE 802 §9.2.4: nobody knows what follows.
pub const EXPERIMENT: u16 = 0x88b5;
const CUSTOMER_TAG: u16 = 0x8100;
const SERVICE_TAG: u16 = 0x88a8;

/// Longest frame that fits an ordinary interface, tags included, so that tests can send every frame.
pub const LONGEST: usize = 1_514;
/// Shortest frame, without its check sequence; what is shorter is filled with zeros.
pub const SHORTEST: usize = 60;
/// Addresses and type.
pub const HEADER: usize = 14;

pub const BROADCAST: Mac = Mac([0xff; 6]);

/// VLAN tags between the addresses and the type.
#[derive(Clone, Copy, Debug, Default)]
pub enum Tags {
    #[default]
    None,
    /// 802.1Q: priority and VLAN number.
    One(u16),
    /// QinQ: the provider's tag and then the customer's.
    Two(u16, u16),
}

impl Tags {
    /// What the tags add to a frame.
    pub fn length(self) -> usize {
        match self {
            Tags::None => 0,
            Tags::One(_) => 4,
            Tags::Two(..) => 8,
        }
    }
}

/// Writes addresses, tags and type.
pub fn header(out: &mut Vec<u8>, source: Mac, destination: Mac, tags: Tags, ethertype: u16) {
    out.extend_from_slice(&destination.0);
    out.extend_from_slice(&source.0);
    let mut tag = |kind: u16, number: u16| {
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(&number.to_be_bytes());
    };
    match tags {
        Tags::None => {}
        Tags::One(number) => tag(CUSTOMER_TAG, number),
        Tags::Two(outer, inner) => {
            tag(SERVICE_TAG, outer);
            tag(CUSTOMER_TAG, inner);
        }
    }
    out.extend_from_slice(&ethertype.to_be_bytes());
}

/// Writes a PPPoE session header and PPP's protocol number around the body, RFC 2516 §4.
pub fn pppoe_session(out: &mut Vec<u8>, session: u16, protocol: u16, body: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(&[0x11, 0x00]);
    out.extend_from_slice(&session.to_be_bytes());
    let length = out.len();
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&protocol.to_be_bytes());
    body(out);
    let carried = (out.len() - length - 2) as u16;
    out[length..length + 2].copy_from_slice(&carried.to_be_bytes());
}

/// Fills the frame that begins at `start` up to the shortest length.
pub fn pad(out: &mut Vec<u8>, start: usize) {
    if out.len() - start < SHORTEST {
        out.resize(start + SHORTEST, 0);
    }
}

/// Where frames to a group go: RFC 1112 §6.4 and RFC 2464 §7.
pub fn group(address: IpAddr) -> Mac {
    match address {
        IpAddr::V4(address) => {
            let [_, b, c, d] = address.octets();
            Mac([0x01, 0x00, 0x5e, b & 0x7f, c, d])
        }
        IpAddr::V6(address) => {
            let [.., a, b, c, d] = address.octets();
            Mac([0x33, 0x33, a, b, c, d])
        }
    }
}

/// Whom a frame to that address reaches.
pub fn cast(destination: Mac) -> Cast {
    match destination {
        BROADCAST => Cast::Broadcast,
        Mac([first, ..]) if first & 1 == 1 => Cast::Multicast,
        _ => Cast::Unicast,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_go_where_the_standards_say() {
        let check =
            |address: &str, expected: &str| assert_eq!(group(address.parse().unwrap()).to_string(), expected);
        check("224.0.0.251", "01:00:5e:00:00:fb");
        // RFC 1112 keeps 23 bits: the highest bit of the second byte is lost.
        check("239.255.255.250", "01:00:5e:7f:ff:fa");
        check("ff02::fb", "33:33:00:00:00:fb");
        check("ff02::1:ff12:3456", "33:33:ff:12:34:56");
    }

    #[test]
    fn tags_stand_between_addresses_and_type() {
        let mut out = Vec::new();
        header(&mut out, Mac([2; 6]), Mac([4; 6]), Tags::Two(100, 20), IPV4);
        let expected =
            [4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 0x88, 0xa8, 0, 100, 0x81, 0x00, 0, 20, 0x08, 0x00];
        assert_eq!(out, expected);
    }
}
