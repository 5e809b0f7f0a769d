//! A simulated modem, and lanlord's source for it: what tests of both need. Deliberately without expectations.
//!
//! The modem's clock stands still unless a test moves it, so that what is asked twice is the same twice.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use lanlord::clock::Stopwatch;
use lanlord::metric::SourceId;
use lanlord::secrets::Place;
use lanlord::sources::hitron::{self, Hitron, Login, PartName, Password, Profile, Scheme, Secret, Settings};
use lanlord::sources::{Part, Tools};
use lanlord::visit::turns::Turns;
use lanlord::visit::{Visited, Visitor};
use lanlord_sim::hitron::control::Control;
use lanlord_sim::hitron::{Modem, Options, Running};
use secrecy::SecretString;
use tempfile::TempDir;

pub use crate::freebox::house::{failure, logged, samples};

/// Whom the modem knows.
pub const USER: &str = "planted-user-Zx7";
/// His password.
pub const PASSWORD: &str = "planted &=%+ passwörd-Qk3";
/// How long a source is waited for: much longer than anything here takes, on a machine that has more to do.
pub const PATIENCE: Duration = Duration::from_secs(8);
/// The same for who is waited for in vain.
pub const SHORT: Duration = Duration::from_millis(1_500);

/// A modem, and a folder for the password.
pub struct House {
    pub control: Control,
    pub running: Running,
    pub folder: TempDir,
    profile: Profile,
}

impl House {
    /// One that knows lanlord.
    pub fn new() -> Self {
        Self::with(|_| ())
    }

    /// One with OFDM and without a log-in.
    pub fn coda() -> Self {
        Self::with(|options| "coda-asp".clone_into(&mut options.profile))
    }

    /// One that is somewhat different.
    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options =
            Options { user: USER.to_owned(), password: PASSWORD.to_owned(), ..Options::default() };
        change(&mut options);
        let profile = Profile::ALL.into_iter().find(|profile| profile.as_str() == options.profile).unwrap();
        let running = Modem::start(options).unwrap();
        let house =
            Self { control: running.control.clone(), running, folder: tempfile::tempdir().unwrap(), profile };
        house.write_password(PASSWORD);
        house
    }

    /// Another password for lanlord.
    pub fn write_password(&self, password: &str) {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(self.folder.path().join("password")).unwrap().write_all(password.as_bytes()).unwrap();
    }

    /// What is asked unless somebody says otherwise, with a stored password and a pin.
    pub fn settings(&self) -> Settings {
        let place = Place::File(self.folder.path().join("password"));
        let login = Login { user: secret(USER), password: Password::Stored(place) };
        let https = self.running.identity().is_some();
        Settings {
            scheme: if https { Scheme::Https } else { Scheme::Http },
            host: "127.0.0.1".to_owned(),
            port: self.running.address().port(),
            address: None,
            profile: self.profile,
            login: (self.profile == Profile::Cgnv4).then_some(login),
            force: false,
            pins: vec![vec![format!("sha256:{}", self.running.sha256()).parse().unwrap()]],
            allowed: Default::default(),
            parts: hitron::parts::usual(self.profile).to_vec(),
            ofdm_interval: Duration::from_secs(3_600),
            hold_off: Duration::from_secs(900),
            traffic_base: 1_000,
            clock_offset: 0,
            show_addresses: false,
            max_hosts: 1_024,
        }
    }

    /// The same with other parts.
    pub fn asking(&self, parts: &[PartName]) -> Settings {
        Settings { parts: parts.to_vec(), ..self.settings() }
    }

    /// How often a page was asked for, as the modem calls it.
    pub fn asked(&self, page: &str) -> u64 {
        self.control.stats().pages.get(page).copied().unwrap_or_default()
    }
}

/// A word that is not to be seen.
pub fn secret(text: &str) -> Secret {
    Secret(SecretString::from(text))
}

/// As whom to log in, if whoever asks says so.
pub fn given(user: &str, password: &str) -> Option<Login> {
    Some(Login { user: secret(user), password: Password::Given(secret(password)) })
}

/// Lanlord's side: whoever visits takes turns with all others.
pub struct Visits {
    pub turns: Turns,
    runtime: tokio::runtime::Runtime,
}

impl Visits {
    /// Nobody has been visited yet.
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { turns: Turns::default(), runtime }
    }

    /// The parts of a source, each visited on its own.
    pub fn source(&self, settings: Settings, deadline: Duration) -> Vec<Visitor> {
        let settings = lanlord::sources::Settings::Hitron(settings);
        let parts = lanlord::sources::open(settings, &Tools::default()).unwrap();
        parts.into_iter().map(|part| self.visitor(part, deadline)).collect()
    }

    /// All parts at once.
    pub fn probe(&self, settings: Settings, deadline: Duration) -> Visitor {
        self.visitor(Part::Hitron(Hitron::together(settings)), deadline)
    }

    fn visitor(&self, part: Part, deadline: Duration) -> Visitor {
        Visitor::new(SourceId(Arc::from("modem")), part, deadline, self.turns.clone())
    }

    /// Visits once.
    pub fn visit(&self, visitor: &mut Visitor) -> Visited {
        self.runtime.block_on(async {
            let visited = visitor.visit().await;
            visitor.settle().await;
            visited
        })
    }

    /// Visits again and again until something is so.
    #[track_caller]
    pub fn visit_until(&self, visitor: &mut Visitor, is_so: impl Fn(&Visited) -> bool) -> Visited {
        let watch = Stopwatch::start();
        loop {
            let visited = self.visit(visitor);
            if is_so(&visited) {
                return visited;
            }
            assert!(watch.elapsed() < PATIENCE, "it never is: {:?}", failure(&visited));
        }
    }

    /// Visits once, all parts at once, with the usual patience.
    pub fn once(&self, settings: Settings) -> Visited {
        self.visit(&mut self.probe(settings, PATIENCE))
    }

    /// Does something that takes time.
    pub fn run<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }
}

/// The code of a visit that brought nothing, or `ok`.
pub fn code(visited: &Visited) -> &'static str {
    failure(visited).map_or("ok", |(_, code, _)| code)
}

/// What could not be had.
pub fn faults(visited: &Visited) -> &[String] {
    &visited.batch.visit.as_ref().unwrap().faults
}

/// What was noted down.
pub fn journal(visited: &Visited) -> String {
    visited.journal.lines().map(|(_, line)| format!("{line}\n")).collect()
}

/// Panics unless all was had.
#[track_caller]
pub fn assert_well(visited: &Visited, when: &str) {
    assert_eq!(failure(visited), None, "{when}\n{}", journal(visited));
    assert_eq!(faults(visited), [""; 0], "{when}");
}

/// Panics if a session is open, was open beside another, or was ended by somebody who had none.
#[track_caller]
pub fn assert_clean(house: &House, when: &str) {
    let stats = house.control.stats();
    assert_eq!((stats.sessions_open, stats.stray_logouts), (0, 0), "{when}");
    // An answer that nobody waits for any more may still be under way when the log-out comes.
    assert!(stats.most_sessions <= 1 && stats.most_concurrent <= 2, "{when}: {stats:?}");
    assert_eq!(house.control.violations(), [""; 0], "{when}");
}
