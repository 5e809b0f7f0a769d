//! Takes up a changed configuration while everything runs, or says why not; then nothing has changed.
//!
//! The file is read on a thread of its own, since a path may lead to something that never answers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Reread;
use super::fleet::{Fleet, Outcome};
use crate::clock;
use crate::config::Config;
use crate::loaded::Loaded;
use crate::log::Log;
use crate::metric::SourceId;
use crate::names::Names;
use crate::names::dns;
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
    reread: Reread,
    told: Told,
    reading: Option<(JoinHandle<anyhow::Result<Config>>, Option<Demand>)>,
}

/// A configuration as it was read, and who wants to know what becomes of it.
pub type Read = (anyhow::Result<Config>, Option<Demand>);

impl Reload {
    /// Runs on this configuration until the next.
    pub fn new(current: Config, reread: Reread, told: Told) -> Self {
        let reload = Self { current, reread, told, reading: None };
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
        self.told.site.set_configuration(Configuration {
            file: self.current.file.clone(),
            loaded_at: self.told.loaded.at(),
            refused: refused.map(|why| (clock::now(), why)),
        });
    }

    /// Whether one may begin.
    pub fn is_idle(&self) -> bool {
        self.reading.is_none()
    }

    /// Begins to read.
    pub fn begin(&mut self, reply: Option<Demand>) {
        let reread = Arc::clone(&self.reread);
        self.reading = Some((tokio::task::spawn_blocking(move || reread()), reply));
    }

    /// Waits until a configuration has been read, if one is.
    pub async fn read(&mut self) -> Read {
        let Some((reading, _)) = &mut self.reading else { return std::future::pending().await };
        let config = reading.await.context("reading the configuration went wrong").and_then(|config| config);
        let reply = self.reading.take().and_then(|(_, reply)| reply);
        (config, reply)
    }

    /// Runs on it from now on, if it can be; what became of it, in a line.
    pub async fn finish(&mut self, (config, reply): Read, fleet: &mut Fleet) -> &'static str {
        let outcome = match config {
            Ok(config) => self.take_up(config, fleet).await,
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
                tracing::error!("configuration not reloaded, nothing has changed: {}", plain(&why));
                Err(why)
            }
        };
        let status = match outcome {
            Ok(_) => "the latest configuration",
            Err(_) => "an older configuration, since the latest was refused (see the log)",
        };
        if let Some(reply) = reply {
            // Who asked may have gone.
            let _ = reply.send(outcome);
        }
        status
    }

    async fn take_up(&mut self, config: Config, fleet: &mut Fleet) -> anyhow::Result<String> {
        if config.web.listen != self.current.web.listen {
            bail!(
                "the listen address has changed, and that needs a restart; nothing else was taken up either"
            );
        }
        let outcome = fleet.change(config.sources.clone()).await?;
        self.told.names.set_fixed(config.names.iter().cloned());
        if config.dns != self.current.dns {
            // It listens as long as we run.
            let _ = self.told.dns.send(config.dns.clone());
        }
        let sentence = sentence(&outcome, config.names.len());
        self.current = config;
        Ok(sentence)
    }
}

fn sentence(outcome: &Outcome, names: usize) -> String {
    let list = |what: &str, ids: &[SourceId]| {
        let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
        (!ids.is_empty()).then(|| format!("{what} {}", ids.join(", ")))
    };
    let parts = [
        list("untouched", &outcome.kept),
        list("changed", &outcome.changed),
        list("added", &outcome.added),
        list("removed", &outcome.removed),
        Some(format!("{names} names")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}
