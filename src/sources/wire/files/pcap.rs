//! The classic capture format (draft-ietf-opsawg-pcap). Pure: bytes in, records out; the caller reads.

use super::record::{Corrupt, Order, RECORD_MAX, Record};
use crate::sources::wire::packet::Link;

/// Length of the file's header.
pub const HEADER: usize = 24;
/// Length of a record's header.
const RECORD_HEADER: usize = 16;

/// A capture of which the header has been read.
#[derive(Debug)]
pub struct Pcap {
    order: Order,
    link: Link,
    /// Magic number and version, with which another capture would begin.
    start: [u8; 8],
}

impl Pcap {
    /// Reads the header; none if the magic number is not of this format. Needs [`HEADER`] octets.
    ///
    /// # Errors
    /// [`Corrupt::Link`] if it is a capture of a link that we do not read.
    pub fn open(header: &[u8; HEADER]) -> Option<Result<Self, Corrupt>> {
        // Microseconds and nanoseconds differ in what we do not look at.
        let order = match header[..4] {
            [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1] => Order::Little,
            [0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d] => Order::Big,
            _ => return None,
        };
        // The upper half of the field says how long the frame check sequence is.
        let linktype = (order.u32(header, 20) & 0xffff) as u16;
        let [a, b, c, d, e, f, g, h, ..] = *header;
        let start = [a, b, c, d, e, f, g, h];
        Some(Link::from_file(linktype).map(|link| Self { order, link, start }).ok_or(Corrupt::Link(linktype)))
    }

    /// Reads all records that are whole; says how many octets they took. `at` is where `bytes` begin.
    ///
    /// # Errors
    /// [`Corrupt::Record`] for a length that cannot be, [`Corrupt::Link`] for another capture, appended, of a link that
    /// we do not read; what came before has been handed over.
    #[inline]
    pub fn records(
        &mut self,
        bytes: &[u8],
        at: u64,
        sink: &mut impl FnMut(Record<'_>),
    ) -> Result<usize, Corrupt> {
        let mut used = 0;
        while let Some(header) = bytes[used..].first_chunk::<RECORD_HEADER>() {
            if header[..8] == self.start {
                // Another capture, where one ended: the next writer of a FIFO. No record has the magic number for its
                // time and the version for a fraction of a second.
                let Some(header) = bytes[used..].first_chunk() else { break };
                if let Some(next) = Self::open(header) {
                    *self = next?;
                }
                used += HEADER;
                continue;
            }
            let captured = self.order.u32(header, 8);
            if captured as usize > RECORD_MAX {
                return Err(Corrupt::Record { at: at + used as u64, captured });
            }
            let begin = used + RECORD_HEADER;
            let Some(data) = bytes.get(begin..begin + captured as usize) else { break };
            let wire_bytes = self.order.u32(header, 12).max(captured);
            sink(Record { link: Some(self.link), seconds: self.order.u32(header, 0), wire_bytes, data });
            used = begin + captured as usize;
        }
        Ok(used)
    }
}
