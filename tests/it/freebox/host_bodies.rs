//! The bodies of `fixtures/freebox/hosts`, and what becomes of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use lanlord::metric::{Families, Family, Sighting, Timestamp, Value};
use lanlord::sources::Measure;
use lanlord::sources::freebox::Snapshot;
use lanlord::sources::freebox::api::envelope;
use lanlord::sources::freebox::api::lenient::List;
use lanlord::sources::freebox::api::wifi::{Ap, Wrapped};
use lanlord::sources::freebox::parts::{dhcp, lan, storage, switch, vpn, wifi};
use serde::de::DeserializeOwned;

pub const MODELS: [&str; 4] = ["bridge", "delta", "revolution", "ultra"];

/// When the boxes were asked: some seconds after their hosts were seen.
pub const NOW: Timestamp = Timestamp(Duration::from_secs(1_760_000_130));

/// Hosts are shown for a week.
const WEEK: Duration = Duration::from_secs(7 * 86_400);

/// What a box answers, by path without slashes at its ends.
#[derive(Clone, Debug, Default)]
pub struct Bodies(pub BTreeMap<String, Vec<u8>>);

impl Bodies {
    pub fn of(model: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/freebox/hosts").join(model);
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let body = |file: PathBuf| {
            let name = file.file_stem().unwrap().to_str().unwrap().replace('.', "/");
            (name, std::fs::read(file).unwrap())
        };
        Self(files.map(body).collect())
    }

    /// None where the box has no such path, refuses, or answers what nobody can read.
    fn get<T: DeserializeOwned>(&self, path: &str) -> Option<T> {
        envelope::read(self.0.get(path)?).ok()
    }

    fn list<T: DeserializeOwned>(&self, path: &str) -> Option<Vec<T>> {
        self.get(path).map(|List(list)| list)
    }

    /// What the six parts make of it, as their visits would.
    pub fn snapshots(&self, max_hosts: usize) -> Vec<Snapshot> {
        let (ports, folded) = switch::each_once(self.list("switch/status").unwrap_or_default());
        let with_stats = ports.into_iter().map(|port| {
            let stats = self.get(&format!("switch/port/{}/stats", port.id.0.unwrap()));
            (port, stats)
        });
        let switch = switch::Snapshot {
            ports: with_stats.collect(),
            sfp: self.get("sfp/status"),
            max_hosts: usize::MAX,
            folded,
        };
        vec![
            Snapshot::Switch(Box::new(switch)),
            Snapshot::Wifi(Box::new(self.wifi(max_hosts))),
            Snapshot::Lan(Box::new(self.lan(max_hosts))),
            Snapshot::Dhcp(Box::new(
                dhcp::Snapshot {
                    config: self.get("dhcp/config"),
                    config_v6: self.get("dhcpv6/config"),
                    ..dhcp::Snapshot::default()
                }
                .with(
                    self.list("dhcp/dynamic_lease"),
                    self.list("dhcp/static_lease"),
                    max_hosts,
                ),
            )),
            Snapshot::Storage(Box::new(storage::Snapshot::new(
                self.list("storage/disk").unwrap_or_default(),
                self.list("storage/raid").unwrap_or_default(),
            ))),
            Snapshot::Vpn(Box::new(vpn::Snapshot::new(
                self.list("vpn").unwrap_or_default(),
                self.list("vpn/connection").unwrap_or_default(),
                self.get("vpn_client/status"),
                max_hosts,
            ))),
        ]
    }

    fn wifi(&self, max_hosts: usize) -> wifi::Snapshot {
        let mut aps: Vec<Ap> = self.list("wifi/ap").unwrap_or_default();
        if aps.is_empty() {
            aps = ["wifi/ap/0", "wifi/ap/1"].iter().filter_map(|path| self.get(path)).collect();
        }
        let with_stations = |ap: Ap| {
            let stations = self.list(&format!("wifi/ap/{}/stations", ap.id.0?));
            Some((ap, stations))
        };
        wifi::Snapshot {
            config: self.get("wifi/config"),
            state: self.get("wifi/state").map(|Wrapped(state)| state),
            bss: self.list("wifi/bss").unwrap_or_default(),
            ..wifi::Snapshot::default()
        }
        .with(aps.into_iter().filter_map(with_stations).collect(), max_hosts)
    }

    fn lan(&self, max_hosts: usize) -> lan::Snapshot {
        let interfaces = self.list("lan/browser/interfaces").unwrap_or_default();
        let lists = ["pub", "wifiguest"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), self.list(&format!("lan/browser/{name}"))?)));
        let lists = lists.collect();
        lan::Snapshot { interfaces, ..lan::Snapshot::default() }.with(lists, max_hosts, WEEK, NOW)
    }

    pub fn families(&self, max_hosts: usize) -> (Vec<Family>, u64) {
        let mut families = Families::default();
        self.snapshots(max_hosts).iter().for_each(|snapshot| snapshot.measure(&mut families));
        families.publish()
    }

    pub fn samples(&self) -> Samples {
        let (families, _) = self.families(100);
        let samples = families.iter().flat_map(|family| {
            family.samples().map(|sample| {
                let value = match sample.value {
                    Value::Int(value) => value as f64,
                    Value::Float(value) => value,
                };
                ((family.meta().name, sample.labels().map(str::to_owned).collect()), value)
            })
        });
        samples.collect()
    }

    pub fn sightings(&self) -> Vec<Sighting> {
        let mut sightings = Vec::new();
        self.snapshots(100).iter().for_each(|snapshot| snapshot.sightings(&mut sightings));
        sightings
    }
}

/// Values by name and label values.
pub type Samples = BTreeMap<(&'static str, Vec<String>), f64>;
