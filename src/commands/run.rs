//! `lanlord run`.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;

use crate::activation;
use crate::app::App;
use crate::cli::Run;
use crate::commands::{PATIENCE, configuration, runtime};
use crate::config::Config;
use crate::log::{self, Log};
use crate::notify::Manager;
use crate::pulse::Pulse;
use crate::sandbox::{self, Rules};
use crate::sources::{Settings, wire};

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// What keeps it from starting, in one line.
pub fn run(command: Run) -> anyhow::Result<()> {
    let config_file = command.changes.config_file.clone();
    let config = configuration(command.changes)?;
    let log = Arc::new(Log::start(&log::Settings {
        level: command.log_level.unwrap_or(config.log.level),
        format: command.log_format.or(config.log.format),
    })?);
    let outcome = daemon(config_file.as_deref(), config, &log);
    log.finish();
    outcome
}

fn daemon(config_file: Option<&Path>, config: Config, log: &Arc<Log>) -> anyhow::Result<()> {
    for warning in sandbox::warnings_at_start() {
        tracing::warn!("{warning}");
    }
    let manager = Manager::from_environment().unwrap_or_else(|why| {
        tracing::warn!("{why}");
        Manager::default()
    });
    let listeners = activation::listeners()?;
    let rules = rules(config_file, &config);
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let app = App::build(config, listeners).await?;
        let report = sandbox::enter(&rules);
        report.holds.iter().for_each(|holds| tracing::info!("{holds}"));
        report.lacks.iter().for_each(|lacks| tracing::warn!("{lacks}"));
        log.begin().context("cannot start the thread that writes the log")?;
        app.run(manager, Pulse::default(), Arc::clone(log)).await
    });
    runtime.shutdown_timeout(PATIENCE);
    outcome
}

/// What must stay readable: the configuration, to be read again, and captures that are followed, to be followed anew.
fn rules(config_file: Option<&Path>, config: &Config) -> Rules {
    let mut rules = Rules::default();
    config_file.into_iter().for_each(|file| rules.read_again(file));
    for source in &config.sources {
        match &source.settings {
            Settings::Wire(wire::Settings { input: wire::Input::Stream(path), .. }) => rules.read_again(path),
            Settings::Wire(_) => {}
        }
    }
    rules
}
