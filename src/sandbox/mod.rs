//! Giving up what is not needed once everything is open: capabilities, the way to get new ones, and most of the file
//! system. Whoever takes lanlord over through a packet or a request then holds a process that can count and answer.
//!
//! All of it is per thread and inherited by new ones: it has to happen on the first thread, before there is another.
//! Nothing here keeps lanlord from starting; what could not be had is said. System calls are not filtered: the
//! service manager does that better (`SystemCallFilter=`).

use std::path::{Path, PathBuf};

use caps::{CapSet, Capability, CapsHashSet};
use nix::sys::prctl;
use nix::unistd::geteuid;

use crate::text::plain;

mod files;
mod secure;

pub use secure::warnings_at_start;

/// What is still needed afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Folders below which, or files of which, reading must go on, besides the system's own.
    pub readable: Vec<PathBuf>,
    /// A file among these that belongs to another user, or lies below a folder that does: without the capability to
    /// read it, root itself may not.
    pub foreign: Option<PathBuf>,
}

impl Rules {
    /// Lets a file be read again later: its folder, since editors and log rotation replace files, and the folder that
    /// it really is in, if it is a link.
    ///
    /// Standard input, which is written `-`, is open already.
    pub fn read_again(&mut self, file: &Path) {
        if file == Path::new("-") {
            return;
        }
        let folder =
            file.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
        self.readable.extend(folder.map(Path::to_owned));
        self.readable.extend(files::beside(file));
        if self.foreign.is_none() && geteuid().is_root() && files::is_foreign(file) {
            self.foreign = Some(file.to_owned());
        }
    }
}

/// What has become of it, a sentence each, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is in force.
    pub holds: Vec<String>,
    /// What is not, and why.
    pub lacks: Vec<String>,
}

impl Report {
    fn note(&mut self, outcome: Result<String, String>) {
        match outcome {
            Ok(holds) => self.holds.push(holds),
            Err(lacks) => self.lacks.push(lacks),
        }
    }
}

/// Gives everything up for this thread and those that it starts. There is no way back.
pub fn enter(rules: &Rules) -> Report {
    let mut report = Report::default();
    // Landlock asks for this, or for a capability.
    report.note(no_new_privileges());
    // Before the capabilities go: they may be what opens the folders to be read.
    report.note(files::restrict(&rules.readable));
    report.note(match &rules.foreign {
        None => no_capabilities(),
        Some(file) => all_but_reading().map(|()| {
            format!(
                "gave up all capabilities but CAP_DAC_READ_SEARCH, since `{}` is another user's",
                plain(&file.display().to_string())
            )
        }),
    });
    report
}

fn no_new_privileges() -> Result<String, String> {
    match prctl::set_no_new_privs() {
        Ok(()) => Ok("no program started from here can gain privileges".to_owned()),
        Err(error) => Err(format!("cannot rule out new privileges: {error}")),
    }
}

fn no_capabilities() -> Result<String, String> {
    keep(&CapsHashSet::new()).map(|()| "gave up all capabilities".to_owned())
}

/// Of what is readable by the rules for files, also what is another user's.
fn all_but_reading() -> Result<(), String> {
    keep(&CapsHashSet::from([Capability::CAP_DAC_READ_SEARCH]))
}

/// Gives up all capabilities but these, which no program started from here will have either.
fn keep(kept: &CapsHashSet) -> Result<(), String> {
    // What no program started from here could get. Only who holds CAP_SETPCAP may lower it, and the rule above makes
    // it matter little.
    let _ = caps::clear(None, CapSet::Bounding);
    // The kernel's order: ambient ones must be permitted, and so must effective ones.
    for set in [CapSet::Ambient, CapSet::Effective, CapSet::Inheritable, CapSet::Permitted] {
        let value = match set {
            CapSet::Effective | CapSet::Permitted => kept.clone(),
            _ => CapsHashSet::new(),
        };
        caps::set(None, set, &value)
            .map_err(|error| format!("cannot give up capabilities ({set:?}): {error}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io;
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

    use super::*;

    fn kind<T>(outcome: io::Result<T>) -> io::ErrorKind {
        outcome.map(drop).unwrap_err().kind()
    }

    /// What the kernel says of this thread: a field of proc_pid_status(5).
    fn status(field: &str) -> String {
        let text = fs::read_to_string("/proc/thread-self/status").unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(":\t")).unwrap();
        line.to_owned()
    }

    #[test]
    fn a_thread_that_has_entered_can_do_no_harm_and_its_own_threads_neither() {
        let folder = tempfile::tempdir().unwrap();
        let (readable, hidden) = (folder.path().join("readable"), folder.path().join("hidden"));
        for path in [&readable, &hidden] {
            fs::create_dir(path).unwrap();
            fs::write(path.join("file"), "text").unwrap();
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let rules = Rules { readable: vec![readable.clone(), PathBuf::from("/nowhere")], foreign: None };
        let without_privileges = || {
            for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
                assert_eq!(status(set), "0000000000000000", "{set}");
            }
            assert_eq!(status("NoNewPrivs"), "1");
            let raw = socket(AddressFamily::Packet, SockType::Raw, SockFlag::empty(), None);
            assert_eq!(raw.unwrap_err(), nix::Error::EPERM);
        };
        let restricted = || {
            assert_eq!(fs::read_to_string(readable.join("file")).unwrap(), "text");
            assert!(fs::read_dir("/proc/self/task").unwrap().count() > 0);
            assert!(fs::read_to_string("/etc/passwd").is_ok());
            assert!(TcpStream::connect(address).is_ok(), "asking others stays free");
            let refused = [
                kind(fs::read_to_string(hidden.join("file"))),
                kind(fs::read_dir(&hidden)),
                kind(fs::write(readable.join("file"), "")),
                kind(fs::write(readable.join("new"), "")),
                kind(fs::remove_file(readable.join("file"))),
                kind(std::process::Command::new("/bin/true").status()),
                kind(TcpListener::bind("127.0.0.1:0")),
            ];
            assert_eq!(refused, [io::ErrorKind::PermissionDenied; 7]);
        };
        let inside = || {
            let report = enter(&rules);
            without_privileges();
            thread::scope(|scope| scope.spawn(without_privileges).join().unwrap());
            if report.lacks.is_empty() && report.holds.iter().any(|holds| holds.contains("no new TCP port")) {
                restricted();
                thread::scope(|scope| scope.spawn(restricted).join().unwrap());
            } else {
                // The kernel of this machine: no package mends that.
                eprintln!("NOT RUN: Landlock cannot be tried: {report:?}");
            }
        };
        let before = status("CapEff");
        thread::scope(|scope| scope.spawn(inside).join().unwrap());
        // It is the thread's own affair.
        assert_eq!(status("CapEff"), before);
        fs::write(hidden.join("file"), "still ours").unwrap();
    }
}
