//! Simulated receivers of all kinds as one: how each is configured, what it has taken, and how it fails.

use std::collections::BTreeMap;
use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use lanlord_sim::receivers::influx::{Access, Field};
use lanlord_sim::receivers::{Carbon, Influx, carbon, influx};
use tempfile::TempDir;

use super::house::Figures;

/// Planted: it must be nowhere but where it is sent.
pub const PASSWORD: &str = "planted-password-7Qx";
/// Planted: it must be nowhere but where it is sent.
pub const TOKEN: &str = "planted-token-9Zk==";
const USER: &str = "pusher";

/// What is pushed, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Graphite, with labels in the path.
    Path,
    /// Graphite, with tags.
    Tagged,
    /// InfluxDB 1.x over HTTP, compressed, with user and password.
    V1,
    /// InfluxDB 2.x over HTTPS, not compressed, with a token.
    V2,
}

pub const KINDS: [Kind; 4] = [Kind::Path, Kind::Tagged, Kind::V1, Kind::V2];

/// One of them, running.
pub struct Receiver {
    pub kind: Kind,
    pub running: Running,
    /// Its secrets; others may keep theirs there as well.
    folder: Arc<TempDir>,
}

pub enum Running {
    Carbon(Carbon),
    Influx(Influx),
}

/// What came at once: of each series the value, and the times. Its number is how many were made before it, as it says
/// itself.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// By series, as [`Kind::series`] writes it.
    pub values: BTreeMap<String, f64>,
    /// In seconds since 1970.
    pub times: BTreeMap<String, f64>,
}

impl Kind {
    /// How a series is called there: its name and labels, sorted and none of them empty.
    pub fn series(self, name: &str, labels: &[(String, String)]) -> String {
        let mut labels: Vec<_> = labels.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
        labels.sort();
        match self {
            Kind::Path => {
                let source = labels.iter().find(|(key, _)| key == "source").map(|(_, value)| escape(value));
                let labels = labels.iter().filter(|(key, _)| key != "source");
                let labels = labels.map(|(key, value)| format!("{key}.{}", escape(value)));
                let words: Vec<_> = ["lanlord".to_owned()]
                    .into_iter()
                    .chain(source)
                    .chain([name.to_owned()])
                    .chain(labels)
                    .collect();
                words.join(".")
            }
            Kind::Tagged => {
                let tags = labels.iter().map(|(key, value)| format!(";{key}={}", escape_tag(value)));
                format!("lanlord.{name}{}", tags.collect::<String>())
            }
            Kind::V1 | Kind::V2 => {
                let tags = labels.iter().map(|(key, value)| format!(",{key}={}", picture(value)));
                format!("{name}{}", tags.collect::<String>())
            }
        }
    }

    /// The fewest seconds between two times that it can tell apart.
    pub fn grain(self) -> f64 {
        match self {
            Kind::Path | Kind::Tagged => 1.0,
            Kind::V1 | Kind::V2 => 0.001,
        }
    }
}

/// Every byte that is not a letter, a digit, `_`, `:` or `-`.
fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b':' | b'-' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Every byte that is not printable ASCII, `;`, `%` and a tilde at the beginning.
fn escape_tag(text: &str) -> String {
    text.bytes()
        .enumerate()
        .map(|(at, byte)| match byte {
            b'~' if at == 0 => "%7E".to_owned(),
            b'!'..=b'~' if byte != b';' && byte != b'%' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Pictures of control characters, U+2400 and up; and no backslash at the end.
fn picture(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|character| match u32::from(character) {
            code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap(),
            0x7f => '\u{2421}',
            _ => character,
        })
        .collect();
    match text.strip_suffix('\\') {
        Some(before) => format!("{before}\u{ff3c}"),
        None => text,
    }
}

impl Receiver {
    /// Starts one.
    pub fn start(kind: Kind) -> Self {
        Self::start_in(kind, Arc::new(tempfile::tempdir().unwrap()))
    }

    /// Starts one whose secrets are where another one's are: lanlord reads no folder that it was not told of at its
    /// start.
    pub fn beside(other: &Self, kind: Kind) -> Self {
        Self::start_in(kind, Arc::clone(&other.folder))
    }

    fn start_in(kind: Kind, folder: Arc<TempDir>) -> Self {
        let running = match kind {
            Kind::Path | Kind::Tagged => Running::Carbon(Carbon::start(carbon::Options::default()).unwrap()),
            Kind::V1 | Kind::V2 => {
                let access = Access {
                    user: Some((USER.to_owned(), PASSWORD.to_owned())),
                    org: Some("home sweet home".to_owned()),
                    token: Some(TOKEN.to_owned()),
                    ..Access::default()
                };
                let options = influx::Options { tls: kind == Kind::V2, access, ..influx::Options::default() };
                Running::Influx(Influx::start(options).unwrap())
            }
        };
        let receiver = Self { kind, running, folder };
        receiver.write("secret", if kind == Kind::V2 { TOKEN } else { PASSWORD });
        if let Some(roots) = receiver.influx().and_then(Influx::ca_pem) {
            receiver.write("ca.pem", &roots);
        }
        receiver
    }

    /// A file that only its owner can read.
    pub fn write(&self, name: &str, text: &str) {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(self.path(name));
        let mut file = file.unwrap();
        file.set_permissions(Permissions::from_mode(0o600)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Where such a file is.
    pub fn path(&self, name: &str) -> PathBuf {
        let port = match &self.running {
            Running::Carbon(carbon) => carbon.address().port(),
            Running::Influx(influx) => influx.address().port(),
        };
        self.folder.path().join(format!("{port}-{name}"))
    }

    /// The `[[push]]` block that leads here, with these lines more.
    pub fn block(&self, name: &str, more: &str) -> String {
        let own = match &self.running {
            Running::Carbon(carbon) => {
                let tagged = self.kind == Kind::Tagged;
                format!("kind = \"graphite\"\nendpoint = \"{}\"\ntagged = {tagged}\n", carbon.address())
            }
            Running::Influx(influx) if self.kind == Kind::V1 => format!(
                "kind = \"influxdb\"\nendpoint = \"http://{}\"\ndatabase = \"lanlord\"\nretention_policy = \"autogen\"\n\
                 user = \"{USER}\"\npassword_file = {:?}\n",
                influx.address(),
                self.path("secret")
            ),
            Running::Influx(influx) => format!(
                "kind = \"influxdb\"\nendpoint = \"https://{}\"\norg = \"home sweet home\"\nbucket = \"lanlord\"\n\
                 token_file = {:?}\nca_file = {:?}\ngzip = false\nprecision = \"ns\"\n",
                influx.address(),
                self.path("secret"),
                self.path("ca.pem")
            ),
        };
        format!("[[push]]\nname = \"{name}\"\n{own}{more}\n")
    }

    pub fn carbon(&self) -> Option<&Carbon> {
        match &self.running {
            Running::Carbon(carbon) => Some(carbon),
            Running::Influx(_) => None,
        }
    }

    pub fn influx(&self) -> Option<&Influx> {
        match &self.running {
            Running::Influx(influx) => Some(influx),
            Running::Carbon(_) => None,
        }
    }

    /// Fails so, or no more.
    pub fn set_fault(&self, fault: Option<&str>) {
        match &self.running {
            Running::Carbon(carbon) => carbon.set_fault(fault.map(|fault| fault.parse().unwrap())),
            Running::Influx(influx) => influx.set_fault(fault.map(|fault| fault.parse().unwrap())),
        }
    }

    /// The most connections at once.
    pub fn most_connections(&self) -> usize {
        match &self.running {
            Running::Carbon(carbon) => carbon.max_connections(),
            Running::Influx(influx) => influx.max_connections(),
        }
    }

    /// Lines that no real receiver should be sent.
    pub fn refused(&self) -> Vec<String> {
        match &self.running {
            Running::Carbon(carbon) => carbon.refused(),
            Running::Influx(influx) => influx.refused(),
        }
    }

    /// What was taken whole, in the order in which it came.
    pub fn parcels(&self) -> Vec<Parcel> {
        let mut parcels: BTreeMap<u64, Parcel> = BTreeMap::new();
        let empty = || Parcel { values: BTreeMap::new(), times: BTreeMap::new() };
        match &self.running {
            Running::Carbon(carbon) => {
                // Asked first: what is complete now has all its points.
                let complete = carbon.connections();
                let complete: Vec<_> =
                    complete.iter().filter(|one| one.complete).map(|one| one.number).collect();
                for point in carbon.points().into_iter().filter(|point| complete.contains(&point.connection))
                {
                    let parcel = parcels.entry(point.connection).or_insert_with(empty);
                    let tags: Vec<_> =
                        point.tags.iter().map(|(key, value)| format!(";{key}={value}")).collect();
                    let series = format!("{}{}", point.name, tags.concat());
                    parcel.times.insert(series.clone(), point.time as f64);
                    let twice = parcel.values.insert(series.clone(), point.value);
                    assert_eq!(twice, None, "{series} comes twice");
                }
            }
            Running::Influx(influx) => {
                let unit = if self.kind == Kind::V1 { 1e3 } else { 1e9 };
                let complete: Vec<_> =
                    influx.requests().iter().filter(|one| one.status == 204).map(|one| one.number).collect();
                for point in influx.points().into_iter().filter(|point| complete.contains(&point.request)) {
                    let tags: Vec<_> =
                        point.tags.iter().map(|(key, value)| format!(",{key}={value}")).collect();
                    let series = format!("{}{}", point.measurement, tags.concat());
                    let value = match point.fields.get("value").unwrap() {
                        Field::Float(float) => *float,
                        Field::Integer(integer) => *integer as f64,
                        other => panic!("{series}: {other:?}"),
                    };
                    let parcel = parcels.entry(point.request).or_insert_with(empty);
                    parcel.times.insert(series.clone(), point.time as f64 / unit);
                    let twice = parcel.values.insert(series.clone(), value);
                    assert_eq!(twice, None, "{series} comes twice");
                }
            }
        }
        parcels.into_values().collect()
    }

    /// The numbers of the parcels of a push that were taken whole, in the order in which they came: how many were made
    /// before each, by its own words.
    pub fn numbers(&self, push: &str) -> Vec<u64> {
        self.parcels().iter().map(|parcel| parcel.number(self.kind, push)).collect()
    }

    /// Checks what must hold when nothing waits any more: the parcels that came are those that were not lost, in order;
    /// what was tried twice may have come twice. None is malformed, and there were never two connections.
    #[track_caller]
    pub fn assert_exact(&self, push: &str, figures: Figures) {
        assert_eq!(figures.queue, 0, "{push}: {figures:?}");
        let mut numbers = self.numbers(push);
        assert!(numbers.is_sorted(), "{push}: not in order: {numbers:?}");
        numbers.dedup();
        // Others may have come since the figures were read.
        numbers.retain(|&number| number < figures.made());
        let came = numbers.len() as u64;
        // What a receiver took and could not say so may have been lost for lanlord all the same.
        let unsure = figures.failed.min(figures.dropped);
        assert!((figures.ok..=figures.ok + unsure).contains(&came), "{push}: {figures:?} {numbers:?}");
        assert_eq!(self.refused(), [""; 0], "{push}");
        assert_eq!(self.most_connections(), 1, "{push}");
    }
}

impl Parcel {
    /// How many were made before it.
    pub fn number(&self, kind: Kind, push: &str) -> u64 {
        let of = |name: &str, labels: &[(&str, &str)]| {
            let labels = [&[("push", push)], labels].concat();
            let labels: Vec<_> =
                labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            let series = kind.series(name, &labels);
            *self.values.get(&series).unwrap_or_else(|| panic!("no {series} in {:?}", self.values.keys()))
        };
        let ok = of("lanlord_push_batches_total", &[("outcome", "ok")]);
        let dropped = of("lanlord_push_dropped_batches_total", &[]);
        (ok + dropped + of("lanlord_push_queue_batches", &[])) as u64
    }
}
