//! Pushing what is kept to whoever wants it brought: one loop for every kind of receiver.
//!
//! It takes what came since the last time from the store, writes it as lines, keeps them in a bounded queue and sends them,
//! in order and one at a time. Nobody waits for it: a receiver that is slow or gone costs the oldest lines, which are
//! counted, and nothing else.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::net::tls::{self, Trust};
use crate::secrets::Place;

mod desk;
pub mod graphite;
mod harvest;
pub mod influxdb;
mod kept;
mod parcel;
mod queue;
mod run;
mod selection;
mod sender;
pub mod state;
mod told;
mod words;

pub use kept::Kept;
pub use run::{Order, Push, patience, run};
pub use selection::{NotAPattern, Pattern, Selection};
pub use sender::{Again, Refusal, Sender};
pub use words::{describe, warnings};

crate::metrics! {
    /// Times that a batch of lines was sent since lanlord started, by outcome: `ok`, or the reason why the receiver did not
    /// take it; what is sent again counts again.
    BATCHES = Counter "lanlord_push_batches_total" { push, outcome };

    /// Batches of lines lost since lanlord started: for want of room in the queue, refused for good by the receiver, or
    /// of no use to another one after a reload.
    DROPPED = Counter "lanlord_push_dropped_batches_total" { push };

    /// Batches of lines that wait to be sent, or are being sent.
    QUEUE = Gauge "lanlord_push_queue_batches" { push };

    /// When the receiver last took a batch, in seconds since 1970; absent until it has.
    SUCCESS = Gauge<f64> "lanlord_push_success_timestamp_seconds" { push };
}

/// Our name for a configured push: the label `push`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PushId(pub Arc<str>);

impl fmt::Display for PushId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one push needs; made by `config`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How often what came meanwhile is written as lines: of each part of a source the latest.
    pub interval: Duration,
    /// How long sending one batch may take.
    pub deadline: Duration,
    /// How much may wait.
    pub limits: Limits,
    /// Which families.
    pub selection: Selection,
    /// To whom, and how.
    pub receiver: Receiver,
}

/// How much may wait, in a queue or in transit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Batches of lines.
    pub batches: usize,
    /// Bytes, as they are kept: what waits is compressed.
    pub bytes: usize,
}

/// Whom to push to; one variant for each kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Receiver {
    /// Graphite's plaintext protocol.
    Graphite(graphite::Settings),
    /// InfluxDB's line protocol.
    Influxdb(influxdb::Settings),
}

impl Receiver {
    /// The kind, as the configuration spells it.
    pub fn kind(&self) -> &'static str {
        match self {
            Receiver::Graphite(_) => graphite::KIND,
            Receiver::Influxdb(_) => influxdb::KIND,
        }
    }

    /// Where it is; nothing secret.
    pub fn place(&self) -> String {
        match self {
            Receiver::Graphite(to) => to.to_string(),
            Receiver::Influxdb(to) => to.endpoint.to_string(),
        }
    }
}

/// Files that are read again while lanlord runs, and so must stay readable: secrets and authorities.
pub fn files(settings: &Settings) -> Vec<PathBuf> {
    let Receiver::Influxdb(to) = &settings.receiver else { return Vec::new() };
    let file = match secret(&to.bucket) {
        Some(Place::File(path)) => Some(path.clone()),
        Some(Place::Environment(_) | Place::Credential(_)) | None => None,
    };
    let authorities = match &to.trust {
        Trust::Authorities { file, .. } if to.endpoint.tls => {
            file.iter().cloned().chain(tls::of_system()).collect()
        }
        Trust::Authorities { .. } | Trust::Pins(_) | Trust::Anybody => Vec::new(),
    };
    file.into_iter().chain(authorities).collect()
}

/// Looks at these files, which takes for ever where a disk does not answer: to be called where that harms nobody.
pub fn touch(settings: &Settings) {
    for file in files(settings) {
        // Only whether it answers matters.
        let _: Option<PathBuf> = file.canonicalize().ok();
    }
}

/// Why it could not log in now, as far as that can be told without asking anybody.
pub fn problem(settings: &Settings) -> Option<String> {
    let Receiver::Influxdb(to) = &settings.receiver else { return None };
    secret(&to.bucket)?.read().err().map(|problem| problem.to_string())
}

/// Where the secret is that lets us write there.
fn secret(bucket: &influxdb::Bucket) -> Option<&Place> {
    match bucket {
        influxdb::Bucket::V1 { user, .. } => user.as_ref().map(|(_, password)| password),
        influxdb::Bucket::V2 { token, .. } => token.as_ref(),
    }
}

#[cfg(test)]
mod tests {
    use super::influxdb::{Bucket, Endpoint};
    use super::*;
    use crate::encode::influx::{Layout, Precision};

    fn influx(tls: bool, trust: Trust, token: Option<Place>) -> Settings {
        let endpoint = Endpoint { tls, host: "::1".to_owned(), port: 8086, path: "/db".to_owned() };
        let bucket = Bucket::V2 { org: None, bucket: "house".to_owned(), token };
        let (precision, layout) = (Precision::Milliseconds, Layout::Family);
        let to = influxdb::Settings { endpoint, trust, bucket, gzip: true, precision, layout };
        Settings {
            interval: Duration::from_secs(10),
            deadline: Duration::from_secs(10),
            limits: Limits { batches: 360, bytes: 8 << 20 },
            selection: Selection::default(),
            receiver: Receiver::Influxdb(to),
        }
    }

    #[test]
    fn what_is_read_again_are_the_secret_and_with_tls_the_authorities() {
        let secret = PathBuf::from("/etc/lanlord/token");
        let file = PathBuf::from("/etc/lanlord/ca.pem");
        let trust = || Trust::Authorities { built_in: "", file: Some(file.clone()) };
        let token = || Some(Place::File(secret.clone()));
        for settings in [influx(false, trust(), token()), influx(true, Trust::Anybody, token())] {
            assert!(matches!(files(&settings).as_slice(), [only] if *only == secret), "{settings:?}");
        }
        let with_tls = files(&influx(true, trust(), Some(Place::Credential("token".to_owned()))));
        assert_eq!(with_tls[0], file);
        assert_eq!(with_tls[1..], tls::of_system());
    }
}
