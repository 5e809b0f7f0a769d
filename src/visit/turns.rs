//! Whose turn it is at a device that is visited by one visitor at a time, whichever source or probe sends him; and what
//! the device wants to be left alone about meanwhile.
//!
//! It looks up no name and connects to nobody.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use crate::clock;
use crate::metric::Families;
use crate::sources::{Device, Rests, Subject, Warned};

crate::metrics! {
    /// Until when nobody logs in to a device, in seconds since 1970, because it lets nobody in (`about` is `login`), or
    /// because it has rejected a password (`password`), then with the last of those; absent where nothing is in the way.
    RESTS_UNTIL = Gauge<f64> "lanlord_device_rests_until_timestamp_seconds" { address, about };
}

/// The devices. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<Mutex<Devices>>);

/// By address, IPv4 as IPv4. Held only long enough to look one up.
type Devices = HashMap<SocketAddr, Arc<tokio::sync::Mutex<Device>>>;

/// A turn at a device, until it is dropped.
#[derive(Debug)]
pub struct Turn(OwnedMutexGuard<Device>);

impl Deref for Turn {
    type Target = Device;

    fn deref(&self) -> &Device {
        &self.0
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut Device {
        &mut self.0
    }
}

/// As many are visited at the same moment as are remembered.
#[derive(Debug)]
pub struct Full;

/// More than anybody has at home or looks after; who has more than that visited at once is told to come again.
const MOST_DEVICES: usize = 1_024;

impl Turns {
    /// Waits for a turn, behind all who waited before.
    ///
    /// # Errors
    /// When there is no room for one more device.
    pub async fn take(&self, address: SocketAddr) -> Result<Turn, Full> {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        let device = self.device(address)?;
        Ok(Turn(device.lock_owned().await))
    }

    fn device(&self, address: SocketAddr) -> Result<Arc<tokio::sync::Mutex<Device>>, Full> {
        let mut devices = self.devices();
        if let Some(device) = devices.get(&address) {
            return Ok(Arc::clone(device));
        }
        if devices.len() >= MOST_DEVICES {
            make_room(&mut devices, clock::uptime())?;
        }
        let device = Device { address, rests: Rests::default(), warned: Warned::default() };
        let device = Arc::new(tokio::sync::Mutex::new(device));
        devices.insert(address, Arc::clone(&device));
        Ok(device)
    }

    /// Writes until when devices rest.
    pub fn measure(&self, out: &mut Families) {
        let (now, uptime) = (clock::now(), clock::uptime());
        for (address, device) in &*self.devices() {
            // One that is being visited says so when that is over.
            let Ok(device) = device.try_lock() else { continue };
            let mut rests: Vec<_> = device.rests.of_log_ins(uptime).collect();
            // The last of those about the same thing is the one that stays.
            rests.sort_by_key(|rest| rest.until);
            for rest in rests {
                let about = if rest.subject == Subject::Login { "login" } else { "password" };
                out.put(&RESTS_UNTIL, [&address.to_string(), about], now.0 + (rest.until - uptime));
            }
        }
    }

    fn devices(&self) -> MutexGuard<'_, Devices> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets all that nobody visits and that want nothing; if there is none, the one whose wish is over first.
fn make_room(devices: &mut Devices, now: Duration) -> Result<(), Full> {
    let rests = |device: &Arc<tokio::sync::Mutex<Device>>| match Arc::strong_count(device) {
        // Nobody but us has it, so nobody can lock it meanwhile.
        1 => device.try_lock().ok().map(|device| device.rests.until(now)),
        _ => None,
    };
    devices.retain(|_, device| rests(device) != Some(None));
    if devices.len() >= MOST_DEVICES {
        let idle = devices.iter().filter_map(|(address, device)| Some((*address, rests(device)??)));
        let (first, _) = idle.min_by_key(|(_, until)| *until).ok_or(Full)?;
        devices.remove(&first);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::sources::{Rest, Subject};

    fn address(number: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], number))
    }

    fn now<T>(work: impl Future<Output = T>) -> Option<T> {
        work.now_or_never()
    }

    #[test]
    fn one_at_a_time_for_each_address_and_port() {
        let turns = Turns::default();
        let first = now(turns.take(address(1))).unwrap().unwrap();
        assert!(now(turns.take(address(1))).is_none());
        assert!(
            now(turns.take("[::ffff:192.0.2.1]:1".parse().unwrap())).is_none(),
            "the same in other words"
        );
        assert!(now(turns.take(address(2))).is_some());
        drop(first);
        assert!(now(turns.take(address(1))).is_some());
    }

    #[test]
    fn rests_outlive_a_visit_and_many_other_devices() {
        let turns = Turns::default();
        let mut turn = now(turns.take(address(0))).unwrap().unwrap();
        let until = clock::uptime() + Duration::from_secs(3_600);
        turn.rests.hold(Rest { subject: Subject::Login, until, code: "locked", why: String::new() });
        drop(turn);
        for number in 1..=u16::MAX {
            drop(now(turns.take(address(number))).unwrap().unwrap());
        }
        assert!(turns.devices().len() <= MOST_DEVICES);
        let turn = now(turns.take(address(0))).unwrap().unwrap();
        assert!(turn.rests.held(&Subject::Login, clock::uptime()).is_some());
    }

    #[test]
    fn when_all_that_are_remembered_are_visited_the_next_is_told_so() {
        let turns = Turns::default();
        let held: Vec<Turn> =
            (0..MOST_DEVICES as u16).map(|port| now(turns.take(address(port))).unwrap().unwrap()).collect();
        assert!(now(turns.take(address(u16::MAX))).unwrap().is_err());
        drop(held);
        assert!(now(turns.take(address(u16::MAX))).unwrap().is_ok());
    }
}
