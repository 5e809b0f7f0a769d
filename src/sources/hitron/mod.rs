//! A Hitron cable modem over the web pages that people look at: what the line does, channel by channel.
//!
//! In reading order: `session` logs in, asks and logs out, `parts` is what is asked for on one visit, `api` is what the
//! modem answers, in its words, `metrics` the same in our words.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::metric::Families;
use crate::net::legacy_tls::Allowed;
use crate::net::legacy_tls::pin::Pin;
use crate::net::place::bracketed;
use crate::sources::{Call, Collector, Error, Measure, Place, Reading};
use crate::{secrets, text};

pub mod api;
pub mod metrics;
pub mod parts;
pub mod quantity;
mod session;
pub mod snapshot;

use session::Session;
use snapshot::Snapshot;

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
    pub allowed: Allowed,
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

impl Default for Settings {
    /// What the exporter before asked, of nobody yet.
    fn default() -> Self {
        Self {
            scheme: Scheme::Https,
            host: String::new(),
            port: 443,
            address: None,
            profile: Profile::Cgnv4,
            login: None,
            force: false,
            pins: Vec::new(),
            allowed: Allowed::default(),
            parts: parts::usual(Profile::Cgnv4).to_vec(),
            // A CODA-56 starts anew after some 400 times, says an owner at github.com/andyp-79/cablemodem-status.
            ofdm_interval: Duration::from_secs(3_600),
            hold_off: Duration::from_secs(900),
            traffic_base: 1_000,
            clock_offset: 0,
            show_addresses: false,
            max_hosts: 1_024,
        }
    }
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
    /// Whether other parts of the same source are visited on their own, and the first of them speaks for all.
    secondary: bool,
    session: Session,
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
        let part = |(index, &part): (usize, &PartName)| Self {
            parts: vec![part],
            settings: settings.clone(),
            secondary: index > 0,
            session: Session::default(),
        };
        Ok(settings.parts.iter().enumerate().map(part).collect())
    }

    /// All parts on one visit, with one log-in.
    pub fn together(settings: Settings) -> Self {
        Self { parts: settings.parts.clone(), settings, secondary: false, session: Session::default() }
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
        let every = |&part: &PartName| match part {
            PartName::Ofdm => self.settings.ofdm_interval,
            part => of_source * parts::slowness(part),
        };
        self.parts.iter().map(every).min().unwrap_or(of_source)
    }

    /// What there is to say of a visit that brought nothing.
    pub fn excuse(&self, out: &mut Families) {
        if let Some(snapshot) = self.session.excuse() {
            snapshot.measure(out);
        }
    }

    /// Whether there is, or may be, a session that has not been given back.
    pub fn is_open(&self) -> bool {
        self.session.is_open()
    }

    /// Nothing has to be opened.
    ///
    /// # Errors
    /// None so far.
    pub fn prepare(&self, settings: Settings) -> Result<Change, Error> {
        Ok(Change(settings))
    }

    /// Goes on with other settings; the parts are the same.
    pub async fn apply(&mut self, Change(settings): Change) {
        self.session.change();
        self.settings = settings;
    }
}

impl Collector for Hitron {
    type Snapshot = Snapshot;

    async fn collect(&mut self, call: Call<'_>) -> Result<Reading<Snapshot>, Error> {
        self.session.visit(&self.settings, &self.parts, self.secondary, call).await
    }

    async fn leave(&mut self) {
        self.session.leave().await;
    }
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

/// What these settings amount to, in words: whom lanlord asks, as whom, for what.
pub fn describe(settings: &Settings) -> String {
    let scheme = match settings.scheme {
        Scheme::Http => "http",
        Scheme::Https => "https",
    };
    let at = format!("{scheme}://{}:{}", bracketed(&settings.host), settings.port);
    let known = match (settings.scheme, settings.pins.iter().any(|group| !group.is_empty())) {
        (Scheme::Http, _) => "; everybody on the way sees what is said",
        (Scheme::Https, true) => ", known by its certificate's fingerprint",
        (Scheme::Https, false) => ", WHOEVER ANSWERS THERE: there is no `pin`",
    };
    let (login, problem) = match settings.login.as_ref() {
        None => (", without a log-in".to_owned(), None),
        Some(Login { password: Password::Given(_), .. }) => (", with a given password".to_owned(), None),
        Some(Login { user, password: Password::Stored(place) }) => {
            let user = text::cut(&text::plain(user.0.expose_secret()), 64);
            let problem = place.read().err().map(|problem| format!("; it cannot log in yet: {problem}"));
            (format!(", as `{user}` with the password in {place}"), problem)
        }
    };
    let parts: Vec<&str> = settings.parts.iter().map(|part| part.as_str()).collect();
    let force = if settings.force { ", throwing out whoever else is logged in" } else { "" };
    format!(
        "asks the Hitron modem ({}) at {at}{known}{login}{force}, for {}{}",
        settings.profile.as_str(),
        parts.join(", "),
        problem.unwrap_or_default()
    )
}
