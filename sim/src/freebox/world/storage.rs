//! `storage/`: disks, partitions and the array. Deliberately no files.

use super::World;
use super::json::{Object, list};
use super::profiles::Disk;
use super::reply::Reply;

impl World {
    /// The disks that are there.
    pub(super) fn disks(&self) -> impl Iterator<Item = &'static Disk> {
        self.profile.disks.iter().filter(|_| !self.oddities.disk_removed)
    }

    pub(super) fn storage_disks(&self) -> Reply {
        Reply::items(self.disks().map(|disk| self.disk(disk)).collect())
    }

    pub(super) fn storage_disk(&self, id: &str) -> Reply {
        let disk = self.disks().find(|disk| disk.id.to_string() == id);
        disk.map_or_else(Reply::no_entry, |disk| Reply::Result(self.disk(disk)))
    }

    pub(super) fn storage_partitions(&self) -> Reply {
        Reply::items(self.disks().filter(|disk| disk.partition).map(|disk| self.partition(disk)).collect())
    }

    pub(super) fn storage_raid(&self) -> Reply {
        if !self.profile.raid || self.oddities.disk_removed {
            return Reply::EmptyList;
        }
        let member = |(nth, disk): (usize, &Disk)| {
            let body = Object::new().number("id", nth).number("disk_id", disk.id).text("role", "active");
            body.text("set_state", "active").number("total_bytes", disk.total).end()
        };
        let members = self.disks().filter(|disk| disk.kind == "sata");
        let size = self.disks().next().map_or(0, |disk| disk.total);
        let body = Object::new()
            .number("id", 0)
            .text("name", &self.named("Freebox"))
            .text("state", "running")
            .text("level", "raid1")
            .flag("degraded", false)
            .text("sync_action", "idle")
            .number("sync_completed_pos", 0)
            .number("array_size", size)
            .json("members", list(members.enumerate().map(member)));
        Reply::items(vec![body.end()])
    }

    /// In whole °C; 0 for a disk that does not know.
    pub(super) fn disk_degrees(&self, disk: &Disk) -> i64 {
        if disk.temp == 0.0 {
            return 0;
        }
        (disk.temp + 2.0 * self.drift(400 + u64::from(disk.id), 2_700.0)).round() as i64
    }

    fn disk(&self, disk: &Disk) -> String {
        let up = self.seconds_since(self.booted);
        Object::new()
            .number("id", disk.id)
            .text("type", disk.kind)
            .text("state", "enabled")
            .number("connector", 0)
            .text("table_type", if disk.partition { "msdos" } else { "raid" })
            .number("total_bytes", disk.total)
            .text("model", disk.model)
            .text("serial", disk.serial)
            .text("firmware", disk.firmware)
            .number("temp", self.disk_degrees(disk))
            .flag("spinning", true)
            .flag("idle", false)
            .number("idle_duration", 0)
            .number("active_duration", up)
            .number("time_before_spindown", 0)
            .number("read_requests", up / 12)
            .number("write_requests", up / 11)
            .number("read_error_requests", 0)
            .number("write_error_requests", 0)
            .json("partitions", list(disk.partition.then(|| self.partition(disk))))
            .end()
    }

    /// Total, used and free bytes of a disk's partition; what is reserved is neither used nor free.
    pub(super) fn space(&self, disk: &Disk) -> (u64, u64, u64) {
        let total = disk.total / 100 * 98;
        let reserved = total / 20;
        let used = total / 100 * 67 + (self.now / 10_000).unsigned_abs() * 4_096;
        let used = used.min(total - reserved);
        (total, used, total - reserved - used)
    }

    fn partition(&self, disk: &Disk) -> String {
        let (total, used, free) = self.space(disk);
        Object::new()
            .number("id", disk.id)
            .number("disk_id", disk.id)
            .text("label", &self.named(disk.label))
            .text("fstype", "ext4")
            .text("state", "mounted")
            .number("total_bytes", total)
            .number("used_bytes", used)
            .number("free_bytes", free)
            .text("fsck_result", "no_run_yet")
            .text("path", disk.path)
            .flag("internal", true)
            .end()
    }
}
