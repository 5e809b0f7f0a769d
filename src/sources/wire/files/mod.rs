//! Captures that are finished: reads them all into one set of books.

pub mod pcap;
pub mod pcapng;
pub mod reader;
pub mod record;

use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::sources::wire::accounts::limits::Limits;
use crate::sources::wire::accounts::{Accounts, Totals};
use crate::sources::wire::packet::address::Prefixes;
use crate::sources::wire::packet::superframe::{Offload, weigh};
use crate::sources::wire::packet::{self, Frame, Sink};
use reader::{ReadError, Reader, Step};
use record::Record;

/// The books of some captures.
#[derive(Debug)]
pub struct Captures {
    /// Who received and sent how much.
    pub accounts: Accounts,
    /// What the captures hold, whoever sent it.
    pub totals: Totals,
    /// Second of the latest packet.
    pub latest: u32,
}

/// How a capture ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// After whole records.
    Whole,
    /// Within a record, so many octets of which are there: the capture was cut off.
    Cut(usize),
    /// Before it began: an empty file.
    Empty,
}

impl Captures {
    /// Empty books for these prefixes.
    pub fn new(prefixes: Prefixes) -> Self {
        let accounts = Accounts::new(prefixes, Limits::offline(), random_seed());
        Self { accounts, totals: Totals::default(), latest: 0 }
    }

    /// Adds a capture; `-` is standard input. What came before an error is counted.
    ///
    /// # Errors
    /// When the file cannot be opened or read, or is no capture, or a damaged one.
    pub fn add(&mut self, path: &Path) -> Result<Ending, ReadError> {
        let file = if path == Path::new("-") {
            File::from(io::stdin().as_fd().try_clone_to_owned()?)
        } else {
            File::open(path)?
        };
        let waits_for = file.try_clone()?;
        let mut reader = Reader::new(file);
        loop {
            let Self { accounts, totals, latest } = self;
            let step = reader.step(&mut |record| {
                count(&record, totals, accounts, record.seconds);
                *latest = record.seconds.max(*latest);
            })?;
            match step {
                Step::Read => {}
                // Standard input may be of the kind that does not wait.
                Step::Blocked => {
                    let mut files = [PollFd::new(waits_for.as_fd(), PollFlags::POLLIN)];
                    poll(&mut files, PollTimeout::NONE).map_err(io::Error::from)?;
                }
                Step::End if !reader.has_begun() => return Ok(Ending::Empty),
                Step::End => return Ok(Ending::Whole),
                Step::Cut(octets) => return Ok(Ending::Cut(octets)),
            }
        }
    }
}

/// Counts one record of a capture.
#[inline(always)]
pub fn count(record: &Record<'_>, totals: &mut Totals, accounts: &mut Accounts, now: u32) {
    let mut books = Books { record, totals, accounts, now };
    match record.link {
        Some(link) => packet::read(link, record.data, record.wire_bytes, &mut books),
        None => books.frame(&packet::unread()),
    }
}

struct Books<'a> {
    record: &'a Record<'a>,
    totals: &'a mut Totals,
    accounts: &'a mut Accounts,
    now: u32,
}

impl Sink for Books<'_> {
    #[inline(always)]
    fn frame(&mut self, frame: &Frame) {
        let weight = weigh(frame, self.record.data, self.record.wire_bytes, 0, Offload::default());
        self.totals.count(frame, &weight);
        self.accounts.count(frame, self.record.data, &weight, self.now);
    }
}

/// A seed for the hash table that nobody who sends packets can know.
pub fn random_seed() -> [u64; 2] {
    // The standard library asks the system for its own keys, and hashes them here.
    let keys = RandomState::new();
    [keys.hash_one(0u64), keys.hash_one(1u64)]
}
