//! What changes rarely: settings, firmware, permissions, the certificate.

use crate::sources::Error;
use crate::sources::freebox::api::config::{Config, Ipv6, Lan};
use crate::sources::freebox::api::object::Object;
use crate::sources::freebox::api::system::System;
use crate::sources::freebox::api::update::{Standby, Update};
use crate::sources::freebox::session::{About, Errand};

/// What a visit brought.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// What the box said of itself when it was found, and what the session may do.
    pub about: About,
    /// The firmware that runs.
    pub firmware: Option<String>,
    /// How the house can be reached from outside.
    pub config: Option<Config>,
    /// IPv6.
    pub ipv6: Option<Ipv6>,
    /// The network at home.
    pub lan: Option<Lan>,
    /// The firmware's update.
    pub update: Option<Update>,
    /// When the box rests.
    pub standby: Option<Standby>,
}

/// The first version of the interface with `update/` and `standby/status`.
const UPDATE_AND_STANDBY: u8 = 11;

/// Asks.
///
/// # Errors
/// When the box does not answer at all.
pub async fn collect(errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let about = errand.about().await?;
    let is_new = about.major >= UPDATE_AND_STANDBY;
    let mut snapshot = Snapshot { about, ..Snapshot::default() };
    snapshot.config = errand.may("connection/config/").await?.map(|Object(config)| config);
    snapshot.ipv6 = errand.may("connection/ipv6/config/").await?.map(|Object(ipv6)| ipv6);
    snapshot.lan = errand.may("lan/config/").await?.map(|Object(lan)| lan);
    let common = errand.may("system/").await?.map(|system: System| system.common).unwrap_or_default();
    snapshot.firmware = common.firmware_version.0;
    if is_new {
        snapshot.update = errand.may("update/").await?.map(|Object(update)| update);
        if common.model_info.0.is_some_and(|model| model.has_standby.0 == Some(true)) {
            snapshot.standby = errand.may("standby/status").await?.map(|Object(standby)| standby);
        }
    }
    // Once more: asking may have taken a new session.
    snapshot.about = errand.about().await?;
    Ok(snapshot)
}
