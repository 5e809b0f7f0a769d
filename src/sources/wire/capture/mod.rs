//! The thread that counts: it waits for rings or a stream, keeps the books, and hands out a copy when asked.
//!
//! The books have one owner and no lock, so no reader can slow a packet down. Another engine, one that counts in
//! the kernel, would be another variant of [`Inputs`].

pub mod filter;
pub mod interfaces;
pub mod links;
pub mod record;
pub mod ring;
pub mod sockets;
pub mod stream;
pub mod tap;

use std::io;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use ipnet::IpNet;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::EventFd;
use tokio::sync::oneshot;

use crate::clock::Stopwatch;
use crate::pulse::Beat;
use crate::sources::wire::accounts::Accounts;
use crate::sources::wire::accounts::limits::Limits;
use crate::sources::wire::accounts::rows::Row;
use crate::sources::wire::packet::address::Prefixes;
use links::Links;
use record::{Archive, Record};
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
}

/// What it is to do from now on instead. The books go on.
#[derive(Debug)]
pub struct Change {
    /// The interfaces or the stream, by name, that go on as they are: no packet of theirs is lost.
    pub keep: Vec<String>,
    /// The rest of the plan; its inputs come on top of those.
    pub plan: Plan,
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
    /// IP bytes of interfaces that are no longer captured.
    pub past_ip_bytes: u64,
}

/// What an interface carried and what became of it.
#[derive(Clone, Debug)]
pub struct InterfaceFigures {
    /// Its name.
    pub name: String,
    /// What was counted.
    pub record: Record,
    /// Whether it has a ring, and with that losses.
    pub has_ring: bool,
    /// Why it cannot be heard, if it cannot.
    pub problem: Option<Problem>,
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
    requests: Option<Sender<Request>>,
    bell: Arc<EventFd>,
}

enum Request {
    Figures(oneshot::Sender<Figures>),
    Change(Box<Change>, oneshot::Sender<()>),
}

impl Capture {
    /// Starts the thread. The seed is for the hash table: something that nobody outside knows.
    ///
    /// # Errors
    /// When the machine has no more threads or descriptors.
    pub fn start(plan: Plan, seed: [u64; 2], beat: Beat) -> io::Result<Self> {
        let (requests, inbox) = mpsc::channel();
        let bell = Arc::new(EventFd::new()?);
        let links = Links::watch()?;
        let inside = Arc::clone(&bell);
        thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || Engine::new(plan, seed, links).run(&inbox, &inside, &beat))?;
        Ok(Self { requests: Some(requests), bell })
    }

    /// A copy of the books, as soon as the thread has counted what it is at.
    ///
    /// # Errors
    /// When the thread has died.
    pub async fn figures(&self) -> Result<Figures, ThreadGone> {
        let (reply, figures) = oneshot::channel();
        self.send(Request::Figures(reply))?;
        figures.await.map_err(|_| ThreadGone)
    }

    /// Changes what is captured, and waits until it is.
    ///
    /// # Errors
    /// When the thread has died.
    pub async fn change(&self, change: Change) -> Result<(), ThreadGone> {
        let (done, changed) = oneshot::channel();
        self.send(Request::Change(Box::new(change), done))?;
        changed.await.map_err(|_| ThreadGone)
    }

    fn send(&self, request: Request) -> Result<(), ThreadGone> {
        self.requests.as_ref().ok_or(ThreadGone)?.send(request).map_err(|_| ThreadGone)?;
        // A bell that cannot ring is ringing already.
        let _ = self.bell.write(1);
        Ok(())
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
    /// Of inputs that have been taken away.
    archive: Archive,
    /// Streams that have been taken away: what has been read of one cannot be read again, and must not.
    resting: Vec<(String, Box<Stream>)>,
    /// Whether prefixes follow the interfaces' own.
    follows_own: bool,
    links: Links,
    watch: Stopwatch,
    /// There is more to read at once.
    hurries: bool,
}

/// The thread comes round more often than this, whatever happens.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// How long to sleep when nothing happens, in milliseconds.
const NAP_MS: u16 = 3_000;
/// Seconds after which the interfaces' own prefixes are read again.
const LOOK_AFTER: u32 = 10;
/// Each has a file open, and a buffer.
const MOST_RESTING: usize = 4;
/// How long between looks at a file that grows.
const GROWTH_MS: u16 = 250;

impl Engine {
    fn new(plan: Plan, seed: [u64; 2], links: Links) -> Self {
        let mut engine = Self {
            inputs: Inputs::Taps(Vec::new()),
            accounts: Accounts::new(Prefixes::private(), plan.limits, seed),
            archive: Archive::default(),
            resting: Vec::new(),
            follows_own: true,
            links,
            watch: Stopwatch::start(),
            hurries: false,
        };
        engine.change(Change { keep: Vec::new(), plan });
        engine
    }

    fn run(mut self, inbox: &Receiver<Request>, bell: &EventFd, beat: &Beat) {
        let mut looked_at = self.now();
        loop {
            let Some(mut woken) = self.wait(bell) else { return };
            beat.beat();
            let now = self.now();
            if woken.bell {
                // A closed inbox means that nobody will ask again.
                let _ = bell.read();
                loop {
                    match inbox.try_recv() {
                        // Who asked may have stopped waiting.
                        Ok(Request::Figures(reply)) => drop(reply.send(self.figures(now))),
                        Ok(Request::Change(change, done)) => {
                            self.drain(now);
                            self.change(*change);
                            // Nobody may be waiting any more.
                            let _ = done.send(());
                            // Those were about the inputs before.
                            woken.errors.clear();
                        }
                        Err(mpsc::TryRecvError::Empty) => break,
                        Err(mpsc::TryRecvError::Disconnected) => return,
                    }
                }
            }
            if woken.links || now.saturating_sub(looked_at) >= LOOK_AFTER {
                self.links.drain();
                self.look();
                looked_at = now;
            }
            self.drain(now);
            if let Inputs::Taps(taps) = &mut self.inputs {
                for (tap, _) in taps.iter_mut().zip(woken.errors).filter(|(_, error)| *error) {
                    tap.recover();
                }
            }
        }
    }

    /// Counts what has come.
    fn drain(&mut self, now: u32) {
        match &mut self.inputs {
            Inputs::Taps(taps) => taps.iter_mut().for_each(|tap| tap.drain(&mut self.accounts, now)),
            Inputs::Stream(_, stream) => self.hurries = stream.drain(&mut self.accounts, now),
        }
    }

    /// Puts the inputs of a plan in the place of those that do not stay; each goes on with what was counted under its
    /// name.
    fn change(&mut self, change: Change) {
        let Change { keep, mut plan } = change;
        let stays = |name: &String| keep.contains(name);
        let before = std::mem::replace(&mut self.inputs, Inputs::Taps(Vec::new()));
        let (mut kept, mut leaving) = (Vec::new(), Vec::new());
        self.hurries = false;
        match before {
            Inputs::Taps(taps) => (kept, leaving) = taps.into_iter().partition(|tap| stays(&tap.name)),
            Inputs::Stream(name, stream) if stays(&name) => self.inputs = Inputs::Stream(name, stream),
            Inputs::Stream(name, mut stream) => {
                self.archive.keep(name.clone(), std::mem::take(&mut stream.record));
                self.rest(name, stream);
            }
        }
        // The new ring begins to hear where the old one ends.
        leaving.iter().for_each(Tap::deafen);
        if let Inputs::Taps(fresh) = &mut plan.inputs {
            fresh.iter_mut().for_each(Tap::look);
        }
        let now = self.now();
        self.finish(&mut leaving, &mut kept, now);
        for tap in leaving {
            self.archive.keep(tap.name, tap.record);
        }
        match plan.inputs {
            Inputs::Taps(fresh) => {
                kept.extend(fresh.into_iter().map(|mut tap| {
                    tap.record = self.archive.take(&tap.name);
                    tap
                }));
                if !matches!(self.inputs, Inputs::Stream(..)) {
                    self.inputs = Inputs::Taps(kept);
                }
            }
            Inputs::Stream(name, fresh) => {
                let mut stream = self.wake(&name).unwrap_or(fresh);
                stream.record = self.archive.take(&name);
                stream.record.count_hosts(true);
                self.inputs = Inputs::Stream(name, stream);
            }
        }
        self.follows_own = plan.prefixes.is_empty();
        if !self.follows_own {
            self.accounts.set_prefixes(plan.prefixes.into_iter().collect());
        }
        self.accounts.set_limits(plan.limits);
        self.look();
    }

    /// Keeps a stream for its return; its writer waits, or the file grows.
    fn rest(&mut self, name: String, stream: Box<Stream>) {
        if self.resting.len() == MOST_RESTING {
            self.resting.remove(0);
        }
        self.resting.push((name, stream));
    }

    /// The stream of this name if it rests, and if there is more to come of it.
    fn wake(&mut self, name: &str) -> Option<Box<Stream>> {
        let at = self.resting.iter().position(|(resting, _)| resting == name)?;
        let (_, stream) = self.resting.remove(at);
        stream.ended.is_none().then_some(stream)
    }

    /// Waits for the blocks that the kernel was filling when these taps were made deaf, and counts what is in them. The
    /// others go on meanwhile.
    fn finish(&mut self, leaving: &mut [Tap], kept: &mut [Tap], now: u32) {
        for _ in 0..if leaving.is_empty() { 0 } else { 4 } {
            // Waits for none of no files: a pause.
            let _ = poll(&mut [], PollTimeout::from(ring::LAST_BLOCK_MS / 4));
            leaving.iter_mut().chain(kept.iter_mut()).for_each(|tap| tap.drain(&mut self.accounts, now));
        }
        leaving.iter_mut().for_each(Tap::account_losses);
    }

    /// Seconds since the start: a clock that never jumps.
    fn now(&self) -> u32 {
        u32::try_from(self.watch.elapsed().as_secs()).unwrap_or(u32::MAX)
    }

    /// Sleeps until something happens; none when the kernel no longer lets us.
    fn wait(&self, bell: &EventFd) -> Option<Woken> {
        let file = |descriptor| PollFd::new(descriptor, PollFlags::POLLIN);
        let mut files = vec![file(bell.as_fd()), file(self.links.as_fd())];
        let mut patience = NAP_MS;
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
            tap.record.count_hosts(!interfaces::is_shown_by_another(&tap.name, &names));
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
                record: stream.record.clone(),
                has_ring: false,
                problem: stream.ended.clone().map(Problem::Ended),
            }],
        };
        let (addresses, _) = self.accounts.sizes();
        Figures {
            interfaces,
            rows: self.accounts.rows(now, false),
            folded: self.accounts.folded(),
            addresses,
            past_ip_bytes: self.archive.ip_bytes(),
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
        record: tap.record.clone(),
        has_ring: true,
        problem: tap.trouble.clone().map(Problem::Tap),
    }
}

/// Opens a capture in writing.
///
/// # Errors
/// See [`Stream::open`].
pub fn open_stream(path: &Path) -> io::Result<Inputs> {
    Ok(Inputs::Stream(stream_name(path), Box::new(Stream::open(path)?)))
}

/// What a capture in writing is called.
pub fn stream_name(path: &Path) -> String {
    if path == Path::new("-") { "stdin".to_owned() } else { path.display().to_string() }
}
