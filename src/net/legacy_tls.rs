//! TLS for boxes that rustls has no words for.

/// A fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin(());

/// OpenSSL's level of security.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecurityLevel(pub u8);
