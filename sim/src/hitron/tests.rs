//! Conversations with a whole modem over real sockets: what it does when all is well, and what each fault does.

mod datasets;
mod faults;
mod sessions;
mod tls;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use openssl::ssl::{SslContext, SslMethod, SslStream, SslVerifyMode, SslVersion};
use serde_json::Value;

use super::*;

/// Nothing here takes so long; a test that does fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(20);

fn start() -> Running {
    Modem::start(Options::default()).unwrap()
}

fn start_coda() -> Running {
    Modem::start(Options { profile: "coda-asp".to_owned(), https: false, ..Options::default() }).unwrap()
}

trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

/// An answer as it came.
#[derive(Debug)]
struct Heard {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Heard {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}

/// A browser with its jar of cookies, on one connection.
struct Browser {
    stream: BufReader<Box<dyn Stream>>,
    cookies: BTreeMap<String, String>,
}

fn tcp(running: &Running) -> TcpStream {
    let stream = TcpStream::connect(running.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// A TLS connection at this security level, with whatever certificate.
fn connect(running: &Running, level: u32, newest: SslVersion) -> Result<SslStream<TcpStream>, String> {
    let mut context = SslContext::builder(SslMethod::tls_client()).unwrap();
    context.set_verify(SslVerifyMode::NONE);
    context.set_cipher_list(&format!("DEFAULT@SECLEVEL={level}")).unwrap();
    context.set_max_proto_version(Some(newest)).unwrap();
    let session = openssl::ssl::Ssl::new(&context.build()).unwrap();
    session.connect(tcp(running)).map_err(|error| error.to_string())
}

impl Browser {
    fn at(running: &Running) -> Self {
        let stream: Box<dyn Stream> = match running.identity() {
            Some(_) => Box::new(connect(running, 0, SslVersion::TLS1_2).unwrap()),
            None => Box::new(tcp(running)),
        };
        Self { stream: BufReader::new(stream), cookies: BTreeMap::new() }
    }

    fn logged_in(running: &Running) -> Self {
        let mut browser = Self::at(running);
        let answer = browser.log_in("hunter2", "0");
        assert_eq!(answer.text(), "success");
        browser
    }

    fn send(&mut self, method: &str, path: &str, kind: &str, body: &str) {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: modem\r\n");
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request += &format!("Cookie: {}\r\n", cookies.join("; "));
        }
        if !kind.is_empty() {
            request += &format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", body.len());
        }
        request += &format!("\r\n{body}");
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
    }

    fn head(&mut self) -> (u16, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut head).unwrap() > 0, "the connection ended after `{head}`");
        }
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head)
    }

    /// An answer that is right by its own words; its cookies go into the jar.
    fn hear(&mut self) -> Heard {
        let (status, head) = self.head();
        let mut heard = Heard { status, head, body: Vec::new() };
        let length = heard.headers("Content-Length")[0].parse().unwrap();
        heard.body = vec![0; length];
        self.stream.read_exact(&mut heard.body).unwrap();
        for cookie in heard.headers("Set-Cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            match cookie.contains("expires=Thu, 01 Jan 1970") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        heard
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

    fn data(&mut self, name: &str) -> Heard {
        self.get(&format!("/data/{name}.asp"))
    }

    fn post(&mut self, path: &str, body: &str) -> Heard {
        self.send("POST", path, "application/x-www-form-urlencoded", body);
        self.hear()
    }

    fn log_in(&mut self, password: &str, force: &str) -> Heard {
        self.get("/");
        let ticket = self.cookies.get("preSession").cloned().unwrap_or_default();
        self.post(
            "/goform/login",
            &format!("usr=admin&pwd={password}&forcelogoff={force}&preSession={ticket}"),
        )
    }

    fn log_out(&mut self) -> Heard {
        self.post("/goform/logout", "data=byebye")
    }
}
