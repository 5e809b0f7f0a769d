//! TLS by rustls: whom we believe, and what the box has shown. Nothing here connects: `http` does.
//!
//! TLS 1.2 and 1.3, and nothing older. The provider of the cryptography is named at each place, so that it does not
//! matter what else in the process uses rustls.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;

use crate::{clock, text};

mod authorities;
mod certificate;
pub mod refusal;
mod witness;

pub use authorities::of_system;
pub use certificate::{Certificate, Fingerprint, NotAFingerprint};
use witness::Witness;

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
    /// Whoever shows one of these certificates, whatever it says of itself, and proves that it has the key.
    Pins(Vec<Fingerprint>),
    /// Anybody.
    Anybody,
}

/// Why nobody can be believed: a file that cannot be used, or a name that no certificate can be for.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Problem(pub String);

/// What is needed to connect. Cheap to clone; clones share sessions and what the box has shown.
#[derive(Clone)]
pub struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
    shown: Shown,
    believes: Believes,
}

/// What the box has shown last. The lock is held for as long as copying takes; the other who takes it is the handshake,
/// in [`Witness`].
type Shown = Arc<Mutex<Option<Certificate>>>;

/// What a refusal has to recommend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Believes {
    Authorities,
    Pins,
    Anybody,
}

/// Sessions that are kept to be resumed: one name, a few tickets for each connection.
const SESSIONS: usize = 8;

impl Tls {
    /// Reads the authorities, which may take some milliseconds: keep what comes of it, and take [`Tls::for_name`] where
    /// only the name changes. `name` is the name or address, IPv6 without brackets, that the certificate has to be for.
    ///
    /// # Errors
    /// When the file of authorities cannot be read or has none, or `name` is neither a name nor an address.
    pub fn new(trust: &Trust, name: &str) -> Result<Self, Problem> {
        Self::made(trust, name, true)
    }

    /// As [`Tls::new`], but without the authorities of this system: for a name that nobody has vouched for. Anybody can
    /// have a certificate from those, for a name of his own.
    ///
    /// # Errors
    /// As there.
    pub fn without_system(trust: &Trust, name: &str) -> Result<Self, Problem> {
        Self::made(trust, name, false)
    }

    fn made(trust: &Trust, name: &str, system: bool) -> Result<Self, Problem> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let shown = Shown::default();
        let witness = Witness::new(trust, system, &provider, &shown)?;
        let believes = match trust {
            Trust::Authorities { .. } => Believes::Authorities,
            Trust::Pins(_) => Believes::Pins,
            Trust::Anybody => Believes::Anybody,
        };
        Ok(Self { config: Arc::new(config(provider, witness)?), name: server_name(name)?, shown, believes })
    }

    /// The same trust for another name of the same box; what it has shown under either name is known to both.
    ///
    /// # Errors
    /// When it is neither a name nor an address.
    pub fn for_name(&self, name: &str) -> Result<Self, Problem> {
        Ok(Self { name: server_name(name)?, ..self.clone() })
    }

    /// The certificate that the box showed last, also when we did not believe it.
    pub fn shown(&self) -> Option<Certificate> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn believes(&self) -> Believes {
        self.believes
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("name", &self.name)
            .field("believes", &self.believes)
            .finish_non_exhaustive()
    }
}

fn config(provider: Arc<CryptoProvider>, witness: Witness) -> Result<ClientConfig, Problem> {
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(OurClock))
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem(format!("cannot speak TLS: {error}")))?
        // "Dangerous" is what rustls calls a verifier of one's own; what it leaves out is said in `witness`.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(witness))
        .with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(SESSIONS);
    Ok(config)
}

fn server_name(name: &str) -> Result<ServerName<'static>, Problem> {
    let problem = |_| {
        Problem(format!(
            "no certificate can be for `{}`: it is neither a name nor an address",
            text::plain(name)
        ))
    };
    ServerName::try_from(name).map(|name| name.to_owned()).map_err(problem)
}

/// The one clock of the program, as rustls wants to ask it.
#[derive(Debug)]
struct OurClock;

impl TimeProvider for OurClock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(clock::now().0))
    }
}
