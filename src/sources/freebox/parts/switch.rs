//! The ports of its switch, and the cage for a module beside them.

use std::collections::BTreeMap;

use super::choice::{FEW, keep};
use crate::sources::Error;
use crate::sources::freebox::Settings;
use crate::sources::freebox::api::lenient::List;
use crate::sources::freebox::api::switch::{Port, Sfp, Stats};
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The ports, each once, with its counters where it has some.
    pub ports: Vec<(Port, Option<Stats>)>,
    /// The cage, where there is one.
    pub sfp: Option<Sfp>,
    /// At most so many stations are sighted, over all ports: whoever makes up addresses fills these lists.
    pub max_hosts: usize,
    /// Ports and stations for which there was no room.
    pub folded: u64,
}

/// Ports that have no counters, and how long to leave each of them alone.
#[derive(Debug, Default)]
pub struct State {
    silent: BTreeMap<i64, Silence>,
}

#[derive(Debug, Default)]
struct Silence {
    /// How often in a row it had none.
    times: u32,
    /// On how many more visits it is not asked.
    rest: u32,
}

/// A port that had no counters so often is asked only now and then: a box's pseudo ports never have any, and any other
/// may be in trouble for a moment.
const TRIES: u32 = 2;
/// On how many visits it is not asked then.
const REST: u32 = 29;

impl State {
    /// Whether to ask this port on this visit.
    fn wants(&mut self, port: i64) -> bool {
        let Some(silence) = self.silent.get_mut(&port) else { return true };
        if silence.rest == 0 {
            return true;
        }
        silence.rest -= 1;
        false
    }

    fn heard(&mut self, port: i64, has_counters: bool) {
        if has_counters {
            self.silent.remove(&port);
            return;
        }
        let silence = self.silent.entry(port).or_default();
        silence.times = silence.times.saturating_add(1);
        silence.rest = if silence.times < TRIES { 0 } else { REST };
    }
}

/// Since this version there is the cage.
const HAS_SFP: u8 = 11;

/// Asks.
///
/// # Errors
/// When what the visit is about cannot be had.
pub async fn collect(
    settings: &Settings,
    state: &mut State,
    errand: &mut Errand<'_>,
) -> Result<Snapshot, Error> {
    let List(ports) = errand.must("switch/status/").await?;
    let (ports, folded) = each_once(ports);
    state.silent.retain(|id, _| ports.iter().any(|port| port.id.0 == Some(*id)));
    let stations: usize = ports.iter().map(|port| port.mac_list.as_slice().len()).sum();
    let folded = folded + stations.saturating_sub(settings.max_hosts) as u64;
    let mut snapshot = Snapshot { max_hosts: settings.max_hosts, folded, ..Snapshot::default() };
    for port in ports {
        let stats = match port.id.0 {
            Some(id) if state.wants(id) => {
                let stats: Option<Stats> = errand.may(&format!("switch/port/{id}/stats")).await?;
                state.heard(id, stats.is_some());
                stats
            }
            _ => None,
        };
        snapshot.ports.push((port, stats));
    }
    if errand.about().await?.major >= HAS_SFP {
        snapshot.sfp = errand.may("sfp/status").await?;
    }
    Ok(snapshot)
}

/// The ports in the order of their numbers, which boxes do not keep; and how many there was no room for.
pub fn each_once(mut ports: Vec<Port>) -> (Vec<Port>, u64) {
    ports.retain(|port| port.id.count().is_some());
    let folded = keep(&mut ports, FEW, |port| port.id);
    ports.dedup_by_key(|port| port.id);
    (ports, folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_without_counters_is_left_alone_and_asked_again_now_and_then() {
        let mut state = State::default();
        let mut asked = Vec::new();
        for visit in 0..70 {
            if state.wants(9999) {
                asked.push(visit);
                state.heard(9999, false);
            }
            assert!(state.wants(1));
            state.heard(1, true);
        }
        assert_eq!(asked, [0, 1, 31, 61]);
        // It has some now, and then it fails once.
        state.heard(9999, true);
        assert!(state.wants(9999));
        state.heard(9999, false);
        assert!(state.wants(9999));
    }
}
