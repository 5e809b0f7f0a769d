//! Which addresses are one host. Pure.
//!
//! A host on our segment is its station (hardware address); the addresses that the station shows to be its own
//! are folded into it, so that the privacy addresses of IPv6 do not make new series every day. A station that
//! speaks for others is a router, and what lies behind it is kept apart, one host an address, without a station.
//!
//! What a host's row says never decreases: counters belong to hosts, and when an address moves to another host,
//! what the old one has already shown stays with it.
//!
//! It trusts no frame further than the rows it names: who forges frames can mix up the figures of the addresses and
//! stations that he names in them, and those of nobody else.

use std::collections::HashMap;

use super::limits::Limits;
use super::station::{Known, is_shown_v6};
use super::table::{Entry, STATION, Table};
use crate::metric::Traffic;
use crate::sources::wire::packet::address::{Address, Station};

/// IPv4 addresses that a station speaks for and does not own, from which on it is a router for IPv6, too.
const ROUTER_FOREIGN_V4: u32 = 3;
/// IPv6 addresses in use by a station that has not shown them to be its own, from which on it is a router. A
/// host has a stable and a few temporary ones (RFC 8981), all of which neighbour discovery soon shows.
const ROUTER_UNPROVEN_V6: usize = 8;
/// What makes a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    /// A station on our segment, with all its addresses.
    Station(Station),
    /// One address, behind a router or on a link without stations.
    Address(Address),
}

/// A row.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) identity: Identity,
    /// Unique for ever, unlike the host's place in the list.
    pub(super) serial: u64,
    /// What addresses that have left it counted while it had them.
    pub(super) carried: Traffic,
    /// How many addresses it has now.
    pub(super) addresses: u32,
    /// Whether anybody has seen its row.
    pub(super) shown: bool,
    /// When an address of it was last in use, of those that have left it.
    pub(super) last_seen: u32,
    /// What that row said last.
    pub(super) last_shown: Traffic,
    pub(super) first_seen: u32,
    /// The address that names it: see [`Hosts::rows`].
    pub(super) label: Option<Address>,
}

/// No host yet.
const NOWHERE: u32 = u32::MAX;

/// All hosts. Entries live in the [`Table`], which every call is given.
#[derive(Debug)]
pub struct Hosts {
    limits: Limits,
    /// By place; an entry's `host` is one. Freed places are reused.
    pub(super) hosts: Vec<Option<Host>>,
    free: Vec<u32>,
    by_identity: HashMap<Identity, u32>,
    stations: HashMap<Station, Known>,
    /// By entry: what it had counted when it joined its present host.
    pub(super) joined_at: Vec<Traffic>,
    slash64: HashMap<u64, u32>,
    /// Who found no place, together.
    pub(super) other: Traffic,
    reclaimed_at: u32,
    next_serial: u64,
}

impl Hosts {
    /// Nobody yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            hosts: Vec::new(),
            free: Vec::new(),
            by_identity: HashMap::new(),
            stations: HashMap::new(),
            joined_at: Vec::new(),
            slash64: HashMap::new(),
            other: Traffic::default(),
            reclaimed_at: 0,
            // Zero is the row `other`.
            next_serial: 1,
        }
    }

    /// Keeps to other caps from now on. Hosts and addresses above them stay; what one station has too many, goes, since
    /// what follows counts on that.
    pub fn set_limits(&mut self, table: &mut Table, limits: Limits) {
        self.limits = limits;
        let stations: Vec<Station> = self.stations.keys().copied().collect();
        for station in stations {
            self.trim(table, station);
        }
    }

    /// Gives an address an entry and a host; none if there is no room, and then the caller credits
    /// [`Hosts::fold`].
    pub fn admit(&mut self, table: &mut Table, address: Address, tag: u64, now: u32) -> Option<u32> {
        let entry = Entry { address, traffic: Traffic::default(), tag, host: NOWHERE, last_seen: now };
        if !self.has_room(table, &entry, now) {
            if self.reclaimed_at == now {
                return None;
            }
            self.reclaimed_at = now;
            self.reclaim(table, now);
            if !self.has_room(table, &entry, now) {
                return None;
            }
        }
        if let Some(slash64) = address.slash64() {
            *self.slash64.entry(slash64).or_default() += 1;
        }
        let number = table.insert(entry);
        let place = number as usize;
        if self.joined_at.len() <= place {
            self.joined_at.resize(place + 1, Traffic::default());
        }
        self.joined_at[place] = Traffic::default();
        self.attach(table, number, now);
        if entry.is_claimed() {
            self.settle_all(table, entry.station(), now);
        }
        Some(number)
    }

    fn has_room(&self, table: &Table, entry: &Entry, now: u32) -> bool {
        let in_slash64 =
            entry.address.slash64().and_then(|slash64| self.slash64.get(&slash64)).copied().unwrap_or(0);
        table.count() < self.limits.addresses
            && (in_slash64 as usize) < self.limits.per_slash64
            && (self.by_identity.len() < self.limits.hosts
                || self.by_identity.contains_key(&self.identify(table, entry, now)))
    }

    /// Credits traffic of an address that found no room.
    pub fn fold(&mut self, traffic: Traffic) {
        self.other += traffic;
    }

    /// Another station speaks for an address now, or the same one has shown more of itself.
    pub fn retag(&mut self, table: &mut Table, number: u32, tag: u64, now: u32) {
        let old = *table.get(number);
        self.detach(number, &old);
        let entry = table.entry(number);
        // What one station has shown says nothing of the next.
        entry.tag = if old.station() == Station(tag & STATION) { old.tag | tag } else { tag };
        let (station, claims) = (entry.station(), entry.is_claimed());
        self.attach(table, number, now);
        self.forget_idle(old.station());
        if claims && !(old.station() == station && old.is_claimed()) {
            self.settle_all(table, station, now);
        }
    }

    /// A station has called itself a router (RFC 4861 §4.2, §4.4).
    pub fn is_router(&mut self, table: &mut Table, station: Station, now: u32) {
        if let Some(known) = self.stations.get_mut(&station)
            && !known.router
        {
            known.router = true;
            self.settle_all(table, station, now);
        }
    }

    /// The station of the host that an entry belongs to, if it is on our segment.
    pub fn station_of(&self, entry: &Entry) -> Option<Station> {
        match self.hosts.get(entry.host as usize)?.as_ref()?.identity {
            Identity::Station(station) => Some(station),
            Identity::Address(_) => None,
        }
    }

    /// How many hosts have a row, shown or not.
    pub fn count(&self) -> usize {
        self.by_identity.len()
    }

    /// The host that an entry's station and flags call for.
    fn identify(&self, table: &Table, entry: &Entry, now: u32) -> Identity {
        let station = entry.station();
        let unknown = Known::default();
        let known = self.stations.get(&station).unwrap_or(&unknown);
        if station != Station::NONE && known.owns(table, entry, now) {
            Identity::Station(station)
        } else {
            Identity::Address(entry.address)
        }
    }

    /// Puts a detached entry with its host, and notes with its station that it speaks for it.
    fn attach(&mut self, table: &mut Table, number: u32, now: u32) {
        let entry = *table.get(number);
        let station = entry.station();
        let identity = self.identify(table, &entry, now);
        let present = self.hosts.get(entry.host as usize).and_then(Option::as_ref);
        let full = self.by_identity.len() >= self.limits.hosts && !self.by_identity.contains_key(&identity);
        // At the limit an entry may not leave an old row behind for a new one.
        let stays = present.is_some_and(|host| {
            let leaves_nothing = host.addresses == 1 && !host.shown && host.carried.is_zero();
            host.identity == identity || full && !leaves_nothing
        });
        if !stays {
            let to = self.host_of(identity, now);
            self.shift(table, number, to);
        }
        if station == Station::NONE {
            return;
        }
        let folded = self.hosts[table.get(number).host as usize].as_ref().map(|host| host.identity)
            == Some(Identity::Station(station));
        let known = self.stations.entry(station).or_default();
        known.claims += u32::from(entry.is_claimed());
        if folded {
            known.own.push(number);
            self.trim(table, station);
        } else {
            known.foreign += 1;
            known.foreign_v4 += u32::from(entry.address.is_v4());
        }
        // Nothing else makes a router of it, and this is not free.
        let telling = if entry.address.is_v4() { !folded } else { !is_shown_v6(&entry) };
        if telling {
            self.promote(table, station, now);
        }
    }

    /// The opposite of the second half of [`Hosts::attach`]; the entry keeps its host until it has another.
    fn detach(&mut self, number: u32, entry: &Entry) {
        let folded = self.hosts[entry.host as usize].as_ref().map(|host| host.identity)
            == Some(Identity::Station(entry.station()));
        let Some(known) = self.stations.get_mut(&entry.station()) else { return };
        if entry.is_claimed() {
            known.claims = known.claims.saturating_sub(1);
        }
        if folded {
            known.own.retain(|&own| own != number);
        } else {
            known.foreign = known.foreign.saturating_sub(1);
            known.foreign_v4 = known.foreign_v4.saturating_sub(u32::from(entry.address.is_v4()));
        }
    }

    /// Forgets a station that speaks for nobody any more, so that there are never more stations than entries. Not in
    /// [`Hosts::detach`]: an entry that is only on its way leaves behind what we know of its station.
    fn forget_idle(&mut self, station: Station) {
        if self.stations.get(&station).is_some_and(|known| known.own.is_empty() && known.foreign == 0) {
            self.stations.remove(&station);
        }
    }

    /// Makes a station a router when it speaks for more than one host would.
    fn promote(&mut self, table: &mut Table, station: Station, now: u32) {
        let Some(known) = self.stations.get_mut(&station) else { return };
        if !known.router
            && (known.foreign_v4 > ROUTER_FOREIGN_V4 || known.unproven_v6(table, now) > ROUTER_UNPROVEN_V6)
        {
            known.router = true;
            self.settle_all(table, station, now);
        }
    }

    /// Looks again at what a station calls its own: a proven address displaces those that were only assumed, and too
    /// many claims prove nothing; a router's addresses are its own only when shown.
    fn settle_all(&mut self, table: &mut Table, station: Station, now: u32) {
        let doubtful = self.stations.get(&station).map(|known| known.doubtful(table)).unwrap_or_default();
        for number in doubtful {
            let entry = *table.get(number);
            self.detach(number, &entry);
            self.attach(table, number, now);
        }
    }

    /// Moves an entry to another host. What the old host has shown, it keeps; what it has not, goes along.
    fn shift(&mut self, table: &mut Table, number: u32, to: u32) {
        let entry = table.entry(number);
        let from = std::mem::replace(&mut entry.host, to);
        self.host(to).addresses += 1;
        if from == NOWHERE {
            return;
        }
        let (traffic, joined_at, seen) = (entry.traffic, self.joined_at[number as usize], entry.last_seen);
        let old = self.host(from);
        old.addresses -= 1;
        old.last_seen = old.last_seen.max(seen);
        if old.shown {
            old.carried += traffic - joined_at;
            self.joined_at[number as usize] = traffic;
        } else if old.addresses == 0 && old.carried.is_zero() {
            self.remove_host(from);
        }
    }

    /// Forgets the addresses of a station that were unused for longest, beyond what one may have. Their counts
    /// stay with the host.
    fn trim(&mut self, table: &mut Table, station: Station) {
        while let Some(known) = self.stations.get_mut(&station)
            && known.own.len() > self.limits.per_station
        {
            // The newest is last and stays, whatever its clock says.
            let older = known.own.len() - 1;
            let Some(oldest) = (0..older).min_by_key(|&at| table.get(known.own[at]).last_seen) else {
                return;
            };
            let number = known.own[oldest];
            self.drop_entry(table, number);
        }
    }

    /// Takes an entry out; its host keeps what it counted.
    pub(super) fn drop_entry(&mut self, table: &mut Table, number: u32) {
        let entry = *table.get(number);
        let since = entry.traffic - self.joined_at[number as usize];
        self.detach(number, &entry);
        self.forget_idle(entry.station());
        let host = self.host(entry.host);
        host.carried += since;
        host.addresses -= 1;
        host.last_seen = host.last_seen.max(entry.last_seen);
        if !since.is_zero() {
            // Nobody may have asked for rows yet, and what is carried needs a name in them.
            host.label.get_or_insert(entry.address);
        }
        if let Some(slash64) = entry.address.slash64()
            && let Some(count) = self.slash64.get_mut(&slash64)
        {
            *count -= 1;
            if *count == 0 {
                self.slash64.remove(&slash64);
            }
        }
        table.remove(number);
    }

    pub(super) fn remove_host(&mut self, place: u32) {
        if let Some(host) = self.hosts[place as usize].take() {
            self.by_identity.remove(&host.identity);
            self.free.push(place);
        }
    }

    fn host_of(&mut self, identity: Identity, now: u32) -> u32 {
        if let Some(&place) = self.by_identity.get(&identity) {
            return place;
        }
        let label = match identity {
            Identity::Address(address) => Some(address),
            Identity::Station(_) => None,
        };
        let serial = self.next_serial;
        self.next_serial += 1;
        let host = Some(Host {
            identity,
            serial,
            carried: Traffic::default(),
            addresses: 0,
            shown: false,
            last_seen: now,
            last_shown: Traffic::default(),
            first_seen: now,
            label,
        });
        let place = match self.free.pop() {
            Some(place) => {
                self.hosts[place as usize] = host;
                place
            }
            None => {
                self.hosts.push(host);
                (self.hosts.len() - 1) as u32
            }
        };
        self.by_identity.insert(identity, place);
        place
    }

    pub(super) fn host(&mut self, place: u32) -> &mut Host {
        // An entry's place is freed only after its last entry has left it.
        self.hosts[place as usize].as_mut().expect("a place in use")
    }
}

#[cfg(test)]
#[path = "hosts_tests.rs"]
mod tests;
