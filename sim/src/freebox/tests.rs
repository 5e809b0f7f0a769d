//! Conversations with a whole box over real sockets: what it does when all is well, and what each fault does on the
//! wire.

mod faults;
mod tls;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use super::*;

const TOKEN: &str = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";
/// Nothing here takes so long; a test that does fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(20);

/// A box whose clock only moves when it is told to.
fn start() -> Running {
    let tokens = vec![("test".to_owned(), TOKEN.to_owned())];
    Box::start(Options {
        tokens,
        speed: 0.0,
        control: Some(([127, 0, 0, 1], 0).into()),
        ..Options::default()
    })
    .unwrap()
}

/// An answer as it came.
#[derive(Debug)]
struct Heard {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Heard {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn code(&self) -> (u16, String) {
        let code = self.json()["error_code"].as_str().unwrap_or_default().to_owned();
        (self.status, code)
    }
}

/// A client that keeps its connection.
struct Client {
    stream: BufReader<TcpStream>,
    session: Option<String>,
}

impl Client {
    fn at(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { stream: BufReader::new(stream), session: None }
    }

    fn logged_in(running: &Running) -> Self {
        let mut client = Self::at(running.http_address());
        let answer = client.log_in();
        assert_eq!(answer.status, 200, "{answer:?}");
        client
    }

    fn send(&mut self, method: &str, path: &str, kind: &str, body: &str) {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost:1\r\n");
        if let Some(session) = &self.session {
            request += &format!("X-Fbx-App-Auth: {session}\r\n");
        }
        if !body.is_empty() {
            request += &format!("Content-Type: {kind}\r\n");
        }
        request += &format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
    }

    /// An answer that is right by its own words.
    fn hear(&mut self) -> Heard {
        let (status, head) = self.head();
        let length =
            head.to_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap()];
        self.stream.read_exact(&mut body).unwrap();
        Heard { status, head, body }
    }

    fn head(&mut self) -> (u16, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).unwrap() > 0, "the connection ended after `{head}`");
        }
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head)
    }

    /// Everything until the connection ends, and how it ends.
    fn rest(&mut self) -> (Vec<u8>, std::io::Result<()>) {
        let mut rest = Vec::new();
        let end = self.stream.read_to_end(&mut rest).map(|_| ());
        (rest, end)
    }

    fn get(&mut self, path: &str) -> Heard {
        self.send("GET", path, "", "");
        self.hear()
    }

    fn post(&mut self, path: &str, body: &Value) -> Heard {
        self.send("POST", path, "application/json", &body.to_string());
        self.hear()
    }

    fn log_in(&mut self) -> Heard {
        let challenge = self.get("/api/v8/login/").json()["result"]["challenge"].as_str().unwrap().to_owned();
        self.log_in_with(&challenge)
    }

    fn log_in_with(&mut self, challenge: &str) -> Heard {
        let mut mac = Hmac::<Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
        mac.update(challenge.as_bytes());
        let password: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let answer = self.post("/api/v8/login/session/", &json!({"app_id": "test", "password": password}));
        if answer.status == 200 {
            self.session = answer.json()["result"]["session_token"].as_str().map(str::to_owned);
        }
        answer
    }
}

#[test]
fn discovery_is_at_the_root_without_an_envelope() {
    let running = start();
    let mut client = Client::at(running.http_address());
    let about = client.get("//api_version");
    assert!(about.head.contains("\r\nContent-Type: application/json; charset=utf-8\r\n"), "{}", about.head);
    assert_eq!(about.json()["https_port"], running.https_address().unwrap().port());
    assert_eq!(about.json()["api_base_url"], "/api/");
    assert_eq!(about.json().get("success"), None);
    // The box's encoder escapes slashes, and all of it came over one connection.
    assert!(String::from_utf8(about.body).unwrap().contains("\"api_base_url\":\"\\/api\\/\""));
    assert_eq!(client.get("/api/v17/login/").code(), (404, "invalid_request".to_owned()));
    assert_eq!(client.get("/nowhere").status, 404);
    for path in ["/api/v1/login", "/api/v16//login/", "/api/latest/login/"] {
        assert_eq!(client.get(path).json()["result"]["logged_in"], false);
    }
}

#[test]
fn a_session_opens_what_is_closed_without() {
    let running = start();
    let mut client = Client::at(running.http_address());
    let refused = client.get("/api/v8/connection/");
    assert_eq!(refused.code(), (403, "auth_required".to_owned()));
    assert_eq!(refused.json()["uid"], client.get("/api_version").json()["uid"]);
    let challenge = refused.json()["result"]["challenge"].as_str().unwrap().to_owned();
    let session = client.log_in_with(&challenge).json();
    assert_eq!(session["result"]["permissions"]["settings"], false);
    assert_ne!(session["result"]["challenge"], challenge.as_str());
    assert_eq!(client.get("/api/v8/connection/").json()["success"], true);
    assert_eq!(client.get("/api/v8/login/").json()["result"]["logged_in"], true);
    assert_eq!(client.get("/api/v8/login/perms/").json()["result"]["calls"]["granted"], true);
    client.send("POST", "/api/v8/login/logout/", "", "");
    assert_eq!(client.hear().json(), json!({"success": true}));
    assert_eq!(client.get("/api/v8/connection/").code().1, "auth_required");
    let counters = running.control.counters();
    assert_eq!((counters.logins, counters.failed_logins, counters.logouts), (1, 0, 1));
    assert_eq!((counters.unauthorised, counters.most_concurrent), (2, 1));
}

#[test]
fn the_challenge_of_a_registration_is_good_for_logging_in() {
    let running = start();
    let mut client = Client::at(running.http_address());
    let answer = client.get("/api/v8/login/authorize/42").json();
    assert_eq!(answer["result"]["status"], "granted");
    let challenge = answer["result"]["challenge"].as_str().unwrap().to_owned();
    assert_eq!(client.log_in_with(&challenge).status, 200);
}

#[test]
fn a_registration_is_granted_by_whoever_plays_the_user() {
    let running = start();
    let mut client = Client::at(running.http_address());
    let body = json!({"app_id": "new", "app_name": "b", "app_version": "c", "device_name": "d"});
    let id = client.post("/api/v8/login/authorize/", &body).json()["result"]["track_id"].as_u64().unwrap();
    let mut status =
        || client.get(&format!("/api/v8/login/authorize/{id}")).json()["result"]["status"].take();
    assert_eq!(status(), "pending");
    let mut levers = Client::at(running.control_address().unwrap());
    levers.send("POST", "/grant", "", "");
    assert_eq!(levers.hear().body, b"ok\n");
    assert_eq!(status(), "granted");
    levers.send("POST", "/grant", "", "");
    assert_eq!(levers.hear().status, 400);
}

#[test]
fn bodies_must_be_json_and_say_so() {
    let running = start();
    let mut client = Client::at(running.http_address());
    let body = json!({"app_id": "new", "app_name": "b", "app_version": "c", "device_name": "d"}).to_string();
    let mut code = |kind: &str, body: &str| {
        client.send("POST", "/api/v8/login/authorize/", kind, body);
        client.hear().code()
    };
    let refused = (403, "invalid_request".to_owned());
    assert_eq!(code("application/x-www-form-urlencoded", &body), refused);
    assert_eq!(code("application/json", &body[1..]), refused);
    assert_eq!(code("application/json", ""), refused);
    assert_eq!(code("Application/JSON; charset=utf-8", &body), (200, String::new()));
    assert_eq!(code("text/plain; charset=utf-8", &body), (200, String::new()));
}

#[test]
fn changing_something_takes_a_right_that_applications_do_not_have() {
    let running = start();
    let mut client = Client::logged_in(&running);
    let answer = client.post("/api/v8/connection/config/", &json!({"ping": true}));
    assert_eq!(answer.code(), (403, "insufficient_rights".to_owned()));
    assert_eq!(answer.json()["missing_right"], "settings");
    assert_eq!(running.control.counters().writes, 1);
}

#[test]
fn sessions_end_when_time_passes() {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.advance(Duration::from_secs(3599));
    assert_eq!(client.get("/api/v8/system/").status, 200);
    running.control.advance(Duration::from_secs(3600));
    assert_eq!(client.get("/api/v8/system/").code().1, "auth_required");
    let before = running.control.now();
    running.control.advance(Duration::from_secs(100));
    assert_eq!(running.control.now(), before + 100);
}

#[test]
fn a_reboot_refuses_then_boots_then_knows_no_session() {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.event("reboot").unwrap();
    assert_eq!(client.rest().0, b"");
    assert!(TcpStream::connect(running.http_address()).is_err());
    assert!(TcpStream::connect(running.https_address().unwrap()).is_err());
    // The real time of the refusal is not worth waiting for.
    running.shared.ports().http.iter().for_each(Server::open);
    let page = Client::at(running.http_address()).get("/api_version");
    assert_eq!(page.status, 502);
    assert!(page.body.starts_with(b"<html>"));
    running.control.advance(Duration::from_secs(36));
    client = Client { session: client.session, ..Client::at(running.http_address()) };
    assert_eq!(client.get("/api_version").status, 200);
    assert_eq!(client.get("/api/v8/system/").code().1, "auth_required");
}

#[test]
fn a_replaced_box_has_another_uid_and_knows_nobody() {
    let running = start();
    let mut client = Client::logged_in(&running);
    let uid = client.get("/api_version").json()["uid"].take();
    running.control.event("box-replaced").unwrap();
    let refused = client.log_in();
    assert_eq!(refused.code(), (403, "invalid_token".to_owned()));
    assert_ne!(refused.json()["uid"], uid);
}

#[test]
fn versions_ports_and_names_can_change() {
    let running = start();
    let mut client = Client::at(running.http_address());
    running.control.api_version(9, 1, 4);
    running.control.api_domain("nowhere.invalid");
    let old = running.https_address().unwrap();
    let new = running.control.move_https(0).unwrap();
    assert_ne!(old, new);
    let about = client.get("/api_version").json();
    assert_eq!((&about["api_version"], &about["api_domain"]), (&json!("9.1"), &json!("nowhere.invalid")));
    assert_eq!(about["https_port"], new.port());
    assert!(TcpStream::connect(old).is_err());
    assert_eq!(client.get("/api/v3/login").status, 404);
    assert_eq!(client.get("/api/v4/login").status, 200);
    assert_eq!(client.get("/api/v10/login").status, 404);
}

#[test]
fn the_log_tells_what_was_asked_and_no_secret() {
    let running = start();
    let mut client = Client::logged_in(&running);
    client.get("/api/v8//system/?a=b");
    let log = running.control.log();
    let asked: Vec<(&str, &str, u16)> =
        log.iter().map(|entry| (entry.method.as_str(), entry.path.as_str(), entry.status)).collect();
    let expected = [
        ("GET", "/api/v8/login/", 200),
        ("POST", "/api/v8/login/session/", 200),
        ("GET", "/api/v8//system/", 200),
    ];
    assert_eq!(asked, expected);
    assert!(log[1].body.is_some() && log[1].session.is_none());
    assert!(log[2].headers.contains(&"x-fbx-app-auth".to_owned()));
    let dump = format!("{log:?}");
    assert!(!dump.contains(&client.session.unwrap()) && log[2].session.is_some());
    running.control.clear_log();
    assert_eq!(running.control.counters(), record::Counters::default());
}

#[test]
fn a_dropped_box_has_closed_its_ports() {
    let running = start();
    let (http, https) = (running.http_address(), running.https_address().unwrap());
    let mut client = Client::at(http);
    drop(running);
    assert_eq!(client.rest().0, b"");
    assert!(TcpStream::connect(http).is_err() && TcpStream::connect(https).is_err());
}
