//! Its disks, what is on them, and arrays of them: in our words.

use super::states::states;
use crate::metric::{Families, Sighting};
use crate::sources::Measure;
use crate::sources::freebox::api::lenient::Text;
use crate::sources::freebox::api::storage::{Array, Disk, Partition};
use crate::sources::freebox::parts::storage::Snapshot;

crate::metrics! {
    /// A disk: how it is connected, and which it is.
    DISK = Info "freebox_disk_info" { disk, connection, model, serial, firmware };

    /// What a disk does: 1 for the state that it is in, 0 for the others.
    DISK_STATE = Gauge "freebox_disk_state" { disk, state };

    /// Size of a disk in bytes.
    DISK_SIZE = Gauge "freebox_disk_size_bytes" { disk };

    /// Temperature of a disk in degrees Celsius.
    DISK_TEMPERATURE = Gauge<f64> "freebox_disk_temperature_celsius" { disk };

    /// Whether a disk turns.
    DISK_SPINNING = Gauge "freebox_disk_spinning" { disk };

    /// Seconds since a disk last had something to do.
    DISK_IDLE = Gauge<f64> "freebox_disk_idle_seconds" { disk };

    /// Reads from a disk since the box started.
    DISK_READS = Counter "freebox_disk_read_requests_total" { disk };

    /// Writes to a disk since the box started.
    DISK_WRITES = Counter "freebox_disk_write_requests_total" { disk };

    /// Reads from a disk that failed since the box started.
    DISK_READ_ERRORS = Counter "freebox_disk_read_error_requests_total" { disk };

    /// Writes to a disk that failed since the box started.
    DISK_WRITE_ERRORS = Counter "freebox_disk_write_error_requests_total" { disk };

    /// A part of a disk.
    PARTITION = Info "freebox_disk_partition_info" { disk, partition, name, filesystem };

    /// What a part of a disk does: 1 for the state that it is in, 0 for the others.
    PARTITION_STATE = Gauge "freebox_disk_partition_state" { disk, partition, state };

    /// Size of a part of a disk in bytes; some of it is reserved, and neither in use nor free.
    PARTITION_SIZE = Gauge "freebox_disk_partition_size_bytes" { disk, partition };

    /// Bytes of a part of a disk that are in use.
    PARTITION_USED = Gauge "freebox_disk_partition_used_bytes" { disk, partition };

    /// Bytes of a part of a disk that are free.
    PARTITION_FREE = Gauge "freebox_disk_partition_free_bytes" { disk, partition };

    /// An array of disks.
    ARRAY = Info "freebox_raid_info" { array, name, level };

    /// What an array of disks does: 1 for the state that it is in, 0 for the others.
    ARRAY_STATE = Gauge "freebox_raid_state" { array, state };

    /// Whether an array of disks misses one of them.
    ARRAY_DEGRADED = Gauge "freebox_raid_degraded" { array };

    /// Size of an array of disks in bytes.
    ARRAY_SIZE = Gauge "freebox_raid_size_bytes" { array };

    /// How an array of disks brings its disks into step: 1 for the state that it is in, 0 for the others.
    ARRAY_SYNC = Gauge "freebox_raid_sync_state" { array, state };

    /// Bytes of an array of disks that are in step so far, while it brings its disks into step.
    ARRAY_SYNCED = Gauge "freebox_raid_synced_bytes" { array };

    /// Bytes of an array of disks that have to be brought into step in all, while it does so.
    ARRAY_TO_SYNC = Gauge "freebox_raid_sync_size_bytes" { array };

    /// Disks of an array, by their role.
    ARRAY_DISKS = Gauge "freebox_raid_disks" { array, role };
}

/// States of disks and partitions (dev.freebox.fr/sdk/os/storage); `maybe_bad` is of older firmware.
const DISK_STATES: &[&str] = &["error", "disabled", "enabled", "formatting"];
const PARTITION_STATES: &[&str] = &[
    "error",
    "checking",
    "formatting",
    "mounting",
    "maintenance",
    "maybe_bad",
    "mounted",
    "umounting",
    "umounted",
    "ejecting",
];
/// States of arrays, in the documentation on boxes of API 16.
const ARRAY_STATES: &[&str] = &["stopped", "running", "error"];
const SYNC_STATES: &[&str] = &["idle", "resync", "recover", "check", "repair", "reshape", "frozen"];
const ROLES: &[&str] = &["active", "faulty", "spare", "missing"];

impl Measure for Snapshot {
    fn measure(&self, out: &mut Families) {
        for disk in &self.disks {
            let number = disk.id.0.unwrap_or_default().to_string();
            measure_disk(disk, &number, out);
            for partition in disk.partitions.as_slice() {
                measure_partition(partition, &number, out);
            }
        }
        self.arrays.iter().for_each(|array| measure_array(array, out));
        out.fold(self.folded);
    }

    fn sightings(&self, _out: &mut Vec<Sighting>) {}
}

fn measure_disk(disk: &Disk, number: &str, out: &mut Families) {
    let words = [&disk.kind, &disk.model, &disk.serial, &disk.firmware].map(Text::or_empty);
    out.put(&DISK, [number, words[0], words[1], words[2], words[3]], true);
    for (word, is) in states(DISK_STATES, disk.state.as_deref()) {
        out.put(&DISK_STATE, [number, word], is);
    }
    if let Some(spinning) = disk.spinning.0 {
        out.put(&DISK_SPINNING, [number], spinning);
    }
    // A disk at the freezing point of water is one that does not say.
    if let Some(celsius) = disk.temp.count().filter(|&celsius| celsius > 0) {
        out.put(&DISK_TEMPERATURE, [number], celsius);
    }
    if let Some(idle) = disk.idle_duration.count() {
        out.put(&DISK_IDLE, [number], idle);
    }
    let counts = [
        (&DISK_SIZE, disk.total_bytes.count()),
        (&DISK_READS, disk.read_requests.count()),
        (&DISK_WRITES, disk.write_requests.count()),
        (&DISK_READ_ERRORS, disk.read_error_requests.count()),
        (&DISK_WRITE_ERRORS, disk.write_error_requests.count()),
    ];
    for (family, value) in counts {
        if let Some(value) = value {
            out.put(family, [number], value);
        }
    }
}

fn measure_partition(partition: &Partition, disk: &str, out: &mut Families) {
    let number = partition.id.0.unwrap_or_default().to_string();
    let ids = [disk, &number];
    out.put(&PARTITION, [disk, &number, partition.label.or_empty(), partition.fstype.or_empty()], true);
    for (word, is) in states(PARTITION_STATES, partition.state.as_deref()) {
        out.put(&PARTITION_STATE, [disk, &number, word], is);
    }
    let counts = [
        (&PARTITION_SIZE, partition.total_bytes),
        (&PARTITION_USED, partition.used_bytes),
        (&PARTITION_FREE, partition.free_bytes),
    ];
    for (family, value) in counts {
        if let Some(value) = value.count() {
            out.put(family, ids, value);
        }
    }
}

fn measure_array(array: &Array, out: &mut Families) {
    let number = &*array.id.0.unwrap_or_default().to_string();
    out.put(&ARRAY, [number, array.name.or_empty(), array.level.or_empty()], true);
    for (word, is) in states(ARRAY_STATES, array.state.as_deref()) {
        out.put(&ARRAY_STATE, [number, word], is);
    }
    for (word, is) in states(SYNC_STATES, array.sync_action.as_deref()) {
        out.put(&ARRAY_SYNC, [number, word], is);
    }
    if let Some(degraded) = array.degraded.0 {
        out.put(&ARRAY_DEGRADED, [number], degraded);
    }
    if let Some(size) = array.array_size.count() {
        out.put(&ARRAY_SIZE, [number], size);
    }
    // Without an end there is nothing to bring into step, and the position says nothing.
    if let Some(end) = array.sync_completed_end.count().filter(|&end| end > 0) {
        out.put(&ARRAY_TO_SYNC, [number], end);
        if let Some(position) = array.sync_completed_pos.count() {
            out.put(&ARRAY_SYNCED, [number], position);
        }
    }
    if let Some(members) = &array.members.0 {
        for role in ROLES {
            let disks = members.iter().filter(|member| member.role.as_deref() == Some(role)).count();
            out.put(&ARRAY_DISKS, [number, role], disks);
        }
    }
}
