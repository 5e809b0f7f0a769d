//! One frame of any link, with whatever the kernel may say of it: read, weighed and counted.

use lanlord::sources::wire::accounts::Accounts;
use lanlord::sources::wire::accounts::limits::Limits;
use lanlord::sources::wire::packet::address::Prefixes;
use lanlord::sources::wire::packet::superframe::{Offload, weigh};
use lanlord::sources::wire::packet::{self, Content, Frame, Link, Sink};

const LINKS: [Link; 5] = [Link::Ethernet, Link::Sll, Link::Sll2, Link::RawIp, Link::Loopback];

/// The first octets are the kernel's: link, offload, how much was cut off; the rest is the frame.
pub fn run(bytes: &[u8]) {
    let Some((&[link, kind, segment_high, segment_low, start, cut_high, cut_low, stripped], octets)) =
        bytes.split_first_chunk()
    else {
        return;
    };
    let offload = Offload {
        kind,
        segment: u16::from_be_bytes([segment_high, segment_low]),
        checksum_start: (start != 0).then_some(u16::from(start)),
    };
    let cut = u32::from(u16::from_be_bytes([cut_high, cut_low]));
    let wire_bytes = octets.len() as u32 + cut;
    let mut books = Books { octets, wire_bytes, stripped: u32::from(stripped) % 8, offload };
    let link = LINKS[usize::from(link) % LINKS.len()];
    packet::read(link, octets, wire_bytes, &mut books);
    // An interface without hardware addresses says the type of what it hands over.
    if let Some((&ethertype, rest)) = octets.split_first_chunk() {
        books.octets = rest;
        books.wire_bytes -= 2;
        let frame = packet::read_network(u16::from_be_bytes(ethertype), rest, wire_bytes - 2);
        books.frame(&frame);
    }
}

struct Books<'a> {
    octets: &'a [u8],
    wire_bytes: u32,
    stripped: u32,
    offload: Offload,
}

impl Sink for Books<'_> {
    fn frame(&mut self, frame: &Frame) {
        if let Content::Ip(datagram) = &frame.content {
            assert!(datagram.offset + datagram.bytes <= self.wire_bytes, "{frame:?}");
            assert!(datagram.transport > datagram.offset, "{frame:?}");
        }
        let plain = weigh(frame, self.octets, self.wire_bytes, self.stripped, Offload::default());
        assert_eq!((plain.packets, plain.frame_bytes), (1, u64::from(self.wire_bytes + self.stripped)));
        assert!(plain.ip_bytes <= u64::from(self.wire_bytes));
        let weight = weigh(frame, self.octets, self.wire_bytes, self.stripped, self.offload);
        assert!(weight.packets >= 1 && weight.ip_bytes <= weight.frame_bytes, "{weight:?}");
        // Whatever was merged was not more than the headers shorter.
        assert!(weight.frame_bytes >= plain.frame_bytes, "{weight:?} {plain:?}");
        let mut accounts = Accounts::new(Prefixes::private(), Limits::live(16), [1, 2]);
        accounts.count(frame, self.octets, &weight, 1_000);
        for row in accounts.rows(1_000, true) {
            assert!(row.traffic.bytes() <= 2 * weight.ip_bytes, "{row:?} {weight:?}");
        }
    }
}
