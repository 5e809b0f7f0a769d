//! A receiver of InfluxDB's line protocol, over HTTP: where it is, and sending to it once.
//!
//! It keeps one connection, and no secret: those are read each time, since somebody may have put others there.

use std::time::Duration;

use hyper::body::Bytes;

use super::parcel::Parcel;
use super::sender::{Again, Refusal};
use crate::clock;
use crate::encode::influx::{Layout, Precision};
use crate::metric::{Reason, Timestamp};
use crate::net::failure::Cause;
use crate::net::http::{Answer, Body, Client, Over, Request, Target};
use crate::net::tls::{Tls, Trust};
use crate::secrets::Place;

mod answer;
mod login;
mod url;

use answer::Asked;

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
    /// Path and query.
    path: String,
    /// None before the first attempt, and where nobody can be believed for now.
    client: Option<Client>,
}

/// The longest answer that is read. Real ones have less than one thousand bytes; proxies have pages.
const ANSWER_MAX: usize = 256 * 1024;

/// What line protocol is (InfluxDB's documentation of its API, `Content-Type`).
const LINES: &str = "text/plain; charset=utf-8";

impl Sender {
    /// Connects to nobody yet.
    pub fn new(settings: Settings) -> Self {
        Self { path: url::write(&settings), settings, client: None }
    }

    /// See [`super::Sender::send`].
    ///
    /// # Errors
    /// As there.
    pub async fn send(&mut self, parcel: &Parcel, patience: Duration) -> Result<(), Refusal> {
        let gzip = self.settings.gzip;
        let bytes = match gzip {
            true => parcel.pack().map(|packed| packed.bytes()),
            false => parcel.unpack(),
        };
        let bytes = bytes.map_err(|error| {
            let message = format!("{} gets no lines: they cannot be packed: {error}", self.settings.endpoint);
            Refusal { reason: Reason::Misbehaved, code: "packed", message, again: Again::Never }
        })?;
        self.post(Body { bytes, kind: LINES, gzip }, patience, answer::judge).await
    }

    /// See [`super::Sender::try_out`]: sends no line, and sees how that is answered.
    ///
    /// # Errors
    /// As there.
    pub async fn try_out(&mut self, patience: Duration) -> Result<(), Refusal> {
        let body = Body { bytes: Bytes::new(), kind: LINES, gzip: false };
        self.post(body, patience, answer::judge_nothing).await
    }

    async fn post(
        &mut self,
        body: Body,
        patience: Duration,
        judge: fn(&Answer, &Asked<'_>, Timestamp) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let login = login::read(&self.settings)?;
        let client = match self.client.take() {
            Some(client) => client,
            None => client(&self.settings)?,
        };
        let request = Request {
            method: "POST",
            path: &self.path,
            secret: login.as_ref().map(|login| ("authorization", &login.header)),
            // The same series at the same time has the same value.
            repeatable: true,
            body: Some(body),
            limit: ANSWER_MAX,
        };
        let answer = match client.fetch(request, patience).await {
            Ok(answer) => answer,
            Err(failure) => {
                // Authorities may be other ones by now: those are read again.
                if !matches!(failure.cause, Cause::Tls(_)) {
                    self.client = Some(client);
                }
                let (reason, code) = (failure.reason(), failure.code());
                return Err(Refusal { reason, code, message: failure.to_string(), again: Again::Later });
            }
        };
        let asked = Asked {
            at: client.place(),
            path: self.path.split('?').next().unwrap_or_default(),
            tls: self.settings.endpoint.tls,
            bucket: &self.settings.bucket,
            is_secret: &|text| login.as_ref().is_some_and(|login| login.is_in(text)),
        };
        let judged = judge(&answer, &asked, clock::now());
        self.client = Some(client);
        judged
    }
}

/// A client with one connection: lines go one batch after the other.
fn client(settings: &Settings) -> Result<Client, Refusal> {
    let Endpoint { tls, host, port, .. } = &settings.endpoint;
    let tls = tls.then(|| Tls::new(&settings.trust, host)).transpose();
    let over = tls.map(|tls| tls.map_or(Over::Tcp, Over::Tls)).map_err(|problem| {
        let message = format!("{} cannot be believed: {problem}", settings.endpoint);
        Refusal { reason: Reason::Refused, code: "trust", message, again: Again::Later }
    })?;
    Ok(Client::new(Target { host: host.clone(), port: *port, connect_to: None, over }, 1))
}

#[cfg(test)]
mod tests;
