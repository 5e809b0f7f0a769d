//! Takes up a changed configuration while everything runs, or says why not; then nothing has changed.
//!
//! The file is read on a thread of its own, since a path may lead to something that never answers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Reread;
use super::fleet::Fleet;
use super::outcome::Outcome;
use super::pushes::Pushes;
use crate::clock::{self, Stopwatch};
use crate::config::Config;
use crate::loaded::Loaded;
use crate::log::Log;
use crate::metric::SourceId;
use crate::names::Names;
use crate::names::dns;
use crate::probe::Desk;
use crate::push::PushId;
use crate::text::plain;
use crate::web::page::Configuration;
use crate::web::reload::Demand;
use crate::web::{Settings, Site};

/// Who takes up a part of a configuration besides the sources.
pub struct Told {
    /// What hosts are called.
    pub names: Names,
    /// Limits, and what the page says.
    pub site: Arc<Site>,
    /// Who may be probed.
    pub desk: Desk,
    /// What the metrics say.
    pub loaded: Arc<Loaded>,
    /// Level and format.
    pub log: Arc<Log>,
    /// How often there is a minute page, if at all; dropping it is the end of them.
    pub minute: watch::Sender<Option<Duration>>,
    /// Whom to ask for names; dropping it tells whoever asks to stop.
    pub dns: watch::Sender<dns::Settings>,
}

/// One reload at a time.
pub struct Reload {
    current: Config,
    /// Whether the addresses to listen on are the configuration's, and not the service manager's.
    listens_as_configured: bool,
    reread: Reread,
    told: Told,
    reading: Option<Reading>,
    /// Reads that took too long, and have not ended yet.
    given_up: Vec<JoinHandle<anyhow::Result<Config>>>,
    /// Since the last one ended.
    rested: Option<Stopwatch>,
}

struct Reading {
    config: JoinHandle<anyhow::Result<Config>>,
    since: Stopwatch,
    demands: Vec<Demand>,
}

/// A configuration as it was read, and who wants to know what becomes of it.
pub type Read = (anyhow::Result<Config>, Vec<Demand>);

/// A file that is not read by then never will be.
const PATIENCE: Duration = Duration::from_secs(4);

/// So long after a reload the next one may begin: anybody who reaches the listener can ask for one.
const PAUSE: Duration = Duration::from_millis(200);

/// Threads that may be stuck in reading at once.
const MOST_GIVEN_UP: usize = 4;

impl Reload {
    /// Runs on this configuration until the next.
    pub fn new(current: Config, listens_as_configured: bool, reread: Reread, told: Told) -> Self {
        let (reading, given_up, rested) = (None, Vec::new(), None);
        let reload = Self { current, listens_as_configured, reread, told, reading, given_up, rested };
        reload.tell(None);
        reload
    }

    /// Tells the listener what holds now, and why what somebody wanted does not.
    fn tell(&self, refused: Option<String>) {
        self.told.log.set(&self.current.log.settings);
        let minute = self.current.log.minute();
        // A page that is begun goes on as long as nothing changes.
        self.told.minute.send_if_modified(|period| std::mem::replace(period, minute) != minute);
        let web = &self.current.web;
        self.told.site.set(Settings { max_requests: web.max_requests, access_log: web.access_log });
        self.told.desk.change(self.current.probe.clone());
        self.told.site.set_configuration(Configuration {
            file: self.current.file.clone(),
            loaded_at: self.told.loaded.at(),
            refused: refused.map(|why| (clock::now(), why)),
        });
    }

    /// Whether one may begin.
    pub fn may_begin(&self) -> bool {
        self.reading.is_none() && self.rested.is_none_or(|rested| rested.elapsed() >= PAUSE)
    }

    /// How long until one may begin, if nothing but time is in the way.
    pub fn pause(&self) -> Option<Duration> {
        let left = PAUSE.saturating_sub(self.rested?.elapsed());
        (self.reading.is_none() && !left.is_zero()).then_some(left)
    }

    /// Begins to read, for all who want it by now.
    pub fn begin(&mut self, demands: Vec<Demand>) {
        self.given_up.retain(|reading| !reading.is_finished());
        let reread = Arc::clone(&self.reread);
        let all_stuck = self.given_up.len() >= MOST_GIVEN_UP;
        let config = tokio::task::spawn_blocking(move || match all_stuck {
            true => Err(anyhow!(TOO_LONG)),
            false => reread(),
        });
        self.reading = Some(Reading { config, since: Stopwatch::start(), demands });
    }

    /// Waits until a configuration has been read, if one is.
    pub async fn read(&mut self) -> Read {
        let Some(reading) = &mut self.reading else { return std::future::pending().await };
        let left = PATIENCE.saturating_sub(reading.since.elapsed());
        let read = tokio::time::timeout(left, &mut reading.config).await;
        let (config, given_up) = match read {
            Ok(joined) => {
                (joined.context("reading the configuration went wrong").and_then(|config| config), false)
            }
            Err(_late) => (Err(anyhow!(TOO_LONG)), true),
        };
        let Some(reading) = self.reading.take() else { return std::future::pending().await };
        if given_up {
            self.given_up.push(reading.config);
        }
        (config, reading.demands)
    }

    /// Runs on it from now on, if it can be; what became of it, in a line.
    pub async fn finish(
        &mut self,
        (config, demands): Read,
        fleet: &mut Fleet,
        pushes: &mut Pushes,
    ) -> &'static str {
        let outcome = match config {
            Ok(config) => self.take_up(config, fleet, pushes).await,
            Err(error) => Err(error),
        };
        let outcome = match outcome {
            Ok(sentence) => {
                tracing::info!("configuration reloaded: {sentence}");
                self.told.loaded.taken_up(clock::now());
                self.tell(None);
                Ok(sentence)
            }
            Err(error) => {
                let why = format!("{error:#}");
                self.told.loaded.refused();
                self.tell(Some(why.clone()));
                for line in why.lines() {
                    tracing::error!("configuration not reloaded, nothing has changed: {}", plain(line));
                }
                Err(why)
            }
        };
        let status = match outcome {
            Ok(_) => "the latest configuration",
            Err(_) => "an older configuration, since the latest was refused (see the log)",
        };
        for demand in demands {
            // Who asked may have gone.
            let _ = demand.send(outcome.clone());
        }
        self.rested = Some(Stopwatch::start());
        status
    }

    async fn take_up(
        &mut self,
        config: Config,
        fleet: &mut Fleet,
        pushes: &mut Pushes,
    ) -> anyhow::Result<String> {
        if self.listens_as_configured && config.web.listen != self.current.web.listen {
            bail!(
                "the listen address has changed, and that needs a restart; nothing else was taken up either"
            );
        }
        let of_sources = fleet.change(config.sources.clone()).await?;
        let of_pushes = pushes.change(config.pushes.clone()).await;
        self.told.names.set_fixed(config.names.iter().cloned());
        if config.dns != self.current.dns {
            // It listens as long as we run.
            let _ = self.told.dns.send(config.dns.clone());
        }
        let sentence = sentence(&of_sources, &of_pushes, &self.current, &config);
        self.current = config;
        Ok(sentence)
    }
}

const TOO_LONG: &str = "reading the configuration takes too long; is its path, or the one of a capture, on a disk that \
    does not answer, or a pipe?";

fn sentence(
    of_sources: &Outcome<SourceId>,
    of_pushes: &Outcome<PushId>,
    before: &Config,
    now: &Config,
) -> String {
    let other = |what: &str, differs: bool| differs.then(|| format!("other settings of {what}"));
    let others = [
        other("the listener", before.web != now.web),
        other("the log", before.log != now.log),
        other("questions for names", before.dns != now.dns),
        other("probes", before.probe != now.probe),
        Some(format!("{} name{}", now.names.len(), if now.names.len() == 1 { "" } else { "s" })),
    ];
    let parts = of_sources.phrases("").into_iter().chain(of_pushes.phrases("pushes "));
    parts.chain(others.into_iter().flatten()).collect::<Vec<_>>().join("; ")
}
