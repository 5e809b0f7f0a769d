//! What is asked for on one visit, a file for each part of a box.

use super::session::Errand;
use super::{PartName, Settings, Snapshot};
use crate::metric::Reason;
use crate::sources::{Error, Reading};

pub mod absent;
pub mod choice;
pub mod device;
pub mod dhcp;
pub mod lan;
pub mod line;
pub mod outages;
pub mod storage;
pub mod switch;
pub mod system;
pub mod vpn;
pub mod wifi;

/// What a part remembers from one visit to the next.
#[derive(Debug, Default)]
pub struct Memory {
    line: line::State,
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
        PartName::Line => Snapshot::Line(Box::new(line::collect(&mut memory.line, &mut errand).await?)),
        PartName::System => Snapshot::System(Box::new(system::collect(&mut errand).await?)),
        PartName::Switch => {
            Snapshot::Switch(Box::new(switch::collect(settings, &mut memory.switch, &mut errand).await?))
        }
        PartName::Wifi => Snapshot::Wifi(Box::new(wifi::collect(settings, &mut errand).await?)),
        PartName::Lan => Snapshot::Lan(Box::new(lan::collect(settings, &mut errand).await?)),
        PartName::Dhcp => Snapshot::Dhcp(Box::new(dhcp::collect(settings, &mut errand).await?)),
        PartName::Storage => Snapshot::Storage(Box::new(storage::collect(&mut errand).await?)),
        PartName::Vpn => Snapshot::Vpn(Box::new(vpn::collect(settings, &mut errand).await?)),
        PartName::Device => Snapshot::Device(Box::new(device::collect(&mut errand).await?)),
    };
    if snapshot.folded() > 0 {
        let most = settings.max_hosts;
        errand.fault(format!(
            "there is no room for all that the box lists (`max_hosts` is {most}); some are not shown"
        ));
    }
    errand.done(snapshot)
}

/// An answer with something in it. An object without anything of what it should have is no answer to what a visit is
/// about: success with nothing in it would be a lie.
fn something<T: Default + PartialEq>(answer: T, path: &str) -> Result<T, Error> {
    if answer == T::default() {
        let what = format!("there is nothing that lanlord knows in what the box answers to `{path}`");
        return Err(Error::new(Reason::Misbehaved, "empty", what));
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::freebox::api::connection::Connection;

    #[test]
    fn an_answer_with_nothing_in_it_is_a_mistake_of_the_box() {
        let nothing: Connection = serde_json::from_str(r#"{"state":null,"new":1}"#).unwrap();
        let error = something(nothing, "connection/").unwrap_err();
        assert_eq!((error.reason, error.code), (Reason::Misbehaved, "empty"));
        let little: Connection = serde_json::from_str(r#"{"bytes_up":0}"#).unwrap();
        assert!(something(little, "connection/").is_ok());
    }
}
