//! Where scenes are played: the frames that wait to be sent, with what each was meant to be, and who stands where.
//!
//! Deliberately holds one scene at a time, so that memory does not grow with the number of frames.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::time::Duration;

use super::ethernet::{self, Tags};
use super::ip::{self, Ends, Header};
use super::talk::Talks;
use crate::dice::Dice;
use crate::house::{HOSTS_BEHIND, Host, HostIpv6, House, Mac, Place, ROUTER, SECOND_ROUTER};
use crate::truth::{Cast, Meant, Owner, Protocol};

/// One end of a frame: an address, the hardware address which it has on the segment, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct Party {
    pub owner: Owner,
    pub mac: Mac,
    pub ip: IpAddr,
}

impl Party {
    /// A multicast group.
    pub fn group(ip: IpAddr) -> Self {
        Self { owner: Owner::Nobody, mac: ethernet::group(ip), ip }
    }

    /// Everybody, as that address.
    pub fn everybody(ip: Ipv4Addr) -> Self {
        Self { owner: Owner::Nobody, mac: ethernet::BROADCAST, ip: ip.into() }
    }

    /// The same sender before it has an address.
    pub fn unspecified(self, ip: IpAddr) -> Self {
        Self { owner: Owner::Nobody, ip, ..self }
    }
}

/// Which Internet Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
}

/// How far a host wants to talk, which decides the IPv6 address it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Link,
    House,
    World,
}

/// A frame that waits.
pub struct Waiting {
    pub bytes: Range<usize>,
    pub cast: Cast,
    pub meant: Meant,
}

/// The stage.
pub struct Stage<'h> {
    pub house: &'h House,
    pub dice: Dice,
    /// Time since the start of the run.
    pub moment: Duration,
    /// Tags of every frame of the scene.
    pub tags: Tags,
    pub talks: Talks,
    pub bytes: Vec<u8>,
    pub waiting: VecDeque<Waiting>,
    identification: u16,
}

impl<'h> Stage<'h> {
    /// An empty one.
    pub fn new(house: &'h House) -> Self {
        Self {
            house,
            dice: Dice::new(house.seed, 2),
            moment: Duration::ZERO,
            tags: Tags::None,
            talks: Talks::new(house),
            bytes: Vec::new(),
            waiting: VecDeque::new(),
            identification: 0,
        }
    }

    /// Clears the stage for the next scene.
    pub fn clear(&mut self, moment: Duration) {
        self.bytes.clear();
        self.waiting.clear();
        self.moment = moment;
        self.tags = Tags::None;
    }

    /// Sends one frame that is not IP. The body begins after the type.
    pub fn frame(&mut self, macs: (Mac, Mac), ethertype: u16, meant: Meant, body: impl FnOnce(&mut Vec<u8>)) {
        self.any_frame(macs, ethertype, |out| {
            body(out);
            meant
        });
    }

    /// Sends one IP datagram; the body is what follows its header.
    pub fn ip(
        &mut self,
        (from, to): (Party, Party),
        protocol: Protocol,
        header: Header,
        body: impl FnOnce(&mut Vec<u8>, &Ends),
    ) {
        let header = self.identified(header);
        let ends = Ends::new(from.ip, to.ip);
        let ethertype = if from.ip.is_ipv4() { ethernet::IPV4 } else { ethernet::IPV6 };
        self.any_frame((from.mac, to.mac), ethertype, |out| {
            let bytes = ip::datagram(out, &ends, &header, |out| body(out, &ends)) as u64;
            Meant::Ip { from: (from.ip, from.owner), to: (to.ip, to.owner), protocol, bytes }
        });
    }

    /// Sends one IP datagram within a PPPoE session.
    pub fn ip_in_pppoe(
        &mut self,
        (from, to): (Party, Party),
        protocol: Protocol,
        header: Header,
        body: impl FnOnce(&mut Vec<u8>, &Ends),
    ) {
        let header = self.identified(header);
        let ends = Ends::new(from.ip, to.ip);
        // PPP's protocol numbers: RFC 1332 §2, RFC 5072 §2.
        let carried = if from.ip.is_ipv4() { 0x0021 } else { 0x0057 };
        self.any_frame((from.mac, to.mac), ethernet::PPPOE_SESSION, |out| {
            let mut bytes = 0;
            ethernet::pppoe_session(out, super::tunnel::SESSION, carried, |out| {
                bytes = ip::datagram(out, &ends, &header, |out| body(out, &ends)) as u64;
            });
            Meant::Ip { from: (from.ip, from.owner), to: (to.ip, to.owner), protocol, bytes }
        });
    }

    fn any_frame(&mut self, macs: (Mac, Mac), ethertype: u16, body: impl FnOnce(&mut Vec<u8>) -> Meant) {
        let start = self.bytes.len();
        ethernet::header(&mut self.bytes, macs.0, macs.1, self.tags, ethertype);
        let meant = body(&mut self.bytes);
        ethernet::pad(&mut self.bytes, start);
        self.waiting.push_back(Waiting {
            bytes: start..self.bytes.len(),
            cast: ethernet::cast(macs.1),
            meant,
        });
    }

    /// Datagrams of a sender must be told apart, or their fragments get mixed up; fragments keep their number.
    fn identified(&mut self, header: Header) -> Header {
        if header.identification != 0 {
            return header;
        }
        Header { identification: self.next_identification(), ..header }
    }

    /// A number for a datagram.
    pub fn next_identification(&mut self) -> u16 {
        self.identification = self.identification.checked_add(1).unwrap_or(1);
        self.identification
    }

    /// How many bytes of IP datagram fit into a frame now.
    pub fn room(&self) -> usize {
        ethernet::LONGEST - ethernet::HEADER - self.tags.length()
    }

    /// A host as it is seen on the segment; none where it lacks an address of that family and reach.
    pub fn host(&self, index: usize, family: Family, reach: Reach) -> Option<Party> {
        let host = &self.house.hosts[index];
        let ip = match family {
            Family::V4 => host.ipv4.into(),
            Family::V6 => {
                let ipv6 = host.ipv6?;
                match (reach, host.place) {
                    (Reach::Link, Place::Segment) => ipv6.link_local,
                    (Reach::Link, Place::Behind) => return None,
                    (Reach::House, _) => ipv6.unique_local,
                    (Reach::World, _) => ipv6.privacy(self.moment),
                }
                .into()
            }
        };
        let mac = match host.place {
            Place::Segment => host.mac,
            Place::Behind => self.house.hosts[SECOND_ROUTER].mac,
        };
        Some(Party { owner: Owner::Host(index), mac, ip })
    }

    /// A remote end, which on the segment is behind the router.
    pub fn remote(&self, index: usize, family: Family) -> Party {
        let remote = &self.house.remotes[index];
        let ip: IpAddr = match family {
            Family::V4 => remote.ipv4.into(),
            Family::V6 => remote.ipv6.into(),
        };
        Party { owner: Owner::Remote(index), mac: self.house.hosts[ROUTER].mac, ip }
    }

    /// Any host on the segment but the router.
    pub fn someone(&mut self) -> usize {
        let on_segment = self.house.hosts.len() - HOSTS_BEHIND;
        self.dice.between(ROUTER + 1, on_segment - 1)
    }

    /// Any host on the segment, but the router, which speaks IPv6.
    pub fn someone_with_ipv6(&mut self) -> (usize, HostIpv6) {
        loop {
            let index = self.someone();
            // Every house has some: the storage is one.
            if let Some(ipv6) = self.house.hosts[index].ipv6 {
                return (index, ipv6);
            }
        }
    }

    /// The host at that index, for its name and hardware address.
    pub fn who(&self, index: usize) -> &'h Host {
        &self.house.hosts[index]
    }

    /// A port of one's own, from the part of the dynamic range (RFC 6335 §6) where tshark expects no protocol.
    pub fn port(&mut self) -> u16 {
        self.dice.between(61_000, 65_535) as u16
    }

    /// IPv4 for two thirds of those who have the choice.
    pub fn family(&mut self, index: usize) -> Family {
        let choice = self.house.hosts[index].ipv6.is_some();
        if choice && self.dice.percent(42) { Family::V6 } else { Family::V4 }
    }
}

/// The group of all that listen for an address, RFC 4291 §2.7.1.
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | u16::from(a), u16::from_be_bytes([b, c]))
}
