//! A Freebox (Revolution and its successors) over its own interface for programs, Freebox OS: what the line does, how
//! the box feels, who is on the network.
//!
//! In reading order: `endpoint` says where it is, `session` finds it, logs in and asks, `api` is what it answers, in its
//! words, `parts` what is asked for on one visit, `metrics` the same in our words; `token` and `register` are how lanlord
//! gets permission, `lines` the output of the script that people had before.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::metric::{Families, Sighting};
use crate::net::tls::{self, Trust};
use crate::secrets::Place;
use crate::sources::{Call, Collector, Error, Measure, Reading};

pub mod api;
pub mod endpoint;
pub mod find;
pub mod lines;
pub mod metrics;
pub mod parts;
pub mod register;
pub mod session;
pub mod token;

use api::version::Wanted;
use endpoint::{Endpoint, Scheme};
use session::Session;

/// The `kind` of these sources.
pub const KIND: &str = "freebox";

/// Where to find a box, what to ask it for, and as whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Whom we believe to be it.
    pub trust: Trust,
    /// Where the token is.
    pub token: Place,
    /// As what lanlord is registered; none for what is written beside the token.
    pub app_id: Option<String>,
    /// Which version of the interface to speak.
    pub api_version: Wanted,
    /// Which box it has to be (32 hexadecimal digits); none for what is written beside the token, or the first.
    pub uid: Option<String>,
    /// What is asked, in the order of [`PartName::ALL`], and how often; without a time in proportion to the source's
    /// interval.
    pub parts: Vec<(PartName, Option<Duration>)>,
    /// At most so many hosts, stations and leases each become metrics and sightings.
    pub max_hosts: usize,
    /// Hosts that were not seen for longer are not shown.
    pub hosts_seen_within: Duration,
}

/// The parts of a Freebox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum PartName {
    Line,
    System,
    Switch,
    Wifi,
    Lan,
    Dhcp,
    Storage,
    Vpn,
    Device,
}

impl PartName {
    /// All of them.
    pub const ALL: [PartName; 9] = [
        PartName::Line,
        PartName::System,
        PartName::Switch,
        PartName::Wifi,
        PartName::Lan,
        PartName::Dhcp,
        PartName::Storage,
        PartName::Vpn,
        PartName::Device,
    ];

    /// As labels and the configuration spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            PartName::Line => "line",
            PartName::System => "system",
            PartName::Switch => "switch",
            PartName::Wifi => "wifi",
            PartName::Lan => "lan",
            PartName::Dhcp => "dhcp",
            PartName::Storage => "storage",
            PartName::Vpn => "vpn",
            PartName::Device => "device",
        }
    }

    /// How many times longer than the source's interval to wait between visits, unless it is said: figures that change
    /// all the time every 10 s, lists every 30 s, the slow list of hosts every minute, what people set every five. The
    /// box's own page asks for the first every second, so this is no burden.
    fn slowness(self) -> u32 {
        match self {
            PartName::Line | PartName::System | PartName::Switch => 1,
            PartName::Wifi | PartName::Dhcp | PartName::Storage | PartName::Vpn => 3,
            PartName::Lan => 6,
            PartName::Device => 30,
        }
    }
}

/// One part of a Freebox.
#[derive(Debug)]
pub struct Freebox {
    part: PartName,
    settings: Settings,
    session: Arc<Session>,
    memory: parts::Memory,
}

/// Other settings.
#[derive(Debug)]
pub struct Change(Settings);

impl Freebox {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// None so far: whatever is wrong with the box or the token may be mended while lanlord runs.
    pub fn open(settings: Settings) -> Result<Vec<Self>, Error> {
        let session = Arc::new(Session::new(&settings));
        let part = |&(part, _): &(PartName, _)| Self {
            part,
            settings: settings.clone(),
            session: Arc::clone(&session),
            memory: parts::Memory::default(),
        };
        Ok(settings.parts.iter().map(part).collect())
    }

    /// Its name within the source.
    pub fn name(&self) -> &'static str {
        self.part.as_str()
    }

    /// How often to ask, where the source's interval is this.
    pub fn interval(&self, of_source: Duration) -> Duration {
        let own =
            self.settings.parts.iter().find(|(part, _)| *part == self.part).and_then(|(_, every)| *every);
        own.unwrap_or(of_source * self.part.slowness())
    }

    /// How long to wait: the list of hosts takes some boxes more than ten seconds, as owners of Deltas have
    /// reported.
    pub fn deadline(&self, of_source: Duration) -> Duration {
        match self.part {
            PartName::Lan => of_source * 3,
            _ => of_source,
        }
    }

    /// Nothing has to be opened.
    ///
    /// # Errors
    /// None so far.
    pub fn prepare(&self, settings: Settings) -> Result<Change, Error> {
        Ok(Change(settings))
    }

    /// Goes on with other settings.
    pub async fn apply(&mut self, Change(settings): Change) {
        self.session.change(&settings).await;
        self.settings = settings;
    }

    /// Lets go of the session.
    pub async fn rest(&mut self) {
        self.session.leave().await;
    }
}

impl Collector for Freebox {
    type Snapshot = Snapshot;

    async fn collect(&mut self, call: Call<'_>) -> Result<Reading<Snapshot>, Error> {
        let errand = self.session.errand(call.now, call.patience);
        parts::visit(self.part, &self.settings, &mut self.memory, errand).await
    }

    async fn leave(&mut self) {
        self.session.leave().await;
    }
}

/// What a visit to one part brought.
#[derive(Debug)]
#[expect(missing_docs, reason = "as the parts are called")]
pub enum Snapshot {
    Line(Box<parts::line::Snapshot>),
    System(Box<parts::system::Snapshot>),
    Switch(Box<parts::switch::Snapshot>),
    Wifi(Box<parts::wifi::Snapshot>),
    Lan(Box<parts::lan::Snapshot>),
    Dhcp(Box<parts::dhcp::Snapshot>),
    Storage(Box<parts::storage::Snapshot>),
    Vpn(Box<parts::vpn::Snapshot>),
    Device(Box<parts::device::Snapshot>),
}

impl Snapshot {
    /// For how much of what the box lists there was no room.
    fn folded(&self) -> u64 {
        match self {
            Snapshot::Switch(switch) => switch.folded,
            Snapshot::Wifi(wifi) => wifi.folded,
            Snapshot::Lan(lan) => lan.folded,
            Snapshot::Dhcp(dhcp) => dhcp.folded,
            _ => 0,
        }
    }
}

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        match self {
            Snapshot::Line(line) => line.measure(out),
            Snapshot::System(system) => system.measure(out),
            Snapshot::Switch(switch) => switch.measure(out),
            Snapshot::Wifi(wifi) => wifi.measure(out),
            Snapshot::Lan(lan) => lan.measure(out),
            Snapshot::Dhcp(dhcp) => dhcp.measure(out),
            Snapshot::Storage(storage) => storage.measure(out),
            Snapshot::Vpn(vpn) => vpn.measure(out),
            Snapshot::Device(device) => device.measure(out),
        }
    }

    fn sightings(&self, out: &mut Vec<Sighting>) {
        match self {
            Snapshot::Line(line) => line.sightings(out),
            Snapshot::System(system) => system.sightings(out),
            Snapshot::Switch(switch) => switch.sightings(out),
            Snapshot::Wifi(wifi) => wifi.sightings(out),
            Snapshot::Lan(lan) => lan.sightings(out),
            Snapshot::Dhcp(dhcp) => dhcp.sightings(out),
            Snapshot::Storage(storage) => storage.sightings(out),
            Snapshot::Vpn(vpn) => vpn.sightings(out),
            Snapshot::Device(device) => device.sightings(out),
        }
    }
}

/// Whether both have the same parts.
pub fn same_parts(one: &Settings, other: &Settings) -> bool {
    let names = |settings: &Settings| settings.parts.iter().map(|(part, _)| *part).collect::<Vec<_>>();
    names(one) == names(other)
}

/// The token and the authorities, which are read again.
pub fn files(settings: &Settings) -> Vec<PathBuf> {
    let token = match &settings.token {
        Place::File(path) => Some(path.clone()),
        Place::Environment(_) | Place::Credential(_) => None,
    };
    let authorities = match &settings.trust {
        Trust::Authorities { file, .. } => file.iter().cloned().chain(tls::of_system()).collect(),
        Trust::Pins(_) | Trust::Anybody => Vec::new(),
    };
    token.into_iter().chain(authorities).collect()
}

/// Looks at the files.
pub fn touch(settings: &Settings) {
    for file in files(settings) {
        // Only whether it answers matters.
        let _: Option<PathBuf> = file.canonicalize().ok();
    }
}

/// What is known of every Freebox's certificate: the authorities that sign it.
pub const AUTHORITIES: &str = include_str!("authorities.pem");

/// What these settings amount to, in words.
pub fn describe(settings: &Settings) -> String {
    let who = match (settings.endpoint.scheme, &settings.trust) {
        (Scheme::Http, _) => " without TLS: everybody on the way sees what is asked",
        (_, Trust::Authorities { .. }) => "",
        (_, Trust::Pins(_)) => ", known by its certificate's fingerprint",
        (_, Trust::Anybody) => ", WHOEVER ANSWERS THERE: `tls_verify` is false",
    };
    let parts: Vec<&str> = settings.parts.iter().map(|(part, _)| part.as_str()).collect();
    let problem = match session::login_problem(settings) {
        Some(problem) => format!("; it cannot log in yet: {problem}"),
        None => String::new(),
    };
    format!(
        "asks the Freebox at {}{who}, with {}, for {}{problem}",
        settings.endpoint,
        settings.token,
        parts.join(", ")
    )
}
