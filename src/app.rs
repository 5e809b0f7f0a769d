//! Builds the daemon (opens sources, binds listeners), runs it (all tasks start here) and stops it.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock;
use crate::config::{Config, Source};
use crate::log::Log;
use crate::metric::{Batch, Families};
use crate::names::Names;
use crate::notify::Manager;
use crate::pulse::Pulse;
use crate::schedule::{self, Timer};
use crate::store::Store;
use crate::visit::{self, Visitor};
use crate::web::Site;
use crate::web::listener::{self, Limits};
use crate::{process, sources};

/// Everything is open; nothing runs yet.
#[derive(Debug)]
pub struct App {
    listeners: Vec<TcpListener>,
    visitors: Vec<(Visitor, Timer)>,
}

/// After this long nobody waits for whoever still has not stopped.
const PATIENCE: Duration = Duration::from_millis(1500);

impl App {
    /// Opens everything, in the order in which mistakes are likeliest to be cheap to mend. Listeners that were given take the
    /// place of those that are configured.
    ///
    /// # Errors
    /// What keeps lanlord from doing what the configuration says until somebody mends it.
    pub async fn build(config: Config, given: Vec<net::TcpListener>) -> anyhow::Result<Self> {
        let mut listeners = Vec::new();
        for listener in given {
            listeners.push(
                TcpListener::from_std(listener)
                    .context("cannot take over a listener of the service manager")?,
            );
        }
        if listeners.is_empty() {
            for address in &config.web.listen {
                listeners.push(listen(*address).await?);
            }
        } else {
            tracing::info!("listening where the service manager says, and not where the configuration does");
        }
        let names = Names::fixed(config.names);
        let mut visitors = Vec::new();
        for source in config.sources {
            visitors.extend(open(source, &names)?);
        }
        Ok(Self { listeners, visitors })
    }

    /// Where it listens: what was configured, with port 0 replaced by the port that the system chose.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Runs until SIGTERM or SIGINT, and tells the service manager.
    ///
    /// # Errors
    /// When signals cannot be had.
    pub async fn run(self, manager: Manager, pulse: Pulse, log: Arc<Log>) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
        let places: Vec<_> = self.addresses().iter().map(|address| format!("http://{address}/")).collect();
        for place in &places {
            tracing::info!("listening on {place}");
        }
        let store = Arc::new(Store::default());
        let started = clock::now();
        let site = Arc::new(Site::new(Arc::clone(&store), move |batches| own_batch(batches, started, &log)));
        // Dropping the sender is the signal to stop.
        let (running, stop) = watch::channel(());
        let mut tasks = JoinSet::new();
        for (visitor, timer) in self.visitors {
            tasks.spawn(schedule::run(visitor, timer, Arc::clone(&store), stop.clone()));
        }
        let mut stopping = stop.clone();
        let until_stop = async move { drop(stopping.changed().await) };
        tasks.spawn(listener::serve(self.listeners, Arc::clone(&site), Limits::default(), until_stop));
        tasks.spawn(manager.clone().watchdog(pulse, stop.clone()));
        site.announce_ready();
        manager.ready(&format!("listening on {}", places.join(", ")));
        let outcome = tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
            ended = tasks.join_next() => Err(anyhow!("a task has ended, which is a fault in lanlord: {ended:?}")),
        };
        tracing::info!("stopping");
        manager.stopping();
        drop(running);
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("somebody did not stop in time and was left behind");
        }
        outcome
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "cannot listen on {address}: another program has this port, perhaps another lanlord; stop that, or choose \
             another with `--web.listen-address`"
        ),
        io::ErrorKind::PermissionDenied => anyhow!(
            "cannot listen on {address}: ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; choose a higher \
             one with `--web.listen-address`"
        ),
        io::ErrorKind::AddrNotAvailable => anyhow!("cannot listen on {address}: this machine has no such address"),
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}

/// Opens a source: a visitor and a timer for each of its parts.
///
/// # Errors
/// See [`sources::open`].
fn open(source: Source, names: &Names) -> anyhow::Result<Vec<(Visitor, Timer)>> {
    let id = source.id;
    let description = sources::describe(&source.settings);
    let parts = sources::open(source.settings, names).with_context(|| format!("source `{id}`"))?;
    tracing::info!(source = %id, "{description}");
    let chance = RandomState::new();
    let visitors = parts.into_iter().map(|part| {
        let timer = Timer::new(source.interval, part.backs_off(), chance.hash_one(part.name()));
        (Visitor::new(id.clone(), part, source.deadline), timer)
    });
    Ok(visitors.collect())
}

/// What lanlord says about itself.
fn own_batch(batches: &[Arc<Batch>], started: crate::metric::Timestamp, log: &Log) -> Batch {
    let mut families = Families::default();
    visit::measure(batches, &mut families);
    process::measure(started, &mut families);
    log.measure(&mut families);
    let (families, _) = families.publish();
    Batch { source: None, part: "lanlord", visit: None, families, sightings: Vec::new() }
}
