//! The desk behind the door: reads what is asked for, looks whether it is allowed, and waits for the visit.
//!
//! It writes no line into the log for a probe: what changed of a target is told by whoever visits it, and whoever asks in
//! vain is told so in the answer. A flood of questions must not become a flood of lines.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::allow::Host;
use super::board::Board;
use super::flight::{Flights, Full, Landed};
use super::identity::{Identities, NoChance};
use super::query::Query;
use super::reply::{Door, Question, Refusal, Reply, View};
use super::{DEFAULT, IN_FLIGHT, Module, Settings, answer, describe, plan};
use crate::clock::{self, Stopwatch};
use crate::metric::{Families, SourceId};
use crate::sources::Part;
use crate::sources::hitron::{self, Hitron};
use crate::text;
use crate::visit::Visitor;
use crate::visit::turns::Turns;

/// Answers probes. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Desk(Arc<Inner>);

struct Inner {
    /// Held only long enough to copy it.
    settings: Mutex<Arc<Settings>>,
    turns: Turns,
    identities: Identities,
    flights: Flights,
    board: Board,
    /// A place for each question that waits for its visit.
    places: Semaphore,
    /// Whether the log was told of these.
    told_of_address: AtomicBool,
    told_of_weak_pins: AtomicBool,
}

/// However little whoever asks wants to wait.
const SHORTEST: Duration = Duration::from_millis(500);
/// What an answer takes back to whoever asked.
const WAY_BACK: Duration = Duration::from_millis(500);
/// By so much a visit's own word that it was too late may be later than the deadline.
const GRACE: Duration = Duration::from_millis(200);
/// Questions that wait at once: fewer than requests may be under way, so that scrapes of `/metrics` find room beside them.
const MOST_WAITING: usize = 128;
/// What modules are counted as that nobody knows.
const UNKNOWN: &str = "unknown";

impl Desk {
    /// Lets nobody in until [`Desk::change`]. `turns` are shared with whoever else may visit the same devices.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn new(turns: Turns) -> Result<Self, NoChance> {
        Ok(Self(Arc::new(Inner {
            settings: Mutex::default(),
            turns,
            identities: Identities::new()?,
            flights: Flights::default(),
            board: Board::default(),
            places: Semaphore::new(MOST_WAITING),
            told_of_address: AtomicBool::new(false),
            told_of_weak_pins: AtomicBool::new(false),
        })))
    }

    /// From now on these hold, for questions that come; a visit that is under way goes on with what it began with.
    pub fn change(&self, settings: Settings) {
        *self.0.settings.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }

    /// Tells all visits to give up, and waits until they have given their sessions back.
    pub async fn stop(&self) {
        self.0.flights.stop().await;
    }

    /// Writes how many probes there were.
    pub fn measure(&self, out: &mut Families) {
        self.0.board.measure(out);
        out.put(&IN_FLIGHT, [], self.0.flights.under_way());
    }

    fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.0.settings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn answer(&self, Question { query, patience }: Question) -> Reply {
        let watch = Stopwatch::start();
        let settings = self.settings();
        let query = match Query::read(&query) {
            Ok(query) => query,
            Err(refusal) => return self.refused(UNKNOWN, None, refusal),
        };
        self.tell_once(&query);
        let Some(module) = settings.module(query.module.as_deref()) else {
            return self.refused(UNKNOWN, None, unknown_module(&settings));
        };
        let whole = deadline(settings.deadline, patience.as_deref());
        let errors = query.errors.unwrap_or(settings.errors);
        let place = self.0.places.try_acquire();
        let visited = match place {
            Ok(_) => self.visit(&settings, &module, &query, (whole, watch)).await,
            Err(_) => Err((None, full())),
        };
        match visited {
            Ok((target, landed)) => {
                let outcome = answer::outcome(&landed);
                self.0.board.count(Some(&target), &module.name, outcome, clock::now());
                answer::reply(&landed, &query, &module.name, errors, clock::now())
            }
            Err((target, refusal)) => match self.refused(&module.name, target.as_deref(), refusal) {
                Reply::Refused(refusal) => answer::refusal(refusal, &query, errors, watch.elapsed()),
                reply => reply,
            },
        }
    }

    /// The visit, and whom; or why there is none, and whom it was to be if he is allowed.
    async fn visit(
        &self,
        settings: &Settings,
        module: &Module,
        query: &Query,
        (whole, watch): (Duration, Stopwatch),
    ) -> Result<(String, Arc<Landed>), (Option<String>, Refusal)> {
        let early = |refusal| (None, refusal);
        let left = || whole.saturating_sub(watch.elapsed());
        plan::check(module, query).map_err(early)?;
        plan::may_be(module, &settings.allow, &query.target).map_err(early)?;
        let plan_at = |address| plan::plan(module, &settings.allow, query, address);
        let planned = match query.target {
            Host::Address(address) => plan_at(address),
            Host::Name(ref name) => {
                let found = timeout(left(), self.resolve(name)).await;
                let found = found.map_err(|_late| early(too_late(name, whole)))?;
                let addresses = found.map_err(early)?;
                first_allowed(&addresses, plan_at)
            }
        };
        let planned = planned.map_err(early)?;
        let target = plan::place(&planned);
        let late = |refusal| (Some(target.clone()), refusal);
        let identity = self.0.identities.of(&module.name, &planned);
        let flight = self.0.flights.board(identity, || self.visitor(module, planned, &target, left()));
        let mut flight = flight.map_err(|Full| late(full()))?;
        let landed = timeout(left() + GRACE, flight.wait_for(Option::is_some)).await;
        let landed = landed.map_err(|_late| late(too_late(&target, whole)))?;
        // Closed with nothing in it: given up at the end, or a fault of ours.
        let landed = landed.ok().and_then(|landed| landed.clone());
        match landed {
            Some(landed) => Ok((target, landed)),
            None if self.0.flights.are_over() => {
                let text = "stopping: lanlord ends, and has given the visit up";
                Err(late(Refusal {
                    retry_after: Some(SHORTEST),
                    ..Refusal::new(503, "stopping", text.to_owned())
                }))
            }
            None => {
                let text = "internal: the visit came to no end; the log says more";
                Err(late(Refusal::new(500, "internal", text.to_owned())))
            }
        }
    }

    /// Where a name leads, for those who may connect there and nowhere else.
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Refusal> {
        let unknown = |why: &str| {
            let text = format!("resolve: {name} cannot be found: {}", text::cut(&text::plain(why), 200));
            Refusal::new(502, "resolve", text)
        };
        match self.0.flights.look_up(name).await {
            None => Err(unknown("the resolver was not asked to the end")),
            Some(Err(error)) => Err(unknown(&error.to_string())),
            Some(Ok(addresses)) if addresses.is_empty() => Err(unknown("the name has no address")),
            Some(Ok(addresses)) => Ok(addresses),
        }
    }

    fn visitor(&self, module: &Module, planned: hitron::Settings, target: &str, left: Duration) -> Visitor {
        let told = self.0.board.told(target, &module.name);
        let source = match module.name.as_str() {
            DEFAULT => format!("probe of {target}"),
            name => format!("probe of {target} with {name}"),
        };
        let part = Part::Hitron(Hitron::together(planned));
        Visitor::new(SourceId(Arc::from(source)), part, left, self.0.turns.clone()).remembering(told)
    }

    /// Counts it.
    fn refused(&self, module: &str, target: Option<&str>, refusal: Refusal) -> Reply {
        self.0.board.count(target, module, refusal.code, clock::now());
        Reply::Refused(refusal)
    }

    /// What whoever writes scrape configurations should know.
    fn tell_once(&self, query: &Query) {
        if query.by_address && !self.0.told_of_address.swap(true, Ordering::Relaxed) {
            tracing::info!("a probe names its target by `address`, an old word for `target`; both work");
        }
        let is_weak = query.pins.iter().any(|pin| pin.is_weak());
        if is_weak && !self.0.told_of_weak_pins.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a probe knows its target by a fingerprint of SHA-1 or MD5, for which others can make a certificate that \
                 fits; use the one of SHA-256"
            );
        }
    }
}

impl Door for Desk {
    fn knock(&self, question: Question) -> Pin<Box<dyn Future<Output = Reply> + Send>> {
        let desk = self.clone();
        Box::pin(async move { desk.answer(question).await })
    }

    fn view(&self) -> View {
        let settings = self.settings();
        let modules = settings.modules.iter().map(|module| (module.name.clone(), describe(module))).collect();
        View { modules, last: self.0.board.last() }
    }
}

/// How long a probe may take: no longer than is configured, and than whoever asks will wait for the answer.
fn deadline(configured: Duration, header: Option<&str>) -> Duration {
    let wanted = header.and_then(seconds).map(|wanted| wanted.saturating_sub(WAY_BACK));
    wanted.map_or(configured, |wanted| wanted.min(configured)).max(SHORTEST)
}

/// Reads seconds as Prometheus writes them; whatever else comes says nothing.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits =
        |text: &str| matches!(text.len(), 1..=9) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: f64 = (are_digits(whole) && are_digits(fraction)).then(|| text.parse().ok()).flatten()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Of several addresses the first that may be visited, or why the first may not.
fn first_allowed(
    addresses: &[IpAddr],
    plan_at: impl Fn(IpAddr) -> Result<hitron::Settings, Refusal>,
) -> Result<hitron::Settings, Refusal> {
    let mut first = None;
    for address in addresses {
        match plan_at(*address) {
            Ok(planned) => return Ok(planned),
            Err(refusal) => first = first.or(Some(refusal)),
        }
    }
    Err(first.unwrap_or_else(|| Refusal::new(502, "resolve", "resolve: the name has no address".to_owned())))
}

fn too_late(target: &str, whole: Duration) -> Refusal {
    let text = format!("timeout: no answer from {target} within {}", text::duration(whole));
    Refusal::new(504, "timeout", text)
}

fn full() -> Refusal {
    let text = "busy: too many probes are under way; ask again in a second";
    let retry_after = Some(Duration::from_secs(1));
    Refusal { retry_after, ..Refusal::new(503, "busy", text.to_owned()) }
}

fn unknown_module(settings: &Settings) -> Refusal {
    let known = settings.modules.iter().map(|module| module.name.as_str());
    let mut known: Vec<&str> = known.chain([DEFAULT]).collect();
    known.sort_unstable();
    known.dedup();
    let text = format!("Parameter 'module' names none of those there are: {}.", known.join(", "));
    Refusal::new(400, "bad_parameter", text)
}

#[cfg(test)]
mod tests;
