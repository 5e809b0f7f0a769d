//! A certificate, as far as anybody here wants to know it: its fingerprint, and until when it is good. Pure.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use ring::digest;
use x509_parser::time::ASN1Time;

use crate::metric::Timestamp;
use crate::text;

/// A SHA-256 fingerprint of a certificate; prints as `sha256:` and 64 hexadecimal digits. Fingerprints are compared like
/// any bytes, in whatever time that takes: a certificate is public, so there is nothing to learn from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// What a box has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// Until when it is good.
    pub not_after: Timestamp,
}

impl Certificate {
    /// Reads one in DER (RFC 5280 §4.1); none where that is not what the octets are.
    pub fn read(der: &[u8]) -> Option<Self> {
        let (_, parsed) = x509_parser::parse_x509_certificate(der).ok()?;
        // What ended before 1970 is over, whenever it was.
        let seconds = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
        let not_after = Timestamp(Duration::from_secs(seconds));
        Some(Self { fingerprint: Fingerprint::of(der), not_after })
    }

    /// The day until when it is good, in UTC: `2035-08-27`.
    pub fn until(&self) -> String {
        let seconds = i64::try_from(self.not_after.0.as_secs()).ok();
        match seconds.and_then(|seconds| ASN1Time::from_timestamp(seconds).ok()) {
            Some(time) => {
                let day = time.to_datetime();
                format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
            }
            None => text::UNKNOWN.to_owned(),
        }
    }
}

impl Fingerprint {
    /// Of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        let mut octets = [0; 32];
        // A SHA-256 digest has 32 octets.
        octets.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Self(octets)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `{0}` is not a fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a fingerprint: `sha256:` and 64 hexadecimal digits, with or without colons", shorten(.0))]
pub struct NotAFingerprint(String);

/// A key or a whole file that somebody took for a fingerprint does not belong into a message.
fn shorten(text: &str) -> String {
    text::cut(&text::plain(text), 80)
}

impl FromStr for Fingerprint {
    type Err = NotAFingerprint;

    /// Reads `sha256:` and 32 pairs of hexadecimal digits, all with a colon between them (as `openssl x509 -fingerprint
    /// -sha256` prints them) or all without.
    fn from_str(text: &str) -> Result<Self, NotAFingerprint> {
        let problem = || NotAFingerprint(text.to_owned());
        let (algorithm, digits) = text.split_once(':').ok_or_else(problem)?;
        let pairs: Vec<&str> = match digits.contains(':') {
            true => digits.split(':').collect(),
            false => {
                digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap_or("")).collect()
            }
        };
        let octet = |pair: &&str| {
            let is_pair = pair.len() == 2 && pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            is_pair.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
        };
        let octets: Option<Vec<u8>> = pairs.iter().map(octet).collect();
        let octets = octets.and_then(|octets| octets.try_into().ok());
        octets.filter(|_| algorithm.eq_ignore_ascii_case("sha256")).map(Self).ok_or_else(problem)
    }
}
