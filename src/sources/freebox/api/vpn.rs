//! `vpn/` and `vpn_client/`: who comes in through the box, and where the box goes through somebody else
//! (the documentation on boxes of API 16).
//!
//! Passwords and keys are in the answers that configure both. Those are not asked for.

use serde::Deserialize;

use super::lenient::{Flag, Int, Maybe, Text};

/// A server in the box.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Server {
    /// Which: `openvpn_routed`, `wireguard` …
    pub name: Text,
    /// `openvpn`, `wireguard`, `pptp`, `ipsec`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// `started` …
    pub state: Text,
    /// Connections.
    pub connection_count: Int,
    /// Of those, whose user is known.
    pub auth_connection_count: Int,
}

/// Somebody who has come in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Connection {
    /// Which.
    pub id: Text,
    /// The server.
    pub vpn: Text,
    /// Who; hostile.
    pub user: Text,
    /// Whether that is sure.
    pub authenticated: Flag,
    /// Since when, in seconds since 1970.
    pub auth_time: Int,
    /// From where.
    pub src_ip: Text,
    /// The address in the house.
    pub local_ip: Text,
    /// Bytes from there.
    pub rx_bytes: Int,
    /// Bytes to there.
    pub tx_bytes: Int,
}

/// The client in the box.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Client {
    /// Whether it is wanted.
    pub enabled: Flag,
    /// Which configuration.
    pub active_vpn: Text,
    /// `openvpn`, `wireguard`, `pptp`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// `up` …
    pub state: Text,
    /// `none`, `auth_failed` …
    pub last_error: Text,
    /// What goes through it.
    pub stats: Maybe<ClientStats>,
}

/// What goes through the client, in bytes and bytes per second.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "as the box calls them")]
pub struct ClientStats {
    pub rate_up: Int,
    pub rate_down: Int,
    pub bytes_up: Int,
    pub bytes_down: Int,
}
