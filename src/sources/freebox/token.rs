//! Stub: H6 has the real one.

use secrecy::{ExposeSecret, SecretString};

/// What the box has given us.
#[derive(Clone, Debug)]
pub struct Grant {
    /// As what we are registered.
    pub app_id: Option<String>,
    /// The token.
    pub app_token: SecretString,
    /// By which box.
    pub uid: Option<String>,
}

impl Grant {
    /// Reads.
    ///
    /// # Errors
    /// Never.
    pub fn parse(text: &SecretString) -> Result<Self, String> {
        Ok(Self { app_id: None, app_token: SecretString::from(text.expose_secret()), uid: None })
    }
}
