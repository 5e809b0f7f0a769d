//! [`Control`] over HTTP, for hands and for tests in other languages: plain text in, plain text or JSON out.
//!
//! Deliberately without any protection: it listens where it is told to, which is the loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use super::auth::Status;
use super::control::Control;
use super::envelope::Empty;
use super::world::Permissions;
use crate::http::reply::Reply;
use crate::http::request::Request;
use crate::http::{Server, Site};

/// What can be done, as `GET /` says it.
const HELP: &str = "\
POST /grant, /deny, /timeout, /forget   decide about a registration [body: track_id; else the one that is pending]
GET  /registrations                     track_id, app_id and status of each
POST /token          body: APP_ID TOKEN              know an application
POST /revoke         body: APP_ID                    revoke it
POST /permissions    body: NAMES                     grant these and no others (settings calls ...)
POST /fault          body: PATH KIND [nth=N|every=N|probability=P] [times=N] [for=SECONDS], one in each line
GET  /faults                                         faults in force
DELETE /faults                                       none any more
POST /event          body: EVENT                     reboot, wan-down, bridge ...
POST /advance        body: SECONDS                   let simulated time pass
POST /speed          body: FACTOR                    simulated seconds in a second
POST /expire                                         end all sessions
POST /session-ttl    body: SECONDS
POST /refuse         body: SECONDS                   refuse connections
POST /open                                           accept them again
POST /https-port     body: PORT                      move TLS to another port; 0 is any
POST /api-version    body: MAJOR.MINOR [OLDEST]      another version of the interface
POST /api-domain     body: NAME
POST /profile        body: NAME SEED                 another box with the same applications
POST /empty-lists    body: brackets|braces|missing|null
GET  /log, DELETE /log                               what was asked, a line of JSON each
GET  /counters
GET  /ca                                             roots as PEM
";

struct Levers(Control);

/// Listens.
///
/// # Errors
/// When the address cannot be had.
pub fn listen(address: SocketAddr, control: Control) -> Result<Server, String> {
    let levers = Arc::new(Levers(control));
    Server::start(address, levers).map_err(|error| format!("listening at {address}: {error}"))
}

impl Site for Levers {
    fn answer(&self, request: &Request) -> Reply {
        let body = String::from_utf8_lossy(&request.body);
        let (status, text) = match pull(&self.0, &request.method, &request.path, body.trim()) {
            Ok(text) => (200, text),
            Err(message) => (400, format!("{message}\n")),
        };
        Reply::new(status, text).with("Content-Type", "text/plain; charset=utf-8")
    }
}

fn pull(control: &Control, method: &str, path: &str, body: &str) -> Result<String, String> {
    let done = || Ok("ok\n".to_owned());
    let decide = |status| {
        let track_id = if body.is_empty() { None } else { Some(number(body)? as u64) };
        if control.decide(track_id, status) {
            done()
        } else {
            Err("there is no such registration".to_owned())
        }
    };
    match (method, path) {
        ("GET", "/") => return Ok(HELP.to_owned()),
        ("POST", "/grant") => return decide(Status::Granted),
        ("POST", "/deny") => return decide(Status::Denied),
        ("POST", "/timeout") => return decide(Status::Timeout),
        ("POST", "/forget") => return decide(Status::Unknown),
        ("GET", "/registrations") => {
            let line = |(id, app_id, status)| format!("{id} {app_id} {status:?}\n").to_lowercase();
            return Ok(control.registrations().into_iter().map(line).collect());
        }
        ("POST", "/token") => {
            let (app_id, token) = body.split_once(' ').ok_or("the body must be `APP_ID TOKEN`")?;
            return Ok(format!("{}\n", control.preseed(app_id, token)));
        }
        ("POST", "/revoke") if !control.revoke(body) => return Err(format!("`{body}` is not known")),
        ("POST", "/revoke") => {}
        ("POST", "/permissions") => control.permit(permissions(body)?),
        ("POST", "/fault") => {
            // All of them or none.
            let faults: Result<Vec<_>, _> = body.lines().map(str::parse).collect();
            faults?.into_iter().for_each(|fault| control.inject(fault));
        }
        ("GET", "/faults") => {
            return Ok(control.faults().iter().map(|fault| format!("{fault:?}\n")).collect());
        }
        ("DELETE", "/faults") => control.clear_faults(),
        ("POST", "/event") => control.event(body)?,
        ("POST", "/advance") => control.advance(seconds(body)?),
        ("POST", "/speed") => control.speed(number(body)?),
        ("POST", "/expire") => control.expire_sessions(),
        ("POST", "/session-ttl") => {
            let ttl = seconds(body)?;
            control.rules(|rules| rules.session_ttl = ttl);
        }
        ("POST", "/refuse") => control.refuse(seconds(body)?),
        ("POST", "/open") => control.open(),
        ("POST", "/https-port") => {
            let port = body.parse().map_err(|_| format!("`{body}` is no port"))?;
            return Ok(format!("{}\n", control.move_https(port)?));
        }
        ("POST", "/api-version") => {
            let (version, oldest) = body.split_once(' ').unwrap_or((body, "1"));
            let (major, minor) = version.split_once('.').ok_or("the body must be `MAJOR.MINOR [OLDEST]`")?;
            let parse = |text: &str| text.parse().map_err(|_| format!("`{text}` is no version"));
            control.api_version(parse(major)?, parse(minor)?, parse(oldest)?);
        }
        ("POST", "/api-domain") => control.api_domain(body),
        ("POST", "/profile") => {
            let (profile, seed) = body.split_once(' ').unwrap_or((body, "1"));
            control.profile(profile, seed.parse().map_err(|_| format!("`{seed}` is no seed"))?)?;
        }
        ("POST", "/empty-lists") => control.empty_lists(match body {
            "brackets" => Empty::Brackets,
            "braces" => Empty::Braces,
            "missing" => Empty::Missing,
            "null" => Empty::Null,
            _ => return Err(format!("`{body}` is not `brackets`, `braces`, `missing` or `null`")),
        }),
        ("GET", "/log") => {
            return Ok(control.log().iter().map(|entry| format!("{}\n", entry.json())).collect());
        }
        ("DELETE", "/log") => control.clear_log(),
        ("GET", "/counters") => return Ok(format!("{}\n", control.counters().json())),
        ("GET", "/ca") => return Ok(control.ca_pem()),
        _ => return Err(format!("`{method} {path}` is none of these:\n{HELP}")),
    }
    done()
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number: &f64| *number >= 0.0).ok_or_else(|| format!("`{text}` is no number"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    Duration::try_from_secs_f64(number(text)?).map_err(|_| format!("`{text}` is too long"))
}

fn permissions(names: &str) -> Result<Permissions, String> {
    let mut permissions = Permissions::default();
    for name in names.split_whitespace() {
        let permission = match name {
            "settings" => &mut permissions.settings,
            "contacts" => &mut permissions.contacts,
            "calls" => &mut permissions.calls,
            "explorer" => &mut permissions.explorer,
            "downloader" => &mut permissions.downloader,
            "parental" => &mut permissions.parental,
            "pvr" => &mut permissions.pvr,
            "tv" => &mut permissions.tv,
            "wdo" => &mut permissions.wdo,
            "camera" => &mut permissions.camera,
            "profile" => &mut permissions.profile,
            "player" => &mut permissions.player,
            "home" => &mut permissions.home,
            "vm" => &mut permissions.vm,
            _ => return Err(format!("`{name}` is no permission")),
        };
        *permission = true;
    }
    Ok(permissions)
}
