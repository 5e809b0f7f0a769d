//! One frame in, what the accounts need to know of it out. Pure; allocates nothing; reads only through slices, so
//! that a frame can at worst be skipped, and every skip has a reason.
//!
//! It does not validate checksums, reassemble fragments, or look behind the first IP header: bytes are counted as
//! the outermost datagram says, which is also what goes over the wire.

pub mod address;
pub mod discovery;
pub mod ip;
pub mod superframe;

use address::{Address, Station};
use ip::{ipv4, ipv6, raw_ip};

/// How a frame begins: the link type of a capture, or the hardware type of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Ethernet II and IEEE 802.3.
    Ethernet,
    /// Linux cooked capture, `LINKTYPE_LINUX_SLL`.
    Sll,
    /// Linux cooked capture v2, `LINKTYPE_LINUX_SLL2`.
    Sll2,
    /// IPv4 or IPv6 at once: tunnels, `LINKTYPE_RAW`.
    RawIp,
    /// BSD loopback: four octets of address family, in either byte order.
    Loopback,
}

impl Link {
    /// From the number in a capture file (the registry at tcpdump.org, "Link-layer header types"); none for links
    /// that we do not read.
    pub fn from_file(linktype: u16) -> Option<Self> {
        match linktype {
            0 | 108 => Some(Link::Loopback),
            1 => Some(Link::Ethernet),
            12 | 14 | 101 | 228 | 229 => Some(Link::RawIp),
            113 => Some(Link::Sll),
            276 => Some(Link::Sll2),
            _ => None,
        }
    }
}

/// To whom a frame is addressed on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// One station; also every frame of a link without addresses.
    Unicast,
    /// A group.
    Multicast,
    /// Everybody.
    Broadcast,
}

/// Transport protocol, as coarse as the interface's figures need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// TCP (6).
    Tcp,
    /// UDP (17).
    Udp,
    /// ICMP (1) over IPv4, ICMPv6 (58) over IPv6.
    Icmp,
    /// Everything else, and what lies beyond the captured octets.
    Other,
}

/// Why a frame was not accounted to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// ARP: not IP, and normal.
    Arp,
    /// IEEE 802.3 with a length instead of a type: spanning tree and its kind.
    Llc,
    /// PPPoE discovery, or a session frame that carries no IP: LCP, IPCP.
    PppControl,
    /// Some other protocol over Ethernet.
    OtherProtocol,
    /// Cut off within the link's own header.
    TruncatedLink,
    /// Cut off within the IP header.
    TruncatedIp,
    /// An IP header that contradicts itself.
    BadIpHeader,
    /// More than three VLAN tags.
    VlanDepth,
    /// From an interface of a pcapng file whose link we do not read.
    UnknownLink,
}

impl Skip {
    /// Every reason, for families that begin at zero.
    pub const ALL: [Skip; 9] = [
        Skip::Arp,
        Skip::Llc,
        Skip::PppControl,
        Skip::OtherProtocol,
        Skip::TruncatedLink,
        Skip::TruncatedIp,
        Skip::BadIpHeader,
        Skip::VlanDepth,
        Skip::UnknownLink,
    ];

    /// The label value.
    pub fn as_str(self) -> &'static str {
        match self {
            Skip::Arp => "arp",
            Skip::Llc => "llc",
            Skip::PppControl => "ppp_control",
            Skip::OtherProtocol => "other_protocol",
            Skip::TruncatedLink => "truncated_link",
            Skip::TruncatedIp => "truncated_ip",
            Skip::BadIpHeader => "bad_ip_header",
            Skip::VlanDepth => "vlan_depth",
            Skip::UnknownLink => "unknown_link",
        }
    }
}

/// What a frame says of its outermost datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Who sent it.
    pub source: Address,
    /// Who shall have it.
    pub destination: Address,
    /// Length of the whole datagram by its own header, in bytes, but never more than the frame can carry.
    pub bytes: u32,
    /// Where the IP header begins in the frame.
    pub offset: u32,
    /// Where what follows the IP header and its extensions begins in the frame, as far as was captured.
    pub transport: u32,
    /// What it carries.
    pub protocol: Protocol,
    /// Sent by the station that the frame names and forwarded by nobody: an IPv6 hop limit of 255, as neighbour
    /// discovery demands it (RFC 4861 §7.1).
    pub on_link: bool,
}

/// A station says that an IPv4 address is its own (RFC 826).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The address.
    pub address: Address,
}

/// What is in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// An IP datagram.
    Ip(Datagram),
    /// ARP, with the sender's claim if it makes one for itself.
    Arp(Option<Claim>),
    /// Nothing we account to a host.
    Skipped(Skip),
}

/// A frame, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// To whom, on the link.
    pub cast: Cast,
    /// Which station sent it; [`Station::NONE`] if the link has no addresses.
    pub from: Station,
    /// Which station shall have it; as above.
    pub to: Station,
    /// What is in it.
    pub content: Content,
}

// Ethertypes (IEEE registration authority; RFC 7042 appendix B).
const IPV4: u16 = 0x0800;
const ARP: u16 = 0x0806;
const VLAN: u16 = 0x8100;
const IPV6: u16 = 0x86dd;
const PPPOE_DISCOVERY: u16 = 0x8863;
const PPPOE_SESSION: u16 = 0x8864;
const SERVICE_VLAN: u16 = 0x88a8;
/// Stacked tags before 802.1ad was written.
const OLD_SERVICE_VLAN: u16 = 0x9100;
/// Below this the field is a length (IEEE 802.3 §3.2.6).
const SMALLEST_ETHERTYPE: u16 = 0x0600;

/// More tags than any network we heard of uses; bounds the walk.
const MOST_VLAN_TAGS: usize = 3;

/// What is done with a frame once it is read. A trait and not a return value, so that the compiler sees reading and
/// counting as one, each family by itself: handing an enum of this size through memory costs a third of the time.
pub trait Sink {
    /// Takes the frame. Mark it `#[inline(always)]`.
    fn frame(&mut self, frame: &Frame);
}

/// Reads a frame of which `frame` was captured and `wire_bytes` were on the wire.
#[inline(always)]
pub fn read(link: Link, frame: &[u8], wire_bytes: u32, sink: &mut impl Sink) {
    match link {
        Link::Ethernet => ethernet(frame, wire_bytes, sink),
        Link::Sll => sink.frame(&cooked(frame, wire_bytes, &SLL)),
        Link::Sll2 => sink.frame(&cooked(frame, wire_bytes, &SLL2)),
        Link::RawIp => sink.frame(&unaddressed(raw_ip(frame, 0, wire_bytes))),
        Link::Loopback => sink.frame(&unaddressed(loopback(frame, wire_bytes))),
    }
}

/// Reads a datagram without a link header, of the given ethertype: what an interface without hardware addresses
/// hands over.
pub fn read_network(ethertype: u16, frame: &[u8], wire_bytes: u32) -> Frame {
    unaddressed(network(ethertype, frame, 0, wire_bytes))
}

/// A frame of a link that we do not read.
pub fn unread() -> Frame {
    unaddressed(Content::Skipped(Skip::UnknownLink))
}

/// Eight octets at a constant place, in one load.
#[inline(always)]
fn octets8<const N: usize>(header: &[u8; N], at: usize) -> u64 {
    header[at..].first_chunk().map_or(0, |octets| u64::from_be_bytes(*octets))
}

/// Four octets, likewise.
#[inline(always)]
fn octets4<const N: usize>(header: &[u8; N], at: usize) -> u32 {
    header[at..].first_chunk().map_or(0, |octets| u32::from_be_bytes(*octets))
}

fn unaddressed(content: Content) -> Frame {
    Frame { cast: Cast::Unicast, from: Station::NONE, to: Station::NONE, content }
}

#[inline(always)]
fn ethernet(frame: &[u8], wire_bytes: u32, sink: &mut impl Sink) {
    let Some(header) = frame.first_chunk::<14>() else {
        sink.frame(&unaddressed(Content::Skipped(Skip::TruncatedLink)));
        return;
    };
    // Two loads: destination and two octets of the source; source and type.
    let to = octets8(header, 0) >> 16;
    let from_and_type = octets8(header, 6);
    let cast = match to {
        0xffff_ffff_ffff => Cast::Broadcast,
        group if group & 0x0100_0000_0000 != 0 => Cast::Multicast,
        _ => Cast::Unicast,
    };
    let (from, to) = (Station(from_and_type >> 16), Station(to));
    match (from_and_type & 0xffff) as u16 {
        IPV4 => sink.frame(&Frame { cast, from, to, content: ipv4(frame, 14, wire_bytes) }),
        IPV6 => sink.frame(&Frame { cast, from, to, content: ipv6(frame, 14, wire_bytes) }),
        ethertype => {
            let content = match network(ethertype, frame, 14, wire_bytes) {
                Content::Arp(_) => Content::Arp(arp_claim(frame, from)),
                content => content,
            };
            sink.frame(&Frame { cast, from, to, content });
        }
    }
}

/// Where a cooked header keeps what we need.
struct Cooked {
    protocol: usize,
    packet_type: usize,
    hardware_type: usize,
    address_length: usize,
    address: usize,
    length: usize,
}

/// `LINKTYPE_LINUX_SLL`: all fields of two octets, address of eight, protocol last.
const SLL: Cooked =
    Cooked { packet_type: 1, hardware_type: 2, address_length: 5, address: 6, protocol: 14, length: 16 };
/// `LINKTYPE_LINUX_SLL2`: protocol first, packet type and address length of one octet.
const SLL2: Cooked =
    Cooked { protocol: 0, hardware_type: 8, packet_type: 10, address_length: 11, address: 12, length: 20 };

#[inline(never)]
fn cooked(frame: &[u8], wire_bytes: u32, at: &Cooked) -> Frame {
    let Some(header) = frame.get(..at.length) else {
        return unaddressed(Content::Skipped(Skip::TruncatedLink));
    };
    // Packet types of the cooked headers: 1 to everybody, 2 to a group; 0, 3 and 4 to one station.
    let cast = match header[at.packet_type] {
        1 => Cast::Broadcast,
        2 => Cast::Multicast,
        _ => Cast::Unicast,
    };
    let ethernet = header[at.hardware_type..at.hardware_type + 2] == [0, 1] && header[at.address_length] == 6;
    let from = match header[at.address..].first_chunk::<6>() {
        Some(&octets) if ethernet => Station::new(octets),
        _ => Station::NONE,
    };
    let protocol = u16::from_be_bytes([header[at.protocol], header[at.protocol + 1]]);
    Frame { cast, from, to: Station::NONE, content: network(protocol, frame, at.length, wire_bytes) }
}

#[inline(never)]
fn loopback(frame: &[u8], wire_bytes: u32) -> Content {
    let Some(&family) = frame.first_chunk::<4>() else {
        return Content::Skipped(Skip::TruncatedLink);
    };
    // Written in the byte order of the machine that captured: take whichever makes a small number.
    let family = u32::from_le_bytes(family).min(u32::from_be_bytes(family));
    match family {
        2 => network(IPV4, frame, 4, wire_bytes),
        // AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, Darwin.
        10 | 24 | 28 | 30 => network(IPV6, frame, 4, wire_bytes),
        _ => Content::Skipped(Skip::OtherProtocol),
    }
}

/// What is behind an ethertype.
#[inline(never)]
fn network(mut ethertype: u16, frame: &[u8], mut offset: usize, wire_bytes: u32) -> Content {
    for _ in 0..=MOST_VLAN_TAGS {
        match ethertype {
            IPV4 => return ipv4(frame, offset, wire_bytes),
            IPV6 => return ipv6(frame, offset, wire_bytes),
            VLAN | SERVICE_VLAN | OLD_SERVICE_VLAN => match tagged(frame, offset) {
                Some(inner) => (ethertype, offset) = (inner, offset + 4),
                None => return Content::Skipped(Skip::TruncatedLink),
            },
            PPPOE_SESSION => return pppoe(frame, offset, wire_bytes),
            ARP => return Content::Arp(None),
            PPPOE_DISCOVERY => return Content::Skipped(Skip::PppControl),
            length if length < SMALLEST_ETHERTYPE => return Content::Skipped(Skip::Llc),
            _ => return Content::Skipped(Skip::OtherProtocol),
        }
    }
    Content::Skipped(Skip::VlanDepth)
}

/// The type behind a tag: two octets of tag control, two of type (IEEE 802.1Q §9.5).
fn tagged(frame: &[u8], offset: usize) -> Option<u16> {
    let &[_, _, high, low] = frame.get(offset..)?.first_chunk::<4>()?;
    Some(u16::from_be_bytes([high, low]))
}

/// RFC 2516 §4: version and type, code, session, length; then the PPP protocol (RFC 1661 §2).
fn pppoe(frame: &[u8], offset: usize, wire_bytes: u32) -> Content {
    let Some(&[_, code, _, _, _, _, high, low]) =
        frame.get(offset..).and_then(|rest| rest.first_chunk::<8>())
    else {
        return Content::Skipped(Skip::TruncatedLink);
    };
    match (code, u16::from_be_bytes([high, low])) {
        (0, 0x0021) => ipv4(frame, offset + 8, wire_bytes),
        (0, 0x0057) => ipv6(frame, offset + 8, wire_bytes),
        _ => Content::Skipped(Skip::PppControl),
    }
}

/// The sender's own claim in an untagged or tagged ARP frame for IPv4 over Ethernet (RFC 826, "Packet format").
#[cold]
fn arp_claim(frame: &[u8], from: Station) -> Option<Claim> {
    let offset =
        (0..=MOST_VLAN_TAGS).map(|tags| 12 + 4 * tags).find(|&at| frame.get(at..at + 2) == Some(&[8, 6]))?;
    let body = frame.get(offset + 2..)?.first_chunk::<18>()?;
    // Hardware Ethernet, protocol IPv4, lengths six and four; the operation may be any.
    if body[..6] != [0, 1, 8, 0, 6, 4] {
        return None;
    }
    let sender = Station::new(*body[8..].first_chunk()?);
    let address = *body[14..].first_chunk::<4>()?;
    // An address of zero is a probe (RFC 5227 §1.1); a sender that is not the frame's speaks for somebody else.
    (sender == from && address != [0; 4])
        .then_some(Claim { address: Address::v4(u32::from_be_bytes(address)) })
}

#[cfg(test)]
mod tests;
