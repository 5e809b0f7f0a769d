//! `lanlord freebox lines`.

use std::path::Path;
use std::time::Duration;

use anyhow::{anyhow, bail};

use super::cache::Cache;
use super::{endpoint, load, settings, token_file};
use crate::cli::freebox::{LineFormat, Lines};
use crate::clock;
use crate::commands::{PATIENCE, print, runtime};
use crate::log;
use crate::sources::freebox::api::lenient::List;
use crate::sources::freebox::endpoint::DEFAULT_HOST;
use crate::sources::freebox::lines::{self, Answers, Media, Object};
use crate::sources::freebox::session::{Errand, Session};
use crate::sources::freebox::token::Grant;
use crate::sources::{Error, Reading};
use crate::text::plain;

/// All requests together take no longer: telegraf ends whoever takes more than five seconds.
const FOR_ALL: Duration = Duration::from_secs(4);

/// Asks the box, and prints what it says in the old script's words; or prints nothing.
///
/// # Errors
/// When there is no token, or the box does not say what its line does.
pub fn run(command: &Lines) -> anyhow::Result<()> {
    let path = token_file(command.token_file.as_deref())?;
    let runtime = runtime()?;
    let now = clock::now();
    let outcome = runtime.block_on(async {
        // Whatever hangs, the end comes in time.
        let late = || anyhow!("the Freebox does not answer in time");
        tokio::time::timeout(FOR_ALL + Duration::from_millis(500), ask(command, &path))
            .await
            .unwrap_or_else(|_| Err(late()))
    });
    runtime.shutdown_timeout(PATIENCE);
    let reading = outcome?;
    for fault in &reading.faults {
        log::last_line(&format!("lanlord: {}", plain(&fault.0)));
    }
    let fields = lines::fields(&reading.snapshot);
    let text = match command.format {
        LineFormat::Graphite => lines::graphite(&fields, now.0.as_secs()),
        LineFormat::Influxdb => lines::influxdb(&fields, command.endpoint.as_deref().unwrap_or(DEFAULT_HOST)),
    };
    print(text.as_bytes())
}

async fn ask(command: &Lines, path: &Path) -> anyhow::Result<Reading<Answers>> {
    let watch = clock::Stopwatch::start();
    let grant = load(path)?;
    let given = command.endpoint.as_deref().map(str::parse).transpose()?;
    let endpoint = endpoint(given, &grant);
    let app_id = command.app_id.clone().or_else(|| grant.app_id.clone());
    let app_token = grant.app_token.clone();
    let cache = Cache::new(&Grant { app_id: app_id.clone(), ..grant }, &endpoint);
    if let Err(problem) = &cache {
        log::last_line(&format!("lanlord: the session cannot be kept for the next run: {problem}"));
    }
    let cache = cache.ok();
    let _lock = match &cache {
        Some(cache) => cache.lock().await,
        None => None,
    };
    // Each failure is counted by the box, and telegraf comes again in ten seconds.
    if let Some(why) = cache.as_ref().and_then(|cache| cache.rests(&app_token, clock::now())) {
        bail!("{} (the Freebox is left alone for a while)", plain(&why));
    }
    let session = Session::new(&settings(endpoint, &command.trust, path, app_id));
    let before = cache.as_ref().and_then(Cache::read);
    if let Some(token) = &before {
        session.resume(token.clone()).await;
    }
    let errand = session.errand(clock::now(), FOR_ALL.saturating_sub(watch.elapsed()));
    let reading = collect(command, errand).await;
    let kept = match (&cache, session.token().await, &reading) {
        (Some(cache), Some(token), Ok(_)) => cache.keep(before.as_ref(), &token),
        (Some(cache), None, Err(error)) => match error.not_before {
            Some(until) => cache.rest(&app_token, until, &error.to_string()),
            None => Ok(()),
        },
        // It may be good, and the box did not answer: the next run will see.
        (Some(_), Some(_), Err(_)) => Ok(()),
        // Nobody will use it.
        _ => {
            session.leave().await;
            Ok(())
        }
    };
    if let Err(problem) = kept {
        log::last_line(&format!("lanlord: the session cannot be kept for the next run: {problem}"));
    }
    reading.map_err(|error| anyhow!("{}", plain(&error.to_string())))
}

/// Everything that was asked for. The line has to be there; of the rest, what the box has.
async fn collect(command: &Lines, mut errand: Errand<'_>) -> Result<Reading<Answers>, Error> {
    let connection: Object = errand.must("connection/").await?;
    let mut answers = Answers::default();
    match lines::media(&connection) {
        Media::Ftth => answers.ftth = errand.may("connection/ftth/").await?,
        Media::Xdsl => answers.xdsl = errand.may("connection/xdsl/").await?,
        Media::Other => {}
    }
    answers.connection = connection;
    if command.system {
        answers.system = errand.may("system/").await?;
    }
    if command.switch || command.ports {
        let ports: Option<List<Object>> = errand.may("switch/status/").await?;
        let ports = ports.map_or_else(Vec::new, |list| list.0);
        if command.ports {
            for number in lines::port_numbers(&ports) {
                let stats = errand.may(&format!("switch/port/{number}/stats")).await?;
                answers.stats.extend(stats.map(|stats| (number, stats)));
            }
        }
        if command.switch {
            answers.ports = ports;
        }
    }
    if command.disk {
        let disks: Option<List<Object>> = errand.may("storage/disk/").await?;
        answers.disks = disks.map_or_else(Vec::new, |list| list.0);
    }
    errand.done(answers)
}
