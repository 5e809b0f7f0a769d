//! Logging in: challenge, password, session (dev.freebox.fr/sdk/os/login).

use std::time::Duration;

use serde_json::json;

use super::find::Found;
use super::state::Open;
use super::trouble::{self, Trouble};
use crate::clock::Stopwatch;
use crate::metric::Reason;
use crate::sources::freebox::Settings;
use crate::sources::freebox::api::envelope::Refusal;
use crate::sources::freebox::api::login::{Login, Opened, password};
use crate::sources::freebox::token::Grant;

/// Why there is no session.
pub(super) enum Failed {
    /// This box does not speak this version.
    Version,
    /// The box says no.
    Refused {
        trouble: Trouble,
        /// Which box.
        uid: Option<String>,
    },
    /// Anything else.
    Trouble(Trouble),
}

/// Reads our permission.
pub(super) fn grant(settings: &Settings) -> Result<Grant, Trouble> {
    let trouble = |what: String| Trouble::new(Reason::Refused, "no_token", what);
    let text = settings
        .token
        .read()
        .map_err(|problem| trouble(format!("{problem}; `lanlord freebox register` gets a token")))?;
    let mut grant =
        Grant::parse(&text).map_err(|what| trouble(format!("{} is not a token: {what}", settings.token)))?;
    grant.app_id = settings.app_id.clone().or(grant.app_id);
    match grant.app_id {
        Some(_) => Ok(grant),
        None => Err(trouble(format!(
            "{} does not say as what lanlord is registered; write that as `app_id`",
            settings.token
        ))),
    }
}

/// Opens a session. Another program may use up the challenge between the two requests; then the box gives a fresh one,
/// which is tried once.
pub(super) async fn login(
    found: &Found,
    grant: &Grant,
    may_retry: bool,
    patience: Duration,
) -> Result<Open, Failed> {
    let watch = Stopwatch::start();
    let left = || patience.saturating_sub(watch.elapsed());
    let refused =
        |refusal: Refusal| Failed::Refused { trouble: trouble::of_login(&refusal), uid: refusal.uid };
    let login: Login = match found.answer("GET", "login/", None, left()).await.map_err(Failed::Trouble)? {
        Ok(login) => login,
        Err(refusal) if refusal.code == "invalid_request" => return Err(Failed::Version),
        Err(refusal) => return Err(refused(refusal)),
    };
    let Some(challenge) = login.challenge.0 else {
        let what = "the box gives no challenge to log in with";
        return Err(Failed::Trouble(Trouble::new(Reason::Misbehaved, "challenge", what)));
    };
    let first = open(found, grant, &challenge, left()).await?;
    let opened = match first {
        Err(Refusal { code, challenge: Some(fresh), .. }) if may_retry && code == "invalid_token" => {
            open(found, grant, &fresh, left()).await?
        }
        first => first,
    };
    let (token, permissions) = opened.map_err(refused)?.into_parts();
    match token {
        Some(token) => Ok(Open { token, permissions }),
        None => {
            let what = "the box opens a session and gives no token for it";
            Err(Failed::Trouble(Trouble::new(Reason::Misbehaved, "session_token", what)))
        }
    }
}

async fn open(
    found: &Found,
    grant: &Grant,
    challenge: &str,
    patience: Duration,
) -> Result<Result<Opened, Refusal>, Failed> {
    let app_id = grant.app_id.as_deref().unwrap_or_default();
    let password = password(&grant.app_token, challenge);
    let body = json!({ "app_id": app_id, "app_version": env!("CARGO_PKG_VERSION"), "password": password });
    found.answer("POST", "login/session/", Some(body.to_string()), patience).await.map_err(Failed::Trouble)
}
