//! The handshake by OpenSSL, and what is compared after it. It sends nothing of what the connection is for.

use std::fmt;
use std::pin::Pin as Pinned;
use std::sync::{Arc, Mutex, PoisonError};

use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::memcmp;
use openssl::ssl::{
    self, ErrorCode, Ssl, SslContext, SslMethod, SslOptions, SslRef, SslSessionCacheMode, SslVerifyMode,
    SslVersion,
};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use super::pin::Pin;
use super::refusal::{Progress, Proof, Refusal, Said};
use super::{Allowed, Certificate, Fingerprint, Problem, Shown};
use crate::net::failure::{Cause, Step};
use crate::net::patience::Patience;
use crate::text;

/// A connection after its handshake.
pub type Stream = SslStream<TcpStream>;

/// What is needed to connect. Cheap to clone; clones share what was shown.
#[derive(Clone)]
pub struct LegacyTls {
    context: SslContext,
    allowed: Allowed,
    /// A certificate has to fit one pin of each of these; none of them is empty.
    pins: Arc<[Vec<Pin>]>,
    /// What was shown last. The lock is held for as long as copying takes; the other who takes it is the handshake.
    shown: Arc<Mutex<Option<Shown>>>,
}

/// Has OpenSSL read its configuration and load what that names, and the digests of pins: later, files may be out of
/// reach. Debian's has it read `/etc/ssl/openssl.cnf` and nothing more; others lead to files and modules below `/usr`, as
/// that for FIPS is. Measured on Debian 12 with OpenSSL 3.0: 2 ms and 3 MB of the resident set, 0.7 MB of them our own;
/// the first handshake takes 1 MB more.
pub fn prepare() {
    openssl::init();
    // What fails here fails again, and says so, where it is needed.
    let _ = context(Allowed::default());
    for digest in [MessageDigest::sha256(), MessageDigest::sha1(), MessageDigest::md5()] {
        let _ = hash(digest, b"");
    }
    let _ = openssl::rand::rand_bytes(&mut [0; 16]);
}

impl LegacyTls {
    /// Believes whoever shows a certificate that fits one pin of each group, and proves that he has its key: one group may
    /// come from a configuration, and another from a question. Groups without a pin count for nothing; where no pin is
    /// left, anybody is believed.
    ///
    /// # Errors
    /// When OpenSSL cannot be had as it is wanted.
    pub fn new(allowed: impl Into<Allowed>, pins: Vec<Vec<Pin>>) -> Result<Self, Problem> {
        let allowed = allowed.into();
        let context = context(allowed).map_err(|errors| {
            Problem(format!(
                "cannot speak TLS by OpenSSL: {}",
                text::cut(&text::plain(&errors.to_string()), 200)
            ))
        })?;
        let pins = pins.into_iter().filter(|group| !group.is_empty()).collect();
        Ok(Self { context, allowed, pins, shown: Arc::default() })
    }

    /// What was shown last, also when it was not believed.
    pub fn shown(&self) -> Option<Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether there is any pin: otherwise anybody is believed.
    pub fn is_pinned(&self) -> bool {
        !self.pins.is_empty()
    }

    /// Shakes hands, and compares. Whoever is not believed has heard nothing but the handshake.
    pub(in crate::net) async fn shake_hands(
        &self,
        tcp: TcpStream,
        patience: &Patience,
    ) -> Result<Stream, Cause> {
        let progress = |shown, proof| Progress { allowed: self.allowed, shown, proof };
        let own =
            |errors: ErrorStack| refused(Refusal::new(&said(&errors), progress(None, Proof::Signature)));
        let ssl = Ssl::new(&self.context).map_err(own)?;
        let mut stream = SslStream::new(ssl, tcp).map_err(own)?;
        let shaken = patience.within(Step::Handshake, Pinned::new(&mut stream).connect()).await?;
        let der = self.look(stream.ssl());
        if let Err(error) = shaken {
            return Err(failed(error, progress(der.as_deref().map(Fingerprint::of), proof(stream.ssl()))));
        }
        let Some(der) = der else { return Err(refused(Refusal::NoCertificate)) };
        self.compare(&der)?;
        Ok(stream)
    }

    /// The certificate that was shown, in DER, if one was.
    fn look(&self, ssl: &SslRef) -> Option<Vec<u8>> {
        let der = ssl.peer_certificate()?.to_der().ok()?;
        let shown = Shown {
            fingerprint: Fingerprint::of(&der),
            certificate: Certificate::read(&der),
            protocol: ssl.version_str(),
            cipher: ssl.current_cipher().map(|cipher| cipher.name()),
        };
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        Some(der)
    }

    fn compare(&self, der: &[u8]) -> Result<(), Cause> {
        for group in self.pins.iter() {
            // A digest that this machine has not got is in nobody's way if another one fits.
            let (mut fits, mut missing) = (false, None);
            for pin in group {
                match is_of(pin, der) {
                    Ok(is_it) => fits |= is_it,
                    Err(cause) => missing = missing.or(Some(cause)),
                }
            }
            if !fits {
                let other = || refused(Refusal::Pin { shown: Fingerprint::of(der), expected: group.clone() });
                return Err(missing.unwrap_or_else(other));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for LegacyTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyTls")
            .field("allowed", &self.allowed)
            .field("pins", &self.pins)
            .finish_non_exhaustive()
    }
}

fn context(allowed: Allowed) -> Result<SslContext, ErrorStack> {
    let mut builder = SslContext::builder(SslMethod::tls_client())?;
    // Whatever the system's configuration of OpenSSL says besides.
    builder.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    builder.set_max_proto_version(None)?;
    builder.set_cipher_list(&format!("DEFAULT@SECLEVEL={}", allowed.level.number()))?;
    builder.set_verify(SslVerifyMode::NONE);
    // OpenSSL looks at chains also where nobody wants to know; so there is nothing to look at but the first certificate.
    builder.set_verify_depth(0);
    builder.set_session_cache_mode(SslSessionCacheMode::OFF);
    // A certificate that is shown later would be compared with nothing.
    builder.set_options(SslOptions::NO_TICKET | SslOptions::NO_COMPRESSION | SslOptions::NO_RENEGOTIATION);
    // Such modems close without a goodbye, and their bodies may have no length; everybody else who asks them puts up with
    // that. Somebody on the way can cut an answer short, and half a JSON text is none.
    builder.set_options(SslOptions::from_bits_retain(IGNORE_UNEXPECTED_EOF));
    // A name that the crate has not got.
    let legacy = SslOptions::from_bits_retain(openssl_sys::SSL_OP_LEGACY_SERVER_CONNECT);
    match allowed.legacy_renegotiation {
        true => builder.set_options(legacy),
        // OpenSSL 1.1.1 has it on.
        false => builder.clear_options(legacy),
    };
    Ok(builder.build())
}

/// `SSL_OP_IGNORE_UNEXPECTED_EOF` (`openssl/ssl.h`); before 3.0 it means nothing, and that is how OpenSSL behaves.
const IGNORE_UNEXPECTED_EOF: u64 = 0x80;

/// Whether a certificate is the one that a pin is of; takes as long for one that is nearly right as for any other.
fn is_of(pin: &Pin, der: &[u8]) -> Result<bool, Cause> {
    let digest = match pin {
        Pin::Sha256(_) => MessageDigest::sha256(),
        Pin::Sha1(_) => MessageDigest::sha1(),
        Pin::Md5(_) => MessageDigest::md5(),
    };
    let found = hash(digest, der).map_err(|errors| {
        let said = text::cut(&text::plain(&errors.to_string()), 200);
        refused(Refusal::Digest { algorithm: pin.algorithm(), said })
    })?;
    Ok(found.len() == pin.octets().len() && memcmp::eq(&found, pin.octets()))
}

/// Why there is no connection.
fn failed(error: ssl::Error, progress: Progress) -> Cause {
    if let Some(errors) = error.ssl_error() {
        return refused(Refusal::new(&said(errors), progress));
    }
    let code = error.code();
    match error.into_io_error() {
        Ok(error) => Cause::Broken(error),
        // The connection ended, politely or not.
        Err(_) if [ErrorCode::SYSCALL, ErrorCode::ZERO_RETURN].contains(&code) => Cause::Closed,
        Err(_) => refused(Refusal::new(&[], progress)),
    }
}

/// How the other side has to prove that it has the key, as OpenSSL describes the cipher (`SSL_CIPHER_description(3)`).
fn proof(ssl: &SslRef) -> Proof {
    let description = ssl.current_cipher().map(|cipher| cipher.description()).unwrap_or_default();
    let encrypts = description.split_whitespace().any(|word| word == "Kx=RSA");
    if encrypts { Proof::Decryption } else { Proof::Signature }
}

fn refused(refusal: Refusal) -> Cause {
    Cause::LegacyTls(Box::new(refusal))
}

/// What OpenSSL says, the oldest first.
fn said(errors: &ErrorStack) -> Vec<Said> {
    let said = |error: &openssl::error::Error| {
        let (words, data) = (error.reason().unwrap_or("an error without a name"), error.data());
        let words = data.map_or(words.to_owned(), |data| format!("{words}: {data}"));
        Said { library: error.library_code(), reason: error.reason_code(), words }
    };
    errors.errors().iter().map(said).collect()
}
