//! TCP, UDP and ICMP, with their checksums, and payload that is nobody's.
//!
//! Deliberately stateless: sequence numbers and who speaks next belong to the talks.

use std::sync::LazyLock;

use super::ip::{self, Ends};
use crate::dice::Dice;

pub const TCP_HEADER: usize = 20;
pub const UDP_HEADER: usize = 8;

pub const FIN: u8 = 0x01;
pub const SYN: u8 = 0x02;
pub const PUSH: u8 = 0x08;
pub const ACK: u8 = 0x10;

/// Maximum segment size, selective acknowledgements, window scale: what a first segment offers (RFC 9293 §3.2).
pub const OFFER: [u8; 12] = [2, 4, 0x05, 0xb4, 1, 1, 4, 2, 1, 3, 3, 7];

/// What a TCP header says.
#[derive(Clone, Copy, Debug)]
pub struct Segment {
    pub source: u16,
    pub destination: u16,
    pub sequence: u32,
    pub acknowledged: u32,
    pub flags: u8,
    /// A multiple of four bytes.
    pub options: &'static [u8],
}

/// Writes a TCP segment around the body.
pub fn tcp(out: &mut Vec<u8>, ends: &Ends, segment: &Segment, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&segment.source.to_be_bytes());
    out.extend_from_slice(&segment.destination.to_be_bytes());
    out.extend_from_slice(&segment.sequence.to_be_bytes());
    out.extend_from_slice(&segment.acknowledged.to_be_bytes());
    let words = (TCP_HEADER + segment.options.len()) / 4;
    out.extend_from_slice(&[(words as u8) << 4, segment.flags, 0x40, 0x00, 0, 0, 0, 0]);
    out.extend_from_slice(segment.options);
    body(out);
    let length = out.len() - start;
    let checksum = ip::finish(ip::sum(ends.pseudo_header(ip::TCP, length), &out[start..]));
    out[start + 16..start + 18].copy_from_slice(&checksum.to_be_bytes());
}

/// Writes a UDP datagram around the body.
pub fn udp(out: &mut Vec<u8>, ends: &Ends, ports: (u16, u16), body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&ports.0.to_be_bytes());
    out.extend_from_slice(&ports.1.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    body(out);
    let length = out.len() - start;
    out[start + 4..start + 6].copy_from_slice(&(length as u16).to_be_bytes());
    let checksum = match ip::finish(ip::sum(ends.pseudo_header(ip::UDP, length), &out[start..])) {
        // Zero would say that there is no checksum (RFC 768).
        0 => 0xffff,
        checksum => checksum,
    };
    out[start + 6..start + 8].copy_from_slice(&checksum.to_be_bytes());
}

/// Writes an ICMP or ICMPv6 message around the body, which begins after the checksum.
pub fn icmp(out: &mut Vec<u8>, ends: &Ends, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[kind, 0, 0, 0]);
    body(out);
    let length = out.len() - start;
    let covered = match ends {
        Ends::V4(..) => 0,
        Ends::V6(..) => ends.pseudo_header(ip::ICMPV6, length),
    };
    let checksum = ip::finish(ip::sum(covered, &out[start..]));
    out[start + 2..start + 4].copy_from_slice(&checksum.to_be_bytes());
}

/// Appends bytes that mean nothing, cut from a pool at `place`, which any number may be.
pub fn filler(out: &mut Vec<u8>, place: u64, length: usize) {
    let start = place as usize % (POOL.len() - LONGEST_FILLER);
    out.extend_from_slice(&POOL[start..start + length.min(LONGEST_FILLER)]);
}

/// The same as a datagram's payload. Its beginning is fixed, because tshark guesses what an unknown datagram is from
/// its first bytes, and chance would sooner or later write the beginning of something.
pub fn anonymous(out: &mut Vec<u8>, place: u64, length: usize) {
    const BEGINNING: &[u8] = b"nothing ";
    let beginning = length.min(BEGINNING.len());
    out.extend_from_slice(&BEGINNING[..beginning]);
    filler(out, place, length - beginning);
}

/// A little more than the largest datagram that is fragmented.
const LONGEST_FILLER: usize = 8_192;

/// Rolling every byte of a gigabyte would cost more than all the rest.
static POOL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut dice = Dice::new(0, 0);
    (0..(1 << 16) / 8).flat_map(|_| dice.any().to_be_bytes()).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_udp_datagram_has_the_checksum_that_others_compute() {
        // By hand: c0a8+001f+c0a8+001e (addresses) + 0011+000a (pseudo-header) + 0014+000a+000a (header)
        // + 4869 (payload) = 1ca39, folded ca3a, complement 35c5.
        let ends = Ends::V4([192, 168, 0, 31].into(), [192, 168, 0, 30].into());
        let mut out = Vec::new();
        udp(&mut out, &ends, (20, 10), |out| out.extend_from_slice(b"Hi"));
        assert_eq!(out, [0, 20, 0, 10, 0, 10, 0x35, 0xc5, b'H', b'i']);
    }

    #[test]
    fn filler_has_the_length_asked_for() {
        for (place, length) in [(0, 0), (u64::MAX, 1_460), (65_535, 4_000)] {
            let mut out = Vec::new();
            filler(&mut out, place, length);
            assert_eq!(out.len(), length);
        }
    }
}
