//! The bodies of a modem, made into what a visit brings.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use lanlord::metric::{Families, Timestamp, Value};
use lanlord::sources::Measure;
use lanlord::sources::hitron::snapshot::{Page, Shown, Snapshot};

/// The modems.
pub const MODEMS: [&str; 3] = ["cgnv4", "coda-56", "oddities"];

/// A sample's name and its labels as `name="value"`, and its value.
pub type Samples = BTreeMap<(&'static str, Vec<String>), f64>;

/// What a modem answers, by what it is asked.
pub fn bodies(modem: &str) -> Vec<(Page, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hitron").join(modem);
    let body = |page: Page| Some((page, std::fs::read(folder.join(format!("{}.json", page.name()))).ok()?));
    let bodies: Vec<_> = Page::ALL.into_iter().filter_map(body).collect();
    assert_eq!(bodies.len(), std::fs::read_dir(folder).unwrap().count(), "a file is of no page");
    bodies
}

/// What a visit to a modem brings that gives these answers, and what makes no sense in them.
pub fn read(bodies: &[(Page, Vec<u8>)]) -> (Snapshot, Vec<String>) {
    let mut snapshot = Snapshot::default();
    let mut complaints = Vec::new();
    for (page, body) in bodies {
        let read = snapshot.pages.read(*page, body);
        snapshot.datasets.push((*page, read.is_ok()));
        complaints.extend(read.unwrap_or_else(|error| vec![error]));
    }
    (snapshot, complaints)
}

/// What a visit to a modem brings.
pub fn snapshot(modem: &str) -> Snapshot {
    let (mut snapshot, _) = read(&bodies(modem));
    snapshot.took = [("login", 900), ("getSysInfo", 600), ("logout", 120), ("all", 4900)]
        .map(|(component, millis)| (component, Duration::from_millis(millis)))
        .to_vec();
    snapshot.login = (modem != "coda-56").then_some(true);
    // 2030-01-01.
    let not_after = Some(Timestamp(Duration::from_secs(1_893_456_000)));
    snapshot.certificate = Some(Shown { pinned: modem == "cgnv4", not_after });
    snapshot.show_addresses = modem != "cgnv4";
    if modem == "coda-56" {
        snapshot.traffic_base = 1024;
        snapshot.clock_offset_seconds = -3600;
    }
    snapshot
}

/// The same as samples.
pub fn samples(snapshot: &Snapshot) -> Samples {
    let mut out = Families::default();
    snapshot.measure(&mut out);
    let (families, _) = out.publish();
    let mut samples = Samples::new();
    for family in &families {
        for sample in family.samples() {
            let labels = family.meta().labels.iter().zip(sample.labels());
            let labels = labels.map(|(label, value)| format!("{label}=\"{value}\"")).collect();
            let value = match sample.value {
                Value::Int(value) => value as f64,
                Value::Float(value) => value,
            };
            samples.insert((family.meta().name, labels), value);
        }
    }
    samples
}
