//! `lanlord migrate`.

use std::io::{self, Write};

use crate::cli::Migrate;
use crate::commands::print;
use crate::config::gonetmon;

/// Prints the configuration that replaces one of gonetmon; what does not go along is told on standard error.
///
/// # Errors
/// Every mistake in the file.
pub fn run(command: &Migrate) -> anyhow::Result<()> {
    let gonetmon::Migration { toml, left } = gonetmon::load(&command.file)?;
    if let Some(left) = left {
        for line in left.to_string().lines() {
            // If nobody reads it, nobody reads it.
            let _ = writeln!(io::stderr(), "lanlord: {line}");
        }
    }
    print(toml.as_bytes())
}
