//! A receiver of InfluxDB's line protocol, over HTTP.

use std::time::Duration;

use super::parcel::Parcel;
use super::sender::{Again, Refusal};
use crate::encode::influx::{Layout, Precision};
use crate::metric::Reason;
use crate::net::tls::Trust;
use crate::secrets::Place;

mod url;

pub use url::{Endpoint, NotAnEndpoint};

/// As the configuration spells this kind.
pub const KIND: &str = "influxdb";

/// Where to, as whom, and what the lines look like.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Whom to believe that he is the receiver; not asked where `endpoint` is without TLS.
    pub trust: Trust,
    /// Where in the receiver, and as whom.
    pub bucket: Bucket,
    /// Whether lines are compressed on their way.
    pub gzip: bool,
    /// How exact times are.
    pub precision: Precision,
    /// What the lines look like.
    pub layout: Layout,
}

/// Where in a receiver the lines go, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// InfluxDB 1.x and what speaks like it: `/write`.
    V1 {
        /// The database.
        database: String,
        /// The retention policy; none for the database's own default.
        retention_policy: Option<String>,
        /// A user, and where his password is.
        user: Option<(String, Place)>,
    },
    /// InfluxDB 2.x and what speaks like it: `/api/v2/write`.
    V2 {
        /// The organization, by name or by ID; none where the receiver has none.
        org: Option<String>,
        /// The bucket.
        bucket: String,
        /// Where the token is; none where the receiver wants none.
        token: Option<Place>,
    },
}

/// Sends to it.
#[derive(Debug)]
pub struct Sender {
    settings: Settings,
}

impl Sender {
    /// Connects to nobody yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// See [`super::Sender::send`].
    pub async fn send(&mut self, _parcel: &Parcel, _patience: Duration) -> Result<(), Refusal> {
        let message = self.settings.endpoint.to_string();
        Err(Refusal { reason: Reason::Unsupported, code: "draft", message, again: Again::Later })
    }

    /// See [`super::Sender::try_out`].
    pub async fn try_out(&mut self, _patience: Duration) -> Result<(), Refusal> {
        Ok(())
    }
}
