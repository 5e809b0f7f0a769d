//! The bodies of a box on its line and on itself, made into what a visit brings.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use lanlord::metric::{Families, Timestamp, Value};
use lanlord::net::tls::{Certificate, Fingerprint};
use lanlord::sources::Measure;
use lanlord::sources::freebox::api::connection::{Connection, Media};
use lanlord::sources::freebox::api::envelope;
use lanlord::sources::freebox::api::lenient::List;
use lanlord::sources::freebox::api::object::Object;
use lanlord::sources::freebox::api::system::System;
use lanlord::sources::freebox::parts::outages::Log;
use lanlord::sources::freebox::parts::{device, line, system};
use lanlord::sources::freebox::session::About;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// The boxes.
pub const BOXES: [&str; 9] = [
    "revolution-adsl",
    "revolution-vdsl",
    "revolution-vdsl-training",
    "revolution-ftth",
    "delta-lte",
    "delta-lte-old",
    "ultra",
    "ultra-down",
    "ultra-backup",
];

/// 2025-10-09 08:53:20 UTC, a bit later than anything in the bodies.
pub const NOW: i64 = 1_760_000_000;

/// A sample's name and label values, and its value.
pub type Samples = BTreeMap<(&'static str, Vec<String>), f64>;

/// What a box answers, by what it is asked.
pub struct Bodies(pub BTreeMap<String, String>);

impl Bodies {
    /// The bodies of one box.
    pub fn of(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/freebox").join(name);
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let body = |path: std::path::PathBuf| {
            let asked = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (asked, fs::read_to_string(path).unwrap())
        };
        Self(files.map(body).collect())
    }

    /// The result of an answer; none where there is none, or where it is a refusal or makes no sense.
    fn may<T: DeserializeOwned>(&self, asked: &str) -> Option<T> {
        envelope::read(self.0.get(asked)?.as_bytes()).ok()
    }

    /// What a visit to the line brings; none where it would fail.
    pub fn line(&self) -> Option<line::Snapshot> {
        let Object(connection): Object<Connection> = self.may("connection")?;
        let media = connection.media();
        let mut lte = Vec::new();
        for (of, asked) in [
            ("aggregation", "connection-lte-aggregation"),
            ("backup", "connection-lte-backup"),
            ("aggregation", "connection-lte-config"),
        ] {
            lte.extend(self.may(asked).map(|Object(module)| (of, module)));
        }
        let log = self.may("connection-logs");
        Some(line::Snapshot {
            ftth: self.may("connection-ftth").filter(|_| media == Media::Ftth).map(|Object(ftth)| ftth),
            xdsl: self.may("connection-xdsl").filter(|_| media == Media::Xdsl).map(|Object(xdsl)| xdsl),
            connection,
            lte,
            aggregation: self.may("connection-aggregation").map(|Object(both)| both),
            outages: log.map(|List(entries)| Log::default().read(&entries, NOW + 60)),
        })
    }

    /// What a visit to the device brings.
    pub fn device(&self) -> device::Snapshot {
        let system: System = self.may("system").unwrap_or_default();
        let rests = system.common.model_info.0.is_some_and(|model| model.has_standby.0 == Some(true));
        device::Snapshot {
            about: about(),
            firmware: system.common.firmware_version.0,
            config: self.may("connection-config").map(|Object(config)| config),
            ipv6: self.may("connection-ipv6-config").map(|Object(ipv6)| ipv6),
            lan: self.may("lan-config").map(|Object(lan)| lan),
            update: self.may("update").map(|Object(update)| update),
            standby: self.may("standby-status").filter(|_| rests).map(|Object(standby)| standby),
        }
    }

    /// All three as metrics.
    pub fn families(&self) -> Families {
        let mut out = Families::default();
        if let Some(line) = self.line() {
            line.measure(&mut out);
        }
        if let Some(system) = self.may("system") {
            system::Snapshot { system }.measure(&mut out);
        }
        self.device().measure(&mut out);
        out
    }

    /// All three as samples.
    pub fn samples(&self) -> Samples {
        samples(self.families())
    }
}

/// What a box says of itself where it is found, and a session with one permission of two: the same for all of them.
fn about() -> About {
    About {
        uid: Some("5e0c9a71b2d84f6693a7d15c08be42f1".to_owned()),
        box_model: Some("fbxgw9-r1".to_owned()),
        box_model_name: Some("Freebox v9 (r1)".to_owned()),
        device_name: Some("Freebox Server".to_owned()),
        api_version: Some("16.0".to_owned()),
        major: 16,
        permissions: vec![("calls".to_owned(), true), ("settings".to_owned(), false)],
        certificate: Some(Certificate {
            fingerprint: Fingerprint([7; 32]),
            not_after: Timestamp(Duration::from_secs(1_783_296_000)),
        }),
        logins: 3,
    }
}

/// Samples by name and labels; two of one name and labels are a mistake.
#[track_caller]
pub fn samples(families: Families) -> Samples {
    let (families, folded) = families.publish();
    assert_eq!(folded, 0, "two samples of one name and labels");
    let mut samples = Samples::new();
    for family in &families {
        for sample in family.samples() {
            let value = match sample.value {
                Value::Int(value) => value as f64,
                Value::Float(value) => value,
            };
            samples.insert((family.meta().name, sample.labels().map(str::to_owned).collect()), value);
        }
    }
    samples
}

/// A body as JSON.
pub fn json(body: &str) -> Json {
    serde_json::from_str(body).unwrap()
}
