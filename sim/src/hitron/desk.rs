//! Which request gets which answer: the way in, the log-in, datasets, the way out, and nothing else.
//!
//! Deliberately does no input or output: a request in, an answer out, and what shall become of the port.

use std::time::{Duration, Instant};

use super::fault::Trouble;
use super::form::{self, Fields};
use super::record::{Asked, Record};
use super::session::{Holder, Login, Sessions};
use super::spoil::{self, Answer, LOGIN_PAGE};
use super::world::{Profile, World};
use crate::faults::Faults;
use crate::http::reply::{Manner, Reply};
use crate::http::request::Request;
use crate::pace;

/// The cookie whose value is to be sent along with a log-in.
const TICKET: &str = "preSession";
/// The second half of a session that is two cookies.
const SECOND: &str = "userid";
/// A day long gone, as servers write it that want a cookie forgotten.
const LONG_AGO: &str = "Thu, 01 Jan 1970 00:00:00 GMT";
/// Datasets that no client of ours has any business with: passphrases, and what only serves to change something.
const FORBIDDEN: [&str; 4] = ["wireless_ssid", "getCsrf", "getCsrfToken", "getAdminDiag"];
/// What the log-in form has.
const LOGIN_FIELDS: [&str; 4] = ["usr", "pwd", "forcelogoff", TICKET];

/// What a request does beyond its answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Connections are refused for so long, of real time.
    Refuse(Duration),
    /// Another certificate is shown.
    NewCertificate,
    /// The certificate is shown with another key.
    OtherKey,
}

/// Everything about one modem but its port and its certificate.
pub struct Core {
    pub world: World,
    pub sessions: Sessions,
    pub faults: Faults<Trouble>,
    pub record: Record,
    /// What the session's cookie is called.
    pub cookie: String,
    /// Simulated seconds in a real one.
    pub speed: f64,
    /// Whether pages take as long as a modem's.
    pub latency: bool,
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

    /// The answer, and what else is to be done.
    pub fn respond(&mut self, request: &Request) -> (Reply, Vec<Effect>) {
        self.tick();
        let page = self.page(request);
        let troubles = self.faults.take(&page, self.elapsed, |_| true);
        let mut effects: Vec<Effect> = troubles.iter().filter_map(|trouble| self.happen(trouble)).collect();
        let form = if request.method == "POST" { form::fields(request) } else { Ok(Fields::new()) };
        self.look(request, &page, &form);
        let fields = form.unwrap_or_default();
        let worn =
            self.world.profile() == Profile::CodaAsp && page == "data/dsofdminfo" && self.world.wear_out();
        let answer = self.answer(request, &page, &fields, &troubles);
        let mut reply = spoil::reply(answer, &troubles);
        if self.latency {
            reply.delay += spoil::think(&page);
        }
        if worn {
            effects.extend(self.happen(&Trouble::Reboot(self.world.wear.reboot)));
            reply.manner = Manner::Nothing;
        }
        if troubles.contains(&Trouble::Steal) {
            self.sessions.take_over(self.elapsed);
        }
        self.count();
        self.record.push(
            &page,
            Asked {
                time: self.elapsed.as_secs_f64(),
                peer: request.peer,
                method: request.method.clone(),
                path: request.path.clone(),
                query: request.query.clone(),
                headers: request.headers.clone(),
                fields,
                status: reply.status,
            },
        );
        (reply, effects)
    }

    /// Something happens to the modem now; the rest is for whoever has the port.
    pub fn happen(&mut self, trouble: &Trouble) -> Option<Effect> {
        match trouble {
            Trouble::Busy => self.sessions.take_over(self.elapsed),
            Trouble::Locked(failures, time) => self.sessions.lock(self.elapsed, *failures, *time),
            Trouble::Reboot(time) => {
                self.world.restart();
                self.sessions.restart();
                self.record.stats.reboots += 1;
                return Some(Effect::Refuse(*time));
            }
            Trouble::Refuse(time) => return Some(Effect::Refuse(*time)),
            Trouble::NewCertificate => return Some(Effect::NewCertificate),
            Trouble::OtherKey => return Some(Effect::OtherKey),
            _ => {}
        }
        self.count();
        None
    }

    /// How many sessions are open.
    pub fn count(&mut self) {
        let open =
            self.sessions.holder(self.elapsed).is_some_and(|holder| matches!(holder, Holder::Client(_)));
        let stats = &mut self.record.stats;
        stats.sessions_open = u64::from(open);
        stats.most_sessions = stats.most_sessions.max(stats.sessions_open);
    }

    /// How faults name what is asked for.
    fn page(&self, request: &Request) -> String {
        let dataset = request.path.strip_prefix("/data/").and_then(|name| name.strip_suffix(".asp"));
        match (request.path.as_str(), dataset) {
            ("/" | "/index.html", _) => "index".to_owned(),
            ("/goform/login", _) => "login".to_owned(),
            ("/goform/logout", _) => "logout".to_owned(),
            (_, Some(name)) => format!("data/{name}"),
            (path, None) => path.trim_start_matches('/').to_owned(),
        }
    }

    /// Notes what no client should have asked.
    fn look(&mut self, request: &Request, page: &str, form: &Result<Fields, String>) {
        let what = format!("{} {}", request.method, request.path);
        let mut wrong = Vec::new();
        let dataset = page.strip_prefix("data/");
        if dataset.is_some_and(|name| FORBIDDEN.contains(&name)) {
            wrong.push("nobody should ask for that".to_owned());
        }
        let posts = matches!(page, "login" | "logout");
        if !posts && (request.path.starts_with("/goform/") || request.method != "GET") {
            wrong.push("that would change something".to_owned());
        }
        if posts && request.method != "POST" {
            wrong.push("that is to be posted".to_owned());
        }
        match form {
            Err(error) => wrong.push(error.clone()),
            Ok(fields) if page == "login" && request.method == "POST" => wrong.extend(login_form(fields)),
            Ok(fields) if page == "logout" && request.method == "POST" => {
                if fields[..] != [("data".to_owned(), "byebye".to_owned())] {
                    wrong.push("a log-out has one field, `data=byebye`".to_owned());
                }
            }
            Ok(_) => {}
        }
        let buster = |query: &str| query.strip_prefix("_=").is_some_and(|rest| rest.parse::<u64>().is_ok());
        if request.query.as_deref().is_some_and(|query| !buster(query)) {
            wrong.push(format!("`?{}` means nothing", request.query.as_deref().unwrap_or_default()));
        }
        if cookies(request).any(|(_, value)| value == "deleted" || value.is_empty()) {
            wrong.push("a cookie that was deleted came back".to_owned());
        }
        wrong.into_iter().for_each(|wrong| self.record.violation(format!("{what}: {wrong}")));
    }

    fn answer(
        &mut self,
        request: &Request,
        page: &str,
        fields: &[(String, String)],
        troubles: &[Trouble],
    ) -> Answer {
        if let Some(answer) = spoil::instead(troubles) {
            // A log-out that goes wrong may have gone through.
            if page == "logout" {
                self.end_session(request);
            }
            return answer;
        }
        let logs_in = self.world.profile() == Profile::Cgnv4;
        match (request.method.as_str(), page) {
            ("GET", "index") if logs_in => self.way_in(troubles),
            ("GET", "index") => Answer::html(200, "<html><head><title>CODA</title></head></html>\r\n"),
            ("POST", "login") if logs_in => self.log_in(request, fields, troubles),
            ("POST", "logout") if logs_in => self.log_out(request, troubles),
            ("GET", "login.html") if logs_in => Answer::html(200, LOGIN_PAGE),
            (_, "index" | "login" | "logout") if logs_in => Answer::status(405),
            ("GET", page) => self.dataset(request, page, troubles),
            (_, page) if page.starts_with("data/") => Answer::status(405),
            _ => Answer::status(404),
        }
    }

    fn way_in(&mut self, troubles: &[Trouble]) -> Answer {
        self.with_ticket(Answer::redirect("/login.html"), troubles)
    }

    fn with_ticket(&mut self, answer: Answer, troubles: &[Trouble]) -> Answer {
        if troubles.contains(&Trouble::NoTicket) {
            return answer;
        }
        let ticket = self.sessions.ticket();
        answer.with("Set-Cookie", format!("{TICKET}={ticket}; path=/"))
    }

    fn log_in(&mut self, request: &Request, fields: &[(String, String)], troubles: &[Trouble]) -> Answer {
        let field =
            |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        if matches!(self.sessions.holder(self.elapsed), Some(Holder::Client(_))) {
            self.record.stats.attempts_while_open += 1;
        }
        let sent = cookies(request).find(|(name, _)| *name == TICKET).map(|(_, value)| value);
        let known = sent.is_some_and(|ticket| self.sessions.knows(ticket) && field(TICKET) == Some(ticket));
        if !known || troubles.contains(&Trouble::WrongTicket) {
            // The words are made up: nobody has published them.
            return self.with_ticket(Answer::html(200, "Session timeout expired."), troubles);
        }
        let force = match field("forcelogoff") {
            None | Some("0") => false,
            Some("1") => true,
            Some(_) => return Answer::html(200, "Unknown error."),
        };
        let (Some(user), Some(password)) = (field("usr"), field("pwd")) else {
            return Answer::html(200, "Unknown error.");
        };
        let login = match troubles.contains(&Trouble::WrongCredentials) {
            true => Login::Wrong,
            false => self.sessions.log_in(self.elapsed, user, password, force),
        };
        let stats = &mut self.record.stats;
        match login {
            Login::Open(id, forced) => {
                stats.logins += 1;
                stats.forced_logins += u64::from(forced);
                self.welcome(&id, troubles)
            }
            Login::Repeat => {
                stats.repeat_logins += 1;
                Answer::html(200, "Repeat Login")
            }
            Login::Wrong => {
                stats.wrong_logins += 1;
                Answer::html(200, "Wrong Credentials.")
            }
            Login::Protected(failures, left) => {
                stats.protected_logins += 1;
                // A second that has begun is a second to wait.
                let left = left.as_millis().div_ceil(1000);
                Answer::html(200, format!("LoginProtect={failures}|{}|{}", left / 60, left % 60))
            }
        }
    }

    fn welcome(&mut self, id: &str, troubles: &[Trouble]) -> Answer {
        let mut answer = Answer::html(200, "success");
        let cookie = &self.cookie;
        if troubles.contains(&Trouble::DeletedCookie) {
            for name in [TICKET, SECOND, cookie] {
                answer = answer.with("Set-Cookie", format!("{name}=deleted; expires={LONG_AGO}; path=/"));
            }
        }
        if troubles.contains(&Trouble::TwoCookies) {
            answer = answer.with("Set-Cookie", format!("{SECOND}={}; path=/", second(id)));
        }
        answer.with("Set-Cookie", format!("{cookie}={id}; path=/"))
    }

    fn log_out(&mut self, request: &Request, troubles: &[Trouble]) -> Answer {
        if !troubles.contains(&Trouble::LogoutIgnored) && !troubles.contains(&Trouble::Wire(Manner::Hang)) {
            self.end_session(request);
        }
        let gone = format!("{}=; expires={LONG_AGO}; path=/", self.cookie);
        self.with_ticket(Answer::redirect("/login.html"), troubles).with("Set-Cookie", gone)
    }

    fn end_session(&mut self, request: &Request) {
        let ended = match self.session(request) {
            Some(id) => self.sessions.log_out(self.elapsed, &id),
            None => false,
        };
        let stats = &mut self.record.stats;
        *(if ended { &mut stats.logouts } else { &mut stats.stray_logouts }) += 1;
    }

    fn dataset(&mut self, request: &Request, page: &str, troubles: &[Trouble]) -> Answer {
        let Some(name) = page.strip_prefix("data/") else { return Answer::status(404) };
        if self.world.profile() == Profile::Cgnv4 {
            let id = self.session(request);
            let both = !troubles.contains(&Trouble::TwoCookies)
                || id.as_deref().is_some_and(|id| {
                    cookies(request).any(|(name, value)| name == SECOND && value == second(id))
                });
            if !id.is_some_and(|id| both && self.sessions.use_it(self.elapsed, &id)) {
                self.record.stats.unauthorised += 1;
                return Answer::redirect("/login.html");
            }
        }
        match self.world.page(name) {
            Some(text) => Answer::json(text),
            // So that who asks for it sees what was asked for, but nothing secret.
            None if FORBIDDEN.contains(&name) => Answer::json("[{}]".to_owned()),
            None => Answer::status(404),
        }
    }

    /// The session's identifier, as the client has it.
    fn session(&self, request: &Request) -> Option<String> {
        cookies(request).find(|(name, _)| *name == self.cookie).map(|(_, value)| value.to_owned())
    }
}

/// What is wrong with a log-in form, if it is a form.
fn login_form(fields: &Fields) -> Option<String> {
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(name) = names.iter().find(|name| !LOGIN_FIELDS.contains(name)) {
        return Some(format!("a log-in has no field `{name}`"));
    }
    if let Some(name) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
        return Some(format!("`{}` came twice", name.1));
    }
    let missing = ["usr", "pwd"].into_iter().find(|name| !names.contains(name));
    missing.map(|name| format!("a log-in without `{name}`"))
}

/// All cookies that a request carries.
fn cookies(request: &Request) -> impl Iterator<Item = (&str, &str)> {
    let lines = request.headers.iter().filter(|(name, _)| name == "cookie");
    lines.flat_map(|(_, line)| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='))
}

/// What belongs to a session beside its identifier.
fn second(id: &str) -> String {
    format!("u{}", id.chars().rev().collect::<String>())
}
