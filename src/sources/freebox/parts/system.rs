//! How the box feels: temperatures, fans, how long it has been on.

use super::something;
use crate::sources::Error;
use crate::sources::freebox::api::system::System;
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The box.
    pub system: System,
}

/// Asks.
///
/// # Errors
/// When what the visit is about cannot be had.
pub async fn collect(errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let system = something(errand.must("system/").await?, "system/")?;
    Ok(Snapshot { system })
}
