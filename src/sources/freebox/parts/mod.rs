//! What is asked for on one visit, a file for each part of a box.

use super::session::Errand;
use super::{PartName, Settings, Snapshot};
use crate::sources::{Error, Reading};

pub mod choice;
pub mod device;
pub mod dhcp;
pub mod lan;
pub mod line;
pub mod storage;
pub mod switch;
pub mod system;
pub mod vpn;
pub mod wifi;

/// What a part remembers from one visit to the next.
#[derive(Debug, Default)]
pub struct Memory {
    switch: switch::State,
}

/// Visits one part.
///
/// # Errors
/// When the box does not answer, or not what the visit is about.
pub async fn visit(
    part: PartName,
    settings: &Settings,
    memory: &mut Memory,
    mut errand: Errand<'_>,
) -> Result<Reading<Snapshot>, Error> {
    let snapshot = match part {
        PartName::Line => Snapshot::Line(Box::new(line::collect(&mut errand).await?)),
        PartName::System => Snapshot::System(Box::new(system::collect(&mut errand).await?)),
        PartName::Switch => {
            Snapshot::Switch(Box::new(switch::collect(&mut memory.switch, &mut errand).await?))
        }
        PartName::Wifi => Snapshot::Wifi(Box::new(wifi::collect(settings, &mut errand).await?)),
        PartName::Lan => Snapshot::Lan(Box::new(lan::collect(settings, &mut errand).await?)),
        PartName::Dhcp => Snapshot::Dhcp(Box::new(dhcp::collect(settings, &mut errand).await?)),
        PartName::Storage => Snapshot::Storage(Box::new(storage::collect(&mut errand).await?)),
        PartName::Vpn => Snapshot::Vpn(Box::new(vpn::collect(settings, &mut errand).await?)),
        PartName::Device => Snapshot::Device(Box::new(device::collect(&mut errand).await?)),
    };
    Ok(errand.done(snapshot))
}
