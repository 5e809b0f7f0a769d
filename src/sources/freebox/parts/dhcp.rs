//! Who has which address, and how much room there is.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::choice::{keep, mac};
use crate::metric::Mac;
use crate::sources::Error;
use crate::sources::freebox::Settings;
use crate::sources::freebox::api::dhcp::{Config, ConfigV6, Lease, Reservation};
use crate::sources::freebox::api::lenient::{List, Text};
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// For IPv4.
    pub config: Option<Config>,
    /// For IPv6.
    pub config_v6: Option<ConfigV6>,
    /// Leases that run: whatever is said of how the address is given, and for addresses that are reserved; none where
    /// the box did not say.
    pub running: Option<[usize; 2]>,
    /// Addresses that are reserved.
    pub reserved: Option<usize>,
    /// Addresses of the pool that somebody has, or that are reserved.
    pub used: Option<usize>,
    /// The leases that are shown.
    pub leases: Vec<Given>,
    /// Leases for which there was no room.
    pub folded: u64,
}

/// A lease.
#[derive(Debug)]
pub struct Given {
    /// To whom.
    pub mac: Mac,
    /// The address.
    pub ip: Ipv4Addr,
    /// The lease.
    pub lease: Lease,
}

/// Asks.
///
/// # Errors
/// When the box is gone or does not let us in. A bridge gives no addresses: an empty snapshot.
pub async fn collect(settings: &Settings, errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let config: Option<Config> = errand.may("dhcp/config/").await?;
    let leases: Option<List<Lease>> = errand.may("dhcp/dynamic_lease/").await?;
    let reservations: Option<List<Reservation>> = errand.may("dhcp/static_lease/").await?;
    let config_v6: Option<ConfigV6> = errand.may("dhcpv6/config/").await?;
    let snapshot = Snapshot { config, config_v6, ..Snapshot::default() };
    Ok(snapshot.with(leases.map(|list| list.0), reservations.map(|list| list.0), settings.max_hosts))
}

impl Snapshot {
    /// Adds leases and reservations. At most so many leases are kept: those asked for last.
    pub fn with(
        mut self,
        leases: Option<Vec<Lease>>,
        reservations: Option<Vec<Reservation>>,
        max_hosts: usize,
    ) -> Self {
        self.reserved = reservations.as_ref().map(Vec::len);
        self.running = leases.as_ref().map(|leases| {
            let fixed = leases.iter().filter(|lease| lease.is_static.0 == Some(true)).count();
            [leases.len() - fixed, fixed]
        });
        self.used = self.pool().zip(leases.as_ref().zip(reservations.as_ref())).map(
            |((first, last), (leases, reservations))| {
                let taken = leases.iter().map(|lease| &lease.ip);
                let taken = taken.chain(reservations.iter().map(|reservation| &reservation.ip));
                let taken: BTreeSet<_> = taken.filter_map(ip).collect();
                taken.range(first..=last).count()
            },
        );
        let mut known = BTreeSet::new();
        let mut given: Vec<Given> = leases
            .into_iter()
            .flatten()
            .filter_map(|lease| Some(Given { mac: mac(&lease.mac)?, ip: ip(&lease.ip)?, lease }))
            .collect();
        // Only to bring them into order.
        keep(&mut given, usize::MAX, rank);
        given.retain(|given| known.insert((given.mac, given.ip)));
        self.folded += keep(&mut given, max_hosts, rank);
        self.leases = given;
        self
    }

    /// The first and the last address that the box gives, if they are in that order.
    pub fn pool(&self) -> Option<(Ipv4Addr, Ipv4Addr)> {
        let config = self.config.as_ref()?;
        let (first, last) = (ip(&config.ip_range_start)?, ip(&config.ip_range_end)?);
        (first <= last).then_some((first, last))
    }
}

fn rank(given: &Given) -> (u64, Mac, Ipv4Addr) {
    (u64::MAX - given.lease.refresh_time.count().unwrap_or_default(), given.mac, given.ip)
}

fn ip(text: &Text) -> Option<Ipv4Addr> {
    text.as_deref()?.parse().ok()
}
