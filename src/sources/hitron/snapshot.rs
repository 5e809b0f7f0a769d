//! What one visit to a modem learned: its pages, and how the visit went. Pure data; `metrics` says it in our words.

use std::time::Duration;

pub use super::api::{Page, Pages};
use crate::metric::Timestamp;

/// What one visit learned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The datasets.
    pub pages: Pages,
    /// Each that was asked for, and whether it was had.
    pub datasets: Vec<(Page, bool)>,
    /// How long each thing took: `login`, the names of datasets, `logout`, `all`.
    pub took: Vec<(&'static str, Duration)>,
    /// Whether the log-in succeeded; none where the modem knows none.
    pub login: Option<bool>,
    /// What the modem showed of itself; none without TLS.
    pub certificate: Option<Shown>,
    /// Whether addresses of the house are shown; they are personal data.
    pub show_addresses: bool,
    /// What `K` stands for in the modem's bytes: 1024, or else 1000.
    pub traffic_base: u16,
    /// Seconds by which the modem's clock is ahead of UTC.
    pub clock_offset_seconds: i32,
    /// Whether this part leaves it to another of the same source to speak of log-in, log-out, certificate and the visit as
    /// a whole; otherwise each part would say the same series.
    pub secondary: bool,
}

/// The certificate that a modem showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Whether it was compared with a fingerprint.
    pub pinned: bool,
    /// Until when it is good; none where it does not say so in a way that we understand.
    pub not_after: Option<Timestamp>,
}

impl Snapshot {
    /// What `K` stands for in the modem's bytes, as far as we know.
    pub fn base(&self) -> u16 {
        if self.traffic_base == 1024 { 1024 } else { 1000 }
    }

    /// Whether the modem counts bytes in 1024, although 1000 is what we take it for.
    pub fn proves_1024(&self) -> bool {
        let Some(info) = self.pages.sys_info.as_ref().filter(|_| self.base() == 1000) else {
            return false;
        };
        let all = [info.lan_received, info.lan_sent, info.wan_received, info.wan_sent];
        all.into_iter().flatten().any(|bytes| bytes.proves_1024())
    }
}
