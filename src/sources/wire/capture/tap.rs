//! One interface under observation: its ring, what it carried, and what is wrong with it at present.

use std::io;

use super::interfaces;
use super::ring::{Received, Ring};
use crate::sources::wire::accounts::{Accounts, Totals};
use crate::sources::wire::packet::superframe::weigh;
use crate::sources::wire::packet::{self, Frame, Link, Sink};

/// What keeps an interface from being heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No interface of this name; there were these when it was first missed.
    Missing(Vec<String>),
    /// There, but set down.
    Down,
    /// Bound again, and refused.
    Bind(String),
}

/// One interface.
#[derive(Debug)]
pub struct Tap {
    /// Its name, by which it is found again.
    pub name: String,
    ring: Ring,
    promiscuous: bool,
    /// The index that the socket is bound to; none once that interface is gone, since another may get its number.
    bound: Option<u32>,
    has_been_bound: bool,
    /// Whether its packets count for hosts, and are not seen on another interface as well.
    pub counts_hosts: bool,
    /// What it carried.
    pub totals: Totals,
    /// Of the IP bytes that it carried, those that another interface showed as well, up to the last change.
    shown_elsewhere: u64,
    /// How many IP bytes there were at the last change.
    changed_at: u64,
    /// Frames that the ring had no room for.
    pub dropped: u64,
    /// How often the ring was full.
    pub freezes: u64,
    /// How often the interface came back as another one.
    pub rebound: u64,
    /// What is wrong now.
    pub trouble: Option<Trouble>,
}

impl Tap {
    /// Opens a ring for an interface, whether that is there or not.
    ///
    /// # Errors
    /// When there can be no ring: see [`Ring::open`].
    pub fn open(name: &str, ring_bytes: usize, promiscuous: bool) -> io::Result<Self> {
        let mut tap = Self {
            name: name.to_owned(),
            ring: Ring::open(ring_bytes)?,
            promiscuous,
            bound: None,
            has_been_bound: false,
            counts_hosts: true,
            totals: Totals::default(),
            shown_elsewhere: 0,
            changed_at: 0,
            dropped: 0,
            freezes: 0,
            rebound: 0,
            trouble: None,
        };
        tap.look();
        Ok(tap)
    }

    /// The ring, to wait for.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }

    /// Looks at what has become of the interface, and binds the ring to it again if it is another one now.
    pub fn look(&mut self) {
        let index = interfaces::index(&self.name);
        if let Some(index) = index
            && self.bound != Some(index)
        {
            if let Err(error) = self.ring.bind(index, self.promiscuous) {
                self.trouble = Some(Trouble::Bind(error.to_string()));
                return;
            }
            self.rebound += u64::from(self.has_been_bound);
            self.has_been_bound = true;
        }
        self.bound = index;
        self.trouble = match index {
            // The list stays as it was: what is wrong has not changed when another interface comes or goes.
            None => match self.trouble.take() {
                Some(Trouble::Missing(known)) => Some(Trouble::Missing(known)),
                _ => Some(Trouble::Missing(interfaces::names())),
            },
            Some(_) if !interfaces::is_up(&self.name) => Some(Trouble::Down),
            Some(_) => None,
        };
    }

    /// From now on its packets count for hosts, or do not.
    pub fn count_hosts(&mut self, counts: bool) {
        if counts != self.counts_hosts {
            self.shown_elsewhere = self.totals.ip_bytes() - self.ip_bytes_of_its_own();
            self.changed_at = self.totals.ip_bytes();
            self.counts_hosts = counts;
        }
    }

    /// IP bytes that no other interface has shown. Never less than before, whatever becomes of the interface.
    pub fn ip_bytes_of_its_own(&self) -> u64 {
        let known = if self.counts_hosts { self.totals.ip_bytes() } else { self.changed_at };
        known - self.shown_elsewhere
    }

    /// Takes the socket's error, which an interface leaves when it goes, and looks.
    pub fn recover(&mut self) {
        self.ring.clear_error();
        self.look();
    }

    /// Counts every frame of the blocks that are full by now, but not of more than a ring has, so that whoever
    /// else waits gets a turn.
    pub fn drain(&mut self, accounts: &mut Accounts, now: u32) {
        let (totals, counts_hosts) = (&mut self.totals, self.counts_hosts);
        for _ in 0..self.ring.blocks() {
            if !self
                .ring
                .read_block(|received| count(&received, totals, counts_hosts.then_some(&mut *accounts), now))
            {
                break;
            }
        }
    }

    /// Adds what the kernel has lost since the last time.
    pub fn account_losses(&mut self) {
        if let Ok(losses) = self.ring.losses() {
            self.dropped += u64::from(losses.dropped);
            self.freezes += u64::from(losses.freezes);
        }
    }
}

// ARPHRD_… of linux/if_arp.h.
const ETHERNET: u16 = 1;
const LOOPBACK: u16 = 772;

#[inline(always)]
fn count(received: &Received<'_>, totals: &mut Totals, accounts: Option<&mut Accounts>, now: u32) {
    // The loopback shows everything twice: as sent and as received.
    if received.hardware_type == LOOPBACK && received.is_outgoing {
        return;
    }
    let mut books = Books { received, offset: 0, totals, accounts, now };
    if matches!(received.hardware_type, ETHERNET | LOOPBACK) {
        packet::read(Link::Ethernet, received.data, received.wire_bytes, &mut books);
        return;
    }
    // Other links have headers of their own, or none; the kernel knows where the datagram begins.
    books.offset = received.network.min(received.data.len());
    let (data, wire_bytes) = (books.data(), books.wire_bytes());
    books.frame(&packet::read_network(received.ethertype, data, wire_bytes));
}

struct Books<'a> {
    received: &'a Received<'a>,
    /// Where the frame begins for us: behind a link header that we do not read.
    offset: usize,
    totals: &'a mut Totals,
    accounts: Option<&'a mut Accounts>,
    now: u32,
}

impl<'a> Books<'a> {
    #[inline(always)]
    fn data(&self) -> &'a [u8] {
        &self.received.data[self.offset..]
    }

    #[inline(always)]
    fn wire_bytes(&self) -> u32 {
        self.received.wire_bytes.saturating_sub(self.offset as u32)
    }
}

impl Sink for Books<'_> {
    #[inline(always)]
    fn frame(&mut self, frame: &Frame) {
        let data = self.data();
        let mut offload = self.received.offload;
        // The kernel counts it from the link header on.
        offload.checksum_start = offload.checksum_start.map(|at| at.saturating_sub(self.offset as u16));
        let weight = weigh(frame, data, self.wire_bytes(), self.received.stripped, offload);
        self.totals.count(frame, &weight);
        if let Some(accounts) = &mut self.accounts {
            accounts.count(frame, data, &weight, self.now);
        }
    }
}
