//! The daemon: takes what it needs while it may, runs (all tasks start here), takes up a changed configuration, and stops.
//!
//! In this order, since privileges are given up for a thread and all that it starts later: `take` opens what needs
//! any, on the one thread there is; only then come the runtime and every other thread.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock;
use crate::config::Config;
use crate::metric::{Batch, Families, Timestamp};
use crate::names::Names;
use crate::sources::Tools;
use crate::store::Store;
use crate::web::Site;
use crate::web::listener::{self, Limits};
use crate::{process, sources, visit};

mod fleet;
mod listen;
mod reload;

use fleet::Fleet;
use reload::Reload;

/// Reads the configuration again, as it was read at the start: file and command line.
pub type Reread = Arc<dyn Fn() -> anyhow::Result<Config> + Send + Sync>;

/// Everything that needs a privilege is open; nothing runs yet.
pub struct App {
    config: Config,
    reread: Reread,
    listeners: Vec<TcpListener>,
    tools: Tools,
}

/// After this long nobody waits for whoever still has not stopped.
const PATIENCE: Duration = Duration::from_millis(1500);

impl App {
    /// Opens what needs a privilege. Starts no thread.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub fn take(config: Config, reread: Reread) -> anyhow::Result<Self> {
        let listeners = listen::bind(&config.web.listen)?;
        let sockets = sources::reserve(config.sources.iter().map(|source| &source.settings));
        let tools = Tools { names: Names::fixed(config.names.iter().cloned()), sockets };
        Ok(Self { config, reread, listeners, tools })
    }

    /// Where it listens: what was configured, with port 0 replaced by the port that the system chose.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Runs until SIGTERM or SIGINT; SIGHUP takes up a changed configuration.
    ///
    /// # Errors
    /// What keeps lanlord from doing what the configuration says until somebody mends it.
    pub async fn run(self) -> anyhow::Result<()> {
        let mut terminate = wait_for("SIGTERM", SignalKind::terminate())?;
        let mut interrupt = wait_for("SIGINT", SignalKind::interrupt())?;
        let mut hangup = wait_for("SIGHUP", SignalKind::hangup())?;
        let addresses = self.addresses();
        let listeners: Result<_, _> =
            self.listeners.into_iter().map(tokio::net::TcpListener::from_std).collect();
        let listeners = listeners.context("cannot wait for connections")?;
        let store = Arc::new(Store::default());
        let mut fleet = Fleet::new(self.tools.clone(), Arc::clone(&store));
        fleet.change(self.config.sources.clone()).await?;
        for address in addresses {
            tracing::info!("listening on http://{address}/");
        }
        let started = clock::now();
        let site = Arc::new(Site::new(store, move |batches| own_batch(batches, started)));
        // Dropping the sender is the signal to stop.
        let (running, mut stop) = watch::channel(());
        let mut tasks = JoinSet::new();
        let until_stop = async move { drop(stop.changed().await) };
        tasks.spawn(listener::serve(listeners, Arc::clone(&site), Limits::default(), until_stop));
        let mut reload = Reload::new(self.config, self.reread, self.tools.names);
        site.announce_ready();
        let outcome = loop {
            tokio::select! {
                _ = terminate.recv() => break Ok(()),
                _ = interrupt.recv() => break Ok(()),
                _ = hangup.recv(), if reload.is_idle() => reload.begin(None),
                read = reload.read() => reload.finish(read, &mut fleet).await,
                fault = fleet.fault() => break Err(fault),
                ended = tasks.join_next() => break Err(anyhow!("a task has ended, which is a fault in lanlord: {ended:?}")),
            }
        };
        tracing::info!("stopping");
        drop(running);
        let all = async {
            fleet.stop().await;
            while tasks.join_next().await.is_some() {}
        };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("somebody did not stop in time and was left behind");
        }
        outcome
    }
}

fn wait_for(name: &str, kind: SignalKind) -> anyhow::Result<Signal> {
    signal(kind).with_context(|| format!("cannot wait for {name}"))
}

/// What lanlord says about itself.
fn own_batch(batches: &[Arc<Batch>], started: Timestamp) -> Batch {
    let mut families = Families::default();
    visit::measure(batches, &mut families);
    process::measure(started, &mut families);
    let (families, _) = families.publish();
    Batch { source: None, part: "lanlord", visit: None, families, sightings: Vec::new() }
}
