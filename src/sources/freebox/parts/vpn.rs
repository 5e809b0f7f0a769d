//! Who comes in through its VPN servers, and where it goes through its VPN client.

use super::choice::{FEW, keep};
use crate::sources::Error;
use crate::sources::freebox::Settings;
use crate::sources::freebox::api::lenient::List;
use crate::sources::freebox::api::vpn::{Client, Connection, Server};
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The servers, each once.
    pub servers: Vec<Server>,
    /// Who is connected, each once.
    pub connections: Vec<Connection>,
    /// The client, where there is one.
    pub client: Option<Client>,
    /// What there was no room for.
    pub folded: u64,
}

/// Asks.
///
/// # Errors
/// When the box is gone or does not let us in. Small boxes have no servers.
pub async fn collect(settings: &Settings, errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let servers: Option<List<Server>> = errand.may("vpn/").await?;
    let connections: Option<List<Connection>> = errand.may("vpn/connection/").await?;
    let client: Option<Client> = errand.may("vpn_client/status").await?;
    let lists = (servers.unwrap_or_default().0, connections.unwrap_or_default().0);
    Ok(Snapshot::new(lists.0, lists.1, client, settings.max_hosts))
}

impl Snapshot {
    /// Each once, in the order of their names; of connections at most so many, the latest.
    pub fn new(
        mut servers: Vec<Server>,
        mut connections: Vec<Connection>,
        client: Option<Client>,
        max_hosts: usize,
    ) -> Self {
        servers.retain(|server| server.name.0.is_some());
        connections.retain(|connection| connection.id.0.is_some());
        let mut folded = keep(&mut servers, FEW, |server| server.name.clone());
        servers.dedup_by_key(|server| server.name.clone());
        // Of several with one name the latest.
        let since = |connection: &Connection| u64::MAX - connection.auth_time.count().unwrap_or_default();
        keep(&mut connections, usize::MAX, |connection| (connection.id.clone(), since(connection)));
        connections.dedup_by_key(|connection| connection.id.clone());
        folded += keep(&mut connections, max_hosts, |connection| (since(connection), connection.id.clone()));
        Self { servers, connections, client, folded }
    }
}
