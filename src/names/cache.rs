//! What DNS has said of addresses, what is to be asked next, and what an answer changes. Pure: time is an argument, as
//! time since whatever moment the caller keeps to, and so is chance.
//!
//! It asks nobody and knows no DNS; `dns` does. It is bounded whatever happens, and never has more asked than its pace
//! allows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::pace::Pace;

/// Addresses of which something is known: the rows of several sources with their usual limit, or a large part of the
/// largest. One takes about 300 bytes, most of them its name.
const ENTRIES: usize = 16_384;

/// Addresses nobody has been asked about yet. At the usual pace that is a minute of questions; whoever comes then is
/// not worth waiting for, and is asked about when there is room again.
const WISHES: usize = 1_024;

/// Who has not been wanted for so long gives way to newcomers, and is not asked about again.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// No answer is believed longer than that, whatever it says of itself.
const LONGEST: Duration = Duration::from_secs(86_400);

/// After a failure an address is left alone for so long; doubled with each further one, up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// So many failures in a row, whatever the addresses, and the resolver is taken for silent. Then one question at a time
/// is asked, after a pause that doubles from the first to the second of these.
const IN_VAIN: u32 = 4;
const SILENT_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_SILENT_PAUSE: Duration = Duration::from_secs(60);

/// How to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// An answer is believed at least this long, whatever it says of itself.
    pub refresh: Duration,
    /// At most this many questions in a second, in the long run.
    pub per_second: u32,
}

/// What is known of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Its name.
    Named(Arc<str>),
    /// It has none, or nobody is to be asked about it.
    Nameless,
    /// Asked in vain so far.
    Unanswered,
    /// To be asked, or being asked.
    Pending,
}

/// What a question brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Names, and how long to believe that. May be empty, if none of them could be used.
    Names(Vec<String>, Duration),
    /// There is none, and how long to believe that, if it was said.
    None(Option<Duration>),
    /// Word that it cannot be said.
    Refused,
    /// No word at all.
    Failed,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask about this address, and give the reply back.
    Ask(IpAddr),
    /// Nothing until then; without a time, until somebody wants something.
    Wait(Option<Duration>),
}

/// A change that people want to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The resolver has begun not to answer.
    Silent,
    /// It answers again.
    Answers,
}

/// What was asked and kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Questions that brought a name.
    pub named: u64,
    /// Those that brought word that there is none.
    pub none: u64,
    /// Those that brought nothing.
    pub failed: u64,
    /// Names that are known now.
    pub cached: usize,
    /// Addresses nobody has been asked about yet.
    pub waiting: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Never asked about; the latest wish has the highest number.
    Wished(u64),
    /// To be asked about again then.
    Due(Duration),
    /// Being asked about.
    Asked,
    /// Nobody wanted it any more when it was due.
    Resting,
}

#[derive(Debug)]
struct Entry {
    place: Place,
    wanted_at: Duration,
    /// The last name that it had.
    name: Option<Arc<str>>,
    /// Another one that the last answer had instead.
    candidate: Option<Arc<str>>,
    /// Whether it is known to have one, or none; nothing before the first answer.
    has_name: Option<bool>,
    failures: u32,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Cache {
    /// None if nobody is to be asked.
    policy: Option<Policy>,
    pace: Pace,
    chance: u64,
    entries: HashMap<IpAddr, Entry>,
    wished: BTreeMap<u64, IpAddr>,
    due: BTreeSet<(Duration, IpAddr)>,
    next_wish: u64,
    /// Questions without a reply yet.
    asked: usize,
    /// Failures since the last answer.
    in_vain: u32,
    /// While the resolver is silent, not before then.
    silent_until: Duration,
    swept_at: Duration,
    tally: Tally,
}

impl Cache {
    /// From now on these questions may be asked. Whoever asked before has stopped: its questions are asked again.
    /// `chance` is any number.
    pub fn begin(&mut self, policy: Policy, chance: u64, now: Duration) {
        self.policy = Some(policy);
        self.pace = Pace::new(policy.per_second);
        self.chance = chance;
        self.in_vain = 0;
        self.asked = 0;
        // Another resolver may know better: who has no name, or had no answer, is asked about again.
        let again: Vec<IpAddr> = self
            .entries
            .iter()
            .filter(|(_, entry)| match entry.place {
                Place::Wished(_) => false,
                Place::Asked => true,
                Place::Due(_) | Place::Resting => entry.has_name != Some(true),
            })
            .map(|(&address, _)| address)
            .collect();
        for address in again {
            self.place(address, Place::Due(now));
        }
    }

    /// Nobody is to be asked any more, and what was learned is forgotten.
    pub fn end(&mut self) {
        *self = Self { tally: Tally { cached: 0, waiting: 0, ..self.tally }, ..Self::default() };
    }

    /// What a host is called that somebody looks at now, by its addresses: by the first that has a name. At most `most`
    /// of them are asked about, one after the other.
    ///
    /// `before` is the name that the host was shown with. It stays while one of its addresses has it, and also if that
    /// has none any more: a lease that has ended changes no name of who still uses the address. Another host that takes
    /// the address does not inherit it.
    pub fn look(&mut self, addresses: &[IpAddr], before: Option<&str>, most: usize, now: Duration) -> Answer {
        if self.policy.is_none() {
            return Answer::Nameless;
        }
        if let Some(before) = before {
            let named_so = |&address: &IpAddr| {
                let name = self.entries.get(&address)?.name.as_ref()?;
                (**name == *before).then(|| (address, Arc::clone(name)))
            };
            if let Some((address, name)) = addresses.iter().find_map(named_so) {
                self.want(address, now);
                return Answer::Named(name);
            }
        }
        for &address in addresses.iter().filter(|&&address| may_be_asked(address)).take(most) {
            match self.want(address, now) {
                Answer::Nameless => {}
                answer => return answer,
            }
        }
        Answer::Nameless
    }

    /// Whether something is to be asked at once: somebody new, or one who is wanted again after nobody asked for long.
    pub fn has_news(&self, now: Duration) -> bool {
        !self.wished.is_empty() || self.due.first().is_some_and(|&(due, _)| due <= now)
    }

    fn want(&mut self, address: IpAddr, now: Duration) -> Answer {
        let is_silent = self.is_silent();
        let Some(entry) = self.entries.get_mut(&address) else {
            return self.wish(address, now);
        };
        entry.wanted_at = now;
        let answer = match (&entry.name, entry.has_name) {
            (Some(name), Some(true)) => Answer::Named(Arc::clone(name)),
            (_, Some(_)) => Answer::Nameless,
            (_, None) if entry.failures > 0 || is_silent => Answer::Unanswered,
            (_, None) => Answer::Pending,
        };
        if entry.place == Place::Resting {
            self.place(address, Place::Due(now));
        }
        answer
    }

    fn wish(&mut self, address: IpAddr, now: Duration) -> Answer {
        if self.wished.len() >= WISHES {
            return Answer::Nameless;
        }
        if self.entries.len() >= ENTRIES {
            self.sweep(now);
            if self.entries.len() >= ENTRIES {
                return Answer::Nameless;
            }
        }
        let number = self.next_wish;
        self.next_wish += 1;
        let place = Place::Wished(number);
        self.wished.insert(number, address);
        let entry = Entry { place, wanted_at: now, name: None, candidate: None, has_name: None, failures: 0 };
        self.entries.insert(address, entry);
        if self.is_silent() { Answer::Unanswered } else { Answer::Pending }
    }

    /// Makes room. Walks everything, so at most once a second.
    fn sweep(&mut self, now: Duration) {
        if now < self.swept_at + Duration::from_secs(1) {
            return;
        }
        self.swept_at = now;
        let forgotten =
            |entry: &Entry| entry.place != Place::Asked && entry.wanted_at.saturating_add(FORGOTTEN) < now;
        let gone: Vec<IpAddr> =
            self.entries.iter().filter(|(_, entry)| forgotten(entry)).map(|(&address, _)| address).collect();
        for address in gone {
            self.place(address, Place::Resting);
            self.entries.remove(&address);
        }
    }

    /// What to do next. The newest wish comes first: its host waits for it, and whoever made a thousand of them by a
    /// scan does not keep it waiting.
    pub fn next(&mut self, now: Duration) -> Step {
        if self.policy.is_none() || (self.is_silent() && self.asked > 0) {
            return Step::Wait(None);
        }
        loop {
            let wish = self.wished.last_key_value().map(|(_, &address)| (Duration::ZERO, address));
            let Some((due, address)) = wish.or_else(|| self.due.first().copied()) else {
                return Step::Wait(None);
            };
            // Of somebody silent anything is asked, due or not: it is to be known soon when it is back.
            let due = if self.is_silent() { self.silent_until } else { due };
            let earliest = due.max(self.pace.free_at(now));
            if earliest > now {
                return Step::Wait(Some(earliest));
            }
            let wanted_at = self.entries.get(&address).map(|entry| entry.wanted_at).unwrap_or_default();
            if wanted_at.saturating_add(FORGOTTEN) < now {
                self.place(address, Place::Resting);
                continue;
            }
            self.pace.take(1, now);
            self.place(address, Place::Asked);
            self.asked += 1;
            return Step::Ask(address);
        }
    }

    /// A question has brought something, and was put so many more times on the way.
    pub fn reply(&mut self, address: IpAddr, reply: Reply, repeats: u32, now: Duration) -> Option<Turn> {
        self.asked = self.asked.saturating_sub(1);
        self.pace.take(repeats, now);
        let turn = self.judge(&reply, now);
        let Some(policy) = self.policy else { return turn };
        let chance = self.chance();
        let Some(entry) = self.entries.get_mut(&address).filter(|entry| entry.place == Place::Asked) else {
            return turn;
        };
        let lasts = |ttl: Duration| ttl.clamp(policy.refresh, policy.refresh.max(LONGEST));
        let pause = match reply {
            Reply::Names(names, ttl) => {
                entry.failures = 0;
                entry.has_name = Some(!names.is_empty());
                entry.choose(names);
                // What would change a name is soon asked again.
                let lasts = if entry.candidate.is_some() { policy.refresh } else { lasts(ttl) };
                lasts + fraction(policy.refresh / 8, chance)
            }
            Reply::None(ttl) => {
                entry.failures = 0;
                entry.has_name = Some(false);
                lasts(ttl.unwrap_or_default()) + fraction(policy.refresh / 8, chance)
            }
            Reply::Refused | Reply::Failed => {
                entry.failures = entry.failures.saturating_add(1);
                let doubled = PAUSE.saturating_mul(2u32.saturating_pow(entry.failures - 1));
                let pause = doubled.min(LONGEST_PAUSE);
                pause - fraction(pause / 4, chance)
            }
        };
        self.place(address, Place::Due(now + pause));
        turn
    }

    /// Counts a reply, and notices whether anybody answers at all.
    fn judge(&mut self, reply: &Reply, now: Duration) -> Option<Turn> {
        match reply {
            Reply::Names(names, _) if !names.is_empty() => self.tally.named += 1,
            Reply::Names(..) | Reply::None(_) => self.tally.none += 1,
            // One that cannot say it of some addresses, as of those of a zone that is broken, is not silent.
            Reply::Refused => self.tally.failed += 1,
            Reply::Failed => {
                self.tally.failed += 1;
                self.in_vain = self.in_vain.saturating_add(1);
                let times = self.in_vain.saturating_sub(IN_VAIN);
                let pause = SILENT_PAUSE.saturating_mul(2u32.saturating_pow(times));
                self.silent_until = now + pause.min(LONGEST_SILENT_PAUSE);
                return (self.in_vain == IN_VAIN).then_some(Turn::Silent);
            }
        }
        let was_silent = self.is_silent();
        self.in_vain = 0;
        if !was_silent {
            return None;
        }
        // Whoever was asked about in vain need not wait for the end of his pause.
        let failed: Vec<IpAddr> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.failures > 0 && matches!(entry.place, Place::Due(_)))
            .map(|(&address, _)| address)
            .collect();
        for address in failed {
            self.place(address, Place::Due(now));
        }
        Some(Turn::Answers)
    }

    fn is_silent(&self) -> bool {
        self.in_vain >= IN_VAIN
    }

    /// Moves an entry from where it waits to another place.
    fn place(&mut self, address: IpAddr, to: Place) {
        let Some(entry) = self.entries.get_mut(&address) else { return };
        match std::mem::replace(&mut entry.place, to) {
            Place::Wished(number) => drop(self.wished.remove(&number)),
            Place::Due(due) => drop(self.due.remove(&(due, address))),
            Place::Asked | Place::Resting => {}
        }
        match to {
            Place::Wished(number) => drop(self.wished.insert(number, address)),
            Place::Due(due) => drop(self.due.insert((due, address))),
            Place::Asked | Place::Resting => {}
        }
    }

    fn chance(&mut self) -> u64 {
        // A step of a linear congruential generator (Knuth's MMIX constants); its upper bits are the good ones.
        self.chance =
            self.chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.chance >> 48
    }

    /// What was asked so far, and what is kept.
    pub fn tally(&self) -> Tally {
        let cached = self.entries.values().filter(|entry| entry.has_name == Some(true)).count();
        Tally { cached, waiting: self.wished.len(), ..self.tally }
    }
}

impl Entry {
    /// Keeps the present name if it is among these, however it is written; else takes the smallest, so that it does not
    /// depend on the order in which they came. Another name than the present one must be said twice in a row: a
    /// resolver that says something else each time changes nothing.
    fn choose(&mut self, names: Vec<String>) {
        let has = |known: &Option<Arc<str>>| {
            known.as_ref().is_some_and(|known| names.iter().any(|name| known.eq_ignore_ascii_case(name)))
        };
        let candidate = self.candidate.take();
        if has(&self.name) {
            return;
        }
        if has(&candidate) {
            self.name = candidate;
            return;
        }
        let smallest = names.into_iter().min().map(Arc::from);
        match self.name {
            None => self.name = smallest,
            Some(_) => self.candidate = smallest,
        }
    }
}

/// So much of a time: 65,536 is all of it.
fn fraction(time: Duration, chance: u64) -> Duration {
    time * u32::try_from(chance).unwrap_or_default() / 65_536
}

/// Nobody can say what an address is called that means another host on each link, or none at all.
fn may_be_asked(address: IpAddr) -> bool {
    let is_local = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(is_local || address.is_loopback() || address.is_multicast() || address.is_unspecified())
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
