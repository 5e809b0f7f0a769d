//! What one visit to the wire learned: the books, with names. Pure.

use std::net::IpAddr;
use std::sync::Arc;

use crate::metric::{Mac, Traffic};
use crate::names::Names;
use crate::sources::wire::accounts::Line;
use crate::sources::wire::accounts::rows::Row;
use crate::sources::wire::capture::InterfaceFigures;
use crate::sources::wire::devices::OTHER;
use crate::sources::wire::naming;

/// What one visit learned.
#[derive(Debug)]
pub struct Snapshot {
    /// Each interface, or the stream.
    pub interfaces: Vec<InterfaceFigures>,
    /// Each host, and the row of those who found no room.
    pub hosts: Vec<Host>,
    /// Bytes by device name: see `devices`.
    pub devices: Vec<(Arc<str>, u64)>,
    /// Packets whose host found no room, since the last visit.
    pub folded_since: u64,
    /// Addresses known.
    pub addresses: usize,
    /// IP bytes of interfaces that are no longer captured.
    pub past_ip_bytes: u64,
}

/// A host, with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Unique among all hosts of all times.
    pub serial: u64,
    /// What it is called, if we know.
    pub name: Option<Arc<str>>,
    /// The address that names it; none for the row of those who found no room.
    pub ip: Option<IpAddr>,
    /// All its addresses that have traffic, the one that names it first.
    pub addresses: Vec<IpAddr>,
    /// Its hardware address, if it is on our segment.
    pub mac: Option<Mac>,
    /// What was counted.
    pub traffic: Traffic,
}

impl Host {
    /// A row, with the name that the configuration has for it.
    pub fn new(row: &Row, names: &Names) -> Self {
        let addresses = naming::addresses(row);
        let name = names.of(row.station.map(Mac::from), addresses.iter().copied());
        Self::named(row, addresses, name)
    }

    /// A row with its addresses, the one that names it first, and this name.
    pub fn named(row: &Row, addresses: Vec<IpAddr>, name: Option<Arc<str>>) -> Self {
        let (mac, ip) = (row.station.map(Mac::from), row.address.map(IpAddr::from));
        Self { serial: row.serial, name, ip, addresses, mac, traffic: row.traffic }
    }

    /// One address, as if it were a host of its own.
    pub fn of_line(serial: u64, line: Line, names: &Names) -> Self {
        let Line { address, station, traffic } = line;
        let addresses = vec![address];
        Self::new(&Row { serial, station, address: Some(address), addresses, traffic, settled: true }, names)
    }

    /// What gonetmon calls it.
    pub fn device(&self) -> Arc<str> {
        match (&self.name, self.ip) {
            (Some(name), _) => Arc::clone(name),
            (None, Some(ip)) => Arc::from(format!("unknown-{ip}")),
            (None, None) => Arc::from(OTHER),
        }
    }
}
