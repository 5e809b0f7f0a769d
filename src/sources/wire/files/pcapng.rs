//! The block-structured capture format (draft-ietf-opsawg-pcapng). Pure: bytes in, records out; the caller reads.
//!
//! It reads sections, interfaces and packets, and steps over everything else (names, statistics, secrets).

use super::record::{Corrupt, Order, RECORD_MAX, Record};
use crate::sources::wire::packet::Link;

/// The first four octets, the same in both byte orders.
pub const MAGIC: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

// Block types (section 4).
const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

/// A block of ours is at most a frame, and options that nobody makes longer than this.
const BLOCK_MAX: u32 = RECORD_MAX as u32 + 65_536;
/// More interfaces than any machine has; bounds what a file can make us remember.
const MOST_INTERFACES: usize = 4096;

/// A capture in reading.
#[derive(Debug)]
pub struct Pcapng {
    order: Order,
    interfaces: Vec<Interface>,
    /// Octets of a block of no interest that are still to come.
    skip: u64,
    /// Length of that block.
    skipping: u64,
}

#[derive(Debug)]
struct Interface {
    link: Option<Link>,
    /// As in [`Record`], for simple packets, which do not say how much was captured; zero is no limit.
    snaplen: u32,
    /// Ticks of its clock in a second.
    resolution: u64,
}

impl Pcapng {
    /// Before the first section.
    pub fn new() -> Self {
        Self { order: Order::Little, interfaces: Vec::new(), skip: 0, skipping: 0 }
    }

    /// Reads all blocks that are whole; says how many octets they took. `at` is where `bytes` begin.
    ///
    /// # Errors
    /// [`Corrupt`] for lengths and interfaces that cannot be; what came before has been handed over.
    pub fn records(
        &mut self,
        bytes: &[u8],
        at: u64,
        sink: &mut impl FnMut(Record<'_>),
    ) -> Result<usize, Corrupt> {
        let mut used = 0;
        loop {
            let skipped = self.skip.min((bytes.len() - used) as u64);
            self.skip -= skipped;
            used += skipped as usize;
            let rest = &bytes[used..];
            let Some(header) = rest.first_chunk::<12>() else { break };
            if header[..4] == MAGIC {
                // The byte order of a section is told by what follows its length (section 4.1).
                self.order = if header[8..] == [0x4d, 0x3c, 0x2b, 0x1a] { Order::Little } else { Order::Big };
            }
            let (kind, length) = (self.order.u32(header, 0), self.order.u32(header, 4));
            let ours = matches!(kind, SECTION | INTERFACE | OLD_PACKET | SIMPLE_PACKET | ENHANCED_PACKET);
            if length < 12 || length % 4 != 0 || ours && length > BLOCK_MAX {
                return Err(Corrupt::Block { at: at + used as u64, length });
            }
            if !ours {
                self.skip = u64::from(length);
                self.skipping = self.skip;
                continue;
            }
            let Some(block) = rest.get(..length as usize) else { break };
            let body = &block[8..block.len() - 4];
            match self.block(kind, body) {
                Ok(Some(record)) => sink(record),
                Ok(None) => {}
                Err(problem) => return Err(problem.at(at + used as u64, length)),
            }
            used += length as usize;
        }
        Ok(used)
    }

    /// How many octets are there of a block of no interest that has not ended yet.
    pub fn unfinished(&self) -> u64 {
        if self.skip == 0 { 0 } else { self.skipping - self.skip }
    }

    fn block<'a>(&mut self, kind: u32, body: &'a [u8]) -> Result<Option<Record<'a>>, Problem> {
        match kind {
            SECTION => {
                self.interfaces.clear();
                Ok(None)
            }
            INTERFACE => self.interface(body).map(|()| None),
            ENHANCED_PACKET => self.packet(body, self.order.u32(body, 0)).map(Some),
            // The interface had two octets, the count of drops the other two (appendix A).
            OLD_PACKET => self.packet(body, u32::from(self.order.u16(body, 0))).map(Some),
            _ => self.simple(body).map(Some),
        }
    }

    /// Section 4.2: link type, reserved, snap length, options.
    fn interface(&mut self, body: &[u8]) -> Result<(), Problem> {
        if body.len() < 8 || self.interfaces.len() >= MOST_INTERFACES {
            return Err(Problem::Length);
        }
        let (link, snaplen) = (Link::from_file(self.order.u16(body, 0)), self.order.u32(body, 4));
        let resolution =
            self.option(&body[8..], 9).and_then(|value| value.first().copied()).map_or(1_000_000, ticks);
        self.interfaces.push(Interface { link, snaplen, resolution });
        Ok(())
    }

    /// Section 4.3: interface, time in two halves, captured and original length, data.
    fn packet<'a>(&self, body: &'a [u8], interface: u32) -> Result<Record<'a>, Problem> {
        let from = self.interfaces.get(interface as usize).ok_or(Problem::Interface(interface))?;
        let captured = self.order.u32(body, 12);
        let end = (captured as usize).checked_add(20).ok_or(Problem::Length)?;
        let data = body.get(20..end).ok_or(Problem::Length)?;
        let time = u64::from(self.order.u32(body, 4)) << 32 | u64::from(self.order.u32(body, 8));
        let seconds = u32::try_from(time / from.resolution).unwrap_or(u32::MAX);
        Ok(Record { link: from.link, seconds, wire_bytes: self.order.u32(body, 16).max(captured), data })
    }

    /// Section 4.4: original length and data, from the first interface, without a time.
    fn simple<'a>(&self, body: &'a [u8]) -> Result<Record<'a>, Problem> {
        let from = self.interfaces.first().ok_or(Problem::Interface(0))?;
        let original = self.order.u32(body, 0);
        let data = body.get(4..).ok_or(Problem::Length)?;
        let limit = if from.snaplen == 0 { original } else { original.min(from.snaplen) };
        // What is left is padding.
        let data = data.get(..limit as usize).ok_or(Problem::Length)?;
        Ok(Record { link: from.link, seconds: 0, wire_bytes: original, data })
    }

    /// Section 3.5: code, length, value padded to four octets.
    fn option<'a>(&self, mut options: &'a [u8], wanted: u16) -> Option<&'a [u8]> {
        while options.len() >= 4 {
            let (code, length) = (self.order.u16(options, 0), usize::from(self.order.u16(options, 2)));
            if code == wanted {
                return options.get(4..4 + length);
            }
            options = options.get(4 + length.next_multiple_of(4)..)?;
        }
        None
    }
}

impl Default for Pcapng {
    fn default() -> Self {
        Self::new()
    }
}

/// `if_tsresol`: a power of ten, or of two with the upper bit set.
fn ticks(resolution: u8) -> u64 {
    let (base, exponent): (u64, _) =
        if resolution & 0x80 == 0 { (10, resolution) } else { (2, resolution & 0x7f) };
    // A clock finer than any: everything happened at once.
    base.checked_pow(u32::from(exponent)).unwrap_or(u64::MAX)
}

enum Problem {
    Length,
    Interface(u32),
}

impl Problem {
    fn at(self, at: u64, length: u32) -> Corrupt {
        match self {
            Problem::Length => Corrupt::Block { at, length },
            Problem::Interface(interface) => Corrupt::Interface { at, interface },
        }
    }
}
