//! The families of the wire, as Prometheus reads them, from finished captures: the same as a daemon that had seen
//! those packets would show.

use std::sync::Arc;

use crate::encode::exposition::{Format, encode};
use crate::metric::{Batch, Families};
use crate::names::Names;
use crate::report::hosts;
use crate::sources::Measure;
use crate::sources::wire::capture::InterfaceFigures;
use crate::sources::wire::capture::record::Record;
use crate::sources::wire::devices::Devices;
use crate::sources::wire::files::Captures;
use crate::sources::wire::snapshot::{Host, Snapshot};

/// What the captures are called where an interface has its name.
const INTERFACE: &str = "capture";

/// Writes the families, with a row for each host.
pub fn by_host(captures: &mut Captures, names: &Names, format: Format) -> Vec<u8> {
    let rows = hosts(captures, names);
    render(captures, rows, format)
}

/// Writes the families, with a row for each address, and the one of those that found no room.
pub fn by_address(captures: &mut Captures, names: &Names, format: Format) -> Vec<u8> {
    let lines = captures.accounts.lines().into_iter().enumerate();
    let mut rows: Vec<Host> = lines.map(|(at, line)| Host::of_line(at as u64 + 1, line, names)).collect();
    rows.extend(hosts(captures, names).into_iter().filter(|host| host.ip.is_none()));
    render(captures, rows, format)
}

fn render(captures: &Captures, rows: Vec<Host>, format: Format) -> Vec<u8> {
    let mut devices = Devices::default();
    devices.update(rows.iter().map(|host| (host.serial, host.device(), host.traffic.bytes())), usize::MAX);
    let (addresses, _) = captures.accounts.sizes();
    let snapshot = Snapshot {
        interfaces: vec![InterfaceFigures {
            name: INTERFACE.to_owned(),
            record: Record::of(captures.totals.clone()),
            has_ring: false,
            problem: None,
        }],
        hosts: rows,
        devices: devices.all(),
        folded_since: captures.accounts.folded(),
        addresses,
        past_ip_bytes: 0,
    };
    let mut families = Families::default();
    snapshot.measure(&mut families);
    let (families, _) = families.publish();
    encode(
        &[Arc::new(Batch { source: None, part: INTERFACE, visit: None, families, sightings: Vec::new() })],
        format,
    )
}
