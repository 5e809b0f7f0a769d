//! `lanlord check`.
//!
//! It sends nothing to a receiver that it would keep. One that is away does not make a configuration bad.

use std::fmt::Write;
use std::time::Duration;

use futures_util::future::join_all;

use crate::catalogue;
use crate::cli::Check;
use crate::commands::{PATIENCE, configuration, print, runtime};
use crate::config::Push;
use crate::names::dns;
use crate::probe;
use crate::push::{self, Receiver, Refusal, Sender};
use crate::sources;
use crate::text::plain;

/// So long a receiver has to answer when somebody waits at a terminal.
const LONGEST: Duration = Duration::from_secs(3);

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
    let names = config.names.len();
    let _ = writeln!(out, "knows {names} name{}", if names == 1 { "" } else { "s" });
    let _ = writeln!(out, "{}", asks(&config.dns));
    for source in &config.sources {
        let _ = writeln!(out, "source `{}`: {}", source.id, sources::describe(&source.settings));
    }
    for module in &config.probe.modules {
        let _ = writeln!(out, "probe module `{}`: {}", module.name, probe::describe(module));
    }
    let states = if command.offline { None } else { Some(try_out(&config.pushes)?) };
    for (index, push) in config.pushes.iter().enumerate() {
        let state = match states.as_ref().and_then(|states| states.get(index)) {
            Some(state) => format!("; {}", said(push, state)),
            None => push::problem(&push.settings)
                .map_or_else(String::new, |problem| format!("; it cannot log in yet: {problem}")),
        };
        let _ = writeln!(out, "push `{}`: {}{state}", push.id, brings(push));
        for warning in push::warnings(&push.settings) {
            let _ = writeln!(out, "warning: push `{}`: {warning}", push.id);
        }
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

/// How much it brings, to whom, and how often.
fn brings(push: &Push) -> String {
    let all = catalogue::all();
    let wanted = all.iter().filter(|meta| push.settings.selection.wants(meta)).count();
    format!("brings {wanted} of {} families {}", all.len(), push::describe(&push.settings))
}

/// What a receiver has said.
fn said(push: &Push, outcome: &Result<(), Refusal>) -> String {
    match (outcome, &push.settings.receiver) {
        // More cannot be known without sending something.
        (Ok(()), Receiver::Graphite(_)) => "it takes connections".to_owned(),
        (Ok(()), Receiver::Influxdb(_)) => "it takes lines".to_owned(),
        // A receiver may have had a word in it.
        (Err(Refusal { reason, code, message, .. }), _) => {
            format!("it takes nothing at present: {} ({}, {code})", plain(message), reason.as_str())
        }
    }
}

/// Asks each receiver once, side by side, whether it would take something.
fn try_out(pushes: &[Push]) -> anyhow::Result<Vec<Result<(), Refusal>>> {
    if pushes.is_empty() {
        return Ok(Vec::new());
    }
    let runtime = runtime()?;
    let tries = pushes.iter().map(|push| async {
        Sender::new(&push.settings.receiver).try_out(push.settings.deadline.min(LONGEST)).await
    });
    let states = runtime.block_on(join_all(tries));
    runtime.shutdown_timeout(PATIENCE);
    Ok(states)
}
