//! Who is on the network, as the box knows them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use super::choice::{fits_path, keep, mac, moment, within};
use crate::metric::{Mac, Timestamp};
use crate::sources::Error;
use crate::sources::freebox::Settings;
use crate::sources::freebox::api::host::{Host, HostName};
use crate::sources::freebox::api::lan::Interface;
use crate::sources::freebox::api::lenient::{List, Text};
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The interfaces that the box names.
    pub interfaces: Vec<Interface>,
    /// Hosts by interface, all of them; without the interfaces that have no list.
    pub counts: BTreeMap<String, Counts>,
    /// The hosts that are shown.
    pub hosts: Vec<Known>,
    /// Hosts for which there was no room.
    pub folded: u64,
}

/// How many hosts an interface has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// They send.
    pub active: usize,
    /// They do not.
    pub inactive: usize,
    /// The box does not say.
    pub unknown: usize,
}

/// A host, and where it is.
#[derive(Debug)]
pub struct Known {
    /// Its hardware address, if the box tells.
    pub mac: Option<Mac>,
    /// The interface.
    pub interface: String,
    /// The host.
    pub host: Host,
}

/// A box has two; each costs a request that may take seconds.
const INTERFACES: usize = 8;

/// Asks. Where the box is a bridge it has no interface (`nodev`), nor has a guest network that is switched off; then
/// there is nothing to show, and nothing wrong.
///
/// # Errors
/// When the box is gone or does not let us in.
pub async fn collect(settings: &Settings, errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let interfaces: Option<List<Interface>> = errand.may("lan/browser/interfaces/").await?;
    let mut interfaces = interfaces.unwrap_or_default().0;
    interfaces.retain(|interface| interface.name.as_deref().is_some_and(fits_path));
    let mut snapshot = Snapshot::default();
    snapshot.folded += keep(&mut interfaces, INTERFACES, |interface| interface.name.clone());
    interfaces.dedup_by_key(|interface| interface.name.clone());
    let mut lists = Vec::new();
    for interface in &interfaces {
        let name = interface.name.or_empty();
        let hosts: Option<List<Host>> = errand.may(&format!("lan/browser/{name}/")).await?;
        lists.extend(hosts.map(|List(hosts)| (name.to_owned(), hosts)));
    }
    snapshot.interfaces = interfaces;
    Ok(snapshot.with(lists, settings.max_hosts, settings.hosts_seen_within, errand.now()))
}

impl Snapshot {
    /// Adds the hosts of each interface. Shown are those that are active or were seen lately, at most so many: the active
    /// first, then those seen last. Of two with one hardware address the better stays, and has the names of both.
    pub fn with(
        mut self,
        lists: Vec<(String, Vec<Host>)>,
        max_hosts: usize,
        seen_within: Duration,
        now: Timestamp,
    ) -> Self {
        let mut hosts = Vec::new();
        for (interface, list) in lists {
            let counts = self.counts.entry(interface.clone()).or_default();
            for host in list {
                match host.active.0 {
                    Some(true) => counts.active += 1,
                    Some(false) => counts.inactive += 1,
                    None => counts.unknown += 1,
                }
                let lately = last_seen(&host).is_some_and(|seen| within(seen, seen_within, now));
                if host.active.0 == Some(true) || lately {
                    let mac = host.l2ident.0.as_ref().and_then(|l2ident| mac(&l2ident.id));
                    hosts.push(Known { mac, interface: interface.clone(), host });
                }
            }
        }
        // Only to bring them into order.
        keep(&mut hosts, usize::MAX, rank);
        let mut places: BTreeMap<Mac, usize> = BTreeMap::new();
        for known in hosts {
            let next = self.hosts.len();
            match known.mac.map(|mac| places.entry(mac)) {
                Some(Entry::Occupied(place)) => add_names(&mut self.hosts[*place.get()].host, known.host),
                Some(Entry::Vacant(place)) => {
                    place.insert(next);
                    self.hosts.push(known);
                }
                None => self.hosts.push(known),
            }
        }
        self.folded += keep(&mut self.hosts, max_hosts, rank);
        self
    }
}

/// The order in which there is room for hosts. One without a hardware address has no samples, so it comes after those
/// that have.
fn rank(known: &Known) -> impl Ord + use<> {
    let seen = last_seen(&known.host).unwrap_or_default();
    let address = known.host.l3connectivities.as_slice().first().map(|address| address.addr.clone());
    let comes_later = (known.host.active.0 != Some(true), known.mac.is_none());
    (comes_later, u64::MAX - seen, known.mac, known.host.primary_name.clone(), address)
}

fn last_seen(host: &Host) -> Option<u64> {
    moment(host.last_activity).max(moment(host.last_time_reachable))
}

fn add_names(host: &mut Host, other: Host) {
    let names = host.names.0.get_or_insert_default();
    names.push(HostName { name: other.primary_name, source: Text(None) });
    names.extend(other.names.0.into_iter().flatten());
}
