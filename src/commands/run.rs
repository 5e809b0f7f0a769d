//! `lanlord run`.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::activation;
use crate::app::App;
use crate::cli::{Level, Run};
use crate::commands::{PATIENCE, configuration, runtime};
use crate::config::Config;
use crate::notify::Manager;
use crate::sandbox::{self, Rules};
use crate::sources::{Settings, wire};

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// What keeps it from starting, in one line.
pub fn run(command: Run) -> anyhow::Result<()> {
    let changes = command.changes;
    let config = configuration(changes.clone())?;
    let level = match command.log_level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    // hickory has a line for each datagram that it does not like, and whoever sends them could fill a disk. What there is
    // to say of a resolver, `names::dns` says.
    let quiet = Targets::new().with_default(level).with_target("hickory", LevelFilter::OFF);
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        // A reader of the log that has gone is no reason to die.
        .log_internal_errors(false)
        .finish()
        .with(quiet)
        .init();
    for warning in sandbox::warnings_at_start() {
        tracing::warn!("{warning}");
    }
    let manager = Manager::from_environment().unwrap_or_else(|why| {
        tracing::warn!("{why}");
        Manager::default()
    });
    let rules = rules(changes.config_file.as_deref(), &config);
    let reread = Arc::new(move || configuration(changes.clone()));
    let mut app = App::take(config, activation::listeners()?, reread)?;
    // Before any other thread: each has what the one has that starts it.
    app.restrict(&rules);
    let runtime = runtime()?;
    let outcome = runtime.block_on(app.run(manager));
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
