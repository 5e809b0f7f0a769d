//! Where the box is, and the session, as far as we know; and getting there: find the box, make sure that it is ours, log
//! in. Whoever calls this holds the lock, so that it happens once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::find::{self, Found};
use super::login::{self, Failed};
use super::trouble::{Denied, RATE_LIMITED_AT_MOST, RATE_LIMITED_FOR, Trouble, WRONG_BOX_FOR, cut};
use crate::clock::{self, Stopwatch};
use crate::metric::Reason;
use crate::sources::freebox::Settings;
use crate::sources::freebox::api::version::{NEWEST_KNOWN, Wanted};
use crate::sources::freebox::register::{self, Progress};
use crate::sources::freebox::token::Grant;

/// What we know.
#[derive(Debug)]
pub(super) struct State {
    pub settings: Settings,
    pub found: Option<Arc<Found>>,
    pub open: Option<Arc<Open>>,
    /// How the last attempt failed.
    pub failed: Option<Trouble>,
    /// Paths that need not be asked for as long as this session lasts.
    pub closed: HashMap<String, Denied>,
    pub logins: u64,
    /// The box that gave us the token, as the token's file has it.
    granted: Option<String>,
    /// The box that has once accepted our token.
    proven: Option<String>,
    /// Leave the box alone until then, and why.
    halt: Option<Halt>,
    /// How often in a row the box has said that we fail too often.
    limited: u32,
}

#[derive(Debug)]
struct Halt {
    /// By [`clock::uptime`].
    until: Duration,
    trouble: Trouble,
    /// Another one may be tried at once.
    token: SecretString,
}

/// A session that was open when we last heard of it.
#[derive(Debug)]
pub(super) struct Open {
    pub token: SecretString,
    pub permissions: Vec<(String, bool)>,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            found: None,
            open: None,
            failed: None,
            closed: HashMap::new(),
            logins: 0,
            granted: None,
            proven: None,
            halt: None,
            limited: 0,
        }
    }

    /// Begins anew with other settings. Which box is ours, and the session with it, stay known where they mean the same.
    pub(super) fn change(&mut self, settings: Settings) {
        let before = std::mem::replace(self, Self::new(settings));
        self.logins = before.logins;
        let (one, other) = (&before.settings, &self.settings);
        if (&one.endpoint, &one.token, &one.trust) == (&other.endpoint, &other.token, &other.trust) {
            (self.proven, self.open) = (before.proven, before.open);
        }
    }

    /// The box and a session with it, found and opened if need be.
    pub(super) async fn enter(&mut self, patience: Duration) -> Result<(Arc<Found>, Arc<Open>), Trouble> {
        if let (Some(found), Some(open)) = (&self.found, &self.open) {
            return Ok((Arc::clone(found), Arc::clone(open)));
        }
        let entered = match login::grant(&self.settings) {
            Ok(grant) => self.enter_with(&grant, patience).await,
            Err(trouble) => Err(trouble),
        };
        self.failed = entered.as_ref().err().cloned();
        entered
    }

    async fn enter_with(
        &mut self,
        grant: &Grant,
        patience: Duration,
    ) -> Result<(Arc<Found>, Arc<Open>), Trouble> {
        let watch = Stopwatch::start();
        let left = || patience.saturating_sub(watch.elapsed());
        self.rested(grant)?;
        self.granted = grant.uid.clone();
        let known = self.found.take();
        let was_known = known.is_some();
        let mut found = match known {
            Some(known) => known,
            None => self.find(grant, left()).await?,
        };
        if let Some(open) = &self.open {
            self.found = Some(Arc::clone(&found));
            return Ok((found, Arc::clone(open)));
        }
        // A token that was refused is tried once more each time, and not twice: failures are counted by the box.
        let may_retry = self.halt.as_ref().is_none_or(|halt| halt.trouble.code != "revoked");
        let mut outcome = login::login(&found, grant, may_retry, left()).await;
        // Whoever registers and does not wait has to be asked for: until then the permission is worth nothing.
        if let (Err(Failed::Refused { trouble, .. }), Some(track_id)) = (&outcome, grant.track_id)
            && trouble.code == "pending"
            && matches!(register::progress(&found, track_id, left()).await, Ok(Progress::Granted))
        {
            outcome = login::login(&found, grant, may_retry, left()).await;
        }
        if was_known && matches!(outcome, Err(Failed::Version)) {
            // Its firmware may be another one since it was found.
            found = self.find(grant, left()).await?;
            outcome = login::login(&found, grant, may_retry, left()).await;
        }
        while matches!(outcome, Err(Failed::Version))
            && !matches!(self.settings.api_version, Wanted::Major(_))
            && let Some(older) = found.older()
        {
            found = Arc::new(older);
            outcome = login::login(&found, grant, may_retry, left()).await;
        }
        match outcome {
            Ok(open) => {
                (self.halt, self.limited) = (None, 0);
                self.closed.clear();
                self.logins += 1;
                self.proven = found.version.uid.0.clone().or(self.proven.take());
                let open = Arc::new(open);
                (self.found, self.open) = (Some(Arc::clone(&found)), Some(Arc::clone(&open)));
                Ok((found, open))
            }
            Err(failed) => {
                // Where it is will be asked again: its port or address may have changed.
                Err(self.failed_to_log_in(failed, &found, grant))
            }
        }
    }

    /// Looks for the box, and makes sure that it is ours: another one is told nothing.
    async fn find(&mut self, grant: &Grant, patience: Duration) -> Result<Arc<Found>, Trouble> {
        let found = find::find(&self.settings, patience).await?;
        match wrong_box(self.ours(), found.version.uid.as_deref()) {
            Some(trouble) => Err(self.halted(trouble, grant)),
            None => Ok(Arc::new(found)),
        }
    }

    /// Which box it has to be: as the owner says, as the token's file says, or the one that has taken our token.
    fn ours(&self) -> Option<&str> {
        self.settings.uid.as_deref().or(self.granted.as_deref()).or(self.proven.as_deref())
    }

    fn failed_to_log_in(&mut self, failed: Failed, found: &Found, grant: &Grant) -> Trouble {
        match failed {
            Failed::Version => {
                let theirs = cut(found.version.api_version.or_empty(), 16);
                let what = match self.settings.api_version {
                    Wanted::Major(major) => format!(
                        "the box speaks version {theirs} of its interface and not {major}; change `api_version`, or \
                         leave it out"
                    ),
                    Wanted::Auto | Wanted::Latest => format!(
                        "the box speaks version {theirs} of its interface and none up to {NEWEST_KNOWN}, which lanlord \
                         knows; try `api_version = \"latest\"`"
                    ),
                };
                Trouble::new(Reason::Unsupported, "api_version", what)
            }
            Failed::Trouble(trouble) => trouble,
            // Said by somebody else's box, this is not about our token.
            Failed::Refused { trouble, uid } => match wrong_box(self.ours(), uid.as_deref()) {
                Some(wrong) => self.halted(wrong, grant),
                None => self.halted(trouble, grant),
            },
        }
    }

    /// The box asks not to be asked.
    pub(super) fn halt(&mut self, trouble: Trouble) -> Trouble {
        match login::grant(&self.settings) {
            Ok(grant) => self.halted(trouble, &grant),
            Err(_) => trouble,
        }
    }

    fn halted(&mut self, mut trouble: Trouble, grant: &Grant) -> Trouble {
        if trouble.code == "rate_limited" {
            trouble.rest = (RATE_LIMITED_FOR * 2u32.saturating_pow(self.limited)).min(RATE_LIMITED_AT_MOST);
            self.limited = (self.limited + 1).min(8);
        }
        if trouble.rest > Duration::ZERO {
            let until = clock::uptime() + trouble.rest;
            // Nobody asks while it lasts, and another box must not be asked with our session.
            (self.found, self.open) = (None, None);
            self.halt = Some(Halt { until, trouble: trouble.clone(), token: grant.app_token.clone() });
        }
        trouble
    }

    /// Whether the box may be asked again.
    fn rested(&mut self, grant: &Grant) -> Result<(), Trouble> {
        let Some(halt) = &self.halt else { return Ok(()) };
        let left = halt.until.saturating_sub(clock::uptime());
        if halt.token.expose_secret() != grant.app_token.expose_secret() {
            // Somebody has registered again.
            self.halt = None;
            return Ok(());
        }
        if left > Duration::ZERO { Err(halt.trouble.clone().resting(left)) } else { Ok(()) }
    }

    /// Whether somebody else's box answers.
    pub(super) fn foreign(&mut self, uid: Option<&str>) -> Option<Trouble> {
        let trouble = wrong_box(self.ours(), uid)?;
        Some(self.halt(trouble))
    }
}

/// Another box than ours: our token is kept, for ours may come back.
fn wrong_box(ours: Option<&str>, theirs: Option<&str>) -> Option<Trouble> {
    let (ours, theirs) = (ours?, theirs?);
    if ours.eq_ignore_ascii_case(theirs) {
        return None;
    }
    let theirs = cut(theirs, 64);
    let what = format!(
        "another Freebox answers: it is `{theirs}` and ours is `{ours}`; if this one has replaced it, register anew with \
         another `--token-file` (and leave `uid` out)"
    );
    Some(Trouble::new(Reason::Refused, "wrong_box", what).resting(WRONG_BOX_FOR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_box_that_says_it_is_another_one_is_wrong() {
        assert_eq!(wrong_box(Some("5e0c"), Some("5E0C")), None);
        assert_eq!(wrong_box(None, Some("5e0c")), None);
        assert_eq!(wrong_box(Some("5e0c"), None), None);
        assert_eq!(wrong_box(Some("5e0c"), Some("77aa")).unwrap().code, "wrong_box");
    }
}
