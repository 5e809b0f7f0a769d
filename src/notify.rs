//! Telling the service manager how we are: sd_notify(3), one datagram for each message, and its watchdog.
//!
//! Nothing here waits for the service manager. What it has no room for at the moment is kept and said again by
//! [`Manager::watchdog`]; a heartbeat is not, since the next one says as much. Without a service manager every call does nothing.

use std::collections::VecDeque;
use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use crate::pulse::Pulse;
use crate::text::plain;

/// Whoever has started us and wants to hear from us. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Manager(Option<Arc<Link>>);

#[derive(Debug)]
struct Link {
    socket: UnixDatagram,
    address: SocketAddr,
    /// How long it waits for a heartbeat before it takes us for dead; none if it does not.
    patience: Option<Duration>,
    /// What it had no room for.
    unsaid: Mutex<VecDeque<String>>,
}

/// More than are ever said before somebody must have listened.
const MOST_UNSAID: usize = 16;

/// How often at least what could not be said is said again.
const AGAIN: Duration = Duration::from_secs(5);

/// Bytes of a status; `systemctl status` shows a line.
const LONGEST_STATUS: usize = 512;

impl Manager {
    /// The one that the environment names, and a sentence if it cannot be talked to.
    ///
    /// # Errors
    /// When it is named and there is no way to reach it, such as a socket of another family.
    pub fn from_environment() -> Result<Self, String> {
        match env::var_os("NOTIFY_SOCKET") {
            None => Ok(Self::default()),
            Some(name) => Self::at(&name, sd_notify::watchdog_enabled()).map_err(|error| {
                format!(
                    "cannot tell the service manager anything: NOTIFY_SOCKET is `{}`: {error}",
                    plain(&name.to_string_lossy())
                )
            }),
        }
    }

    fn at(name: &OsStr, patience: Option<Duration>) -> io::Result<Self> {
        let address = match name.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
            [b'/', ..] => SocketAddr::from_pathname(name)?,
            _ => {
                return Err(io::Error::new(
                    io::ErrorKind::Unsupported,
                    "neither a path nor a name that begins with `@`",
                ));
            }
        };
        let socket = UnixDatagram::unbound()?;
        // Sending waits for a reader whose queue is full, and that must not be our affair.
        socket.set_nonblocking(true)?;
        // A heartbeat of zero would be asked for always.
        let patience = patience.filter(|patience| !patience.is_zero());
        Ok(Self(Some(Arc::new(Link { socket, address, patience, unsaid: Mutex::default() }))))
    }

    /// Started, or done with reloading; what we do now, in a line.
    pub fn ready(&self, status: &str) {
        self.say(&[NotifyState::Ready, NotifyState::Status(&line(status))]);
    }

    /// Reading the configuration again; [`Manager::ready`] says when that is done, also if it failed.
    pub fn reloading(&self) {
        // `Type=notify-reload` holds the time against its own clock, to tell this reload from an older one.
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.say(&[NotifyState::Reloading, now]),
            Err(_) => self.say(&[NotifyState::Reloading]),
        }
    }

    /// On the way out.
    pub fn stopping(&self) {
        self.say(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    }

    /// What we do now, in a line.
    pub fn status(&self, status: &str) {
        self.say(&[NotifyState::Status(&line(status))]);
    }

    /// Tells the manager's watchdog that all is well, for as long as no loop stalls; the log hears of each change.
    /// Runs until `stop` changes or its sender is gone.
    pub async fn watchdog(self, pulse: Pulse, mut stop: watch::Receiver<()>) {
        let Some(link) = self.0 else {
            // To end now would look like a fault.
            return drop(stop.changed().await);
        };
        // Thrice, so that one that comes late is not missed.
        let mut ticks = interval(link.patience.map_or(AGAIN, |patience| AGAIN.min(patience / 3)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = Vec::new();
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                _ = ticks.tick() => {}
            }
            link.say_again();
            if link.patience.is_none() {
                continue;
            }
            let stalled = pulse.stalled();
            if stalled.is_empty() {
                // The next one says as much.
                let _ = link.send(&words(&[NotifyState::Watchdog]));
            }
            if stalled != told {
                match stalled.is_empty() {
                    true => tracing::info!("telling the watchdog that all is well again"),
                    false => tracing::error!(
                        "not telling the watchdog that all is well: no sign of {}",
                        plain(&stalled.join(", "))
                    ),
                }
                told = stalled;
            }
        }
    }

    fn say(&self, states: &[NotifyState<'_>]) {
        if let Some(link) = &self.0 {
            link.say(words(states));
        }
    }
}

impl Link {
    /// Says it, after what is still unsaid.
    fn say(&self, message: String) {
        self.say_again();
        let mut unsaid = self.unsaid.lock().unwrap_or_else(PoisonError::into_inner);
        if !unsaid.is_empty()
            || self.send(&message).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
        {
            if unsaid.len() == MOST_UNSAID {
                unsaid.pop_front();
            }
            unsaid.push_back(message);
        }
    }

    fn say_again(&self) {
        let mut unsaid = self.unsaid.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(message) = unsaid.front() {
            if self.send(message).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
                return;
            }
            unsaid.pop_front();
        }
    }

    /// A socket that has gone is no trouble of ours: whoever supervises us will find out.
    fn send(&self, message: &str) -> io::Result<usize> {
        self.socket.send_to_addr(message.as_bytes(), &self.address)
    }
}

/// A message: a variable on each line.
fn words(states: &[NotifyState<'_>]) -> String {
    states.iter().map(|state| format!("{state}\n")).collect()
}

/// One line, since the next one would be another variable.
fn line(status: &str) -> String {
    let mut status = plain(status);
    status.truncate(status.floor_char_boundary(LONGEST_STATUS));
    status
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A service manager, and what tells it things.
    fn manager(path: &Path) -> (UnixDatagram, Manager) {
        let socket = UnixDatagram::bind(path).unwrap();
        socket.set_nonblocking(true).unwrap();
        (socket, Manager::at(path.as_os_str(), None).unwrap())
    }

    fn heard(socket: &UnixDatagram) -> Option<String> {
        let mut buffer = [0; 4_096];
        let length = socket.recv(&mut buffer).ok()?;
        Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
    }

    // The words are those of sd_notify(3).
    #[test]
    fn each_state_is_said_in_the_manuals_words() {
        let folder = tempfile::tempdir().unwrap();
        let (socket, manager) = manager(&folder.path().join("notify"));
        manager.ready("listening");
        manager.status("76 hosts");
        manager.stopping();
        assert_eq!(heard(&socket).unwrap(), "READY=1\nSTATUS=listening\n");
        assert_eq!(heard(&socket).unwrap(), "STATUS=76 hosts\n");
        assert_eq!(heard(&socket).unwrap(), "STOPPING=1\nSTATUS=stopping\n");
    }

    #[test]
    fn reloading_has_the_time_by_the_monotonic_clock_in_microseconds() {
        let folder = tempfile::tempdir().unwrap();
        let (socket, manager) = manager(&folder.path().join("notify"));
        // proc_uptime(5) is of the same kind, in hundredths of a second; it also counts sleep.
        let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
        let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
        manager.reloading();
        let message = heard(&socket).unwrap();
        let time = message.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap().strip_suffix('\n').unwrap();
        let seconds = time.parse::<u64>().unwrap() as f64 / 1e6;
        assert!((0.0..uptime + 60.0).contains(&seconds), "{seconds} {uptime}");
    }

    #[test]
    fn no_status_can_say_more_than_a_status() {
        let folder = tempfile::tempdir().unwrap();
        let (socket, manager) = manager(&folder.path().join("notify"));
        manager.status("phone\nWATCHDOG=trigger\u{202e}");
        assert_eq!(heard(&socket).unwrap(), "STATUS=phone[U+000A]WATCHDOG=trigger[U+202E]\n");
        manager.status(&"é".repeat(10_000));
        assert_eq!(heard(&socket).unwrap(), format!("STATUS={}\n", "é".repeat(256)));
    }

    #[test]
    fn a_name_without_a_path_is_reached_too() {
        let name = format!("lanlord-test-{}", std::process::id());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let manager = Manager::at(OsStr::new(&format!("@{name}")), None).unwrap();
        manager.status("here");
        assert_eq!(heard(&socket).unwrap(), "STATUS=here\n");
    }

    #[test]
    fn what_cannot_be_reached_is_an_error_and_nobody_at_all_is_none() {
        for name in ["vsock:2:1234", "", "notify"] {
            assert!(Manager::at(OsStr::new(name), None).is_err(), "{name}");
        }
        Manager::default().ready("nobody hears");
        Manager::at(OsStr::new("/nowhere/notify"), None).unwrap().ready("nobody hears");
    }

    #[test]
    fn a_reader_that_does_not_read_holds_nobody_up_and_hears_the_last_words_later() {
        let folder = tempfile::tempdir().unwrap();
        let (socket, manager) = manager(&folder.path().join("notify"));
        // More than any queue of datagrams holds: /proc/sys/net/unix/max_dgram_qlen is 10, or 512 with systemd.
        for number in 0..5_000 {
            manager.status(&number.to_string());
        }
        manager.stopping();
        let mut last = String::new();
        loop {
            while let Some(message) = heard(&socket) {
                last = message;
            }
            let link = manager.0.as_ref().unwrap();
            if link.unsaid.lock().unwrap().is_empty() {
                break;
            }
            link.say_again();
        }
        while let Some(message) = heard(&socket) {
            last = message;
        }
        assert_eq!(last, "STOPPING=1\nSTATUS=stopping\n");
    }
}
