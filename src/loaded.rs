//! Which configuration holds: since when, and whether a later one was refused. For the metrics; the page has the reason.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::metric::{Families, Timestamp};

crate::metrics! {
    /// Whether the last attempt to load the configuration succeeded (1), or lanlord runs on an older one (0).
    LAST_RELOAD_SUCCESSFUL = Gauge "lanlord_config_last_reload_successful" {};

    /// When the configuration was loaded that holds, in seconds since 1970.
    LAST_RELOAD_SUCCESS = Gauge<f64> "lanlord_config_last_reload_success_timestamp_seconds" {};
}

/// What is known of it; written by whoever loads.
#[derive(Debug, Default)]
pub struct Loaded {
    milliseconds: AtomicU64,
    refused: AtomicBool,
}

impl Loaded {
    /// A configuration holds from now on.
    pub fn taken_up(&self, at: Timestamp) {
        // Half a thousand million years.
        self.milliseconds.store(u64::try_from(at.0.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.refused.store(false, Ordering::Relaxed);
    }

    /// Another one was refused.
    pub fn refused(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    /// When the one was loaded that holds.
    pub fn at(&self) -> Timestamp {
        Timestamp(Duration::from_millis(self.milliseconds.load(Ordering::Relaxed)))
    }

    /// Writes both.
    pub fn measure(&self, out: &mut Families) {
        out.put(&LAST_RELOAD_SUCCESSFUL, [], !self.refused.load(Ordering::Relaxed));
        out.put(&LAST_RELOAD_SUCCESS, [], self.at().0);
    }
}
