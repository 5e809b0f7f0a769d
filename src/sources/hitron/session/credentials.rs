//! As whom to log in: the password, read again for each visit, and what it is known by while it is left alone.
//!
//! It asks no modem.

use std::sync::OnceLock;

use ring::hmac;
use ring::rand::SystemRandom;
use secrecy::{ExposeSecret, SecretString};

use super::trouble;
use crate::sources::hitron::{Login, Password, Profile, Scheme, Settings};
use crate::sources::{Error, Subject};

/// A user and a password.
pub struct Credentials {
    pub user: SecretString,
    pub password: SecretString,
}

/// Reads them; none where nobody logs in.
///
/// # Errors
/// When there are none where somebody has to, when they may not be sent there, or when the password cannot be read.
pub fn read(settings: &Settings) -> Result<Option<Credentials>, Error> {
    if settings.profile == Profile::CodaAsp {
        return Ok(None);
    }
    let Login { user, password } = settings.login.as_ref().ok_or_else(trouble::no_login)?;
    let password = match password {
        Password::Given(password) => password.0.clone(),
        Password::Stored(_) if !is_known(settings) => return Err(trouble::unpinned()),
        Password::Stored(place) => place.read().map_err(trouble::no_password)?,
    };
    Ok(Some(Credentials { user: user.0.clone(), password }))
}

/// Whether nobody but the modem can get what is sent.
fn is_known(settings: &Settings) -> bool {
    settings.scheme == Scheme::Https && settings.pins.iter().any(|group| !group.is_empty())
}

impl Credentials {
    /// What is left alone when they are rejected: these, by a digest with a key that nobody else has and that is gone when
    /// the process is; or any, where no such key can be had.
    pub fn subject(&self) -> Subject {
        static KEY: OnceLock<Option<hmac::Key>> = OnceLock::new();
        let key = KEY.get_or_init(|| hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok());
        let digest = key.as_ref().and_then(|key| {
            let (user, password) = (self.user.expose_secret(), self.password.expose_secret());
            let mut context = hmac::Context::with_key(key);
            // So that no two pairs become one text.
            context.update(&(user.len() as u64).to_be_bytes());
            context.update(user.as_bytes());
            context.update(password.as_bytes());
            context.sign().as_ref().try_into().ok()
        });
        digest.map_or(Subject::Login, Subject::Credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(user: &str, password: &str) -> Subject {
        Credentials { user: SecretString::from(user), password: SecretString::from(password) }.subject()
    }

    #[test]
    fn the_same_pair_is_known_again_and_no_other_is_taken_for_it() {
        assert_eq!(subject("admin", "password"), subject("admin", "password"));
        for (user, password) in [("admin", "Password"), ("adminp", "assword"), ("", "adminpassword")] {
            assert_ne!(subject(user, password), subject("admin", "password"));
        }
        assert!(matches!(subject("admin", "password"), Subject::Credentials(_)));
    }
}
