//! What people set: `connection/config/`, `connection/ipv6/config/`, `lan/config/` (dev.freebox.fr/sdk/os/connection
//! and /lan).

use serde::Deserialize;

use super::lenient::{Flag, Text};

/// `connection/config/`: how the house can be reached from outside, and what is filtered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "as the box calls them; see `flags`")]
pub struct Config {
    pub ping: Flag,
    pub is_secure_pass: Flag,
    pub remote_access: Flag,
    pub api_remote_access: Flag,
    pub allow_token_request: Flag,
    pub wol: Flag,
    pub adblock: Flag,
    pub disable_guest: Flag,
}

impl Config {
    /// Each setting that is on or off, as the box calls it.
    pub fn flags(&self) -> [(&'static str, Flag); 8] {
        [
            ("ping", self.ping),
            ("is_secure_pass", self.is_secure_pass),
            ("remote_access", self.remote_access),
            ("api_remote_access", self.api_remote_access),
            ("allow_token_request", self.allow_token_request),
            ("wol", self.wol),
            ("adblock", self.adblock),
            ("disable_guest", self.disable_guest),
        ]
    }
}

/// `connection/ipv6/config/`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "as the box calls them; see `flags`")]
pub struct Ipv6 {
    pub ipv6_enabled: Flag,
    pub ipv6_firewall: Flag,
    pub ipv6_prefix_firewall: Flag,
}

impl Ipv6 {
    /// Each setting that is on or off, as the box calls it.
    pub fn flags(&self) -> [(&'static str, Flag); 3] {
        [
            ("ipv6_enabled", self.ipv6_enabled),
            ("ipv6_firewall", self.ipv6_firewall),
            ("ipv6_prefix_firewall", self.ipv6_prefix_firewall),
        ]
    }
}

/// `lan/config/`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Lan {
    /// `router` or `bridge`.
    pub mode: Text,
}
