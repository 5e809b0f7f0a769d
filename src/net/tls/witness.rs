//! Who looks at the certificate that a box shows: remembers it, whether it is good or not, and then judges it as
//! [`Trust`] says.
//!
//! Whatever the trust, the signature of the handshake is verified: the box has the key that belongs to the certificate.
//! Nobody asks whether a certificate was revoked: boxes at home have no list of such.

use std::sync::{Arc, PoisonError};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::{Certificate, Fingerprint, Problem, Shown, Trust, authorities};

/// Looks at certificates.
#[derive(Debug)]
pub struct Witness {
    judge: Judge,
    algorithms: WebPkiSupportedAlgorithms,
    shown: Shown,
}

#[derive(Debug)]
enum Judge {
    Authorities(Arc<WebPkiServerVerifier>),
    Pins(Vec<Fingerprint>),
    Nobody,
}

impl Witness {
    pub fn new(
        trust: &Trust,
        system: bool,
        provider: &Arc<CryptoProvider>,
        shown: &Shown,
    ) -> Result<Self, Problem> {
        let judge = match trust {
            Trust::Authorities { built_in, file } => {
                let roots = Arc::new(authorities::load(built_in, file.as_deref(), system)?);
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build();
                Judge::Authorities(
                    verifier.map_err(|error| Problem(format!("no authority to believe: {error}")))?,
                )
            }
            Trust::Pins(pins) => Judge::Pins(pins.clone()),
            Trust::Anybody => Judge::Nobody,
        };
        let algorithms = provider.signature_verification_algorithms;
        Ok(Self { judge, algorithms, shown: Arc::clone(shown) })
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Certificate::read(end_entity);
        match &self.judge {
            Judge::Authorities(verifier) => verifier
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
                .map_err(|error| match error {
                    // The name of an authority that we know, and not its key: that is another authority.
                    Error::InvalidCertificate(CertificateError::BadSignature) => {
                        CertificateError::UnknownIssuer.into()
                    }
                    error => error,
                }),
            Judge::Pins(pins) if !pins.contains(&Fingerprint::of(end_entity)) => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            Judge::Pins(_) | Judge::Nobody => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
