//! `lanlord probe`.

use std::sync::Arc;

use anyhow::{Context, bail};

use crate::cli::Probe;
use crate::commands::{PATIENCE, configuration, print, runtime};
use crate::encode::exposition::{Format, encode};
use crate::metric::Outcome;
use crate::names::Names;
use crate::sources::{self, Tools};
use crate::text::plain;
use crate::visit::Visitor;

/// Visits each part of one source once, and prints what they say.
///
/// # Errors
/// When there is no such source, or one of its parts does not answer; what the others say is printed.
pub fn run(command: Probe) -> anyhow::Result<()> {
    let config = configuration(command.changes)?;
    let known: Vec<String> = config.sources.iter().map(|source| format!("`{}`", source.id)).collect();
    let Some(source) = config.sources.into_iter().find(|source| *source.id.0 == *command.source) else {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        bail!("there is no source `{}`; the configuration has {known}", command.source);
    };
    let tools = Tools { names: Names::fixed(config.names), ..Tools::default() };
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let (mut batches, mut visitors) = (Vec::new(), Vec::new());
        let parts =
            sources::open(source.settings, &tools).with_context(|| format!("source `{}`", source.id))?;
        if parts.iter().any(sources::Part::gathers) {
            tokio::time::sleep(command.after).await;
        }
        let mut failed = Vec::new();
        for part in parts {
            let mut visitor = Visitor::new(source.id.clone(), part, source.deadline);
            let batch = visitor.visit().await.batch;
            if let Some(Outcome::Failed { reason, code, message }) =
                batch.visit.as_ref().map(|visit| &visit.outcome)
            {
                let (part, reason) = (batch.part, reason.as_str());
                // A box may have had a word in it.
                let message = plain(message);
                failed.push(format!("source `{}`, part `{part}`: {message} ({reason}, {code})", source.id));
            }
            batches.push(Arc::new(batch));
            visitors.push(visitor);
        }
        // Parts share a session, so nobody leaves before all are done.
        for visitor in &mut visitors {
            visitor.leave().await;
        }
        anyhow::Ok((batches, failed))
    });
    runtime.shutdown_timeout(PATIENCE);
    let (batches, failed) = outcome?;
    print(&encode(&batches, Format::Text))?;
    if failed.is_empty() { Ok(()) } else { bail!(failed.join("\n")) }
}
