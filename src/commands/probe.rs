//! `lanlord probe`.

use std::sync::Arc;

use anyhow::{Context, bail};

use crate::cli::Probe;
use crate::commands::{PATIENCE, configuration, print, runtime};
use crate::encode::exposition::{Format, encode};
use crate::metric::{Outcome, SourceId};
use crate::names::Names;
use crate::sources::{self, Tools};
use crate::text::plain;
use crate::visit::Visitor;
use crate::visit::turns::Turns;

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
    let (runtime, turns) = (runtime()?, Turns::default());
    let outcome = runtime.block_on(async {
        let (mut batches, mut visitors) = (Vec::new(), Vec::new());
        let parts =
            sources::open(source.settings, &tools).with_context(|| format!("source `{}`", source.id))?;
        if parts.iter().any(sources::Part::gathers) {
            tokio::time::sleep(command.after).await;
        }
        // What the parts say, each sentence once: when the box is gone, all say the same.
        let mut failed: Vec<(String, Vec<&'static str>)> = Vec::new();
        for part in parts {
            let mut visitor = Visitor::new(source.id.clone(), part, source.deadline, turns.clone());
            let batch = visitor.visit().await.batch;
            visitor.settle().await;
            if let Some(Outcome::Failed { reason, code, message }) =
                batch.visit.as_ref().map(|visit| &visit.outcome)
            {
                // A box may have had a word in it.
                let message = format!("{} ({}, {code})", plain(message), reason.as_str());
                match failed.iter_mut().find(|(known, _)| *known == message) {
                    Some((_, parts)) => parts.push(batch.part),
                    None => failed.push((message, vec![batch.part])),
                }
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
    let failed: Vec<String> =
        failed.iter().map(|(message, parts)| said(&source.id, parts, message)).collect();
    if failed.is_empty() { Ok(()) } else { bail!(failed.join("\n")) }
}

fn said(source: &SourceId, parts: &[&str], message: &str) -> String {
    let which = if parts.len() == 1 { "part" } else { "parts" };
    let parts: Vec<String> = parts.iter().map(|part| format!("`{part}`")).collect();
    format!("source `{source}`, {which} {}: {message}", parts.join(", "))
}
