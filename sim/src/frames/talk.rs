//! Conversations over TCP and QUIC, with the world and within the house: nine of ten packets.
//!
//! Deliberately never loses, repeats or reorders a segment; a sink that must cope with that needs another scene.

use super::ethernet;
use super::ip::{self, Ends, Header};
use super::stage::{Family, Party, Reach, Stage};
use super::transport::{self, ACK, FIN, OFFER, PUSH, SYN, Segment, TCP_HEADER, UDP_HEADER};
use crate::house::{HOSTS_BEHIND, House, NAS, Place, ROUTER};
use crate::truth::Protocol;

/// Conversations that a host holds at a time; the last of them is within the house.
const PER_HOST: usize = 6;
/// One of so many packets ends a conversation.
const LENGTH: usize = 400;

/// Sizes of frames: weight, shortest, longest. With the small frames that other scenes add, the wire's mix is one
/// measured in homes.
const SIZES: [(usize, usize, usize); 8] = [
    (62, 54, 66),
    (4, 91, 128),
    (535, 129, 256),
    (38, 257, 576),
    (123, 577, 1_024),
    (168, 1_025, 1_400),
    (25, 1_401, 1_513),
    (77, 1_514, 1_514),
];

/// Everybody's conversations.
pub struct Talks {
    slots: Vec<Option<Talk>>,
    /// Cumulated business of the hosts.
    business: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Talk {
    near: Party,
    far: Party,
    ports: (u16, u16),
    transport: Transport,
    download_percent: u32,
}

#[derive(Clone, Copy)]
enum Transport {
    /// Next sequence numbers of the near and of the far end.
    Tcp(u32, u32),
    Quic,
}

impl Talks {
    /// Nobody has said anything yet.
    pub fn new(house: &House) -> Self {
        let business = house.hosts.iter().scan(0, |sum, host| {
            *sum += host.habits.busy as usize;
            Some(*sum)
        });
        Self { slots: vec![None; house.hosts.len() * PER_HOST], business: business.collect() }
    }
}

/// One packet of one of the conversations, or the end of one and the beginning of another.
pub fn talk(stage: &mut Stage) {
    let total = stage.talks.business.last().copied().unwrap_or(0);
    let roll = stage.dice.below(total);
    let host = stage.talks.business.partition_point(|&sum| sum <= roll);
    let at_home = stage.dice.percent(stage.who(host).habits.home_percent);
    let slot = host * PER_HOST + if at_home { PER_HOST - 1 } else { stage.dice.below(PER_HOST - 1) };
    stage.talks.slots[slot] = match stage.talks.slots[slot] {
        Some(talk) if stage.dice.below(LENGTH) > 0 => Some(say(stage, talk)),
        Some(talk) => {
            end(stage, talk);
            None
        }
        None if at_home => within_the_house(stage, host).map(|talk| begin(stage, talk)),
        None => with_the_world(stage, host).map(|talk| begin(stage, talk)),
    };
}

fn with_the_world(stage: &mut Stage, host: usize) -> Option<Talk> {
    let family = stage.family(host);
    let near = stage.host(host, family, Reach::World)?;
    let habits = &stage.who(host).habits;
    let remote = *stage.dice.pick(&habits.remotes);
    let far = stage.remote(remote, family);
    let transport = if stage.dice.percent(35) { Transport::Quic } else { tcp_from_anywhere(stage) };
    Some(Talk { near, far, ports: (stage.port(), 443), transport, download_percent: habits.download_percent })
}

fn within_the_house(stage: &mut Stage, host: usize) -> Option<Talk> {
    let place = stage.who(host).place;
    let mut other = NAS;
    // A host does not talk to itself, and two that are both behind the second router are not heard here.
    while other == host
        || stage.dice.percent(40)
        || (place == Place::Behind && stage.who(other).place == Place::Behind)
    {
        other = stage.dice.between(ROUTER, stage.house.hosts.len() - 1);
    }
    // The second router's own packets and those of a host behind it would go from it to itself.
    if stage.host(host, Family::V4, Reach::House)?.mac == stage.host(other, Family::V4, Reach::House)?.mac {
        return None;
    }
    let on_segment = stage.house.hosts.len() - HOSTS_BEHIND;
    let link = host < on_segment && other < on_segment && stage.dice.percent(30);
    let reach = if link { Reach::Link } else { Reach::House };
    let family = if stage.who(other).ipv6.is_some() { stage.family(host) } else { Family::V4 };
    let (near, far) = (stage.host(host, family, reach)?, stage.host(other, family, reach)?);
    let (transport, ports) = (tcp_from_anywhere(stage), (stage.port(), 22_000));
    Some(Talk { near, far, ports, transport, download_percent: 50 })
}

fn tcp_from_anywhere(stage: &mut Stage) -> Transport {
    Transport::Tcp(stage.dice.any() as u32, stage.dice.any() as u32)
}

/// The handshake; QUIC's would need cryptography, so it is not shown.
fn begin(stage: &mut Stage, talk: Talk) -> Talk {
    let Transport::Tcp(near, far) = talk.transport else { return say(stage, talk) };
    bare(stage, talk, Direction::Up, SYN, (near, 0));
    bare(stage, talk, Direction::Down, SYN | ACK, (far, near.wrapping_add(1)));
    let talk = Talk { transport: Transport::Tcp(near.wrapping_add(1), far.wrapping_add(1)), ..talk };
    bare(stage, talk, Direction::Up, ACK, (near.wrapping_add(1), far.wrapping_add(1)));
    talk
}

fn end(stage: &mut Stage, talk: Talk) {
    match talk.transport {
        Transport::Tcp(near, far) => {
            bare(stage, talk, Direction::Up, FIN | ACK, (near, far));
            bare(stage, talk, Direction::Down, FIN | ACK, (far, near.wrapping_add(1)));
            bare(stage, talk, Direction::Up, ACK, (near.wrapping_add(1), far.wrapping_add(1)));
        }
        Transport::Quic => {
            say(stage, talk);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Talk {
    fn parties(&self, direction: Direction) -> ((Party, Party), (u16, u16)) {
        match direction {
            Direction::Up => ((self.near, self.far), self.ports),
            Direction::Down => ((self.far, self.near), (self.ports.1, self.ports.0)),
        }
    }
}

/// A segment without payload.
fn bare(stage: &mut Stage, talk: Talk, direction: Direction, flags: u8, numbers: (u32, u32)) {
    let (parties, ports) = talk.parties(direction);
    let options: &[u8] = if flags & SYN != 0 { &OFFER } else { &[] };
    let segment = segment(ports, flags, numbers, options);
    stage.ip(parties, Protocol::Tcp, Header::new(ip::TCP), |out, ends| {
        transport::tcp(out, ends, &segment, |_| ())
    });
}

fn segment(ports: (u16, u16), flags: u8, numbers: (u32, u32), options: &'static [u8]) -> Segment {
    Segment {
        source: ports.0,
        destination: ports.1,
        sequence: numbers.0,
        acknowledged: numbers.1,
        flags,
        options,
    }
}

/// One packet with payload, if there is room for any; returns the conversation after it.
fn say(stage: &mut Stage, talk: Talk) -> Talk {
    let direction = if stage.dice.percent(talk.download_percent) { Direction::Down } else { Direction::Up };
    let (parties, ports) = talk.parties(direction);
    let headers = Ends::new(talk.near.ip, talk.far.ip).header_length();
    // What is left of the frame for transport and payload.
    let room = size(stage).min(stage.room() + ethernet::HEADER).saturating_sub(ethernet::HEADER + headers);
    let place = stage.dice.any();
    let Transport::Tcp(near, far) = talk.transport else {
        let length = room.saturating_sub(UDP_HEADER).max(25);
        stage.ip(parties, Protocol::Udp, Header::new(ip::UDP), |out, ends| {
            transport::udp(out, ends, ports, |out| {
                // A short header, which every packet after the handshake has (RFC 9000 §17.3), and the connection.
                let [high, low] = talk.ports.0.to_be_bytes();
                // Its low bits stay 0, or tshark would take one in eight that has 188 bytes for television (MPEG).
                out.extend_from_slice(&[0x40 | (place as u8 & 0x38), 0xc1, high, low]);
                transport::filler(out, place, length - 4);
            });
        });
        return talk;
    };
    let mut payload = room.saturating_sub(TCP_HEADER);
    if payload <= RECORD_HEADER {
        payload = 0;
    }
    let (numbers, transport) = match direction {
        Direction::Up => ((near, far), Transport::Tcp(near.wrapping_add(payload as u32), far)),
        Direction::Down => ((far, near), Transport::Tcp(near, far.wrapping_add(payload as u32))),
    };
    let segment = segment(ports, if payload == 0 { ACK } else { ACK | PUSH }, numbers, &[]);
    stage.ip(parties, Protocol::Tcp, Header::new(ip::TCP), |out, ends| {
        transport::tcp(out, ends, &segment, |out| application_data(out, place, payload));
    });
    Talk { transport, ..talk }
}

const RECORD_HEADER: usize = 5;

/// One whole TLS record of application data, RFC 8446 §5.2; nothing where it has no room.
fn application_data(out: &mut Vec<u8>, place: u64, length: usize) {
    if length <= RECORD_HEADER {
        return;
    }
    let carried = length - RECORD_HEADER;
    let [high, low] = (carried as u16).to_be_bytes();
    out.extend_from_slice(&[0x17, 0x03, 0x03, high, low]);
    transport::filler(out, place, carried);
}

fn size(stage: &mut Stage) -> usize {
    let mut roll = stage.dice.below(SIZES.iter().map(|size| size.0).sum());
    for (weight, shortest, longest) in SIZES {
        if roll < weight {
            return stage.dice.between(shortest, longest);
        }
        roll -= weight;
    }
    ethernet::LONGEST
}
