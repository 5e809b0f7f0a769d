//! Why a handshake came to nothing, in words that say what to do. Pure.

use std::fmt;

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use super::{Believes, Certificate, Tls};
use crate::metric::Reason;
use crate::text;

/// Why a handshake came to nothing. Where there is a certificate, it is the one that the box has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The certificate is not good any more.
    Expired(Option<Certificate>),
    /// The certificate is not good yet.
    NotYet(Option<Certificate>),
    /// Nobody knows who signed the certificate.
    UnknownIssuer(Option<Certificate>),
    /// The certificate is for somebody else.
    Name {
        /// Whom it should be for.
        expected: String,
        /// Whom it is for, in the box's words; the first few.
        presented: Vec<String>,
        /// The certificate.
        shown: Option<Certificate>,
    },
    /// The certificate is none of those that are pinned.
    Pin(Option<Certificate>),
    /// The certificate may be good; the box has not proven that it is its own.
    Key(Option<Certificate>),
    /// Something else is wrong with the certificate.
    Certificate(String, Option<Certificate>),
    /// No version and no cipher in common: what it has is not safe any more.
    Old(String),
    /// What it says is no TLS.
    NotTls,
    /// Anything else, in the words of rustls.
    Other(String),
}

/// A certificate may be for a hundred names; a message has room for these.
const NAMES_MAX: usize = 3;

impl Refusal {
    pub(in crate::net) fn new(error: &Error, tls: &Tls) -> Self {
        match error {
            Error::InvalidCertificate(error) => Self::of_certificate(error, tls),
            Error::AlertReceived(
                AlertDescription::ProtocolVersion
                | AlertDescription::HandshakeFailure
                | AlertDescription::InsufficientSecurity,
            ) => Self::Old(error.to_string()),
            // Cannot be another kind of incompatible: what else rustls offers is understood since 2008 (RFC 5246).
            Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::NoCipherSuitesInCommon
                | PeerIncompatible::NoKxGroupsInCommon
                | PeerIncompatible::NoSignatureSchemesInCommon,
            ) => Self::Old(error.to_string()),
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
            ) => Self::NotTls,
            _ => Self::Other(error.to_string()),
        }
    }

    fn of_certificate(error: &CertificateError, tls: &Tls) -> Self {
        let shown = tls.shown();
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired(shown),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYet(shown)
            }
            CertificateError::UnknownIssuer => Self::UnknownIssuer(shown),
            CertificateError::NotValidForName => Self::name(tls, &[], shown),
            CertificateError::NotValidForNameContext { presented, .. } => Self::name(tls, presented, shown),
            // Of a chain, our own verifier calls this an unknown issuer.
            CertificateError::BadSignature => Self::Key(shown),
            // Only our own verifier says so, of pins.
            CertificateError::ApplicationVerificationFailure if tls.believes() == Believes::Pins => {
                Self::Pin(shown)
            }
            // What signed itself as an authority does, as `openssl req -x509` makes it: nobody knows that one either.
            CertificateError::Other(error) if error.to_string() == "CaUsedAsEndEntity" => {
                Self::UnknownIssuer(shown)
            }
            _ => Self::Certificate(text::cut(&text::plain(&error.to_string()), 200), shown),
        }
    }

    fn name(tls: &Tls, presented: &[String], shown: Option<Certificate>) -> Self {
        // rustls has them as `DnsName("box.example")` and `IpAddress(192.0.2.1)`.
        let bare = |name: &String| {
            let inside =
                name.split_once('(').map_or(name.as_str(), |(_, inside)| inside.trim_end_matches(')'));
            text::cut(&text::plain(inside.trim_matches('"')), 80)
        };
        let presented = presented.iter().take(NAMES_MAX).map(bare).collect();
        Self::Name { expected: text::plain(&tls.name.to_str()), presented, shown }
    }

    /// Who must act.
    pub fn reason(&self) -> Reason {
        match self {
            Refusal::Expired(_)
            | Refusal::NotYet(_)
            | Refusal::UnknownIssuer(_)
            | Refusal::Name { .. }
            | Refusal::Pin(_)
            | Refusal::Key(_)
            | Refusal::Certificate(..) => Reason::Refused,
            Refusal::Old(_) | Refusal::NotTls => Reason::Unsupported,
            Refusal::Other(_) => Reason::Misbehaved,
        }
    }

    /// Narrower than the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Expired(_) => "tls_expired",
            Refusal::NotYet(_) => "tls_not_yet",
            Refusal::UnknownIssuer(_) => "tls_unknown_issuer",
            Refusal::Name { .. } => "tls_name",
            Refusal::Pin(_) => "tls_pin",
            Refusal::Key(_) => "tls_key",
            Refusal::Certificate(..) => "tls_certificate",
            Refusal::Old(_) => "tls_old",
            Refusal::NotTls => "tls_none",
            Refusal::Other(_) => "tls",
        }
    }
}

impl fmt::Display for Refusal {
    /// What the box does; who it is stands before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Expired(shown) => {
                let until = shown.as_ref().map_or(text::UNKNOWN.to_owned(), Certificate::until);
                let pin = believe(shown);
                write!(
                    f,
                    "shows a certificate that has expired on {until}; until it has a new one, believe it all the same \
                     with {pin}, or do without TLS with `endpoint = \"http://…\"`"
                )
            }
            Refusal::NotYet(shown) => write!(
                f,
                "shows a certificate that is not good yet; if the clock of this machine is right, believe it all the \
                 same with {}",
                believe(shown)
            ),
            Refusal::UnknownIssuer(shown) => write!(
                f,
                "shows a certificate of an authority that nobody here knows; if it is the right one, believe it with \
                 {}, or its authority with `ca_file = \"…\"`",
                believe(shown)
            ),
            Refusal::Name { expected, presented, shown } => {
                f.write_str("shows a certificate ")?;
                for (at, name) in presented.iter().enumerate() {
                    write!(f, "{}`{name}`, ", if at == 0 { "for " } else { "" })?;
                }
                write!(
                    f,
                    "not for `{expected}`; ask for it by the name that it has, or believe it all the same with {}",
                    believe(shown)
                )
            }
            Refusal::Pin(Some(shown)) => write!(
                f,
                "shows the certificate {}, which is not the one in `pin`; if it has a new one, pin that; if not, this \
                 is somebody else, or somebody is in between",
                shown.fingerprint
            ),
            Refusal::Pin(None) => {
                f.write_str("shows no certificate that can be read, and so not the one in `pin`")
            }
            Refusal::Key(shown) => {
                f.write_str("shows a certificate whose key it does not have")?;
                shown.as_ref().map_or(Ok(()), |shown| write!(f, " ({})", shown.fingerprint))?;
                f.write_str("; this is somebody else, or somebody is in between")
            }
            Refusal::Certificate(error, shown) => write!(
                f,
                "shows a certificate that cannot be believed: {error}; if it is the right one, believe it with {}",
                believe(shown)
            ),
            Refusal::Old(error) => write!(
                f,
                "speaks no TLS that is still safe ({error}); update it, or do without TLS on a network that you \
                 trust with `endpoint = \"http://…\"`"
            ),
            Refusal::NotTls => f.write_str(
                "does not speak TLS; if plain HTTP is all it has, say so with `endpoint = \"http://…\"`",
            ),
            Refusal::Other(error) => write!(f, "failed at TLS: {error}"),
        }
    }
}

/// What to write to believe a certificate.
fn believe(shown: &Option<Certificate>) -> String {
    match shown {
        Some(shown) => format!("`pin = \"{}\"`", shown.fingerprint),
        None => "`tls_verify = false`".to_owned(),
    }
}
