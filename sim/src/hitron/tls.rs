//! The modem's key, its certificate and the TLS that it speaks, old as it is.
//!
//! Deliberately nobody's authority: a modem signs its certificate itself, and whoever trusts it has seen it before.

use std::str::FromStr;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::dh::Dh;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Rsa, RsaPrivateKeyBuilder};
use openssl::ssl::{SslContext, SslMethod, SslVersion};
use openssl::x509::{X509, X509NameBuilder};

/// What the modem's side of TLS is like.
#[derive(Clone, Debug)]
pub struct TlsOptions {
    /// Which cipher suites and versions it speaks.
    pub suite: Suite,
    /// Length of its RSA key.
    pub bits: u32,
    /// 3, or 1 as old firmware has it.
    pub x509_version: u8,
    /// What signs its certificate: `sha256`, `sha1` or `md5`.
    pub signed_with: String,
    /// The common name of its certificate: a MAC address.
    pub common_name: String,
    /// A key and certificate made before, instead of new ones: both cost milliseconds.
    pub identity: Option<Identity>,
    /// It is no modem but somebody in the middle, who shows this certificate (DER, with an RSA key) and has not its
    /// key.
    pub impersonates: Option<Vec<u8>>,
}

impl Default for TlsOptions {
    /// What is known of a CGNV4-FX4, with the cipher suites that everybody speaks.
    fn default() -> Self {
        Self {
            suite: Suite::EcdheGcm,
            bits: 1024,
            x509_version: 3,
            signed_with: "sha256".to_owned(),
            common_name: "02:00:00:00:00:00".to_owned(),
            identity: None,
            impersonates: None,
        }
    }
}

/// Which cipher suites and versions a modem speaks; TLS 1.2 if nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    /// Elliptic key exchange and AES-GCM.
    EcdheGcm,
    /// Elliptic key exchange, and AES only with CBC and SHA-1.
    Cbc,
    /// The client encrypts to the certificate's key: nothing is signed.
    KeyRsa,
    /// Diffie and Hellman with a prime of 1024 bits (RFC 2409, 6.2), and nothing else.
    Dhe1024,
    /// As [`Suite::EcdheGcm`], but the key exchange is signed with SHA-1 and nothing else.
    Sha1,
    /// TLS 1.3 beside 1.2.
    Tls13,
    /// TLS 1.1 and nothing newer.
    Tls11,
}

/// What suites are called.
pub const SUITES: [(&str, Suite); 7] = [
    ("ecdhe-gcm", Suite::EcdheGcm),
    ("cbc", Suite::Cbc),
    ("krsa", Suite::KeyRsa),
    ("dhe1024", Suite::Dhe1024),
    ("sha1", Suite::Sha1),
    ("tls13", Suite::Tls13),
    ("tls11", Suite::Tls11),
];

impl FromStr for Suite {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = SUITES.iter().find(|(name, _)| *name == text);
        let names = || SUITES.map(|(name, _)| name).join(", ");
        found.map(|(_, suite)| *suite).ok_or_else(|| format!("`{text}` is none of {}", names()))
    }
}

/// A key and its certificate.
#[derive(Clone)]
pub struct Identity {
    key: PKey<Private>,
    certificate: X509,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// A new key and certificate, or what the options say is to be shown instead.
    ///
    /// # Errors
    /// When the options cannot be had.
    pub fn of(options: &TlsOptions) -> Result<Self, String> {
        match (&options.impersonates, &options.identity) {
            (Some(der), _) => Self::stolen(der),
            (None, Some(identity)) => Ok(identity.clone()),
            (None, None) => Self::generate(options),
        }
    }

    /// A new key and certificate.
    ///
    /// # Errors
    /// When the options cannot be had.
    pub fn generate(options: &TlsOptions) -> Result<Self, String> {
        let digest = match options.signed_with.as_str() {
            "sha256" => MessageDigest::sha256(),
            "sha1" => MessageDigest::sha1(),
            "md5" => MessageDigest::md5(),
            other => return Err(format!("`{other}` is not `sha256`, `sha1` or `md5`")),
        };
        let version = match options.x509_version {
            1 => 0,
            3 => 2,
            other => return Err(format!("certificates of version {other} are not made here, only 1 and 3")),
        };
        Self::signed(options, digest, version).map_err(cannot)
    }

    fn signed(options: &TlsOptions, digest: MessageDigest, version: i32) -> Result<Self, ErrorStack> {
        let key = PKey::from_rsa(Rsa::generate(options.bits)?)?;
        let mut subject = X509NameBuilder::new()?;
        for (field, value) in [
            ("C", "TW"),
            ("O", "Hitron Technologies"),
            ("OU", "No. 40, Wu-kung 5th Rd., Wu-ku, Taipei Hsien, Taiwan"),
            ("CN", options.common_name.as_str()),
        ] {
            subject.append_entry_by_text(field, value)?;
        }
        let subject = subject.build();
        let mut certificate = X509::builder()?;
        certificate.set_version(version)?;
        let serial = BigNum::from_u32(1)?.to_asn1_integer()?;
        certificate.set_serial_number(&serial)?;
        certificate.set_subject_name(&subject)?;
        certificate.set_issuer_name(&subject)?;
        let (from, until) = (Asn1Time::from_str("20110101000000Z")?, Asn1Time::from_str("20410101000000Z")?);
        certificate.set_not_before(&from)?;
        certificate.set_not_after(&until)?;
        certificate.set_pubkey(&key)?;
        certificate.sign(&key, digest)?;
        Ok(Self { key, certificate: certificate.build() })
    }

    /// Somebody else's certificate with a key that is not the one it was made for.
    ///
    /// # Errors
    /// When the certificate is none with an RSA key.
    pub fn stolen(der: &[u8]) -> Result<Self, String> {
        let stolen = || {
            let certificate = X509::from_der(der)?;
            let known = certificate.public_key()?.rsa()?;
            let own = Rsa::generate(known.size() * 8)?;
            // OpenSSL compares the public halves of a key and a certificate, and believes the private one.
            let modulus = known.n().to_owned()?;
            let builder = RsaPrivateKeyBuilder::new(modulus, known.e().to_owned()?, own.d().to_owned()?)?;
            Ok(Self { key: PKey::from_rsa(builder.build())?, certificate })
        };
        stolen().map_err(cannot)
    }

    /// The certificate in DER.
    pub fn certificate_der(&self) -> Vec<u8> {
        // Nothing that was made or read can fail to be written again; an empty one fits no pin.
        self.certificate.to_der().unwrap_or_default()
    }

    /// The certificate as PEM.
    pub fn certificate_pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().unwrap_or_default()).unwrap_or_default()
    }

    /// SHA-256 over the certificate in DER, 64 digits.
    pub fn sha256(&self) -> String {
        self.fingerprint(MessageDigest::sha256())
    }

    /// SHA-1 over the certificate in DER, 40 digits.
    pub fn sha1(&self) -> String {
        self.fingerprint(MessageDigest::sha1())
    }

    /// MD5 over the certificate in DER, 32 digits.
    pub fn md5(&self) -> String {
        self.fingerprint(MessageDigest::md5())
    }

    fn fingerprint(&self, digest: MessageDigest) -> String {
        let bytes = self.certificate.digest(digest);
        bytes.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()).unwrap_or_default()
    }

    /// What every connection begins with.
    ///
    /// # Errors
    /// When OpenSSL cannot do it.
    pub fn context(&self, suite: Suite) -> Result<SslContext, String> {
        self.speaking(suite).map_err(|error| format!("preparing TLS: {error}"))
    }

    fn speaking(&self, suite: Suite) -> Result<SslContext, ErrorStack> {
        let mut context = SslContext::builder(SslMethod::tls_server())?;
        // Otherwise OpenSSL 3 would refuse what this is for.
        context.set_security_level(0);
        let (oldest, newest) = match suite {
            Suite::Tls11 => (SslVersion::TLS1_1, SslVersion::TLS1_1),
            Suite::Tls13 => (SslVersion::TLS1_2, SslVersion::TLS1_3),
            _ => (SslVersion::TLS1_2, SslVersion::TLS1_2),
        };
        context.set_min_proto_version(Some(oldest))?;
        context.set_max_proto_version(Some(newest))?;
        context.set_cipher_list(match suite {
            Suite::EcdheGcm | Suite::Sha1 | Suite::Tls13 => {
                "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0"
            }
            Suite::Cbc => "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA:@SECLEVEL=0",
            Suite::KeyRsa => "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA:@SECLEVEL=0",
            Suite::Dhe1024 => "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-SHA:@SECLEVEL=0",
            Suite::Tls11 => "ECDHE-RSA-AES128-SHA:AES128-SHA:@SECLEVEL=0",
        })?;
        match suite {
            Suite::Dhe1024 => {
                let dh = Dh::from_pqg(BigNum::get_rfc2409_prime_1024()?, None, BigNum::from_u32(2)?)?;
                context.set_tmp_dh(&dh)?;
            }
            Suite::Sha1 => context.set_sigalgs_list("RSA+SHA1")?,
            _ => {}
        }
        context.set_certificate(&self.certificate)?;
        context.set_private_key(&self.key)?;
        Ok(context.build())
    }
}

fn cannot(error: ErrorStack) -> String {
    format!("making a certificate: {error}")
}
