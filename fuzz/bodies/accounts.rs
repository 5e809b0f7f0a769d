//! A small world of stations and addresses that lie, move, come and go, while the books have hardly any room, the clock
//! jumps and the configuration changes. Whatever happens: no counter goes back, nothing is lost or counted twice, rows
//! have different labels, nothing grows.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use super::wire::{self, Datagram};
use lanlord::metric::Traffic;
use lanlord::sources::wire::accounts::Accounts;
use lanlord::sources::wire::accounts::limits::Limits;
use lanlord::sources::wire::devices::Devices;
use lanlord::sources::wire::packet::address::Prefixes;
use lanlord::sources::wire::packet::superframe::{Offload, weigh};
use lanlord::sources::wire::packet::{self, Frame, Link, Sink};

/// Plays the story that the bytes tell, and panics where a law is broken.
pub fn run(bytes: &[u8]) {
    let mut story = Story(bytes);
    let mut world = World::new(limits(&mut story));
    while !story.0.is_empty() {
        world.step(&mut story);
        world.check_sizes();
    }
    world.snapshot(false);
    world.snapshot(true);
}

fn limits(story: &mut Story) -> Limits {
    Limits {
        hosts: 1 + story.below(6),
        addresses: 1 + story.below(12),
        per_station: 1 + story.below(5),
        per_slash64: 1 + story.below(5),
    }
}

/// Bytes as decisions; zero when there are no more.
struct Story<'a>(&'a [u8]);

impl Story<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    fn below(&mut self, limit: u8) -> usize {
        usize::from(self.byte() % limit)
    }
}

struct World {
    accounts: Accounts,
    /// The largest that there were: who is above smaller ones stays.
    limits: Limits,
    now: u32,
    /// Bytes by name, and how hosts are named at present.
    devices: Devices,
    naming: u8,
    /// What each name has shown.
    named: HashMap<Arc<str>, u64>,
    prefixes: usize,
    /// What was counted, by our own reckoning.
    credited: Traffic,
    /// The latest row of each host that had one.
    shown: HashMap<u64, Traffic>,
}

/// Whom we count, as configuration would say it.
const PREFIXES: [&[&str]; 4] = [
    &["192.168.0.0/16", "fe80::/10", "fd00::/8"],
    &["192.168.1.0/24"],
    &["fd00::/64", "fe80::/64"],
    &["0.0.0.0/0", "::/0"],
];

impl World {
    fn new(limits: Limits) -> Self {
        Self {
            accounts: Accounts::new(prefixes(0), limits, [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210]),
            limits,
            now: 1_000_000,
            devices: Devices::default(),
            naming: 0,
            named: HashMap::new(),
            prefixes: 0,
            credited: Traffic::default(),
            shown: HashMap::new(),
        }
    }

    fn step(&mut self, story: &mut Story) {
        match story.below(16) {
            0..=6 => self.datagram(story, 64),
            7 => self.datagram(story, 255),
            8 => self.discovery(story),
            9 | 10 => {
                let (station, address) = (station(story.byte()), v4(story.byte()));
                let sender = if story.byte().is_multiple_of(8) { [2, 0, 0, 0, 0, 0x77] } else { station };
                self.hear(&wire::arp(station, 1, (sender, address), v4(0)), Link::Ethernet);
            }
            11 => self.now = self.now.saturating_add(u32::from(story.byte())),
            12 => self.now = self.now.saturating_add(u32::from(story.byte()) * 60),
            13 => self.now = self.now.saturating_sub(u32::from(story.byte()) * 30),
            14 => self.snapshot(story.byte().is_multiple_of(2)),
            _ => self.reload(story),
        }
    }

    /// Another configuration.
    fn reload(&mut self, story: &mut Story) {
        self.prefixes = story.below(PREFIXES.len() as u8);
        self.accounts.set_prefixes(prefixes(self.prefixes));
        if story.byte().is_multiple_of(4) {
            let limits = limits(story);
            self.accounts.set_limits(limits);
            self.limits.hosts = self.limits.hosts.max(limits.hosts);
            self.limits.addresses = self.limits.addresses.max(limits.addresses);
            self.naming = story.byte();
        }
    }

    fn datagram(&mut self, story: &mut Story, hops: u8) {
        let ends = ends(story.byte());
        let (from, to, length) = (story.byte(), story.byte(), story.below(64));
        let (from, to) = if from.is_multiple_of(2) {
            (IpAddr::V4(v4(from / 2)), IpAddr::V4(v4(to)))
        } else {
            (IpAddr::V6(v6(from / 2)), IpAddr::V6(v6(to)))
        };
        let payload = vec![0; length];
        self.send(ends, &Datagram { from, to, hops, protocol: 17, payload: &payload });
    }

    fn discovery(&mut self, story: &mut Story) {
        let ends = ends(story.byte());
        let (from, target, kind) = (v6(story.byte()), v6(story.byte()), story.byte());
        let payload = if kind % 4 == 0 {
            wire::router_advertisement()
        } else {
            wire::neighbour_advertisement(kind & 0xe0, target)
        };
        let (from, to) = (from.into(), v6(0).into());
        self.send(ends, &Datagram { from, to, hops: 255, protocol: 58, payload: &payload });
    }

    /// Sends it, over Ethernet or where there are no stations, and reckons who is to be credited with it.
    fn send(&mut self, ends: Option<wire::Ends>, datagram: &Datagram) {
        let bytes = datagram.length();
        if self.counts(datagram.from) {
            self.credited.sent_packets += 1;
            self.credited.sent_bytes += bytes;
        }
        // The lowest bit of the first octet is a group's.
        let to_one = ends.is_none_or(|(_, to)| to[0] & 1 == 0);
        if to_one && self.counts(datagram.to) {
            self.credited.received_packets += 1;
            self.credited.received_bytes += bytes;
        }
        match ends {
            Some(ends) => self.hear(&datagram.on_ethernet(ends), Link::Ethernet),
            None => self.hear(&datagram.octets(), Link::RawIp),
        }
    }

    fn counts(&self, address: IpAddr) -> bool {
        PREFIXES[self.prefixes]
            .iter()
            .any(|prefix| prefix.parse::<ipnet::IpNet>().is_ok_and(|prefix| prefix.contains(&address)))
    }

    fn hear(&mut self, octets: &[u8], link: Link) {
        let Self { accounts, now, .. } = self;
        packet::read(link, octets, octets.len() as u32, &mut Ear { accounts, octets, now: *now });
    }

    fn check_sizes(&self) {
        let (addresses, hosts) = self.accounts.sizes();
        assert!(addresses <= self.limits.addresses, "{addresses} addresses with {:?}", self.limits);
        assert!(hosts <= self.limits.hosts + 1, "{hosts} hosts with {:?}", self.limits);
    }

    fn snapshot(&mut self, all: bool) {
        let (mut labels, mut serials) = (HashSet::new(), HashSet::new());
        let mut sum = Traffic::default();
        let rows: Vec<_> = self.accounts.rows(self.now, all).into_iter().filter(|row| row.settled).collect();
        // Some hosts share a name, and a reload gives others theirs.
        let name = |serial: u64| Arc::from(format!("name-{}", (serial + u64::from(self.naming)) % 3));
        let hosts = rows.iter().map(|row| (row.serial, name(row.serial), row.traffic.bytes()));
        self.devices.update(hosts, usize::MAX);
        for (name, bytes) in self.devices.all() {
            let before = self.named.insert(Arc::clone(&name), bytes).unwrap_or_default();
            assert!(bytes >= before, "{name} has {bytes} and had {before}");
        }
        for row in rows {
            assert!(labels.insert((row.station, row.address)), "two rows for {row:?}");
            let before = self.shown.insert(row.serial, row.traffic).unwrap_or_default();
            assert!(at_least(row.traffic, before), "{row:?} had {before:?}");
            sum += row.traffic;
            serials.insert(row.serial);
        }
        assert!(at_least(self.credited, sum), "rows have {sum:?} of {:?}", self.credited);
        if all {
            // Rows that have ended had what they said last.
            for (_, last) in self.shown.iter().filter(|(serial, _)| !serials.contains(serial)) {
                sum += *last;
            }
            assert_eq!(sum, self.credited, "what all rows have and had, and what was counted");
        }
    }
}

struct Ear<'a> {
    accounts: &'a mut Accounts,
    octets: &'a [u8],
    now: u32,
}

impl Sink for Ear<'_> {
    fn frame(&mut self, frame: &Frame) {
        let weight = weigh(frame, self.octets, self.octets.len() as u32, 0, Offload::default());
        self.accounts.count(frame, self.octets, &weight, self.now);
    }
}

fn at_least(now: Traffic, before: Traffic) -> bool {
    now.received_packets >= before.received_packets
        && now.received_bytes >= before.received_bytes
        && now.sent_packets >= before.sent_packets
        && now.sent_bytes >= before.sent_bytes
}

fn prefixes(which: usize) -> Prefixes {
    PREFIXES[which].iter().filter_map(|prefix| prefix.parse().ok()).collect()
}

/// One of six stations.
fn station(which: u8) -> [u8; 6] {
    [2, 0, 0, 0, 0, which % 6]
}

/// Two stations; sometimes a group, everybody, or a link without stations.
fn ends(which: u8) -> Option<wire::Ends> {
    let from = station(which);
    match which / 6 % 10 {
        0 => Some((from, [0xff; 6])),
        1 => Some((from, [0x33, 0x33, 0, 0, 0, 1])),
        2 => None,
        // Nobody's own address: a group as sender, and none.
        3 if which.is_multiple_of(2) => Some(([1, 0, 0, 0, 0, 1], from)),
        3 => Some(([0; 6], [0; 6])),
        other => Some((from, station(other))),
    }
}

/// Mostly in the prefixes, in two networks, and some outside.
fn v4(which: u8) -> Ipv4Addr {
    match which % 12 {
        11 => Ipv4Addr::new(203, 0, 113, 9),
        last @ 8..=10 => Ipv4Addr::new(192, 168, 2, last),
        last => Ipv4Addr::new(192, 168, 1, last),
    }
}

/// Link-local, unique local in two networks, and some outside.
fn v6(which: u8) -> Ipv6Addr {
    let last = u16::from(which / 6 % 12);
    match which % 6 {
        0 | 1 => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last),
        2 | 3 => Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, last),
        4 => Ipv6Addr::new(0xfd00, 0, 0, 1, 0, 0, 0, last),
        _ => Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last),
    }
}
