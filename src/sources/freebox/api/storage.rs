//! `storage/`: disks, what is on them, and arrays of them (dev.freebox.fr/sdk/os/storage, and the documentation on boxes
//! of API 16 for arrays).

use serde::Deserialize;

use super::lenient::{Flag, Int, Listed, Text};

/// A disk.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// 1 on a Revolution; 1000, 2000 … on a Delta.
    pub id: Int,
    /// `internal`, `usb`, `sata`, `nvme`, `raid`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// `enabled` …
    pub state: Text,
    /// Its size.
    pub total_bytes: Int,
    /// Which it is.
    pub model: Text,
    /// Its own number.
    pub serial: Text,
    /// Its firmware.
    pub firmware: Text,
    /// In °C; 0 for unknown.
    pub temp: Int,
    /// Whether it turns.
    pub spinning: Flag,
    /// Seconds since it last had something to do.
    pub idle_duration: Int,
    /// Since the box started.
    pub read_requests: Int,
    /// Since the box started.
    pub write_requests: Int,
    /// Since the box started.
    pub read_error_requests: Int,
    /// Since the box started.
    pub write_error_requests: Int,
    /// What is on it.
    pub partitions: Listed<Partition>,
}

/// A part of a disk.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Partition {
    /// Unique on the box.
    pub id: Int,
    /// Its name; hostile.
    pub label: Text,
    /// `ext4` …
    pub fstype: Text,
    /// `mounted` …
    pub state: Text,
    /// Its size.
    pub total_bytes: Int,
    /// What is in use; with what is free not the size, since some is reserved.
    pub used_bytes: Int,
    /// What is free.
    pub free_bytes: Int,
}

/// An array of disks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Array {
    /// Which.
    pub id: Int,
    /// Its name; hostile.
    pub name: Text,
    /// `running` …
    pub state: Text,
    /// `raid1` …
    pub level: Text,
    /// Whether a disk is missing.
    pub degraded: Flag,
    /// `idle`, `resync` …
    pub sync_action: Text,
    /// How many bytes of that are done.
    pub sync_completed_pos: Int,
    /// Of how many.
    pub sync_completed_end: Int,
    /// Its size in bytes.
    pub array_size: Int,
    /// Its disks.
    pub members: Listed<Member>,
}

/// A disk of an array.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Member {
    /// `active`, `faulty`, `spare`, `missing`.
    pub role: Text,
}
