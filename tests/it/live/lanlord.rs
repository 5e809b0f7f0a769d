//! The built program, running: what it answers, logs, and how it ends. Killed when dropped.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::metrics::Metrics;
use super::netns::{Namespace, run};
use super::wait::{PATIENCE, Watch, ask_for, until, until_or};

/// Where the program is.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_lanlord");

/// Outside a namespace nobody is asked for names: that would be the resolver of this machine.
pub const ASK_NOBODY: [&str; 2] = ["--dns.enabled", "false"];

/// `lanlord run`.
#[derive(Debug)]
pub struct Lanlord {
    /// The process.
    pub child: Child,
    /// Where it listens: `127.0.0.1:12345`, in its namespace.
    pub address: String,
    namespace: Option<String>,
    /// What it has logged, and whatever a test wants to put there.
    pub folder: TempDir,
}

impl Lanlord {
    /// Starts it in a namespace with these arguments after `run`.
    pub fn in_namespace(namespace: &Namespace, arguments: &[&str]) -> Self {
        let mut command = namespace.command(PROGRAM);
        command.arg("run").args(arguments);
        Self::spawn(command, Some(namespace.name.clone()))
    }

    /// Starts it here.
    pub fn here(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("run").args(arguments);
        Self::spawn(command, None)
    }

    /// Starts it here, on the address that its configuration says.
    pub fn listening_as_configured(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.arg("run").args(arguments);
        Self::wait_for(command, None)
    }

    /// Starts a command that is, in the end, `lanlord run …`, and waits until it listens.
    pub fn spawn(mut command: Command, namespace: Option<String>) -> Self {
        command.args(["--web.listen-address", "127.0.0.1:0"]);
        Self::wait_for(command, namespace)
    }

    fn wait_for(mut command: Command, namespace: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        if namespace.is_none() {
            command.args(ASK_NOBODY);
        }
        command.stdout(Stdio::null()).stderr(log);
        let child = command.spawn().unwrap();
        let mut lanlord = Self { child, address: String::new(), namespace, folder };
        lanlord.address = until("lanlord listens", || {
            let log = lanlord.log();
            if let Some(status) = lanlord.child.try_wait().unwrap() {
                panic!("lanlord has ended: {status}\n{log}");
            }
            let (_, rest) = log.split_once("listening on http://")?;
            let (line, _) = rest.split_once('\n')?;
            Some(line.split_once('/')?.0.to_owned())
        });
        lanlord
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Asks for a path; status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        match &self.namespace {
            Some(namespace) => {
                let url = format!("http://{}{path}", self.address);
                let answer = run(Command::new("ip").args(["netns", "exec", namespace]).args([
                    "curl",
                    "--silent",
                    "--show-error",
                    "--max-time",
                    "10",
                    "--write-out",
                    "%{http_code}",
                    &url,
                ]));
                let (body, status) = answer.split_at(answer.len() - 3);
                (status.parse().unwrap(), body.to_owned())
            }
            None => get(&self.address, path),
        }
    }

    /// A scrape.
    pub fn metrics(&self) -> Metrics {
        let (status, body) = self.get("/metrics");
        assert_eq!(status, 200, "{body}");
        Metrics::parse(&body)
    }

    /// Scrapes until a scrape is what is wanted.
    #[track_caller]
    pub fn until(&self, what: &str, wanted: impl Fn(&Metrics) -> bool) -> Metrics {
        let mut last = Metrics::default();
        let answer = ask_for(PATIENCE, &mut || {
            last = self.metrics();
            wanted(&last).then(|| last.clone())
        });
        until_or(answer, || {
            let shown: Vec<String> = last.0.iter().map(ToString::to_string).collect();
            format!("waited in vain until {what}\n{}\n{}", shown.join("\n"), self.log())
        })
    }

    /// Scrapes until a counter, summed over the labels that are not given, has at least this value. Counters never
    /// come too late to be more than they should: hold the answer against the exact value.
    #[track_caller]
    pub fn until_at_least(&self, name: &str, labels: &[(&str, &str)], value: u64) -> Metrics {
        self.until(&format!("{name}{labels:?} is {value}"), |metrics| {
            metrics.sum(name, labels).is_some_and(|sum| sum >= value)
        })
    }

    /// Waits until the first visit has succeeded, so that every packet from now on is counted.
    #[track_caller]
    pub fn until_up(&self) -> Metrics {
        self.until("its part is up", |metrics| metrics.sum("lanlord_part_up", &[]) == Some(1))
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Sends a signal and waits until it has ended; how, and how long that took.
    #[track_caller]
    pub fn end_by(&mut self, name: &str) -> (ExitStatus, Duration) {
        let watch = Watch::start();
        self.signal(name);
        let status = until("lanlord ends", || self.child.try_wait().unwrap());
        (status, watch.elapsed())
    }

    /// CPU time that it has used so far.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // utime and stime, fields 14 and 15 of proc_pid_stat(5), in hundredths of a second on every Linux.
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }
}

impl Drop for Lanlord {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process of ours.
pub fn signal(pid: u32, name: &str) {
    run(Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]));
}

/// Asks over a connection of our own; status and body.
pub fn get(address: &str, path: &str) -> (u16, String) {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(connection, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}
