//! What a Freebox says, in our words: a table and a `Measure` for each part. Pure.

use crate::metric::Meta;

pub mod device;
pub mod dhcp;
pub mod ftth;
mod host;
pub mod lan;
pub mod line;
pub mod lte;
mod states;
pub mod storage;
pub mod switch;
pub mod system;
pub mod vpn;
pub mod wifi;
pub mod xdsl;

/// Every family of these sources.
pub fn catalogue() -> impl Iterator<Item = &'static Meta> {
    [
        line::CATALOGUE,
        ftth::CATALOGUE,
        xdsl::CATALOGUE,
        lte::CATALOGUE,
        system::CATALOGUE,
        switch::CATALOGUE,
        wifi::CATALOGUE,
        lan::CATALOGUE,
        dhcp::CATALOGUE,
        storage::CATALOGUE,
        vpn::CATALOGUE,
        device::CATALOGUE,
    ]
    .into_iter()
    .flatten()
    .copied()
}
