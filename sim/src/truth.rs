//! The truth about a run: who was meant to have sent and received what.
//!
//! Deliberately counted from intentions, one [`Meant`] per frame, and never by looking into bytes: a mistake in the
//! bytes must show as a difference, not as a truth.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;

use crate::house::{House, Mac, Place};
use crate::prefix::Prefix;

/// Packets and bytes of one address, both ways. Bytes are the length of the outermost IP datagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Counts {
    pub received_packets: u64,
    pub received_bytes: u64,
    pub sent_packets: u64,
    pub sent_bytes: u64,
}

/// Whose address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An index of [`House::hosts`].
    Host(usize),
    /// The router, at its other port.
    Uplink,
    /// The provider's end of the uplink.
    Provider,
    /// An index of [`House::remotes`].
    Remote(usize),
    /// Groups, broadcast, the unspecified address.
    Nobody,
}

/// Who a frame was addressed to on the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Cast {
    Unicast,
    Multicast,
    Broadcast,
}

/// The transport of a datagram, after IPv6 extension headers; ICMPv6 is ICMP, and tunnels are other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Protocol {
    Tcp,
    Udp,
    Icmp,
    Other,
}

/// What one frame was meant to be.
#[derive(Clone, Copy, Debug)]
pub enum Meant {
    /// An IP datagram, however it was wrapped on the link.
    Ip {
        /// The sender of the outermost header, and whose address that is.
        from: (IpAddr, Owner),
        /// The receiver of the outermost header, and whose address that is.
        to: (IpAddr, Owner),
        /// What it carries.
        protocol: Protocol,
        /// Length of the outermost datagram.
        bytes: u64,
    },
    /// Address resolution.
    Arp,
    /// An 802.3 length instead of a type, and LLC.
    Llc,
    /// An EtherType that is none of the others.
    OtherEthertype,
    /// PPPoE discovery, or a session frame that carries PPP's own control.
    PppoeControl,
}

/// Packets and bytes of one family by transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct FamilyTotals {
    pub tcp: Amount,
    pub udp: Amount,
    pub icmp: Amount,
    pub other: Amount,
}

/// Datagrams and the sum of their lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Amount {
    pub packets: u64,
    pub bytes: u64,
}

/// The truth of the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Totals {
    pub frames: u64,
    /// Full lengths of the frames, without checksum and preamble, whatever a capture cuts off.
    pub wire_bytes: u64,
    pub unicast_frames: u64,
    pub multicast_frames: u64,
    pub broadcast_frames: u64,
    pub ipv4: FamilyTotals,
    pub ipv6: FamilyTotals,
    pub arp_frames: u64,
    pub llc_frames: u64,
    pub other_ethertype_frames: u64,
    pub pppoe_control_frames: u64,
}

/// One line of the truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The address.
    pub address: IpAddr,
    /// The owner's hardware address; none for hosts behind the second router and for remote ends.
    pub mac: Option<Mac>,
    /// The owner's name in the house; empty where nobody owns the address.
    pub host: String,
    /// What it sent and received.
    pub counts: Counts,
}

/// Counts while frames are made. Remembers every address seen: a house's worth, and its privacy addresses.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    /// The truth of the whole.
    pub totals: Totals,
    addresses: HashMap<IpAddr, (Owner, Counts)>,
}

impl Truth {
    /// Counts one frame.
    pub fn count(&mut self, cast: Cast, frame_bytes: usize, meant: &Meant) {
        let totals = &mut self.totals;
        totals.frames += 1;
        totals.wire_bytes += frame_bytes as u64;
        match cast {
            Cast::Unicast => totals.unicast_frames += 1,
            Cast::Multicast => totals.multicast_frames += 1,
            Cast::Broadcast => totals.broadcast_frames += 1,
        }
        match *meant {
            Meant::Arp => totals.arp_frames += 1,
            Meant::Llc => totals.llc_frames += 1,
            Meant::OtherEthertype => totals.other_ethertype_frames += 1,
            Meant::PppoeControl => totals.pppoe_control_frames += 1,
            Meant::Ip { from, to, protocol, bytes } => {
                let family = if from.0.is_ipv4() { &mut totals.ipv4 } else { &mut totals.ipv6 };
                let amount = family.of(protocol);
                amount.packets += 1;
                amount.bytes += bytes;
                let sender = self.counts(from);
                sender.sent_packets += 1;
                sender.sent_bytes += bytes;
                // Everybody gets what is sent to a group, so nobody in particular did.
                if cast == Cast::Unicast {
                    let receiver = self.counts(to);
                    receiver.received_packets += 1;
                    receiver.received_bytes += bytes;
                }
            }
        }
    }

    fn counts(&mut self, (address, owner): (IpAddr, Owner)) -> &mut Counts {
        &mut self.addresses.entry(address).or_insert((owner, Counts::default())).1
    }

    /// What each address within one of the prefixes sent and received, sorted by address, IPv4 first.
    pub fn rows(&self, house: &House, prefixes: &[Prefix]) -> Vec<Row> {
        let asked = self
            .addresses
            .iter()
            .filter(|(address, _)| prefixes.iter().any(|prefix| prefix.contains(**address)));
        let mut rows: Vec<Row> = asked
            .map(|(&address, &(owner, counts))| {
                let (host, mac) = identity(house, owner);
                Row { address, mac, host, counts }
            })
            .collect();
        rows.sort_by_key(|row| row.address);
        rows
    }
}

fn identity(house: &House, owner: Owner) -> (String, Option<Mac>) {
    match owner {
        Owner::Host(index) => {
            let host = &house.hosts[index];
            (host.name.clone(), (host.place == Place::Segment).then_some(host.mac))
        }
        Owner::Uplink => (house.hosts[crate::house::ROUTER].name.clone(), Some(house.uplink.mac)),
        Owner::Provider => ("provider".to_owned(), Some(house.uplink.provider_mac)),
        Owner::Remote(index) => (house.remotes[index].name.clone(), None),
        Owner::Nobody => (String::new(), None),
    }
}

impl FamilyTotals {
    fn of(&mut self, protocol: Protocol) -> &mut Amount {
        match protocol {
            Protocol::Tcp => &mut self.tcp,
            Protocol::Udp => &mut self.udp,
            Protocol::Icmp => &mut self.icmp,
            Protocol::Other => &mut self.other,
        }
    }

    /// All transports together.
    pub fn all(&self) -> Amount {
        let parts = [self.tcp, self.udp, self.icmp, self.other];
        Amount {
            packets: parts.iter().map(|part| part.packets).sum(),
            bytes: parts.iter().map(|part| part.bytes).sum(),
        }
    }
}

impl Totals {
    /// Every number under the name it has in the totals file.
    pub fn named(&self) -> Vec<(String, u64)> {
        let mut named: Vec<(String, u64)> = [
            ("frames", self.frames),
            ("wire_bytes", self.wire_bytes),
            ("unicast_frames", self.unicast_frames),
            ("multicast_frames", self.multicast_frames),
            ("broadcast_frames", self.broadcast_frames),
            ("arp_frames", self.arp_frames),
            ("llc_frames", self.llc_frames),
            ("other_ethertype_frames", self.other_ethertype_frames),
            ("pppoe_control_frames", self.pppoe_control_frames),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        for (family, totals) in [("ipv4", &self.ipv4), ("ipv6", &self.ipv6)] {
            let parts = [
                ("", totals.all()),
                ("_tcp", totals.tcp),
                ("_udp", totals.udp),
                ("_icmp", totals.icmp),
                ("_other", totals.other),
            ];
            for (part, amount) in parts {
                named.push((format!("{family}{part}_packets"), amount.packets));
                named.push((format!("{family}{part}_bytes"), amount.bytes));
            }
        }
        named
    }
}

/// Writes the rows as a table with a header line.
pub fn write_rows(rows: &[Row], out: impl io::Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "address",
        "mac",
        "host",
        "received_packets",
        "received_bytes",
        "sent_packets",
        "sent_bytes",
    ])?;
    for Row { address, mac, host, counts } in rows {
        let mac = mac.map(|mac| mac.to_string()).unwrap_or_default();
        let numbers =
            [counts.received_packets, counts.received_bytes, counts.sent_packets, counts.sent_bytes];
        let [a, b, c, d] = numbers.map(|number| number.to_string());
        table.write_record([&address.to_string(), &mac, host, &a, &b, &c, &d])?;
    }
    table.flush()
}

/// Writes the totals as a table of name and value.
pub fn write_totals(totals: &Totals, out: impl io::Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(["name", "value"])?;
    for (name, value) in totals.named() {
        table.write_record([name, value.to_string()])?;
    }
    table.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prefix::LOCAL;

    fn datagram(from: &str, to: &str, bytes: u64) -> Meant {
        let from = (from.parse().unwrap(), Owner::Host(3));
        let to = (to.parse().unwrap(), Owner::Remote(0));
        Meant::Ip { from, to, protocol: Protocol::Udp, bytes }
    }

    #[test]
    fn a_datagram_counts_for_both_ends_and_a_group_is_no_receiver() {
        let house = House::new(1, 8);
        let mut truth = Truth::default();
        truth.count(Cast::Unicast, 114, &datagram("192.168.1.7", "192.168.1.8", 100));
        truth.count(Cast::Multicast, 64, &datagram("192.168.1.7", "239.255.255.250", 50));
        truth.count(Cast::Broadcast, 60, &Meant::Arp);
        let rows = truth.rows(&house, &["0.0.0.0/0".parse().unwrap()]);
        let counts: Vec<_> = rows.iter().map(|row| (row.address.to_string(), row.counts)).collect();
        let seven = Counts { sent_packets: 2, sent_bytes: 150, ..Counts::default() };
        let eight = Counts { received_packets: 1, received_bytes: 100, ..Counts::default() };
        assert_eq!(counts, [("192.168.1.7".to_owned(), seven), ("192.168.1.8".to_owned(), eight)]);
        assert_eq!((truth.totals.frames, truth.totals.wire_bytes, truth.totals.arp_frames), (3, 238, 1));
        assert_eq!(truth.totals.ipv4.all(), Amount { packets: 2, bytes: 150 });
    }

    #[test]
    fn addresses_of_the_world_are_no_rows_unless_asked_for() {
        let house = House::new(1, 8);
        let mut truth = Truth::default();
        truth.count(Cast::Unicast, 114, &datagram("2001:db8:1::7", "2001:db8:ffff::1", 100));
        assert_eq!(truth.rows(&house, &LOCAL), []);
        assert_eq!(truth.rows(&house, &["2001:db8:1::/48".parse().unwrap()]).len(), 1);
    }

    #[test]
    fn a_hostile_name_is_quoted() {
        let house = House::new(1, 8);
        let mut truth = Truth::default();
        truth.count(Cast::Unicast, 114, &datagram("192.168.1.7", "203.0.113.1", 100));
        let mut out = Vec::new();
        write_rows(&truth.rows(&house, &LOCAL), &mut out).unwrap();
        let expected = format!(
            "address,mac,host,received_packets,received_bytes,sent_packets,sent_bytes\n192.168.1.7,{},\
             \"bob\"\"'\\\n<img src=x onerror=alert(1)>\",0,0,1,100\n",
            house.hosts[3].mac
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
