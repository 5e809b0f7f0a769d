//! Who may ask: applications with their tokens, challenges, sessions, and the patience with wrong passwords.
//!
//! Deliberately knows nothing of HTTP: it is given bodies and gives results. Time is simulated and an argument.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha1::Sha1;

use super::envelope::Refusal;
use super::world::Permissions;
use crate::dice::Dice;

/// More applications than a test registers; the oldest goes first.
const MOST_TOKENS: usize = 256;
/// What letters tokens and challenges are made of.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What nobody has published about real boxes; all times are simulated.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How long a session lives.
    pub session_ttl: Duration,
    /// Whether it lives so long after its last use, not after its beginning.
    pub idle: bool,
    /// How many sessions there may be; the oldest goes first.
    pub most_sessions: usize,
    /// How long a challenge is good.
    pub challenge_life: Duration,
    /// How many wrong passwords an address may give.
    pub failures: u32,
    /// How long it is not listened to then.
    pub limited: Duration,
    /// How long the box asks its user.
    pub prompt: Duration,
    /// After how long the user agrees without being asked by a test; never if none.
    pub grant_after: Option<Duration>,
    /// What new applications may do.
    pub permissions: Permissions,
}

/// Where a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The box asks its user.
    Pending,
    /// The user has agreed.
    Granted,
    /// The user has not.
    Denied,
    /// The user has said nothing.
    Timeout,
    /// Revoked or forgotten.
    Unknown,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Timeout => "timeout",
            Self::Unknown => "unknown",
        }
    }
}

struct Token {
    app_id: String,
    token: String,
    track_id: u64,
    status: Status,
    /// Whether the application has seen that it is granted: the documentation says that it must have.
    seen: bool,
    asked: Duration,
    permissions: Permissions,
}

struct Session {
    token: String,
    track_id: u64,
    created: Duration,
    used: Duration,
}

/// Everything about access to one box.
pub struct Auth {
    /// May be changed at any time.
    pub rules: Rules,
    tokens: Vec<Token>,
    sessions: Vec<Session>,
    challenge: String,
    challenge_since: Duration,
    salt: String,
    failures: HashMap<IpAddr, (u32, Duration)>,
    next_track_id: u64,
    dice: Dice,
}

impl Auth {
    /// A box that knows nobody.
    pub fn new(rules: Rules, seed: u64) -> Self {
        let mut dice = Dice::new(seed, 0xa0_71);
        let (challenge, salt) = (letters(&mut dice, 32), letters(&mut dice, 32));
        Self {
            rules,
            tokens: Vec::new(),
            sessions: Vec::new(),
            challenge,
            challenge_since: Duration::ZERO,
            salt,
            failures: HashMap::new(),
            next_track_id: 42,
            dice,
        }
    }

    /// An application that was registered long ago.
    pub fn preseed(&mut self, app_id: &str, token: &str, now: Duration) -> u64 {
        let track_id = self.add(app_id, token.to_owned(), now);
        self.decide(Some(track_id), Status::Granted);
        self.see(track_id);
        track_id
    }

    /// `POST login/authorize/`.
    ///
    /// # Errors
    /// What the box refuses.
    pub fn register(&mut self, now: Duration, from: IpAddr, body: &Value) -> Result<Value, Refusal> {
        self.listens_to(now, from)?;
        for key in ["app_id", "app_name", "app_version", "device_name"] {
            text(body, key)?;
        }
        let token = letters(&mut self.dice, 64);
        let track_id = self.add(text(body, "app_id")?, token.clone(), now);
        Ok(json!({"app_token": token, "track_id": track_id}))
    }

    /// `GET login/authorize/{track_id}`.
    pub fn registration(&mut self, now: Duration, track_id: u64) -> Value {
        self.turn(now);
        let token = self.tokens.iter().find(|token| token.track_id == track_id);
        let status = token.map_or(Status::Unknown, |token| token.status);
        self.see(track_id);
        let (challenge, salt) = self.challenge();
        json!({"status": status.word(), "challenge": challenge, "password_salt": salt})
    }

    /// `GET login/`.
    pub fn state(&mut self, now: Duration, session: Option<&str>) -> Value {
        let logged_in = self.permit(now, session).is_ok();
        let (challenge, salt) = self.challenge();
        json!({"logged_in": logged_in, "challenge": challenge, "password_salt": salt, "password_set": true})
    }

    /// `POST login/session/`.
    ///
    /// # Errors
    /// What the box refuses; a wrong password costs a challenge and some of its patience.
    pub fn log_in(&mut self, now: Duration, from: IpAddr, body: &Value) -> Result<Value, Refusal> {
        self.turn(now);
        self.listens_to(now, from)?;
        let (app_id, given) = (text(body, "app_id")?, text(body, "password")?);
        let right =
            |token: &&Token| token.app_id == app_id && password(&token.token, &self.challenge) == given;
        let found =
            self.tokens.iter().rev().find(right).map(|token| (token.track_id, token.status, token.seen));
        // Whatever happens now, nobody shall use this challenge again.
        self.rotate(now);
        let track_id = match found {
            Some((track_id, Status::Granted, true)) => track_id,
            Some((_, Status::Pending | Status::Granted, _)) => return Err(Refusal::new("pending_token")),
            _ => {
                let (count, _) = self.failures.remove(&from).unwrap_or_default();
                self.failures.insert(from, (count + 1, now));
                return Err(Refusal::new("invalid_token"));
            }
        };
        self.failures.remove(&from);
        let token = letters(&mut self.dice, 64);
        if self.sessions.len() >= self.rules.most_sessions {
            self.sessions.remove(0);
        }
        self.sessions.push(Session { token: token.clone(), track_id, created: now, used: now });
        let permissions = self.permissions(track_id);
        let (challenge, salt) = self.challenge();
        Ok(
            json!({"session_token": token, "challenge": challenge, "password_salt": salt, "password_set": true,
            "permissions": granted(&permissions)}),
        )
    }

    /// What the holder of this session may do, whose life it prolongs.
    ///
    /// # Errors
    /// `auth_required` when there is no such session, or not any more.
    pub fn permit(&mut self, now: Duration, session: Option<&str>) -> Result<Permissions, Refusal> {
        self.turn(now);
        let required = || Refusal::new("auth_required");
        let session = session.ok_or_else(required)?;
        let session = self.sessions.iter_mut().find(|known| known.token == session).ok_or_else(required)?;
        session.used = now;
        let track_id = session.track_id;
        Ok(self.permissions(track_id))
    }

    /// `GET login/perms/`.
    pub fn describe(permissions: &Permissions) -> Value {
        let mut described = serde_json::Map::new();
        for (name, granted, words) in list(permissions) {
            described.insert(name.to_owned(), json!({"granted": granted, "desc": words}));
        }
        Value::Object(described)
    }

    /// `POST login/logout/`.
    ///
    /// # Errors
    /// `auth_required` when there is no such session.
    pub fn log_out(&mut self, now: Duration, session: Option<&str>) -> Result<(), Refusal> {
        self.permit(now, session)?;
        self.sessions.retain(|known| Some(known.token.as_str()) != session);
        Ok(())
    }

    /// The user's decision about a registration, the latest that is pending if none is named; and whether there was
    /// one. A registration that is named may be decided anew: `Unknown` revokes it.
    pub fn decide(&mut self, track_id: Option<u64>, status: Status) -> bool {
        let wanted = |token: &&mut Token| match track_id {
            Some(track_id) => token.track_id == track_id,
            None => token.status == Status::Pending,
        };
        let Some(token) = self.tokens.iter_mut().rev().find(wanted) else { return false };
        token.status = status;
        let track_id = token.track_id;
        if status != Status::Granted {
            self.sessions.retain(|session| session.track_id != track_id);
        }
        true
    }

    /// Revokes everything that an application was ever granted, and says whether there was anything.
    pub fn revoke(&mut self, app_id: &str) -> bool {
        let ids: Vec<u64> =
            self.tokens.iter().filter(|token| token.app_id == app_id).map(|token| token.track_id).collect();
        ids.iter().filter(|id| self.decide(Some(**id), Status::Unknown)).count() > 0
    }

    /// What all applications may do from their next session on. As on the box, it ends the sessions there are.
    pub fn permit_all(&mut self, permissions: Permissions) {
        self.rules.permissions = permissions;
        self.tokens.iter_mut().for_each(|token| token.permissions = permissions);
        self.sessions.clear();
    }

    /// Ends all sessions.
    pub fn expire(&mut self) {
        self.sessions.clear();
    }

    /// Ends all sessions and forgets all failures, as a start does.
    pub fn reboot(&mut self, now: Duration) {
        self.sessions.clear();
        self.failures.clear();
        self.rotate(now);
    }

    /// Forgets everybody, as another box never knew them.
    pub fn forget(&mut self, now: Duration) {
        self.reboot(now);
        self.tokens.clear();
    }

    /// Makes a new challenge.
    pub fn rotate(&mut self, now: Duration) {
        self.challenge = letters(&mut self.dice, 32);
        self.challenge_since = now;
    }

    /// The challenge of now, and the salt of another login.
    pub fn challenge(&self) -> (&str, &str) {
        (&self.challenge, &self.salt)
    }

    /// Registrations with their status: `track_id`, `app_id`, status.
    pub fn registrations(&self) -> Vec<(u64, String, Status)> {
        self.tokens.iter().map(|token| (token.track_id, token.app_id.clone(), token.status)).collect()
    }

    /// Lets time do its work.
    fn turn(&mut self, now: Duration) {
        let Rules { session_ttl, idle, challenge_life, prompt, grant_after, .. } = self.rules.clone();
        if now.saturating_sub(self.challenge_since) >= challenge_life {
            self.rotate(now);
        }
        self.sessions.retain(|session| {
            let since = if idle { session.used } else { session.created };
            now.saturating_sub(since) < session_ttl
        });
        for token in self.tokens.iter_mut().filter(|token| token.status == Status::Pending) {
            let asked = now.saturating_sub(token.asked);
            if grant_after.is_some_and(|after| asked >= after) {
                token.status = Status::Granted;
            } else if asked >= prompt {
                token.status = Status::Timeout;
            }
        }
    }

    fn listens_to(&mut self, now: Duration, from: IpAddr) -> Result<(), Refusal> {
        self.failures.retain(|_, (_, last)| now.saturating_sub(*last) < self.rules.limited);
        match self.failures.get(&from) {
            Some((count, _)) if *count >= self.rules.failures => Err(Refusal::new("ratelimited")),
            _ => Ok(()),
        }
    }

    fn add(&mut self, app_id: &str, token: String, now: Duration) -> u64 {
        let track_id = self.next_track_id;
        self.next_track_id += 1;
        if self.tokens.len() >= MOST_TOKENS {
            self.tokens.remove(0);
        }
        let permissions = self.rules.permissions;
        let (app_id, status) = (app_id.to_owned(), Status::Pending);
        self.tokens.push(Token { app_id, token, track_id, status, seen: false, asked: now, permissions });
        track_id
    }

    fn see(&mut self, track_id: u64) {
        let granted = |token: &&mut Token| token.track_id == track_id && token.status == Status::Granted;
        self.tokens.iter_mut().filter(granted).for_each(|token| token.seen = true);
    }

    fn permissions(&self, track_id: u64) -> Permissions {
        let token = self.tokens.iter().find(|token| token.track_id == track_id);
        token.map(|token| token.permissions).unwrap_or_default()
    }
}

/// The password of an application: dev.freebox.fr/sdk/os/login. The key is the token as it is written.
fn password(token: &str, challenge: &str) -> String {
    // Keys of HMAC may have any length.
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("any length is fine");
    mac.update(challenge.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn letters(dice: &mut Dice, count: usize) -> String {
    (0..count).map(|_| char::from(*dice.pick(LETTERS))).collect()
}

fn text<'a>(body: &'a Value, key: &str) -> Result<&'a str, Refusal> {
    let found = body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    found.ok_or_else(|| Refusal::new("invalid_request"))
}

fn granted(permissions: &Permissions) -> Value {
    let list = list(permissions);
    Value::Object(list.iter().map(|(name, granted, _)| ((*name).to_owned(), json!(granted))).collect())
}

/// Name, whether granted, and what the box calls it.
fn list(permissions: &Permissions) -> [(&'static str, bool, &'static str); 14] {
    let p = permissions;
    [
        ("settings", p.settings, "Modification des réglages de la Freebox"),
        ("contacts", p.contacts, "Accès à la base de contacts de la Freebox"),
        ("calls", p.calls, "Accès au journal d'appels"),
        ("explorer", p.explorer, "Accès aux fichiers de la Freebox"),
        ("downloader", p.downloader, "Accès au gestionnaire de téléchargements"),
        ("parental", p.parental, "Accès au contrôle parental"),
        ("pvr", p.pvr, "Programmation des enregistrements"),
        ("tv", p.tv, "Accès au guide TV"),
        ("wdo", p.wdo, "Provisionnement des équipements"),
        ("camera", p.camera, "Accès aux caméras"),
        ("profile", p.profile, "Gestion des profils utilisateur"),
        ("player", p.player, "Contrôle du Freebox Player"),
        ("home", p.home, "Gestion de l'alarme et maison connectée"),
        ("vm", p.vm, "Contrôle de la VM"),
    ]
}

#[cfg(test)]
mod tests;
