//! Who is logged in: one at a time, and nobody for a while after too many failures.
//!
//! Deliberately does not decide what the answers look like on the wire: see `desk`.

use std::time::Duration;

use crate::dice::Dice;

/// Identifiers before a log-in that are still good; the oldest go first.
const MOST_TICKETS: usize = 32;

/// How log-ins work.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// So many failures lock the log-in; 0 never does.
    pub protect_after: u32,
    /// For so long, of simulated time.
    pub protect_for: Duration,
    /// A session that is not used for so long ends, in simulated time.
    pub idle: Duration,
}

impl Default for Rules {
    /// Two failures are forgiven. How long a modem waits is not known; it is minutes.
    fn default() -> Self {
        Self { protect_after: 3, protect_for: Duration::from_secs(3600), idle: Duration::from_secs(600) }
    }
}

/// Who holds the one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Somebody who logged in here, with this identifier.
    Client(String),
    /// Somebody else's browser.
    Browser,
}

/// What a log-in leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// A session with this identifier; whether somebody was thrown out for it.
    Open(String, bool),
    /// Somebody else is logged in.
    Repeat,
    /// The name or the password is wrong.
    Wrong,
    /// So many failures, and so long to wait.
    Protected(u32, Duration),
}

/// All of it.
#[derive(Debug)]
pub struct Sessions {
    /// How log-ins work.
    pub rules: Rules,
    user: String,
    password: String,
    tickets: Vec<String>,
    open: Option<(Holder, Duration)>,
    failures: u32,
    locked: Option<(u32, Duration)>,
    dice: Dice,
}

impl Sessions {
    /// Nobody yet.
    pub fn new(user: &str, password: &str, rules: Rules, seed: u64) -> Self {
        Self {
            rules,
            user: user.to_owned(),
            password: password.to_owned(),
            tickets: Vec::new(),
            open: None,
            failures: 0,
            locked: None,
            dice: Dice::new(seed, 0x5e_55),
        }
    }

    /// Another password from now on.
    pub fn set_credentials(&mut self, user: &str, password: &str) {
        (self.user, self.password) = (user.to_owned(), password.to_owned());
    }

    /// A new identifier for somebody who is not logged in.
    pub fn ticket(&mut self) -> String {
        let ticket = self.identifier();
        if self.tickets.len() >= MOST_TICKETS {
            self.tickets.remove(0);
        }
        self.tickets.push(ticket.clone());
        ticket
    }

    /// Whether an identifier was given out and not used up.
    pub fn knows(&self, ticket: &str) -> bool {
        self.tickets.iter().any(|known| known == ticket)
    }

    /// Somebody logs in.
    pub fn log_in(&mut self, now: Duration, user: &str, password: &str, force: bool) -> Login {
        if let Some((failures, until)) = self.locked {
            if now < until {
                return Login::Protected(failures, until - now);
            }
            (self.locked, self.failures) = (None, 0);
        }
        if (user, password) != (self.user.as_str(), self.password.as_str()) {
            self.failures += 1;
            if self.failures == self.rules.protect_after {
                self.lock(now, self.failures, self.rules.protect_for);
                return Login::Protected(self.failures, self.rules.protect_for);
            }
            return Login::Wrong;
        }
        let held = self.holder(now).is_some();
        if held && !force {
            return Login::Repeat;
        }
        self.failures = 0;
        let id = self.identifier();
        self.open = Some((Holder::Client(id.clone()), now));
        Login::Open(id, held)
    }

    /// Locks the log-in for so long, as after so many failures.
    pub fn lock(&mut self, now: Duration, failures: u32, time: Duration) {
        self.locked = Some((failures, now + time));
    }

    /// Ends a lock, and forgets failures.
    pub fn unlock(&mut self) {
        (self.locked, self.failures) = (None, 0);
    }

    /// Who holds the session, if it has not ended for want of use.
    pub fn holder(&mut self, now: Duration) -> Option<&Holder> {
        let idle = self.rules.idle;
        self.open.take_if(|(_, used)| now.saturating_sub(*used) >= idle);
        self.open.as_ref().map(|(holder, _)| holder)
    }

    /// Whether this identifier's session is open; using it keeps it open.
    pub fn use_it(&mut self, now: Duration, id: &str) -> bool {
        let own = matches!(self.holder(now), Some(Holder::Client(known)) if known == id);
        if let Some((_, used)) = self.open.as_mut().filter(|_| own) {
            *used = now;
        }
        own
    }

    /// Ends this identifier's session; whether it was open.
    pub fn log_out(&mut self, now: Duration, id: &str) -> bool {
        let own = self.use_it(now, id);
        if own {
            self.open = None;
        }
        own
    }

    /// A browser has the session from now on, whoever had it.
    pub fn take_over(&mut self, now: Duration) {
        self.open = Some((Holder::Browser, now));
    }

    /// Nobody has the session.
    pub fn end(&mut self) {
        self.open = None;
    }

    /// What a restart leaves of all this.
    pub fn restart(&mut self) {
        self.end();
        self.unlock();
        self.tickets.clear();
    }

    fn identifier(&mut self) -> String {
        self.dice.any().to_string()
    }
}
