//! Stopping one thread of a process, and letting it go on: ptrace(2). What others do meanwhile shows who waits for it.

use std::fs;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use nix::sys::ptrace;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::wait::until;

/// A thread that stands still until this is dropped.
#[derive(Debug)]
pub struct Frozen {
    thaw: Option<Sender<()>>,
    tracer: Option<JoinHandle<()>>,
}

impl Frozen {
    /// Stops the thread of a process that has this name, as soon as there is one; the first has the program's.
    pub fn thread(pid: u32, name: &str) -> Self {
        let thread = until(&format!("there is a thread `{name}`"), || {
            let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().map(Result::unwrap);
            let is_it = |entry: &fs::DirEntry| {
                fs::read_to_string(entry.path().join("comm")).is_ok_and(|comm| comm.trim_end() == name)
            };
            threads.into_iter().find(is_it)?.file_name().to_str()?.parse().ok().map(Pid::from_raw)
        });
        let (thaw, thawed) = channel::<()>();
        let (stop, stopped) = channel();
        // One thread for all of it: the kernel knows who traces by thread.
        let tracer = Builder::new().name("tracer".to_owned()).spawn(move || {
            ptrace::seize(thread, ptrace::Options::empty()).unwrap();
            ptrace::interrupt(thread).unwrap();
            let status = waitpid(thread, Some(WaitPidFlag::__WALL)).unwrap();
            assert!(matches!(status, WaitStatus::PtraceEvent(..) | WaitStatus::Stopped(..)), "{status:?}");
            stop.send(()).unwrap();
            // Until the sender is gone. A thread that is killed meanwhile holds up the end of its process until the one who
            // traces it has taken notice: ptrace(2), "Death under ptrace".
            while thawed.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
                let news = waitpid(thread, Some(WaitPidFlag::__WALL | WaitPidFlag::WNOHANG));
                if !matches!(news, Ok(WaitStatus::StillAlive)) {
                    return;
                }
            }
            let _ = ptrace::detach(thread, None);
        });
        stopped.recv().unwrap();
        Self { thaw: Some(thaw), tracer: Some(tracer.unwrap()) }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.thaw.take();
        if let Some(tracer) = self.tracer.take() {
            let _ = tracer.join();
        }
    }
}
