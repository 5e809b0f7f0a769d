//! What we know of a station (hardware address) and whether an address that it speaks for is its own. Pure.

use super::table::{Entry, Table};

/// Seconds after which an address counts as no longer in use by its station.
pub const ACTIVE: u32 = 300;

/// Own IPv4 addresses a station may claim by ARP; one with more answers for others (a repeater, proxy ARP).
const MOST_CLAIMS: u32 = 3;

/// What we know of a station.
#[derive(Debug, Default)]
pub struct Known {
    /// Speaks for others.
    pub router: bool,
    /// IPv4 addresses it has claimed by ARP and still speaks for.
    pub claims: u32,
    /// Addresses it speaks for that are kept apart.
    pub foreign: u32,
    /// Those of them that are IPv4.
    pub foreign_v4: u32,
    /// Numbers of the entries folded into its host.
    pub own: Vec<u32>,
}

impl Known {
    /// Whether an address that the station speaks for is its own, as far as we can tell. The entry is not among those
    /// that are noted here.
    pub fn owns(&self, table: &Table, entry: &Entry, now: u32) -> bool {
        let address = entry.address;
        if !address.is_v4() {
            return is_shown_v6(entry) || !self.router;
        }
        if entry.is_on_link() {
            return self.claims < MOST_CLAIMS;
        }
        // Without a claim the first is taken for its own, and so is the next when that has fallen silent; but not of
        // a router.
        let rival = |&own: &u32| {
            let other = table.get(own);
            other.address.is_v4()
                && other.address != address
                && (other.is_on_link() || other.last_seen.saturating_add(ACTIVE) >= now)
        };
        !self.router && !self.own.iter().any(rival)
    }

    /// Numbers of the own entries that may turn out to be somebody else's. A station has few of them, even one that
    /// makes up addresses.
    pub fn doubtful(&self, table: &Table) -> Vec<u32> {
        let doubtful = |own: &u32| {
            let entry = table.get(*own);
            entry.address.is_v4() || self.router && !is_shown_v6(entry)
        };
        self.own.iter().copied().filter(doubtful).collect()
    }

    /// How many IPv6 addresses it uses that it has not shown to be its own.
    pub fn unproven_v6(&self, table: &Table, now: u32) -> usize {
        let unproven = |&&own: &&u32| {
            let entry = table.get(own);
            !entry.address.is_v4() && !is_shown_v6(entry) && entry.last_seen.saturating_add(ACTIVE) >= now
        };
        self.own.iter().filter(unproven).count()
    }
}

/// Whether an IPv6 address is its station's by what it is or by what was seen: nobody forwards link-local addresses,
/// and nobody else has a reason to make one from that hardware address.
pub fn is_shown_v6(entry: &Entry) -> bool {
    let address = entry.address;
    entry.is_on_link() || address.is_link_local_v6() || address.is_made_from(entry.station())
}
