//! `lanlord run`.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use tracing::level_filters::LevelFilter;

use crate::app::App;
use crate::cli::{Level, Run};
use crate::commands::{PATIENCE, configuration, runtime};

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
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        // A reader of the log that has gone is no reason to die.
        .log_internal_errors(false)
        .init();
    let app = App::take(config, Arc::new(move || configuration(changes.clone())))?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(app.run());
    runtime.shutdown_timeout(PATIENCE);
    outcome
}
