//! The sources while they are asked: which there are, and how a new configuration takes the place of the old one.
//!
//! A source whose settings stay goes on untouched. One with other settings goes on with what it has counted. One that
//! is gone rests, with what it has counted, until it comes back. It knows neither files nor signals.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::outcome::Outcome;
use crate::config::Source;
use crate::metric::SourceId;
use crate::schedule::{self, Timer};
use crate::sources::{self, Change, Tools};
use crate::store::Store;
use crate::visit::Visitor;
use crate::visit::turns::Turns;

/// The sources, and what asks them.
#[derive(Debug)]
pub struct Fleet {
    tools: Tools,
    turns: Turns,
    store: Arc<Store>,
    running: BTreeMap<SourceId, Running>,
    /// Those that rest, and as what they were asked last.
    resting: BTreeMap<SourceId, (Source, Vec<Visitor>)>,
    /// One task for each part; it gives its visitor back when it is told to stop.
    tasks: JoinSet<Visitor>,
    /// A task has ended that was not told to.
    broken: Option<String>,
}

#[derive(Debug)]
struct Running {
    source: Source,
    parts: usize,
    /// Dropping it tells the tasks to stop.
    _running: watch::Sender<()>,
}

/// Sources that may rest; a configuration has no more than as many. One more begins at zero if it comes back.
const MOST_RESTING: usize = 64;

impl Fleet {
    /// Nobody is asked yet. `turns` are shared with whoever else may visit the same devices.
    pub fn new(tools: Tools, turns: Turns, store: Arc<Store>) -> Self {
        Self {
            tools,
            turns,
            store,
            running: BTreeMap::new(),
            resting: BTreeMap::new(),
            tasks: JoinSet::new(),
            broken: None,
        }
    }

    /// Waits until a task ends, which none does without being told to: a fault of ours.
    pub async fn fault(&mut self) -> anyhow::Error {
        if let Some(how) = &self.broken {
            return anyhow!("{how}");
        }
        match self.tasks.join_next().await {
            Some(ended) => anyhow!(told(&ended)),
            // No source at all, and so nothing that could end.
            None => std::future::pending().await,
        }
    }

    /// Asks these sources from now on. Either all of it happens or, when something cannot be opened, nothing.
    ///
    /// # Errors
    /// What somebody must mend before these sources can be asked, with the name of the first that cannot.
    pub async fn change(&mut self, wanted: Vec<Source>) -> anyhow::Result<Outcome<SourceId>> {
        let (kept, others): (Vec<Source>, Vec<Source>) =
            wanted.into_iter().partition(|source| self.is_running(|running| running == source));
        let (changed, added): (Vec<Source>, Vec<Source>) = others.into_iter().partition(|source| {
            self.is_running(|running| {
                running.id == source.id && sources::same_parts(&running.settings, &source.settings)
            })
        });
        let stays = |id: &SourceId| kept.iter().chain(&changed).any(|source| source.id == *id);
        let removed: Vec<SourceId> = self.running.keys().filter(|id| !stays(id)).cloned().collect();

        // First whatever can fail. Who is back after a rest is new as far as that goes.
        for source in added.iter().chain(&changed) {
            self.check_pipe(source)?;
        }
        let mut ready = Vec::new();
        for source in added {
            ready.push((self.open(&source)?, source));
        }
        let ids: Vec<SourceId> = changed.iter().map(|source| source.id.clone()).collect();
        let halted = self.halt(&ids).await?;
        let prepared = match prepare(&changed, &halted) {
            Ok(prepared) => prepared,
            Err(error) => {
                self.resume_as_they_were(halted);
                return Err(error);
            }
        };

        // From here on nothing does.
        let gone = self.halt(&removed).await?;
        for id in &removed {
            if let Some(running) = self.running.remove(id) {
                self.resting.insert(id.clone(), (running.source, Vec::new()));
            }
            self.store.forget(id);
        }
        for mut visitor in gone {
            visitor.rest().await;
            if let Some((_, visitors)) = self.resting.get_mut(visitor.source()) {
                visitors.push(visitor);
            }
        }
        let outcome = Outcome {
            kept: kept.into_iter().map(|source| source.id).collect(),
            changed: ids,
            added: ready.iter().map(|(_, source)| source.id.clone()).collect(),
            removed,
        };
        for (opened, source) in ready {
            let visitors = self.wake(opened, &source).await;
            tracing::info!(source = %source.id, "{}", sources::describe(&source.settings));
            self.send_off(source, visitors);
        }
        // After those that are back have been woken: one of them might be the first.
        while self.resting.len() > MOST_RESTING {
            self.resting.pop_first();
        }
        let mut halted = halted;
        for (source, changes) in changed.into_iter().zip(prepared) {
            let (mut of_source, rest): (Vec<Visitor>, Vec<Visitor>) =
                halted.into_iter().partition(|visitor| *visitor.source() == source.id);
            halted = rest;
            for (visitor, change) in of_source.iter_mut().zip(changes) {
                visitor.apply(change, source.deadline).await;
            }
            tracing::info!(source = %source.id, "{}", sources::describe(&source.settings));
            self.send_off(source, of_source);
        }
        Ok(outcome)
    }

    /// Tells everybody to stop and waits until they have.
    pub async fn stop(&mut self) {
        self.running.clear();
        while self.tasks.join_next().await.is_some() {}
    }

    fn is_running(&self, is: impl Fn(&Source) -> bool) -> bool {
        self.running.values().any(|running| is(&running.source))
    }

    /// A pipe that another source has begun to read makes no sense from its middle on.
    fn check_pipe(&self, source: &Source) -> anyhow::Result<()> {
        let running = self.running.values().map(|running| &running.source);
        let resting = self.resting.values().map(|(source, _)| source);
        let mut others = running.chain(resting).filter(|other| other.id != source.id);
        match others.find(|other| sources::share_a_pipe(&other.settings, &source.settings)) {
            None => Ok(()),
            Some(other) => bail!(
                "source `{}`: its pipe was begun by the source `{}` and cannot go to another one; leave the name as it \
                 was, or start lanlord again",
                source.id,
                other.id
            ),
        }
    }

    /// What a new source needs, or one that rests.
    fn open(&self, source: &Source) -> anyhow::Result<Opened> {
        let context = || format!("source `{}`", source.id);
        let same = |(rested, _): &&(Source, _)| sources::same_parts(&rested.settings, &source.settings);
        let rests = self.resting.get(&source.id).filter(same).into_iter().flat_map(|(_, visitors)| visitors);
        let changes: Result<Vec<Change>, _> =
            rests.map(|visitor| visitor.prepare(source.settings.clone())).collect();
        let changes = changes.with_context(context)?;
        if !changes.is_empty() {
            return Ok(Opened::Again(changes));
        }
        let parts = sources::open(source.settings.clone(), &self.tools).with_context(context)?;
        let new = |part| Visitor::new(source.id.clone(), part, source.deadline, self.turns.clone());
        Ok(Opened::New(parts.into_iter().map(new).collect()))
    }

    async fn wake(&mut self, opened: Opened, source: &Source) -> Vec<Visitor> {
        let rested = self.resting.remove(&source.id);
        match opened {
            Opened::New(visitors) => visitors,
            Opened::Again(changes) => {
                let (_, mut visitors) = rested.unwrap_or_else(|| (source.clone(), Vec::new()));
                for (visitor, change) in visitors.iter_mut().zip(changes) {
                    visitor.apply(change, source.deadline).await;
                }
                visitors
            }
        }
    }

    /// Starts a task for each part.
    fn send_off(&mut self, source: Source, visitors: Vec<Visitor>) {
        let (running, stop) = watch::channel(());
        let chance = RandomState::new();
        let parts = visitors.len();
        for visitor in visitors {
            let part = visitor.part();
            let interval = part.interval(source.interval);
            let timer = Timer::new(interval, part.longest_pause(), chance.hash_one(part.name()));
            let name = format!("the visits to `{}`, part `{}`", source.id, part.name());
            let beat = self.tools.pulse.register(name, timer.patience(part.deadline(source.deadline)));
            self.tasks.spawn(schedule::run(visitor, timer, Arc::clone(&self.store), beat, stop.clone()));
        }
        self.running.insert(source.id.clone(), Running { source, parts, _running: running });
    }

    /// Stops the tasks of these sources and gets their visitors back. The sources stay in `running`, without anybody
    /// who asks them.
    async fn halt(&mut self, ids: &[SourceId]) -> anyhow::Result<Vec<Visitor>> {
        let mut awaited = 0;
        for id in ids {
            if let Some(running) = self.running.get_mut(id) {
                awaited += running.parts;
                // Drops the sender before.
                running._running = watch::channel(()).0;
            }
        }
        let mut visitors = Vec::new();
        while visitors.len() < awaited {
            match self.tasks.join_next().await {
                Some(Ok(visitor)) if ids.contains(visitor.source()) => visitors.push(visitor),
                ended => {
                    // Some sources are without anybody who asks them: only a new start mends that.
                    let how = told(&ended);
                    self.broken = Some(how.clone());
                    bail!(how);
                }
            }
        }
        Ok(visitors)
    }

    fn resume_as_they_were(&mut self, mut halted: Vec<Visitor>) {
        while let Some(id) = halted.first().map(|visitor| visitor.source().clone()) {
            let (of_source, rest): (Vec<Visitor>, Vec<Visitor>) =
                halted.into_iter().partition(|visitor| *visitor.source() == id);
            halted = rest;
            if let Some(running) = self.running.remove(&id) {
                self.send_off(running.source, of_source);
            }
        }
    }
}

fn told(ended: &impl Debug) -> String {
    format!("a task has ended, which is a fault in lanlord: {ended:?}")
}

/// What a source that is added needs.
enum Opened {
    New(Vec<Visitor>),
    /// It rests; for each of its parts.
    Again(Vec<Change>),
}

/// For each source the changes of its parts, in the order of the visitors.
fn prepare(changed: &[Source], halted: &[Visitor]) -> anyhow::Result<Vec<Vec<Change>>> {
    let of_source = |source: &Source| {
        let visitors = halted.iter().filter(|visitor| *visitor.source() == source.id);
        let changes: Result<Vec<Change>, _> =
            visitors.map(|visitor| visitor.prepare(source.settings.clone())).collect();
        changes.with_context(|| format!("source `{}`", source.id))
    };
    changed.iter().map(of_source).collect()
}
