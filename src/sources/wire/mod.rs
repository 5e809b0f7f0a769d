//! Who on the network uses how much, from the packets themselves: on interfaces, from a stream, or out of files.
//!
//! In reading order: `packet` reads a frame and weighs it, `accounts` counts it and decides who is who; `capture`
//! brings frames from interfaces and streams, on a thread of its own; `files` from captures that are finished;
//! this file is the source.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

use crate::clock;
use crate::metric::{Reason, Timestamp};
use crate::sources::{Call, Collector, Error, Fault, Reading, Tools};

pub mod accounts;
pub mod capture;
pub mod devices;
pub mod files;
pub mod metrics;
mod naming;
pub mod packet;
pub mod snapshot;

use accounts::limits::Limits;
use capture::interfaces;
use capture::stream::Ended;
use capture::tap::{Tap, Trouble};
use capture::{Capture, Figures, InterfaceFigures, Plan, Problem, ThreadGone, open_stream};
use devices::Devices;
use naming::Naming;
use snapshot::Snapshot;

/// The `kind` of these sources.
pub const KIND: &str = "wire";

/// The name of their only part.
pub const PART: &str = "capture";

/// What to listen to and whom to count.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where packets come from.
    pub input: Input,
    /// Whom to count; empty means the interface's own prefixes, or the private ranges if it has none.
    pub prefixes: Vec<IpNet>,
    /// At most this many rows of hosts; the rest share the row `other`.
    pub max_hosts: usize,
    /// Size of each interface's ring, in bytes.
    pub ring_bytes: usize,
    /// Whether to ask the interface for frames that are not addressed to it.
    pub promiscuous: bool,
}

/// Where packets come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The interface of the default route.
    DefaultRoute,
    /// Interfaces by name.
    Interfaces(Vec<String>),
    /// A capture as it is written: a FIFO, a growing file, or `-` for standard input.
    Stream(PathBuf),
}

/// The source.
#[derive(Debug)]
pub struct Wire {
    settings: Settings,
    tools: Tools,
    /// None until there is something to listen to.
    capture: Option<Capture>,
    /// What is captured, by name; nothing as long as there is no default route to follow.
    captured: Vec<String>,
    naming: Naming,
    devices: Devices,
    folded: u64,
    /// When somebody last found no room.
    full_at: Option<Timestamp>,
}

/// Everything that new settings need, opened, so that changing to them cannot fail for want of it.
#[derive(Debug)]
pub struct Change {
    settings: Settings,
    captured: Vec<String>,
    capture: capture::Change,
}

impl Wire {
    /// Opens rings or the stream and starts to count. Where there is no default route yet, it waits for one.
    ///
    /// # Errors
    /// What somebody must mend first: no permission, no such file, no memory, a kernel without packet rings. An
    /// interface that is not there is not among them: it may come.
    pub fn open(settings: Settings, tools: Tools) -> Result<Self, Error> {
        let mut wire = Self {
            settings,
            tools,
            capture: None,
            captured: Vec::new(),
            naming: Naming::default(),
            devices: Devices::default(),
            folded: 0,
            full_at: None,
        };
        let change = wire.prepare(wire.settings.clone())?;
        if !change.captured.is_empty() {
            wire.begin(change)?;
        }
        Ok(wire)
    }

    /// Opens what other settings need and these do not have. Nothing changes yet.
    ///
    /// # Errors
    /// As [`Wire::open`].
    pub fn prepare(&self, settings: Settings) -> Result<Change, Error> {
        let stays = |name: &String| self.captured.contains(name);
        let (captured, keep, inputs) = match &settings.input {
            Input::Stream(path) => {
                let name = capture::stream_name(path);
                if self.settings.input == settings.input && stays(&name) {
                    (vec![name.clone()], vec![name], capture::Inputs::Taps(Vec::new()))
                } else {
                    let stream = open_stream(path).map_err(|error| no_capture(path, &error))?;
                    (vec![name], Vec::new(), stream)
                }
            }
            Input::DefaultRoute | Input::Interfaces(_) => {
                let names = self.interfaces(&settings.input);
                let same_rings = !matches!(self.settings.input, Input::Stream(_))
                    && self.settings.ring_bytes == settings.ring_bytes
                    && self.settings.promiscuous == settings.promiscuous;
                let (keep, fresh): (Vec<String>, Vec<String>) =
                    names.iter().cloned().partition(|name| same_rings && stays(name));
                let tap =
                    |name| Tap::new(name, settings.ring_bytes, settings.promiscuous, &self.tools.sockets);
                let taps: Result<Vec<Tap>, io::Error> = fresh.iter().map(|name| tap(name)).collect();
                let taps = taps.map_err(|error| no_ring(&error, settings.ring_bytes))?;
                (names, keep, capture::Inputs::Taps(taps))
            }
        };
        let (prefixes, limits) = (settings.prefixes.clone(), Limits::live(settings.max_hosts));
        let capture = capture::Change { keep, plan: Plan { inputs, prefixes, limits } };
        Ok(Change { settings, captured, capture })
    }

    /// Goes on with other settings, and with what has been counted so far.
    ///
    /// # Errors
    /// When the machine has no thread to begin with, or ours has ended.
    pub async fn apply(&mut self, change: Change) -> Result<(), Error> {
        match &self.capture {
            None if change.captured.is_empty() => self.settings = change.settings,
            None => self.begin(change)?,
            Some(running) => {
                (self.settings, self.captured) = (change.settings, change.captured);
                running.change(change.capture).await.map_err(thread_gone)?;
            }
        }
        Ok(())
    }

    /// Starts to count.
    fn begin(&mut self, change: Change) -> Result<(), Error> {
        self.settings = change.settings;
        let beat = self.tools.pulse.register("a capture thread", capture::PATIENCE);
        let running = Capture::start(change.capture.plan, files::random_seed(), beat).map_err(|error| {
            Error::new(Reason::Unsupported, "no_thread", format!("cannot start to capture: {error}"))
        })?;
        (self.capture, self.captured) = (Some(running), change.captured);
        Ok(())
    }

    /// Lets go of interfaces and streams, and keeps the books for whoever takes it up again.
    pub async fn rest(&mut self) {
        let plan = Plan {
            inputs: capture::Inputs::Taps(Vec::new()),
            prefixes: self.settings.prefixes.clone(),
            limits: Limits::live(self.settings.max_hosts),
        };
        self.captured.clear();
        if let Some(capture) = &self.capture {
            // A thread that has ended rests already.
            let _ = capture.change(capture::Change { keep: Vec::new(), plan }).await;
        }
    }

    /// The interfaces that these settings mean here and now. A default route is followed to the interface where it
    /// was first found.
    fn interfaces(&self, input: &Input) -> Vec<String> {
        match input {
            Input::Interfaces(names) => names.clone(),
            Input::DefaultRoute if self.settings.input == *input && !self.captured.is_empty() => {
                self.captured.clone()
            }
            _ => interfaces::default_route().into_iter().collect(),
        }
    }
}

fn thread_gone(gone: ThreadGone) -> Error {
    Error::new(Reason::Misbehaved, "thread_gone", gone)
}

/// How many packet sockets these settings need.
pub fn sockets_needed(settings: &Settings) -> usize {
    match &settings.input {
        Input::DefaultRoute => 1,
        Input::Interfaces(names) => names.len(),
        Input::Stream(_) => 0,
    }
}

impl Collector for Wire {
    type Snapshot = Snapshot;

    async fn collect(&mut self, call: Call<'_>) -> Result<Reading<Snapshot>, Error> {
        if self.captured.is_empty() {
            let change = self.prepare(self.settings.clone())?;
            self.apply(change).await?;
        }
        let Some(capture) = self.capture.as_ref().filter(|_| !self.captured.is_empty()) else {
            let what = "there is no default route, so no interface to listen on; name one with `--interface` or in the \
                        configuration";
            return Err(Error::new(Reason::Unreachable, "no_default_route", what));
        };
        let figures = capture.figures().await.map_err(thread_gone)?;
        let problems: Vec<(Reason, &'static str, String)> =
            figures.interfaces.iter().filter_map(problem).collect();
        if problems.len() == figures.interfaces.len() {
            let all: Vec<String> = problems.iter().map(|(_, _, what)| what.clone()).collect();
            let (reason, code) =
                problems.first().map_or((Reason::Unreachable, "no_interface"), |first| (first.0, first.1));
            return Err(Error::new(reason, code, all.join("; ")));
        }
        let mut faults: Vec<Fault> = problems.into_iter().map(|(_, _, what)| Fault(what)).collect();
        let snapshot = self.name(figures);
        faults.extend(self.fullness(snapshot.folded_since > 0, call.now));
        Ok(Reading { snapshot, faults, not_before: None })
    }
}

/// For so long it is told that there was no room: a table that fills and empties is one fault and not many.
const FULL_FOR: Duration = Duration::from_secs(300);

impl Wire {
    fn fullness(&mut self, is_full: bool, now: Timestamp) -> Option<Fault> {
        if is_full {
            self.full_at = Some(now);
        }
        let since = now.0.saturating_sub(self.full_at?.0);
        (since <= FULL_FOR).then(|| {
            let limit = self.settings.max_hosts;
            Fault(format!(
                "there is no room for more hosts (`max_hosts` is {limit}); newcomers are counted as `other`"
            ))
        })
    }

    fn name(&mut self, figures: Figures) -> Snapshot {
        let hosts = self.naming.name(figures.rows, &self.tools.names, clock::uptime());
        let bytes = hosts.iter().map(|host| (host.serial, host.device(), host.traffic.bytes()));
        self.devices.update(bytes, self.settings.max_hosts);
        let folded_since = figures.folded - std::mem::replace(&mut self.folded, figures.folded);
        Snapshot {
            interfaces: figures.interfaces,
            hosts,
            devices: self.devices.all(),
            folded_since,
            addresses: figures.addresses,
            past_ip_bytes: figures.past_ip_bytes,
        }
    }
}

fn problem(figures: &InterfaceFigures) -> Option<(Reason, &'static str, String)> {
    let name = &figures.name;
    Some(match figures.problem.as_ref()? {
        Problem::Tap(Trouble::Missing(known)) => {
            let what = format!(
                "there is no interface `{name}` (there are {}); it is used as soon as it appears",
                list(known)
            );
            (Reason::Unreachable, "no_interface", what)
        }
        Problem::Tap(Trouble::Down) => {
            let what = format!("interface `{name}` is down; set it up with `ip link set {name} up`");
            (Reason::Unreachable, "interface_down", what)
        }
        Problem::Tap(Trouble::Bind(error)) => {
            (Reason::Unreachable, "no_bind", format!("cannot listen on interface `{name}`: {error}"))
        }
        Problem::Ended(Ended::Closed(how)) => {
            (Reason::Unreachable, "ended", format!("the capture `{name}` {how}"))
        }
        Problem::Ended(Ended::Damaged(how)) => {
            (Reason::Misbehaved, "damaged", format!("the capture `{name}` makes no sense: {how}"))
        }
    })
}

fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Whether both would read the same pipe, which only one can.
pub fn share_a_pipe(one: &Settings, other: &Settings) -> bool {
    match (&one.input, &other.input) {
        (Input::Stream(one), Input::Stream(other)) => one == other && capture::stream::is_pipe(one),
        _ => false,
    }
}

/// The capture that is followed, to be followed anew.
pub fn files(settings: &Settings) -> Vec<PathBuf> {
    match &settings.input {
        Input::Stream(path) => vec![path.clone()],
        Input::DefaultRoute | Input::Interfaces(_) => Vec::new(),
    }
}

/// Looks whether the capture is there.
pub fn touch(settings: &Settings) {
    if let Input::Stream(path) = &settings.input {
        // Only whether it answers matters.
        let _ = path.metadata();
    }
}

/// What these settings amount to here and now, in words.
pub fn describe(settings: &Settings) -> String {
    let whom = |own: &[IpNet]| {
        let prefixes = if settings.prefixes.is_empty() { own } else { &settings.prefixes };
        if prefixes.is_empty() {
            return "the private ranges".to_owned();
        }
        let prefixes: Vec<String> = prefixes.iter().map(IpNet::to_string).collect();
        prefixes.join(", ")
    };
    let tapped = |names: &[String]| {
        let own: Vec<IpNet> =
            names.iter().flat_map(|name| interfaces::own_prefixes(name).unwrap_or_default()).collect();
        let missing: Vec<String> =
            names.iter().filter(|name| interfaces::index(name).is_none()).cloned().collect();
        let missing = if missing.is_empty() {
            String::new()
        } else {
            format!("; there is no {} at present", list(&missing))
        };
        format!("listens on {} and counts {}{missing}", list(names), whom(&own))
    };
    match &settings.input {
        Input::DefaultRoute => match interfaces::default_route() {
            Some(name) => format!("{} (the interface of the default route)", tapped(&[name])),
            None => "waits for a default route, of which there is none at present".to_owned(),
        },
        Input::Interfaces(names) => tapped(names),
        Input::Stream(path) => {
            let there = path.as_os_str() == "-" || path.exists();
            let missing = if there { "" } else { "; there is no such file at present" };
            format!("follows the capture `{}` and counts {}{missing}", path.display(), whom(&[]))
        }
    }
}

fn no_capture(path: &Path, error: &io::Error) -> Error {
    let advice = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "; while lanlord runs, it can only open captures that its user may read, and none in a folder that it did \
             not need at its start: start it again"
        }
        _ => "",
    };
    let what = format!("cannot open the capture `{}`: {error}{advice}", path.display());
    Error::new(Reason::Unreachable, "no_capture", what)
}

/// One clear error when the ring cannot be had.
fn no_ring(error: &io::Error, bytes: usize) -> Error {
    match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => Error::new(
            Reason::Refused,
            "no_privilege",
            "cannot capture packets without the capability CAP_NET_RAW; run as root, or as a service with \
             `AmbientCapabilities=CAP_NET_RAW` (README, \"Without root\")",
        ),
        Some(libc::ENOMEM) => Error::new(
            Reason::Refused,
            "no_memory",
            format!("the kernel has no memory for a ring of {bytes} bytes; make `ring_size` smaller"),
        ),
        Some(libc::EAFNOSUPPORT) => Error::new(
            Reason::Refused,
            "no_packet_sockets",
            "cannot open packet sockets: either this kernel has none, or the service may not use them; then add AF_PACKET \
             to its `RestrictAddressFamilies=`",
        ),
        Some(libc::EINVAL | libc::ENOPROTOOPT) => Error::new(
            Reason::Unsupported,
            "no_ring",
            format!(
                "this kernel has no packet ring that lanlord can use (TPACKET_V3 with PACKET_VNET_HDR, Linux 4.6 or later): {error}"
            ),
        ),
        _ => Error::new(Reason::Unsupported, "no_ring", format!("cannot make a packet ring: {error}")),
    }
}
