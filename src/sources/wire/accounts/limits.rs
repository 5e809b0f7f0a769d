//! Caps. Pure constants and how they follow from the one that people set.

/// Caps, so that nobody who can send packets can make us grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rows.
    pub hosts: usize,
    /// Addresses, over all hosts.
    pub addresses: usize,
    /// Addresses of one station; beyond, the one unused for longest is forgotten and its count kept.
    pub per_station: usize,
    /// Addresses in one IPv6 /64: against made-up ones.
    pub per_slash64: usize,
}

impl Limits {
    /// For a daemon that runs for ever.
    pub fn live(hosts: usize) -> Self {
        Self { hosts, addresses: 4 * hosts, per_station: 64, per_slash64: (hosts / 4).max(256) }
    }

    /// For a capture that ends: nothing is folded before memory is really in danger.
    pub fn offline() -> Self {
        Self { hosts: 262_144, addresses: 1_048_576, per_station: usize::MAX, per_slash64: usize::MAX }
    }
}
