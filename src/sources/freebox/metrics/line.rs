//! The line in our words: the connection and its outages here, what it is made of in `ftth`, `xdsl` and `lte`.

use super::states::states;
use super::{ftth, lte, xdsl};
use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::api::connection::Connection;
use crate::sources::freebox::parts::line::Snapshot;
use crate::sources::freebox::parts::outages::Outages;
use crate::sources::line::{Both, Line, Medium};

crate::metrics! {
    /// The state of the connection: 1 for the one it is in, `up`, `going_up`, `going_down` or `down`, and 0 for the
    /// others.
    STATE = Gauge "freebox_connection_state" { state };

    /// What the connection runs over, how, and the public addresses of the box; always 1.
    INFO = Info "freebox_connection_info" { media, type, ipv4, ipv6 };

    /// Ports of the public IPv4 address that are this house's: 65536, or fewer where other houses share the address.
    PORTS = Gauge "freebox_connection_ipv4_ports" {};

    /// Bytes per second that the connection carries at the moment.
    RATE = Gauge<f64> "freebox_connection_rate_bytes_per_second" { direction };

    /// Bytes per second that the connection can carry.
    CAPACITY = Gauge<f64> "freebox_connection_capacity_bytes_per_second" { direction };

    /// Bytes carried since the box connected; begins anew whenever it connects again.
    BYTES = Counter "freebox_connection_bytes_total" { direction };

    /// How often the line itself (`link`) or the connection over it (`conn`) went down since lanlord started, as the
    /// box's log has it.
    OUTAGES = Counter "freebox_connection_outages_total" { type };

    /// When the line itself (`link`) or the connection over it (`conn`) last went down, as the box's log has it, in
    /// seconds since 1970; absent where it has nothing.
    LAST_OUTAGE = Gauge<f64> "freebox_connection_last_outage_timestamp_seconds" { type };
}

/// dev.freebox.fr/sdk/os/connection, "Connection status object".
const STATES: &[&str] = &["up", "going_up", "going_down", "down"];

const BITS_IN_A_BYTE: f64 = 8.0;

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        connection(&self.connection, out);
        if let Some(outages) = &self.outages {
            self::outages(outages, out);
        }
        if let Some(fibre) = &self.ftth {
            ftth::measure(fibre, out);
        }
        if let Some(dsl) = &self.xdsl {
            xdsl::measure(dsl, out);
        }
        for (of, module) in &self.lte {
            lte::measure(of, module, out);
        }
        if let Some(aggregation) = &self.aggregation {
            lte::measure_aggregation(aggregation, out);
        }
        line(self).measure(out);
    }

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}

fn connection(connection: &Connection, out: &mut Families) {
    for (state, is_it) in states(STATES, connection.state.as_deref()) {
        out.put(&STATE, [state], is_it);
    }
    let labels = [&connection.media, &connection.kind, &connection.ipv4, &connection.ipv6];
    if labels.iter().any(|label| label.0.is_some()) {
        out.put(&INFO, labels.map(|label| label.or_empty()), true);
    }
    if let Some(ports) = connection.ports() {
        out.put(&PORTS, [], ports);
    }
    let line = figures(connection);
    for (family, values) in [(&RATE, line.rate), (&CAPACITY, line.capacity)] {
        for (direction, value) in values.named() {
            if let Some(value) = value {
                out.put(family, [direction], value);
            }
        }
    }
    for (direction, bytes) in line.bytes.named() {
        if let Some(bytes) = bytes {
            out.put(&BYTES, [direction], bytes);
        }
    }
}

fn outages(outages: &Outages, out: &mut Families) {
    for (kind, outages) in outages.named() {
        out.put(&OUTAGES, [kind], outages.count);
        if let Some(last) = outages.last {
            out.put(&LAST_OUTAGE, [kind], last);
        }
    }
}

/// What the connection says of any line.
fn figures(connection: &Connection) -> Line {
    let medium = connection.media.as_deref().map(|media| match media {
        "ftth" => Medium::Fibre,
        "xdsl" => Medium::Dsl,
        "ethernet" => Medium::Ethernet,
        "backup_4g" => Medium::Mobile,
        _ => Medium::Other,
    });
    let both = |down, up| Both { down, up };
    Line {
        up: connection.is_up(),
        medium,
        rate: both(connection.rate_down, connection.rate_up).map(|rate| Some(rate.count()? as f64)),
        capacity: both(connection.bandwidth_down, connection.bandwidth_up)
            .map(|bits| Some(bits.count()? as f64 / BITS_IN_A_BYTE)),
        bytes: both(connection.bytes_down, connection.bytes_up).map(|bytes| bytes.count()),
        ..Line::default()
    }
}

/// The same line in the words that all kinds of boxes share.
fn line(snapshot: &Snapshot) -> Line {
    let mut line = figures(&snapshot.connection);
    line.receive_power = snapshot.ftth.as_ref().and_then(|fibre| fibre.power().0);
    if let Some(dsl) = &snapshot.xdsl {
        let (down, up) = dsl.margins();
        line.noise_margin = Both { down, up };
        line.errors = xdsl::directions(dsl).map(|direction| direction?.crc.count());
    }
    line
}
