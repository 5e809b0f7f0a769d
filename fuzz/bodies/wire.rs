//! Frames by hand, from the diagrams of the standards: just enough of each header for the accounts. It deliberately
//! uses nothing of lanlord, so that what is expected does not come from the code that is tested.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who a frame is from and to, on the link.
pub type Ends = ([u8; 6], [u8; 6]);

/// A datagram between two addresses of one family; how it is filled beyond its header does not matter here.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    pub from: IpAddr,
    pub to: IpAddr,
    /// IPv4's time to live, IPv6's hop limit.
    pub hops: u8,
    /// 6 TCP, 17 UDP, 58 ICMPv6 …
    pub protocol: u8,
    pub payload: &'a [u8],
}

impl Datagram<'_> {
    /// Length by its own header.
    pub fn length(&self) -> u64 {
        self.payload.len() as u64 + if self.from.is_ipv4() { 20 } else { 40 }
    }

    /// RFC 791 §3.1 or RFC 8200 §3; checksums are left zero, nobody here looks at them.
    pub fn octets(&self) -> Vec<u8> {
        let mut out = match (self.from, self.to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let mut header = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, self.hops, self.protocol, 0, 0];
                header[2..4].copy_from_slice(&(20 + self.payload.len() as u16).to_be_bytes());
                header.extend(from.octets());
                header.extend(to.octets());
                header
            }
            (from, to) => {
                let mut header = vec![0x60, 0, 0, 0, 0, 0, self.protocol, self.hops];
                header[4..6].copy_from_slice(&(self.payload.len() as u16).to_be_bytes());
                header.extend(as_v6(from).octets());
                header.extend(as_v6(to).octets());
                header
            }
        };
        out.extend_from_slice(self.payload);
        out
    }

    /// In an Ethernet II frame.
    pub fn on_ethernet(&self, (from, to): Ends) -> Vec<u8> {
        let ethertype = if self.from.is_ipv4() { [0x08, 0x00] } else { [0x86, 0xdd] };
        [&to[..], &from, &ethertype, &self.octets()].concat()
    }
}

fn as_v6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// RFC 826, "Packet format", for Ethernet and IPv4, broadcast.
pub fn arp(from: [u8; 6], operation: u8, sender: ([u8; 6], Ipv4Addr), target: Ipv4Addr) -> Vec<u8> {
    let head = [0x08, 0x06, 0, 1, 0x08, 0x00, 6, 4, 0, operation];
    [&[0xff; 6][..], &from, &head, &sender.0, &sender.1.octets(), &[0; 6], &target.octets()].concat()
}

/// A router advertisement without options (RFC 4861 §4.2).
pub fn router_advertisement() -> Vec<u8> {
    vec![134, 0, 0, 0, 64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]
}

/// A neighbour advertisement (RFC 4861 §4.4); the flags are R 0x80, S 0x40, O 0x20.
pub fn neighbour_advertisement(flags: u8, target: Ipv6Addr) -> Vec<u8> {
    [&[136, 0, 0, 0, flags, 0, 0, 0][..], &target.octets()].concat()
}
