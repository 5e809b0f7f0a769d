//! What IP allows and few programs expect: fragments, chains of extension headers, and encryption.
//!
//! Deliberately legal, all of it: broken frames are for tests that make them by hand.

use super::ip::{self, Ends, Header};
use super::stage::{Family, Reach, Stage};
use super::transport::{self, ACK, Segment};
use crate::truth::Protocol;

/// A UDP datagram that is too large for a frame, in either family; the last fragment may be very short.
pub fn fragments(stage: &mut Stage) {
    let index = stage.someone();
    let family = stage.family(index);
    let Some(host) = stage.host(index, family, Reach::World) else { return };
    let remote = *stage.dice.pick(&stage.who(index).habits.remotes);
    let parties = (stage.remote(remote, family), host);
    let ends = Ends::new(parties.0.ip, parties.1.ip);
    let (place, length) = (stage.dice.any(), stage.dice.between(1_600, 5_000));
    let mut whole = Vec::with_capacity(length + transport::UDP_HEADER);
    transport::udp(&mut whole, &ends, (40_002, 50_004), |out| transport::anonymous(out, place, length));
    let number = stage.next_identification();
    match family {
        Family::V4 => {
            let piece = (stage.room() - ip::IPV4_HEADER) / 8 * 8;
            for (index, part) in whole.chunks(piece).enumerate() {
                let offset = (index * piece / 8) as u16;
                let more = if index * piece + part.len() < whole.len() { ip::MORE_FRAGMENTS } else { 0 };
                let header =
                    Header { identification: number, fragment: offset | more, ..Header::new(ip::UDP) };
                stage.ip(parties, Protocol::Udp, header, |out, _| out.extend_from_slice(part));
            }
        }
        Family::V6 => {
            let piece = (stage.room() - ip::IPV6_HEADER - 8) / 8 * 8;
            for (index, part) in whole.chunks(piece).enumerate() {
                // The offset counts units of 8 bytes in the upper 13 bits, which is the offset in bytes.
                let offset = (index * piece) as u16;
                let more = u16::from(index * piece + part.len() < whole.len());
                stage.ip(parties, Protocol::Udp, Header::new(ip::FRAGMENT), |out, _| {
                    out.extend_from_slice(&[ip::UDP, 0]);
                    out.extend_from_slice(&(offset | more).to_be_bytes());
                    out.extend_from_slice(&u32::from(number).to_be_bytes());
                    out.extend_from_slice(part);
                });
            }
        }
    }
}

/// Chains in an order that RFC 8200 §4.1 recommends; the last one ends in nothing at all.
const CHAINS: [(&[u8], u8, Protocol); 6] = [
    (&[ip::DESTINATION_OPTIONS], ip::UDP, Protocol::Udp),
    (&[ip::HOP_BY_HOP, ip::DESTINATION_OPTIONS], ip::TCP, Protocol::Tcp),
    (&[ip::HOP_BY_HOP, ip::DESTINATION_OPTIONS, ip::ROUTING, ip::FRAGMENT], ip::TCP, Protocol::Tcp),
    (&[ip::AUTHENTICATION, ip::DESTINATION_OPTIONS], ip::UDP, Protocol::Udp),
    (&[ip::FRAGMENT], ip::UDP, Protocol::Udp),
    (&[ip::HOP_BY_HOP], ip::NOTHING, Protocol::Other),
];

/// One datagram for each chain.
pub fn extension_headers(stage: &mut Stage) {
    let (index, _) = stage.someone_with_ipv6();
    let Some(host) = stage.host(index, Family::V6, Reach::House) else { return };
    let Some(other) = stage.host(crate::house::NAS, Family::V6, Reach::House) else { return };
    if other.mac == host.mac {
        return;
    }
    for (kinds, last, protocol) in CHAINS {
        let (place, length, port) = (stage.dice.any(), stage.dice.between(1, 600), stage.port());
        let mut headers = Vec::new();
        let first = ip::chain(&mut headers, kinds, last);
        stage.ip((host, other), protocol, Header::new(first), |out, ends| {
            out.extend_from_slice(&headers);
            let segment = Segment {
                // A connection of its own, or tshark would miss what came between.
                source: port,
                destination: 40_003,
                sequence: place as u32,
                acknowledged: 1,
                flags: ACK,
                options: &[],
            };
            match last {
                ip::TCP => {
                    transport::tcp(out, ends, &segment, |out| transport::anonymous(out, place, length))
                }
                ip::UDP => transport::udp(out, ends, (50_006, 40_004), |out| {
                    transport::anonymous(out, place, length)
                }),
                _ => {}
            }
        });
    }
}

/// An encrypted datagram, whose transport nobody but its receiver knows: RFC 4303 §2.
pub fn esp(stage: &mut Stage) {
    let (index, _) = stage.someone_with_ipv6();
    let family = stage.family(index);
    let Some(host) = stage.host(index, family, Reach::World) else { return };
    let remote = *stage.dice.pick(&stage.who(index).habits.remotes);
    let remote = stage.remote(remote, family);
    let (place, words) = (stage.dice.any(), stage.dice.between(5, 300));
    stage.ip((host, remote), Protocol::Other, Header::new(ip::ESP), |out, _| {
        out.extend_from_slice(&[0, 0, 0x20, 0x01, 0, 0, 0, 1]);
        transport::filler(out, place, words * 4);
    });
}
