//! IP headers: who, to whom, how long, carrying what. Pure. Options and extensions are stepped over, not read.

use super::address::Address;
use super::{Content, Datagram, Protocol, Skip, octets4, octets8};

/// A datagram without anything in front of it.
#[inline(never)]
pub fn raw_ip(frame: &[u8], offset: usize, wire_bytes: u32) -> Content {
    match frame.get(offset).map(|first| first >> 4) {
        Some(4) => ipv4(frame, offset, wire_bytes),
        Some(6) => ipv6(frame, offset, wire_bytes),
        Some(_) => Content::Skipped(Skip::OtherProtocol),
        None => Content::Skipped(Skip::TruncatedIp),
    }
}

/// RFC 791 §3.1.
#[inline(always)]
pub fn ipv4(frame: &[u8], offset: usize, wire_bytes: u32) -> Content {
    let Some(header) = frame.get(offset..).and_then(|rest| rest.first_chunk::<20>()) else {
        return Content::Skipped(Skip::TruncatedIp);
    };
    let room = wire_bytes.saturating_sub(offset as u32);
    let header_bytes = u32::from(header[0] & 0x0f) * 4;
    let claimed = u32::from(u16::from_be_bytes([header[2], header[3]]));
    // A length of zero: segmentation was left to the hardware, or the datagram is too long for the field.
    let bytes = if claimed == 0 { room } else { claimed.min(room) };
    if header[0] >> 4 != 4 || header_bytes < 20 || bytes < header_bytes {
        return Content::Skipped(Skip::BadIpHeader);
    }
    let protocol = V4_PROTOCOLS[usize::from(header[9])];
    Content::Ip(Datagram {
        source: Address::v4(octets4(header, 12)),
        destination: Address::v4(octets4(header, 16)),
        bytes,
        offset: offset as u32,
        transport: offset as u32 + header_bytes,
        protocol,
        on_link: false,
    })
}

/// RFC 8200 §3.
#[inline(always)]
pub fn ipv6(frame: &[u8], offset: usize, wire_bytes: u32) -> Content {
    let Some(header) = frame.get(offset..).and_then(|rest| rest.first_chunk::<40>()) else {
        return Content::Skipped(Skip::TruncatedIp);
    };
    let room = wire_bytes.saturating_sub(offset as u32);
    if header[0] >> 4 != 6 || room < 40 {
        return Content::Skipped(Skip::BadIpHeader);
    }
    let payload = u32::from(u16::from_be_bytes([header[4], header[5]]));
    let next = header[6];
    // No length but a hop-by-hop header: a jumbogram (RFC 2675 §3).
    let bytes = if payload == 0 && next == HOP_BY_HOP { room } else { (40 + payload).min(room) };
    let (protocol, transport) = if IS_EXTENSION[usize::from(next)] {
        behind_extensions(frame, next, offset + 40)
    } else {
        (V6_PROTOCOLS[usize::from(next)], offset + 40)
    };
    Content::Ip(Datagram {
        source: Address::v6(octets8(header, 8), octets8(header, 16)),
        destination: Address::v6(octets8(header, 24), octets8(header, 32)),
        bytes,
        offset: offset as u32,
        transport: transport as u32,
        protocol,
        on_link: header[7] == 255,
    })
}

// Extension headers (RFC 8200 §4, IANA "IPv6 Extension Header Types").
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const AUTHENTICATION: u8 = 51;
const DESTINATION: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;

/// Longer chains than anybody sends; bounds the walk.
const MOST_EXTENSIONS: usize = 8;

/// Tables and not matches: what the next packet carries, no processor can guess.
static V4_PROTOCOLS: [Protocol; 256] = protocols(1);
static V6_PROTOCOLS: [Protocol; 256] = protocols(58);
static IS_EXTENSION: [bool; 256] = {
    let mut is_extension = [false; 256];
    let all = [HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY, HOST_IDENTITY, SHIM6];
    let mut at = 0;
    while at < all.len() {
        is_extension[all[at] as usize] = true;
        at += 1;
    }
    is_extension
};

/// By protocol number (IANA "Assigned Internet Protocol Numbers"); ICMP has one of its own in each family.
const fn protocols(icmp: usize) -> [Protocol; 256] {
    let mut protocols = [Protocol::Other; 256];
    protocols[icmp] = Protocol::Icmp;
    protocols[6] = Protocol::Tcp;
    protocols[17] = Protocol::Udp;
    protocols
}

/// The protocol behind a chain of extension headers, and where it begins.
#[cold]
fn behind_extensions(frame: &[u8], mut next: u8, mut offset: usize) -> (Protocol, usize) {
    for _ in 0..MOST_EXTENSIONS {
        if !IS_EXTENSION[usize::from(next)] {
            return (V6_PROTOCOLS[usize::from(next)], offset);
        }
        let Some(&[following, length, high, low]) =
            frame.get(offset..).and_then(|rest| rest.first_chunk::<4>())
        else {
            return (Protocol::Other, offset);
        };
        let bytes = match next {
            FRAGMENT => 8,
            // RFC 4302 §2.2: in units of four octets, less two.
            AUTHENTICATION => (usize::from(length) + 2) * 4,
            _ => (usize::from(length) + 1) * 8,
        };
        // Behind any but the first fragment there is payload, whatever `following` calls it (RFC 8200 §4.5).
        let later_fragment = next == FRAGMENT && u16::from_be_bytes([high, low]) >> 3 != 0;
        (next, offset) = (following, offset + bytes);
        if later_fragment {
            return (V6_PROTOCOLS[usize::from(next)], offset);
        }
    }
    (Protocol::Other, offset)
}
