//! Which request gets which answer, and what is remembered of it.
//!
//! Deliberately does not know how answers go wrong: see `fault`.

use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use serde_json::json;

use super::fault::{Fault, error};
use super::line::{self, Point};
use super::query::{basic, parameters};
use super::{Access, Request};
use crate::http::reply::{Manner, Reply};
use crate::http::request;
use crate::receivers::keep;

/// InfluxDB's own limit for a request (`max-body-size`), which holds for what was compressed, too.
pub const LONGEST_BODY: usize = 25_000_000;

/// What it remembers.
#[derive(Default)]
pub struct Book {
    pub fault: Option<Fault>,
    /// Counts changes of the fault, for those whom it holds.
    pub changes: u64,
    pub points: VecDeque<Point>,
    pub refused: VecDeque<String>,
    pub requests: VecDeque<Request>,
    /// The first type of each field of each measurement is its type for ever.
    types: HashMap<(String, String), &'static str>,
    count: u64,
    pub connections: u64,
    pub most: usize,
    /// What somebody who listens is yet to be told.
    pub said: Vec<String>,
}

impl Book {
    /// The answer to a request that came at a time since the start.
    pub fn respond(&mut self, asked: &request::Request, access: &Access, at: Duration) -> Reply {
        self.count += 1;
        let number = self.count;
        let failing = self.fault.as_ref().and_then(Fault::reply);
        let mut reply = failing.unwrap_or_else(|| self.answer(asked, access, number));
        match &self.fault {
            Some(Fault::Slow(time)) => reply.delay = *time,
            Some(Fault::SlowHead(time)) => reply.manner = Manner::SlowHead(*time),
            _ => {}
        }
        let request = Request {
            number,
            at,
            method: asked.method.clone(),
            path: asked.path.clone(),
            query: asked.query.clone().unwrap_or_default(),
            status: reply.status,
            // What was sent is remembered only in part: nobody needs secrets.
            gzip: asked.header("content-encoding") == Some("gzip"),
            bytes: asked.body.len(),
            points: self.points.iter().rev().take_while(|point| point.request == number).count(),
            client: asked.peer.port(),
        };
        self.said.push(format!(
            "{} {}: {} points, {}",
            request.method, request.path, request.points, request.status
        ));
        keep(&mut self.requests, request);
        reply
    }

    fn answer(&mut self, asked: &request::Request, access: &Access, number: u64) -> Reply {
        let Some(path) = asked.path.strip_prefix(access.path.as_str()) else { return nothing_here() };
        match (asked.method.as_str(), path) {
            ("GET" | "HEAD", "/ping") => Reply::new(204, "").with("X-Influxdb-Version", "1.8.10"),
            ("POST", "/write" | "/api/v2/write") => {
                let write = if path == "/write" {
                    self.v1(asked, access, number)
                } else {
                    self.v2(asked, access, number)
                };
                write.map_or_else(|refusal| refusal, |()| Reply::new(204, ""))
            }
            (_, "/ping" | "/write" | "/api/v2/write") => {
                Reply::new(405, "Method Not Allowed\n").with("Allow", "OPTIONS, POST")
            }
            _ => nothing_here(),
        }
    }

    /// As InfluxDB 1.x answers.
    fn v1(&mut self, asked: &request::Request, access: &Access, number: u64) -> Result<(), Reply> {
        let query = parameters(asked.query.as_deref().unwrap_or_default())
            .ok_or_else(|| error(400, "the query cannot be read"))?;
        if query.keys().any(|key| !matches!(key.as_str(), "db" | "rp" | "precision")) {
            // Among them `u` and `p`: a password in a URL is in every log on its way.
            return Err(error(400, "a parameter that nobody should send"));
        }
        if let Some((user, password)) = &access.user {
            let challenge = |reply: Reply| reply.with("WWW-Authenticate", "Basic realm=\"InfluxDB\"");
            match asked.header("authorization") {
                None => return Err(challenge(error(401, "unable to parse authentication credentials"))),
                Some(said) if said != basic(user, password) => {
                    return Err(challenge(error(401, "authorization failed")));
                }
                Some(_) => {}
            }
        }
        match query.get("db") {
            None => return Err(error(400, "database is required")),
            Some(database) if *database != access.database => {
                return Err(error(404, &format!("database not found: {database:?}")));
            }
            Some(_) => {}
        }
        if let Some(policy) = query.get("rp").filter(|policy| **policy != access.retention_policy) {
            return Err(error(500, &format!("retention policy not found: {policy}")));
        }
        // "InfluxDB API reference" of 1.8; it takes others for nanoseconds without a word.
        let known = ["n", "ns", "u", "us", "ms", "s", "m", "h"];
        if query.get("precision").is_some_and(|precision| !known.contains(&precision.as_str())) {
            return Err(error(400, "a precision that nobody knows"));
        }
        self.take(&body(asked).map_err(|why| error(400, why))?, number).map_err(|why| error(400, &why))
    }

    /// As InfluxDB 2.x answers.
    fn v2(&mut self, asked: &request::Request, access: &Access, number: u64) -> Result<(), Reply> {
        let wrong = |status, code: &str, message: &str| {
            let body = json!({ "code": code, "message": message });
            Reply::new(status, body.to_string()).with("Content-Type", "application/json; charset=utf-8")
        };
        let invalid = |message: &str| wrong(400, "invalid", message);
        let query = parameters(asked.query.as_deref().unwrap_or_default())
            .ok_or_else(|| invalid("the query cannot be read"))?;
        if query.keys().any(|key| !matches!(key.as_str(), "org" | "orgID" | "bucket" | "precision")) {
            return Err(invalid("a parameter that nobody should send"));
        }
        if let Some(token) = &access.token
            && asked.header("authorization") != Some(&format!("Token {token}"))
        {
            return Err(wrong(401, "unauthorized", "unauthorized access"));
        }
        match (&access.org, query.get("org").or(query.get("orgID"))) {
            (Some(_), None) => return Err(invalid("Please provide either orgID or org")),
            (Some(org), Some(asked)) if org != asked => {
                return Err(wrong(404, "not found", &format!("organization name {asked:?} not found")));
            }
            _ => {}
        }
        match query.get("bucket") {
            None => return Err(wrong(404, "not found", "bucket \"\" not found")),
            Some(bucket) if *bucket != access.bucket => {
                return Err(wrong(404, "not found", &format!("bucket {bucket:?} not found")));
            }
            Some(_) => {}
        }
        let known = ["ns", "us", "ms", "s"];
        if query.get("precision").is_some_and(|precision| !known.contains(&precision.as_str())) {
            return Err(invalid("invalid precision; valid precision units are ns, us, ms, and s"));
        }
        let body = body(asked).map_err(invalid)?;
        if body.is_empty() {
            return Err(invalid("writing requires points"));
        }
        self.take(&body, number).map_err(|why| invalid(&why))
    }

    /// Takes the points that are fine, as InfluxDB does, and says what is wrong with the first of the others.
    fn take(&mut self, body: &[u8], number: u64) -> Result<(), String> {
        let mut wrong = None;
        let mut dropped = 0;
        for line in body.split(|&byte| byte == b'\n') {
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let taken = line::parse(line, number).map_err(str::to_owned).and_then(|point| self.store(point));
            if let Err(why) = taken {
                let said = format!("refused: {why}: {}", String::from_utf8_lossy(line).escape_debug());
                self.said.push(said.clone());
                keep(&mut self.refused, said);
                dropped += 1;
                wrong.get_or_insert(why);
            } else {
                self.said.push(String::from_utf8_lossy(line).into_owned());
            }
        }
        wrong.map_or(Ok(()), |why| Err(format!("partial write: {why} dropped={dropped}")))
    }

    fn store(&mut self, point: Point) -> Result<(), String> {
        for (name, field) in &point.fields {
            let key = (point.measurement.clone(), name.clone());
            let kind = *self.types.entry(key).or_insert(field.kind());
            if kind != field.kind() {
                return Err(format!(
                    "field type conflict: input field {name:?} on measurement {:?} is type {}, already exists as type {kind}",
                    point.measurement,
                    field.kind()
                ));
            }
        }
        keep(&mut self.points, point);
        Ok(())
    }
}

fn nothing_here() -> Reply {
    Reply::new(404, "404 page not found\n").with("Content-Type", "text/plain; charset=utf-8")
}

fn body(asked: &request::Request) -> Result<Vec<u8>, &'static str> {
    match asked.header("content-encoding") {
        None | Some("identity") => Ok(asked.body.clone()),
        Some("gzip") => {
            let mut body = Vec::new();
            let most = LONGEST_BODY as u64 + 1;
            match MultiGzDecoder::new(asked.body.as_slice()).take(most).read_to_end(&mut body) {
                Ok(length) if length <= LONGEST_BODY => Ok(body),
                Ok(_) => Err("too long when it is unpacked"),
                Err(_) => Err("unexpected EOF"),
            }
        }
        Some(_) => Err("a coding that nobody knows"),
    }
}
