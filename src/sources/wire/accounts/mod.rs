//! Who received and sent how much: the books. Pure; one owner, no lock.
//!
//! It counts what `packet` read and `superframe` weighed; which addresses make one host is `hosts`' matter.

pub mod hosts;
pub mod limits;
pub mod reclaim;
pub mod rows;
pub mod station;
pub mod table;

use crate::metric::Traffic;
use crate::sources::wire::packet::address::{Address, Prefixes, Station};
use crate::sources::wire::packet::discovery::{self, Discovery};
use crate::sources::wire::packet::superframe::Weight;
use crate::sources::wire::packet::{Cast, Content, Datagram, Frame, Protocol, Skip};
use hosts::Hosts;
use limits::Limits;
use rows::Row;
use table::{Entry, ON_LINK, SPOKE, STATION, Table};

/// What an interface carried, whoever sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Frames on the wire, by [`Cast`].
    pub frames: [u64; 3],
    /// Their bytes, by [`Cast`].
    pub frame_bytes: [u64; 3],
    /// IP packets on the wire, by family (IPv4 first) and protocol ([`crate::sources::wire::packet::Protocol`]).
    pub packets: [[u64; 4]; 2],
    /// Their bytes.
    pub bytes: [[u64; 4]; 2],
    /// Frames not accounted to a host, by reason, in the order of [`Skip::ALL`].
    pub skipped: [u64; 9],
    /// Frames that stood for several on the wire.
    pub superframes: u64,
}

/// One address of the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The address.
    pub address: Address,
    /// Its host's station, if it is on our segment.
    pub station: Option<Station>,
    /// What was counted.
    pub traffic: Traffic,
}

/// The books.
#[derive(Debug)]
pub struct Accounts {
    prefixes: Prefixes,
    table: Table,
    hosts: Hosts,
    folded: u64,
}

impl Accounts {
    /// Empty books for these prefixes. The seed should be random: it keeps who sends packets from choosing where
    /// they land in the hash table.
    pub fn new(prefixes: Prefixes, limits: Limits, seed: [u64; 2]) -> Self {
        Self { prefixes, table: Table::new(seed), hosts: Hosts::new(limits), folded: 0 }
    }

    /// Counts from now on for other prefixes; who has a row keeps it.
    pub fn set_prefixes(&mut self, prefixes: Prefixes) {
        self.prefixes = prefixes;
    }

    /// Keeps to other caps from now on; hosts and addresses above them stay.
    pub fn set_limits(&mut self, limits: Limits) {
        self.hosts.set_limits(&mut self.table, limits);
    }

    /// Whom we count.
    pub fn prefixes(&self) -> &Prefixes {
        &self.prefixes
    }

    /// Counts a frame for its sender and its receiver, where they are hosts inside the prefixes. A frame to a
    /// group has no receiver. `captured` is the frame itself; `now` is in seconds, on whatever clock the caller keeps to.
    #[inline(always)]
    pub fn count(&mut self, frame: &Frame, captured: &[u8], weight: &Weight, now: u32) {
        match &frame.content {
            Content::Ip(datagram) => {
                self.count_datagram(frame, datagram, weight, now);
                if datagram.on_link && datagram.protocol == Protocol::Icmp {
                    self.discover(frame.from, discovery::read(captured, datagram), now);
                }
            }
            Content::Arp(Some(claim)) => self.claim(frame.from, claim.address, now),
            Content::Arp(None) | Content::Skipped(_) => {}
        }
    }

    /// All hosts with traffic. See [`Hosts::rows`].
    pub fn rows(&mut self, now: u32, all: bool) -> Vec<Row> {
        self.hosts.rows(&self.table, now, all)
    }

    /// All addresses with traffic, in order.
    pub fn lines(&self) -> Vec<Line> {
        let line = |number| {
            let entry = self.table.get(number);
            let station = self.hosts.station_of(entry);
            (!entry.traffic.is_zero()).then_some(Line {
                address: entry.address,
                station,
                traffic: entry.traffic,
            })
        };
        let mut lines: Vec<Line> = self.table.numbers().filter_map(line).collect();
        lines.sort_unstable_by_key(|line| (!line.address.is_v4(), line.address));
        lines
    }

    /// Packets whose sender or receiver found no room and was counted as `other`.
    pub fn folded(&self) -> u64 {
        self.folded
    }

    /// How many addresses and hosts are known, shown or not.
    pub fn sizes(&self) -> (usize, usize) {
        (self.table.count(), self.hosts.count())
    }

    #[inline(always)]
    fn count_datagram(&mut self, frame: &Frame, datagram: &Datagram, weight: &Weight, now: u32) {
        if self.prefixes.contains(datagram.source) {
            let station = if frame.from.is_individual() { frame.from } else { Station::NONE };
            let tag = station.0 | SPOKE | if datagram.on_link { ON_LINK } else { 0 };
            match self.table.find(datagram.source) {
                Some(number) => {
                    let entry = self.table.entry(number);
                    credit_sent(entry, weight, now);
                    // Almost never.
                    if entry.is_news(tag) {
                        self.learn(number, tag, now);
                    }
                }
                None => self.first_sent(datagram.source, tag, weight, now),
            }
        }
        if frame.cast == Cast::Unicast && self.prefixes.contains(datagram.destination) {
            match self.table.find(datagram.destination) {
                Some(number) => {
                    let entry = self.table.entry(number);
                    credit_received(entry, weight, now);
                    if entry.tag & STATION == 0 && frame.to.is_individual() {
                        self.hosts.retag(&mut self.table, number, frame.to.0, now);
                    }
                }
                None => self.first_received(datagram.destination, frame.to, weight, now),
            }
        }
    }

    #[cold]
    fn learn(&mut self, number: u32, tag: u64, now: u32) {
        // A link without stations tells us nothing new about who speaks for an address.
        let known = *self.table.get(number);
        // An address that a station has shown to be its own is not taken from it by a frame that shows nothing: where
        // routed VLANs are mirrored together, every packet comes twice, once from the router. A real move is announced.
        if known.is_on_link() && tag & ON_LINK == 0 && Station(tag & STATION) != known.station() {
            return;
        }
        let tag = if tag & STATION == 0 { tag | known.tag & STATION } else { tag };
        if known.is_news(tag) {
            self.hosts.retag(&mut self.table, number, tag, now);
        }
    }

    #[cold]
    fn first_sent(&mut self, address: Address, tag: u64, weight: &Weight, now: u32) {
        match self.hosts.admit(&mut self.table, address, tag, now) {
            Some(number) => credit_sent(self.table.entry(number), weight, now),
            None => self.fold(Traffic {
                sent_packets: weight.packets,
                sent_bytes: weight.ip_bytes,
                ..Traffic::default()
            }),
        }
    }

    #[cold]
    fn first_received(&mut self, address: Address, to: Station, weight: &Weight, now: u32) {
        let tag = if to.is_individual() { to.0 } else { 0 };
        match self.hosts.admit(&mut self.table, address, tag, now) {
            Some(number) => credit_received(self.table.entry(number), weight, now),
            None => {
                let (received_packets, received_bytes) = (weight.packets, weight.ip_bytes);
                self.fold(Traffic { received_packets, received_bytes, ..Traffic::default() });
            }
        }
    }

    #[cold]
    fn fold(&mut self, traffic: Traffic) {
        self.folded += traffic.received_packets + traffic.sent_packets;
        self.hosts.fold(traffic);
    }

    #[cold]
    fn discover(&mut self, station: Station, discovery: Discovery, now: u32) {
        if let Some(address) = discovery.owns {
            self.claim(station, address, now);
        }
        if discovery.router {
            self.hosts.is_router(&mut self.table, station, now);
        }
    }

    /// A claim is counted for nobody; it only tells whose an address is.
    #[cold]
    fn claim(&mut self, station: Station, address: Address, now: u32) {
        if !self.prefixes.contains(address) || !station.is_individual() {
            return;
        }
        let tag = station.0 | SPOKE | ON_LINK;
        match self.table.find(address) {
            Some(number) => self.learn(number, tag, now),
            None => {
                self.hosts.admit(&mut self.table, address, tag, now);
            }
        }
    }
}

#[inline(always)]
fn credit_sent(entry: &mut Entry, weight: &Weight, now: u32) {
    entry.traffic.sent_packets += weight.packets;
    entry.traffic.sent_bytes += weight.ip_bytes;
    entry.last_seen = now;
}

#[inline(always)]
fn credit_received(entry: &mut Entry, weight: &Weight, now: u32) {
    entry.traffic.received_packets += weight.packets;
    entry.traffic.received_bytes += weight.ip_bytes;
    entry.last_seen = now;
}

impl Totals {
    /// Counts a frame of the interface.
    #[inline(always)]
    pub fn count(&mut self, frame: &Frame, weight: &Weight) {
        let cast = frame.cast as usize;
        self.frames[cast] += weight.packets;
        self.frame_bytes[cast] += weight.frame_bytes;
        self.superframes += u64::from(weight.packets > 1);
        match &frame.content {
            Content::Ip(datagram) => {
                let (family, protocol) = (usize::from(!datagram.source.is_v4()), datagram.protocol as usize);
                self.packets[family][protocol] += weight.packets;
                self.bytes[family][protocol] += weight.ip_bytes;
            }
            Content::Arp(_) => self.skipped[Skip::Arp as usize] += 1,
            Content::Skipped(reason) => self.skipped[*reason as usize] += 1,
        }
    }

    /// Frames on the wire, whatever they are addressed to.
    pub fn all_frames(&self) -> u64 {
        self.frames.iter().sum()
    }

    /// Bytes of all IP packets.
    pub fn ip_bytes(&self) -> u64 {
        self.bytes.iter().flatten().sum()
    }
}

#[cfg(test)]
mod tests;
