//! [`Control`] over HTTP, for hands and for tests in other languages: plain text in, plain text or JSON out.
//!
//! Deliberately without any protection: it listens where it is told to, which is the loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::control::Control;
use super::fault;
use crate::http::reply::Reply;
use crate::http::request::Request;
use crate::http::{Server, Site};

/// What can be done, as `GET /` says it.
const HELP: &str = "\
GET  /stats                                          counts, violations and certificate as JSON
GET  /log, DELETE /log                               what was asked, a line of JSON each
GET  /connections                                    connections, a line of JSON each
POST /fault          body: NAME[:ARGUMENT] [at=PAGE] [nth=N|every=N|probability=P] [times=N] [for=SECONDS], one in
                     each line
GET  /faults                                         faults in force
DELETE /faults                                       none any more, nobody else logged in, own certificate, no lock
POST /busy, /release                                 a browser logs in, out
POST /credentials    body: USER PASSWORD             others from now on
POST /advance        body: SECONDS                   let simulated time pass
POST /speed          body: FACTOR                    simulated seconds in a second
POST /reboot, /refuse  body: SECONDS                 refuse connections for so long
POST /open                                           accept them again
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
        let kind = if text.starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
        Reply::new(status, text).with("Content-Type", kind)
    }
}

fn pull(control: &Control, method: &str, path: &str, body: &str) -> Result<String, String> {
    match (method, path) {
        ("GET", "/") => return Ok(HELP.to_owned()),
        ("GET", "/stats") => return Ok(format!("{}\n", stats(control))),
        ("GET", "/log") => {
            return Ok(control.requests().iter().map(|asked| format!("{}\n", asked.json())).collect());
        }
        ("DELETE", "/log") => control.clear_log(),
        ("GET", "/connections") => {
            let line = |connection: &super::record::Connection| format!("{}\n", connection.json());
            return Ok(control.connections().iter().map(line).collect());
        }
        ("POST", "/fault") => {
            // All of them or none, as far as that can be known before.
            body.lines().try_for_each(|line| fault::read(line).map(drop))?;
            body.lines().try_for_each(|line| control.fault(line))?;
        }
        ("GET", "/faults") => {
            return Ok(control.faults().iter().map(|fault| format!("{fault:?}\n")).collect());
        }
        ("DELETE", "/faults") => control.clear_faults(),
        ("POST", "/busy") => control.busy(),
        ("POST", "/release") => {
            control.release();
        }
        ("POST", "/credentials") => {
            let (user, password) = body.split_once(' ').ok_or("the body must be `USER PASSWORD`")?;
            control.credentials(user, password);
        }
        ("POST", "/advance") => control.advance(seconds(body)?),
        ("POST", "/speed") => control.speed(number(body)?),
        ("POST", "/reboot") => control.reboot(seconds(body)?),
        ("POST", "/refuse") => control.refuse(seconds(body)?),
        ("POST", "/open") => control.open(),
        _ => return Err(format!("`{method} {path}` is none of these:\n{HELP}")),
    }
    Ok("ok\n".to_owned())
}

fn stats(control: &Control) -> serde_json::Value {
    let mut stats = control.stats().json();
    stats["violations"] = json!(control.violations());
    if let Some(identity) = control.identity() {
        stats["certificate"] =
            json!({"sha256": identity.sha256(), "sha1": identity.sha1(), "md5": identity.md5()});
    }
    stats
}

fn number(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number: &f64| *number >= 0.0).ok_or_else(|| format!("`{text}` is no number"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    Duration::try_from_secs_f64(number(text)?).map_err(|_| format!("`{text}` is too long"))
}
