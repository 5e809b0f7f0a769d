//! lanlord as a service: what the service manager hears from it, and the sockets that it gets from there.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::live::freeze::Frozen;
use crate::live::lanlord::{ASK_NOBODY, PROGRAM, get, signal};
use crate::live::netns::not_run;
use crate::live::streams::fifo;
use crate::live::wait::{PATIENCE, Watch, pass, until};
use crate::log::full_pipe;

/// A service manager and a lanlord that it has started.
pub struct Service {
    socket: UnixDatagram,
    pub child: Child,
    pub folder: TempDir,
}

impl Service {
    /// Starts it with these variables, following a FIFO that nobody writes to.
    fn start(variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let capture = folder.path().join("capture");
        fifo(&capture);
        Self::follow(folder, &capture, |command| _ = command.envs(variables.iter().copied()))
    }

    /// Starts it on a configuration file.
    fn configured(folder: TempDir, file: &Path) -> Self {
        Self::on(folder, &["--config.file", file.to_str().unwrap()], |_| {})
    }

    /// Starts it with what `change` changes, following this capture.
    pub fn follow(folder: TempDir, capture: &Path, change: impl FnOnce(&mut Command)) -> Self {
        Self::on(folder, &["--pcap", capture.to_str().unwrap()], change)
    }

    fn on(folder: TempDir, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let name = folder.path().join("notify");
        let socket = UnixDatagram::bind(&name).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new(PROGRAM);
        command.args(["run", "--web.listen-address", "127.0.0.1:0"]).args(ASK_NOBODY).args(arguments);
        command.env("NOTIFY_SOCKET", name).stdin(Stdio::null()).stderr(log);
        change(&mut command);
        let child = command.spawn().unwrap();
        let service = Self { socket, child, folder };
        assert_eq!(service.hears(), "STATUS=opening sources\n");
        service
    }

    /// The next message within a time.
    fn hears_within(&self, time: Duration) -> Option<String> {
        let mut buffer = [0; 4_096];
        self.socket.set_read_timeout(Some(time)).unwrap();
        let length = self.socket.recv(&mut buffer).ok()?;
        Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
    }

    #[track_caller]
    pub fn hears(&self) -> String {
        self.hears_within(PATIENCE).unwrap_or_else(|| panic!("heard nothing\n{}", self.log()))
    }

    /// Hears that it is ready, and where it listens.
    #[track_caller]
    pub fn hears_where(&self) -> String {
        let ready = self.hears();
        let place = ready.strip_prefix("READY=1\nSTATUS=listening on http://");
        place.unwrap_or_else(|| panic!("{ready}")).strip_suffix("/\n").unwrap().to_owned()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    #[track_caller]
    pub fn ends(&mut self) {
        let watch = Watch::start();
        signal(self.child.id(), "TERM");
        let status = until("lanlord ends", || self.child.try_wait().unwrap());
        let took = watch.elapsed();
        eprintln!("gone after {took:?}");
        assert!(status.success() && took < Duration::from_secs(2), "{status} after {took:?}\n{}", self.log());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const HEARTBEAT: &str = "WATCHDOG=1\n";
/// A heartbeat every 200 ms.
const WATCHDOG: (&str, &str) = ("WATCHDOG_USEC", "600000");

// The words are those of sd_notify(3).
#[test]
fn it_is_ready_when_it_answers_and_says_when_it_stops() {
    let mut service = Service::start(&[]);
    assert_eq!(get(&service.hears_where(), "/-/ready").0, 200);
    service.ends();
    assert_eq!(service.hears(), "STOPPING=1\nSTATUS=stopping\n");
    assert_eq!(service.hears_within(Duration::from_millis(1)), None);
}

#[test]
fn the_watchdog_hears_from_it_as_long_as_its_loops_go_round() {
    let service = Service::start(&[WATCHDOG]);
    assert!(service.hears().starts_with("READY=1\n"));
    for _ in 0..3 {
        assert_eq!(service.hears(), HEARTBEAT);
    }
    let frozen = Frozen::thread(service.child.id(), "lanlord");
    // What was said before.
    while service.hears_within(Duration::from_millis(1)).is_some() {}
    assert_eq!(service.hears_within(Duration::from_secs(1)), None);
    drop(frozen);
    assert_eq!(service.hears(), HEARTBEAT);
}

#[test]
fn the_watchdog_hears_nothing_while_only_the_capture_stands_still() {
    let service = Service::start(&[WATCHDOG]);
    let address = service.hears_where();
    let frozen = Frozen::thread(service.child.id(), "capture");
    until("the log says who stands still", || {
        while service.hears_within(Duration::from_millis(1)).is_some() {}
        service.log().contains("no sign of a capture thread").then_some(())
    });
    // Requests are answered all the same; only the figures are missing.
    assert_eq!(get(&address, "/-/healthy").0, 200);
    while service.hears_within(Duration::from_millis(1)).is_some() {}
    assert_eq!(service.hears_within(Duration::from_secs(1)), None);
    drop(frozen);
    assert_eq!(service.hears(), HEARTBEAT);
}

#[test]
fn sigterm_ends_it_in_time_though_the_capture_stands_still() {
    let mut service = Service::start(&[]);
    assert!(service.hears().starts_with("READY=1\n"));
    let frozen = Frozen::thread(service.child.id(), "capture");
    let watch = Watch::start();
    signal(service.child.id(), "TERM");
    // It cannot be waited for as long as somebody traces one of its threads, but it has ended.
    until("lanlord ends", || {
        let status = fs::read_to_string(format!("/proc/{}/status", service.child.id())).unwrap();
        status.contains("\nState:\tZ").then_some(())
    });
    let took = watch.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}\n{}", service.log());
    drop(frozen);
    assert!(until("it is gone", || service.child.try_wait().unwrap()).success());
}

#[test]
fn a_reload_is_told_from_its_beginning_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("capture");
    fifo(&capture);
    let file = folder.path().join("lanlord.toml");
    let good = format!("[[source]]\nkind = \"wire\"\nstream = \"{}\"\n", capture.display());
    fs::write(&file, &good).unwrap();
    let service = Service::configured(folder, &file);
    assert!(service.hears().starts_with("READY=1\n"));
    for (text, status) in [(good.as_str(), "the latest configuration"), ("[[", "an older configuration")] {
        fs::write(&file, text).unwrap();
        signal(service.child.id(), "HUP");
        let begun = service.hears();
        // sd_notify(3): with the time, so that the manager can tell this reload from an older one.
        assert!(begun.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{begun}");
        let done = service.hears();
        assert!(done.starts_with("READY=1\nSTATUS=listening on http://") && done.contains(status), "{done}");
    }
}

#[test]
fn a_source_that_is_down_is_no_matter_for_the_watchdog() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("damaged");
    fs::write(&capture, "this is no capture, and never will be one, whatever comes after it").unwrap();
    let service = Service::follow(folder, &capture, |command| _ = command.env(WATCHDOG.0, WATCHDOG.1));
    assert!(service.hears().starts_with("READY=1\n"));
    until("the source is down", || service.log().contains("misbehaved").then_some(()));
    while service.hears_within(Duration::from_millis(1)).is_some() {}
    for _ in 0..5 {
        assert_eq!(service.hears(), HEARTBEAT);
    }
}

#[test]
fn the_watchdog_of_another_process_is_none_of_its_business() {
    let service = Service::start(&[WATCHDOG, ("WATCHDOG_PID", "1")]);
    assert!(service.hears().starts_with("READY=1\n"));
    assert_eq!(service.hears_within(Duration::from_secs(1)), None);
}

#[test]
fn a_service_manager_that_does_not_listen_holds_nothing_up() {
    // A heartbeat each millisecond fills any queue of datagrams.
    let mut service = Service::start(&[("WATCHDOG_USEC", "3000")]);
    let place = until("lanlord listens", || {
        let log = service.log();
        let (_, rest) = log.split_once("listening on http://")?;
        Some(rest.split_once('/')?.0.to_owned())
    });
    pass(Duration::from_secs(1));
    assert_eq!(get(&place, "/-/ready").0, 200);
    service.ends();
}

#[test]
fn whatever_is_stuck_it_answers_and_ends_within_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("capture");
    fifo(&capture);
    // The log, a client, and the thread that counts.
    let (unread, full) = full_pipe();
    let mut service = Service::follow(folder, &capture, |command| _ = command.stderr(full));
    let place = service.hears_where();
    let idle = TcpStream::connect(&place).unwrap();
    let frozen = Frozen::thread(service.child.id(), "capture");
    // Long enough for a visit to be under way.
    pass(Duration::from_millis(1_500));
    assert_eq!(get(&place, "/metrics").0, 200);
    service.ends();
    drop((frozen, idle, unread));
}

/// A port of the loopback that was free just now.
fn free_port() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// Lets systemd's own tool listen, and start lanlord once somebody comes.
fn activated(arguments: &[&str], folder: &TempDir) -> Option<Service> {
    let log = File::create(folder.path().join("log")).unwrap();
    let capture = folder.path().join("capture");
    fifo(&capture);
    let mut command = Command::new("systemd-socket-activate");
    command
        .args(arguments)
        .args([PROGRAM, "run", "--web.listen-address", "192.0.2.1:1"])
        .args(ASK_NOBODY)
        .arg("--pcap")
        .arg(capture);
    let Ok(child) = command.stdin(Stdio::null()).stderr(log).spawn() else {
        return not_run("`systemd-socket-activate` is missing");
    };
    Some(Service { socket: UnixDatagram::unbound().unwrap(), child, folder: tempfile::tempdir().unwrap() })
}

#[test]
fn it_listens_on_the_sockets_that_it_is_given_and_on_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (free_port(), free_port());
    let Some(mut service) = activated(&["-l", &one, "-l", &other], &folder) else { return };
    // The configured address does not exist here: to bind it would be an error.
    until("systemd listens", || TcpStream::connect(&one).ok());
    for address in [&one, &other] {
        assert_eq!(get(address, "/-/healthy").0, 200);
    }
    // Lines are written by a thread of their own.
    let log = until("the log says where it listens", || {
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        let told = |address: &String| log.contains(&format!("listening on http://{address}/"));
        [&one, &other].into_iter().all(told).then_some(log)
    });
    assert_eq!(log.matches("listening on http://").count(), 2, "{log}");
    service.ends();
}

#[test]
fn a_socket_of_another_kind_is_refused_with_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let Some(mut service) = activated(&["-d", "-l", path.to_str().unwrap()], &folder) else { return };
    let socket = UnixDatagram::unbound().unwrap();
    until("systemd listens", || socket.send_to(b"x", &path).ok());
    let status = until("lanlord ends", || service.child.try_wait().unwrap());
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(
        log.contains("lanlord: the service manager gives us as socket 1 of 1 what is not listening for TCP"),
        "{log}"
    );
    assert!(log.contains("`ListenStream=`"), "{log}");
}
