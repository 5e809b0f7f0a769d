//! The books: who is credited with what, and what happens when there is no room. Which addresses are one host is in
//! `hosts_tests`; the laws over random stories are replayed with the corpus of the fuzzer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::limits::Limits;
use super::rows::Row;
use super::{Accounts, Totals};
use crate::metric::Mac;
use crate::sources::wire::packet::address::Prefixes;
use crate::sources::wire::packet::superframe::{Offload, weigh};
use crate::sources::wire::packet::{self, Frame, Link, Sink};

#[path = "../../../../fuzz/bodies/wire.rs"]
pub(super) mod wire;

/// Books in which somebody's frames are counted, at a time that tests set.
pub(super) struct Books {
    pub(super) accounts: Accounts,
    pub(super) totals: Totals,
    pub(super) now: u32,
}

/// What a home has, and a global prefix.
pub(super) const HOME: [&str; 4] = ["192.168.0.0/16", "fe80::/10", "fd00::/8", "2001:db8:1::/48"];
/// Somebody outside, for everybody to talk to.
pub(super) const WORLD: &str = "203.0.113.9";
const WORLD_V6: &str = "2001:db8:ffff::9";
pub(super) const ROOMY: Limits = Limits { hosts: 64, addresses: 256, per_station: 64, per_slash64: 64 };

pub(super) fn prefixes(texts: &[&str]) -> Prefixes {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// A station by its last octet.
pub(super) fn mac(last: u8) -> [u8; 6] {
    [0x02, 0, 0, 0, 0, last]
}

impl Books {
    pub(super) fn new(limits: Limits) -> Self {
        let accounts = Accounts::new(prefixes(&HOME), limits, [1, 2]);
        Self { accounts, totals: Totals::default(), now: 1_000_000 }
    }

    pub(super) fn hear(&mut self, link: Link, octets: &[u8]) {
        let wire_bytes = octets.len() as u32;
        packet::read(link, octets, wire_bytes, &mut Ear { books: self, octets });
    }

    /// A datagram of so many bytes from one station to another.
    pub(super) fn send(&mut self, ends: (u8, u8), from: &str, to: &str, bytes: usize) {
        self.send_far((mac(ends.0), mac(ends.1)), from, to, bytes, 64);
    }

    fn send_far(&mut self, ends: wire::Ends, from: &str, to: &str, bytes: usize, hops: u8) {
        let (from, to): (IpAddr, IpAddr) = (from.parse().unwrap(), to.parse().unwrap());
        let payload = vec![0; bytes - if from.is_ipv4() { 20 } else { 40 }];
        let datagram = wire::Datagram { from, to, hops, protocol: 17, payload: &payload };
        assert_eq!(datagram.length(), bytes as u64);
        self.hear(Link::Ethernet, &datagram.on_ethernet(ends));
    }

    /// A datagram to the world by way of station 1.
    pub(super) fn out(&mut self, station: u8, from: &str, bytes: usize) {
        let to = if from.contains(':') { WORLD_V6 } else { WORLD };
        self.send((station, 1), from, to, bytes);
    }

    /// ARP: who has the gateway?
    pub(super) fn claim(&mut self, station: u8, address: &str) {
        let address: Ipv4Addr = address.parse().unwrap();
        let octets = wire::arp(mac(station), 1, (mac(station), address), Ipv4Addr::new(192, 168, 1, 254));
        self.hear(Link::Ethernet, &octets);
    }

    /// A message of neighbour discovery to all nodes.
    pub(super) fn discover(&mut self, station: u8, from: &str, payload: &[u8]) {
        let (from, to) = (from.parse().unwrap(), "ff02::1".parse().unwrap());
        let datagram = wire::Datagram { from, to, hops: 255, protocol: 58, payload };
        self.hear(Link::Ethernet, &datagram.on_ethernet((mac(station), [0x33, 0x33, 0, 0, 0, 1])));
    }

    /// A neighbour advertisement: RFC 4861 §4.4.
    pub(super) fn advertise(&mut self, station: u8, from: &str, flags: u8, target: &str) {
        let target: Ipv6Addr = target.parse().unwrap();
        self.discover(station, from, &wire::neighbour_advertisement(flags, target));
    }

    /// Every row as a line: station's last octet, label, bytes in and out.
    pub(super) fn rows(&mut self) -> Vec<String> {
        let mut rows: Vec<String> = self.accounts.rows(self.now, true).iter().map(line).collect();
        rows.sort();
        rows
    }
}

fn line(row: &Row) -> String {
    let station = row.station.map_or("--".to_owned(), |station| format!("{:02x}", Mac::from(station).0[5]));
    let label = row.address.map_or("other".to_owned(), |address| IpAddr::from(address).to_string());
    format!("{station} {label} {} {}", row.traffic.received_bytes, row.traffic.sent_bytes)
}

struct Ear<'a> {
    books: &'a mut Books,
    octets: &'a [u8],
}

impl Sink for Ear<'_> {
    fn frame(&mut self, frame: &Frame) {
        let weight = weigh(frame, self.octets, self.octets.len() as u32, 0, Offload::default());
        self.books.totals.count(frame, &weight);
        self.books.accounts.count(frame, self.octets, &weight, self.books.now);
    }
}

#[test]
fn both_ends_are_credited_with_the_length_in_the_ip_header() {
    let mut books = Books::new(ROOMY);
    books.send((0xa, 0xb), "192.168.1.7", "192.168.1.8", 100);
    books.send((0xb, 0xa), "192.168.1.8", "192.168.1.7", 60);
    books.send((0xa, 0xb), "192.168.1.7", "192.168.1.8", 1500);
    assert_eq!(books.rows(), ["0a 192.168.1.7 60 1600", "0b 192.168.1.8 1600 60"]);
    let rows = books.accounts.rows(books.now, true);
    let packets: Vec<_> =
        rows.iter().map(|row| (row.traffic.received_packets, row.traffic.sent_packets)).collect();
    assert_eq!(packets, [(1, 2), (2, 1)]);
}

#[test]
fn nobody_outside_the_prefixes_is_counted() {
    let mut books = Books::new(ROOMY);
    books.out(0xa, "192.168.1.7", 100);
    books.send((1, 0xa), WORLD, "192.168.1.7", 900);
    books.send((1, 2), WORLD, "198.51.100.4", 500);
    books.send((1, 2), "::ffff:192.168.1.7", "2001:db8:ffff::9", 500);
    assert_eq!(books.rows(), ["0a 192.168.1.7 900 100"]);
    assert_eq!(books.accounts.sizes(), (1, 1));
}

#[test]
fn what_is_sent_to_a_group_has_no_receiver() {
    let mut books = Books::new(ROOMY);
    books.send_far((mac(0xa), [0xff; 6]), "192.168.1.7", "192.168.1.255", 100, 64);
    books.send_far((mac(0xa), [0x01, 0, 0x5e, 0, 0, 0xfb]), "192.168.1.7", "224.0.0.251", 100, 64);
    books.send_far((mac(0xa), [0x33, 0x33, 0, 0, 0, 0xfb]), "fe80::7", "ff02::fb", 100, 64);
    // Not even when it is addressed to a host: it went to everybody.
    books.send_far((mac(0xa), [0xff; 6]), "192.168.1.7", "192.168.1.8", 100, 64);
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 400"]);
}

#[test]
fn everybody_is_counted_from_when_the_prefixes_change() {
    let mut books = Books::new(ROOMY);
    books.out(0xa, "192.168.1.7", 100);
    books.out(0xb, "10.0.0.7", 100);
    books.accounts.set_prefixes(prefixes(&["10.0.0.0/8"]));
    books.out(0xa, "192.168.1.7", 1000);
    books.out(0xb, "10.0.0.7", 30);
    // Who has a row keeps it.
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 100", "0b 10.0.0.7 0 30"]);
}

#[test]
fn a_link_without_stations_has_a_row_for_each_address() {
    let mut books = Books::new(ROOMY);
    for from in ["192.168.1.7", "192.168.1.8"] {
        let (from, to) = (from.parse().unwrap(), "fd00::9".parse().unwrap());
        let v6 = wire::Datagram { from: "fd00::7".parse().unwrap(), to, hops: 64, protocol: 6, payload: &[] };
        books.hear(Link::RawIp, &v6.octets());
        let to = "192.168.1.9".parse().unwrap();
        let v4 = wire::Datagram { from, to, hops: 64, protocol: 6, payload: &[0; 10] };
        books.hear(Link::RawIp, &v4.octets());
    }
    let rows = [
        "-- 192.168.1.7 0 30",
        "-- 192.168.1.8 0 30",
        "-- 192.168.1.9 60 0",
        "-- fd00::7 0 80",
        "-- fd00::9 80 0",
    ];
    assert_eq!(books.rows(), rows);
}

#[test]
fn a_station_that_is_none_or_a_group_is_not_believed() {
    let mut books = Books::new(ROOMY);
    books.send_far(([0; 6], mac(1)), "192.168.1.7", WORLD, 100, 64);
    books.send_far(([1, 0, 0, 0, 0, 9], mac(1)), "192.168.1.8", WORLD, 100, 64);
    assert_eq!(books.rows(), ["-- 192.168.1.7 0 100", "-- 192.168.1.8 0 100"]);
}

#[test]
fn who_only_receives_is_known_by_the_station_that_is_sent_to() {
    let mut books = Books::new(ROOMY);
    books.send((1, 0xa), WORLD, "192.168.1.7", 900);
    assert_eq!(books.rows(), ["0a 192.168.1.7 900 0"]);
}

#[test]
fn hosts_beyond_the_limit_share_a_row_and_are_counted_as_folded() {
    let mut books = Books::new(Limits { hosts: 2, ..ROOMY });
    for last in 1..=5u8 {
        books.out(last + 1, &format!("192.168.1.{last}"), 100);
    }
    books.send((1, 6), WORLD, "192.168.1.5", 70);
    assert_eq!(books.rows(), ["-- other 70 300", "02 192.168.1.1 0 100", "03 192.168.1.2 0 100"]);
    assert_eq!((books.accounts.folded(), books.accounts.sizes()), (4, (2, 2)));
    // A known station may still show more of itself.
    books.out(2, "fd00::1", 50);
    assert_eq!(books.rows(), ["-- other 70 300", "02 192.168.1.1 0 150", "03 192.168.1.2 0 100"]);
}

#[test]
fn made_up_addresses_of_one_network_are_capped() {
    let mut books = Books::new(Limits { per_slash64: 4, ..ROOMY });
    for last in 1..=9 {
        books.send((1, 0xa), WORLD_V6, &format!("fd00::{last}"), 100);
    }
    books.send((1, 0xa), WORLD_V6, "fd00:0:0:1::9", 50);
    assert_eq!(books.accounts.sizes().0, 5);
    assert_eq!((books.accounts.folded(), books.rows()[0].as_str()), (5, "-- other 500 0"));
}

#[test]
fn a_host_whose_address_somebody_steals_does_not_give_way_at_once() {
    let mut books = Books::new(Limits { hosts: 2, ..ROOMY });
    books.out(2, "192.168.1.2", 100);
    books.out(3, "192.168.1.3", 100);
    assert_eq!(books.rows().len(), 2);
    // One frame of ARP and one packet from a third station, and a crowd that wants in.
    books.claim(4, "192.168.1.2");
    books.out(4, "192.168.1.2", 30);
    for last in 10..20 {
        books.now += 1;
        books.out(5, &format!("192.168.1.{last}"), 20);
    }
    let rows = books.rows();
    assert!(rows.iter().any(|row| row.starts_with("02 192.168.1.2 0 1")), "{rows:?}");
    assert!(books.accounts.sizes().1 <= 2, "{rows:?}");
}

#[test]
fn who_has_no_address_yet_is_no_host() {
    let mut books = Books::new(ROOMY);
    books.accounts.set_prefixes(["0.0.0.0/0", "::/0"].iter().map(|prefix| prefix.parse().unwrap()).collect());
    books.out(2, "0.0.0.0", 300);
    books.out(2, "::", 80);
    books.out(2, "192.168.1.2", 100);
    let rows = books.rows();
    assert!(rows.contains(&"02 192.168.1.2 0 100".to_owned()), "{rows:?}");
}

#[test]
fn silent_hosts_give_way_only_when_there_is_no_room() {
    let mut books = Books::new(Limits { hosts: 2, ..ROOMY });
    books.out(2, "192.168.1.2", 100);
    // Somebody scans: this one never answers.
    books.send((1, 3), WORLD, "192.168.1.3", 60);
    books.now += 301;
    assert_eq!(books.accounts.sizes().1, 2);
    books.out(4, "192.168.1.4", 30);
    // After five minutes, who never spoke goes; what nobody has seen of it is kept.
    let rows = ["-- other 60 0", "02 192.168.1.2 0 100", "04 192.168.1.4 0 30"];
    assert_eq!((books.rows(), books.accounts.folded()), (rows.map(str::to_owned).to_vec(), 0));
    // After an hour, who has spoken.
    books.now += 3300;
    books.out(5, "192.168.1.5", 30);
    // Its row has been seen and ends: in `other` the same bytes would look as if they came at once.
    let rows = ["-- other 60 0", "04 192.168.1.4 0 30", "05 192.168.1.5 0 30"];
    assert_eq!(books.rows(), rows);
    // Who comes back has a new row.
    books.now += 3601;
    books.out(2, "192.168.1.2", 27);
    assert_eq!(books.rows(), ["-- other 60 0", "02 192.168.1.2 0 27"]);
}

#[test]
fn a_station_keeps_what_its_forgotten_addresses_counted() {
    let mut books = Books::new(Limits { per_station: 3, ..ROOMY });
    books.out(0xa, "192.168.1.7", 100);
    for last in 1..=20u32 {
        books.now += 100;
        books.out(0xa, "192.168.1.7", 21);
        books.out(0xa, &format!("fe80::{last}"), 100);
    }
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 2520"]);
    assert_eq!(books.accounts.sizes(), (3, 1));
}

#[test]
fn a_row_has_a_name_even_when_all_that_it_counted_was_forgotten() {
    let mut books = Books::new(Limits { per_station: 1, ..ROOMY });
    books.out(0xa, "192.168.1.7", 100);
    // Takes the place of the other, and has sent nothing itself.
    books.claim(0xa, "192.168.1.8");
    assert_eq!(books.rows(), ["0a 192.168.1.7 0 100"]);
}

#[test]
fn totals_know_every_frame_whoever_sent_it() {
    let mut books = Books::new(ROOMY);
    books.out(0xa, "192.168.1.7", 100);
    books.send((1, 2), WORLD, "198.51.100.4", 500);
    books.send_far((mac(0xa), [0x33, 0x33, 0, 0, 0, 0xfb]), "fe80::7", "ff02::fb", 100, 64);
    books.advertise(0xa, "fe80::7", 0x20, "fe80::7");
    books.claim(0xa, "192.168.1.7");
    // Fourteen octets of Ethernet each; the last was ARP, which is 28 octets long.
    let expected = Totals {
        frames: [2, 2, 1],
        frame_bytes: [628, 114 + 78, 42],
        packets: [[0, 2, 0, 0], [0, 1, 1, 0]],
        bytes: [[0, 600, 0, 0], [0, 100, 64, 0]],
        skipped: [1, 0, 0, 0, 0, 0, 0, 0, 0],
        superframes: 0,
    };
    assert_eq!(books.totals, expected);
    assert_eq!((books.totals.all_frames(), books.totals.ip_bytes()), (5, 764));
}
