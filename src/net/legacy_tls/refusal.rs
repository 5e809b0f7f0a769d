//! Why a handshake with a modem came to nothing, in words that say what to do. Pure: it gets what OpenSSL says as numbers
//! and words.

use std::fmt;

use super::pin::Pin;
use super::{Allowed, SecurityLevel};
use crate::metric::Reason;
use crate::net::tls::Fingerprint;
use crate::text;

/// Why a handshake came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The certificate fits none of the pins that it has to.
    Pin {
        /// What was shown.
        shown: Fingerprint,
        /// The pins of which one should have fitted, never none.
        expected: Vec<Pin>,
    },
    /// The handshake was over, and no certificate was shown.
    NoCertificate,
    /// Whoever answers has not got the key of the certificate.
    Key(Option<Fingerprint>),
    /// It has no TLS 1.2.
    Version(String),
    /// Nothing that both sides have is good enough at this level.
    Weak {
        /// What OpenSSL says.
        said: String,
        /// The level.
        level: SecurityLevel,
        /// Whether this system's OpenSSL says that it keeps to FIPS.
        fips: bool,
    },
    /// It does not know how to renew a handshake safely (RFC 5746), so that somebody in between could put words before ours.
    Renegotiation,
    /// What it says is no TLS.
    NotTls,
    /// A digest that is needed to compare a pin is not to be had on this system.
    Digest {
        /// The digest.
        algorithm: &'static str,
        /// What OpenSSL says.
        said: String,
    },
    /// Anything else.
    Other {
        /// What OpenSSL says.
        said: String,
        /// Whether this system's OpenSSL says that it keeps to FIPS.
        fips: bool,
    },
}

/// An error of OpenSSL's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Which part of OpenSSL says it (`ERR_LIB_…` in `openssl/err.h`).
    pub library: i32,
    /// What it says (`SSL_R_…` in `openssl/sslerr.h`, where the library is that of TLS).
    pub reason: i32,
    /// The same in words.
    pub words: String,
}

/// How far a handshake had come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is put up with.
    pub allowed: Allowed,
    /// The certificate, if one had been shown.
    pub shown: Option<Fingerprint>,
    /// How whoever shows it proves that he has its key.
    pub proof: Proof,
}

/// How whoever shows a certificate proves that he has its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// He signs his half of a Diffie-Hellman exchange.
    Signature,
    /// He decrypts what was encrypted for the key, or understands nothing from then on (RFC 5246 §7.4.7.1).
    Decryption,
}

/// `ERR_LIB_SSL`.
const SSL: i32 = 20;

/// What a reason of the library of TLS means. The numbers are those of `openssl/sslerr.h`, which never change; from 1000 on
/// they are alerts that the other side has sent (RFC 8446 §6, RFC 5246 §7.2), each with its number added.
fn meaning(reason: i32) -> Option<Meaning> {
    Some(match reason {
        // `SSL_R_BAD_SIGNATURE`.
        123 => Meaning::Key,
        // `SSL_R_DIGEST_CHECK_FAILED`, `SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC`; the alerts `bad_record_mac`,
        // `decryption_failed` and `decrypt_error`.
        149 | 281 | 1020 | 1021 | 1051 => Meaning::Misunderstood,
        // `SSL_R_NO_PROTOCOLS_AVAILABLE`, `SSL_R_UNSUPPORTED_PROTOCOL`, `SSL_R_UNSUPPORTED_SSL_VERSION`,
        // `SSL_R_VERSION_TOO_LOW`; the alert `protocol_version`.
        191 | 258 | 259 | 396 | 1070 => Meaning::Version,
        // `SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED`.
        338 => Meaning::Renegotiation,
        // `SSL_R_HTTP_REQUEST`, `SSL_R_HTTPS_PROXY_REQUEST`, `SSL_R_WRONG_VERSION_NUMBER`: each record begins with a
        // version, and this was none.
        155 | 156 | 267 => Meaning::NotTls,
        // `SSL_R_NO_SUITABLE_KEY_SHARE`, `SSL_R_BAD_DH_VALUE`, `SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM`,
        // `SSL_R_NO_SHARED_CIPHER`, `SSL_R_UNKNOWN_CIPHER_RETURNED`, `SSL_R_WRONG_CIPHER_RETURNED`,
        // `SSL_R_NO_SUITABLE_GROUPS`, `SSL_R_NO_SUITABLE_DIGEST_ALGORITHM`, `SSL_R_UNSUPPORTED_ELLIPTIC_CURVE`,
        // `SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED`, `SSL_R_UNKNOWN_DIGEST`, `SSL_R_WRONG_SIGNATURE_TYPE`,
        // `SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS`, `SSL_R_WRONG_CURVE`, `SSL_R_DH_KEY_TOO_SMALL`,
        // `SSL_R_CA_KEY_TOO_SMALL`, `SSL_R_CA_MD_TOO_WEAK`, `SSL_R_EE_KEY_TOO_SMALL`, `SSL_R_NO_SHARED_GROUPS`; the
        // alerts `handshake_failure` and `insufficient_security`.
        101 | 102 | 118 | 193 | 248 | 261 | 295 | 297 | 315 | 333 | 368 | 370 | 376 | 378 | 394 | 397
        | 398 | 399 | 410 | 1040 | 1071 => Meaning::Weak,
        _ => return None,
    })
}

enum Meaning {
    Key,
    /// The two sides have not come to the same keys for what follows.
    Misunderstood,
    Version,
    Renegotiation,
    NotTls,
    Weak,
}

/// Pins that a message has room for.
const PINS_MAX: usize = 3;

impl Refusal {
    /// What OpenSSL's errors mean, the oldest first: it adds what that led to.
    pub fn new(errors: &[Said], progress: Progress) -> Self {
        let Progress { allowed, shown, proof } = progress;
        let fips = errors.iter().any(|error| error.words.to_ascii_lowercase().contains("fips"));
        let of_tls = errors.iter().filter(|error| error.library == SSL);
        let found = of_tls.filter_map(|error| Some((meaning(error.reason)?, error))).next();
        match found {
            Some((Meaning::Key, _)) => Self::Key(shown),
            Some((Meaning::Misunderstood, _)) if proof == Proof::Decryption => Self::Key(shown),
            Some((Meaning::Version, error)) => Self::Version(words(error)),
            Some((Meaning::Renegotiation, _)) => Self::Renegotiation,
            Some((Meaning::NotTls, _)) => Self::NotTls,
            Some((Meaning::Weak, error)) => Self::Weak { said: words(error), level: allowed.level, fips },
            Some((Meaning::Misunderstood, _)) | None => Self::Other { said: all(errors), fips },
        }
    }

    /// Who must act.
    pub fn reason(&self) -> Reason {
        match self {
            Refusal::Pin { .. } | Refusal::NoCertificate | Refusal::Key(_) => Reason::Refused,
            Refusal::Version(_)
            | Refusal::Weak { .. }
            | Refusal::Renegotiation
            | Refusal::NotTls
            | Refusal::Digest { .. } => Reason::Unsupported,
            Refusal::Other { .. } => Reason::Misbehaved,
        }
    }

    /// Narrower than the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Pin { .. } | Refusal::NoCertificate => "tls_pin",
            Refusal::Key(_) => "tls_key",
            Refusal::Version(_) | Refusal::Weak { .. } | Refusal::Renegotiation => "tls_old",
            Refusal::NotTls => "tls_none",
            Refusal::Digest { .. } | Refusal::Other { .. } => "tls",
        }
    }

    /// What may be told to somebody who may not know which certificate was shown: he could pin the one of whoever is in
    /// between. Everything else is as `Display` has it.
    pub fn without_certificate(&self) -> String {
        match self {
            Refusal::Pin { .. } => format!("shows another certificate than what is pinned; {SOMEBODY_ELSE}"),
            Refusal::Key(_) => Refusal::Key(None).to_string(),
            other => other.to_string(),
        }
    }
}

const SOMEBODY_ELSE: &str = "this is somebody else, or somebody is in between, unless it has a new one";

/// What one error says.
fn words(error: &Said) -> String {
    text::cut(&text::plain(&error.words), 200)
}

/// What all of them say; OpenSSL's queue has at most sixteen.
fn all(errors: &[Said]) -> String {
    match errors {
        [] => "OpenSSL does not say why".to_owned(),
        errors => {
            let said: Vec<String> = errors.iter().map(words).collect();
            text::cut(&said.join("; "), 300)
        }
    }
}

impl fmt::Display for Refusal {
    /// What the modem does; who it is stands before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Pin { shown, expected } => {
                write!(f, "shows the certificate {shown}, and not ")?;
                for (at, pin) in expected.iter().take(PINS_MAX).enumerate() {
                    write!(f, "{}{pin}", if at == 0 { "" } else { " or " })?;
                }
                if expected.len() > PINS_MAX {
                    write!(f, " or {} others", expected.len() - PINS_MAX)?;
                }
                f.write_str(
                    ", which it is pinned to; if it has a new one, pin that; if not, this is somebody else, or \
                     somebody is in between",
                )
            }
            Refusal::NoCertificate => f.write_str("shows no certificate at all, and so none that is pinned"),
            Refusal::Key(shown) => {
                f.write_str("shows a certificate whose key it does not have")?;
                shown.as_ref().map_or(Ok(()), |shown| write!(f, " ({shown})"))?;
                f.write_str("; this is somebody else, or somebody is in between")
            }
            Refusal::Version(said) => {
                write!(f, "speaks no TLS 1.2, which is the oldest that is spoken here ({said}); update it")
            }
            Refusal::Weak { said, level, fips } => {
                write!(f, "speaks no TLS that is good enough ({said}); ")?;
                match level {
                    SecurityLevel::Two => f.write_str(
                        "if it is so old, put up with it by `tls_security_level = 1`, or `0` if that does not help",
                    ),
                    SecurityLevel::One => {
                        f.write_str("if it is so old, put up with it by `tls_security_level = 0`")
                    }
                    SecurityLevel::Zero => f.write_str("`tls_security_level` is 0 already: update it"),
                }?;
                if *fips { f.write_str(FIPS) } else { Ok(()) }
            }
            Refusal::Renegotiation => f.write_str(
                "cannot renew a handshake safely (RFC 5746); if it is so old, put up with it by \
                 `tls_legacy_renegotiation = true`",
            ),
            Refusal::NotTls => {
                f.write_str("does not speak TLS; is this its port, and is HTTPS switched on there")
            }
            Refusal::Digest { algorithm, said } => write!(
                f,
                "cannot be compared with its pin: this system has no {algorithm} ({said}); pin the SHA-256 \
                 fingerprint"
            ),
            Refusal::Other { said, fips } => {
                write!(f, "failed at TLS: {said}")?;
                if *fips { f.write_str(FIPS) } else { Ok(()) }
            }
        }
    }
}

const FIPS: &str = "; this system's OpenSSL keeps to FIPS, which has no place for keys of 1024 bits: only another system \
                    can ask it";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::legacy_tls::SecurityLevel::{One, Two, Zero};

    fn of(level: SecurityLevel, proof: Proof, errors: &[(i32, i32, &str)]) -> Refusal {
        let errors: Vec<Said> = errors
            .iter()
            .map(|&(library, reason, words)| Said { library, reason, words: words.to_owned() })
            .collect();
        Refusal::new(&errors, Progress { allowed: level.into(), shown: None, proof })
    }

    #[track_caller]
    fn check(refusal: &Refusal, reason: Reason, code: &str, message: &str) {
        assert_eq!((refusal.reason(), refusal.code()), (reason, code));
        assert_eq!(refusal.to_string(), message);
    }

    /// As `openssl s_client` of OpenSSL 3.0 prints them (`error:0A00018A:…:dh key too small`: the library, and the reason in
    /// hexadecimal).
    #[test]
    fn what_openssl_says_is_known_by_its_number() {
        for (reason, words, code) in [
            (0x18a, "dh key too small", "tls_old"),
            (0x102, "unsupported protocol", "tls_old"),
            (0x42e, "tlsv1 alert protocol version", "tls_old"),
            (0x410, "sslv3 alert handshake failure", "tls_old"),
            (0x152, "unsafe legacy renegotiation disabled", "tls_old"),
            (0x172, "wrong signature type", "tls_old"),
            (0x18f, "ee key too small", "tls_old"),
            (0x10b, "wrong version number", "tls_none"),
            (0x07b, "bad signature", "tls_key"),
            (0x438, "tlsv1 alert internal error", "tls"),
        ] {
            assert_eq!(of(One, Proof::Signature, &[(20, reason, words)]).code(), code, "{words}");
            // The same number of another library is something else.
            assert_eq!(of(One, Proof::Signature, &[(4, reason, words)]).code(), "tls", "{words}");
        }
    }

    #[test]
    fn the_first_error_of_tls_that_means_something_counts() {
        let errors = [
            (4, 0x77, "padding check failed"),
            (20, 0x7b, "bad signature"),
            (20, 0x410, "handshake failure"),
        ];
        check(
            &of(One, Proof::Signature, &errors),
            Reason::Refused,
            "tls_key",
            "shows a certificate whose key it does not have; this is somebody else, or somebody is in between",
        );
    }

    #[test]
    fn whoever_does_not_understand_has_no_key_where_that_is_the_proof() {
        let alert = [(20, 1020, "sslv3 alert bad record mac")];
        assert_eq!(of(One, Proof::Decryption, &alert), Refusal::Key(None));
        check(
            &of(One, Proof::Signature, &alert),
            Reason::Misbehaved,
            "tls",
            "failed at TLS: sslv3 alert bad record mac",
        );
    }

    #[test]
    fn the_level_to_try_is_one_below_the_one_there_is() {
        let small = [(20, 394, "dh key too small")];
        for (level, advice) in [
            (
                Two,
                "if it is so old, put up with it by `tls_security_level = 1`, or `0` if that does not help",
            ),
            (One, "if it is so old, put up with it by `tls_security_level = 0`"),
            (Zero, "`tls_security_level` is 0 already: update it"),
        ] {
            let message = format!("speaks no TLS that is good enough (dh key too small); {advice}");
            check(&of(level, Proof::Signature, &small), Reason::Unsupported, "tls_old", &message);
        }
    }

    #[test]
    fn a_system_that_keeps_to_fips_is_named() {
        let errors =
            [(57, 115, "invalid key length: not allowed in FIPS mode"), (20, 0xc0103, "internal error")];
        let message = of(One, Proof::Signature, &errors).to_string();
        assert!(
            message.contains("invalid key length")
                && message.contains("; this system's OpenSSL keeps to FIPS")
        );
    }

    #[test]
    fn what_openssl_says_is_cleaned_and_cut() {
        let long = "\u{1b}[2J".repeat(1000);
        for errors in [vec![(4, 1, long.as_str()); 100], vec![(20, 394, long.as_str())]] {
            let message = of(One, Proof::Signature, &errors).to_string();
            assert!(!message.contains(char::is_control) && message.chars().count() < 600, "{message}");
        }
        let message = of(One, Proof::Signature, &[]).to_string();
        assert_eq!(message, "failed at TLS: OpenSSL does not say why");
    }

    #[test]
    fn many_pins_are_not_all_named() {
        let pins: Vec<Pin> = (1..=9).map(|octet| Pin::Md5([octet; 16])).collect();
        let refusal = Refusal::Pin { shown: Fingerprint([0xee; 32]), expected: pins };
        let [one, two, three] = ["01", "02", "03"].map(|octet| octet.repeat(16));
        let message = format!(
            "shows the certificate sha256:{}, and not md5:{one} or md5:{two} or md5:{three} or 6 others, which it is \
             pinned to; if it has a new one, pin that; if not, this is somebody else, or somebody is in between",
            "ee".repeat(32)
        );
        check(&refusal, Reason::Refused, "tls_pin", &message);
    }

    #[test]
    fn what_a_stranger_is_told_does_not_say_what_was_shown() {
        let shown = Fingerprint([0xee; 32]);
        for refusal in [
            Refusal::Pin { shown, expected: vec![Pin::Md5([1; 16])] },
            Refusal::Key(Some(shown)),
            Refusal::NoCertificate,
            Refusal::NotTls,
        ] {
            let public = refusal.without_certificate();
            assert!(!public.is_empty() && !public.contains("eeee"), "{public}");
            assert!(!refusal.without_certificate().contains("sha256"), "{public}");
        }
    }

    #[test]
    fn a_digest_that_is_not_to_be_had_is_no_mismatch() {
        let refusal = Refusal::Digest { algorithm: "md5", said: "unsupported".to_owned() };
        let message = "cannot be compared with its pin: this system has no md5 (unsupported); pin the SHA-256 fingerprint";
        check(&refusal, Reason::Unsupported, "tls", message);
    }
}
