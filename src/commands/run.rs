//! `lanlord run`.

use std::path::Path;
use std::sync::Arc;

use crate::activation;
use crate::app::App;
use crate::cli::Run;
use crate::commands::{PATIENCE, configuration, runtime};
use crate::config::{Config, Source};
use crate::log::Log;
use crate::net::legacy_tls;
use crate::notify::Manager;
use crate::sandbox::{self, Rules};
use crate::{probe, push, sources};

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// What keeps it from starting, in one line.
pub fn run(command: Run) -> anyhow::Result<()> {
    let command = Arc::new(command);
    let config = configured(&command)?;
    let log = Arc::new(Log::start(&config.log.settings)?);
    let outcome = daemon(command, config, &log);
    log.finish();
    outcome
}

fn daemon(command: Arc<Run>, config: Config, log: &Arc<Log>) -> anyhow::Result<()> {
    for warning in sandbox::warnings_at_start() {
        tracing::warn!("{warning}");
    }
    let manager = Manager::from_environment().unwrap_or_else(|why| {
        tracing::warn!("{why}");
        Manager::default()
    });
    let rules = rules(command.changes.config_file.as_deref(), &config);
    if speaks_old_tls(&config) {
        // What its configuration names may be out of reach later.
        legacy_tls::prepare();
    }
    let reread = Arc::new(move || {
        let config = configured(&command)?;
        // Here, where it holds nobody up, whatever does not answer shows.
        config.sources.iter().for_each(|source| sources::touch(&source.settings));
        config.pushes.iter().for_each(|push| push::touch(&push.settings));
        probe::touch(&config.probe);
        Ok(config)
    });
    let mut app = App::take(config, activation::listeners()?, reread, Arc::clone(log))?;
    // Before any other thread: each has what the one has that starts it.
    app.restrict(&rules);
    let runtime = runtime()?;
    let outcome = runtime.block_on(app.run(manager));
    runtime.shutdown_timeout(PATIENCE);
    outcome
}

/// The configuration as the command line wants it, now and each time it is read again.
fn configured(command: &Run) -> anyhow::Result<Config> {
    let mut config = configuration(command.changes.clone())?;
    let log = &mut config.log.settings;
    log.level = command.log_level.unwrap_or(log.level);
    log.format = command.log_format.or(log.format);
    Ok(config)
}

/// Whether there is anybody for whom OpenSSL is needed.
fn speaks_old_tls(config: &Config) -> bool {
    let is_hitron = |source: &Source| matches!(source.settings, sources::Settings::Hitron(_));
    config.probe.lets_anybody_in() || config.sources.iter().any(is_hitron)
}

/// What must stay readable: the configuration, to be read again, and what sources, pushes and probes read again.
fn rules(config_file: Option<&Path>, config: &Config) -> Rules {
    let mut rules = Rules::default();
    let of_sources = config.sources.iter().flat_map(|source| sources::files(&source.settings));
    let of_pushes = config.pushes.iter().flat_map(|push| push::files(&push.settings));
    let of_probes = probe::files(&config.probe);
    let configuration = config_file.map(Path::to_owned).into_iter();
    configuration
        .chain(of_sources)
        .chain(of_pushes)
        .chain(of_probes)
        .for_each(|file| rules.read_again(&file));
    rules
}
