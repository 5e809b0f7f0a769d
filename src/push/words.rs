//! What a push was told to do, in words: for `lanlord check` and the log. Pure.
//!
//! It says where secrets are, and never reads one.

use std::net::IpAddr;

use super::influxdb::{self, Bucket};
use super::{Receiver, Settings};
use crate::net::tls::Trust;
use crate::text;

/// What these settings amount to, without secrets: `to graphite at 127.0.0.1:2003, every 10.0 s; …`.
pub fn describe(settings: &Settings) -> String {
    let receiver = &settings.receiver;
    let how = match receiver {
        Receiver::Graphite(_) => String::new(),
        Receiver::Influxdb(settings) => how(settings),
    };
    // Whoever wrote the configuration may have copied names from elsewhere.
    text::plain(&format!(
        "to {} at {}{how}, every {}; up to {} batches or {} may wait",
        receiver.kind(),
        receiver.place(),
        text::duration(settings.interval),
        settings.limits.batches,
        text::bytes(settings.limits.bytes as u64),
    ))
}

/// Where in the receiver, as whom, and who is believed to be it.
fn how(settings: &influxdb::Settings) -> String {
    let (place, secret) = match &settings.bucket {
        Bucket::V1 { database, retention_policy, user } => {
            let policy = retention_policy.as_ref().map(|policy| format!(", retention policy `{policy}`"));
            let user = user.as_ref().map(|(user, password)| format!(", as `{user}` with {password}"));
            (format!("database `{database}`{}", policy.unwrap_or_default()), user)
        }
        Bucket::V2 { org, bucket, token } => {
            let org = org.as_ref().map(|org| format!(" of `{org}`"));
            (
                format!("bucket `{bucket}`{}", org.unwrap_or_default()),
                token.as_ref().map(|token| format!(", with {token}")),
            )
        }
    };
    let who = match (settings.endpoint.tls, &settings.trust) {
        (true, Trust::Pins(_)) => ", known by its certificate's fingerprint",
        (true, Trust::Anybody) => ", WHOEVER ANSWERS THERE",
        (true, Trust::Authorities { .. }) | (false, _) => "",
    };
    format!(", {place}{}{who}", secret.unwrap_or_default())
}

/// What somebody should know who has given up safety, a sentence each.
pub fn warnings(settings: &Settings) -> Vec<String> {
    let Receiver::Influxdb(settings) = &settings.receiver else { return Vec::new() };
    let endpoint = &settings.endpoint;
    let secret = match &settings.bucket {
        Bucket::V1 { user: Some(_), .. } => Some("the password"),
        Bucket::V2 { token: Some(_), .. } => Some("the token"),
        Bucket::V1 { .. } | Bucket::V2 { .. } => None,
    };
    let mut warnings = Vec::new();
    if let (false, false, Some(secret)) = (endpoint.tls, is_here(&endpoint.host), secret) {
        warnings.push(format!(
            "{secret} goes to {endpoint} without TLS, and everybody on the way can read it; write `https://` if the receiver \
             can do that"
        ));
    }
    if let (true, Trust::Anybody) = (endpoint.tls, &settings.trust) {
        let gets = secret.map_or_else(String::new, |secret| format!(", and {secret}"));
        warnings.push(format!(
            "`tls_verify` is false, so whoever answers at {endpoint} gets what is pushed{gets}; write `ca_file` or `pin` \
             instead"
        ));
    }
    warnings
}

/// Whether a host is this machine: what goes there crosses no network (RFC 6761 §6.3 for the name).
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_here() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "::1"] {
            assert!(is_here(host), "{host}");
        }
        for host in ["localhost.example", "192.168.1.2", "0.0.0.0", "fd00::1", "127.0.0.1.example", "nas"] {
            assert!(!is_here(host), "{host}");
        }
    }
}
