//! The thread that counts: it waits for rings or a stream, keeps the books, and hands out a copy when asked.
//!
//! The books have one owner and no lock, so no reader can slow a packet down. Another engine, one that counts in
//! the kernel, would be another variant of [`Inputs`].

pub mod filter;
pub mod interfaces;
pub mod links;
pub mod ring;
pub mod stream;
pub mod tap;

use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use ipnet::IpNet;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::EventFd;
use tokio::sync::oneshot;

use crate::clock::Stopwatch;
use crate::sources::wire::accounts::limits::Limits;
use crate::sources::wire::accounts::rows::Row;
use crate::sources::wire::accounts::{Accounts, Totals};
use crate::sources::wire::packet::address::Prefixes;
use links::Links;
use stream::{Ended, Stream};
use tap::{Tap, Trouble};

/// What the thread is to do.
#[derive(Debug)]
pub struct Plan {
    /// Where packets come from.
    pub inputs: Inputs,
    /// Whom to count; empty means the interfaces' own prefixes.
    pub prefixes: Vec<IpNet>,
    /// Caps.
    pub limits: Limits,
    /// For the hash table: something that nobody outside knows.
    pub seed: [u64; 2],
}

/// Where packets come from.
#[derive(Debug)]
pub enum Inputs {
    /// Rings on interfaces.
    Taps(Vec<Tap>),
    /// A capture in writing, by its name.
    Stream(String, Box<Stream>),
}

/// A copy of the books.
#[derive(Debug)]
pub struct Figures {
    /// Each interface, or the stream.
    pub interfaces: Vec<InterfaceFigures>,
    /// Each host.
    pub rows: Vec<Row>,
    /// Packets whose host found no room, since the start.
    pub folded: u64,
    /// Addresses known.
    pub addresses: usize,
}

/// What an interface carried and what became of it.
#[derive(Clone, Debug)]
pub struct InterfaceFigures {
    /// Its name.
    pub name: String,
    /// What it carried.
    pub totals: Totals,
    /// IP bytes that no other interface has shown as well.
    pub ip_bytes: u64,
    /// What only rings have.
    pub ring: Option<RingFigures>,
    /// Why it cannot be heard, if it cannot.
    pub problem: Option<Problem>,
}

/// What only rings have.
#[derive(Clone, Copy, Debug)]
pub struct RingFigures {
    /// Frames for which the ring had no room.
    pub dropped: u64,
    /// How often it was full.
    pub freezes: u64,
    /// How often the interface came back as another one.
    pub rebound: u64,
    /// Frames that the hardware let go, if its driver says.
    pub missed: Option<u64>,
}

/// Why nothing is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// See [`Trouble`].
    Tap(Trouble),
    /// The stream has ended, and how.
    Ended(Ended),
}

/// The thread, from outside; it ends when this is dropped.
#[derive(Debug)]
pub struct Capture {
    requests: Option<Sender<oneshot::Sender<Figures>>>,
    bell: Arc<EventFd>,
}

impl Capture {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the machine has no more threads or descriptors.
    pub fn start(plan: Plan) -> io::Result<Self> {
        let (requests, inbox) = mpsc::channel();
        let bell = Arc::new(EventFd::new()?);
        let links = Links::watch()?;
        let inside = Arc::clone(&bell);
        thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || Engine::new(plan, links).run(&inbox, &inside))?;
        Ok(Self { requests: Some(requests), bell })
    }

    /// A copy of the books, as soon as the thread has counted what it is at.
    ///
    /// # Errors
    /// When the thread has died.
    pub async fn figures(&self) -> Result<Figures, ThreadGone> {
        let (reply, figures) = oneshot::channel();
        self.requests.as_ref().ok_or(ThreadGone)?.send(reply).map_err(|_| ThreadGone)?;
        // A bell that cannot ring is ringing already.
        let _ = self.bell.write(1);
        figures.await.map_err(|_| ThreadGone)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.requests = None;
        let _ = self.bell.write(1);
    }
}

/// The capture thread has ended, which only a mistake of ours can cause.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the capture thread has ended; this is a fault in lanlord, please report what the log says")]
pub struct ThreadGone;

struct Engine {
    inputs: Inputs,
    accounts: Accounts,
    /// Whether prefixes follow the interfaces' own.
    follows_own: bool,
    links: Links,
    watch: Stopwatch,
    /// There is more to read at once.
    hurries: bool,
}

/// How long to sleep when nothing happens, in milliseconds; then the interfaces' own prefixes are read again.
const PATIENCE_MS: u16 = 10_000;
/// How long between looks at a file that grows.
const GROWTH_MS: u16 = 250;

impl Engine {
    fn new(plan: Plan, links: Links) -> Self {
        let follows_own = plan.prefixes.is_empty();
        let accounts = Accounts::new(plan.prefixes.into_iter().collect(), plan.limits, plan.seed);
        let mut engine = Self {
            inputs: plan.inputs,
            accounts,
            follows_own,
            links,
            watch: Stopwatch::start(),
            hurries: false,
        };
        engine.look();
        engine
    }

    fn run(mut self, inbox: &Receiver<oneshot::Sender<Figures>>, bell: &EventFd) {
        let mut looked_at = self.now();
        loop {
            let Some(woken) = self.wait(bell) else { return };
            let now = self.now();
            if woken.bell {
                // Answers whoever asked; a closed inbox means that nobody will again.
                let _ = bell.read();
                loop {
                    match inbox.try_recv() {
                        // Who asked may have stopped waiting.
                        Ok(reply) => drop(reply.send(self.figures(now))),
                        Err(mpsc::TryRecvError::Empty) => break,
                        Err(mpsc::TryRecvError::Disconnected) => return,
                    }
                }
            }
            if woken.links || now.saturating_sub(looked_at) >= u32::from(PATIENCE_MS / 1000) {
                self.links.drain();
                self.look();
                looked_at = now;
            }
            match &mut self.inputs {
                Inputs::Taps(taps) => {
                    for (tap, error) in taps.iter_mut().zip(woken.errors) {
                        tap.drain(&mut self.accounts, now);
                        if error {
                            tap.recover();
                        }
                    }
                }
                Inputs::Stream(_, stream) => {
                    self.hurries = stream.drain(&mut self.accounts, now);
                }
            }
        }
    }

    /// Seconds since the start: a clock that never jumps.
    fn now(&self) -> u32 {
        u32::try_from(self.watch.elapsed().as_secs()).unwrap_or(u32::MAX)
    }

    /// Sleeps until something happens; none when the kernel no longer lets us.
    fn wait(&self, bell: &EventFd) -> Option<Woken> {
        let file = |descriptor| PollFd::new(descriptor, PollFlags::POLLIN);
        let mut files = vec![file(bell.as_fd()), file(self.links.as_fd())];
        let mut patience = PATIENCE_MS;
        match &self.inputs {
            Inputs::Taps(taps) => files.extend(taps.iter().map(|tap| file(tap.ring().as_fd()))),
            Inputs::Stream(_, stream) => match stream.waits_for() {
                Some(descriptor) => files.push(file(descriptor)),
                None if stream.ended.is_none() => patience = GROWTH_MS,
                None => {}
            },
        }
        if self.hurries {
            patience = 0;
        }
        match poll(&mut files, PollTimeout::from(patience)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => {
                tracing::error!(%error, "the capture thread cannot wait for packets any more");
                return None;
            }
        }
        let events = |at: usize| files[at].revents().unwrap_or(PollFlags::empty());
        Some(Woken {
            bell: !events(0).is_empty(),
            links: !events(1).is_empty(),
            errors: (2..files.len()).map(|at| events(at).contains(PollFlags::POLLERR)).collect(),
        })
    }

    /// Looks at what has become of the interfaces.
    fn look(&mut self) {
        let Inputs::Taps(taps) = &mut self.inputs else {
            if self.follows_own {
                self.accounts.set_prefixes(Prefixes::private());
            }
            return;
        };
        let names: Vec<String> = taps.iter().map(|tap| tap.name.clone()).collect();
        for tap in &mut *taps {
            tap.look();
            tap.count_hosts(!interfaces::is_shown_by_another(&tap.name, &names));
        }
        if self.follows_own {
            let own: Vec<IpNet> =
                names.iter().flat_map(|name| interfaces::own_prefixes(name).unwrap_or_default()).collect();
            let prefixes = if own.is_empty() { Prefixes::private() } else { own.into_iter().collect() };
            if prefixes != *self.accounts.prefixes() {
                self.accounts.set_prefixes(prefixes);
            }
        }
    }

    fn figures(&mut self, now: u32) -> Figures {
        let interfaces = match &mut self.inputs {
            Inputs::Taps(taps) => taps.iter_mut().map(tap_figures).collect(),
            Inputs::Stream(name, stream) => vec![InterfaceFigures {
                name: name.clone(),
                ip_bytes: stream.totals.ip_bytes(),
                totals: stream.totals.clone(),
                ring: None,
                problem: stream.ended.clone().map(Problem::Ended),
            }],
        };
        let (addresses, _) = self.accounts.sizes();
        Figures {
            interfaces,
            rows: self.accounts.rows(now, false),
            folded: self.accounts.folded(),
            addresses,
        }
    }
}

struct Woken {
    bell: bool,
    links: bool,
    /// By tap, or for the stream.
    errors: Vec<bool>,
}

fn tap_figures(tap: &mut Tap) -> InterfaceFigures {
    tap.account_losses();
    InterfaceFigures {
        name: tap.name.clone(),
        totals: tap.totals.clone(),
        ip_bytes: tap.ip_bytes_of_its_own(),
        ring: Some(RingFigures {
            dropped: tap.dropped,
            freezes: tap.freezes,
            rebound: tap.rebound,
            missed: interfaces::missed(&tap.name),
        }),
        problem: tap.trouble.clone().map(Problem::Tap),
    }
}

/// Opens a ring for each interface.
///
/// # Errors
/// See [`Tap::open`].
pub fn open_taps(names: &[String], ring_bytes: usize, promiscuous: bool) -> io::Result<Inputs> {
    names
        .iter()
        .map(|name| Tap::open(name, ring_bytes, promiscuous))
        .collect::<io::Result<_>>()
        .map(Inputs::Taps)
}

/// Opens a capture in writing.
///
/// # Errors
/// See [`Stream::open`].
pub fn open_stream(path: &Path) -> io::Result<Inputs> {
    let name = if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() };
    Ok(Inputs::Stream(name, Box::new(Stream::open(path)?)))
}
