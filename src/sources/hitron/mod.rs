//! A Hitron cable modem over the web pages that people look at: what the line does, channel by channel.
//!
//! In reading order: `session` logs in, asks and logs out, `parts` is what is asked for on one visit, `api` is what the
//! modem answers, in its words, `metrics` the same in our words.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::metric::{Families, Reason, Sighting};
use crate::net::legacy_tls::{Pin, SecurityLevel};
use crate::secrets;
use crate::sources::{Call, Collector, Error, Measure, Place, Reading};

pub mod api;
pub mod metrics;
pub mod quantity;
pub mod snapshot;

/// The `kind` of these sources.
pub const KIND: &str = "hitron";

/// Where to find a modem, what to ask it for, and as whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Whether over TLS.
    pub scheme: Scheme,
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The address, where somebody has looked it up before, and looked at it; then `host` is not looked up again.
    pub address: Option<IpAddr>,
    /// Which pages it has, and whether one has to log in.
    pub profile: Profile,
    /// As whom to log in; none where nobody has to.
    pub login: Option<Login>,
    /// Whether to throw out whoever else is logged in.
    pub force: bool,
    /// Of every group one has to be the fingerprint of the modem's certificate; without any, anybody is believed.
    pub pins: Vec<Vec<Pin>>,
    /// How weak its keys and ciphers may be.
    pub security_level: SecurityLevel,
    /// What is asked, in the order of [`PartName::ALL`], at least one.
    pub parts: Vec<PartName>,
    /// So long to leave the page alone that some firmware does not bear to be asked for often, whoever asks.
    pub ofdm_interval: Duration,
    /// So long not to try a password again that was rejected.
    pub hold_off: Duration,
    /// How many bytes `1K Bytes` are: 1000 or 1024. Nobody knows which is true.
    pub traffic_base: u16,
    /// How far its clock is ahead of UTC, in seconds.
    pub clock_offset: i32,
    /// Whether its addresses become labels.
    pub show_addresses: bool,
    /// At most so many devices on its network become metrics and sightings.
    pub max_hosts: usize,
}

/// How to talk to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Scheme {
    Http,
    Https,
}

/// What kinds of modems there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// CGNV4 (UPC, Virgin Media Business, Unitymedia): one has to log in, and only one can be.
    Cgnv4,
    /// CODA-45 and CODA-56: nobody logs in, and there is OFDM.
    CodaAsp,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 2] = [Profile::Cgnv4, Profile::CodaAsp];

    /// As the configuration spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::Cgnv4 => "cgnv4",
            Profile::CodaAsp => "coda-asp",
        }
    }
}

/// The parts of a modem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum PartName {
    Modem,
    Ofdm,
    Lan,
    Events,
    Gre,
}

impl PartName {
    /// All of them.
    pub const ALL: [PartName; 5] =
        [PartName::Modem, PartName::Ofdm, PartName::Lan, PartName::Events, PartName::Gre];

    /// As labels and the configuration spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            PartName::Modem => "modem",
            PartName::Ofdm => "ofdm",
            PartName::Lan => "lan",
            PartName::Events => "events",
            PartName::Gre => "gre",
        }
    }
}

/// As whom to log in.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    /// The user.
    pub user: Secret,
    /// Where its password is.
    pub password: Password,
}

/// Where a password is.
#[derive(Clone, Debug, PartialEq)]
pub enum Password {
    /// Kept for this modem.
    Stored(secrets::Place),
    /// Whoever asks has brought it along.
    Given(Secret),
}

/// A word that is not to be seen.
#[derive(Clone)]
pub struct Secret(pub SecretString);

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// One part of a modem, or several that are asked for together.
#[derive(Debug)]
pub struct Hitron {
    parts: Vec<PartName>,
    settings: Settings,
}

/// Other settings.
#[derive(Debug)]
pub struct Change(Settings);

impl Hitron {
    /// Asks nobody yet; one for each part.
    ///
    /// # Errors
    /// None so far: whatever is wrong with the modem or the password may be mended while lanlord runs.
    pub fn open(settings: Settings) -> Result<Vec<Self>, Error> {
        let part = |&part: &PartName| Self { parts: vec![part], settings: settings.clone() };
        Ok(settings.parts.iter().map(part).collect())
    }

    /// All parts on one visit, with one log-in.
    pub fn together(settings: Settings) -> Self {
        Self { parts: settings.parts.clone(), settings }
    }

    /// Its name within the source.
    pub fn name(&self) -> &'static str {
        self.parts.first().map_or("modem", |part| part.as_str())
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        Place { host: self.settings.host.clone(), port: self.settings.port, address: self.settings.address }
    }

    /// How often to ask, where the source's interval is this.
    pub fn interval(&self, of_source: Duration) -> Duration {
        of_source
    }

    /// What there is to say of a visit that brought nothing.
    pub fn excuse(&self, _out: &mut Families) {}

    /// Nothing has to be opened.
    ///
    /// # Errors
    /// None so far.
    pub fn prepare(&self, settings: Settings) -> Result<Change, Error> {
        Ok(Change(settings))
    }

    /// Goes on with other settings.
    pub async fn apply(&mut self, Change(settings): Change) {
        self.settings = settings;
    }
}

impl Collector for Hitron {
    type Snapshot = Snapshot;

    async fn collect(&mut self, _call: Call<'_>) -> Result<Reading<Snapshot>, Error> {
        Err(Error::new(Reason::Unsupported, "unfinished", "not yet"))
    }

    async fn leave(&mut self) {}
}

/// What a visit brought.
#[derive(Debug)]
pub struct Snapshot;

impl Measure for Snapshot {
    fn measure(&self, _out: &mut Families) {}

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}

/// Whether both have the same parts.
pub fn same_parts(one: &Settings, other: &Settings) -> bool {
    one.parts == other.parts
}

/// The password, which is read again.
pub fn files(settings: &Settings) -> Vec<PathBuf> {
    let password = settings.login.as_ref().map(|login| &login.password);
    match password {
        Some(Password::Stored(secrets::Place::File(path))) => vec![path.clone()],
        _ => Vec::new(),
    }
}

/// Looks at the files.
pub fn touch(settings: &Settings) {
    for file in files(settings) {
        // Only whether it answers matters.
        let _: Option<PathBuf> = file.canonicalize().ok();
    }
}

/// What these settings amount to, in words.
pub fn describe(settings: &Settings) -> String {
    format!("asks the Hitron modem at {}", settings.host)
}
