//! Reads a capture, of either format, gzipped or not, whole or still growing, in large blocks.
//!
//! It keeps one block in memory, whatever the capture's length. No mmap: page faults cost more than copying into
//! a buffer that stays in the cache.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::pcap::{self, Pcap};
use super::pcapng::{self, Pcapng};
use super::record::{Corrupt, RECORD_MAX, Record};

/// Fits the second-level cache, and large enough that system calls do not show.
const BLOCK: usize = 256 * 1024;
/// Room in front of where a block lands, for the beginning of a record that the last one cut: more than any record
/// or block of either format.
const CARRY: usize = RECORD_MAX + 128 * 1024;
/// The kernel copies to the beginning of a page a tenth faster than to anywhere else.
const PAGE: usize = 4096;

/// A capture in reading.
pub struct Reader {
    input: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Where in the buffer a block lands: the beginning of a page.
    landing: usize,
    /// The unread octets of the buffer.
    pending: std::ops::Range<usize>,
    /// Where the pending octets begin in the uncompressed capture.
    position: u64,
    format: Format,
}

enum Format {
    Unknown,
    /// Unknown still, but unpacked.
    Unpacked,
    Pcap(Pcap),
    Pcapng(Box<Pcapng>),
}

/// How far one step came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something was read; there may be more.
    Read,
    /// Nothing to read now; more may come.
    Blocked,
    /// The end of the input, after whole records only.
    End,
    /// The end of the input, within a record: so many octets of it are there.
    Cut(usize),
}

/// Why reading cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The capture is not one, or damaged.
    #[error(transparent)]
    Corrupt(#[from] Corrupt),
    /// The input failed; a damaged gzip stream is one of these.
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Reader {
    /// Begins to read.
    pub fn new(input: impl Read + Send + 'static) -> Self {
        let buffer = vec![0; CARRY + PAGE + BLOCK];
        let landing = CARRY + buffer[CARRY..].as_ptr().align_offset(PAGE).min(PAGE);
        Self {
            input: Box::new(input),
            buffer,
            landing,
            pending: landing..landing,
            position: 0,
            format: Format::Unknown,
        }
    }

    /// Whether anything came that begins a capture.
    pub fn has_begun(&self) -> bool {
        matches!(self.format, Format::Pcap(_) | Format::Pcapng(_))
    }

    /// Reads once and hands over every record that is whole by then.
    ///
    /// # Errors
    /// When nothing sensible can follow; what came before has been handed over.
    pub fn step(&mut self, sink: &mut impl FnMut(Record<'_>)) -> Result<Step, ReadError> {
        let (landing, carried) = (self.landing, self.pending.len());
        self.buffer.copy_within(self.pending.clone(), landing - carried);
        self.pending = landing - carried..landing;
        let read = match self.input.read(&mut self.buffer[landing..landing + BLOCK]) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Step::Blocked),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Step::Read),
            // The only format that ends in the middle of itself: a gzip stream that was cut off.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Ok(Step::Cut(self.unfinished()));
            }
            Err(error) => return Err(error.into()),
        };
        if read == 0 {
            return self.at_end();
        }
        self.pending.end += read;
        self.sniff(false)?;
        self.records(sink)?;
        Ok(Step::Read)
    }

    fn at_end(&mut self) -> Result<Step, ReadError> {
        if !self.pending.is_empty() {
            self.sniff(true)?;
        }
        let octets = self.unfinished();
        Ok(if octets == 0 { Step::End } else { Step::Cut(octets) })
    }

    /// Octets that are there of a record or block that has not ended yet.
    fn unfinished(&self) -> usize {
        let skipped = match &self.format {
            // A block's length has 32 bits.
            Format::Pcapng(pcapng) => pcapng.unfinished() as usize,
            Format::Unknown | Format::Unpacked | Format::Pcap(_) => 0,
        };
        self.pending.len() + skipped
    }

    fn records(&mut self, sink: &mut impl FnMut(Record<'_>)) -> Result<(), Corrupt> {
        let bytes = &self.buffer[self.pending.clone()];
        let used = match &mut self.format {
            Format::Unknown | Format::Unpacked => 0,
            Format::Pcap(pcap) => pcap.records(bytes, self.position, sink)?,
            Format::Pcapng(pcapng) => pcapng.records(bytes, self.position, sink)?,
        };
        self.consume(used);
        Ok(())
    }

    /// Finds out what it is, as soon as there is enough of it or `no_more` will come.
    fn sniff(&mut self, no_more: bool) -> Result<(), Corrupt> {
        if !matches!(self.format, Format::Unknown | Format::Unpacked) {
            return Ok(());
        }
        let bytes = &self.buffer[self.pending.clone()];
        let Some(&magic) = bytes.first_chunk::<4>() else {
            return if no_more { Err(Corrupt::Magic(short(bytes))) } else { Ok(()) };
        };
        if magic[..2] == [0x1f, 0x8b] && matches!(self.format, Format::Unknown) {
            let head = Cursor::new(bytes.to_vec());
            let packed = std::mem::replace(&mut self.input, Box::new(io::empty()));
            self.input = Box::new(MultiGzDecoder::new(head.chain(packed)));
            self.pending.start = self.pending.end;
            self.format = Format::Unpacked;
        } else if magic == pcapng::MAGIC {
            self.format = Format::Pcapng(Box::default());
        } else if let Some(header) = bytes.first_chunk::<{ pcap::HEADER }>() {
            self.format = Format::Pcap(Pcap::open(header).unwrap_or(Err(Corrupt::Magic(magic)))?);
            self.consume(pcap::HEADER);
        } else if !is_pcap(magic) {
            return Err(Corrupt::Magic(magic));
        }
        Ok(())
    }

    fn consume(&mut self, octets: usize) {
        self.pending.start += octets;
        self.position += octets as u64;
    }
}

/// Whether four octets begin a classic capture, for one of which not even the header is there yet.
fn is_pcap(magic: [u8; 4]) -> bool {
    let mut header = [0; pcap::HEADER];
    header[..4].copy_from_slice(&magic);
    Pcap::open(&header).is_some()
}

fn short(bytes: &[u8]) -> [u8; 4] {
    let mut magic = [0; 4];
    magic[..bytes.len()].copy_from_slice(bytes);
    magic
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
