//! `lanlord freebox register`: finds the box, asks it for a token, keeps that before anything else, and waits for
//! somebody to say yes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use nix::sys::utsname::uname;
use tokio::signal::unix::{SignalKind, signal};

use super::waiting::{End, wait};
use super::{describe, endpoint, load, make_room, permissions, say, settings, takeover, token_file};
use crate::cli::freebox::{Register, Trust};
use crate::clock;
use crate::commands::{PATIENCE, runtime};
use crate::secrets;
use crate::sources::Error;
use crate::sources::freebox::Settings;
use crate::sources::freebox::endpoint::Endpoint;
use crate::sources::freebox::find::{self, announced};
use crate::sources::freebox::register::{self, App, Progress};
use crate::sources::freebox::session::{self, About, Found, Session};
use crate::sources::freebox::token::{self, Grant, Status};
use crate::text::plain;

/// As what lanlord is known to boxes unless somebody says otherwise.
const APP_ID: &str = "fr.lanlord.monitor";
const APP_NAME: &str = "lanlord";

/// How long to wait for one answer of the box.
const FOR_ONE: Duration = Duration::from_secs(10);

/// Does it.
///
/// # Errors
/// When there is a token already, no box answers, or the box or whoever stands before it says no.
pub fn run(command: Register) -> anyhow::Result<()> {
    let path = token_file(command.token_file.as_deref())?;
    // Before anything else, and before the box hears of us.
    let pending = match fs::symlink_metadata(&path) {
        Ok(_) => Some(pending(&path)?),
        Err(_) => None,
    };
    if pending.is_none() {
        make_room(&path)?;
    }
    let is_takeover = command.token_stdin || command.credentials.is_some();
    if is_takeover && pending.is_some() {
        bail!(
            "`{}` holds a request that nobody has answered yet; remove it, or give another `--token-file`",
            path.display()
        );
    }
    let runtime = runtime()?;
    let outcome = if is_takeover {
        takeover::grant(&command).and_then(|grant| runtime.block_on(take_over(&command, &path, grant)))
    } else {
        whereabouts(&command, pending.as_ref())
            .and_then(|endpoint| runtime.block_on(ask(&command, &path, endpoint, pending)))
    };
    runtime.shutdown_timeout(PATIENCE);
    outcome
}

/// The request that a token file holds. A token that is good is not overwritten.
fn pending(path: &Path) -> anyhow::Result<Grant> {
    match load(path)? {
        grant if grant.status == Status::Pending && grant.track_id.is_some() => Ok(grant),
        _ => bail!(
            "there is a token in `{}` already; `lanlord freebox status` says whether it works. Remove it if it is worth \
             nothing, or give another `--token-file`",
            path.display()
        ),
    }
}

/// Where to ask.
fn whereabouts(command: &Register, pending: Option<&Grant>) -> anyhow::Result<Endpoint> {
    if command.endpoint.is_some() || pending.is_some() {
        let known = pending.and_then(|grant| grant.endpoint.as_deref()).and_then(|text| text.parse().ok());
        return Ok(command.endpoint.clone().or(known).unwrap_or_default());
    }
    say("looking for a Freebox on this network")?;
    let found = announced(find::PATIENCE);
    match &found[..] {
        [] => Ok(Endpoint::default()),
        [one] => Ok(one.endpoint.clone()),
        several => {
            let list = several.iter().map(|one| {
                format!(
                    "\n  --endpoint {}  {}",
                    one.endpoint,
                    describe(Some(&one.name), None, one.uid.as_deref())
                )
            });
            bail!("there are several Freeboxes on this network; say which one:{}", list.collect::<String>())
        }
    }
}

/// Asks for a token, or goes on asking what has become of an earlier request.
async fn ask(
    command: &Register,
    path: &Path,
    endpoint: Endpoint,
    pending: Option<Grant>,
) -> anyhow::Result<()> {
    let app_id = pending.as_ref().and_then(|grant| grant.app_id.clone());
    let settings = settings(endpoint.clone(), &command.trust, path, app_id);
    let found =
        session::find(&settings, FOR_ONE).await.map_err(|trouble| anyhow!("{}", plain(&trouble.what)))?;
    let version = &found.version;
    let (uid, model, name) = (&version.uid, &version.box_model_name, &version.device_name);
    let words = describe(model.as_deref(), name.as_deref(), uid.as_deref());
    say(&format!("found {words}, at {endpoint}"))?;
    let is_resumed = pending.is_some();
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for Ctrl-C")?;
    let mut grant = match pending {
        Some(grant) => {
            if grant.uid.is_some() && uid.0.is_some() && grant.uid != uid.0 {
                bail!(
                    "`{}` holds a request to another Freebox, {}; say where that is with `--endpoint`, or remove the file",
                    path.display(),
                    describe(grant.model.as_deref(), None, grant.uid.as_deref())
                );
            }
            say(&format!("going on with the request in `{}`", path.display()))?;
            grant
        }
        None => start(command, &found, &endpoint, path).await?,
    };
    let known = (grant.app_name.as_deref(), grant.device_name.as_deref());
    if let (Some(app), Some(device)) = known {
        say(&format!("the Freebox calls it \"{}\" on \"{}\"", plain(app), plain(device)))?;
    }
    say(&format!("now {}", register::what_to_press(version.box_model.as_deref())))?;
    let at_most = command.wait;
    say(&format!("waiting for the answer, at most {} s; Ctrl-C to look again later", at_most.as_secs()))?;
    let track_id = grant.track_id.unwrap_or_default();
    match wait(&found, track_id, at_most, &mut interrupt).await {
        End::Said(Progress::Granted) => {}
        // It may have forgotten the request and not the permission, if it was restarted in between.
        End::Said(Progress::Unknown) if is_resumed => match try_out(&settings).await {
            Ok(_) => {}
            Err(error) if error.code == "revoked" => {
                let why = register::end(Progress::Unknown).unwrap_or_default();
                return Err(anyhow!("{why}{}", forget(path)));
            }
            Err(error) => return Err(anyhow!("{}{}", plain(&error.to_string()), keep(path))),
        },
        End::Said(end) => {
            let why = register::end(end).unwrap_or_default();
            return Err(anyhow!("{why}{}", forget(path)));
        }
        End::Refused(trouble) => {
            let forgotten = match trouble.code {
                "denied" | "timeout" => forget(path),
                _ => keep(path),
            };
            return Err(anyhow!("{}{forgotten}", plain(&trouble.what)));
        }
        End::TooLong(last) => {
            let last = last.map_or_else(String::new, |trouble| format!(" ({})", plain(&trouble.what)));
            return Err(anyhow!(
                "nobody has answered at the Freebox within {} s{last}{}",
                at_most.as_secs(),
                keep(path)
            ));
        }
        End::Interrupted => return Err(anyhow!("stopped waiting{}", keep(path))),
    }
    say("the Freebox lets lanlord in")?;
    grant.status = Status::Granted;
    finish(command, path, grant, &settings)
        .await
        .map_err(|problem| anyhow!("the permission is there, but no session can be opened: {problem}"))
}

/// Sends the request, and keeps the token before anything else: the box says it once.
async fn start(command: &Register, found: &Found, endpoint: &Endpoint, path: &Path) -> anyhow::Result<Grant> {
    let app = app(command);
    let asked =
        register::start(found, &app, FOR_ONE).await.map_err(|trouble| anyhow!("{}", plain(&trouble.what)))?;
    let grant = Grant {
        app_id: Some(app.id),
        app_name: Some(app.name),
        app_version: Some(app.version),
        device_name: Some(app.device),
        track_id: Some(asked.track_id),
        status: Status::Pending,
        endpoint: (*endpoint != Endpoint::default()).then(|| endpoint.to_string()),
        uid: found.version.uid.0.clone(),
        model: found.version.box_model_name.0.clone(),
        ..Grant::bare(asked.app_token)
    };
    secrets::write_new(path, &token::write(&grant))
        .map_err(|problem| anyhow!("the token cannot be kept: {problem}"))?;
    say(&format!("the token is in `{}`; it is worth nothing until somebody says yes", path.display()))?;
    Ok(grant)
}

fn app(command: &Register) -> App {
    let machine = || {
        let name = uname().ok().and_then(|uname| uname.nodename().to_str().map(str::to_owned));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| "a computer".to_owned())
    };
    App {
        id: command.app_id.clone().unwrap_or_else(|| APP_ID.to_owned()),
        name: command.app_name.clone().unwrap_or_else(|| APP_NAME.to_owned()),
        version: command.app_version.clone().unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
        device: command.device_name.clone().unwrap_or_else(machine),
    }
}

/// Keeps a token that another program has got, and sees whether it works; if the box cannot be asked now, it is kept all
/// the same.
async fn take_over(command: &Register, path: &Path, grant: Grant) -> anyhow::Result<()> {
    let endpoint = endpoint(command.endpoint.clone(), &grant);
    let grant = Grant { endpoint: (endpoint != Endpoint::default()).then(|| endpoint.to_string()), ..grant };
    secrets::write_new(path, &token::write(&grant))
        .map_err(|problem| anyhow!("the token cannot be kept: {problem}"))?;
    say(&format!("the token is in `{}`; the Freebox was asked for nothing new", path.display()))?;
    let settings = settings(endpoint, &command.trust, path, grant.app_id.clone());
    match finish(command, path, grant, &settings).await {
        Ok(()) => Ok(()),
        // It is no use as it is: kept, it would stand in the way of the right one.
        Err(Unfinished::Box(error)) if error.code == "revoked" => {
            Err(anyhow!("{}{}", plain(&error.to_string()), forget(path)))
        }
        Err(problem) => {
            say(&format!("it could not be tried: {problem}"))?;
            say(&format!("`lanlord freebox status --token-file {}` tries again", path.display()))
        }
    }
}

/// Why a token that is there was not tried out to the end.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    /// The box did not answer, or said no.
    #[error("{}", plain(&.0.to_string()))]
    Box(Error),
    /// The file or the terminal.
    #[error("{0:#}")]
    Here(#[from] anyhow::Error),
}

/// Opens a session once, and says what it may do and what to write into the configuration.
async fn finish(
    command: &Register,
    path: &Path,
    grant: Grant,
    settings: &Settings,
) -> Result<(), Unfinished> {
    let rewrite = |grant: &Grant| {
        secrets::replace(path, &token::write(grant))
            .map_err(|problem| anyhow!("`{}`: {problem}", path.display()))
    };
    rewrite(&grant)?;
    let about = try_out(settings).await.map_err(Unfinished::Box)?;
    let words = describe(about.box_model_name.as_deref(), about.device_name.as_deref(), about.uid.as_deref());
    let grant = Grant {
        uid: about.uid.clone().or(grant.uid),
        model: about.box_model_name.clone().or(grant.model),
        last_worked: Some(clock::now()),
        ..grant
    };
    rewrite(&grant)?;
    say(&format!("a session with {words} works"))?;
    say(permissions(&about).trim_end())?;
    say("lanlord needs none of these permissions, and `settings` least of all")?;
    say(&format!(
        "\nput this into the configuration:\n\n{}",
        stanza(path, &settings.endpoint, &command.trust)
    ))?;
    Ok(say(&for_the_service(path))?)
}

/// The service runs as a user who is made for each run, and may not read what only its owner may.
fn for_the_service(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().map_or_else(|| "freebox.token".into(), |name| name.to_string_lossy());
    format!(
        "where lanlord is a service of systemd, write `token_credential = \"{name}\"` in place of `token_file`, and \
         with `systemctl edit lanlord`:\n\n[Service]\nLoadCredential={name}:{}\n",
        path.display()
    )
}

async fn try_out(settings: &Settings) -> Result<About, Error> {
    let session = Session::new(settings);
    let about = session.errand(clock::now(), FOR_ONE).about().await;
    session.leave().await;
    about
}

/// The lines of the configuration.
fn stanza(path: &Path, endpoint: &Endpoint, trust: &Trust) -> String {
    let text = |value: &str| toml::Value::from(value).to_string();
    let mut out = String::from("[[source]]\nkind = \"freebox\"\n");
    if *endpoint != Endpoint::default() {
        out += &format!("endpoint = {}\n", text(&endpoint.to_string()));
    }
    // A configuration is read elsewhere than where this runs.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    out += &format!("token_file = {}\n", text(&path.to_string_lossy()));
    if let Some(file) = &trust.ca_file {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        out += &format!("ca_file = {}\n", text(&file.to_string_lossy()));
    }
    let pins: Vec<String> = trust.pin.iter().map(|pin| text(&pin.to_string())).collect();
    match &pins[..] {
        [] => {}
        [one] => out += &format!("pin = {one}\n"),
        several => out += &format!("pin = [{}]\n", several.join(", ")),
    }
    if trust.insecure {
        out += "tls_verify = false\n";
    }
    out
}

/// The token is worth nothing any more.
fn forget(path: &Path) -> String {
    match fs::remove_file(path) {
        Ok(()) => format!("; `{}` is removed, since its token is worth nothing", path.display()),
        Err(error) => format!("; remove `{}`, whose token is worth nothing ({error})", path.display()),
    }
}

/// Somebody may still say yes.
fn keep(path: &Path) -> String {
    let path = path.display();
    format!(
        "; the request is kept: `lanlord freebox register --token-file {path}` goes on waiting, and `lanlord freebox \
         status --token-file {path}` says what has become of it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_for_the_configuration_say_what_was_said_here() {
        let plain = stanza(Path::new("/etc/lanlord/freebox.token"), &Endpoint::default(), &Trust::default());
        assert_eq!(plain, "[[source]]\nkind = \"freebox\"\ntoken_file = \"/etc/lanlord/freebox.token\"\n");
        let endpoint: Endpoint = "192.168.1.254:81".parse().unwrap();
        let trust = Trust { ca_file: Some("/a \"b\".pem".into()), insecure: true, ..Trust::default() };
        let odd: toml::Table = stanza(Path::new("/tmp/a'b"), &endpoint, &trust).parse().unwrap();
        let source = &odd["source"][0];
        for (key, value) in
            [("endpoint", "192.168.1.254:81"), ("token_file", "/tmp/a'b"), ("ca_file", "/a \"b\".pem")]
        {
            assert_eq!(source[key].as_str(), Some(value), "{key}");
        }
        assert_eq!(source["tls_verify"].as_bool(), Some(false));
    }
}
