//! `lanlord check`.

use std::fmt::Write;

use crate::cli::Check;
use crate::commands::{configuration, print};
use crate::sources;

/// Checks the configuration and says what `run` would do.
///
/// # Errors
/// Every mistake in the configuration.
pub fn run(command: Check) -> anyhow::Result<()> {
    let config = configuration(command.changes)?;
    let mut out = String::new();
    // Writing to a string cannot fail.
    for address in &config.web.listen {
        let _ = writeln!(out, "listens on http://{address}/");
    }
    let _ = writeln!(out, "knows {} names", config.names.len());
    for source in &config.sources {
        let _ = writeln!(out, "source `{}`: {}", source.id, sources::describe(&source.settings));
    }
    let _ = writeln!(out, "the configuration is good");
    print(out.as_bytes())
}
