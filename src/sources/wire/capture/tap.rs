//! One interface under observation: its ring, what came through it, and what is wrong with it at present.

use std::io;

use super::interfaces;
use super::record::Record;
use super::ring::{Received, Ring};
use super::sockets::Sockets;
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
    /// What was counted.
    pub record: Record,
    /// What is wrong now.
    pub trouble: Option<Trouble>,
}

impl Tap {
    /// A ring for an interface, whether that is there or not. It hears nothing before [`Tap::look`].
    ///
    /// # Errors
    /// When there can be no ring: see [`Ring::new`].
    pub fn new(name: &str, ring_bytes: usize, promiscuous: bool, sockets: &Sockets) -> io::Result<Self> {
        Ok(Self {
            name: name.to_owned(),
            ring: Ring::new(sockets, ring_bytes)?,
            promiscuous,
            bound: None,
            has_been_bound: false,
            record: Record::default(),
            trouble: None,
        })
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
            if std::mem::replace(&mut self.has_been_bound, true) {
                self.record.rebind();
            }
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

    /// Hears nothing more from now on; what has come is still to be drained.
    pub fn deafen(&self) {
        // Otherwise what comes until the ring is gone counts too, and that is no harm.
        let _ = self.ring.deafen();
    }

    /// Takes the socket's error, which an interface leaves when it goes, and looks.
    pub fn recover(&mut self) {
        self.ring.clear_error();
        self.look();
    }

    /// Counts every frame of the blocks that are full by now, but not of more than a ring has, so that whoever
    /// else waits gets a turn.
    pub fn drain(&mut self, accounts: &mut Accounts, now: u32) {
        let counts_hosts = self.record.counts_hosts;
        let totals = &mut self.record.totals;
        for _ in 0..self.ring.blocks() {
            if !self
                .ring
                .read_block(|received| count(&received, totals, counts_hosts.then_some(&mut *accounts), now))
            {
                break;
            }
        }
    }

    /// Adds what the kernel and the hardware have lost since the last time.
    pub fn account_losses(&mut self) {
        if let Ok(losses) = self.ring.losses() {
            self.record.dropped += u64::from(losses.dropped);
            self.record.freezes += u64::from(losses.freezes);
        }
        if let Some(missed) = interfaces::missed(&self.name) {
            self.record.note_missed(missed);
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
