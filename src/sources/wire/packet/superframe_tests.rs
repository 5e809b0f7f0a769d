//! Super-frames weighed by hand. What segmentation makes of one is in the kernel's documentation
//! ("Segmentation Offloads"): the payload is cut into pieces of `gso_size`, each behind a copy of all headers.

use std::net::IpAddr;

use super::{Offload, Weight, weigh};
use crate::sources::wire::packet::address::Address;
use crate::sources::wire::packet::address::Station;
use crate::sources::wire::packet::{Cast, Content, Datagram, Frame, Link, Protocol, Sink, Skip, read};

const TCP_V4: u8 = 1;
const UDP_FRAGMENTS: u8 = 3;
const TCP_V6: u8 = 4;
const UDP_SEGMENTS: u8 = 5;
const ECN: u8 = 0x80;

struct Weigher<'a> {
    captured: &'a [u8],
    wire_bytes: u32,
    stripped: u32,
    offload: Offload,
    weight: Option<Weight>,
}

impl Sink for Weigher<'_> {
    fn frame(&mut self, frame: &Frame) {
        self.weight = Some(weigh(frame, self.captured, self.wire_bytes, self.stripped, self.offload));
    }
}

/// Weighs the beginning of an Ethernet frame of which `wire_bytes` are said to be there.
fn weighed(captured: &[u8], wire_bytes: u32, stripped: u32, offload: Offload) -> Weight {
    let mut weigher = Weigher { captured, wire_bytes, stripped, offload, weight: None };
    read(Link::Ethernet, captured, wire_bytes, &mut weigher);
    weigher.weight.unwrap()
}

#[track_caller]
fn check(captured: &[u8], wire_bytes: u32, offload: Offload, packets: u64, ip_bytes: u64, frame_bytes: u64) {
    let expected = Weight { packets, ip_bytes, frame_bytes };
    assert_eq!(weighed(captured, wire_bytes, 0, offload), expected);
}

fn segments_of(kind: u8, segment: u16) -> Offload {
    Offload { kind, segment, checksum_start: None }
}

/// Ethernet and RFC 791 §3.1, with that total length and protocol.
fn v4(length: u16, protocol: u8) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    let mut octets = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00];
    octets.extend([0x45, 0, high, low, 0, 1, 0x40, 0, 64, protocol, 0, 0, 192, 168, 1, 7, 10, 0, 0, 9]);
    octets
}

/// Ethernet and RFC 8200 §3, with that payload length and next header.
fn v6(length: u16, next: u8) -> Vec<u8> {
    let [high, low] = length.to_be_bytes();
    let mut octets = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd];
    octets.extend([0x60, 0, 0, 0, high, low, next, 64]);
    octets.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    octets.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
    octets
}

/// RFC 9293 §3.1: a header of so many words, without what its options say.
fn tcp(words: u8) -> Vec<u8> {
    let mut octets = vec![0; usize::from(words) * 4];
    octets[12] = words << 4;
    octets
}

#[test]
fn a_frame_that_is_no_super_frame_is_one_packet() {
    let frame = [v4(40, 6), tcp(5)].concat();
    check(&frame, 54, Offload::default(), 1, 40, 54);
    // Padded to the shortest length that Ethernet has.
    check(&frame, 60, Offload::default(), 1, 40, 60);
    // A kind without a size, and a size without a kind.
    check(&frame, 54, segments_of(TCP_V4, 0), 1, 40, 54);
    check(&frame, 54, segments_of(0, 1448), 1, 40, 54);
    check(&frame, 54, segments_of(ECN, 1448), 1, 40, 54);
}

#[test]
fn tcp_over_ipv4_repeats_both_headers() {
    // 14 Ethernet + 20 IPv4 + 20 TCP + 4,380 payload = 4,434; three segments of 1,460.
    // IP: 3 × (40 + 1,460) = 4,500. Frames: 4,500 + 3 × 14 = 4,542.
    let frame = [v4(4420, 6), tcp(5)].concat();
    check(&frame, 4434, segments_of(TCP_V4, 1460), 3, 4500, 4542);
    check(&frame, 4434, segments_of(TCP_V4 | ECN, 1460), 3, 4500, 4542);
}

#[test]
fn the_last_segment_may_be_short() {
    // 14 + 20 + 20 + 2,921 = 2,975: segments of 1,460, 1,460 and 1. IP: 2,921 + 3 × 40 = 3,041; frames + 42.
    check(&[v4(2961, 6), tcp(5)].concat(), 2975, segments_of(TCP_V4, 1460), 3, 3041, 3083);
    // All in one: 14 + 20 + 20 + 100.
    check(&[v4(140, 6), tcp(5)].concat(), 154, segments_of(TCP_V4, 1460), 1, 140, 154);
    // Without payload.
    check(&[v4(40, 6), tcp(5)].concat(), 54, segments_of(TCP_V4, 1460), 1, 40, 54);
}

#[test]
fn tcp_options_are_repeated_too() {
    // Timestamps make the header 32 octets: 14 + 20 + 32 + 64,000 = 64,066. Segments of 1,448: 44 × 1,448 = 63,712,
    // and one of 288: 45. IP: 64,000 + 45 × 52 = 66,340; frames: + 45 × 14 = 66,970.
    let frame = [v4(64_052, 6), tcp(8)].concat();
    check(&frame, 64_066, segments_of(TCP_V4, 1448), 45, 66_340, 66_970);
    // Cut off before the length of the header: twenty octets are the least. 64,012 payload, 45 segments;
    // IP: 64,012 + 45 × 40 = 65,812; frames: + 630 = 66,442.
    check(&frame[..40], 64_066, segments_of(TCP_V4, 1448), 45, 65_812, 66_442);
}

#[test]
fn tcp_over_ipv6_repeats_both_headers_and_those_between() {
    // 14 + 40 + 32 + 28,560 = 28,646; segments of 1,428: 20. IP: 28,560 + 20 × 72 = 30,000; frames + 280.
    let frame = [v6(28_592, 6), tcp(8)].concat();
    check(&frame, 28_646, segments_of(TCP_V6, 1428), 20, 30_000, 30_280);
    // With a destination header of eight octets (RFC 8200 §4.6): 14 + 48 + 32 + 2,840 = 2,934; two segments of
    // 1,420. IP: 2,840 + 2 × 80 = 3,000; frames + 28.
    let frame = [v6(2880, 60), vec![6, 0, 1, 4, 0, 0, 0, 0], tcp(8)].concat();
    check(&frame, 2934, segments_of(TCP_V6, 1420), 2, 3000, 3028);
}

#[test]
fn datagrams_longer_than_their_field_are_weighed_by_the_frame() {
    // BIG TCP over IPv4: total length 0. 14 + 20 + 32 + 144,800 = 144,866; segments of 1,448: 100.
    // IP: 144,800 + 100 × 52 = 150,000; frames: + 1,400 = 151,400.
    check(&[v4(0, 6), tcp(8)].concat(), 144_866, segments_of(TCP_V4, 1448), 100, 150_000, 151_400);
    // Over IPv6 without a hop-by-hop header: payload length 0. 14 + 40 + 32 + 142,800 = 142,886; segments of 1,428:
    // 100. IP: 142,800 + 100 × 72 = 150,000.
    check(&[v6(0, 6), tcp(8)].concat(), 142_886, segments_of(TCP_V6, 1428), 100, 150_000, 151_400);
}

#[test]
fn udp_segments_are_datagrams_of_their_own() {
    // 14 + 20 + 8 + 10,000 = 10,042; segments of 1,200: 8 × 1,200 = 9,600 and one of 400: 9.
    // IP: 10,000 + 9 × 28 = 10,252; frames: + 126 = 10,378.
    let frame = [v4(10_028, 17), vec![0; 8]].concat();
    check(&frame, 10_042, segments_of(UDP_SEGMENTS, 1200), 9, 10_252, 10_378);
    // The checksum begins where UDP does: 34.
    let offload = Offload { checksum_start: Some(34), ..segments_of(UDP_SEGMENTS, 1200) };
    check(&frame, 10_042, offload, 9, 10_252, 10_378);
    // QUIC over IPv6: 14 + 40 + 8 + 2,400 = 2,462; two. IP: 2,400 + 2 × 48 = 2,496; frames + 28.
    check(&[v6(2408, 17), vec![0; 8]].concat(), 2462, segments_of(UDP_SEGMENTS, 1200), 2, 2496, 2524);
}

#[test]
fn udp_fragments_repeat_the_ip_header_alone() {
    // 14 + 20 + 8,008 (with the one UDP header) = 8,042; fragments of 1,480: 5 × 1,480 = 7,400 and 608: 6.
    // IP: 8,008 + 6 × 20 = 8,128; frames: + 84 = 8,212.
    let frame = [v4(8028, 17), vec![0; 8]].concat();
    check(&frame, 8042, segments_of(UDP_FRAGMENTS, 1480), 6, 8128, 8212);
}

#[test]
fn inside_a_tunnel_the_checksum_says_where_the_innermost_header_begins() {
    // GRE (RFC 2784 §2.1, four octets) with IPv4 and TCP inside: 14 + 20 + 4 + 20 + 20 + 2,800 = 2,878; segments of
    // 1,400: 2. Each repeats 64 octets of the outer datagram. IP: 2,800 + 2 × 64 = 2,928; frames + 28.
    let inner = v4(2840, 6)[14..].to_vec();
    let frame = [v4(2864, 47), vec![0, 0, 8, 0], inner, tcp(5)].concat();
    let offload = Offload { checksum_start: Some(58), ..segments_of(TCP_V4, 1400) };
    check(&frame, 2878, offload, 2, 2928, 2956);
    // With options in the inner header: 12 octets more, twice.
    let inner = v4(2852, 6)[14..].to_vec();
    let frame = [v4(2876, 47), vec![0, 0, 8, 0], inner, tcp(8)].concat();
    check(&frame, 2890, offload, 2, 2952, 2980);
    // VXLAN: UDP segments inside of UDP; 14 + 20 + 8 + 8 + 14 + 20 + 8 + 2,400 = 2,492, the inner UDP at 84.
    // Each repeats 78 octets. IP: 2,400 + 2 × 78 = 2,556; frames + 28.
    let offload = Offload { checksum_start: Some(84), ..segments_of(UDP_SEGMENTS, 1200) };
    check(&[v4(2478, 17), vec![0; 8]].concat(), 2492, offload, 2, 2556, 2584);
    // Without the checksum's place nothing is known of the inner headers: only the outer one is repeated.
    check(&[v4(2864, 47), vec![0; 44]].concat(), 2878, segments_of(TCP_V4, 1422), 2, 2884, 2912);
}

#[test]
fn a_tag_that_the_kernel_took_off_was_in_front_of_every_segment() {
    // As the first: 4,500 bytes of IP in three; each frame has 14 + 4 octets in front.
    let frame = [v4(4420, 6), tcp(5)].concat();
    let expected = Weight { packets: 3, ip_bytes: 4500, frame_bytes: 4554 };
    assert_eq!(weighed(&frame, 4434, 4, segments_of(TCP_V4, 1460)), expected);
    let expected = Weight { packets: 1, ip_bytes: 4420, frame_bytes: 4438 };
    assert_eq!(weighed(&frame, 4434, 4, Offload::default()), expected);
    // And one in the frame: 14 + 4 + 20 + 20 + 2,920 = 2,978, two segments. IP: 2,920 + 80; frames: + 2 × 18.
    let tagged = [&frame[..12], &[0x81, 0, 0, 7], &v4(2960, 6)[12..], &tcp(5)].concat();
    check(&tagged, 2978, segments_of(TCP_V4, 1460), 2, 3000, 3036);
}

#[test]
fn what_is_no_datagram_weighs_what_it_is_whatever_the_kernel_says() {
    let frame = Frame {
        cast: Cast::Unicast,
        from: Station::NONE,
        to: Station::NONE,
        content: Content::Skipped(Skip::Llc),
    };
    let weight = weigh(&frame, &[], 60, 0, segments_of(TCP_V4, 10));
    assert_eq!(weight, Weight { packets: 1, ip_bytes: 0, frame_bytes: 60 });
}

#[test]
fn places_that_cannot_be_do_no_harm() {
    let address = Address::from("10.0.0.1".parse::<IpAddr>().unwrap());
    let datagram = Datagram {
        source: address,
        destination: address,
        bytes: 100,
        offset: 14,
        transport: 34,
        protocol: Protocol::Other,
        on_link: false,
    };
    let content = Content::Ip(datagram);
    let frame = Frame { cast: Cast::Unicast, from: Station::NONE, to: Station::NONE, content };
    for start in [0, 1, 13, 33, 100, 113, 114, u16::MAX] {
        for segment in [1, 100, u16::MAX] {
            for kind in 0..=u8::MAX {
                let offload = Offload { kind, segment, checksum_start: Some(start) };
                let weight = weigh(&frame, &[0xff; 114], 114, 0, offload);
                assert!(weight.packets <= 100 && weight.frame_bytes >= 114, "{offload:?} {weight:?}");
            }
        }
    }
}
