//! As whom lines are written: a header, made of a secret that is read for each attempt and wiped after it. It sends nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::{Bucket, Settings};
use crate::metric::Reason;
use crate::push::sender::{Again, Refusal};
use crate::secrets::Place;

/// What says who we are.
pub struct Login {
    /// The value of the header `Authorization`.
    pub header: SecretString,
    /// A password or a token, as it is kept.
    secret: SecretString,
}

impl Login {
    /// Whether a text repeats the secret, as it is or as it was sent.
    pub fn is_in(&self, text: &str) -> bool {
        let header = self.header.expose_secret();
        let sent = header.split_once(' ').map_or(header, |(_, sent)| sent);
        text.contains(self.secret.expose_secret()) || text.contains(sent)
    }
}

/// Reads the secret, if there is one.
///
/// InfluxDB 1.x takes a user and a password as HTTP has them (RFC 7617), 2.x a token of its own kind.
///
/// # Errors
/// When it cannot be read, or cannot be said in a header. It may be there the next time.
pub fn read(settings: &Settings) -> Result<Option<Login>, Refusal> {
    let refusal = |code, what: String| {
        let message = format!("{} is not asked: {what}", settings.endpoint);
        Refusal { reason: Reason::Refused, code, message, again: Again::Later }
    };
    let get = |code, place: &Place| place.read().map_err(|problem| refusal(code, problem.to_string()));
    match &settings.bucket {
        Bucket::V1 { user: Some((user, place)), .. } => {
            let secret = get("no_password", place)?;
            Ok(Some(Login { header: basic(user, &secret), secret }))
        }
        Bucket::V2 { token: Some(place), .. } => {
            let secret = get("no_token", place)?;
            if !secret.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
                let what = format!("what is in {place} is no token: it has spaces, or letters that none has");
                return Err(refusal("no_token", what));
            }
            Ok(Some(Login { header: joined(&["Token ", secret.expose_secret()]), secret }))
        }
        Bucket::V1 { user: None, .. } | Bucket::V2 { token: None, .. } => Ok(None),
    }
}

fn basic(user: &str, password: &SecretString) -> SecretString {
    let pair = joined(&[user, ":", password.expose_secret()]);
    let pair = pair.expose_secret();
    // Room for all of it, so that it never moves and leaves a copy behind.
    let mut coded = Zeroizing::new(String::with_capacity(pair.len().div_ceil(3) * 4));
    STANDARD.encode_string(pair, &mut coded);
    joined(&["Basic ", &coded])
}

/// Texts one after the other, of which no copy stays behind.
fn joined(parts: &[&str]) -> SecretString {
    let mut text = Zeroizing::new(String::with_capacity(parts.iter().map(|part| part.len()).sum()));
    parts.iter().for_each(|part| text.push_str(part));
    SecretString::from(text.as_str())
}
