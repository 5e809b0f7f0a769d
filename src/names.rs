//! Address or hardware address → name: a read handle for whoever labels hosts.
//!
//! Names come from the configuration, else from the system's hosts file, else from `cache`, which `dns` fills by asking a
//! resolver. Reading never asks anybody, and never waits: who has no name yet is put down to be asked about.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use crate::metric::Mac;

pub mod cache;
pub mod dns;
mod hosts_file;
mod label;
pub mod metrics;
mod pace;

use cache::{Answer, Cache, Policy, Reply, Step, Tally, Turn};

/// Addresses of one host that are asked about, one after the other, until one has a name.
const ASKED_OF_A_HOST: usize = 4;

/// What a name is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A hardware address: the better key, it follows a host through its addresses.
    Mac(Mac),
    /// An IP address.
    Address(IpAddr),
}

/// Who is called what. Cheap to clone; all clones read the same table.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Locked for one host or one question at a time, by visits, by `dns` and by scrapes.
    table: Arc<Mutex<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    fixed: HashMap<Key, Arc<str>>,
    hosts_file: HashMap<IpAddr, Arc<str>>,
    cache: Cache,
    /// Whoever waits for something to be wanted.
    waiting: Option<Waker>,
}

impl Names {
    /// Names from the configuration; nobody is asked for others yet. A trailing dot, as DNS writes it, is taken off.
    pub fn fixed(names: impl IntoIterator<Item = (Key, String)>) -> Self {
        let handle = Self::default();
        handle.set_fixed(names);
        handle
    }

    /// Puts these names in the place of the configured ones before, for all clones.
    pub fn set_fixed(&self, names: impl IntoIterator<Item = (Key, String)>) {
        let without_dot = |name: String| Arc::from(name.strip_suffix('.').unwrap_or(&name));
        let names = names.into_iter().map(|(key, name)| (key, without_dot(name))).collect();
        self.table().fixed = names;
    }

    /// The configured name of a host: by its hardware address if that has one, else by the first address that has.
    pub fn of(&self, mac: Option<Mac>, addresses: impl IntoIterator<Item = IpAddr>) -> Option<Arc<str>> {
        self.table().configured(mac, addresses)
    }

    /// The name of a host that is looked at now: the configured one, else that of its addresses, in their order: from the
    /// hosts file, else from a resolver. What nobody knows yet is asked for in the background. `before` is the name it was shown with: it stays as long as one
    /// of the addresses has it, in whatever order they come.
    pub fn look(
        &self,
        mac: Option<Mac>,
        addresses: &[IpAddr],
        before: Option<&str>,
        now: Duration,
    ) -> Answer {
        let mut table = self.table();
        if let Some(name) = table.configured(mac, addresses.iter().copied()) {
            return Answer::Named(name);
        }
        if let Some(name) = addresses.iter().find_map(|address| table.hosts_file.get(address)) {
            return Answer::Named(Arc::clone(name));
        }
        let answer = table.cache.look(addresses, before, ASKED_OF_A_HOST, now);
        let waiting = if table.cache.has_news(now) { table.waiting.take() } else { None };
        drop(table);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
        answer
    }

    /// Puts these names in the place of those that the hosts file had before.
    fn set_hosts_file(&self, names: HashMap<IpAddr, Arc<str>>) {
        self.table().hosts_file = names;
    }

    /// From now on somebody asks, in this way.
    pub fn begin(&self, policy: Policy, chance: u64, now: Duration) {
        self.table().cache.begin(policy, chance, now);
    }

    /// Nobody asks any more, and what they learned is forgotten.
    pub fn end(&self) {
        self.table().cache.end();
    }

    /// What to ask next. If there is nothing, `waker` is woken when somebody wants something new.
    pub fn next(&self, now: Duration, waker: &Waker) -> Step {
        let mut table = self.table();
        let step = table.cache.next(now);
        if let Step::Wait(_) = step {
            table.waiting = Some(waker.clone());
        }
        step
    }

    /// What a question has brought, put so many times more than once.
    pub fn reply(&self, address: IpAddr, reply: Reply, repeats: u32, now: Duration) -> Option<Turn> {
        self.table().cache.reply(address, reply, repeats, now)
    }

    /// What was asked so far, and what is kept.
    pub fn tally(&self) -> Tally {
        self.table().cache.tally()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn configured(&self, mac: Option<Mac>, addresses: impl IntoIterator<Item = IpAddr>) -> Option<Arc<str>> {
        let by_mac = mac.and_then(|mac| self.fixed.get(&Key::Mac(mac)));
        by_mac
            .or_else(|| addresses.into_iter().find_map(|address| self.fixed.get(&Key::Address(address))))
            .cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_address_wins_and_the_trailing_dot_goes() {
        let mac: Mac = "02:00:00:00:00:01".parse().unwrap();
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let names =
            Names::fixed([(Key::Mac(mac), "nas.lan.".to_owned()), (Key::Address(address), "old".to_owned())]);
        assert_eq!(names.of(Some(mac), [address]).as_deref(), Some("nas.lan"));
        assert_eq!(names.of(None, [address]).as_deref(), Some("old"));
        assert_eq!(names.of(None, []), None);
    }

    #[test]
    fn a_configured_name_wins_and_nobody_is_asked() {
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        let names = Names::fixed([(Key::Address(address), "nas".to_owned())]);
        names.begin(Policy { refresh: Duration::from_secs(300), per_second: 20 }, 0, Duration::ZERO);
        let look = || names.look(None, &[address], None, Duration::ZERO);
        assert_eq!(look(), Answer::Named(Arc::from("nas")));
        assert_eq!(names.next(Duration::ZERO, Waker::noop()), Step::Wait(None));
        names.set_fixed([]);
        assert_eq!(look(), Answer::Pending);
        assert_eq!(names.next(Duration::ZERO, Waker::noop()), Step::Ask(address));
    }

    #[test]
    fn who_only_reads_captures_asks_nobody() {
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(Names::default().look(None, &[address], None, Duration::ZERO), Answer::Nameless);
    }
}
