//! Who comes in through its VPN servers, and where it goes through its VPN client: in our words.
//!
//! *Received* and *sent* are seen from the box. Users are people; their names are shown because that is what whoever
//! runs a server wants to know.

use super::states::states;
use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::api::vpn::{Client, Connection, Server};
use crate::sources::freebox::parts::choice::moment;
use crate::sources::freebox::parts::vpn::Snapshot;

crate::metrics! {
    /// A VPN server in the box.
    SERVER = Info "freebox_vpn_server_info" { server, protocol };

    /// What a VPN server does: 1 for the state that it is in, 0 for the others.
    SERVER_STATE = Gauge "freebox_vpn_server_state" { server, state };

    /// Connections to a VPN server.
    SERVER_CONNECTIONS = Gauge "freebox_vpn_server_connections" { server };

    /// Connections to a VPN server whose user is known.
    SERVER_AUTHENTICATED = Gauge "freebox_vpn_server_authenticated_connections" { server };

    /// A connection to a VPN server: whose it is, from where, and its address in the house.
    CONNECTION = Info "freebox_vpn_connection_info" { connection, server, user, remote, ip };

    /// Whether the user of a connection is known.
    AUTHENTICATED = Gauge "freebox_vpn_connection_authenticated" { connection };

    /// When the user of a connection became known, in seconds since 1970.
    SINCE = Gauge<f64> "freebox_vpn_connection_authenticated_timestamp_seconds" { connection };

    /// Bytes that the box received through a connection since it was made, which is what its user sent.
    RECEIVED = Counter "freebox_vpn_connection_received_bytes_total" { connection };

    /// Bytes that the box sent through a connection since it was made.
    SENT = Counter "freebox_vpn_connection_sent_bytes_total" { connection };

    /// The VPN client in the box: which configuration it uses, and what last went wrong.
    CLIENT = Info "freebox_vpn_client_info" { vpn, protocol, error };

    /// Whether the VPN client is wanted.
    CLIENT_ENABLED = Gauge "freebox_vpn_client_enabled" {};

    /// What the VPN client does: 1 for the state that it is in, 0 for the others.
    CLIENT_STATE = Gauge "freebox_vpn_client_state" { state };

    /// Bytes per second that the box receives through its VPN client.
    CLIENT_RECEIVED_RATE = Gauge<f64> "freebox_vpn_client_received_bytes_per_second" {};

    /// Bytes per second that the box sends through its VPN client.
    CLIENT_SENT_RATE = Gauge<f64> "freebox_vpn_client_sent_bytes_per_second" {};

    /// Bytes that the box received through its VPN client since that connected.
    CLIENT_RECEIVED = Counter "freebox_vpn_client_received_bytes_total" {};

    /// Bytes that the box sent through its VPN client since that connected.
    CLIENT_SENT = Counter "freebox_vpn_client_sent_bytes_total" {};
}

/// States of servers and of the client, in the documentation on boxes of API 16.
const SERVER_STATES: &[&str] = &["stopped", "starting", "started", "stopping", "error"];
const CLIENT_STATES: &[&str] = &["waiting_wan", "going_up", "up", "going_down", "down"];

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        self.servers.iter().for_each(|server| measure_server(server, out));
        self.connections.iter().for_each(|connection| measure_connection(connection, out));
        if let Some(client) = &self.client {
            measure_client(client, out);
        }
        out.fold(self.folded);
    }

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}

fn measure_server(server: &Server, out: &mut Families) {
    let name = server.name.or_empty();
    out.put(&SERVER, [name, server.kind.or_empty()], true);
    for (word, is) in states(SERVER_STATES, server.state.as_deref()) {
        out.put(&SERVER_STATE, [name, word], is);
    }
    if let Some(connections) = server.connection_count.count() {
        out.put(&SERVER_CONNECTIONS, [name], connections);
    }
    if let Some(connections) = server.auth_connection_count.count() {
        out.put(&SERVER_AUTHENTICATED, [name], connections);
    }
}

fn measure_connection(connection: &Connection, out: &mut Families) {
    let Connection { id, vpn, user, src_ip, local_ip, .. } = connection;
    let words = [id, vpn, user, src_ip, local_ip];
    out.put(&CONNECTION, words.map(|word| word.or_empty()), true);
    let id = id.or_empty();
    if let Some(authenticated) = connection.authenticated.0 {
        out.put(&AUTHENTICATED, [id], authenticated);
    }
    if let Some(when) = moment(connection.auth_time) {
        out.put(&SINCE, [id], when);
    }
    if let Some(bytes) = connection.rx_bytes.count() {
        out.put(&RECEIVED, [id], bytes);
    }
    if let Some(bytes) = connection.tx_bytes.count() {
        out.put(&SENT, [id], bytes);
    }
}

fn measure_client(client: &Client, out: &mut Families) {
    if let Some(enabled) = client.enabled.0 {
        out.put(&CLIENT_ENABLED, [], enabled);
    }
    for (word, is) in states(CLIENT_STATES, client.state.as_deref()) {
        out.put(&CLIENT_STATE, [word], is);
    }
    let words = [&client.active_vpn, &client.kind, &client.last_error];
    if words.iter().any(|word| word.0.is_some()) {
        out.put(&CLIENT, words.map(|word| word.or_empty()), true);
    }
    let stats = client.stats.0.as_ref();
    let rates = [
        (&CLIENT_RECEIVED_RATE, stats.and_then(|stats| stats.rate_down.count())),
        (&CLIENT_SENT_RATE, stats.and_then(|stats| stats.rate_up.count())),
    ];
    for (family, value) in rates {
        if let Some(value) = value {
            out.put(family, [], value);
        }
    }
    let counts = [
        (&CLIENT_RECEIVED, stats.and_then(|stats| stats.bytes_down.count())),
        (&CLIENT_SENT, stats.and_then(|stats| stats.bytes_up.count())),
    ];
    for (family, value) in counts {
        if let Some(value) = value {
            out.put(family, [], value);
        }
    }
}
