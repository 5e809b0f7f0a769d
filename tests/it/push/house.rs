//! The built daemon on a finished capture, with pushes; and what must hold of it whatever happens.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use lanlord_sim::house::House as Simulated;

use super::receiver::{PASSWORD, TOKEN};
use crate::live::lanlord::Lanlord;
use crate::live::metrics::Metrics;
use crate::live::traffic;
use crate::live::wait::{PATIENCE, Watch};

/// The name of its only source.
pub const SOURCE: &str = "lan";

/// lanlord with a configuration file that a test rewrites.
pub struct House {
    pub lanlord: Lanlord,
    file: PathBuf,
    capture: PathBuf,
    /// What it has answered: no secret may be in it.
    heard: String,
    _folder: tempfile::TempDir,
}

impl House {
    /// Starts it with these `[[push]]` blocks, and waits until its source is up.
    pub fn start(pushes: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (file, capture) = (folder.path().join("lanlord.toml"), folder.path().join("house.pcap"));
        traffic::house(&Simulated::new(11, 12), 3_000, &capture);
        fs::write(&file, configuration(&capture, pushes)).unwrap();
        let lanlord = Lanlord::here(&["--config.file", file.to_str().unwrap()]);
        lanlord.until_up();
        Self { lanlord, file, capture, heard: String::new(), _folder: folder }
    }

    /// Takes up other `[[push]]` blocks; status and sentence.
    pub fn reload(&mut self, pushes: &str) -> (u16, String) {
        let fresh = self.file.with_extension("new");
        fs::write(&fresh, configuration(&self.capture, pushes)).unwrap();
        fs::rename(fresh, &self.file).unwrap();
        let mut stream = TcpStream::connect(&self.lanlord.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let host = &self.lanlord.address;
        write!(stream, "POST /-/reload HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        self.heard.push_str(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), body.to_owned())
    }

    /// A push's figures.
    pub fn figures(&self, push: &str) -> Option<Figures> {
        Figures::of(&self.lanlord.metrics(), push)
    }

    /// Waits until a push's figures are as wanted.
    #[track_caller]
    pub fn until(&self, push: &str, what: &str, wanted: impl Fn(&Figures) -> bool) -> Figures {
        let metrics = self.lanlord.until(&format!("`{push}` {what}"), |metrics| {
            Figures::of(metrics, push).is_some_and(|figures| wanted(&figures))
        });
        Figures::of(&metrics, push).unwrap()
    }

    /// The row of a push on the page, as HTML.
    #[track_caller]
    pub fn row(&self, push: &str) -> String {
        let (status, page) = self.lanlord.get("/");
        assert_eq!(status, 200);
        let named = format!("<bdi>{push}</bdi>");
        let row = page.split("<tr>").find(|row| row.contains(&named));
        row.unwrap_or_else(|| panic!("no row of `{push}`\n{page}")).to_owned()
    }

    /// It answers soon, its source is asked, and it takes no more memory than a small daemon does.
    #[track_caller]
    pub fn assert_well(&self) {
        let watch = Watch::start();
        let before = self.lanlord.metrics();
        let took = watch.elapsed();
        // On a machine that does other things meanwhile; what hangs takes as long as a deadline.
        assert!(took < Duration::from_secs(5), "a scrape took {took:?}");
        let visited = [("source", SOURCE), ("outcome", "ok")];
        let visits = before.sum("lanlord_visits_total", &visited).unwrap();
        self.lanlord.until_at_least("lanlord_visits_total", &visited, visits + 2);
        let resident = self.resident();
        assert!(resident < 128 << 20, "{resident} bytes in memory");
    }

    fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.lanlord.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        // In kilobytes: proc_pid_status(5).
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap() << 10
    }

    /// Nothing that it shows, logs or answers has a secret in it, in clear text or as it is sent.
    #[track_caller]
    pub fn assert_discreet(&self) {
        let seen = [
            ("the log", self.lanlord.log()),
            ("the page", self.lanlord.get("/").1),
            ("/metrics", self.lanlord.get("/metrics").1),
            ("what it answered", self.heard.clone()),
        ];
        for (place, text) in seen {
            // The user's name with the password, in base64.
            for secret in [PASSWORD, TOKEN, "cHVzaGVyOnBsYW50ZWQ"] {
                assert!(!text.contains(secret), "{secret} is in {place}:\n{text}");
            }
        }
    }
}

fn configuration(capture: &std::path::Path, pushes: &str) -> String {
    format!("[[source]]\nkind = \"wire\"\nname = \"{SOURCE}\"\nstream = {capture:?}\n\n{pushes}")
}

/// What is counted of a push.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Taken.
    pub ok: u64,
    /// Attempts that failed, for any reason.
    pub failed: u64,
    /// Lost.
    pub dropped: u64,
    /// Waiting.
    pub queue: u64,
}

impl Figures {
    /// None where there is no such push.
    pub fn of(metrics: &Metrics, push: &str) -> Option<Self> {
        let push = ("push", push);
        let tries = metrics.sum("lanlord_push_batches_total", &[push])?;
        let ok = metrics.sum("lanlord_push_batches_total", &[push, ("outcome", "ok")])?;
        let dropped = metrics.sum("lanlord_push_dropped_batches_total", &[push])?;
        let queue = metrics.sum("lanlord_push_queue_batches", &[push])?;
        Some(Self { ok, failed: tries - ok, dropped, queue })
    }

    /// How many batches were ever made.
    pub fn made(self) -> u64 {
        self.ok + self.dropped + self.queue
    }
}
