//! What goes wrong, where and when: a table of faults, and the words for them.
//!
//! Deliberately does not know what a right answer is; it is asked before each answer and each TLS handshake.

pub mod kind;
pub mod mangle;

use std::str::FromStr;
use std::time::Duration;

use crate::dice::Dice;
pub use kind::Kind;

/// A fault at some paths and times. As text: `PATH KIND [nth=N|every=N|probability=P] [times=N] [for=SECONDS]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault<K = Kind> {
    /// Below the version, without slashes at the ends; `*` is any text, `/` included, and `?` any character. The
    /// handshakes of TLS have the path `tls`, discovery has `api_version`.
    pub path: String,
    /// What goes wrong.
    pub kind: K,
    /// At which of the requests that fit.
    pub when: When,
    /// How often at most; for ever if none.
    pub times: Option<u32>,
    /// How long from its injection on, in simulated time; for ever if none.
    pub lasts: Option<Duration>,
}

/// At which of the requests that fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// At all.
    Always,
    /// Only at this one, counted from 1.
    Nth(u32),
    /// At each whose number divides by this.
    Every(u32),
    /// With this probability, by seeded dice.
    Probability(f64),
}

impl<K> Fault<K> {
    /// For ever, at all requests that fit.
    pub fn new(path: &str, kind: K) -> Self {
        Self { path: path.to_owned(), kind, when: When::Always, times: None, lasts: None }
    }

    /// Understands `nth=N`, `every=N`, `probability=P`, `times=N` and `for=SECONDS`.
    ///
    /// # Errors
    /// When the word is none of them.
    pub fn limit(&mut self, word: &str) -> Result<(), String> {
        let wrong =
            || format!("`{word}` is not `nth=N`, `every=N`, `probability=P`, `times=N` or `for=SECONDS`");
        let (name, value) = word.split_once('=').ok_or_else(wrong)?;
        match name {
            "nth" => self.when = When::Nth(value.parse().map_err(|_| wrong())?),
            "every" => {
                self.when = When::Every(value.parse().ok().filter(|&every| every > 0).ok_or_else(wrong)?)
            }
            "probability" => self.when = When::Probability(value.parse().map_err(|_| wrong())?),
            "times" => self.times = Some(value.parse().map_err(|_| wrong())?),
            "for" => {
                let seconds: f64 = value.parse().map_err(|_| wrong())?;
                self.lasts = Some(Duration::try_from_secs_f64(seconds).map_err(|_| wrong())?);
            }
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let (Some(path), Some(kind)) = (words.next(), words.next()) else {
            return Err(format!(
                "`{text}` is no fault; write `PATH KIND` and perhaps `nth=2 times=1 for=60`"
            ));
        };
        let mut fault = Fault::new(path, kind.parse()?);
        for word in words {
            fault.limit(word)?;
        }
        Ok(fault)
    }
}

/// All faults in force.
#[derive(Debug)]
pub struct Faults<K = Kind> {
    active: Vec<Active<K>>,
    dice: Dice,
}

#[derive(Debug)]
struct Active<K> {
    fault: Fault<K>,
    until: Option<Duration>,
    fitting: u32,
    done: u32,
}

impl<K: Clone> Faults<K> {
    /// None yet.
    pub fn new(seed: u64) -> Self {
        Self { active: Vec::new(), dice: Dice::new(seed, 0xfa_01) }
    }

    /// From now on (simulated time).
    pub fn inject(&mut self, fault: Fault<K>, now: Duration) {
        let until = fault.lasts.map(|lasts| now + lasts);
        self.active.push(Active { fault, until, fitting: 0, done: 0 });
    }

    /// All is well again.
    pub fn clear(&mut self) {
        self.active.clear();
    }

    /// The faults in force.
    pub fn list(&self) -> impl Iterator<Item = &Fault<K>> {
        self.active.iter().map(|active| &active.fault)
    }

    /// What of those that concern us happens at this path now, in the order of injection.
    pub fn take(&mut self, path: &str, now: Duration, concerns: impl Fn(&K) -> bool) -> Vec<K> {
        self.active.retain(|active| active.until.is_none_or(|until| now < until));
        let mut kinds = Vec::new();
        for active in &mut self.active {
            if !concerns(&active.fault.kind) || !fits(active.fault.path.as_bytes(), path.as_bytes()) {
                continue;
            }
            active.fitting += 1;
            let due = match active.fault.when {
                When::Always => true,
                When::Nth(nth) => active.fitting == nth,
                When::Every(every) => active.fitting % every == 0,
                When::Probability(probability) => (self.dice.any() as f64 / u64::MAX as f64) < probability,
            };
            if due && active.fault.times.is_none_or(|times| active.done < times) {
                active.done += 1;
                kinds.push(active.fault.kind.clone());
            }
        }
        kinds
    }
}

impl Faults {
    /// What goes wrong with this request, in the order of injection.
    pub fn of_request(&mut self, path: &str, now: Duration) -> Vec<Kind> {
        self.take(path, now, |kind| !matches!(kind, Kind::Tls(_)))
    }

    /// What goes wrong with this handshake.
    pub fn of_handshake(&mut self, now: Duration) -> Vec<Kind> {
        self.take("tls", now, |kind| matches!(kind, Kind::Tls(_)))
    }
}

/// Whether a pattern fits. Patterns are ours and short, so going back for each star is fine.
fn fits(pattern: &[u8], path: &[u8]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=path.len()).any(|skip| fits(rest, &path[skip..])),
        (Some((b'?', pattern)), Some((_, path))) => fits(pattern, path),
        (Some((a, pattern)), Some((b, path))) => a == b && fits(pattern, path),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(text: &str, paths: &[&str]) -> Vec<usize> {
        let mut faults = Faults::new(1);
        faults.inject(text.parse().unwrap(), Duration::ZERO);
        paths.iter().map(|path| faults.of_request(path, Duration::ZERO).len()).collect()
    }

    #[test]
    fn a_fault_happens_where_and_when_it_should() {
        assert_eq!(taken("a/* empty:403", &["a", "a/b", "a/b/c", "b"]), [0, 1, 1, 0]);
        assert_eq!(taken("a? empty:403", &["a", "ab", "abc"]), [0, 1, 0]);
        assert_eq!(taken("* empty:403 nth=2", &["a", "b", "c", "d"]), [0, 1, 0, 0]);
        assert_eq!(taken("a empty:403 every=2", &["a", "b", "a", "a", "a"]), [0, 0, 1, 0, 1]);
        assert_eq!(taken("* empty:403 times=2", &["a", "b", "c", "d"]), [1, 1, 0, 0]);
        let often: usize = taken("* empty:403 probability=0.25", &["a"; 1000]).iter().sum();
        assert!((200..300).contains(&often), "{often}");
    }

    #[test]
    fn a_fault_ends_in_time() {
        let mut faults = Faults::new(1);
        faults.inject("* empty:403 for=60".parse().unwrap(), Duration::from_secs(100));
        assert_eq!(faults.of_request("a", Duration::from_secs(159)).len(), 1);
        assert_eq!(faults.of_request("a", Duration::from_secs(160)).len(), 0);
        assert_eq!(faults.list().count(), 0);
    }

    #[test]
    fn handshakes_and_requests_have_faults_of_their_own() {
        let mut faults = Faults::new(1);
        faults.inject("* tls:expired times=1".parse().unwrap(), Duration::ZERO);
        assert_eq!(faults.of_request("tls", Duration::ZERO).len(), 0);
        assert_eq!(faults.of_handshake(Duration::ZERO).len(), 1);
        assert_eq!(faults.of_handshake(Duration::ZERO).len(), 0);
    }

    #[test]
    fn what_is_no_fault_is_refused_with_words() {
        let check = |text: &str, says: &str| {
            let error = text.parse::<Fault>().unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        };
        check("connection", "`PATH KIND`");
        check("connection quantum", "`quantum` is no kind of fault");
        check("connection hang soon", "`soon` is not");
        check("connection hang every=0", "`every=0` is not");
        check("connection hang for=-1", "`for=-1` is not");
    }
}
