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

/// Certificates that were believed although nobody has vouched for them, and that the log has been told of.
#[derive(Debug, Default)]
pub struct Warned(Vec<[u8; 32]>);

/// Who shows another certificate each time is not told of each time.
const MOST_WARNED: usize = 8;

impl Warned {
    /// Whether the certificate with this fingerprint is worth a word, which is said once.
    pub fn is_new(&mut self, fingerprint: [u8; 32]) -> bool {
        let is_new = self.0.len() < MOST_WARNED && !self.0.contains(&fingerprint);
        if is_new {
            self.0.push(fingerprint);
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
    /// Narrower than a reason: `locked`, `credentials` …
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

/// More than one device has reason to ask for; the one that is over first gives way.
const MOST_RESTS: usize = 16;

impl Rests {
    /// Leaves it alone until then.
    pub fn hold(&mut self, rest: Rest) {
        self.0.retain(|held| held.subject != rest.subject);
        self.0.push(rest);
        if self.0.len() > MOST_RESTS
            && let Some((first, _)) = self.0.iter().enumerate().min_by_key(|(_, held)| held.until)
        {
            self.0.swap_remove(first);
        }
    }

    /// Whether this is to be left alone at this moment.
    pub fn held(&self, subject: &Subject, now: Duration) -> Option<&Rest> {
        self.0.iter().find(|held| held.subject == *subject && held.until > now)
    }

    /// It need not be left alone any more.
    pub fn lift(&mut self, subject: &Subject) {
        self.0.retain(|held| held.subject != *subject);
    }

    /// When the last of them is over, if any is not.
    pub fn until(&self, now: Duration) -> Option<Duration> {
        self.0.iter().map(|held| held.until).max().filter(|until| *until > now)
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
        assert_eq!(rests.until(SECOND), Some(20 * SECOND));
        rests.lift(&Subject::Login);
        assert_eq!((rests.held(&Subject::Login, SECOND), rests.until(SECOND)), (None, None));
    }

    #[test]
    fn a_certificate_is_warned_of_once_and_no_more_than_eight_are() {
        let mut warned = Warned::default();
        assert!(warned.is_new([1; 32]) && !warned.is_new([1; 32]) && warned.is_new([2; 32]));
        let more = (3..=255).filter(|number| warned.is_new([*number; 32]));
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
