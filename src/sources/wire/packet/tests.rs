//! Frames octet by octet, as the standards draw them, and what is in each. The octets are written by hand; nothing
//! that makes them is lanlord's.

use std::net::IpAddr;
use std::time::Duration;

use lanlord_sim::frames::{Plan, Traffic};
use lanlord_sim::house::House;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::address::{Address, Station};
use super::{Cast, Claim, Content, Frame, Link, Protocol, Sink, Skip, read, read_network};

struct Kept(Option<Frame>);

impl Sink for Kept {
    fn frame(&mut self, frame: &Frame) {
        assert!(self.0.replace(*frame).is_none(), "one frame in, one frame out");
    }
}

fn cut(link: Link, octets: &[u8], wire_bytes: u32) -> Frame {
    let mut kept = Kept(None);
    read(link, octets, wire_bytes, &mut kept);
    kept.0.expect("one frame in, one frame out")
}

fn whole(link: Link, octets: &[u8]) -> Frame {
    cut(link, octets, octets.len() as u32)
}

fn address(text: &str) -> Address {
    Address::from(text.parse::<IpAddr>().unwrap())
}

const TO: [u8; 6] = [0x02, 0, 0, 0, 0, 0x0a];
const FROM: [u8; 6] = [0x02, 0, 0, 0, 0, 0x0b];
/// RFC 791 §3.1: 28 octets long, don't fragment, 64 hops, UDP; 192.168.1.7 to 10.0.0.9. Then RFC 768: ports 4 and 5,
/// length 8.
const V4: [u8; 28] = [
    0x45, 0, 0, 28, 0, 1, 0x40, 0, 64, 17, 0, 0, 192, 168, 1, 7, 10, 0, 0, 9, //
    0, 4, 0, 5, 0, 8, 0, 0,
];
/// RFC 8200 §3: 8 octets of payload, UDP, 64 hops; fd00::7 to 2001:db8::9. Then RFC 768.
const V6: [u8; 48] = [
    0x60, 0, 0, 0, 0, 8, 17, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, //
    0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 4, 0, 5, 0, 8, 0, 0,
];

/// An Ethernet header up to and without the type (IEEE 802.3 §3.1.1), and what follows.
fn ethernet(rest: &[&[u8]]) -> Vec<u8> {
    [&TO[..], &FROM].into_iter().chain(rest.iter().copied()).flatten().copied().collect()
}

#[track_caller]
fn check_v4(frame: Frame, offset: u32) {
    let Content::Ip(datagram) = frame.content else { panic!("{frame:?}") };
    assert_eq!((datagram.source, datagram.destination), (address("192.168.1.7"), address("10.0.0.9")));
    assert_eq!((datagram.bytes, datagram.offset, datagram.transport), (28, offset, offset + 20));
    assert_eq!((datagram.protocol, datagram.on_link), (Protocol::Udp, false));
}

#[track_caller]
fn check_v6(frame: Frame, offset: u32) {
    let Content::Ip(datagram) = frame.content else { panic!("{frame:?}") };
    assert_eq!((datagram.source, datagram.destination), (address("fd00::7"), address("2001:db8::9")));
    assert_eq!((datagram.bytes, datagram.offset, datagram.transport), (48, offset, offset + 40));
    assert_eq!((datagram.protocol, datagram.on_link), (Protocol::Udp, false));
}

#[track_caller]
fn check_skip(link: Link, octets: &[u8], reason: Skip) {
    assert_eq!(whole(link, octets).content, Content::Skipped(reason));
}

#[test]
fn ethernet_frames_say_who_and_to_whom() {
    let frame = whole(Link::Ethernet, &ethernet(&[&[0x08, 0x00], &V4]));
    check_v4(frame, 14);
    assert_eq!((frame.from, frame.to, frame.cast), (Station::new(FROM), Station::new(TO), Cast::Unicast));
    check_v6(whole(Link::Ethernet, &ethernet(&[&[0x86, 0xdd], &V6])), 14);
    // The padding of a short frame (IEEE 802.3 §3.2.8: 64 octets with the check sequence) is no part of the datagram.
    check_v4(whole(Link::Ethernet, &ethernet(&[&[0x08, 0x00], &V4, &[0; 18]])), 14);
}

#[test]
fn the_first_octets_of_a_frame_say_whether_it_is_for_one_or_many() {
    for (to, cast) in [
        ([0xff; 6], Cast::Broadcast),
        // RFC 1112 §6.4, RFC 2464 §7.
        ([0x01, 0x00, 0x5e, 0, 0, 0xfb], Cast::Multicast),
        ([0x33, 0x33, 0, 0, 0, 1], Cast::Multicast),
        ([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff], Cast::Unicast),
    ] {
        let frame = [&to[..], &FROM, &[0x08, 0x00], &V4].concat();
        assert_eq!(whole(Link::Ethernet, &frame).cast, cast, "{to:x?}");
    }
}

#[test]
fn up_to_three_tags_are_stepped_over() {
    // IEEE 802.1Q §9.6: customer 0x8100, service 0x88a8; 0x9100 is older than both. Then two octets of control.
    let (customer, service, old): ([u8; 4], [u8; 4], [u8; 4]) =
        ([0x81, 0x00, 0x20, 20], [0x88, 0xa8, 0, 100], [0x91, 0x00, 0, 1]);
    let cases: [&[&[u8]]; 5] = [
        &[&customer],
        &[&service, &customer],
        &[&old, &customer],
        &[&customer, &customer],
        &[&service, &service, &customer],
    ];
    for tags in cases {
        let offset = 14 + 4 * tags.len() as u32;
        check_v4(whole(Link::Ethernet, &ethernet(&[tags, &[&[0x08, 0x00], &V4]].concat())), offset);
        check_v6(whole(Link::Ethernet, &ethernet(&[tags, &[&[0x86, 0xdd], &V6]].concat())), offset);
    }
    let four = ethernet(&[&service, &customer, &customer, &customer, &[0x08, 0x00], &V4]);
    check_skip(Link::Ethernet, &four, Skip::VlanDepth);
    check_skip(Link::Ethernet, &ethernet(&[&customer, &[0x08]]), Skip::TruncatedLink);
}

#[test]
fn a_length_instead_of_a_type_is_llc() {
    // IEEE 802.1D §9.3.1, a spanning tree message: length 38, then LLC.
    check_skip(Link::Ethernet, &ethernet(&[&[0, 38, 0x42, 0x42, 0x03], &[0; 35]]), Skip::Llc);
    // 1,500 octets are still a length, 1,536 is the first type; nobody uses it.
    check_skip(Link::Ethernet, &ethernet(&[&[0x05, 0xdc, 0xaa, 0xaa, 0x03]]), Skip::Llc);
    check_skip(Link::Ethernet, &ethernet(&[&[0x05, 0xff]]), Skip::Llc);
    check_skip(Link::Ethernet, &ethernet(&[&[0x06, 0x00]]), Skip::OtherProtocol);
    // Link layer discovery, IEEE 802.1AB §8.3; loop back, RFC 7042 appendix B.
    check_skip(Link::Ethernet, &ethernet(&[&[0x88, 0xcc, 2, 7]]), Skip::OtherProtocol);
    check_skip(Link::Ethernet, &ethernet(&[&[0x90, 0x00]]), Skip::OtherProtocol);
    // Tagged LLC.
    check_skip(Link::Ethernet, &ethernet(&[&[0x81, 0, 0, 1, 0, 38]]), Skip::Llc);
}

#[test]
fn pppoe_sessions_are_unwrapped() {
    // RFC 2516 §4: version 1, type 1, session data, session 0x11, length; then PPP's protocol number.
    let session =
        |length: u8, protocol: [u8; 2]| [&[0x88, 0x64, 0x11, 0, 0, 0x11, 0, length][..], &protocol].concat();
    // RFC 1332 §2, RFC 5072 §2, RFC 1661 §2: IPv4, IPv6, link control.
    check_v4(whole(Link::Ethernet, &ethernet(&[&session(30, [0x00, 0x21]), &V4])), 22);
    check_v6(whole(Link::Ethernet, &ethernet(&[&session(50, [0x00, 0x57]), &V6])), 22);
    let echo = [9, 0, 0, 8, 0, 0, 0, 0];
    check_skip(Link::Ethernet, &ethernet(&[&session(10, [0xc0, 0x21]), &echo]), Skip::PppControl);
    // Behind a tag, as providers do it.
    let tag = [0x81, 0, 0, 7];
    check_v4(whole(Link::Ethernet, &ethernet(&[&tag, &session(30, [0x00, 0x21]), &V4])), 26);
    // RFC 2516 §5.1: discovery, PADI.
    let padi = [0x88, 0x63, 0x11, 0x09, 0, 0, 0, 4, 1, 1, 0, 0];
    check_skip(Link::Ethernet, &ethernet(&[&padi]), Skip::PppControl);
    // A session frame with the code of discovery.
    let padt = [0x88, 0x64, 0x11, 0xa7, 0, 0x11, 0, 2, 0, 0x21];
    check_skip(Link::Ethernet, &ethernet(&[&padt, &V4]), Skip::PppControl);
    check_skip(Link::Ethernet, &ethernet(&[&padt[..9]]), Skip::TruncatedLink);
}

/// `LINKTYPE_LINUX_SLL` at tcpdump.org: packet type, ARPHRD type, address length, address in eight octets, protocol.
fn sll(kind: u8, hardware: u16, address_length: u8, protocol: [u8; 2], rest: &[u8]) -> Vec<u8> {
    let [high, low] = hardware.to_be_bytes();
    [&[0, kind, high, low, 0, address_length][..], &FROM, &[0, 0], &protocol, rest].concat()
}

#[test]
fn cooked_frames_know_their_sender() {
    let frame = whole(Link::Sll, &sll(0, 1, 6, [0x08, 0x00], &V4));
    check_v4(frame, 16);
    assert_eq!((frame.from, frame.to, frame.cast), (Station::new(FROM), Station::NONE, Cast::Unicast));
    check_v6(whole(Link::Sll, &sll(4, 1, 6, [0x86, 0xdd], &V6)), 16);
    let cast = |kind| whole(Link::Sll, &sll(kind, 1, 6, [0x08, 0x00], &V4)).cast;
    let seen: Vec<Cast> = (0..5).map(cast).collect();
    assert_eq!(seen, [Cast::Unicast, Cast::Broadcast, Cast::Multicast, Cast::Unicast, Cast::Unicast]);
    // A tunnel (ARPHRD_NONE, 0xfffe) has no address; nor has one with an address of eight octets.
    assert_eq!(whole(Link::Sll, &sll(0, 0xfffe, 0, [0x08, 0x00], &V4)).from, Station::NONE);
    assert_eq!(whole(Link::Sll, &sll(0, 1, 8, [0x08, 0x00], &V4)).from, Station::NONE);
    check_skip(Link::Sll, &sll(0, 1, 6, [0x08, 0x06], &[])[..15], Skip::TruncatedLink);
    // A protocol of 4 is 802.2 LLC there.
    check_skip(Link::Sll, &sll(0, 1, 6, [0, 4], &[0x42, 0x42, 3]), Skip::Llc);
}

/// `LINKTYPE_LINUX_SLL2` at tcpdump.org: protocol, reserved, interface, ARPHRD type, packet type, address length,
/// address in eight octets.
fn sll2(kind: u8, protocol: [u8; 2], rest: &[u8]) -> Vec<u8> {
    [&protocol[..], &[0, 0, 0, 0, 0, 3, 0, 1, kind, 6], &FROM, &[0, 0], rest].concat()
}

#[test]
fn cooked_frames_of_the_second_version_may_have_tags_behind() {
    let frame = whole(Link::Sll2, &sll2(0, [0x08, 0x00], &V4));
    check_v4(frame, 20);
    assert_eq!((frame.from, frame.to, frame.cast), (Station::new(FROM), Station::NONE, Cast::Unicast));
    check_v6(whole(Link::Sll2, &sll2(0, [0x86, 0xdd], &V6)), 20);
    let tagged = [&[0, 20, 0x08, 0x00][..], &V4].concat();
    check_v4(whole(Link::Sll2, &sll2(0, [0x81, 0x00], &tagged)), 24);
    assert_eq!(whole(Link::Sll2, &sll2(1, [0x08, 0x00], &V4)).cast, Cast::Broadcast);
    assert_eq!(whole(Link::Sll2, &sll2(2, [0x08, 0x00], &V4)).cast, Cast::Multicast);
    check_skip(Link::Sll2, &sll2(0, [0x08, 0x00], &[])[..19], Skip::TruncatedLink);
    // ARP in a cooked capture claims nothing: only whose frame it is would be known.
    assert_eq!(whole(Link::Sll2, &sll2(1, [0x08, 0x06], &ARP[2..])).content, Content::Arp(None));
}

#[test]
fn datagrams_without_a_link_header_are_told_by_their_version() {
    let frame = whole(Link::RawIp, &V4);
    check_v4(frame, 0);
    assert_eq!((frame.from, frame.to, frame.cast), (Station::NONE, Station::NONE, Cast::Unicast));
    check_v6(whole(Link::RawIp, &V6), 0);
    check_skip(Link::RawIp, &[0x50, 0, 0, 0], Skip::OtherProtocol);
    check_skip(Link::RawIp, &[], Skip::TruncatedIp);
    check_v4(read_network(0x0800, &V4, 28), 0);
    check_v6(read_network(0x86dd, &V6, 48), 0);
    assert_eq!(read_network(0x88cc, &[2, 7], 2).content, Content::Skipped(Skip::OtherProtocol));
}

#[test]
fn loopback_families_are_those_of_every_system_in_either_order() {
    // `LINKTYPE_NULL` at tcpdump.org: AF_INET is 2 everywhere; AF_INET6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD,
    // 30 on Darwin, and 10 on Linux.
    for (family, v4) in [(2u32, true), (10, false), (24, false), (28, false), (30, false)] {
        for header in [family.to_le_bytes(), family.to_be_bytes()] {
            match v4 {
                true => check_v4(whole(Link::Loopback, &[&header[..], &V4].concat()), 4),
                false => check_v6(whole(Link::Loopback, &[&header[..], &V6].concat()), 4),
            }
        }
    }
    // OSI (7) and AF_UNSPEC.
    check_skip(Link::Loopback, &[0, 0, 0, 7], Skip::OtherProtocol);
    check_skip(Link::Loopback, &[0, 0, 0, 0], Skip::OtherProtocol);
    check_skip(Link::Loopback, &[2, 0, 0], Skip::TruncatedLink);
}

#[test]
fn link_types_are_those_of_the_registry() {
    for (number, link) in [
        (0, Some(Link::Loopback)),
        (1, Some(Link::Ethernet)),
        (101, Some(Link::RawIp)),
        (108, Some(Link::Loopback)),
        (113, Some(Link::Sll)),
        (228, Some(Link::RawIp)),
        (229, Some(Link::RawIp)),
        (276, Some(Link::Sll2)),
        // Token ring, 802.11, 802.11 with radiotap.
        (6, None),
        (105, None),
        (127, None),
    ] {
        assert_eq!(Link::from_file(number), link, "{number}");
    }
}

/// IPv4 with some octets changed, as raw IP; what there is after `captured` was cut off.
fn v4_with(changes: &[(usize, u8)], captured: usize, wire_bytes: u32) -> Content {
    let mut octets = V4;
    for &(at, value) in changes {
        octets[at] = value;
    }
    cut(Link::RawIp, &octets[..captured], wire_bytes).content
}

fn bytes(content: Content) -> u32 {
    let Content::Ip(datagram) = content else { panic!("{content:?}") };
    datagram.bytes
}

#[test]
fn ipv4_lengths_are_believed_as_far_as_the_frame_goes() {
    assert_eq!(bytes(v4_with(&[], 28, 28)), 28);
    // Cut off behind the header: the length on the wire counts.
    assert_eq!(bytes(v4_with(&[], 20, 28)), 28);
    // Longer than the frame; 0 because the field is too short for it, or was left to the hardware.
    assert_eq!(bytes(v4_with(&[(2, 0xff), (3, 0xff)], 28, 28)), 28);
    assert_eq!(bytes(v4_with(&[(3, 0)], 28, 28)), 28);
    assert_eq!(bytes(v4_with(&[(3, 0)], 28, 70_000)), 70_000);
    // Shorter than its header, and a header shorter than any.
    assert_eq!(v4_with(&[(3, 19)], 28, 28), Content::Skipped(Skip::BadIpHeader));
    assert_eq!(v4_with(&[(0, 0x44)], 28, 28), Content::Skipped(Skip::BadIpHeader));
    assert_eq!(v4_with(&[(0, 0x4f)], 28, 28), Content::Skipped(Skip::BadIpHeader));
    assert_eq!(bytes(v4_with(&[(3, 20)], 28, 28)), 20);
    assert_eq!(v4_with(&[], 19, 28), Content::Skipped(Skip::TruncatedIp));
    // What the type calls IPv4 but the version does not.
    let wrong = ethernet(&[&[0x08, 0x00], &[0x65], &V4[1..]]);
    check_skip(Link::Ethernet, &wrong, Skip::BadIpHeader);
}

#[test]
fn ipv4_options_are_stepped_over() {
    // RFC 2113 §2.1: router alert, four octets; so the header has six words.
    let octets = [&[0x46, 0, 0, 32], &V4[4..20], &[0x94, 4, 0, 0], &V4[20..]].concat();
    let Content::Ip(datagram) = whole(Link::RawIp, &octets).content else { panic!("no datagram") };
    assert_eq!((datagram.bytes, datagram.transport, datagram.protocol), (32, 24, Protocol::Udp));
    // All forty octets of options.
    let octets = [&[0x4f, 0, 0, 68], &V4[4..20], &[1; 40], &V4[20..]].concat();
    let Content::Ip(datagram) = whole(Link::RawIp, &octets).content else { panic!("no datagram") };
    assert_eq!((datagram.bytes, datagram.transport), (68, 60));
}

#[test]
fn every_fragment_of_ipv4_counts_by_its_own_header() {
    // RFC 791 §3.1, flags and offset: more fragments; then offset 185, the last.
    for flags in [[0x20, 0x00], [0x20, 0xb9], [0x00, 0xb9]] {
        let content = v4_with(&[(6, flags[0]), (7, flags[1])], 28, 28);
        let Content::Ip(datagram) = content else { panic!("{content:?}") };
        assert_eq!((datagram.bytes, datagram.protocol), (28, Protocol::Udp));
    }
}

#[test]
fn protocols_are_those_of_the_registry() {
    let numbers = [
        (1, Protocol::Icmp),
        (6, Protocol::Tcp),
        (17, Protocol::Udp),
        // IPv6 in IPv4, GRE, ESP, and ICMPv6 where it does not belong.
        (41, Protocol::Other),
        (47, Protocol::Other),
        (50, Protocol::Other),
        (58, Protocol::Other),
    ];
    for (number, protocol) in numbers {
        let content = v4_with(&[(9, number)], 28, 28);
        let Content::Ip(datagram) = content else { panic!("{content:?}") };
        assert_eq!(datagram.protocol, protocol, "{number}");
    }
}

/// An IPv6 datagram with that first next-header number and that payload.
fn v6_with(next: u8, payload: &[u8]) -> Vec<u8> {
    [&[0x60, 0, 0, 0, 0, payload.len() as u8, next, 64], &V6[8..40], payload].concat()
}

#[track_caller]
fn check_chain(next: u8, payload: &[u8], protocol: Protocol, transport: u32) {
    let octets = v6_with(next, payload);
    let Content::Ip(datagram) = whole(Link::RawIp, &octets).content else { panic!("no datagram") };
    assert_eq!((datagram.protocol, datagram.transport), (protocol, transport));
    assert_eq!(datagram.bytes, octets.len() as u32);
}

#[test]
fn ipv6_extension_headers_are_stepped_over() {
    let udp = [0, 4, 0, 5, 0, 8, 0, 0];
    // RFC 8200 §4.3, §4.4, §4.6, RFC 6275 §6.1, RFC 7401 §5.1, RFC 5533 §5.1: next, length in units of eight
    // octets less the first; hop-by-hop, routing, destination, mobility, host identity, shim.
    for kind in [0, 43, 60, 135, 139, 140] {
        check_chain(kind, &[&[17, 0, 1, 4, 0, 0, 0, 0][..], &udp].concat(), Protocol::Udp, 48);
        check_chain(kind, &[&[6, 1][..], &[0; 14], &[0; 20]].concat(), Protocol::Tcp, 56);
    }
    // RFC 4302 §2: an authentication header's length is in units of four octets, less two.
    check_chain(51, &[&[17, 4][..], &[0; 22], &udp].concat(), Protocol::Udp, 64);
    // Encrypted (50) and nothing (59) are the end of what can be known; so is a number nobody assigned.
    for kind in [50, 59, 253] {
        check_chain(kind, &[0; 16], Protocol::Other, 40);
    }
    // A chain: hop-by-hop, destination, routing, ICMPv6.
    let chain = [[60, 0, 1, 4, 0, 0, 0, 0], [43, 0, 1, 4, 0, 0, 0, 0], [58, 0, 0, 0, 0, 0, 0, 0]].concat();
    check_chain(0, &[&chain[..], &[128, 0, 0, 0]].concat(), Protocol::Icmp, 64);
}

#[test]
fn the_walk_over_extension_headers_ends() {
    let seven = [60, 0, 1, 4, 0, 0, 0, 0].repeat(7);
    let last = [17, 0, 1, 4, 0, 0, 0, 0];
    let chain = |count: usize| [&[60, 0, 1, 4, 0, 0, 0, 0].repeat(count - 1)[..], &last, &[0; 8]].concat();
    // Seven headers are walked and the eighth step finds UDP; behind more, nothing is known.
    check_chain(60, &chain(7), Protocol::Udp, 96);
    check_chain(60, &chain(8), Protocol::Other, 104);
    check_chain(60, &chain(20), Protocol::Other, 104);
    // Cut off within the chain.
    let octets = v6_with(60, &seven);
    for captured in 40..octets.len() {
        let frame = cut(Link::RawIp, &octets[..captured], octets.len() as u32);
        let Content::Ip(datagram) = frame.content else { panic!("{frame:?}") };
        assert_eq!((datagram.protocol, datagram.bytes), (Protocol::Other, 96), "{captured}");
    }
}

#[test]
fn fragments_of_ipv6_are_what_their_header_says() {
    // RFC 8200 §4.5: next, reserved, offset in units of eight octets with the flag "more", identification.
    let first = [17, 0, 0, 1, 0, 0, 0, 1];
    check_chain(44, &[&first[..], &[0; 8]].concat(), Protocol::Udp, 48);
    // A later fragment has payload behind, even where it looks like another header.
    for (next, protocol) in
        [(17, Protocol::Udp), (6, Protocol::Tcp), (58, Protocol::Icmp), (60, Protocol::Other)]
    {
        check_chain(44, &[next, 0, 0x05, 0xa8, 0, 0, 0, 1, 17, 0, 0, 0, 0, 0, 0, 0], protocol, 48);
    }
    // A first fragment may have more headers.
    let chain = [60, 0, 0, 1, 0, 0, 0, 1, 6, 0, 1, 4, 0, 0, 0, 0, 0, 0, 0, 0];
    check_chain(44, &chain, Protocol::Tcp, 56);
}

#[test]
fn ipv6_lengths_are_believed_as_far_as_the_frame_goes() {
    let mut octets = V6;
    let length = |octets: &[u8], wire_bytes: u32| bytes(cut(Link::RawIp, octets, wire_bytes).content);
    assert_eq!(length(&octets, 48), 48);
    // Padding, and a claim beyond the frame.
    assert_eq!(length(&octets, 60), 48);
    octets[4..6].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(length(&octets, 48), 48);
    // RFC 2675 §3: a jumbogram has no length here but a hop-by-hop header with its length; 70,000 octets of payload.
    let jumbo = [&v6_with(0, &[])[..], &[6, 0, 0xc2, 4, 0, 0x01, 0x11, 0x70]].concat();
    assert_eq!(length(&jumbo, 70_040), 70_040);
    // Without one, it is a header and nothing else.
    assert_eq!(length(&v6_with(59, &[]), 60), 40);
    assert_eq!(cut(Link::RawIp, &V6, 39).content, Content::Skipped(Skip::BadIpHeader));
    assert_eq!(whole(Link::RawIp, &V6[..39]).content, Content::Skipped(Skip::TruncatedIp));
    check_skip(Link::Ethernet, &ethernet(&[&[0x86, 0xdd], &[0x45], &V6[1..]]), Skip::BadIpHeader);
}

#[test]
fn a_hop_limit_of_255_was_forwarded_by_nobody() {
    let mut octets = V6;
    octets[7] = 255;
    let Content::Ip(datagram) = whole(Link::RawIp, &octets).content else { panic!("no datagram") };
    assert!(datagram.on_link);
    octets[7] = 254;
    let Content::Ip(datagram) = whole(Link::RawIp, &octets).content else { panic!("no datagram") };
    assert!(!datagram.on_link);
}

/// RFC 826, "Packet format", from the type on: Ethernet, IPv4, lengths 6 and 4, request; the sender's addresses and
/// the target's.
const ARP: [u8; 30] = [
    0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, 1, 0x02, 0, 0, 0, 0, 0x0b, 192, 168, 1, 7, //
    0, 0, 0, 0, 0, 0, 192, 168, 1, 1,
];

#[test]
fn arp_claims_an_address_for_its_sender_and_for_nobody_else() {
    let claim = Content::Arp(Some(Claim { address: address("192.168.1.7") }));
    let with = |at: usize, value: u8| {
        let mut arp = ARP;
        arp[at] = value;
        whole(Link::Ethernet, &ethernet(&[&arp])).content
    };
    assert_eq!(with(9, 1), claim);
    // A reply claims as well, and so does an announcement behind tags.
    assert_eq!(with(9, 2), claim);
    let tag = [0x81, 0, 0, 7];
    assert_eq!(whole(Link::Ethernet, &ethernet(&[&tag, &ARP])).content, claim);
    assert_eq!(whole(Link::Ethernet, &ethernet(&[&tag, &tag, &tag, &ARP])).content, claim);
    // Another sender than the frame's (proxies, repeaters); another hardware, protocol or length.
    assert_eq!(with(15, 0x0c), Content::Arp(None));
    assert_eq!(with(3, 6), Content::Arp(None));
    assert_eq!(with(4, 0x86), Content::Arp(None));
    assert_eq!(with(6, 8), Content::Arp(None));
    // RFC 5227 §1.1: a probe is from address zero, and takes nothing.
    let probe = [&ARP[..16], &[0; 4], &ARP[20..]].concat();
    assert_eq!(whole(Link::Ethernet, &ethernet(&[&probe])).content, Content::Arp(None));
    // Cut off within the sender's address.
    for captured in 14..32 {
        let frame = &ethernet(&[&ARP])[..captured];
        assert_eq!(cut(Link::Ethernet, frame, 42).content, Content::Arp(None), "{captured}");
    }
}

/// One frame of each kind above, for each link.
fn good_frames() -> Vec<(Link, Vec<u8>)> {
    let pppoe = [0x88, 0x64, 0x11, 0, 0, 0x11, 0, 30, 0, 0x21];
    let chain = v6_with(0, &[60, 0, 1, 4, 0, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 1]);
    vec![
        (Link::Ethernet, ethernet(&[&[0x08, 0x00], &V4])),
        (Link::Ethernet, ethernet(&[&[0x86, 0xdd], &V6])),
        (Link::Ethernet, ethernet(&[&[0x86, 0xdd], &chain])),
        (Link::Ethernet, ethernet(&[&[0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 0x08, 0x00], &V4])),
        (Link::Ethernet, ethernet(&[&pppoe, &V4])),
        (Link::Ethernet, ethernet(&[&ARP])),
        (Link::Sll, sll(0, 1, 6, [0x08, 0x00], &V4)),
        (Link::Sll2, sll2(0, [0x86, 0xdd], &V6)),
        (Link::RawIp, V4.to_vec()),
        (Link::RawIp, chain),
        (Link::Loopback, [&[2, 0, 0, 0][..], &V4].concat()),
    ]
}

fn check_sane(frame: &Frame, wire_bytes: u32) {
    if let Content::Ip(datagram) = &frame.content {
        assert!(datagram.offset + datagram.bytes <= wire_bytes, "{frame:?} of {wire_bytes}");
        assert!(datagram.transport >= datagram.offset + 20, "{frame:?}");
    }
}

#[test]
fn every_beginning_of_a_good_frame_is_skipped_or_is_the_same_datagram() {
    for (link, octets) in good_frames() {
        let wire_bytes = octets.len() as u32;
        let all = whole(link, &octets);
        for captured in 0..octets.len() {
            let frame = cut(link, &octets[..captured], wire_bytes);
            check_sane(&frame, wire_bytes);
            match (frame.content, all.content) {
                (Content::Ip(part), Content::Ip(all)) => {
                    assert_eq!((part.source, part.destination), (all.source, all.destination));
                    assert_eq!(part.bytes, all.bytes);
                }
                (Content::Skipped(reason), _) => {
                    assert!(matches!(reason, Skip::TruncatedLink | Skip::TruncatedIp), "{reason:?}");
                }
                (content, all) => assert!(matches!(content, Content::Arp(_)), "{content:?} of {all:?}"),
            }
            // The same octets as a frame that was no longer on the wire.
            check_sane(&whole(link, &octets[..captured]), captured as u32);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64, failure_persistence: None, rng_seed: RngSeed::Fixed(6), ..ProptestConfig::default()
    })]

    #[test]
    fn damaged_frames_of_a_house_are_never_longer_than_they_were(
        seed in any::<u64>(),
        damage in proptest::collection::vec((any::<u16>(), any::<u16>(), any::<u8>()), 200..400),
    ) {
        let house = House::new(seed, 12);
        let mut traffic = Traffic::new(&house, Plan { packets: 120, duration: Duration::from_secs(60) });
        let mut damage = damage.into_iter().cycle();
        while let Some(frame) = traffic.next_frame() {
            let mut octets = frame.bytes.to_vec();
            for _ in 0..4 {
                let Some((at, length, value)) = damage.next() else { break };
                // Headers are in front, so that is where most of the damage goes.
                let reach = octets.len().min(80);
                octets[usize::from(at) % reach] ^= value;
                let captured = usize::from(length) % (octets.len() + 1);
                for link in [Link::Ethernet, Link::Sll, Link::Sll2, Link::RawIp, Link::Loopback] {
                    let wire_bytes = octets.len() as u32;
                    check_sane(&cut(link, &octets[..captured], wire_bytes), wire_bytes);
                    check_sane(&whole(link, &octets[..captured]), captured as u32);
                }
            }
        }
    }
}
