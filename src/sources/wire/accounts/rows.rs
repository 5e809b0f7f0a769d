//! Hosts as rows of a table, and which address names each. Pure.

use super::hosts::{Hosts, Identity};
use super::station::ACTIVE;
use super::table::Table;
use crate::metric::Traffic;
use crate::sources::wire::packet::address::{Address, Rank, Station};

/// Seconds for which a new host is not shown: ARP and neighbour discovery tell us meanwhile who it is.
const SETTLING: u32 = 2;

/// A host as a row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Unique among all rows of all times.
    pub serial: u64,
    /// Its station, if it is on our segment.
    pub station: Option<Station>,
    /// The address that names it; none for the row of all who found no place.
    pub address: Option<Address>,
    /// All its addresses that are in use.
    pub addresses: Vec<Address>,
    /// Everything counted for it; never less than in an earlier row.
    pub traffic: Traffic,
    /// Whether it has been known for long enough that we know who it is: only then may anybody see it.
    pub settled: bool,
}

impl Hosts {
    /// Every row with traffic, and that of those who found no place. `all` calls even those settled that are too new
    /// for us to know who they are.
    ///
    /// A host is named by its IPv4 address, else the best of IPv6. The name sticks: an IPv4 address gives way
    /// only to a better-used one after it has fallen silent, an IPv6 address only to a better kind.
    pub fn rows(&mut self, table: &Table, now: u32, all: bool) -> Vec<Row> {
        let mut rows: Vec<Option<Row>> = Vec::new();
        rows.resize_with(self.hosts.len(), || None);
        for (place, host) in self.hosts.iter().enumerate() {
            let Some(host) = host else { continue };
            let station = match host.identity {
                Identity::Station(station) => Some(station),
                Identity::Address(_) => None,
            };
            rows[place] = Some(Row {
                serial: host.serial,
                station,
                address: host.label,
                addresses: Vec::new(),
                traffic: host.carried,
                settled: all || host.shown || now.saturating_sub(host.first_seen) >= SETTLING,
            });
        }
        let mut label_seen: Vec<u32> = vec![0; rows.len()];
        let mut best: Vec<Option<(Rank, u32, Address)>> = vec![None; rows.len()];
        for number in table.numbers() {
            let entry = table.get(number);
            let place = entry.host as usize;
            let Some(row) = &mut rows[place] else { continue };
            row.traffic += entry.traffic - self.joined_at[number as usize];
            if entry.traffic.is_zero() {
                continue;
            }
            row.addresses.push(entry.address);
            if row.address == Some(entry.address) {
                label_seen[place] = entry.last_seen;
            }
            let candidate = (entry.address.rank(), entry.last_seen, entry.address);
            best[place] = best[place].max(Some(candidate));
        }
        let mut shown = Vec::new();
        for (place, row) in rows.into_iter().enumerate() {
            let (Some(mut row), Some(host)) = (row, self.hosts[place].as_mut()) else { continue };
            if let Some((rank, seen, address)) = best[place] {
                let stays = host.label.is_some_and(|label| {
                    label.rank() > rank
                        || label.rank() == rank
                            && (rank != Rank::V4 || label_seen[place].saturating_add(ACTIVE) >= seen)
                });
                if !stays {
                    host.label = Some(address);
                }
            }
            row.address = host.label;
            if !row.traffic.is_zero() && row.address.is_some() {
                if row.settled {
                    host.shown = true;
                    host.last_shown = row.traffic;
                }
                row.addresses.sort_unstable();
                shown.push(row);
            }
        }
        if !self.other.is_zero() {
            shown.push(Row {
                serial: 0,
                station: None,
                address: None,
                addresses: Vec::new(),
                traffic: self.other,
                settled: true,
            });
        }
        shown
    }
}
