//! Logging in: the challenge, the password that answers it, and what a session may do. Pure.

use std::collections::BTreeMap;

use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::lenient::{Flag, Maybe, Text};

/// `GET login/`. In a browser's session the challenge is a list of scripts; then there is none here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Login {
    /// What to answer.
    pub challenge: Text,
}

/// `POST login/session/`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Opened {
    session_token: Text,
    permissions: Maybe<BTreeMap<String, Flag>>,
}

/// More permissions than any firmware has; what comes after is cut.
const MOST_PERMISSIONS: usize = 64;

impl Opened {
    /// The token of the session, and every permission by name with whether the session has it.
    pub fn into_parts(self) -> (Option<SecretString>, Vec<(String, bool)>) {
        let permissions = self.permissions.0.unwrap_or_default().into_iter().take(MOST_PERMISSIONS);
        let permissions = permissions.map(|(name, granted)| (name, granted.0.unwrap_or(false)));
        (self.session_token.0.map(SecretString::from), permissions.collect())
    }
}

/// The password for a challenge: HMAC-SHA1 with the token, as text and not decoded, as its key; in lower-case
/// hexadecimal digits (dev.freebox.fr/sdk/os/login, "Opening a session").
pub fn password(app_token: &SecretString, challenge: &str) -> String {
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, app_token.expose_secret().as_bytes());
    sign(&key, challenge.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";

    /// Each computed by OpenSSL and by Python's `hmac`; the last token and challenge are of a public gist (mqu/5886096).
    #[test]
    fn the_password_is_what_others_compute() {
        let other = "89vtuOaDxJ/TDeBDPgWSk9083SbQgEMnHdIGoHg2qK2tpWcLuiRofIjuxZSG8yJn";
        for (token, challenge, expected) in [
            (TOKEN, "q7Rk2VwZ5mXyT0bH9sLd3PfNcGjA8uEo", "e23b78b55f74f7d32b446b552c0ee6d86ea52e63"),
            (TOKEN, "l/GD63XvKq+0mDbT7yPzWoJ9NeaUUs5c", "f7086c6b5856b907ff18e5d44b9e920384bf8683"),
            (other, "drMHV/Atq4ZTtFItdgqfklDdT75k92qE", "b4015852c9216f99f4ba20964b21c010bb779d99"),
        ] {
            assert_eq!(password(&SecretString::from(token), challenge), expected);
        }
    }

    #[test]
    fn a_permission_that_is_missing_or_odd_is_not_granted() {
        let opened: Opened = serde_json::from_str(
            r#"{"session_token":"a\/b","permissions":{"settings":false,"calls":true,"odd":[]}}"#,
        )
        .unwrap();
        let (token, permissions) = opened.into_parts();
        assert_eq!(token.unwrap().expose_secret(), "a/b");
        let expected = [("calls", true), ("odd", false), ("settings", false)];
        assert_eq!(permissions, expected.map(|(name, granted)| (name.to_owned(), granted)));
    }

    #[test]
    fn a_challenge_of_scripts_is_none() {
        let login: Login = serde_json::from_str(r#"{"challenge":["unescape('%41')"]}"#).unwrap();
        assert_eq!(login.challenge, Text(None));
    }
}
