//! `lanlord probe`.

use std::sync::Arc;

use anyhow::{Context, bail};

use crate::cli::Probe;
use crate::commands::{PATIENCE, configuration, print, runtime};
use crate::encode::exposition::{Format, encode};
use crate::metric::Outcome;
use crate::names::Names;
use crate::sources::{self, Tools};
use crate::visit::Visitor;

/// Visits each part of one source once, and prints what they say.
///
/// # Errors
/// When there is no such source, or it does not answer.
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
        let mut batches = Vec::new();
        let parts =
            sources::open(source.settings, &tools).with_context(|| format!("source `{}`", source.id))?;
        if parts.iter().any(sources::Part::gathers) {
            tokio::time::sleep(command.after).await;
        }
        for part in parts {
            let mut visitor = Visitor::new(source.id.clone(), part, source.deadline);
            let batch = visitor.visit().await.batch;
            visitor.leave().await;
            if let Some(Outcome::Failed { reason, code, message }) =
                batch.visit.as_ref().map(|visit| &visit.outcome)
            {
                bail!(
                    "source `{}`, part `{}`: {message} ({}, {code})",
                    source.id,
                    batch.part,
                    reason.as_str()
                );
            }
            batches.push(Arc::new(batch));
        }
        Ok(batches)
    });
    runtime.shutdown_timeout(PATIENCE);
    print(&encode(&outcome?, Format::Text))
}
