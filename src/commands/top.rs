//! `lanlord top`.

use std::io::{self, IsTerminal};

use anyhow::anyhow;

use crate::cli::Top;
use crate::commands::{PATIENCE, print, runtime};
use crate::top::fetch::Target;
use crate::top::{once, screen};

/// Shows who uses how much until it is told to stop, or once.
///
/// # Errors
/// When there is no lanlord to ask, or the terminal cannot be used.
pub fn run(command: Top) -> anyhow::Result<()> {
    let target = Target::parse(&command.url).map_err(|error| anyhow!(error))?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        if command.once || !io::stdout().is_terminal() {
            let table = once(&target, command.interval, command.sort).await?;
            return print(table.as_bytes());
        }
        screen::run(&target, command.interval, command.sort).await
    });
    runtime.shutdown_timeout(PATIENCE);
    outcome
}
