//! What `lanlord read` prints: rows of hosts or addresses, and a file for each way to write them. Pure.

use std::net::IpAddr;
use std::sync::Arc;

use crate::metric::{Mac, Traffic};
use crate::names::Names;
use crate::sources::wire::devices::OTHER;
use crate::sources::wire::files::Captures;
use crate::sources::wire::snapshot::Host;

pub mod csv;
pub mod exposition;
pub mod json;
pub mod table;

/// Rows, by address.
#[derive(Debug)]
pub struct Rows(pub Vec<Row>);

/// A host or an address.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The address, or the one that names the host; none for the row of those who found no room.
    pub address: Option<IpAddr>,
    /// Its hardware address, if it is on the captured segment.
    pub mac: Option<Mac>,
    /// What it is called; `other` for those who found no room.
    pub host: Option<Arc<str>>,
    /// What was counted.
    pub traffic: Traffic,
}

impl Rows {
    /// A row for each host.
    pub fn by_host(captures: &mut Captures, names: &Names) -> Self {
        let mut rows: Vec<Row> = hosts(captures, names).into_iter().map(Row::from).collect();
        rows.sort_by_key(|row| (row.address.is_none(), row.address, row.mac));
        Self(rows)
    }

    /// A row for each address, and the one of those that found no room.
    pub fn by_address(captures: &mut Captures, names: &Names) -> Self {
        let lines = captures.accounts.lines().into_iter().map(|line| {
            let (address, mac) = (IpAddr::from(line.address), line.station.map(Mac::from));
            Row { address: Some(address), mac, host: names.of(mac, [address]), traffic: line.traffic }
        });
        let mut rows: Vec<Row> = lines.collect();
        rows.extend(hosts(captures, names).into_iter().map(Row::from).filter(|row| row.address.is_none()));
        Self(rows)
    }
}

/// All hosts of some captures, with their names.
pub fn hosts(captures: &mut Captures, names: &Names) -> Vec<Host> {
    captures.accounts.rows(captures.latest, true).iter().map(|row| Host::new(row, names)).collect()
}

impl From<Host> for Row {
    fn from(host: Host) -> Self {
        let name = host.name.or_else(|| host.ip.is_none().then(|| Arc::from(OTHER)));
        Self { address: host.ip, mac: host.mac, host: name, traffic: host.traffic }
    }
}
