//! Address or hardware address → name: a read handle for whoever labels hosts.
//!
//! For now names come from the configuration alone. It does not ask anybody anything, and never blocks.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::metric::Mac;

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
    fixed: Arc<Mutex<HashMap<Key, Arc<str>>>>,
}

impl Names {
    /// Names that never change. A trailing dot, as DNS writes it, is taken off.
    pub fn fixed(names: impl IntoIterator<Item = (Key, String)>) -> Self {
        let handle = Self::default();
        handle.set_fixed(names);
        handle
    }

    /// Puts these names in the place of the ones before, for all clones.
    pub fn set_fixed(&self, names: impl IntoIterator<Item = (Key, String)>) {
        let without_dot = |name: String| Arc::from(name.strip_suffix('.').unwrap_or(&name));
        let names = names.into_iter().map(|(key, name)| (key, without_dot(name))).collect();
        *self.fixed.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }

    /// The name of a host: by its hardware address if that has one, else by the first address that has.
    pub fn of(&self, mac: Option<Mac>, addresses: impl IntoIterator<Item = IpAddr>) -> Option<Arc<str>> {
        let fixed = self.fixed.lock().unwrap_or_else(PoisonError::into_inner);
        let by_mac = mac.and_then(|mac| fixed.get(&Key::Mac(mac)));
        by_mac
            .or_else(|| addresses.into_iter().find_map(|address| fixed.get(&Key::Address(address))))
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
}
