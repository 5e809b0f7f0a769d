//! Bytes by device name, as gonetmon counts them: hosts of one name share a counter, and a host that changes its
//! name takes nothing along, so that no counter goes back. Pure.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The counters.
#[derive(Debug, Default)]
pub struct Devices {
    /// By name.
    bytes: BTreeMap<Arc<str>, u64>,
    /// By host, what it had counted when we last looked.
    seen: HashMap<u64, u64>,
}

impl Devices {
    /// Credits what each host has counted since the last time to its present name. Hosts are told apart by a serial
    /// number; those that are not named any more are forgotten, their bytes are not. Beyond `limit` names, new ones
    /// are counted as `other`.
    pub fn update(&mut self, hosts: impl Iterator<Item = (u64, Arc<str>, u64)>, limit: usize) {
        let mut seen = HashMap::with_capacity(self.seen.len());
        for (serial, name, bytes) in hosts {
            let since = bytes - self.seen.get(&serial).copied().unwrap_or(0).min(bytes);
            seen.insert(serial, bytes);
            let name = if self.bytes.len() < limit || self.bytes.contains_key(&name) {
                name
            } else {
                Arc::from("other")
            };
            *self.bytes.entry(name).or_default() += since;
        }
        self.seen = seen;
    }

    /// Each name with its bytes.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.bytes.iter().map(|(name, &bytes)| (name.as_ref(), bytes))
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
        assert_eq!(devices.iter().collect::<Vec<_>>(), expected);
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
    fn names_beyond_the_limit_are_other() {
        check(&[&[(1, "a", 1), (2, "b", 2), (3, "c", 4)]], 1, &[("a", 1), ("other", 6)]);
    }
}
