//! Its disks, what is on them, and arrays of them.

use super::choice::{FEW, keep};
use crate::sources::Error;
use crate::sources::freebox::api::lenient::List;
use crate::sources::freebox::api::storage::{Array, Disk};
use crate::sources::freebox::session::Errand;

/// What a visit brought.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The disks, each once.
    pub disks: Vec<Disk>,
    /// The arrays, each once.
    pub arrays: Vec<Array>,
    /// What there was no room for.
    pub folded: u64,
}

/// Asks.
///
/// # Errors
/// When the box is gone or does not let us in. A box without disks is an empty snapshot.
pub async fn collect(errand: &mut Errand<'_>) -> Result<Snapshot, Error> {
    let disks: Option<List<Disk>> = errand.may("storage/disk/").await?;
    let arrays: Option<List<Array>> = errand.may("storage/raid/").await?;
    Ok(Snapshot::new(disks.unwrap_or_default().0, arrays.unwrap_or_default().0))
}

impl Snapshot {
    /// Each once, in the order of their numbers.
    pub fn new(mut disks: Vec<Disk>, mut arrays: Vec<Array>) -> Self {
        disks.retain(|disk| disk.id.count().is_some());
        arrays.retain(|array| array.id.count().is_some());
        let mut folded = keep(&mut disks, FEW, |disk| disk.id) + keep(&mut arrays, FEW, |array| array.id);
        disks.dedup_by_key(|disk| disk.id);
        arrays.dedup_by_key(|array| array.id);
        for disk in &mut disks {
            let Some(partitions) = &mut disk.partitions.0 else { continue };
            partitions.retain(|partition| partition.id.count().is_some());
            folded += keep(partitions, FEW, |partition| partition.id);
            partitions.dedup_by_key(|partition| partition.id);
        }
        Self { disks, arrays, folded }
    }
}
