//! How lanlord gets permission: it asks the box, the box asks whoever stands before it, and we ask what he said
//! (dev.freebox.fr/sdk/os/login, "TrackAuthorizationProgress").
//!
//! Each function asks once. Waiting, keeping the token and talking to people is the command's; what the box means is put
//! in words here.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::api::envelope::Refusal;
use super::api::lenient::{Int, Text};
use super::session::Found;
use super::session::trouble::{Trouble, said};
use crate::metric::Reason;

/// As what lanlord asks to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// The token is good for this alone.
    pub id: String,
    /// What the box shows.
    pub name: String,
    /// The version.
    pub version: String,
    /// Which machine it runs on; the box shows that too.
    pub device: String,
}

/// A token that is worth nothing until somebody says yes.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The token. The box says it once.
    pub app_token: SecretString,
    /// The number of the request.
    pub track_id: i64,
}

/// What has become of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has answered yet.
    Pending,
    /// Somebody said yes.
    Granted,
    /// Somebody said no.
    Denied,
    /// The box has waited long enough.
    Timeout,
    /// The box does not know the request, or somebody took the permission away.
    Unknown,
}

/// It has no `Debug`, since it holds the token.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Started {
    app_token: Text,
    track_id: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    status: Text,
}

/// Sends the request. Each one makes the box show a question, so that nothing but a person's wish may lead here.
///
/// # Errors
/// When the box cannot be asked or says no, in words.
pub async fn start(found: &Found, app: &App, patience: Duration) -> Result<Asked, Trouble> {
    let body = json!({
        "app_id": app.id,
        "app_name": app.name,
        "app_version": app.version,
        "device_name": app.device,
    });
    let path = "login/authorize/";
    let answer = found.answer("POST", path, Some(body.to_string()), patience).await?;
    let started: Started = answer.map_err(|refusal| refused(&refusal))?;
    match (started.app_token.0, started.track_id.0) {
        (Some(token), Some(track_id)) => Ok(Asked { app_token: SecretString::from(token), track_id }),
        _ => Err(Trouble::nonsense(path, 200, "there is no token or no number in it")),
    }
}

/// Asks what has become of a request.
///
/// # Errors
/// When the box cannot be asked or refuses to say.
pub async fn progress(found: &Found, track_id: i64, patience: Duration) -> Result<Progress, Trouble> {
    let path = format!("login/authorize/{track_id}");
    let answer = found.answer("GET", &path, None, patience).await?;
    let state: State = answer.map_err(|refusal| refused(&refusal))?;
    match state.status.or_empty() {
        "pending" => Ok(Progress::Pending),
        "granted" => Ok(Progress::Granted),
        "denied" => Ok(Progress::Denied),
        "timeout" => Ok(Progress::Timeout),
        "unknown" => Ok(Progress::Unknown),
        _ => Err(Trouble::nonsense(&path, 200, "it has a status that nobody knows")),
    }
}

/// What a box says to whoever wants to be let in, and what to do about it. The codes are those of
/// dev.freebox.fr/sdk/os/login and of firmware since.
fn refused(refusal: &Refusal) -> Trouble {
    let (code, what) = match refusal.code.as_str() {
        "new_apps_denied" => (
            "new_apps_denied",
            "this Freebox lets no new application ask; allow it in Freebox OS (\"Paramètres de la Freebox\", \"Gestion des \
             accès\", \"Autoriser les nouvelles demandes d'associations\") and register again",
        ),
        "apps_denied" => (
            "apps_denied",
            "this Freebox lets no application in at all; allow it in Freebox OS (\"Paramètres de la Freebox\", \"Gestion \
             des accès\") and register again",
        ),
        "denied_from_external_ip" => (
            "external",
            "a Freebox can be asked for permission from inside its own network only; run this there, with an address \
             of the box on that network as `--endpoint`",
        ),
        "apps_authorization_denied" => {
            ("denied", "somebody said no at the Freebox; register again, and say yes there")
        }
        "apps_authorization_timeout" => {
            ("timeout", "nobody answered at the Freebox in time; register again, and answer there")
        }
        "ratelimited" => (
            "rate_limited",
            "this machine has asked the Freebox too often; wait some minutes and register again",
        ),
        "invalid_request" => (
            "invalid_request",
            "the Freebox does not understand the request; check `--app-id`, `--app-name`, `--app-version` and \
             `--device-name`, and that its firmware is current",
        ),
        "internal_error" => (
            "internal_error",
            "something went wrong inside the Freebox; try again, and restart it if that does not help",
        ),
        "invalid_token" | "auth_required" | "invalid_session" | "pending_token" | "insufficient_rights" => (
            "login",
            "the Freebox wants somebody to be logged in who asks for permission, which no known firmware does; check \
             that `--endpoint` is the box itself",
        ),
        "service_down" | "access_denied" | "notsupp" | "noent" => {
            ("not_here", "this Freebox lets no program ask for permission; its firmware may be too old")
        }
        code => {
            const LONGEST: usize = 64;
            let code = match &code[..code.floor_char_boundary(LONGEST)] {
                "" => "without a reason".to_owned(),
                code => format!("with `{code}`"),
            };
            let what = format!("the Freebox refuses {code}{}", said(refusal));
            return Trouble::new(Reason::Refused, REFUSED, what);
        }
    };
    Trouble::new(Reason::Refused, code, format!("{what}{}", said(refusal)))
}

/// Whether asking again makes no sense. What is wrong with the way to the box, or with the box for a while, may pass.
pub fn is_final(trouble: &Trouble) -> bool {
    const FINAL: [&str; 8] = [
        "new_apps_denied",
        "apps_denied",
        "external",
        "denied",
        "timeout",
        "invalid_request",
        "login",
        "not_here",
    ];
    FINAL.contains(&trouble.code) || trouble.code == REFUSED
}

/// The code of a refusal that nobody knows.
const REFUSED: &str = "refused";

/// What to press, by the model of the box. A Revolution, a Delta and a Pop have a display with arrows; whichever
/// firmware, the question names the application and the machine.
pub fn what_to_press(model: Option<&str>) -> &'static str {
    let model = model.unwrap_or_default();
    match model {
        _ if model.starts_with("fbxgw-") || model.starts_with("fbxgw1") || model.starts_with("fbxgw2") => {
            "go to the Freebox Server: its display asks whether to let this application in; press the right arrow for yes"
        }
        _ if model.starts_with("fbxgw7") => {
            "go to the Freebox Server: its display asks whether to let this application in; touch the check mark, or the \
             right arrow and then the check mark, for yes"
        }
        _ if model.starts_with("fbxgw8") => {
            "go to the Freebox Server: its display asks whether to let this application in; touch the right arrow and then \
             the check mark for yes"
        }
        _ if model.starts_with("fbxgw9") => {
            "go to the Freebox Server: its display asks whether to let this application in; choose the check mark for yes"
        }
        _ => {
            "go to the Freebox: its display asks whether to let this application in; press the right arrow or the check \
             mark for yes"
        }
    }
}

/// What an end of the waiting means, for people; none where there is none yet.
pub fn end(progress: Progress) -> Option<&'static str> {
    match progress {
        Progress::Pending => None,
        Progress::Granted => Some("the Freebox lets lanlord in"),
        Progress::Denied => Some("somebody said no at the Freebox; register again, and say yes there"),
        Progress::Timeout => Some("nobody answered at the Freebox in time; register again, and answer there"),
        Progress::Unknown => Some(
            "the Freebox does not know the request any more, or somebody took the permission away; register again",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::api::envelope;
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do_and_what_the_box_said() {
        for code in [
            "new_apps_denied",
            "apps_denied",
            "denied_from_external_ip",
            "apps_authorization_denied",
            "apps_authorization_timeout",
            "ratelimited",
            "invalid_request",
            "internal_error",
            "invalid_token",
            "auth_required",
            "invalid_session",
            "pending_token",
            "insufficient_rights",
            "access_denied",
            "service_down",
            "noent",
            "notsupp",
        ] {
            let message = "L'association de nouvelles applications est désactivée".to_owned();
            let trouble = refused(&Refusal { code: code.to_owned(), message, ..Refusal::default() });
            assert!(!trouble.what.contains(code), "{code} is not for people: {}", trouble.what);
            assert!(
                trouble.what.ends_with("(it says: L'association de nouvelles applications est désactivée)")
            );
            assert_ne!(trouble.code, REFUSED, "{code}");
            assert_eq!(is_final(&trouble), !["ratelimited", "internal_error"].contains(&code), "{code}");
        }
    }

    #[test]
    fn a_refusal_that_nobody_knows_is_shown_as_it_is_but_not_at_any_length() {
        let trouble = refused(&Refusal { code: "x".repeat(10_000), ..Refusal::default() });
        assert!(trouble.what.len() < 200, "{}", trouble.what);
        let trouble = refused(&Refusal { message: "non".to_owned(), ..Refusal::default() });
        assert_eq!(trouble.what, "the Freebox refuses without a reason (it says: non)");
    }

    #[test]
    fn a_started_request_is_read_with_its_slashes() {
        // As the box's encoder writes it.
        let body = br#"{"success":true,"result":{"app_token":"LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB\/lN8tGyCzSaFjDhUe0","track_id":42}}"#;
        let started: Started = envelope::read(body).unwrap_or_default();
        let expected = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";
        assert_eq!((started.app_token.as_deref(), started.track_id.0), (Some(expected), Some(42)));
    }

    #[test]
    fn each_model_says_where_its_display_is() {
        for model in ["fbxgw-r1/full", "fbxgw2-r1/mini", "fbxgw7-r1/full", "fbxgw8-r1", "fbxgw9-r1"] {
            assert!(what_to_press(Some(model)).contains("Freebox Server"), "{model}");
        }
        assert!(what_to_press(Some("fbxgw-r2/full")).contains("right arrow"));
        assert!(what_to_press(Some("fbxgw9-r1")).contains("check mark"));
        assert!(what_to_press(None).contains("right arrow or the check mark"));
    }
}
