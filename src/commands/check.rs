//! `lanlord check`.

use std::fmt::Write;

use crate::cli::Check;
use crate::commands::{configuration, print};
use crate::names::dns;
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
    let _ = writeln!(out, "{}", asks(&config.dns));
    for source in &config.sources {
        let _ = writeln!(out, "source `{}`: {}", source.id, sources::describe(&source.settings));
    }
    let _ = writeln!(out, "the configuration is good");
    print(out.as_bytes())
}

/// Whom it asks for names.
fn asks(settings: &dns::Settings) -> String {
    if !settings.enabled {
        return "asks nobody for names of hosts".to_owned();
    }
    let servers: Vec<String> = settings.servers.iter().map(ToString::to_string).collect();
    let whom =
        if servers.is_empty() { "the resolvers of this system".to_owned() } else { servers.join(" and ") };
    format!("asks {whom} for names of your hosts, at most {} times a second", settings.per_second)
}
