//! The modem's own log, counted.

use crate::metric::Families;
use crate::sources::hitron::api::events::Events;

crate::metrics! {
    /// Events in the modem's log, by priority; it forgets the oldest, and those of no known priority are `other`.
    ENTRIES = Gauge "hitron_event_log_entries" { priority };

    /// When the latest event of a priority was, in seconds since 1970, by the modem's clock, which is taken for UTC where the
    /// configuration does not say otherwise; absent for events from before it knew the time.
    NEWEST = Gauge<f64> "hitron_event_log_newest_timestamp_seconds" { priority };
}

/// Writes the metrics, of a modem whose clock is ahead of UTC by so many seconds.
pub(super) fn measure(log: &Events, offset: i32, out: &mut Families) {
    for (priority, tally) in log.named() {
        out.put(&ENTRIES, [priority], tally.entries);
        if let Some(newest) = tally.newest {
            out.put(&NEWEST, [priority], newest.seconds(offset) as f64);
        }
    }
}
