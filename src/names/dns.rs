//! Asks a resolver for the names that somebody wants, in the background, and writes down what it says; and looks into
//! the system's files, which may change.
//!
//! It keeps nothing and decides nothing: what to ask and when, how long an answer holds and what it changes is
//! `cache`'s. Nobody waits for it, so a resolver that is slow, lies or is dead costs nobody but itself.

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use hickory_resolver::system_conf::parse_resolv_conf;
use tokio::sync::watch;

use super::cache::{Policy, Reply, Step, Turn};
use super::{Names, hosts_file, label};
use crate::clock::{self, Stopwatch};
use crate::text::plain;

/// How to ask for names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether at all.
    pub enabled: bool,
    /// Whom; nobody means the system's resolvers.
    pub servers: Vec<SocketAddr>,
    /// An answer is believed at least this long.
    pub refresh: Duration,
    /// At most so many questions in a second.
    pub per_second: u32,
}

/// Questions under way at once: enough for the usual pace with a resolver that takes half a second.
const IN_FLIGHT: usize = 8;

/// An answer is waited for this long. Of several resolvers, each gets half of it.
const PATIENCE: Duration = Duration::from_secs(2);

/// hickory repeats a question after at least this long, three datagrams to one resolver and six to several. Nobody tells
/// how many there were, so the most that there can have been are counted against the pace.
const REPEATED_AFTER: Duration = Duration::from_millis(333);
const REPEATS: u32 = 5;

/// Names of one answer that are looked at; a sane one has one.
const NAMES: usize = 16;

/// How often it is looked whether the system's files have changed, as they do when a network is joined.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// More than any of these files has, lists of names to be blocked included.
const LARGEST_FILE: u64 = 4 << 20;

/// Asks as long as there is somebody who could send other settings; then returns.
pub async fn run(names: Names, mut settings: watch::Receiver<Settings>) {
    let mut hosts_file = pin!(follow_hosts_file(&names));
    loop {
        let present = settings.borrow_and_update().clone();
        let asking = ask_as(&names, present);
        let changed = tokio::select! {
            changed = settings.changed() => changed,
            never = hosts_file.as_mut() => match never {},
            never = asking => match never {},
        };
        if changed.is_err() {
            return;
        }
    }
}

async fn ask_as(names: &Names, settings: Settings) -> Infallible {
    if !settings.enabled {
        names.end();
        return std::future::pending().await;
    }
    let policy = Policy { refresh: settings.refresh, per_second: settings.per_second };
    names.begin(policy, RandomState::new().hash_one(policy.per_second), clock::uptime());
    let oracle = Oracle::new(settings.servers);
    let mut lanes: Vec<Pin<Box<_>>> = (0..IN_FLIGHT).map(|_| Box::pin(lane(names, &oracle))).collect();
    // None of them ends, so there is no more to it than waking all.
    poll_fn(|context| {
        for lane in &mut lanes {
            if let Poll::Ready(never) = lane.as_mut().poll(context) {
                return Poll::Ready(never);
            }
        }
        Poll::Pending
    })
    .await
}

/// One question after the other.
async fn lane(names: &Names, oracle: &Oracle) -> Infallible {
    loop {
        let address = next(names).await;
        let watch = Stopwatch::start();
        let reply = oracle.consult(address).await;
        let repeats = (watch.elapsed().as_millis() / REPEATED_AFTER.as_millis()).min(u128::from(REPEATS));
        match names.reply(address, reply, repeats as u32, clock::uptime()) {
            Some(Turn::Silent) => tracing::warn!(
                "the resolver does not answer when asked for names of hosts; those that are known stay, and it is asked \
                 again now and then"
            ),
            Some(Turn::Answers) => tracing::info!("the resolver answers again"),
            None => {}
        }
    }
}

/// Waits until there is something to ask.
async fn next(names: &Names) -> IpAddr {
    let mut timer = pin!(tokio::time::sleep(Duration::ZERO));
    poll_fn(|context| {
        loop {
            let now = clock::uptime();
            match names.next(now, context.waker()) {
                Step::Ask(address) => return Poll::Ready(address),
                Step::Wait(None) => return Poll::Pending,
                Step::Wait(Some(until)) => {
                    timer.set(tokio::time::sleep(until.saturating_sub(now)));
                    if timer.as_mut().poll(context).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    })
    .await
}

/// Reads `/etc/hosts`, and again whenever it has changed. Nobody is asked for that, so it does not depend on whether
/// anybody may be.
async fn follow_hosts_file(names: &Names) -> Infallible {
    let mut known = None;
    loop {
        let modified = std::fs::metadata("/etc/hosts").and_then(|file| file.modified()).ok();
        if modified != known {
            let text = read("/etc/hosts").unwrap_or_default();
            names.set_hosts_file(hosts_file::read(&String::from_utf8_lossy(&text)));
            known = modified;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Whom to ask, as the configuration or the system says.
struct Oracle {
    servers: Vec<SocketAddr>,
    /// Behind a lock only because lanes share it; never across an await.
    chosen: Mutex<Chosen>,
}

#[derive(Default)]
struct Chosen {
    looked_at: Duration,
    /// What `/etc/resolv.conf` held when a resolver was last made of it.
    text: Option<Result<Vec<u8>, String>>,
    resolver: Option<TokioResolver>,
}

impl Oracle {
    fn new(servers: Vec<SocketAddr>) -> Self {
        Self { servers, chosen: Mutex::default() }
    }

    async fn consult(&self, address: IpAddr) -> Reply {
        let Some(resolver) = self.resolver(clock::uptime()) else { return Reply::Failed };
        let mut name = Name::from(address);
        // Otherwise the system's search list would be appended.
        name.set_fqdn(true);
        // hickory has its own deadline, but not for following aliases.
        match tokio::time::timeout(PATIENCE * 2, resolver.lookup(name, RecordType::PTR)).await {
            Ok(Ok(lookup)) => names_of(lookup.answers()),
            Ok(Err(error)) => reply_of(&error),
            Err(_) => Reply::Failed,
        }
    }

    fn resolver(&self, now: Duration) -> Option<TokioResolver> {
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        if chosen.resolver.is_some() && (!self.servers.is_empty() || now < chosen.looked_at + LOOK_AGAIN) {
            return chosen.resolver.clone();
        }
        chosen.looked_at = now;
        let text = if self.servers.is_empty() {
            read("/etc/resolv.conf").map_err(|error| format!("`/etc/resolv.conf`: {error}"))
        } else {
            Ok(Vec::new())
        };
        if chosen.text.as_ref() != Some(&text) {
            let made = match (&text, &self.servers[..]) {
                (Ok(text), []) => of_system(text),
                (Err(error), _) => Err(error.clone()),
                (Ok(_), servers) => configured(servers),
            };
            if let Err(error) = &made {
                tracing::warn!(
                    "there is no resolver to ask for names of hosts: {}; set `servers` in `[dns]`, or `enabled = false`",
                    plain(error)
                );
            }
            chosen.resolver = made.ok();
            chosen.text = Some(text);
        }
        chosen.resolver.clone()
    }
}

/// Reads a file of the system; only a file, since nobody can say when a pipe in its place would answer.
fn read(path: &str) -> io::Result<Vec<u8>> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "is no regular file"));
    }
    let mut text = Vec::new();
    file.take(LARGEST_FILE).read_to_end(&mut text)?;
    Ok(text)
}

fn of_system(text: &[u8]) -> Result<TokioResolver, String> {
    let (config, _) = parse_resolv_conf(text).map_err(|error| format!("`/etc/resolv.conf`: {error}"))?;
    build(config.name_servers().to_vec())
}

fn configured(servers: &[SocketAddr]) -> Result<TokioResolver, String> {
    let server = |address: &SocketAddr| {
        let mut server = NameServerConfig::udp_and_tcp(address.ip());
        server.connections.iter_mut().for_each(|connection| connection.port = address.port());
        server
    };
    build(servers.iter().map(server).collect())
}

/// A resolver that neither keeps nor guesses anything: no cache, no search list, one server at a time.
fn build(servers: Vec<NameServerConfig>) -> Result<TokioResolver, String> {
    let several = servers.len() > 1;
    let mut options = ResolverOpts::default();
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.num_concurrent_reqs = 1;
    options.attempts = usize::from(several);
    options.timeout = if several { PATIENCE / 2 } else { PATIENCE };
    // Names of hosts fit without, and some home routers do not know it.
    options.edns0 = false;
    let config = ResolverConfig::from_parts(None, Vec::new(), servers);
    let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    builder.with_options(options).build().map_err(|error| error.to_string())
}

/// The names of an answer. An alias on the way to them (RFC 2317) may be believed no longer than it says.
fn names_of(answers: &[Record]) -> Reply {
    let ttl = answers.iter().map(|record| record.ttl).min().unwrap_or_default();
    let names = answers.iter().filter_map(|record| match &record.data {
        RData::PTR(name) => Some(name),
        _ => None,
    });
    let names = names.take(NAMES).filter_map(|name| label::from_labels(name.iter())).collect();
    Reply::Names(names, Duration::from_secs(ttl.into()))
}

/// That there is none is an answer (RFC 2308); everything else says nothing of the address.
fn reply_of(error: &NetError) -> Reply {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none))
            if matches!(none.response_code, ResponseCode::NXDomain | ResponseCode::NoError) =>
        {
            Reply::None(none.negative_ttl.map(|ttl| Duration::from_secs(ttl.into())))
        }
        // It has answered, and to say only that it cannot: SERVFAIL, REFUSED and their kind.
        NetError::Dns(_) => Reply::Refused,
        _ => Reply::Failed,
    }
}
