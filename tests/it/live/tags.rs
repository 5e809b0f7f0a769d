//! VLAN tags, which the kernel takes off before anybody sees the frame, and super-frames below them.

use super::lanlord::Lanlord;
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab};
use super::traffic::{self, ethernet, ipv4, mac, udp};

const IPV4: u16 = 0x0800;
const VLAN: u16 = 0x8100;
const SERVICE_VLAN: u16 = 0x88a8;

fn sums(metrics: &Metrics) -> [u64; 4] {
    let sum = |name: &str| metrics.sum(name, &[("interface", LAN)]).unwrap();
    let host = |name: &str, ip| metrics.sum(name, &[("ip", ip)]).unwrap_or(0);
    [
        sum("wire_frames_total"),
        sum("wire_frame_bytes_total"),
        sum("wire_bytes_total"),
        host("lan_host_sent_bytes_total", "192.168.77.2"),
    ]
}

/// Sends one frame ten times; checks frames, their bytes, IP bytes, and the sender's.
fn check(what: &str, frame: Vec<u8>, ip_bytes: u64) {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let capture = lanlord.folder.path().join("frame.pcap");
    let length = frame.len() as u64;
    traffic::frames([&frame], &capture);
    assert_eq!(traffic::inject(&lab.far, FAR, &capture, 10), 10);
    let metrics = lanlord.until(what, |metrics| sums(metrics)[3] >= 10 * ip_bytes);
    assert_eq!(sums(&metrics), [10, 10 * length, 10 * ip_bytes, 10 * ip_bytes], "{what}");
}

#[test]
fn a_tag_that_the_kernel_took_off_counts_as_four_bytes_of_the_frame() {
    let datagram = ipv4(2, 1, 17, &udp(100));
    check("one tag", ethernet(mac(2), mac(1), &[VLAN, 20, IPV4], &datagram), 128);
}

#[test]
fn a_priority_tag_is_a_tag() {
    let datagram = ipv4(2, 1, 17, &udp(100));
    check("VLAN 0", ethernet(mac(2), mac(1), &[VLAN, 0x6000, IPV4], &datagram), 128);
}

#[test]
fn of_two_tags_both_count_whether_the_kernel_took_one_off_or_not() {
    let datagram = ipv4(2, 1, 17, &udp(100));
    check("QinQ", ethernet(mac(2), mac(1), &[SERVICE_VLAN, 835, VLAN, 20, IPV4], &datagram), 128);
}

/// What the kernel says in front of a super-frame (virtio 1.2 §5.1.6): flags, type, header length, segment,
/// where the checksum begins and where it goes, in the machine's byte order.
fn virtio(kind: u8, headers: u16, segment: u16, checksum_start: u16, checksum_offset: u16) -> Vec<u8> {
    let words = [headers, segment, checksum_start, checksum_offset];
    [1, kind].into_iter().chain(words.into_iter().flat_map(u16::to_ne_bytes)).collect()
}

/// TCP (RFC 9293 §3.1) with so many octets of zeros, and with 12 octets of options, as timestamps take.
fn tcp(octets: usize) -> Vec<u8> {
    let mut segment = vec![0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x80, 0x10, 0xff, 0xff, 0, 0, 0, 0];
    segment.resize(32 + octets, 1);
    segment
}

/// Sends a super-frame, and checks packets, frame bytes and IP bytes as they would be on the wire.
fn check_superframe(what: &str, types: &[u16], [kind, protocol]: [u8; 2], body: Vec<u8>, expected: [u64; 3]) {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let (transport, checksum) = if protocol == 6 { (32, 16) } else { (8, 6) };
    let network = 12 + 2 * types.len() as u16;
    let header = virtio(kind, network + 20 + transport, 1_000, network + 20, checksum);
    let frame = ethernet(mac(2), mac(1), types, &ipv4(2, 1, protocol, &body));
    let capture = lanlord.folder.path().join("frame.pcap");
    traffic::frames([&[header, frame].concat()], &capture);
    assert_eq!(traffic::inject_superframes(&lab.far, FAR, &capture), 1);
    let metrics = lanlord.until(what, |metrics| sums(metrics)[3] > 0);
    let [frames, frame_bytes, ip_bytes, host_bytes] = sums(&metrics);
    assert_eq!([frames, frame_bytes, ip_bytes], expected, "{what}");
    assert_eq!(host_bytes, ip_bytes, "{what}");
    assert_eq!(metrics.sum("lan_host_sent_packets_total", &[("ip", "192.168.77.2")]), Some(frames), "{what}");
    assert_eq!(metrics.sum("wire_superframes_total", &[]), Some(1), "{what}");
}

// 9,500 octets in segments of 1,000 are ten packets, each with all its headers:
// 20 + 32 of IPv4 and TCP, or 20 + 8 of IPv4 and UDP; 14 of Ethernet and 4 for each tag.
const PAYLOAD: usize = 9_500;

#[test]
fn a_tcp_superframe_counts_as_the_frames_that_it_stands_for() {
    check_superframe("TCP", &[IPV4], [1, 6], tcp(PAYLOAD), [10, 9_500 + 10 * (52 + 14), 9_500 + 10 * 52]);
}

#[test]
fn a_tagged_tcp_superframe_repeats_its_tag_in_every_frame() {
    let expected = [10, 9_500 + 10 * (52 + 18), 9_500 + 10 * 52];
    check_superframe("tagged TCP", &[VLAN, 20, IPV4], [1, 6], tcp(PAYLOAD), expected);
}

#[test]
fn a_udp_superframe_counts_as_the_frames_that_it_stands_for() {
    check_superframe("UDP", &[IPV4], [5, 17], udp(PAYLOAD), [10, 9_500 + 10 * (28 + 14), 9_500 + 10 * 28]);
}
