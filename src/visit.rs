//! One visit: the deadline, the outcome and its reason, what the runner counts, and what goes into the log. The
//! only caller of [`Part::ask`], so that all of this means the same for every kind of source.
//!
//! It does not know when the next visit is due: `schedule` does.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{self, Stopwatch};
use crate::metric::{Batch, Families, Family, Outcome, Reason, SourceId, Tally, Timestamp, Visit};
use crate::net::failure::Failure;
use crate::net::patience::Patience;
use crate::net::tcp;
use crate::sources::{Answer, Call, Change, Error, Fault, Journal, Part, Settings};
use crate::text::plain;

mod told;
pub mod turns;

pub use told::Told;
use turns::{Full, Turn, Turns};

crate::metrics! {
    /// Whether the source answers: 0 only when the latest visit to every one of its parts has failed.
    SOURCE_UP = Gauge "lanlord_source_up" { source, kind };

    /// Whether the latest visit to this part of the source brought data.
    PART_UP = Gauge "lanlord_part_up" { source, part };

    /// How long the latest visit took.
    VISIT_DURATION = Gauge<f64> "lanlord_visit_duration_seconds" { source, part };

    /// When a visit last brought data, in seconds since 1970; absent until one has.
    VISIT_SUCCESS = Gauge<f64> "lanlord_visit_success_timestamp_seconds" { source, part };

    /// Visits since lanlord started, by outcome: `ok`, or the reason why there is no data.
    VISITS = Counter "lanlord_visits_total" { source, part, outcome };

    /// What could not be had since lanlord started in visits that otherwise brought data.
    FAULTS = Counter "lanlord_faults_total" { source, part };

    /// What caps have folded into rows named `other` since lanlord started, and samples dropped as duplicates; for
    /// the wire, packets whose host had no row.
    FOLDED = Counter "lanlord_folded_total" { source, part };
}

/// A change of settings waits no longer than this, so that a part that is stuck holds up neither others nor the end.
const PATIENCE: Duration = Duration::from_millis(500);

/// Giving a session back takes no longer.
const GOODBYE: Duration = Duration::from_secs(2);

/// Visits one part, again and again.
#[derive(Debug)]
pub struct Visitor {
    source: SourceId,
    part: Part,
    deadline: Duration,
    tally: Tally,
    told: Told,
    turns: Turns,
    /// Kept while a session may be open: also when somebody stops waiting in the middle of a visit, or the session could
    /// not be given back; then until [`Visitor::settle`] or [`Visitor::leave`].
    turn: Option<Turn>,
}

/// What a visit brought, and when the device wants the next at the earliest.
#[derive(Debug)]
pub struct Visited {
    /// For the store.
    pub batch: Batch,
    /// The device asks not to be visited before then.
    pub not_before: Option<Timestamp>,
    /// What happened, step by step.
    pub journal: Journal,
}

impl Visitor {
    /// Nobody has been visited yet. `turns` are shared by all who may visit the same devices.
    pub fn new(source: SourceId, part: Part, deadline: Duration, turns: Turns) -> Self {
        let deadline = part.deadline(deadline);
        Self { source, part, deadline, tally: Tally::default(), told: Told::default(), turns, turn: None }
    }

    /// Goes on from what the log was told of the same device by another visitor.
    pub fn remembering(self, told: Told) -> Self {
        Self { told, ..self }
    }

    /// What the log was last told.
    pub fn told(&self) -> &Told {
        &self.told
    }

    /// Whom it visits.
    pub fn source(&self) -> &SourceId {
        &self.source
    }

    /// Which part.
    pub fn part(&self) -> &Part {
        &self.part
    }

    /// Visits once.
    pub async fn visit(&mut self) -> Visited {
        let (taken_at, watch) = (clock::now(), Stopwatch::start());
        let mut journal = Journal::default();
        let asked = tokio::time::timeout(self.deadline, self.ask(taken_at, &mut journal)).await;
        let answer = match asked {
            Ok(answer) => answer,
            Err(_late) => {
                if self.turn.is_some() {
                    self.leave().await;
                }
                let what = format!("no answer within {:?}; `deadline` says how long to wait", self.deadline);
                Err(Error::new(Reason::TimedOut, "deadline", what))
            }
        };
        if !self.part.is_open() {
            self.turn = None;
        }
        let duration = watch.elapsed();
        let (outcome, answer, not_before) = match answer {
            Ok(answer) => {
                let not_before = answer.not_before;
                (Outcome::Ok, Some(answer), not_before)
            }
            Err(error) => (failed(&error), None, error.not_before),
        };
        let Answer { families, sightings, faults, .. } = answer.unwrap_or_default();
        let faults: Vec<String> = faults.into_iter().map(|Fault(what)| what).collect();
        let (families, folded) = families.publish();
        self.count(&outcome, &faults, folded, taken_at);
        self.told.tell(&self.source.0, self.part.name(), &outcome, &faults);
        let visit = Visit { kind: self.part.kind(), taken_at, duration, outcome, faults, tally: self.tally };
        let source = Some(self.source.clone());
        Visited {
            batch: Batch { source, part: self.part.name(), visit: Some(visit), families, sightings },
            not_before,
            journal,
        }
    }

    /// Asks when it is our turn, if the device is one where people take turns.
    async fn ask(&mut self, now: Timestamp, journal: &mut Journal) -> Result<Answer, Error> {
        let patience = Patience::new(self.deadline);
        if let Some(place) = self.part.place() {
            let unreachable = |cause| {
                let failure = Failure { at: tcp::place(&place.host, place.port, None), cause };
                Error::new(failure.reason(), failure.code(), failure)
            };
            let address = match place.address {
                Some(address) => (address, place.port).into(),
                None => tcp::resolve(&place.host, place.port, &patience).await.map_err(unreachable)?,
            };
            // One that was left over is of a visit in whose middle somebody stopped waiting.
            self.turn = None;
            let busy = |what: &str| Error::new(Reason::Refused, "busy", what.to_owned());
            let turn = tokio::time::timeout(patience.left(), self.turns.take(address)).await;
            let turn = turn.map_err(|_late| busy("somebody else visited it all that time"))?;
            self.turn = Some(turn.map_err(|Full| busy("too many devices are being visited; try again"))?);
            journal.note(format!("it is our turn at {address}"));
        }
        let device = self.turn.as_deref_mut();
        self.part.ask(Call { now, patience: patience.left(), device, journal }).await
    }

    /// What there is to say of a visit that brought nothing, besides why.
    pub fn excuse(&self) -> Vec<Family> {
        let mut out = Families::default();
        self.part.excuse(&mut out);
        out.publish().0
    }

    /// To be called after each visit, when what it brought is told: tries once more to give back a session that could not
    /// be, and lets the next one have the turn.
    pub async fn settle(&mut self) {
        if self.turn.is_some() {
            self.leave().await;
        }
    }

    /// Gives the session back.
    pub async fn leave(&mut self) {
        // Whoever takes longer has lost it.
        let _ = tokio::time::timeout(GOODBYE, self.part.leave()).await;
        self.turn = None;
    }

    /// Opens what other settings need; nothing changes yet.
    ///
    /// # Errors
    /// See [`Part::prepare`].
    pub fn prepare(&self, settings: Settings) -> Result<Change, Error> {
        self.part.prepare(settings)
    }

    /// Goes on with other settings, of a source that is waited for until `deadline`; what was counted so far goes on.
    pub async fn apply(&mut self, change: Change, deadline: Duration) {
        let applied = tokio::time::timeout(PATIENCE, self.part.apply(change)).await;
        self.deadline = self.part.deadline(deadline);
        let (source, part) = (&self.source, self.part.name());
        match applied {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%source, part, "{}", plain(&error.to_string())),
            Err(_late) => tracing::warn!(%source, part, "takes long to take up its new settings"),
        }
    }

    /// Lets go of everything but what was counted.
    pub async fn rest(&mut self) {
        self.settle().await;
        // Whoever takes longer will rest a little later.
        let _ = tokio::time::timeout(PATIENCE, self.part.rest()).await;
        self.told.forget();
        self.turn = None;
    }

    fn count(&mut self, outcome: &Outcome, faults: &[String], folded: u64, taken_at: Timestamp) {
        match outcome {
            Outcome::Ok => {
                self.tally.ok += 1;
                self.tally.success_at = Some(taken_at);
            }
            Outcome::Failed { reason, .. } => self.tally.failed[*reason as usize] += 1,
        }
        self.tally.faults += faults.len() as u64;
        self.tally.folded += folded;
    }
}

fn failed(error: &Error) -> Outcome {
    Outcome::Failed { reason: error.reason, code: error.code, message: error.to_string() }
}

/// The runner's families, from the visits that batches carry. Pure.
pub fn measure(batches: &[Arc<Batch>], out: &mut Families) {
    let visits =
        batches.iter().filter_map(|batch| Some((batch.source.as_ref()?, batch.part, batch.visit.as_ref()?)));
    for (source, part, visit) in visits {
        let labels = [&*source.0, part];
        let up = |batch: &&Arc<Batch>| {
            batch.source.as_ref() == Some(source)
                && batch.visit.as_ref().is_some_and(|visit| visit.outcome.is_ok())
        };
        // Once for each part, with the same result; publishing keeps one.
        out.put(&SOURCE_UP, [&source.0, visit.kind], batches.iter().any(|batch| up(&batch)));
        out.put(&PART_UP, labels, visit.outcome.is_ok());
        out.put(&VISIT_DURATION, labels, visit.duration);
        if let Some(success_at) = visit.tally.success_at {
            out.put(&VISIT_SUCCESS, labels, success_at.0);
        }
        out.put(&VISITS, [&source.0, part, "ok"], visit.tally.ok);
        for reason in Reason::ALL {
            out.put(&VISITS, [&source.0, part, reason.as_str()], visit.tally.failed[reason as usize]);
        }
        out.put(&FAULTS, labels, visit.tally.faults);
        out.put(&FOLDED, labels, visit.tally.folded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(part: &'static str, outcome: Outcome) -> Arc<Batch> {
        let visit = Visit {
            kind: "wire",
            taken_at: Timestamp(Duration::from_secs(100)),
            duration: Duration::from_millis(250),
            outcome,
            faults: Vec::new(),
            tally: Tally { ok: 3, failed: [1, 0, 0, 0, 0], success_at: None, ..Tally::default() },
        };
        let source = Some(SourceId(Arc::from("lan")));
        Arc::new(Batch { source, part, visit: Some(visit), families: Vec::new(), sightings: Vec::new() })
    }

    fn values(batches: &[Arc<Batch>], name: &str) -> Vec<(Vec<String>, crate::metric::Value)> {
        let mut families = Families::default();
        measure(batches, &mut families);
        let (families, _) = families.publish();
        let family = families.iter().find(|family| family.meta().name == name);
        let samples = family.into_iter().flat_map(|family| family.samples());
        samples.map(|sample| (sample.labels().map(str::to_owned).collect(), sample.value)).collect()
    }

    fn down() -> Outcome {
        Outcome::Failed { reason: Reason::Unreachable, code: "no_interface", message: String::new() }
    }

    #[test]
    fn a_source_is_up_while_any_part_is() {
        let up = |batches: &[Arc<Batch>]| values(batches, "lanlord_source_up");
        let labels = || vec!["lan".to_owned(), "wire".to_owned()];
        assert_eq!(up(&[batch("a", Outcome::Ok), batch("b", down())]), [(labels(), 1u64.into())]);
        assert_eq!(up(&[batch("a", down()), batch("b", down())]), [(labels(), 0u64.into())]);
    }

    #[test]
    fn every_outcome_is_there_from_the_start_and_no_success_is_no_time() {
        let batches = [batch("a", down())];
        let outcomes: Vec<String> = values(&batches, "lanlord_visits_total")
            .into_iter()
            .map(|(labels, _)| labels[2].clone())
            .collect();
        assert_eq!(outcomes, ["misbehaved", "ok", "refused", "timed_out", "unreachable", "unsupported"]);
        assert_eq!(values(&batches, "lanlord_visit_success_timestamp_seconds"), []);
    }
}
