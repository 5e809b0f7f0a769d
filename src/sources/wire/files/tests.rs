//! Captures octet by octet, as the drafts draw them: both formats in both byte orders, whole and cut off at every
//! octet, in one piece and in drops, and damaged.

use std::io::{self, Cursor, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{ReadError, Reader, Step};
use crate::sources::wire::files::pcapng::Pcapng;
use crate::sources::wire::files::record::{Corrupt, RECORD_MAX};
use crate::sources::wire::files::{Captures, Ending};
use crate::sources::wire::packet::Link;
use crate::sources::wire::packet::address::Prefixes;

/// What a record says, and its first octets.
type Seen = (Option<Link>, u32, u32, Vec<u8>);

/// Everything that can be read, and how it ended.
fn read_all(input: impl Read + Send + 'static) -> (Vec<Seen>, Result<Step, String>) {
    let mut reader = Reader::new(input);
    let mut seen = Vec::new();
    loop {
        let step = reader.step(&mut |record| {
            seen.push((record.link, record.seconds, record.wire_bytes, record.data.to_vec()));
        });
        match step {
            Ok(Step::Read | Step::Blocked) => {}
            Ok(end) => return (seen, Ok(end)),
            Err(error) => return (seen, Err(error.to_string())),
        }
    }
}

fn read_bytes(bytes: &[u8]) -> (Vec<Seen>, Result<Step, String>) {
    read_all(Cursor::new(bytes.to_vec()))
}

#[track_caller]
fn check(bytes: &[u8], expected: &[Seen]) {
    assert_eq!(read_bytes(bytes), (expected.to_vec(), Ok(Step::End)));
}

#[track_caller]
fn check_error(bytes: &[u8], records: usize, message: &str) {
    let (seen, end) = read_bytes(bytes);
    assert_eq!((seen.len(), end), (records, Err(message.to_owned())));
}

/// draft-ietf-opsawg-pcap §4, §5, little-endian, microseconds, Ethernet: two frames, of three octets at second
/// 0x69555900, and of four out of 1,500 a second later.
const PCAP: [u8; 63] = [
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0, //
    0x00, 0x59, 0x55, 0x69, 0x40, 0xe2, 0x01, 0x00, 3, 0, 0, 0, 3, 0, 0, 0, 0xa, 0xb, 0xc, //
    0x01, 0x59, 0x55, 0x69, 0, 0, 0, 0, 4, 0, 0, 0, 0xdc, 0x05, 0, 0, 1, 2, 3, 4,
];
/// The same, big-endian.
const PCAP_BIG: [u8; 63] = [
    0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 1, //
    0x69, 0x55, 0x59, 0x00, 0x00, 0x01, 0xe2, 0x40, 0, 0, 0, 3, 0, 0, 0, 3, 0xa, 0xb, 0xc, //
    0x69, 0x55, 0x59, 0x01, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0x05, 0xdc, 1, 2, 3, 4,
];

fn two_frames(link: Link) -> Vec<Seen> {
    vec![(Some(link), 0x6955_5900, 3, vec![0xa, 0xb, 0xc]), (Some(link), 0x6955_5901, 1500, vec![1, 2, 3, 4])]
}

#[test]
fn classic_captures_are_read_in_both_byte_orders_and_resolutions() {
    check(&PCAP, &two_frames(Link::Ethernet));
    check(&PCAP_BIG, &two_frames(Link::Ethernet));
    // Nanoseconds differ in the magic number alone.
    let nano = [&[0x4d, 0x3c, 0xb2, 0xa1], &PCAP[4..]].concat();
    check(&nano, &two_frames(Link::Ethernet));
    let nano = [&[0xa1, 0xb2, 0x3c, 0x4d], &PCAP_BIG[4..]].concat();
    check(&nano, &two_frames(Link::Ethernet));
    // Each link that we read; the upper half of the field is how long frame check sequences are (§4).
    for (number, link) in [(101u16, Link::RawIp), (113, Link::Sll), (276, Link::Sll2), (0, Link::Loopback)] {
        let [low, high] = number.to_le_bytes();
        check(&[&PCAP[..20], &[low, high, 0, 0x24], &PCAP[24..]].concat(), &two_frames(link));
    }
    // Nothing but the header.
    check(&PCAP[..24], &[]);
    // An original length below the captured one: what is there was on the wire.
    let mut short = PCAP;
    short[36] = 1;
    check(&short, &two_frames(Link::Ethernet));
}

/// A pcapng block (draft-ietf-opsawg-pcapng §3.1): type, total length, body, total length.
fn block(big: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let length = word(big, 12 + body.len() as u32);
    [&word(big, kind)[..], &length, body, &length].concat()
}

fn word(big: bool, number: u32) -> [u8; 4] {
    if big { number.to_be_bytes() } else { number.to_le_bytes() }
}

fn half(big: bool, number: u16) -> [u8; 2] {
    if big { number.to_be_bytes() } else { number.to_le_bytes() }
}

/// §4.1: byte order, version 1.0, section of unknown length, and an option that a comment is (§3.5).
fn section(big: bool) -> Vec<u8> {
    let comment = [&half(big, 1)[..], &half(big, 5), b"hello", &[0; 3], &[0; 4]].concat();
    let body = [&word(big, 0x1a2b_3c4d)[..], &half(big, 1), &half(big, 0), &[0xff; 8], &comment];
    block(big, 0x0a0d_0d0a, &body.concat())
}

/// §4.2: link type, reserved, snap length; then options.
fn interface(big: bool, link: u16, snaplen: u32, options: &[u8]) -> Vec<u8> {
    block(big, 1, &[&half(big, link)[..], &[0; 2], &word(big, snaplen), options].concat())
}

/// §4.3: interface, time in two halves, captured and original length, data and padding; then a comment.
fn packet(big: bool, interface: u32, ticks: u64, original: u32, data: &[u8]) -> Vec<u8> {
    let padding = vec![0; data.len().next_multiple_of(4) - data.len()];
    let comment = [&half(big, 1)[..], &half(big, 2), b"hi", &[0; 2], &[0; 4]].concat();
    let numbers = [interface, (ticks >> 32) as u32, ticks as u32, data.len() as u32, original];
    let numbers = numbers.map(|number| word(big, number)).concat();
    block(big, 6, &[&numbers[..], data, &padding, &comment].concat())
}

/// The two frames of the classic captures.
fn pcapng(big: bool) -> Vec<u8> {
    let packets = [
        packet(big, 0, 0x6955_5900 * 1_000_000 + 123_456, 3, &[0xa, 0xb, 0xc]),
        packet(big, 0, 0x6955_5901 * 1_000_000, 1500, &[1, 2, 3, 4]),
    ];
    [section(big), interface(big, 1, 262_144, &[]), packets.concat()].concat()
}

#[test]
fn block_captures_are_read_in_both_byte_orders() {
    check(&pcapng(false), &two_frames(Link::Ethernet));
    check(&pcapng(true), &two_frames(Link::Ethernet));
    check(&section(true), &[]);
}

#[test]
fn a_block_capture_written_octet_by_octet() {
    // §4.1, §4.2, §4.3 as they are drawn, without the makers above; one frame of one octet, at 2 s.
    let octets = [
        0x0a, 0x0d, 0x0d, 0x0a, 0, 0, 0, 28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, //
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 28, //
        0, 0, 0, 1, 0, 0, 0, 20, 0, 101, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, //
        0, 0, 0, 6, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1e, 0x84, 0x80, 0, 0, 0, 1, 0, 0, 0, 9, //
        0x45, 0, 0, 0, 0, 0, 0, 36,
    ];
    check(&octets, &[(Some(Link::RawIp), 2, 9, vec![0x45])]);
}

#[test]
fn clocks_are_of_any_resolution() {
    // §4.2, if_tsresol: a power of ten; with the upper bit, of two. An option before it is stepped over.
    let name = [2, 0, 3, 0, b'l', b'a', b'n', 0];
    for (resolution, ticks) in
        [(0u8, 7u64), (3, 7999), (6, 7_999_999), (9, 7_999_999_999), (0x80, 7), (0x8a, 8191), (0xa0, 7 << 32)]
    {
        let options = [&name[..], &[9, 0, 1, 0, resolution, 0, 0, 0, 0, 0, 0, 0]].concat();
        let capture =
            [section(false), interface(false, 1, 0, &options), packet(false, 0, ticks, 1, &[5])].concat();
        check(&capture, &[(Some(Link::Ethernet), 7, 1, vec![5])]);
    }
    // Finer than any clock, and a time beyond 2106.
    for (resolution, ticks, seconds) in [(0x7f, u64::MAX - 1, 0), (0xff, 1 << 63, 0), (0, u64::MAX, u32::MAX)]
    {
        let options = [9, 0, 1, 0, resolution, 0, 0, 0];
        let capture =
            [section(false), interface(false, 1, 0, &options), packet(false, 0, ticks, 1, &[5])].concat();
        check(&capture, &[(Some(Link::Ethernet), seconds, 1, vec![5])]);
    }
}

#[test]
fn sections_and_interfaces_may_be_several_and_differ() {
    let first = [
        section(false),
        interface(false, 1, 0, &[]),
        interface(false, 127, 0, &[]),
        packet(false, 0, 1_000_000, 1, &[1]),
        packet(false, 1, 2_000_000, 1, &[2]),
        interface(false, 101, 0, &[9, 0, 1, 0, 9, 0, 0, 0]),
        packet(false, 2, 3_000_000_000, 1, &[3]),
    ];
    let second = [section(true), interface(true, 113, 0, &[]), packet(true, 0, 4_000_000, 1, &[4])];
    let expected = [
        (Some(Link::Ethernet), 1, 1, vec![1]),
        // 802.11 with radiotap: not read, but no reason to stop.
        (None, 2, 1, vec![2]),
        (Some(Link::RawIp), 3, 1, vec![3]),
        (Some(Link::Sll), 4, 1, vec![4]),
    ];
    check(&[first.concat(), second.concat()].concat(), &expected);
}

#[test]
fn simple_and_obsolete_packets_are_packets() {
    // §4.4: original length and data. What was captured is the lesser of that and the first interface's limit.
    let simple = |original: u32, data: &[u8]| block(false, 3, &[&word(false, original)[..], data].concat());
    let capture = [
        section(false),
        interface(false, 1, 6, &[]),
        simple(3, &[1, 2, 3, 0]),
        simple(1500, &[1, 2, 3, 4, 5, 6, 0, 0]),
    ];
    let expected = [
        (Some(Link::Ethernet), 0, 3, vec![1, 2, 3]),
        (Some(Link::Ethernet), 0, 1500, vec![1, 2, 3, 4, 5, 6]),
    ];
    check(&capture.concat(), &expected);
    // Without a limit.
    let capture = [section(false), interface(false, 1, 0, &[]), simple(4, &[1, 2, 3, 4])];
    check(&capture.concat(), &[(Some(Link::Ethernet), 0, 4, vec![1, 2, 3, 4])]);
    // Appendix A: interface and count of drops in two octets each, then as an enhanced packet.
    for big in [false, true] {
        let numbers = [0, 5_000_000, 2, 60].map(|number| word(big, number)).concat();
        let body = [&half(big, 1)[..], &half(big, 9), &numbers, &[7, 8, 0, 0]].concat();
        let capture =
            [section(big), interface(big, 1, 0, &[]), interface(big, 101, 0, &[]), block(big, 2, &body)];
        check(&capture.concat(), &[(Some(Link::RawIp), 5, 60, vec![7, 8])]);
    }
}

#[test]
fn blocks_of_no_interest_are_stepped_over_however_long() {
    // Name resolution, interface statistics, secrets (§4.5, §4.6, §4.7), and one that is longer than what is read at
    // once and than any block of ours.
    let long = vec![0xaa; 1_000_000];
    let capture = [
        section(false),
        block(false, 4, &[0; 4]),
        interface(false, 1, 0, &[]),
        block(false, 5, &[0; 20]),
        packet(false, 0, 1_000_000, 1, &[1]),
        block(false, 0x0000_0bad, &long),
        packet(false, 0, 2_000_000, 1, &[2]),
        block(false, 10, &[]),
    ];
    let expected = [(Some(Link::Ethernet), 1, 1, vec![1]), (Some(Link::Ethernet), 2, 1, vec![2])];
    check(&capture.concat(), &expected);
}

#[test]
fn a_capture_that_ends_within_a_block_of_no_interest_was_cut_off() {
    let before = [section(false), interface(false, 1, 0, &[]), packet(false, 0, 1_000_000, 1, &[1])].concat();
    let capture = [before.clone(), block(false, 0x0000_0bad, &[0; 100])].concat();
    for length in before.len() + 1..capture.len() {
        let (seen, end) = read_bytes(&capture[..length]);
        assert_eq!((seen.len(), end), (1, Ok(Step::Cut(length - before.len()))), "{length}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[test]
fn gzipped_captures_are_unpacked_member_by_member() {
    check(&gzip(&PCAP), &two_frames(Link::Ethernet));
    check(&gzip(&pcapng(true)), &two_frames(Link::Ethernet));
    // RFC 1952 §2.2: a file is a series of members; a record may begin in one and end in the next.
    for at in 0..PCAP.len() {
        let members = [gzip(&PCAP[..at]), gzip(&PCAP[at..])].concat();
        check(&members, &two_frames(Link::Ethernet));
    }
    // A gzip stream in a gzip stream is no capture.
    let message =
        "not a capture: it begins with `1f 8b 08 00`; pcap and pcapng can be read, gzipped or plain";
    check_error(&gzip(&gzip(&PCAP)), 0, message);
}

#[test]
fn a_gzipped_capture_that_was_cut_off_gives_what_is_there() {
    // Stored and not compressed, so that every octet of the stream is one of the capture.
    let mut out = GzEncoder::new(Vec::new(), Compression::none());
    out.write_all(&PCAP).unwrap();
    let packed = out.finish().unwrap();
    for length in 2..packed.len() {
        let (seen, end) = read_bytes(&packed[..length]);
        let expected = &two_frames(Link::Ethernet)[..seen.len()];
        assert_eq!(seen, expected, "{length}");
        if length >= 4 {
            assert!(matches!(end, Ok(Step::Cut(_))), "{length} {end:?}");
        }
    }
    assert_eq!(read_bytes(&packed[..packed.len() - 1]).0.len(), 2);
}

#[test]
fn a_damaged_gzip_stream_is_an_error() {
    let mut packed = gzip(&PCAP);
    let crc = packed.len() - 8;
    packed[crc] ^= 1;
    check_error(&packed, 2, "corrupt gzip stream does not have a matching checksum");
    let mut packed = gzip(&PCAP);
    // RFC 1951 §3.2.3: block type 3 is reserved.
    packed[10] |= 0x06;
    check_error(&packed, 0, "corrupt deflate stream");
    // Something else behind the stream.
    check_error(&[gzip(&PCAP), b"hello, this is not gzip".to_vec()].concat(), 2, "invalid gzip header");
}

/// As many octets at a time as wanted, with nothing to be had yet in between.
struct Drops {
    bytes: Vec<u8>,
    at: usize,
    size: usize,
    dry: bool,
}

impl Read for Drops {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.dry = !self.dry;
        if self.dry {
            let kinds = [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted];
            return Err(kinds[self.at % 2].into());
        }
        let drop = &self.bytes[self.at..];
        let drop = &drop[..drop.len().min(self.size).min(buffer.len())];
        buffer[..drop.len()].copy_from_slice(drop);
        self.at += drop.len();
        Ok(drop.len())
    }
}

/// All the good captures above, and one of many frames that is longer than what is read at once.
fn captures() -> Vec<Vec<u8>> {
    let frames = (0..400u32).map(|number| {
        let length = 1 + number * 37 % 1500;
        let numbers = [number, 0, length, length + 5].map(u32::to_le_bytes).concat();
        // The octets of each frame tell where they come from.
        [numbers, vec![number as u8; length as usize]].concat()
    });
    let many = [PCAP[..24].to_vec(), frames.collect::<Vec<_>>().concat()].concat();
    let long = [pcapng(false), block(false, 99, &[0; 70_000]), pcapng(true)].concat();
    vec![PCAP.to_vec(), PCAP_BIG.to_vec(), pcapng(false), pcapng(true), gzip(&PCAP), gzip(&many), many, long]
}

#[test]
fn it_makes_no_difference_in_what_pieces_a_capture_comes() {
    for bytes in captures() {
        let whole = read_bytes(&bytes);
        assert_eq!(whole.1, Ok(Step::End));
        for size in [1, 2, 3, 7, 1000, 300_000] {
            let drops = Drops { bytes: bytes.clone(), at: 0, size, dry: false };
            assert!(read_all(drops) == whole, "{} octets, {size} at a time", bytes.len());
        }
    }
}

#[test]
fn a_capture_cut_off_anywhere_gives_exactly_the_whole_records_before() {
    for (bytes, ends) in [
        // Where header and records end.
        (PCAP.to_vec(), vec![24, 43, 63]),
        (PCAP_BIG.to_vec(), vec![24, 43, 63]),
        (pcapng(false), block_ends(&pcapng(false), u32::from_le_bytes)),
        (pcapng(true), block_ends(&pcapng(true), u32::from_be_bytes)),
    ] {
        let (all, _) = read_bytes(&bytes);
        // Of the blocks, the first two are no packets; of the classic format, the header is none.
        let before = ends.len() - 2;
        for length in 1..=bytes.len() {
            let (seen, end) = read_bytes(&bytes[..length]);
            let whole = ends.iter().filter(|&&end| end <= length).count();
            assert_eq!(seen, all[..whole.saturating_sub(before)], "{length}");
            let last = ends.iter().rev().find(|&&end| end <= length).copied().unwrap_or_default();
            match length {
                // Too short to tell what it is.
                1..4 => assert!(end.is_err(), "{length} {end:?}"),
                _ if last == length => assert_eq!(end, Ok(Step::End), "{length}"),
                _ => assert_eq!(end, Ok(Step::Cut(length - last)), "{length}"),
            }
        }
    }
}

/// Where each block of a section ends, by the lengths in the blocks.
fn block_ends(bytes: &[u8], number: fn([u8; 4]) -> u32) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        at += number(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        ends.push(at);
    }
    ends
}

#[test]
fn what_claims_too_much_ends_the_reading_where_it_stands() {
    let mut long = PCAP;
    // 262,145 octets: one more than any capture program keeps.
    long[51..55].copy_from_slice(&[1, 0, 4, 0]);
    check_error(
        &long,
        1,
        "the record at byte 43 claims 262145 captured bytes, more than any frame has; the capture is damaged from there on",
    );
    let whole = [&PCAP[..51], &(RECORD_MAX as u32).to_le_bytes(), &[0; 4], &vec![7; RECORD_MAX]].concat();
    let (seen, end) = read_bytes(&whole);
    assert_eq!((seen.len(), seen[1].2, end), (2, RECORD_MAX as u32, Ok(Step::End)));

    let begin = || [section(false), interface(false, 1, 0, &[])].concat();
    let at = begin().len();
    let damaged = |kind: u32, length: u32| {
        [begin(), word(false, kind).to_vec(), word(false, length).to_vec(), vec![0; 64]].concat()
    };
    // Shorter than a block, not a multiple of four, longer than any packet.
    for (kind, length) in [(6, 8), (99, 0), (6, 35), (99, 1001), (6, 400_000)] {
        let message = format!(
            "the block at byte {at} claims a length of {length} bytes, which no such block has; the capture is damaged from there on"
        );
        check_error(&damaged(kind, length), 0, &message);
    }
    // More data than its block holds: 100 octets captured in a block of 36.
    let mut packet_of_100 = packet(false, 0, 0, 100, &[]);
    packet_of_100[20..24].copy_from_slice(&word(false, 100));
    let length = packet_of_100.len();
    let message = format!(
        "the block at byte {at} claims a length of {length} bytes, which no such block has; the capture is damaged from there on"
    );
    check_error(&[begin(), packet_of_100].concat(), 0, &message);
    check_error(
        &[begin(), packet(false, 3, 0, 1, &[1])].concat(),
        0,
        &format!(
            "the packet at byte {at} is from interface 3, which the capture does not describe; it is damaged from there on"
        ),
    );
    let orphan = block(false, 3, &[1, 0, 0, 0, 9, 0, 0, 0]);
    let at = section(false).len();
    check_error(
        &[section(false), orphan].concat(),
        0,
        &format!(
            "the packet at byte {at} is from interface 0, which the capture does not describe; it is damaged from there on"
        ),
    );
}

#[test]
fn interfaces_are_bounded() {
    let many = [section(false), interface(false, 1, 0, &[]).repeat(4096)].concat();
    check(&many, &[]);
    let mut pcapng = Pcapng::new();
    let one_more = [many.clone(), interface(false, 1, 0, &[])].concat();
    let at = many.len() as u64;
    let error = pcapng.records(&one_more, 0, &mut |_| {}).unwrap_err();
    assert_eq!(error, Corrupt::Block { at, length: 20 });
}

#[test]
fn what_is_no_capture_is_told_by_how_it_begins() {
    check_error(
        b"<!DOCTYPE html>",
        0,
        "not a capture: it begins with `3c 21 44 4f`; pcap and pcapng can be read, gzipped or plain",
    );
    check_error(
        &[0xa1],
        0,
        "not a capture: it begins with `a1 00 00 00`; pcap and pcapng can be read, gzipped or plain",
    );
    let radiotap = [&PCAP[..20], &[127, 0, 0, 0], &PCAP[24..]].concat();
    check_error(
        &radiotap,
        0,
        "link type 127 cannot be read; Ethernet (1), Linux cooked (113, 276), raw IP (101) and loopback (0, 108) can",
    );
    assert_eq!(read_bytes(&[]), (Vec::new(), Ok(Step::End)));
    assert_eq!(read_bytes(&gzip(&[])), (Vec::new(), Ok(Step::End)));
}

#[test]
fn an_input_that_fails_says_why() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is on fire"))
        }
    }
    let error = Reader::new(Failing).step(&mut |_| {}).unwrap_err();
    assert!(matches!(&error, ReadError::Io(_)));
    assert_eq!(error.to_string(), "the disk is on fire");
}

#[test]
fn captures_add_up_and_say_how_each_ended() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let mut captures = Captures::new(Prefixes::private());
    let mut add = |path: &Path| captures.add(path).map_err(|error| error.to_string());
    assert_eq!(add(&write("whole", &PCAP)), Ok(Ending::Whole));
    assert_eq!(add(&write("empty", &[])), Ok(Ending::Empty));
    assert_eq!(add(&write("empty.gz", &gzip(&[]))), Ok(Ending::Empty));
    assert_eq!(add(&write("cut", &PCAP[..50])), Ok(Ending::Cut(7)));
    assert_eq!(add(&write("ng.gz", &gzip(&pcapng(true)))), Ok(Ending::Whole));
    assert_eq!(add(&folder.path().join("none")), Err("No such file or directory (os error 2)".to_owned()));
    // Two frames, one, two; the first of each is too short for Ethernet, as is the second.
    assert_eq!((captures.totals.all_frames(), captures.totals.skipped[4]), (5, 5));
    assert_eq!(captures.latest, 0x6955_5901);
}
