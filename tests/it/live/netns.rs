//! A laboratory: two network namespaces with a veth pair between them, taken away again even when a test fails.
//!
//! `near` is where lanlord listens, on `lan0`; `far` is where traffic comes from, through `far0`. Nothing in either
//! speaks by itself: no addresses, no IPv6, no other interface but the loopback.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The interface on which lanlord listens.
pub const LAN: &str = "lan0";
/// The other end of the cable.
pub const FAR: &str = "far0";

/// Namespaces are the machine's, and so is its processor: one laboratory at a time.
static LABORATORY: Mutex<()> = Mutex::new(());
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A network namespace; it goes with whoever holds this.
#[derive(Debug)]
pub struct Namespace {
    /// As `ip netns` calls it.
    pub name: String,
}

impl Namespace {
    /// An empty one, with its loopback up.
    pub fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let namespace = Self { name: format!("lanlord-{}-{number}", std::process::id()) };
        run(Command::new("ip").args(["netns", "add", &namespace.name]));
        // Nobody is to speak before the test does.
        namespace.shell(
            "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done; ip link set lo up",
        );
        namespace
    }

    /// A command to be run inside.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// Runs a line of shell inside, which must succeed; its output.
    #[track_caller]
    pub fn shell(&self, line: &str) -> String {
        run(self.command("sh").args(["-ec", line]))
    }

    /// Runs `ip …` inside, words separated by spaces.
    #[track_caller]
    pub fn ip(&self, arguments: &str) -> String {
        run(Command::new("ip").args(["-n", &self.name]).args(arguments.split_whitespace()))
    }

    /// One of the kernel's counters of an interface, such as `rx_packets`.
    #[track_caller]
    pub fn counter(&self, interface: &str, name: &str) -> u64 {
        let text = self.shell(&format!("cat /sys/class/net/{interface}/statistics/{name}"));
        text.trim().parse().unwrap_or_else(|_| panic!("{interface} {name}: {text}"))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).output();
    }
}

/// Two namespaces and a cable.
#[derive(Debug)]
pub struct Lab {
    /// Where lanlord is.
    pub near: Namespace,
    /// Where traffic comes from.
    pub far: Namespace,
    // Last: the next laboratory begins when this one is gone.
    _turn: MutexGuard<'static, ()>,
}

impl Lab {
    /// None, and loudly, where this machine cannot have one.
    pub fn open() -> Option<Self> {
        if !is_root() {
            return not_run("network namespaces need root");
        }
        for tool in ["ip", "curl", "ethtool", "python3", "cc"] {
            if Command::new("sh")
                .args(["-c", &format!("command -v {tool}")])
                .output()
                .is_ok_and(|out| !out.status.success())
            {
                return not_run(&format!("`{tool}` is missing"));
            }
        }
        let turn = LABORATORY.lock().unwrap_or_else(PoisonError::into_inner);
        let lab = Self { near: Namespace::new(), far: Namespace::new(), _turn: turn };
        lab.cable();
        Some(lab)
    }

    /// Puts the cable in, or in again after `lan0` was removed.
    pub fn cable(&self) {
        self.near.ip(&format!("link add name {LAN} type veth peer name {FAR} netns {}", self.far.name));
        for (namespace, interface) in [(&self.near, LAN), (&self.far, FAR)] {
            namespace.shell(&format!("echo 1 > /proc/sys/net/ipv6/conf/{interface}/disable_ipv6"));
            namespace.ip(&format!("link set {interface} up"));
        }
    }

    /// Gives both ends an address, so that they can talk: 192.168.77.1 near, 192.168.77.2 far.
    pub fn addresses(&self) {
        self.near.ip(&format!("address add 192.168.77.1/24 dev {LAN}"));
        self.far.ip(&format!("address add 192.168.77.2/24 dev {FAR}"));
    }
}

/// Says that a test has not run; in CI it must.
pub fn not_run<T>(why: &str) -> Option<T> {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    // Straight to the stream: what goes through `eprintln!` nobody sees of a test that passes.
    let _ = writeln!(io::stderr(), "NOT RUN: {test}: {why}");
    assert!(std::env::var_os("CI").is_none(), "NOT RUN: {test}: {why}");
    None
}

/// Says that a test has not run because this kernel was built without what it needs, which no package mends.
pub fn not_in_this_kernel(what: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(io::stderr(), "NOT RUN: {test}: this kernel has no {what}");
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// Runs a command, which must succeed; its standard output.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{stderr}");
    String::from_utf8_lossy(&stdout).into_owned()
}
