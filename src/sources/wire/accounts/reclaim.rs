//! Makes room when there is none: whoever has been silent for longest gives way, and its row ends. Pure. Nothing is
//! reclaimed while there is room.

use super::hosts::{Host, Hosts};
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
            let place = table.get(number).host;
            self.drop_entry(table, number);
            if self.host(place).addresses == 0 {
                self.retire(place);
            }
        }
        // Whose addresses have gone to others, which takes one frame of somebody who lies, is not silent for that.
        for place in 0..self.hosts.len() as u32 {
            let gone = |host: &Host| host.addresses == 0 && host.last_seen.saturating_add(SILENT) < now;
            if self.hosts[place as usize].as_ref().is_some_and(gone) {
                self.retire(place);
            }
        }
    }

    /// Ends a row. What it has said ends with it: in another row it would look as if it came at once. What nobody has
    /// seen yet would be lost.
    fn retire(&mut self, place: u32) {
        let host = self.host(place);
        let unseen = host.carried - host.last_shown;
        self.fold(unseen);
        self.remove_host(place);
    }
}
