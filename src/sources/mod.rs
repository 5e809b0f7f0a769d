//! What we ask, and the one contract between a source and the rest of the house.
//!
//! A source goes and asks, once. When to ask, how long to wait, what a failure means, what is logged: that is
//! `visit`'s and `schedule`'s, the same for all.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use crate::metric::{Families, Meta, Reason, Sighting, Timestamp};
use crate::names::Names;
use crate::pulse::Pulse;

mod device;
pub mod freebox;
pub mod hitron;
mod journal;
pub mod line;
pub mod wire;

pub use device::{Device, Place, Rest, Rests, Subject, Warned, Warning};
pub use journal::Journal;
pub use wire::capture::sockets::Sockets;

/// What can be asked once, and then again.
pub trait Collector: Send + 'static {
    /// What one visit learned, in the vendor's words.
    type Snapshot: Measure + Send;

    /// Goes and asks, once. Does not retry, sleep, cache, log or time: `visit` does, for all, and gives up after
    /// the call's patience. May replay once after logging in again when the session has ended.
    fn collect(
        &mut self,
        call: Call<'_>,
    ) -> impl Future<Output = Result<Reading<Self::Snapshot>, Error>> + Send;

    /// Gives the session back; has its own 2 s and its own connection.
    fn leave(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// One call at a source's door.
#[derive(Debug)]
pub struct Call<'a> {
    /// When it began.
    pub now: Timestamp,
    /// When it is given up, from its beginning.
    pub patience: Duration,
    /// The device, for those that are visited by one visitor at a time: see [`Part::place`].
    pub device: Option<&'a mut Device>,
    /// What happens, for whoever wants to see it.
    pub journal: &'a mut Journal,
}

/// A snapshot in our words. Pure: names and choices of the top N are already in the snapshot.
pub trait Measure {
    /// Writes the metrics.
    fn measure(&self, out: &mut Families);

    /// Adds what it says about hosts.
    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}

/// A visit that brought something.
#[derive(Debug)]
pub struct Reading<S> {
    /// What was learned.
    pub snapshot: S,
    /// What could not be had although the rest could.
    pub faults: Vec<Fault>,
    /// The device asks not to be visited before then.
    pub not_before: Option<Timestamp>,
}

/// Something that could not be had in a visit that otherwise succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// A visit that brought nothing. It reads as its cause does, and stands in its place in a chain of causes, so that no
/// sentence is said twice.
#[derive(Debug)]
pub struct Error {
    /// Who must act.
    pub reason: Reason,
    /// Narrower than the reason: `no_interface`, `busy`, `tls_pin` …; for the page, the log and `/probe`.
    pub code: &'static str,
    /// The device asks not to be visited before then.
    pub not_before: Option<Timestamp>,
    /// What happened, where, and what to do.
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

impl Error {
    /// An error without a request to stay away.
    pub fn new(
        reason: Reason,
        code: &'static str,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { reason, code, not_before: None, cause: cause.into() }
    }
}

/// What one kind of source needs, one variant per kind; made by `config`.
#[derive(Clone, Debug, PartialEq)]
pub enum Settings {
    /// A Freebox, over its own interface for programs.
    Freebox(freebox::Settings),
    /// A Hitron cable modem, over its web pages.
    Hitron(hitron::Settings),
    /// Packets, per host.
    Wire(wire::Settings),
}

impl Settings {
    /// The kind, as the configuration spells it.
    pub fn kind(&self) -> &'static str {
        match self {
            Settings::Freebox(_) => freebox::KIND,
            Settings::Hitron(_) => hitron::KIND,
            Settings::Wire(_) => wire::KIND,
        }
    }
}

/// What a source leans on, besides its settings. Cheap to clone; clones share what is in it.
#[derive(Clone, Debug, Default)]
pub struct Tools {
    /// What hosts are called.
    pub names: Names,
    /// Packet sockets that were opened while that was allowed.
    pub sockets: Sockets,
    /// Who misses a thread that does not come round any more.
    pub pulse: Pulse,
}

/// One part of a source, with its own timer and deadline. Adding a kind is a compile error until the match in
/// [`Part::ask`] has it.
#[derive(Debug)]
pub enum Part {
    /// A Freebox; one of its parts.
    Freebox(freebox::Freebox),
    /// A Hitron cable modem; one of its parts, or all that are asked for together.
    Hitron(hitron::Hitron),
    /// Packets, per host.
    Wire(wire::Wire),
}

/// A reading in our words: all that `visit` passes on.
#[derive(Debug, Default)]
pub struct Answer {
    /// The metrics.
    pub families: Families,
    /// The hosts.
    pub sightings: Vec<Sighting>,
    /// What could not be had.
    pub faults: Vec<Fault>,
    /// The device asks not to be visited before then.
    pub not_before: Option<Timestamp>,
}

impl Part {
    /// The kind of its source, as the configuration spells it.
    pub fn kind(&self) -> &'static str {
        match self {
            Part::Freebox(_) => freebox::KIND,
            Part::Hitron(_) => hitron::KIND,
            Part::Wire(_) => wire::KIND,
        }
    }

    /// Its name, unique within the source.
    pub fn name(&self) -> &'static str {
        match self {
            Part::Freebox(part) => part.name(),
            Part::Hitron(part) => part.name(),
            Part::Wire(_) => wire::PART,
        }
    }

    /// The longest pause when it does not answer, for which it is asked more and more rarely; none for what is on this
    /// machine and minds nobody asking.
    pub fn longest_pause(&self) -> Option<Duration> {
        match self {
            // It is what everything else in the house hangs on, and on the same cable.
            Part::Freebox(_) => Some(Duration::from_secs(60)),
            // A modem that starts anew takes minutes, and those who ask it all the time make some start anew.
            Part::Hitron(_) => Some(Duration::from_secs(300)),
            Part::Wire(_) => None,
        }
    }

    /// How often to ask it, where its source is asked every `interval`.
    pub fn interval(&self, of_source: Duration) -> Duration {
        match self {
            Part::Freebox(part) => part.interval(of_source),
            Part::Hitron(part) => part.interval(of_source),
            Part::Wire(_) => of_source,
        }
    }

    /// How long to wait for it, where its source is waited for until `deadline`.
    pub fn deadline(&self, of_source: Duration) -> Duration {
        match self {
            Part::Freebox(part) => part.deadline(of_source),
            Part::Hitron(_) => of_source,
            Part::Wire(_) => of_source,
        }
    }

    /// Whether it has more to say the longer it runs, and nothing at once.
    pub fn gathers(&self) -> bool {
        match self {
            Part::Freebox(_) | Part::Hitron(_) => false,
            Part::Wire(_) => true,
        }
    }

    /// Where its device is, if no more than one visitor at a time may be there, whichever source or probe sends him.
    pub fn place(&self) -> Option<Place> {
        match self {
            Part::Hitron(part) => Some(part.place()),
            Part::Freebox(_) | Part::Wire(_) => None,
        }
    }

    /// Asks once; only `visit` calls this.
    pub async fn ask(&mut self, call: Call<'_>) -> Result<Answer, Error> {
        match self {
            Part::Wire(wire) => answer(wire, call).await,
            Part::Freebox(part) => answer(part, call).await,
            Part::Hitron(part) => answer(part, call).await,
        }
    }

    /// What there is to say of a visit that brought nothing, besides why: for probes, whose answer is all there is.
    pub fn excuse(&self, out: &mut Families) {
        match self {
            Part::Hitron(part) => part.excuse(out),
            Part::Freebox(_) | Part::Wire(_) => {}
        }
    }

    /// Whether a visit has left something behind that [`Part::leave`] could give back, and that is in the way of others.
    pub fn is_open(&self) -> bool {
        match self {
            Part::Hitron(part) => part.is_open(),
            // Its parts share one session, which stays open.
            Part::Freebox(_) | Part::Wire(_) => false,
        }
    }

    /// Gives the session back.
    pub async fn leave(&mut self) {
        match self {
            Part::Freebox(part) => part.leave().await,
            Part::Hitron(part) => part.leave().await,
            Part::Wire(wire) => wire.leave().await,
        }
    }

    /// Opens what other settings need; nothing changes yet.
    ///
    /// # Errors
    /// As [`open`].
    pub fn prepare(&self, settings: Settings) -> Result<Change, Error> {
        match (self, settings) {
            (Part::Wire(wire), Settings::Wire(settings)) => {
                wire.prepare(settings).map(Box::new).map(Change::Wire)
            }
            (Part::Freebox(part), Settings::Freebox(settings)) => part.prepare(settings).map(Change::Freebox),
            (Part::Hitron(part), Settings::Hitron(settings)) => {
                part.prepare(settings).map(Box::new).map(Change::Hitron)
            }
            (Part::Wire(_) | Part::Freebox(_) | Part::Hitron(_), _) => Err(other_kind()),
        }
    }

    /// Goes on with other settings, and with everything that was counted so far.
    ///
    /// # Errors
    /// When the machine is out of something; the next visit tries again.
    pub async fn apply(&mut self, change: Change) -> Result<(), Error> {
        match (self, change) {
            (Part::Wire(wire), Change::Wire(change)) => wire.apply(*change).await,
            (Part::Freebox(part), Change::Freebox(change)) => {
                part.apply(change).await;
                Ok(())
            }
            (Part::Hitron(part), Change::Hitron(change)) => {
                part.apply(*change).await;
                Ok(())
            }
            (Part::Wire(_) | Part::Freebox(_) | Part::Hitron(_), _) => Err(other_kind()),
        }
    }

    /// Lets go of everything but what was counted, since nobody will ask until the next [`Part::apply`].
    pub async fn rest(&mut self) {
        match self {
            Part::Freebox(part) => part.rest().await,
            Part::Hitron(part) => part.leave().await,
            Part::Wire(wire) => wire.rest().await,
        }
    }
}

/// The fleet opens a source of another kind anew.
fn other_kind() -> Error {
    Error::new(Reason::Unsupported, "other_kind", "a source cannot become one of another kind while it runs")
}

async fn answer<C: Collector>(collector: &mut C, call: Call<'_>) -> Result<Answer, Error> {
    let reading = collector.collect(call).await?;
    let mut answer = Answer {
        families: Families::default(),
        sightings: Vec::new(),
        faults: reading.faults,
        not_before: reading.not_before,
    };
    reading.snapshot.measure(&mut answer.families);
    reading.snapshot.sightings(&mut answer.sightings);
    Ok(answer)
}

/// Opens a source: what comes of it are its parts.
///
/// # Errors
/// What somebody must mend before it can ever work. A device that does not answer is not among them.
pub fn open(settings: Settings, tools: &Tools) -> Result<Vec<Part>, Error> {
    match settings {
        Settings::Freebox(settings) => {
            let parts = freebox::Freebox::open(settings)?;
            Ok(parts.into_iter().map(Part::Freebox).collect())
        }
        Settings::Hitron(settings) => {
            Ok(hitron::Hitron::open(settings)?.into_iter().map(Part::Hitron).collect())
        }
        Settings::Wire(settings) => Ok(vec![Part::Wire(wire::Wire::open(settings, tools.clone())?)]),
    }
}

/// Packet sockets in reserve for a reload: nobody adds more interfaces than that without starting anew.
const SPARE_SOCKETS: usize = 16;

/// Takes what these settings, and some to come, need a privilege for, so that the privilege can be given up.
pub fn reserve<'a>(settings: impl Iterator<Item = &'a Settings>) -> Sockets {
    let needed = |settings: &Settings| match settings {
        Settings::Freebox(_) | Settings::Hitron(_) => 0,
        Settings::Wire(settings) => wire::sockets_needed(settings),
    };
    Sockets::reserve(settings.map(needed).sum::<usize>() + SPARE_SOCKETS)
}

/// New settings for a part that is open, with everything opened that they need.
#[derive(Debug)]
pub enum Change {
    /// Packets, per host.
    Wire(Box<wire::Change>),
    /// A Freebox; one of its parts.
    Freebox(freebox::Change),
    /// A Hitron cable modem; one of its parts.
    Hitron(Box<hitron::Change>),
}

/// Whether both have the same parts; then one can go on with the settings of the other.
pub fn same_parts(one: &Settings, other: &Settings) -> bool {
    match (one, other) {
        (Settings::Freebox(one), Settings::Freebox(other)) => freebox::same_parts(one, other),
        (Settings::Hitron(one), Settings::Hitron(other)) => hitron::same_parts(one, other),
        (Settings::Wire(_), Settings::Wire(_)) => true,
        _ => false,
    }
}

/// Whether both would read the same pipe, which only one can.
pub fn share_a_pipe(one: &Settings, other: &Settings) -> bool {
    match (one, other) {
        (Settings::Wire(one), Settings::Wire(other)) => wire::share_a_pipe(one, other),
        _ => false,
    }
}

/// Looks at the files that these settings name, which takes for ever where a disk does not answer: to be called where
/// that harms nobody, before [`open`] does the same.
pub fn touch(settings: &Settings) {
    match settings {
        Settings::Freebox(settings) => freebox::touch(settings),
        Settings::Hitron(settings) => hitron::touch(settings),
        Settings::Wire(settings) => wire::touch(settings),
    }
}

/// Files that are read again while lanlord runs, and so must stay readable.
pub fn files(settings: &Settings) -> Vec<PathBuf> {
    match settings {
        Settings::Freebox(settings) => freebox::files(settings),
        Settings::Hitron(settings) => hitron::files(settings),
        Settings::Wire(settings) => wire::files(settings),
    }
}

/// What these settings amount to here and now, in words, for `lanlord check`.
pub fn describe(settings: &Settings) -> String {
    match settings {
        Settings::Freebox(settings) => freebox::describe(settings),
        Settings::Hitron(settings) => hitron::describe(settings),
        Settings::Wire(settings) => wire::describe(settings),
    }
}

/// Every family that sources can produce.
pub fn catalogue() -> impl Iterator<Item = &'static Meta> {
    let tables = [line::CATALOGUE, wire::metrics::CATALOGUE];
    tables
        .into_iter()
        .flatten()
        .copied()
        .chain(freebox::metrics::catalogue())
        .chain(hitron::metrics::catalogue())
}
