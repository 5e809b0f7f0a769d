//! Which request gets which answer: discovery, versions, login, and the world's bodies behind a session.
//!
//! Deliberately does no input or output: a request in, an answer out, and what shall become of the port.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::auth::Auth;
use super::envelope::{self, Empty, Refusal};
use super::record::{Entry, Record, hash};
use super::spoil::{self, Answer};
use super::target::{self, Target};
use super::world::{self, World};
use crate::dice::Dice;
use crate::faults::{Faults, Kind};
use crate::http::reply::Reply;
use crate::http::request::Request;
use crate::pace;

/// Whose `uid` stands in errors when they shall come from another box.
const FOREIGN_UID: &str = "ffffffffffffffffffffffffffffffff";

/// Everything about one box but its ports.
pub struct Core {
    pub world: World,
    pub auth: Auth,
    pub faults: Faults,
    pub record: Record,
    /// Simulated seconds in a real one.
    pub speed: f64,
    pub empty: Empty,
    /// Instead of the world's.
    pub api_version: Option<(u32, u32)>,
    /// The oldest version that is served.
    pub oldest_major: u32,
    /// Instead of the world's.
    pub api_domain: Option<String>,
    pub https_port: Option<u16>,
    /// Until then there is only the web server's own page.
    pub booting_until: Duration,
    /// If answers shall take as long as a box takes.
    pub latency: Option<Dice>,
    /// Simulated time since the start.
    pub elapsed: Duration,
    pub last: Instant,
}

impl Core {
    /// Lets the time pass that has passed.
    pub fn tick(&mut self) {
        let now = pace::now();
        let real = now.saturating_duration_since(self.last);
        self.last = now;
        self.pass(Duration::try_from_secs_f64(real.as_secs_f64() * self.speed).unwrap_or_default());
    }

    /// Lets simulated time pass.
    pub fn pass(&mut self, by: Duration) {
        self.elapsed = self.elapsed.saturating_add(by);
        self.world.advance(by);
    }

    /// The answer, and for how long the box refuses connections from now on, if it does.
    pub fn respond(&mut self, request: &Request, concurrent: u32) -> (Reply, Option<Duration>) {
        self.tick();
        let target = target::of(&request.path, self.oldest_major..=self.major());
        let kinds = match self.elapsed < self.booting_until {
            true => vec![Kind::Page(502)],
            false => self.faults.of_request(target.path(), self.elapsed),
        };
        for kind in &kinds {
            match kind {
                Kind::ExpireSessions => self.auth.expire(),
                Kind::RotateChallenge => self.auth.rotate(self.elapsed),
                _ => {}
            }
        }
        let answer = match self.instead(&kinds, request) {
            Some(answer) => answer,
            None => self.natural(&target, request, &kinds),
        };
        let mut reply = spoil::reply(answer, &kinds, self.empty);
        reply.delay += self.think(&target);
        let refuse = kinds.iter().find_map(|kind| match kind {
            Kind::Refuse(time) => Some(*time),
            _ => None,
        });
        self.remember(request, concurrent, reply.status);
        (reply, refuse)
    }

    /// What the box says to anybody.
    fn about(&self) -> Value {
        let about = self.world.about();
        let (major, minor) = self.api_version.unwrap_or(about.api_version);
        let mut body = json!({"uid": about.uid, "device_name": about.device_name, "device_type": about.device_type,
            "box_model": about.box_model, "box_model_name": about.box_model_name,
            "api_version": format!("{major}.{minor}"), "api_base_url": "/api/",
            "api_domain": self.api_domain.clone().unwrap_or(about.api_domain),
            "https_available": self.https_port.is_some()});
        if let Some(port) = self.https_port {
            body["https_port"] = json!(port);
        }
        body
    }

    fn major(&self) -> u32 {
        self.api_version.unwrap_or_else(|| self.world.about().api_version).0
    }

    /// What is answered without the box's program having a look.
    fn instead(&self, kinds: &[Kind], request: &Request) -> Option<Answer> {
        kinds.iter().find_map(|kind| match kind {
            Kind::Page(status) => Some(Answer::Page(*status)),
            Kind::Empty(status) => Some(Answer::Empty(*status)),
            Kind::Redirect => {
                let host = request.header("host").unwrap_or("localhost");
                // An IPv6 address in brackets has colons of its own.
                let host = match host.rsplit_once(':') {
                    Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
                    _ => host,
                };
                let port = self.https_port.map_or_else(String::new, |port| format!(":{port}"));
                Some(Answer::Redirect(format!("https://{host}{port}{}", request.path)))
            }
            Kind::Error { code, status, right } => {
                let mut refusal = Refusal::new(code);
                refusal.status = status.unwrap_or(refusal.status);
                refusal.right = right.clone();
                if code == "insufficient_rights" && right.is_none() {
                    refusal.right = Some("settings".to_owned());
                }
                Some(self.refusal(&refusal, kinds))
            }
            Kind::MessageOnly => {
                let refusal = Refusal { code: String::new(), ..Refusal::new("inval") };
                Some(self.refusal(&refusal, kinds))
            }
            _ => None,
        })
    }

    fn refusal(&self, refusal: &Refusal, kinds: &[Kind]) -> Answer {
        let about = self.world.about();
        let uid = if kinds.contains(&Kind::ForeignUid) { FOREIGN_UID } else { &about.uid };
        Answer::Json(refusal.status, refusal.envelope(uid, self.auth.challenge()).to_string())
    }

    fn natural(&mut self, target: &Target, request: &Request, kinds: &[Kind]) -> Answer {
        let mut empty = self.empty;
        let answer = match target {
            Target::Root => return Answer::Page(200),
            Target::Nowhere => return Answer::Page(404),
            Target::About => return Answer::Json(200, self.about().to_string()),
            Target::WrongVersion(_) => Err(Refusal::new("invalid_request").with_status(404)),
            Target::Api(major, path) => match path.split_once('/').unwrap_or((path, "")) {
                ("login", rest) => {
                    // There are no lists here: what has no result has none.
                    empty = Empty::Missing;
                    self.login(rest, request)
                }
                _ => self.body(*major, path, request),
            },
        };
        match answer {
            Ok(result) => Answer::Json(200, envelope::success(result.as_deref(), empty)),
            Err(refusal) => {
                self.record.counters.unauthorised += u64::from(refusal.code == "auth_required");
                self.refusal(&refusal, kinds)
            }
        }
    }

    /// What is below `login`. A result is JSON; none is an envelope without.
    fn login(&mut self, path: &str, request: &Request) -> Result<Option<String>, Refusal> {
        let (now, from) = (self.elapsed, request.peer.ip());
        let session = request.header("x-fbx-app-auth");
        let result = match (request.method.as_str(), path) {
            ("GET", "") => self.auth.state(now, session),
            ("GET", "perms") => Auth::describe(&self.auth.permit(now, session)?),
            ("POST", "authorize") => {
                self.record.counters.registrations += 1;
                self.auth.register(now, from, &body_of(request)?)?
            }
            ("POST", "session") => {
                let result = body_of(request).and_then(|body| self.auth.log_in(now, from, &body));
                let counters = &mut self.record.counters;
                *(if result.is_ok() { &mut counters.logins } else { &mut counters.failed_logins }) += 1;
                result?
            }
            ("POST", "logout") => {
                self.auth.log_out(now, session)?;
                self.record.counters.logouts += 1;
                return Ok(None);
            }
            ("GET", path) => {
                let id = path.strip_prefix("authorize/").and_then(|id| id.parse().ok());
                let id = id.ok_or_else(|| Refusal::new("invalid_request").with_status(404))?;
                self.auth.registration(now, id)
            }
            _ => return Err(Refusal::new("invalid_request").with_status(404)),
        };
        Ok(Some(result.to_string()))
    }

    /// A body of the world; none is an empty list.
    fn body(&mut self, major: u32, path: &str, request: &Request) -> Result<Option<String>, Refusal> {
        let permissions = self.auth.permit(self.elapsed, request.header("x-fbx-app-auth"))?;
        if request.method != "GET" {
            self.record.counters.writes += 1;
            let code = if permissions.settings { "invalid_request" } else { "insufficient_rights" };
            let right = (!permissions.settings).then(|| "settings".to_owned());
            return Err(Refusal { right, ..Refusal::new(code) });
        }
        match self.world.answer(major, path, &permissions) {
            world::Reply::Result(result) if result.trim() == "[]" => Ok(None),
            world::Reply::Result(result) => Ok(Some(result)),
            world::Reply::EmptyList => Ok(None),
            world::Reply::Refused { status, code, msg, missing_right } => Err(Refusal {
                status,
                code: code.to_owned(),
                message: msg.to_owned(),
                right: missing_right.map(str::to_owned),
            }),
        }
    }

    /// How long a box thinks: lists longer than values.
    fn think(&mut self, target: &Target) -> Duration {
        let (Some(dice), Target::Api(_, path)) = (&mut self.latency, target) else { return Duration::ZERO };
        let slow = ["lan/browser/", "dhcp/", "call/", "connection/logs", "storage/", "vpn/connection"];
        let list = slow.iter().any(|prefix| path.starts_with(prefix)) || path.ends_with("/stations");
        Duration::from_millis(if list { dice.between(100, 800) } else { dice.between(5, 30) } as u64)
    }

    fn remember(&mut self, request: &Request, concurrent: u32, status: u16) {
        self.record.push(Entry {
            time: self.elapsed.as_secs_f64(),
            method: request.method.clone(),
            path: request.path.clone(),
            headers: request.headers.iter().map(|(name, _)| name.clone()).collect(),
            session: request.header("x-fbx-app-auth").map(|session| hash(session.as_bytes())),
            body: (!request.body.is_empty()).then(|| hash(&request.body)),
            secure: request.secure,
            concurrent,
            status,
        });
    }
}

/// A body that is JSON and says so, or at least no more than that it is text: the Python client freebox-api sends
/// `text/plain`, and boxes take it.
fn body_of(request: &Request) -> Result<Value, Refusal> {
    let kind = request.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let fine = ["application/json", "text/plain"].iter().any(|fine| kind.eq_ignore_ascii_case(fine));
    let body = serde_json::from_slice(&request.body).ok();
    body.filter(|_| fine).ok_or_else(|| Refusal::new("invalid_request"))
}
