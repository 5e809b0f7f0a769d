//! Who is on the network, as the box knows them.

use crate::sources::Error;
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Debug, Default)]
pub struct Snapshot {}

/// Asks.
///
/// # Errors
/// When what the visit is about cannot be had.
pub async fn collect(errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let _: Option<serde_json::Value> = errand.may("lan/browser/interfaces/").await?;
    Ok(Snapshot {})
}
