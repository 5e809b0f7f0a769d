//! The cable as a line like any other.

use crate::sources::hitron::quantity::Bytes;
use crate::sources::hitron::snapshot::Snapshot;
use crate::sources::line::{Both, Line, Medium};

/// 0 dBmV is a millivolt across the 75 ohms of a cable for television, and so 1 mV² / 75 Ω = 13.3 nW,
/// which is 48.75 dB below a milliwatt.
const DBM_OF_0_DBMV: f64 = -48.75;

/// The line; none where nothing was learned of it, or another part speaks of it.
pub(super) fn line(snapshot: &Snapshot) -> Option<Line> {
    let pages = &snapshot.pages;
    let learned = pages.sys_info.is_some() || pages.cm_init.is_some() || pages.downstream.is_some();
    if snapshot.secondary || !learned {
        return None;
    }
    let channels = || pages.downstream.iter().flat_map(|table| &table.rows);
    let bytes = |bytes: Option<Bytes>| bytes.map(|bytes| bytes.count(snapshot.base()));
    let system = pages.sys_info.as_ref();
    Some(Line {
        up: pages.cm_init.as_ref().and_then(|init| init.is_online()),
        medium: Some(Medium::Cable),
        bytes: Both {
            down: system.and_then(|system| bytes(system.wan_received)),
            up: system.and_then(|system| bytes(system.wan_sent)),
        },
        receive_power: channels()
            .filter_map(|channel| channel.power)
            .reduce(f64::min)
            .map(|dbmv| dbmv + DBM_OF_0_DBMV),
        errors: Both {
            down: channels().filter_map(|channel| channel.uncorrectable).reduce(u64::saturating_add),
            up: None,
        },
        ..Line::default()
    })
}
