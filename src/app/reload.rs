//! Takes up a changed configuration while everything runs, or says why not; then nothing has changed.
//!
//! The file is read on a thread of its own, since a path may lead to something that never answers.

use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::Reread;
use super::fleet::{Fleet, Outcome};
use crate::config::Config;
use crate::metric::SourceId;
use crate::names::Names;
use crate::names::dns;
use crate::text::plain;

/// Whoever asked is told what became of it, in a sentence.
pub type Reply = oneshot::Sender<Result<String, String>>;

/// One reload at a time.
pub struct Reload {
    current: Config,
    reread: Reread,
    names: Names,
    /// Dropping it tells whoever asks for names to stop.
    dns: watch::Sender<dns::Settings>,
    reading: Option<(JoinHandle<anyhow::Result<Config>>, Option<Reply>)>,
}

/// A configuration as it was read, and who wants to know what becomes of it.
pub type Read = (anyhow::Result<Config>, Option<Reply>);

impl Reload {
    /// Runs on this configuration until the next.
    pub fn new(current: Config, reread: Reread, names: Names, dns: watch::Sender<dns::Settings>) -> Self {
        Self { current, reread, names, dns, reading: None }
    }

    /// Whether one may begin.
    pub fn is_idle(&self) -> bool {
        self.reading.is_none()
    }

    /// Begins to read.
    pub fn begin(&mut self, reply: Option<Reply>) {
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
                Ok(sentence)
            }
            Err(error) => {
                let why = format!("{error:#}");
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
        self.names.set_fixed(config.names.iter().cloned());
        if config.dns != self.current.dns {
            // It listens as long as we run.
            let _ = self.dns.send(config.dns.clone());
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
