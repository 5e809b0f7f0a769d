//! A device that is visited by one visitor at a time: where it is, and what it wants to be left alone about. Pure: time
//! is an argument.
//!
//! It keeps nobody waiting and opens nothing: taking turns is `visit`'s.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Where a device is, before anybody has looked up its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Its address, where somebody has looked it up before, and looked at it.
    pub address: Option<IpAddr>,
}

/// A device whose turn it is.
#[derive(Debug)]
pub struct Device {
    /// Where to connect to, and nowhere else.
    pub address: SocketAddr,
    /// What it wants to be left alone about.
    pub rests: Rests,
    /// What somebody was warned of.
    pub warned: Warned,
}

/// What the log has been told of a device, since once is enough.
#[derive(Debug, Default)]
pub struct Warned(Vec<Warning>);

/// What there is to be warned of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The certificate with this SHA-256 fingerprint was believed although nobody has vouched for it.
    Certificate([u8; 32]),
    /// It counts its bytes by another thousand than is configured.
    TrafficBase,
}

/// Who shows another certificate each time is not told of each time.
const MOST_WARNED: usize = 8;

impl Warned {
    /// Whether this is worth a word, which is said once.
    pub fn is_new(&mut self, warning: Warning) -> bool {
        let is_new = self.0.len() < MOST_WARNED && !self.0.contains(&warning);
        if is_new {
            self.0.push(warning);
        }
        is_new
    }
}

/// What is not to be tried again for a while, from one visit to the next, whoever visits.
#[derive(Debug, Default)]
pub struct Rests(Vec<Rest>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// What.
    pub subject: Subject,
    /// Until when, as [`crate::clock::uptime`] counts: a clock that is set must not lock anybody out.
    pub until: Duration,
    /// Narrower than a reason: `locked` or `backoff`.
    pub code: &'static str,
    /// What the device said, or why we keep away.
    pub why: String,
}

/// What there is to be left alone about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Logging in, whoever wants to.
    Login,
    /// Logging in with what has this digest; nobody can learn a password from it.
    Credentials([u8; 32]),
    /// Asking for this page.
    Page(&'static str),
}

/// More than one device has reason to ask for; of those before, the one that is over first gives way.
const MOST_RESTS: usize = 16;

impl Rests {
    /// Leaves it alone until then.
    pub fn hold(&mut self, rest: Rest) {
        self.0.retain(|held| held.subject != rest.subject);
        if self.0.len() >= MOST_RESTS
            && let Some((first, _)) = self.0.iter().enumerate().min_by_key(|(_, held)| held.until)
        {
            self.0.swap_remove(first);
        }
        self.0.push(rest);
    }

    /// Whether this is to be left alone at this moment.
    pub fn held(&self, subject: &Subject, now: Duration) -> Option<&Rest> {
        self.0.iter().find(|held| held.subject == *subject && held.until > now)
    }

    /// When the last of them is over, if any is not.
    pub fn until(&self, now: Duration) -> Option<Duration> {
        self.0.iter().map(|held| held.until).max().filter(|until| *until > now)
    }

    /// Those that are not over, but for pages that are left alone for no fault of anybody's.
    pub fn of_log_ins(&self, now: Duration) -> impl Iterator<Item = &Rest> {
        self.0.iter().filter(move |held| held.until > now && !matches!(held.subject, Subject::Page(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(subject: Subject, until: u64) -> Rest {
        Rest { subject, until: Duration::from_secs(until), code: "locked", why: "it said so".to_owned() }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_rest_holds_until_it_is_over_or_lifted() {
        let mut rests = Rests::default();
        rests.hold(rest(Subject::Login, 10));
        assert!(rests.held(&Subject::Login, 9 * SECOND).is_some());
        assert!(rests.held(&Subject::Login, 10 * SECOND).is_none());
        assert!(rests.held(&Subject::Page("x"), SECOND).is_none());
        rests.hold(rest(Subject::Login, 20));
        rests.hold(rest(Subject::Page("x"), 30));
        let untils = |now| rests.of_log_ins(now).map(|held| held.until).collect::<Vec<_>>();
        assert_eq!((untils(SECOND), untils(20 * SECOND)), (vec![20 * SECOND], vec![]));
    }

    #[test]
    fn a_certificate_is_warned_of_once_and_no_more_than_eight_are() {
        let mut warned = Warned::default();
        let mut is_new = |number| warned.is_new(Warning::Certificate([number; 32]));
        assert!(is_new(1) && !is_new(1) && is_new(2));
        let more = (3..=255).filter(|number| is_new(*number));
        assert_eq!(more.count(), 6);
    }

    #[test]
    fn whoever_tries_a_thousand_passwords_is_remembered_for_sixteen() {
        let mut rests = Rests::default();
        rests.hold(rest(Subject::Login, 100_000));
        for number in 0..1_000_u16 {
            let mut digest = [0; 32];
            digest[..2].copy_from_slice(&number.to_be_bytes());
            rests.hold(rest(Subject::Credentials(digest), 1_000 + u64::from(number)));
        }
        assert_eq!(rests.0.len(), 16);
        assert!(rests.held(&Subject::Login, SECOND).is_some(), "what holds longest stays");
    }
}
