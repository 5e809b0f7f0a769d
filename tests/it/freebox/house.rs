//! A simulated box, and lanlord's source for it: what tests of both need. Deliberately without expectations.
//!
//! The box's clock stands still unless a test moves it, so that what is asked twice is the same twice.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Once};
use std::task::Poll;
use std::time::Duration;

use lanlord::metric::{Batch, Outcome, Reason, SourceId, Value};
use lanlord::net::tls::Trust;
use lanlord::secrets::Place;
use lanlord::sources::freebox::api::version::Wanted;
use lanlord::sources::freebox::{self, PartName};
use lanlord::sources::{self, Tools};
use lanlord::visit::turns::Turns;
use lanlord::visit::{Visited, Visitor};
use lanlord_sim::freebox::control::Control;
use lanlord_sim::freebox::{Options, Running};
use tempfile::TempDir;

/// As what lanlord is registered.
pub const APP: &str = "org.example.homemon";
/// The token of it.
pub const TOKEN: &str = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";
/// Another one.
pub const OTHER_TOKEN: &str = "MqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe1";
/// How long a source is waited for: much longer than anything here takes, on a machine that has more to do.
pub const PATIENCE: Duration = Duration::from_secs(4);
/// The same for who is waited for in vain.
pub const SHORT: Duration = Duration::from_millis(800);

/// A box, and a folder for what lanlord reads.
pub struct House {
    pub control: Control,
    pub running: Running,
    pub folder: TempDir,
}

/// What a part's samples are: by `name{label,label}`.
pub type Samples = BTreeMap<String, f64>;

impl House {
    /// Starts a box that knows lanlord.
    pub fn new(profile: &str) -> Self {
        Self::with(Options { profile: profile.to_owned(), ..options() })
    }

    /// Starts this box.
    pub fn with(options: Options) -> Self {
        let running = lanlord_sim::freebox::Box::start(options).unwrap();
        let house = Self { control: running.control.clone(), running, folder: tempfile::tempdir().unwrap() };
        house.write_token(TOKEN);
        let ca = house.folder.path().join("ca.pem");
        std::fs::write(ca, house.running.ca_pem()).unwrap();
        house
    }

    /// Another token for lanlord.
    pub fn write_token(&self, token: &str) {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(self.folder.path().join("token")).unwrap().write_all(token.as_bytes()).unwrap();
    }

    /// All parts, over plain HTTP.
    pub fn settings(&self) -> freebox::Settings {
        let endpoint = format!("http://{}", self.running.http_address());
        freebox::Settings {
            endpoint: endpoint.parse().unwrap(),
            trust: self.trust(),
            token: Place::File(self.folder.path().join("token")),
            app_id: Some(APP.to_owned()),
            api_version: Wanted::Auto,
            uid: None,
            parts: PartName::ALL.map(|part| (part, None)).to_vec(),
            max_hosts: 16_384,
            hosts_seen_within: Duration::from_secs(50 * 365 * 86_400),
        }
    }

    /// All parts, over TLS, as discovery on the box's plain port leads there.
    pub fn secure(&self) -> freebox::Settings {
        let endpoint = self.running.http_address().to_string();
        freebox::Settings { endpoint: endpoint.parse().unwrap(), ..self.settings() }
    }

    /// All parts, over TLS and nothing else.
    pub fn direct(&self) -> freebox::Settings {
        let endpoint = format!("https://localhost:{}", self.running.https_address().unwrap().port());
        freebox::Settings { endpoint: endpoint.parse().unwrap(), ..self.settings() }
    }

    /// The box's own authority.
    pub fn trust(&self) -> Trust {
        let file = Some(self.folder.path().join("ca.pem"));
        Trust::Authorities { built_in: freebox::AUTHORITIES, file }
    }

    /// Lanlord's side of it.
    pub fn source(&self) -> Source {
        Source::new(self.settings(), PATIENCE)
    }

    /// Logins that were tried so far.
    pub fn attempts(&self) -> u64 {
        let counters = self.control.counters();
        counters.logins + counters.failed_logins
    }

    /// How often this was asked, with any method: below the version, without slashes at the ends.
    pub fn asked(&self, path: &str) -> usize {
        let is_it = |asked: &str| {
            asked
                .trim_matches('/')
                .split_once("/v")
                .is_some_and(|(_, rest)| rest.split_once('/').is_some_and(|(_, below)| below == path))
        };
        self.control.log().iter().filter(|entry| is_it(&entry.path)).count()
    }
}

/// A box that knows lanlord and whose clock stands still.
pub fn options() -> Options {
    Options { tokens: vec![(APP.to_owned(), TOKEN.to_owned())], speed: 0.0, ..Options::default() }
}

/// All parts of a source.
pub struct Source {
    pub visitors: Vec<Visitor>,
    runtime: tokio::runtime::Runtime,
}

impl Source {
    /// Asks nobody yet.
    pub fn new(settings: freebox::Settings, deadline: Duration) -> Self {
        let parts = sources::open(sources::Settings::Freebox(settings), &Tools::default()).unwrap();
        let id = SourceId(Arc::from("box"));
        let visitors = parts
            .into_iter()
            .map(|part| Visitor::new(id.clone(), part, deadline, Turns::default()))
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { visitors, runtime }
    }

    /// Visits all parts at once.
    pub fn visit(&mut self) -> Seen {
        let visits = self
            .visitors
            .iter_mut()
            .map(|visitor| -> Pin<Box<dyn Future<Output = Visited>>> { Box::pin(visitor.visit()) });
        let visits: Vec<_> = visits.collect();
        Seen(self.runtime.block_on(all(visits)))
    }

    /// Visits one part.
    pub fn visit_part(&mut self, name: &str) -> Visited {
        let Self { visitors, runtime } = self;
        let visitor = visitors.iter_mut().find(|visitor| visitor.part().name() == name).unwrap();
        runtime.block_on(visitor.visit())
    }

    /// Does something with all parts that takes time.
    pub fn run<T>(&mut self, what: impl AsyncFnOnce(&mut Vec<Visitor>) -> T) -> T {
        let Self { visitors, runtime } = self;
        runtime.block_on(what(visitors))
    }

    /// Gives the session back.
    pub fn leave(&mut self) {
        self.run(async |visitors| {
            let leaves = visitors
                .iter_mut()
                .map(|visitor| -> Pin<Box<dyn Future<Output = ()>>> { Box::pin(visitor.leave()) });
            all(leaves.collect()).await;
        });
    }
}

/// Waits for all of them, which take turns.
pub async fn all<'a, T>(mut work: Vec<Pin<Box<dyn Future<Output = T> + 'a>>>) -> Vec<T> {
    let mut done: Vec<Option<T>> = work.iter().map(|_| None).collect();
    poll_fn(|cx| {
        for (one, done) in work.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(value) = one.as_mut().poll(cx) {
                *done = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// What visits to all parts brought, in the order of the parts.
#[derive(Debug)]
pub struct Seen(pub Vec<Visited>);

impl Seen {
    /// One part's.
    #[track_caller]
    pub fn part(&self, name: &str) -> &Visited {
        self.0.iter().find(|visited| visited.batch.part == name).unwrap()
    }

    /// All samples.
    pub fn samples(&self) -> Samples {
        self.0.iter().flat_map(|visited| samples(&visited.batch)).collect()
    }

    /// What could not be had, in words with the part before.
    pub fn faults(&self) -> Vec<String> {
        self.0
            .iter()
            .flat_map(|visited| {
                let visit = visited.batch.visit.as_ref().unwrap();
                visit.faults.iter().map(|fault| format!("{}: {fault}", visited.batch.part))
            })
            .collect()
    }

    /// Parts that brought nothing, and why.
    pub fn down(&self) -> Vec<Down> {
        self.0
            .iter()
            .filter_map(|visited| Some((visited.batch.part, failure(visited)?)))
            .map(|(part, (reason, code, _))| (part, reason, code))
            .collect()
    }

    /// Panics unless all parts brought something and nothing was missing.
    #[track_caller]
    pub fn assert_well(&self, when: &str) {
        let failures: Vec<_> =
            self.0.iter().filter_map(|visited| Some((visited.batch.part, failure(visited)?))).collect();
        assert!(failures.is_empty(), "{when}: {failures:?}");
        assert_eq!(self.faults(), [""; 0], "{when}");
    }

    /// Panics unless no part brought anything, all for this reason.
    #[track_caller]
    pub fn assert_down(&self, reason: Reason, code: &str, when: &str) {
        for visited in &self.0 {
            let part = visited.batch.part;
            let Some((found, found_code, message)) = failure(visited) else { panic!("{when}: {part} is up") };
            assert_eq!((found, found_code), (reason, code), "{when}, {part}: {message}");
            assert!(
                visited.batch.families.is_empty() && visited.batch.sightings.is_empty(),
                "{when}: {part} has data"
            );
        }
    }
}

/// A part that brought nothing.
pub type Down = (&'static str, Reason, &'static str);

/// Why a visit brought nothing.
pub fn failure(visited: &Visited) -> Option<(Reason, &'static str, &str)> {
    match &visited.batch.visit.as_ref().unwrap().outcome {
        Outcome::Ok => None,
        Outcome::Failed { reason, code, message } => Some((*reason, code, message)),
    }
}

/// A batch's samples.
pub fn samples(batch: &Batch) -> Samples {
    let mut samples = Samples::new();
    for family in &batch.families {
        for sample in family.samples() {
            let labels: Vec<&str> = sample.labels().collect();
            let value = match sample.value {
                Value::Int(int) => int as f64,
                Value::Float(float) => float,
            };
            samples.insert(format!("{}{{{}}}", family.meta().name, labels.join(",")), value);
        }
    }
    samples
}

/// What is logged while something happens, on this thread.
pub fn logged<T>(what: impl FnOnce() -> T) -> (T, String) {
    // Whether a place in the code has anything to log is decided once, by whoever comes there first: on a thread where
    // nobody listens it would be decided for all. So somebody always listens.
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let listens = tracing::subscriber::set_global_default(Log { text: Arc::default(), keeps: false });
        listens.expect("nobody else listens for the whole process");
    });
    let log = Log { text: Arc::default(), keeps: true };
    let value = tracing::subscriber::with_default(log.clone(), what);
    let text = log.text.lock().unwrap().clone();
    (value, text)
}

/// Keeps every word of every event and span, or listens and keeps nothing.
#[derive(Clone)]
struct Log {
    text: Arc<Mutex<String>>,
    keeps: bool,
}

impl tracing::field::Visit for Log {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        if self.keeps {
            self.text.lock().unwrap().push_str(&format!("{field}={value:?} "));
        }
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if self.keeps {
            event.record(&mut self.clone());
            self.text.lock().unwrap().push('\n');
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
