//! The second door: a module and a target make one visit, which is answered and not stored.
//!
//! The first door, `schedule`, visits what is configured; this one whomever somebody asks about, as far as that is
//! allowed. In reading order: `query` is what is asked for, `allow` whom it may be about, `plan` what it takes to visit
//! him, `flight` the visit, `answer` what is said of it, `board` what is remembered of it, and `desk` puts them together.
//!
//! It knows no listener: that knows `reply`. It keeps no secret longer than a visit takes, and tells none.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use crate::net::legacy_tls::pin::Pin;
use crate::sources::hitron;

pub mod allow;
mod answer;
mod board;
mod desk;
mod flight;
mod identity;
mod plan;
mod query;
pub mod reply;

pub use desk::Desk;

use allow::{Allowed, Host};
use reply::ErrorsAs;

crate::metrics! {
    /// Whether this probe brought data; only in answers of `/probe`.
    SUCCESS = Gauge "probe_success" {};

    /// How long the visit for this probe took; only in answers of `/probe`.
    DURATION = Gauge<f64> "probe_duration_seconds" {};

    /// Probes answered since lanlord started, by module and what came of them: `ok`, `partial` if something could not be
    /// had, or why there are no data; absent until there is one.
    PROBES = Counter "lanlord_probes_total" { module, outcome };

    /// Visits for probes that are under way.
    IN_FLIGHT = Gauge "lanlord_probes_in_flight" {};
}

/// Who may be probed, and how; made by `config`.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Who may be visited with every module, besides whom a module allows.
    pub allow: Vec<Allowed>,
    /// The modules, in the order of the file; no name twice.
    pub modules: Vec<Module>,
    /// How to say that there are no data, where a probe does not say.
    pub errors: ErrorsAs,
    /// How long a probe may take, where whoever asks waits that long.
    pub deadline: Duration,
}

/// How to visit a device that somebody asks about.
#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// Our name for it.
    pub name: String,
    /// Who may be visited with it.
    pub allow: Vec<Allowed>,
    /// Who may be visited with it and gets its stored password, each known by one of these fingerprints.
    pub targets: Vec<(Host, Vec<Pin>)>,
    /// What each visit is made from: without a host, without pins, and with the stored log-in if there is one.
    pub template: hitron::Settings,
}

/// The module that there is without configuration, and for probes that name none.
pub const DEFAULT: &str = "default";

impl Default for Settings {
    /// Nobody may be visited.
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            modules: Vec::new(),
            errors: ErrorsAs::Status,
            // Longer than any modem takes, and as long as anybody waits who waits half a minute.
            deadline: Duration::from_secs(25),
        }
    }
}

impl Default for Module {
    /// What an earlier program asked, so that its users' URLs work.
    fn default() -> Self {
        let template = hitron::Settings::default();
        Self { name: DEFAULT.to_owned(), allow: Vec::new(), targets: Vec::new(), template }
    }
}

impl Settings {
    /// The module with this name.
    pub fn module(&self, name: Option<&str>) -> Option<Module> {
        let name = name.unwrap_or(DEFAULT);
        let configured = self.modules.iter().find(|module| module.name == name).cloned();
        configured.or_else(|| (name == DEFAULT).then(Module::default))
    }

    /// Whether there is anybody who may be visited.
    pub fn lets_anybody_in(&self) -> bool {
        let of_modules =
            self.modules.iter().any(|module| !module.allow.is_empty() || !module.targets.is_empty());
        !self.allow.is_empty() || of_modules
    }
}

/// Files that are read again while lanlord runs, and so must stay readable.
pub fn files(settings: &Settings) -> Vec<PathBuf> {
    settings.modules.iter().flat_map(|module| hitron::files(&module.template)).collect()
}

/// Looks at these files, which takes for ever where a disk does not answer: to be called where that harms nobody.
pub fn touch(settings: &Settings) {
    settings.modules.iter().for_each(|module| hitron::touch(&module.template));
}

/// What a module amounts to, in words, for the page and `lanlord check`.
pub fn describe(module: &Module) -> String {
    let template = &module.template;
    let parts: Vec<&str> = template.parts.iter().map(|part| part.as_str()).collect();
    let scheme = match template.scheme {
        hitron::Scheme::Http => "HTTP",
        hitron::Scheme::Https => "HTTPS",
    };
    let mut out = format!(
        "asks Hitron modems with the profile {} over {scheme} on port {} for {}",
        template.profile.as_str(),
        template.port,
        parts.join(", ")
    );
    let targets = module.targets.len();
    let known = match (targets, &template.login) {
        (0, _) => String::new(),
        (1, None) => "; knows the fingerprint of one target".to_owned(),
        (_, None) => format!("; knows the fingerprints of {targets} targets"),
        (1, Some(_)) => "; has a password for one target".to_owned(),
        (_, Some(_)) => format!("; has a password for {targets} targets"),
    };
    // Writing to a string cannot fail.
    let _ = write!(out, "{known}");
    out
}
