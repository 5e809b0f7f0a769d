//! The daemon: takes what it needs while it may, runs (all tasks start here), takes up a changed configuration, and stops.
//!
//! In this order, since privileges are given up for a thread and all that it starts later: `take` opens what needs
//! any, on the one thread there is; only then come the runtime and every other thread.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::clock;
use crate::config::Config;
use crate::loaded::Loaded;
use crate::log::Log;
use crate::metric::{Batch, Families, Own};
use crate::minute;
use crate::names::Names;
use crate::notify::Manager;
use crate::probe::Desk;
use crate::pulse::Pulse;
use crate::push::state::Board;
use crate::sandbox::{self, Report, Rules};
use crate::sources::Tools;
use crate::store::Store;
use crate::visit::turns::Turns;
use crate::web::Site;
use crate::web::counters::Counters;
use crate::web::listener::{self, Limits};
use crate::web::reload::Demand;
use crate::{names, process, sources, visit, web};

mod fleet;
mod listen;
mod outcome;
mod pushes;
mod reload;

use fleet::Fleet;
use pushes::Pushes;
use reload::{Reload, Told};

/// Reads the configuration again, as it was read at the start: file and command line.
pub type Reread = Arc<dyn Fn() -> anyhow::Result<Config> + Send + Sync>;

/// Everything that needs a privilege is open; nothing runs yet.
pub struct App {
    config: Config,
    reread: Reread,
    listeners: Vec<TcpListener>,
    listens_as_configured: bool,
    tools: Tools,
    given_up: Report,
    log: Arc<Log>,
}

/// After this long nobody waits for whoever still has not stopped.
const PATIENCE: Duration = Duration::from_millis(1200);

impl App {
    /// Opens what needs a privilege. Starts no thread. Listeners that were given take the place of those that are
    /// configured.
    ///
    /// # Errors
    /// An address that cannot be listened on.
    pub fn take(
        config: Config,
        given: Vec<TcpListener>,
        reread: Reread,
        log: Arc<Log>,
    ) -> anyhow::Result<Self> {
        let listens_as_configured = given.is_empty();
        let listeners = match listens_as_configured {
            true => listen::bind(&config.web.listen)?,
            false => {
                tracing::info!(
                    "listening where the service manager says, and not where the configuration does"
                );
                given
            }
        };
        let sockets = sources::reserve(config.sources.iter().map(|source| &source.settings));
        let names = Names::fixed(config.names.iter().cloned());
        let tools = Tools { names, sockets, pulse: Pulse::default() };
        Ok(Self { config, reread, listeners, listens_as_configured, tools, given_up: Report::default(), log })
    }

    /// Gives up whatever is not needed any more, for this thread and all that come.
    pub fn restrict(&mut self, rules: &Rules) {
        self.given_up = sandbox::enter(rules);
    }

    /// Where it listens: what was configured, with port 0 replaced by the port that the system chose.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Runs until SIGTERM or SIGINT; SIGHUP takes up a changed configuration. Tells the service manager all along.
    ///
    /// # Errors
    /// What keeps lanlord from doing what the configuration says until somebody mends it.
    pub async fn run(self, manager: Manager) -> anyhow::Result<()> {
        self.log.begin().context("cannot start the thread that writes the log")?;
        let mut terminate = wait_for("SIGTERM", SignalKind::terminate())?;
        let mut interrupt = wait_for("SIGINT", SignalKind::interrupt())?;
        let mut hangup = wait_for("SIGHUP", SignalKind::hangup())?;
        let places: Vec<String> =
            self.addresses().iter().map(|address| format!("http://{address}/")).collect();
        let listeners: Result<_, _> =
            self.listeners.into_iter().map(tokio::net::TcpListener::from_std).collect();
        let listeners = listeners.context("cannot wait for connections")?;
        let store = Arc::new(Store::default());
        let (loaded, started) = (Arc::new(Loaded::default()), clock::now());
        loaded.taken_up(started);
        let mut tasks = JoinSet::new();
        // Before the first visit, which would take an address that nobody asks about for one without a name.
        let (dns, dns_settings) = watch::channel(self.config.dns.clone());
        let names = self.tools.names.clone();
        tasks.spawn(names::dns::run(names.clone(), dns_settings));
        let counters = Arc::new(Counters::default());
        let (ask, mut demands) = web::reload::channel(web::reload::PATIENCE);
        let (board, turns) = (Board::default(), Turns::default());
        let desk = Desk::new(turns.clone())?;
        let own: Own = {
            let (board, turns, desk) = (board.clone(), turns.clone(), desk.clone());
            let (counters, loaded, log) = (Arc::clone(&counters), Arc::clone(&loaded), Arc::clone(&self.log));
            Arc::new(move |batches: &[Arc<Batch>]| {
                let mut families = Families::default();
                visit::measure(batches, &mut families);
                counters.measure(&mut families);
                names::metrics::measure(&names, &mut families);
                loaded.measure(&mut families);
                log.measure(&mut families);
                board.measure(&mut families);
                turns.measure(&mut families);
                desk.measure(&mut families);
                process::measure(started, &mut families);
                let (families, _) = families.publish();
                Batch { source: None, part: "lanlord", visit: None, families, sightings: Vec::new() }
            })
        };
        // Before the sources, so that the first visits are pushed, too.
        let mut pushes =
            Pushes::new(Arc::clone(&store), Arc::clone(&own), board.clone(), self.tools.pulse.clone());
        pushes.change(self.config.pushes.clone()).await;
        manager.status("opening sources");
        let mut fleet = Fleet::new(self.tools.clone(), turns.clone(), Arc::clone(&store));
        fleet.change(self.config.sources.clone()).await?;
        self.given_up.holds.iter().for_each(|holds| tracing::info!("{holds}"));
        self.given_up.lacks.iter().for_each(|lacks| tracing::warn!("{lacks}"));
        for place in &places {
            tracing::info!("listening on {place}");
        }
        let site = Arc::new(Site::new(Arc::clone(&store), board, counters, ask, Arc::new(desk.clone()), own));
        // Dropping the sender is the signal to stop.
        let (running, stop) = watch::channel(());
        let mut stopping = stop.clone();
        let until_stop = async move { drop(stopping.changed().await) };
        tasks.spawn(listener::serve(listeners, Arc::clone(&site), Limits::default(), until_stop));
        let (minute, period) = watch::channel(self.config.log.minute());
        tasks.spawn(minute::run(store, period));
        tasks.spawn(manager.clone().watchdog(self.tools.pulse, stop));
        let told = Told {
            names: self.tools.names,
            site: Arc::clone(&site),
            desk: desk.clone(),
            loaded,
            log: self.log,
            minute,
            dns,
        };
        let mut reload = Reload::new(self.config, self.listens_as_configured, self.reread, told);
        site.announce_ready();
        let status = format!("listening on {}", places.join(", "));
        manager.ready(&status);
        let outcome = loop {
            let pause = reload.pause();
            tokio::select! {
                _ = terminate.recv() => break Ok(()),
                _ = interrupt.recv() => break Ok(()),
                _ = hangup.recv(), if reload.may_begin() => {
                    manager.reloading();
                    reload.begin(all(None, &mut demands));
                }
                Some(demand) = demands.recv(), if reload.may_begin() => {
                    manager.reloading();
                    reload.begin(all(Some(demand), &mut demands));
                }
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
                read = reload.read() => {
                    // Whoever is stuck there must not hold up the end.
                    let outcome = tokio::select! {
                        outcome = reload.finish(read, &mut fleet, &mut pushes) => outcome,
                        _ = terminate.recv() => break Ok(()),
                        _ = interrupt.recv() => break Ok(()),
                    };
                    manager.ready(&format!("{status}; {outcome}"));
                }
                fault = fleet.fault() => break Err(fault),
                fault = pushes.fault() => break Err(fault),
                ended = tasks.join_next() => break Err(anyhow!("a task has ended, which is a fault in lanlord: {ended:?}")),
            }
        };
        tracing::info!("stopping");
        manager.stopping();
        drop((running, reload));
        let all = async {
            tokio::join!(fleet.stop(), pushes.stop(), desk.stop());
            while tasks.join_next().await.is_some() {}
        };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tracing::warn!("somebody did not stop in time and was left behind");
        }
        outcome
    }
}

/// Everybody who wants a reload at this moment: one is enough for all of them.
fn all(first: Option<Demand>, others: &mut mpsc::Receiver<Demand>) -> Vec<Demand> {
    let mut demands: Vec<Demand> = first.into_iter().collect();
    while let Ok(demand) = others.try_recv() {
        demands.push(demand);
    }
    demands
}

fn wait_for(name: &str, kind: SignalKind) -> anyhow::Result<Signal> {
    signal(kind).with_context(|| format!("cannot wait for {name}"))
}
