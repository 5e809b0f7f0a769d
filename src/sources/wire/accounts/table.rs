//! Address → its counters: an open-addressing index over densely packed entries of one cache line each.
//!
//! Pure. It does not decide who gets an entry or which entries are one host: `accounts` and `hosts` do. The
//! hash is seeded, since whoever can send packets chooses the keys.

use crate::metric::Traffic;
use crate::sources::wire::packet::address::{Address, Station};

/// The counters of one address: one cache line, since every packet touches one or two of them.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Entry {
    /// Whose.
    pub address: Address,
    /// Everything counted for the address since the entry was made.
    pub traffic: Traffic,
    /// Station and flags: see [`Entry::station`], [`SPOKE`], [`ON_LINK`].
    pub tag: u64,
    /// The host it belongs to.
    pub host: u32,
    /// Second of the latest packet, by the packets' own clock.
    pub last_seen: u32,
}

/// The lower 48 bits of a tag are the station.
pub const STATION: u64 = (1 << 48) - 1;
/// The address has sent something; until then its station is only where others send to.
pub const SPOKE: u64 = 1 << 48;
/// The station has shown that the address is its own: by ARP, or by a packet that nobody can have forwarded.
pub const ON_LINK: u64 = 1 << 49;

impl Entry {
    /// The station that speaks for the address.
    pub fn station(&self) -> Station {
        Station(self.tag & STATION)
    }

    /// Whether the station has shown that the address is its own.
    pub fn is_on_link(&self) -> bool {
        self.tag & ON_LINK != 0
    }

    /// Whether a tag says more than we know: another station, or something newly shown.
    #[inline(always)]
    pub fn is_news(&self, tag: u64) -> bool {
        tag & !self.tag != 0 || (self.tag ^ tag) & STATION != 0
    }

    /// Whether the station has claimed the address by ARP.
    pub fn is_claimed(&self) -> bool {
        self.is_on_link() && self.address.is_v4()
    }
}

/// All entries, by address and by number.
#[derive(Debug)]
pub struct Table {
    /// Entry number plus one; zero is empty. A power of two, at most half full.
    index: Vec<u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    seed: [u64; 2],
}

impl Table {
    /// An empty table. The seed should not be known to whoever sends packets.
    pub fn new(seed: [u64; 2]) -> Self {
        Self { index: vec![0; 1024], entries: Vec::new(), free: Vec::new(), seed }
    }

    /// How many addresses it holds.
    pub fn count(&self) -> usize {
        self.entries.len() - self.free.len()
    }

    /// The entry's number, if the address has one.
    #[inline(always)]
    pub fn find(&self, address: Address) -> Option<u32> {
        let mask = self.index.len() - 1;
        let mut slot = self.hash(address) & mask;
        loop {
            let number = self.index[slot].checked_sub(1)?;
            if self.entries[number as usize].address == address {
                return Some(number);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The entry of a number that [`Table::find`] or [`Table::insert`] gave.
    #[inline(always)]
    pub fn entry(&mut self, number: u32) -> &mut Entry {
        &mut self.entries[number as usize]
    }

    /// As [`Table::entry`], to read.
    #[inline(always)]
    pub fn get(&self, number: u32) -> &Entry {
        &self.entries[number as usize]
    }

    /// Adds an entry for an address that has none, with nothing counted.
    pub fn insert(&mut self, entry: Entry) -> u32 {
        if (self.count() + 1) * 2 > self.index.len() {
            self.index = vec![0; self.index.len() * 2];
            let numbers: Vec<u32> = self.numbers().collect();
            for number in numbers {
                self.link(number);
            }
        }
        let number = match self.free.pop() {
            Some(number) => {
                self.entries[number as usize] = entry;
                number
            }
            None => {
                self.entries.push(entry);
                // Fewer than 2³² entries: limits are far below.
                (self.entries.len() - 1) as u32
            }
        };
        self.link(number);
        number
    }

    /// Takes an entry out.
    pub fn remove(&mut self, number: u32) {
        let mask = self.index.len() - 1;
        let mut hole = self.hash(self.get(number).address) & mask;
        while self.index[hole] != number + 1 {
            hole = (hole + 1) & mask;
        }
        // Close the hole: pull back whoever was pushed past it, so that no search ends early.
        let mut slot = hole;
        loop {
            slot = (slot + 1) & mask;
            let Some(other) = self.index[slot].checked_sub(1) else { break };
            let home = self.hash(self.get(other).address) & mask;
            if slot.wrapping_sub(home) & mask >= slot.wrapping_sub(hole) & mask {
                self.index[hole] = self.index[slot];
                hole = slot;
            }
        }
        self.index[hole] = 0;
        self.free.push(number);
    }

    /// The numbers of all entries.
    pub fn numbers(&self) -> impl Iterator<Item = u32> {
        // Removed entries stay in place until reused; a sorted copy of the free list tells them apart.
        let mut free = self.free.clone();
        free.sort_unstable();
        (0..self.entries.len() as u32).filter(move |number| free.binary_search(number).is_err())
    }

    fn link(&mut self, number: u32) {
        let mask = self.index.len() - 1;
        let mut slot = self.hash(self.get(number).address) & mask;
        while self.index[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.index[slot] = number + 1;
    }

    /// A folded multiplication of the seeded halves; every input bit reaches every output bit.
    #[inline(always)]
    fn hash(&self, address: Address) -> usize {
        let (high, low) = address.halves();
        let product = u128::from(high ^ self.seed[0]) * u128::from(low ^ self.seed[1]);
        ((product >> 64) as u64 ^ product as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn entry(address: Address, mark: u32) -> Entry {
        Entry { address, traffic: Traffic::default(), tag: 0, host: mark, last_seen: 0 }
    }

    #[test]
    fn an_entry_is_one_cache_line() {
        assert_eq!(std::mem::size_of::<Entry>(), 64);
    }

    proptest! {
        #[test]
        fn agrees_with_a_map_over_random_insertions_and_removals(
            seed in any::<[u64; 2]>(),
            // Few distinct addresses, so that removals hit; enough operations to grow and to collide.
            steps in proptest::collection::vec((any::<bool>(), 0u16..2000), 0..4000),
        ) {
            let mut table = Table::new(seed);
            let mut map: HashMap<Address, u32> = HashMap::new();
            for (mark, (add, which)) in steps.into_iter().enumerate() {
                let [high, low] = which.to_be_bytes();
                let address = if which % 2 == 0 {
                    Address::v4(u32::from_be_bytes([10, 0, high, low]))
                } else {
                    Address::v6(0xfd << 56 | u64::from(high), u64::from(low))
                };
                let found = table.find(address);
                prop_assert_eq!(found.is_some(), map.contains_key(&address));
                match (found, add) {
                    (None, true) => {
                        table.insert(entry(address, mark as u32));
                        map.insert(address, mark as u32);
                    }
                    (Some(number), false) => {
                        table.remove(number);
                        map.remove(&address);
                    }
                    _ => {}
                }
                prop_assert_eq!(table.count(), map.len());
            }
            let mut listed: HashMap<Address, u32> = HashMap::new();
            for number in table.numbers() {
                listed.insert(table.get(number).address, table.get(number).host);
            }
            prop_assert_eq!(&listed, &map);
            for (&address, &mark) in &map {
                prop_assert_eq!(table.find(address).map(|number| table.get(number).host), Some(mark));
            }
        }
    }
}
