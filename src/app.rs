//! Builds the daemon (opens sources, binds listeners), runs it (all tasks start here) and stops it.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock;
use crate::config::{Config, Source};
use crate::metric::{Batch, Families};
use crate::minute;
use crate::names::Names;
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
    /// How often the log gets a table of hosts, if it does.
    minute_page: Option<Duration>,
}

/// After this long nobody waits for whoever still has not stopped.
const PATIENCE: Duration = Duration::from_millis(1500);

impl App {
    /// Opens everything, in the order in which mistakes are likeliest to be cheap to mend.
    ///
    /// # Errors
    /// What keeps lanlord from doing what the configuration says until somebody mends it.
    pub async fn build(config: Config) -> anyhow::Result<Self> {
        let mut listeners = Vec::new();
        for address in &config.web.listen {
            listeners.push(listen(*address).await?);
        }
        let names = Names::fixed(config.names);
        let mut visitors = Vec::new();
        for source in config.sources {
            visitors.extend(open(source, &names)?);
        }
        let minute_page = config.log.minute_page.then_some(config.log.minute_page_every);
        Ok(Self { listeners, visitors, minute_page })
    }

    /// Where it listens: what was configured, with port 0 replaced by the port that the system chose.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// # Errors
    /// When signals cannot be had.
    pub async fn run(self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
        for address in self.addresses() {
            tracing::info!("listening on http://{address}/");
        }
        let store = Arc::new(Store::default());
        let started = clock::now();
        let site = Arc::new(Site::new(Arc::clone(&store), move |batches| own_batch(batches, started)));
        // Dropping the sender is the signal to stop.
        let (running, stop) = watch::channel(());
        let mut tasks = JoinSet::new();
        for (visitor, timer) in self.visitors {
            tasks.spawn(schedule::run(visitor, timer, Arc::clone(&store), stop.clone()));
        }
        if let Some(period) = self.minute_page {
            tasks.spawn(minute::run(Arc::clone(&store), period, stop.clone()));
        }
        let mut stopping = stop.clone();
        let until_stop = async move { drop(stopping.changed().await) };
        tasks.spawn(listener::serve(self.listeners, Arc::clone(&site), Limits::default(), until_stop));
        site.announce_ready();
        let outcome = tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
            ended = tasks.join_next() => Err(anyhow!("a task has ended, which is a fault in lanlord: {ended:?}")),
        };
        tracing::info!("stopping");
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
fn own_batch(batches: &[Arc<Batch>], started: crate::metric::Timestamp) -> Batch {
    let mut families = Families::default();
    visit::measure(batches, &mut families);
    process::measure(started, &mut families);
    let (families, _) = families.publish();
    Batch { source: None, part: "lanlord", visit: None, families, sightings: Vec::new() }
}
