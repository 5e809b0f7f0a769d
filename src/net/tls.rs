//! TLS by rustls: whom we believe, and what the box has shown.

use std::path::PathBuf;

use crate::metric::Timestamp;

/// A SHA-256 fingerprint of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// Whom we believe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Authorities: these, in PEM, and what this system trusts; and of a file in PEM, if there is one.
    Authorities {
        /// Certificates that come with the kind of box.
        built_in: &'static str,
        /// A file of more.
        file: Option<PathBuf>,
    },
    /// Whoever shows one of these certificates, whatever it says of itself.
    Pins(Vec<Fingerprint>),
    /// Anybody.
    Anybody,
}

/// What is needed to connect. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tls {
    // H3: Arc<rustls::ClientConfig>, the name to expect, what the box has shown.
}

/// What a box has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Until when it is good.
    pub not_after: Timestamp,
}

impl std::fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Tls {
    /// Prepares.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn new(_trust: &Trust, _name: &str) -> Result<Self, std::io::Error> {
        Ok(Self {})
    }
}

impl std::str::FromStr for Fingerprint {
    type Err = std::fmt::Error;

    fn from_str(_text: &str) -> Result<Self, std::fmt::Error> {
        Err(std::fmt::Error)
    }
}
