//! Bytes by device name, as gonetmon counts them: hosts of one name share a counter, and a host that changes its
//! name takes nothing along, so that no counter goes back. Pure.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The name of all who found no room.
pub const OTHER: &str = "other";

/// The counters.
#[derive(Debug, Default)]
pub struct Devices {
    /// By name.
    bytes: BTreeMap<Arc<str>, u64>,
    /// Of those without a name of their own.
    other: u64,
    /// By host, what it had counted when we last looked.
    seen: HashMap<u64, u64>,
}

impl Devices {
    /// Credits what each host has counted since the last time to its present name. Hosts are told apart by a serial
    /// number. Where there are `limit` names, those that nobody has any more make room, and their counters end; who
    /// finds no room even so is counted as `other`.
    pub fn update(&mut self, hosts: impl Iterator<Item = (u64, Arc<str>, u64)>, limit: usize) {
        let hosts: Vec<(u64, Arc<str>, u64)> = hosts.collect();
        let present: HashSet<&str> = hosts.iter().map(|(_, name, _)| &**name).collect();
        let newcomers = present.iter().filter(|name| !self.bytes.contains_key(**name)).count();
        if self.bytes.len() + newcomers > limit {
            self.bytes.retain(|name, _| present.contains(&**name));
        }
        let mut seen = HashMap::with_capacity(hosts.len());
        for (serial, name, bytes) in hosts {
            let since = bytes - self.seen.get(&serial).copied().unwrap_or(0).min(bytes);
            seen.insert(serial, bytes);
            let has_room = self.bytes.len() < limit || self.bytes.contains_key(&name);
            let counter = if &*name == OTHER || !has_room {
                &mut self.other
            } else {
                self.bytes.entry(name).or_default()
            };
            *counter += since;
        }
        self.seen = seen;
    }

    /// Each name with its bytes.
    pub fn all(&self) -> Vec<(Arc<str>, u64)> {
        let other = (self.other > 0).then(|| (Arc::from(OTHER), self.other));
        self.bytes.iter().map(|(name, &bytes)| (Arc::clone(name), bytes)).chain(other).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rounds: &[&[(u64, &str, u64)]], limit: usize, expected: &[(&str, u64)]) {
        let mut devices = Devices::default();
        for round in rounds {
            devices
                .update(round.iter().map(|&(serial, name, bytes)| (serial, Arc::from(name), bytes)), limit);
        }
        let all = devices.all();
        let all: Vec<(&str, u64)> = all.iter().map(|(name, bytes)| (&**name, *bytes)).collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn equal_names_are_summed() {
        check(&[&[(1, "tv", 10), (2, "tv", 5)], &[(1, "tv", 11), (2, "tv", 5)]], 9, &[("tv", 16)]);
    }

    #[test]
    fn a_new_name_takes_nothing_along() {
        check(
            &[&[(1, "unknown-192.0.2.1", 10)], &[(1, "nas", 25)]],
            9,
            &[("nas", 15), ("unknown-192.0.2.1", 10)],
        );
    }

    #[test]
    fn what_one_host_of_a_name_leaves_is_not_taken_back() {
        check(&[&[(1, "tv", 10), (2, "tv", 5)], &[(2, "tv", 5)], &[(2, "tv", 6)]], 9, &[("tv", 16)]);
    }

    #[test]
    fn names_that_nobody_has_any_more_make_room() {
        check(&[&[(1, "a", 1), (2, "b", 2)], &[(2, "b", 3), (3, "c", 4)]], 2, &[("b", 3), ("c", 4)]);
    }

    #[test]
    fn names_beyond_the_limit_are_other() {
        check(&[&[(1, "a", 1), (2, "b", 2), (3, "c", 4)]], 1, &[("a", 1), ("other", 6)]);
    }
}
