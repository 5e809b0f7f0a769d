//! What a capture is made of, whichever format it is in. Pure.

use crate::sources::wire::packet::Link;

/// One captured frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// How it begins; none if we do not read that link.
    pub link: Option<Link>,
    /// When, in whole seconds since 1970.
    pub seconds: u32,
    /// How long it was on the wire, in bytes; never less than was captured.
    pub wire_bytes: u32,
    /// What was captured.
    pub data: &'a [u8],
}

/// More than any capture program writes of one frame (`MAXIMUM_SNAPLEN` of libpcap is 262,144).
pub const RECORD_MAX: usize = 262_144;

/// Why a capture cannot be read on. `at` is the byte in the uncompressed capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Corrupt {
    /// Not the beginning of any capture.
    #[error(
        "not a capture: it begins with `{:02x} {:02x} {:02x} {:02x}`; pcap and pcapng can be read, gzipped or plain",
        .0[0], .0[1], .0[2], .0[3]
    )]
    Magic([u8; 4]),
    /// A whole file of a link that we do not read.
    #[error(
        "link type {0} cannot be read; Ethernet (1), Linux cooked (113, 276), raw IP (101) and loopback (0, 108) can"
    )]
    Link(u16),
    /// A record longer than any.
    #[error(
        "the record at byte {at} claims {captured} captured bytes, more than any frame has; the capture is damaged from there on"
    )]
    Record {
        /// Where.
        at: u64,
        /// What it claims.
        captured: u32,
    },
    /// A pcapng block that cannot be.
    #[error(
        "the block at byte {at} claims a length of {length} bytes, which no such block has; the capture is damaged from there on"
    )]
    Block {
        /// Where.
        at: u64,
        /// What it claims.
        length: u32,
    },
    /// A pcapng packet from an interface that was never described.
    #[error(
        "the packet at byte {at} is from interface {interface}, which the capture does not describe; it is damaged from there on"
    )]
    Interface {
        /// Where.
        at: u64,
        /// Which it names.
        interface: u32,
    },
}

/// Numbers in the byte order of whoever wrote the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Least significant octet first.
    Little,
    /// Most significant octet first.
    Big,
}

impl Order {
    /// Four octets; zero if they are not there, which callers rule out by length.
    #[inline(always)]
    pub fn u32(self, bytes: &[u8], at: usize) -> u32 {
        let octets = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        match self {
            Order::Little => u32::from_le_bytes(octets),
            Order::Big => u32::from_be_bytes(octets),
        }
    }

    /// Two octets; as above.
    #[inline(always)]
    pub fn u16(self, bytes: &[u8], at: usize) -> u16 {
        let octets = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        match self {
            Order::Little => u16::from_le_bytes(octets),
            Order::Big => u16::from_be_bytes(octets),
        }
    }
}
