//! Its radios, its networks, and who is on them.

use std::collections::BTreeSet;

use super::choice::{FEW, keep, mac};
use crate::metric::Mac;
use crate::sources::Error;
use crate::sources::freebox::Settings;
use crate::sources::freebox::api::lenient::List;
use crate::sources::freebox::api::wifi::{Ap, Bss, Config, State, Station, Wrapped};
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Whether Wi-Fi is wanted.
    pub config: Option<Config>,
    /// What has become of it.
    pub state: Option<State>,
    /// The radios, and how many stations each has; none where it did not say.
    pub aps: Vec<(Ap, Option<usize>)>,
    /// The networks.
    pub bss: Vec<Bss>,
    /// The stations that are shown.
    pub stations: Vec<OnAp>,
    /// What there was no room for.
    pub folded: u64,
}

/// A station, and where it is.
#[derive(Debug)]
pub struct OnAp {
    /// Its hardware address.
    pub mac: Mac,
    /// The number of the radio.
    pub ap: i64,
    /// The name of the radio, or else its number; from the box.
    pub radio: String,
    /// The station.
    pub station: Station,
}

/// Since this version there is `wifi/state/`.
const HAS_STATE: u8 = 10;

/// Asks.
///
/// # Errors
/// When the box is gone or does not let us in. A box without Wi-Fi, or with it switched off, is an empty snapshot.
pub async fn collect(settings: &Settings, errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let config: Option<Config> = errand.may("wifi/config/").await?;
    let state: Option<Wrapped<State>> = match errand.about().await?.major {
        HAS_STATE.. => errand.may("wifi/state/").await?,
        _ => None,
    };
    let state = state.map(|Wrapped(state)| state);
    let listed: Option<List<Bss>> = errand.may("wifi/bss/").await?;
    let mut bss = listed.unwrap_or_default().0;
    let listed: Option<List<Ap>> = errand.may("wifi/ap/").await?;
    let mut aps = listed.unwrap_or_default().0;
    if aps.is_empty() {
        for phy in to_try(config.as_ref(), state.as_ref(), &bss) {
            aps.extend(errand.may::<Ap>(&format!("wifi/ap/{phy}")).await?);
        }
    }
    let (aps, mut folded) = each_once(aps);
    folded += keep(&mut bss, FEW, |bss| (bss.phy_id, bss.id.clone()));
    let mut seen = Vec::new();
    for ap in aps {
        // Only those with a number are left.
        let id = ap.id.0.unwrap_or_default();
        let stations: Option<List<Station>> = errand.may(&format!("wifi/ap/{id}/stations/")).await?;
        seen.push((ap, stations.map(|List(stations)| stations)));
    }
    Ok(Snapshot { config, state, bss, folded, ..Snapshot::default() }.with(seen, settings.max_hosts))
}

/// Radios to ask for one by one, because the list of them is empty, as it is on some boxes although Wi-Fi works: those
/// that the box expects, and as older ones do not say that, those that have a network.
fn to_try(config: Option<&Config>, state: Option<&State>, bss: &[Bss]) -> BTreeSet<u64> {
    if config.is_some_and(|config| config.enabled.0 == Some(false)) {
        return BTreeSet::new();
    }
    let phys = state.map(|state| state.expected_phys.as_slice()).unwrap_or_default();
    let there = phys.iter().filter(|phy| phy.detected.0 != Some(false));
    let expected: BTreeSet<u64> = there.filter_map(|phy| phy.phy_id.count()).take(FEW).collect();
    match expected.is_empty() {
        true => bss.iter().filter_map(|bss| bss.phy_id.count()).take(FEW).collect(),
        false => expected,
    }
}

/// The radios in the order of their numbers; and how many there was no room for.
fn each_once(mut aps: Vec<Ap>) -> (Vec<Ap>, u64) {
    aps.retain(|ap| ap.id.count().is_some());
    let folded = keep(&mut aps, FEW, |ap| ap.id);
    aps.dedup_by_key(|ap| ap.id);
    (aps, folded)
}

impl Snapshot {
    /// Adds the radios with what each said of its stations. At most so many are kept: those heard last.
    pub fn with(mut self, aps: Vec<(Ap, Option<Vec<Station>>)>, max_hosts: usize) -> Self {
        for (ap, stations) in aps {
            let number = ap.id.0.unwrap_or_default();
            let radio = ap.name.as_deref().map_or_else(|| number.to_string(), str::to_owned);
            self.aps.push((ap, stations.as_ref().map(Vec::len)));
            let on_ap = stations.into_iter().flatten().filter_map(|station| {
                let mac = mac(&station.mac)?;
                Some(OnAp { mac, ap: number, radio: radio.clone(), station })
            });
            self.stations.extend(on_ap);
        }
        // A station that moved from one network of a radio to another may be on both lists for a while.
        let mut known = BTreeSet::new();
        keep(&mut self.stations, usize::MAX, rank);
        self.stations.retain(|on_ap| known.insert((on_ap.mac, on_ap.ap)));
        self.folded += keep(&mut self.stations, max_hosts, rank);
        self
    }
}

/// The order in which there is room for stations.
fn rank(on_ap: &OnAp) -> (bool, Option<u64>, Mac, i64) {
    let inactive = on_ap.station.inactive.count();
    // Who does not say comes last.
    (inactive.is_none(), inactive, on_ap.mac, on_ap.ap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::freebox::api::envelope;

    fn read<T: serde::de::DeserializeOwned>(result: &str) -> T {
        envelope::read(format!("{{\"success\":true,\"result\":{result}}}").as_bytes()).unwrap()
    }

    #[test]
    fn radios_are_tried_one_by_one_unless_wifi_is_off() {
        let state = "{\"state\":\"enabled\",\"expected_phys\":[{\"phy_id\":10,\"detected\":true},\
                     {\"phy_id\":0},{\"phy_id\":1,\"detected\":false},{\"phy_id\":-1}]}";
        let Wrapped(state) = read::<Wrapped<State>>(state);
        let tried =
            |config: &str| to_try(Some(&read(config)), Some(&state), &[]).into_iter().collect::<Vec<_>>();
        assert_eq!(tried("{\"enabled\":true}"), [0, 10]);
        assert_eq!(tried("{}"), [0, 10]);
        assert_eq!(tried("{\"enabled\":false}"), [0; 0]);
        assert!(to_try(None, None, &[]).is_empty());
        // An older box says only which networks there are.
        let List(bss) = read::<List<Bss>>("[{\"phy_id\":1},{\"phy_id\":0},{\"phy_id\":1},{}]");
        assert_eq!(to_try(None, None, &bss).into_iter().collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn the_state_may_be_an_object_or_a_list_with_one() {
        for body in ["{\"state\":\"enabled\"}", "[{\"state\":\"enabled\"}]"] {
            assert_eq!(read::<Wrapped<State>>(body).0.state.as_deref(), Some("enabled"), "{body}");
        }
        for body in ["[]", "null", "7"] {
            let body = format!("{{\"success\":true,\"result\":{body}}}");
            assert!(envelope::read::<Wrapped<State>>(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn who_was_heard_last_has_room_first_and_nobody_is_there_twice() {
        let stations = "[{\"mac\":\"02:00:00:00:00:01\",\"inactive\":9},{\"mac\":\"02:00:00:00:00:02\"},\
                        {\"mac\":\"02:00:00:00:00:03\",\"inactive\":1},{\"mac\":\"02:00:00:00:00:01\",\"inactive\":2},\
                        {\"mac\":\"nobody\"}]";
        let List(stations) = read::<List<Station>>(stations);
        let ap = Ap { id: crate::sources::freebox::api::lenient::Int(Some(0)), ..Ap::default() };
        let snapshot = Snapshot::default().with(vec![(ap, Some(stations))], 2);
        let kept: Vec<_> =
            snapshot.stations.iter().map(|on_ap| (on_ap.mac.0[5], on_ap.station.inactive.0)).collect();
        assert_eq!(kept, [(3, Some(1)), (1, Some(2))]);
        // The one that does not say when it was heard.
        assert_eq!(snapshot.folded, 1);
        assert_eq!(snapshot.aps[0].1, Some(5));
    }
}
