//! `lanlord freebox status`: which box a token is for, what it may do, and whether it works now.

use std::path::Path;
use std::time::Duration;

use anyhow::anyhow;

use super::cache::Cache;
use super::{describe, endpoint, load, permissions, say, settings, token_file};
use crate::cli::freebox::Status;
use crate::clock;
use crate::commands::{PATIENCE, runtime};
use crate::secrets;
use crate::sources::freebox::Settings;
use crate::sources::freebox::register::{Progress, progress};
use crate::sources::freebox::session::{self, Session};
use crate::sources::freebox::token::{self, Grant};
use crate::text::{age, plain};

/// How long to wait for the box.
const FOR_ALL: Duration = Duration::from_secs(10);

/// Does it.
///
/// # Errors
/// When the token does not work now; why, and what to do.
pub fn run(command: Status) -> anyhow::Result<()> {
    let path = token_file(command.token_file.as_deref())?;
    let grant = load(&path)?;
    let endpoint = endpoint(command.endpoint, &grant);
    let app_id = command.app_id.or_else(|| grant.app_id.clone());
    let grant = Grant { app_id: app_id.clone(), ..grant };
    say(&format!("token: {}", path.display()))?;
    say(&format!("application: {}", application(&grant)))?;
    let cached = Cache::new(&grant, &endpoint).ok().and_then(|cache| cache.last_worked());
    let last = grant.last_worked.max(cached);
    let settings = settings(endpoint, &command.trust, &path, app_id);
    let runtime = runtime()?;
    let outcome = runtime.block_on(ask(&path, grant, &settings));
    runtime.shutdown_timeout(PATIENCE);
    if outcome.is_err() {
        let words =
            last.map_or_else(|| "never, as far as this is known".to_owned(), |last| age(last, clock::now()));
        say(&format!("last worked: {words}"))?;
    }
    outcome
}

fn application(grant: &Grant) -> String {
    let text = |text: &Option<String>| text.as_deref().map(plain);
    let mut words = text(&grant.app_id).unwrap_or_else(|| "not known; say it with `--app-id`".to_owned());
    if let Some(name) = text(&grant.app_name) {
        let version = text(&grant.app_version).map_or_else(String::new, |version| format!(" {version}"));
        words += &format!(", shown as \"{name}\"{version}");
    }
    if let Some(device) = text(&grant.device_name) {
        words += &format!(" on \"{device}\"");
    }
    words
}

async fn ask(path: &Path, grant: Grant, settings: &Settings) -> anyhow::Result<()> {
    let session = Session::new(settings);
    let about = session.errand(clock::now(), FOR_ALL).about().await;
    session.leave().await;
    match about {
        Ok(about) => {
            let (model, name) = (about.box_model_name.as_deref(), about.device_name.as_deref());
            say(&format!("box: {}, at {}", describe(model, name, about.uid.as_deref()), settings.endpoint))?;
            say(permissions(&about).trim_end())?;
            say("works: yes")?;
            say("last worked: just now")?;
            let grant = Grant {
                status: token::Status::Granted,
                uid: about.uid.or(grant.uid),
                model: about.box_model_name.or(grant.model),
                last_worked: Some(clock::now()),
                ..grant
            };
            remember(path, &grant)
        }
        Err(error) => {
            let known = describe(grant.model.as_deref(), None, grant.uid.as_deref());
            say(&format!("box: {known}, at {}", settings.endpoint))?;
            say("works: no")?;
            if let ("pending", Some(track_id)) = (error.code, grant.track_id) {
                say(&format!("request: {}", request(settings, track_id).await))?;
            }
            Err(anyhow!("{}", plain(&error.to_string())))
        }
    }
}

/// What has become of a request, in words.
async fn request(settings: &Settings, track_id: i64) -> String {
    let outcome = match session::find(settings, FOR_ALL).await {
        Ok(found) => progress(&found, track_id, FOR_ALL).await,
        Err(trouble) => Err(trouble),
    };
    match outcome {
        Ok(Progress::Pending) => "nobody has answered at the Freebox yet".to_owned(),
        Ok(Progress::Granted) => "somebody said yes at the Freebox; ask again".to_owned(),
        Ok(Progress::Denied) => "somebody said no at the Freebox".to_owned(),
        Ok(Progress::Timeout) => "nobody answered at the Freebox in time".to_owned(),
        Ok(Progress::Unknown) => "the Freebox does not know it any more".to_owned(),
        Err(trouble) => plain(&trouble.what),
    }
}

/// Writes down that it works. What another program keeps in its own file would be lost, so that stays as it is.
fn remember(path: &Path, grant: &Grant) -> anyhow::Result<()> {
    if !grant.is_ours {
        return Ok(());
    }
    match secrets::replace(path, &token::write(grant)) {
        Ok(()) => Ok(()),
        Err(problem) => say(&format!("(this cannot be written down: {problem})")),
    }
}
