//! TLS by OpenSSL, for modems whose keys and ciphers rustls has no words for: RSA of 1024 bits, CBC, RSA key exchange,
//! small Diffie-Hellman groups. Nothing older than TLS 1.2 is spoken.
//!
//! No chain of authorities is verified: such a certificate is nobody's but the modem's. Who answers is known by pins
//! over the whole certificate, compared after the handshake and before the first byte of what it is for; and the
//! handshake itself proves that whoever shows the certificate has its key, which a comparison alone would not. Without
//! pins, anybody is believed, and the caller has to say so.
//!
//! It sends no name of the server (such modems have none), takes up no session again, and never renegotiates: what was
//! compared holds for as long as the connection does. It starts no task. Without the feature `legacy-tls`, OpenSSL is
//! not there, and nobody can be asked.

use super::tls::{Certificate, Fingerprint, Problem};

#[cfg(feature = "legacy-tls")]
mod handshake;
pub mod pin;
pub mod refusal;
#[cfg(not(feature = "legacy-tls"))]
mod without;

#[cfg(feature = "legacy-tls")]
pub(super) use handshake::Stream;
#[cfg(feature = "legacy-tls")]
pub use handshake::{LegacyTls, prepare};
#[cfg(not(feature = "legacy-tls"))]
pub use without::{LegacyTls, prepare};

/// How strict OpenSSL is with keys and ciphers (`SSL_CTX_set_security_level(3)`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityLevel {
    /// Everything that it has: also signatures with SHA-1.
    Zero,
    /// 80 bits: also RSA and Diffie-Hellman with 1024 bits.
    #[default]
    One,
    /// 112 bits: RSA and Diffie-Hellman from 2048 bits on.
    Two,
}

impl SecurityLevel {
    /// The level with this number; none but 0, 1 and 2, since no modem has what 3 asks for.
    pub fn new(number: u64) -> Option<Self> {
        [Self::Zero, Self::One, Self::Two].into_iter().find(|level| u64::from(level.number()) == number)
    }

    /// Its number.
    pub fn number(self) -> u8 {
        match self {
            Self::Zero => 0,
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// What is put up with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Allowed {
    /// How strict OpenSSL is.
    pub level: SecurityLevel,
    /// Whether the other side may be unable to renew a handshake safely (RFC 5746). We never renew one; with it, somebody
    /// in between can put words of his own before ours.
    pub legacy_renegotiation: bool,
}

impl From<SecurityLevel> for Allowed {
    fn from(level: SecurityLevel) -> Self {
        Self { level, legacy_renegotiation: false }
    }
}

/// What was shown last, whether it was believed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The fingerprint of the certificate.
    pub fingerprint: Fingerprint,
    /// The rest of the certificate; none where it cannot be read.
    pub certificate: Option<Certificate>,
    /// The version of the protocol: `TLSv1.2`.
    pub protocol: &'static str,
    /// What OpenSSL calls the cipher; none where the handshake did not come that far.
    pub cipher: Option<&'static str>,
}
