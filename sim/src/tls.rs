//! The simulated boxes' own authority, made anew at every start, and certificates with the faults that boxes have.
//!
//! Deliberately does not imitate Freebox's real roots: nobody but its vendor could sign with them.

pub mod old;

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

/// Roots, an elliptic one and one with RSA as Freebox has them, and what they sign.
pub struct Authority {
    names: Vec<String>,
    elliptic: CertifiedIssuer<'static, KeyPair>,
    rsa: CertifiedIssuer<'static, KeyPair>,
    /// Made when first asked for; shared by all connections, held while one is made.
    made: Mutex<HashMap<Leaf, Arc<ServerConfig>>>,
}

/// What is shown to whoever connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leaf {
    /// Nothing to complain about; valid until 2049-01-01 00:00 UTC.
    Good,
    /// Signed by an authority that nobody knows.
    UntrustedRoot,
    /// Valid until 2024-01-01.
    Expired,
    /// For another name.
    WrongName,
    /// Without alternative names; the common name is `localhost`.
    NoName,
    /// Without the identifier of the authority's key, which Python from 3.13 on insists on.
    NoAuthorityKey,
    /// With RSA from the root to the leaf.
    Rsa,
    /// No certificate at all: the server speaks nothing newer than TLS 1.0.
    OldTls,
}

/// What a leaf is called in faults.
pub const LEAVES: [(&str, Leaf); 8] = [
    ("good", Leaf::Good),
    ("untrusted-root", Leaf::UntrustedRoot),
    ("expired", Leaf::Expired),
    ("wrong-name", Leaf::WrongName),
    ("no-name", Leaf::NoName),
    ("no-aki", Leaf::NoAuthorityKey),
    ("rsa", Leaf::Rsa),
    ("tls10", Leaf::OldTls),
];

impl FromStr for Leaf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = LEAVES.iter().find(|(name, _)| *name == text);
        found.map(|(_, leaf)| *leaf).ok_or_else(|| format!("`{text}` is no certificate that we can show"))
    }
}

impl Authority {
    /// Makes the roots. `names` are what good leaves are for: DNS names and addresses.
    ///
    /// # Errors
    /// When a name cannot be in a certificate.
    pub fn new(names: &[&str]) -> Result<Self, String> {
        let elliptic = KeyPair::generate().map_err(cannot)?;
        let root = |name, key| CertifiedIssuer::self_signed(root(name), key).map_err(cannot);
        Ok(Self {
            names: names.iter().map(|&name| name.to_owned()).collect(),
            elliptic: root("Simulated ECC Root CA", elliptic)?,
            rsa: root("Simulated Root CA", rsa_key(include_str!("tls/rsa_root.pem"))?)?,
            made: Mutex::default(),
        })
    }

    /// Both roots, as programs want them in a file.
    pub fn pem(&self) -> String {
        format!("{}{}", self.elliptic.pem(), self.rsa.pem())
    }

    /// How to begin with a client who is to be shown this leaf.
    ///
    /// # Errors
    /// When the certificate cannot be made; and for [`Leaf::OldTls`], which has none.
    pub fn config(&self, leaf: Leaf) -> Result<Arc<ServerConfig>, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = made.get(&leaf) {
            return Ok(Arc::clone(config));
        }
        let (certificate, key) = self.issue(leaf)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(cannot)?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(cannot)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(cannot)?;
        let config = Arc::new(config);
        made.insert(leaf, Arc::clone(&config));
        Ok(config)
    }

    fn issue(&self, leaf: Leaf) -> Result<(Certificate, KeyPair), String> {
        let names = match leaf {
            Leaf::WrongName => vec!["autre.fbxos.test".to_owned()],
            Leaf::NoName => Vec::new(),
            _ => self.names.clone(),
        };
        let mut params = CertificateParams::new(names).map_err(cannot)?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(if leaf == Leaf::Expired { 2024 } else { 2049 }, 1, 1);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = leaf != Leaf::NoAuthorityKey;
        let key = match leaf {
            Leaf::Rsa => rsa_key(include_str!("tls/rsa_leaf.pem"))?,
            _ => KeyPair::generate().map_err(cannot)?,
        };
        let certificate = match leaf {
            Leaf::OldTls => return Err("TLS 1.0 has no certificate here".to_owned()),
            Leaf::Rsa => params.signed_by(&key, &self.rsa),
            Leaf::UntrustedRoot => {
                let stranger = KeyPair::generate().map_err(cannot)?;
                let root =
                    CertifiedIssuer::self_signed(root("Nobody's Root CA"), stranger).map_err(cannot)?;
                params.signed_by(&key, &root)
            }
            _ => params.signed_by(&key, &self.elliptic),
        };
        Ok((certificate.map_err(cannot)?, key))
    }
}

fn root(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::OrganizationName, "lanlord-sim");
    params.not_before = date_time_ymd(2015, 9, 1);
    params.not_after = date_time_ymd(2065, 9, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    params
}

fn rsa_key(pem: &str) -> Result<KeyPair, String> {
    KeyPair::from_pem_and_sign_algo(pem, &PKCS_RSA_SHA256).map_err(cannot)
}

fn cannot(error: impl std::fmt::Display) -> String {
    format!("making a certificate: {error}")
}
