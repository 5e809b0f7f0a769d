//! What we run on: the configuration file and the command line, resolved and checked against each other.
//!
//! Two stages. `file.rs` has what was written: strict, every value with its place. Here defaults are filled in
//! and values are held against each other; what comes out needs no further check. Nobody below reads
//! the file again, and nothing here opens a socket or looks at an interface.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::metric::SourceId;
use crate::names::{Key, dns as names_dns};
use crate::probe::Settings as ProbeSettings;
use crate::push::{PushId, Settings as PushSettings};
use crate::sources::Settings;

mod address;
mod block;
mod dns;
mod file;
mod freebox;
pub mod gonetmon;
mod hitron;
mod log;
mod names;
mod overrides;
mod probe;
mod problem;
mod push;
mod quantity;
mod secret;
mod suggest;
mod syntax;
mod table;
mod trust;
mod wire;

pub use address::{parse_listen, parse_prefix};
pub use freebox::parse_app_id;
pub use log::{Log, parse_log_format, parse_log_level};
pub use overrides::Overrides;
pub use problem::{Invalid, Place, Problem, Problems};
pub use wire::parse_interface;

use block::Block;
use problem::{Review, quote};
use table::At;

/// Reads a duration of the command line, such as `500ms` or `3s`.
///
/// # Errors
/// When it is not a whole number and a unit.
pub fn parse_duration(text: &str) -> Result<Duration, Invalid> {
    quantity::duration(text).ok_or_else(|| {
        Invalid(format!("{} is not a duration; write a number and ms, s, m or h, such as 3s", quote(text)))
    })
}

/// Reads how many requests of the command line may be under way.
///
/// # Errors
/// When it is not a whole number in the range.
pub fn parse_max_requests(text: &str) -> Result<usize, Invalid> {
    let number = text.parse().ok().filter(|number| file::MAX_REQUESTS.contains(number));
    number.ok_or_else(|| {
        let (from, to) = (file::MAX_REQUESTS.start(), file::MAX_REQUESTS.end());
        Invalid(format!("{} is not a whole number from {from} to {to}", quote(text)))
    })
}

/// Everything that lanlord runs on.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The path of the file, as it was given; none without one.
    pub file: Option<String>,
    /// The listener.
    pub web: Web,
    /// How much is logged, and how.
    pub log: Log,
    /// What hosts are called, in the order of the file; no key twice.
    pub names: Vec<(Key, String)>,
    /// Whether and whom to ask for other names.
    pub dns: names_dns::Settings,
    /// Who may be probed, and how.
    pub probe: ProbeSettings,
    /// What is asked, in the order of the file; no name twice.
    pub sources: Vec<Source>,
    /// To whom what is known is brought, in the order of the file; no name twice.
    pub pushes: Vec<Push>,
}

/// The listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    /// Where to listen: at least one address, none twice.
    pub listen: Vec<SocketAddr>,
    /// Requests under way at once.
    pub max_requests: usize,
    /// Whether each request has a line in the log.
    pub access_log: bool,
}

/// One source.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Our name for it.
    pub id: SourceId,
    /// How often each of its parts is visited.
    pub interval: Duration,
    /// How long one visit may take.
    pub deadline: Duration,
    /// What its kind needs.
    pub settings: Settings,
}

/// One push.
#[derive(Clone, Debug, PartialEq)]
pub struct Push {
    /// Our name for it.
    pub id: PushId,
    /// To whom, what, how often.
    pub settings: PushSettings,
}

impl Default for Config {
    /// Without a file: the hosts on the interface of the default route, shown to this machine alone.
    fn default() -> Self {
        let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address::DEFAULT_PORT);
        // More than one machine's worth of scrapers, browsers and scripts; 200 at once are served without a refusal.
        let web = Web { listen: vec![listen], max_requests: 256, access_log: false };
        Self {
            file: None,
            web,
            log: Log::default(),
            names: Vec::new(),
            dns: dns::defaults(),
            probe: ProbeSettings::default(),
            sources: vec![default_source()],
            pushes: Vec::new(),
        }
    }
}

/// The source that nobody needs to write.
fn default_source() -> Source {
    Source {
        id: SourceId(Arc::from(wire::KIND.name)),
        interval: wire::KIND.interval,
        deadline: wire::KIND.deadline,
        settings: Settings::Wire(wire::defaults()),
    }
}

/// Reads a configuration file.
pub fn load(path: &Path) -> Result<Config, Problems> {
    let name = path.display().to_string();
    let config = parse(&name, &file::text(path)?)?;
    Ok(Config { file: Some(name), ..config })
}

/// Reads the text of a configuration file; `file` is what problems call it.
pub fn parse(file: &str, text: &str) -> Result<Config, Problems> {
    let review = Review::new(text);
    let written = file::read(&review, text);
    let config = resolve(&review, written);
    review.finish(file).map(|()| config)
}

/// Fills in what is not written, and notes what cannot be together.
fn resolve(review: &Review<'_>, written: file::File) -> Config {
    let default = Config::default();
    let listen = written.listen.map(|listen| {
        // Port 0 is a new port each time.
        let again = repeats(&listen).filter(|(address, _)| address.value.port() != 0);
        for (At { at, value }, first) in again {
            let line = review.line(first);
            review.problem(
                *at,
                format!("`{value}` is already listened on by line {line}; keep one of the two"),
            );
        }
        listen.into_iter().map(|address| address.value).collect()
    });
    let sources = written.sources.map(|sources| {
        check_captures(review, &sources);
        sources.into_iter().filter_map(source).collect()
    });
    Config {
        file: None,
        web: Web {
            listen: listen.unwrap_or(default.web.listen),
            max_requests: written.max_requests.unwrap_or(default.web.max_requests),
            access_log: written.access_log.unwrap_or(default.web.access_log),
        },
        log: written.log,
        names: written.names,
        dns: written.dns.unwrap_or(default.dns),
        probe: written.probe.unwrap_or_default(),
        sources: sources.unwrap_or(default.sources),
        pushes: written.pushes.into_iter().filter_map(push).collect(),
    }
}

fn check_captures(review: &Review<'_>, sources: &[Block<file::Read>]) {
    let exclusive: Vec<_> = sources.iter().flat_map(|source| source.read.exclusive.clone()).collect();
    for (At { at, value }, first) in repeats(&exclusive) {
        let line = review.line(first);
        review.problem(*at, format!("{value} is already captured by line {line}; capture it once"));
    }
}

/// None where the name is wrong: then the file is.
fn source(written: Block<file::Read>) -> Option<Source> {
    Some(Source {
        id: SourceId(Arc::from(written.name?.value)),
        interval: written.interval,
        deadline: written.deadline,
        settings: written.read.settings,
    })
}

/// None where its name, or to whom it is, is wrong.
fn push(written: Block<push::Read>) -> Option<Push> {
    let Block { name, interval, deadline, read } = written;
    let push::Read { limits, selection, receiver } = read;
    let settings = PushSettings { interval, deadline, limits, selection, receiver: receiver? };
    Some(Push { id: PushId(Arc::from(name?.value)), settings })
}

/// Every value that was there before, with the place of the first.
fn repeats<T: Eq + Hash>(values: &[At<T>]) -> impl Iterator<Item = (&At<T>, usize)> {
    let mut first = HashMap::new();
    values.iter().filter_map(move |value| {
        let at = *first.entry(&value.value).or_insert(value.at);
        (at != value.at).then_some((value, at))
    })
}
