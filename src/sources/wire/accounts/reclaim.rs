//! Makes room when there is none: whoever has been silent for longest gives way, and what it counted is kept in
//! the sum. Pure. Nothing is reclaimed while there is room.

use super::hosts::Hosts;
use super::table::{SPOKE, Table};

/// Seconds of silence after which an address that has sent something may go.
const SILENT: u32 = 3600;
/// The same for one that never sent: mostly the target of a scan.
const NEVER_SPOKE: u32 = 300;

impl Hosts {
    /// Takes out silent addresses, and the hosts that have none left. Walks everything: the caller sees to it that
    /// this happens at most once a second.
    pub(super) fn reclaim(&mut self, table: &mut Table, now: u32) {
        let silent = |number: &u32| {
            let entry = table.get(*number);
            let patience = if entry.tag & SPOKE != 0 { SILENT } else { NEVER_SPOKE };
            entry.last_seen.saturating_add(patience) < now
        };
        let silent: Vec<u32> = table.numbers().filter(silent).collect();
        for number in silent {
            self.drop_entry(table, number);
        }
        for place in 0..self.hosts.len() as u32 {
            if self.hosts[place as usize].as_ref().is_some_and(|host| host.addresses == 0) {
                // Into the row of those who found no place, so that no sum goes back.
                let carried = self.host(place).carried;
                self.fold(carried);
                self.remove_host(place);
            }
        }
    }
}
