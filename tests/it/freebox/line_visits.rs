//! What a box is asked for on its line and on itself, and what comes of a bad answer. The box here lets everybody in and
//! answers from files: how to get in is the business of other tests.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use lanlord::metric::{Reason, Timestamp};
use lanlord::net::tls::Trust;
use lanlord::secrets::{self, Place};
use lanlord::sources::freebox::api::version::Wanted;
use lanlord::sources::freebox::{Freebox, PartName, Settings, Snapshot, parts};
use lanlord::sources::{Call, Collector, Error, Journal, Reading};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

use super::line_bodies::{Bodies, NOW};

/// The box that the refusals among the bodies are of.
const UID: &str = "5e0c9a71b2d84f6693a7d15c08be42f1";

/// A box, as far as its line is concerned.
#[derive(Clone)]
struct Box {
    version: &'static str,
    bodies: Rc<RefCell<BTreeMap<String, String>>>,
    /// Every path that was asked for, below the version.
    asked: Rc<RefCell<Vec<String>>>,
}

impl Box {
    fn of(name: &str, version: &'static str) -> Self {
        let Bodies(bodies) = Bodies::of(name);
        Self { version, bodies: Rc::new(RefCell::new(bodies)), asked: Rc::default() }
    }

    fn says(&self, asked: &str, body: &str) {
        self.bodies.borrow_mut().insert(asked.to_owned(), body.to_owned());
    }

    /// How often each path was asked for since the last time, without those for logging in.
    fn asked(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for path in self.asked.borrow_mut().drain(..).filter(|path| !path.starts_with("login")) {
            *counts.entry(path).or_default() += 1;
        }
        counts
    }

    async fn listen(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::task::spawn_local(self.clone().serve(stream));
        }
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        loop {
            let (mut first, mut length) = (String::new(), 0);
            if stream.read_line(&mut first).await.unwrap_or(0) == 0 {
                return;
            }
            loop {
                let mut header = String::new();
                stream.read_line(&mut header).await.unwrap();
                if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if header == "\r\n" {
                    break;
                }
            }
            stream.read_exact(&mut vec![0; length]).await.unwrap();
            let body = self.answer(first.split(' ').nth(1).unwrap());
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + &body).as_bytes()).await.unwrap();
        }
    }

    fn answer(&self, path: &str) -> String {
        if path == "/api_version" {
            let version = self.version;
            return format!(r#"{{"uid":"{UID}","api_version":"{version}","api_base_url":"/api/"}}"#);
        }
        let below = path.splitn(4, '/').nth(3).unwrap().trim_end_matches('/').to_owned();
        self.asked.borrow_mut().push(below.clone());
        match below.as_str() {
            "login" => r#"{"success":true,"result":{"challenge":"c"}}"#.to_owned(),
            "login/session" => r#"{"success":true,"result":{"session_token":"t"}}"#.to_owned(),
            below => {
                // What we have no body for is what the box does not have, for now.
                let nothing = r#"{"success":false,"error_code":"noent","msg":"non"}"#;
                let bodies = self.bodies.borrow();
                bodies.get(&below.replace('/', "-")).map_or(nothing, String::as_str).to_owned()
            }
        }
    }
}

type Visit = Result<Reading<Snapshot>, Error>;

/// Whoever visits one part of the box.
struct Visitor {
    part: Freebox,
    _folder: tempfile::TempDir,
}

impl Visitor {
    async fn to(a_box: &Box, part: PartName) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::task::spawn_local(a_box.clone().listen(listener));
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            endpoint,
            trust: Trust::Anybody,
            token: Place::File(token(&folder)),
            app_id: Some("org.example.test".to_owned()),
            api_version: Wanted::Auto,
            uid: None,
            parts: vec![(part, None)],
            max_hosts: 10,
            hosts_seen_within: Duration::from_secs(60),
        };
        Self { part: Freebox::open(settings).unwrap().remove(0), _folder: folder }
    }

    async fn visit(&mut self) -> Visit {
        let now = Timestamp(Duration::from_secs(NOW.unsigned_abs()));
        let (patience, journal) = (Duration::from_secs(20), &mut Journal::default());
        self.part.collect(Call { now, patience, device: None, journal }).await
    }

    async fn line(&mut self) -> (parts::line::Snapshot, usize) {
        let reading = self.visit().await.unwrap();
        match reading.snapshot {
            Snapshot::Line(line) => (*line, reading.faults.len()),
            other => panic!("{other:?}"),
        }
    }
}

fn token(folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("token");
    let token = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";
    secrets::write_new(&path, &secrecy::SecretString::from(token)).unwrap();
    path
}

/// Runs a story in which a box and a visitor take turns.
fn story(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, story);
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|&(path, count)| (path.to_owned(), count)).collect()
}

#[test]
fn a_line_is_asked_for_what_it_is_made_of_and_what_is_missing_every_thirtieth_time() {
    story(async {
        let delta = Box::of("delta-lte", "12.2");
        let mut visitor = Visitor::to(&delta, PartName::Line).await;
        for _ in 0..31 {
            let (line, faults) = visitor.line().await;
            assert_eq!((line.xdsl.is_some(), line.lte.len(), faults), (true, 1, 0));
        }
        let expected = [
            ("connection", 31),
            ("connection/xdsl", 31),
            ("connection/lte/aggregation", 31),
            ("connection/aggregation", 31),
            // Refused: there is none.
            ("connection/lte/backup", 2),
            // On every third.
            ("connection/logs", 11),
        ];
        assert_eq!(delta.asked(), counts(&expected));
    });
}

#[test]
fn before_version_10_there_is_one_question_about_4g() {
    story(async {
        let delta = Box::of("delta-lte-old", "9.1");
        let mut visitor = Visitor::to(&delta, PartName::Line).await;
        let (line, _) = visitor.line().await;
        assert_eq!(line.lte.first().map(|(of, _)| *of), Some("aggregation"));
        let expected =
            [("connection", 1), ("connection/xdsl", 1), ("connection/lte/config", 1), ("connection/logs", 1)];
        assert_eq!(delta.asked(), counts(&expected));
    });
}

#[test]
fn a_line_on_4g_is_asked_for_neither_fibre_nor_dsl() {
    story(async {
        let ultra = Box::of("ultra-backup", "16.0");
        let mut visitor = Visitor::to(&ultra, PartName::Line).await;
        let (line, faults) = visitor.line().await;
        assert_eq!((line.ftth, line.xdsl, line.lte.len(), faults), (None, None, 1, 0));
        assert!(!ultra.asked().keys().any(|path| path.ends_with("ftth") || path.ends_with("xdsl")));
        // Back on fibre.
        for (asked, body) in Bodies::of("ultra").0 {
            ultra.says(&asked, &body);
        }
        let (line, _) = visitor.line().await;
        assert!(line.ftth.is_some());
    });
}

#[test]
fn a_visit_without_a_connection_fails_and_the_next_one_recovers() {
    story(async {
        let ultra = Box::of("ultra", "16.0");
        let good = ultra.bodies.borrow()["connection"].clone();
        let mut visitor = Visitor::to(&ultra, PartName::Line).await;
        for result in ["{}", "[]", "null", "\"up\"", r#"{"state":null,"media":""}"#] {
            ultra.says("connection", &format!(r#"{{"success":true,"result":{result}}}"#));
            let error = visitor.visit().await.map(|_| ()).unwrap_err();
            assert_eq!(error.reason, Reason::Misbehaved, "{result}: {error}");
            ultra.says("connection", &good);
            let (line, faults) = visitor.line().await;
            assert_eq!((line.connection.is_up(), faults), (Some(true), 0));
        }
    });
}

#[test]
fn a_bad_answer_takes_itself_away_and_is_asked_for_again() {
    story(async {
        let ultra = Box::of("ultra", "16.0");
        let mut visitor = Visitor::to(&ultra, PartName::Line).await;
        for asked in ["connection-ftth", "connection-lte-backup"] {
            let good = ultra.bodies.borrow()[asked].clone();
            for bad in [
                "<html>502</html>",
                "",
                r#"{"success":true,"result":["up"]}"#,
                r#"{"success":false,"error_code":"internal_error"}"#,
            ] {
                ultra.says(asked, bad);
                let (line, faults) = visitor.line().await;
                assert_eq!(faults, 1, "{asked}: {bad}");
                assert_eq!(line.ftth.is_none(), asked == "connection-ftth");
                assert_eq!(line.lte.is_empty(), asked != "connection-ftth");
                assert_eq!(line.connection.is_up(), Some(true));
            }
            ultra.says(asked, &good);
            let (line, faults) = visitor.line().await;
            assert_eq!((line.ftth.is_some(), line.lte.len(), faults), (true, 1, 0));
        }
    });
}

#[test]
fn outages_are_counted_between_visits_and_gone_while_the_log_is() {
    story(async {
        let vdsl = Box::of("revolution-vdsl", "8.2");
        let mut visitor = Visitor::to(&vdsl, PartName::Line).await;
        let (line, _) = visitor.line().await;
        assert_eq!(line.outages.unwrap().link.count, 0);
        vdsl.says("connection-logs", &Bodies::of("revolution-vdsl-training").0["connection-logs"]);
        let mut seen = Vec::new();
        for visit in 1..10 {
            if visit == 5 {
                vdsl.says("connection-logs", "<html>502</html>");
            }
            seen.push(visitor.line().await.0.outages.map(|outages| outages.link.count));
        }
        // The log is asked for on visits 0, 3, 6 and 9.
        let expected = [Some(0), Some(0), Some(1), Some(1), Some(1), None, None, None, None];
        assert_eq!(seen, expected);
    });
}

#[test]
fn a_device_is_asked_for_what_its_version_has() {
    let common = [("connection/config", 1), ("connection/ipv6/config", 1), ("lan/config", 1), ("system", 1)];
    for (name, version, more) in [
        ("revolution-vdsl", "8.2", &[][..]),
        ("delta-lte", "12.2", &[("update", 1)][..]),
        ("ultra", "16.0", &[("update", 1), ("standby/status", 1)][..]),
    ] {
        story(async {
            let a_box = Box::of(name, version);
            let mut visitor = Visitor::to(&a_box, PartName::Device).await;
            let reading = visitor.visit().await.unwrap();
            let Snapshot::Device(device) = reading.snapshot else { panic!("not the device") };
            assert_eq!((device.about.logins, device.about.api_version.as_deref()), (1, Some(version)));
            assert!(device.firmware.is_some() && device.config.is_some());
            assert_eq!(device.update.is_some(), more.iter().any(|(path, _)| *path == "update"));
            assert_eq!(a_box.asked(), counts(&[&common[..], more].concat()), "{name}");
        });
    }
}

#[test]
fn a_system_of_which_nothing_is_said_is_no_visit() {
    story(async {
        let ultra = Box::of("ultra", "16.0");
        let mut visitor = Visitor::to(&ultra, PartName::System).await;
        let Snapshot::System(system) = visitor.visit().await.unwrap().snapshot else {
            panic!("not the system")
        };
        assert_eq!(system.system.temperatures.len(), 3);
        assert_eq!(ultra.asked(), counts(&[("system", 1)]));
        for nothing in [r#"{"success":true}"#, r#"{"success":true,"result":{}}"#] {
            ultra.says("system", nothing);
            assert_eq!(visitor.visit().await.map(|_| ()).unwrap_err().reason, Reason::Misbehaved);
        }
    });
}
