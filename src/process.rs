//! What lanlord says about its own process: what it was built from, and the `process_*` families that every
//! Prometheus client has, from `/proc/self`.
//!
//! What cannot be read is left out; there is no zero for "unknown". Nothing about the machine: that is
//! node_exporter's.

use std::fs;

use nix::unistd::{SysconfVar, sysconf};

use crate::metric::{Families, Timestamp};

crate::metrics! {
    /// What this lanlord was built from, always 1.
    BUILD_INFO = Info "lanlord_build_info" { version, revision, rustversion, target };
    /// User and system CPU time spent since lanlord started.
    CPU_SECONDS = Counter<f64> "process_cpu_seconds_total" {};
    /// File descriptors that are open.
    OPEN_FDS = Gauge "process_open_fds" {};
    /// File descriptors that may be open at most.
    MAX_FDS = Gauge "process_max_fds" {};
    /// Size of the virtual memory.
    VIRTUAL_MEMORY = Gauge "process_virtual_memory_bytes" {};
    /// Virtual memory that may be had at most, absent where there is no limit.
    VIRTUAL_MEMORY_MAX = Gauge "process_virtual_memory_max_bytes" {};
    /// Size of the memory that is resident.
    RESIDENT_MEMORY = Gauge "process_resident_memory_bytes" {};
    /// When lanlord started, in seconds since 1970.
    START_TIME = Gauge<f64> "process_start_time_seconds" {};
    /// Threads of the process.
    THREADS = Gauge "process_threads" {};
}

/// Writes all of it. `started` stands in for the kernel's own account of the start where `/proc/stat` is hidden,
/// as systemd's `ProcSubset=pid` does.
pub fn measure(started: Timestamp, out: &mut Families) {
    let built = [
        env!("CARGO_PKG_VERSION"),
        env!("LANLORD_REVISION"),
        env!("LANLORD_RUSTVERSION"),
        env!("LANLORD_TARGET"),
    ];
    out.put(&BUILD_INFO, built, 1u64);
    measure_stat(started, out);
    measure_descriptors(out);
}

fn measure_stat(started: Timestamp, out: &mut Families) {
    let stat = fs::read_to_string("/proc/self/stat").ok().and_then(|text| parse_stat(&text));
    let ticks = positive(SysconfVar::CLK_TCK).map(|ticks| ticks as f64);
    if let Some(stat) = stat {
        out.put(&VIRTUAL_MEMORY, [], stat.virtual_bytes);
        out.put(&THREADS, [], stat.threads);
        if let Some(page) = positive(SysconfVar::PAGE_SIZE) {
            out.put(&RESIDENT_MEMORY, [], stat.resident_pages * page);
        }
        if let Some(ticks) = ticks {
            out.put(&CPU_SECONDS, [], stat.cpu_ticks as f64 / ticks);
        }
    }
    let booted = fs::read_to_string("/proc/stat").ok().and_then(|text| parse_boot_time(&text));
    let start = match (stat, ticks, booted) {
        (Some(stat), Some(ticks), Some(booted)) => booted as f64 + stat.start_ticks as f64 / ticks,
        _ => started.0.as_secs_f64(),
    };
    out.put(&START_TIME, [], start);
}

fn measure_descriptors(out: &mut Families) {
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        // One of them is open only to list the others.
        out.put(&OPEN_FDS, [], entries.count().saturating_sub(1));
    }
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    if let Some(limit) = parse_limit(&limits, "Max open files") {
        out.put(&MAX_FDS, [], limit);
    }
    if let Some(limit) = parse_limit(&limits, "Max address space") {
        out.put(&VIRTUAL_MEMORY_MAX, [], limit);
    }
}

fn positive(variable: SysconfVar) -> Option<u64> {
    sysconf(variable).ok().flatten().and_then(|value| u64::try_from(value).ok())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    cpu_ticks: u64,
    threads: u64,
    start_ticks: u64,
    virtual_bytes: u64,
    resident_pages: u64,
}

/// Fields by their numbers in proc_pid_stat(5). The second is the program's name, which may contain anything, so
/// counting starts after its last parenthesis.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        cpu_ticks: field(14)? + field(15)?,
        threads: field(20)?,
        start_ticks: field(22)?,
        virtual_bytes: field(23)?,
        resident_pages: field(24)?,
    })
}

fn parse_boot_time(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

/// The soft limit; none where it is `unlimited`.
fn parse_limit(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Value;

    /// The example of proc_pid_stat(5)'s fields as a kernel 6.1 wrote them, with a name made to mislead.
    const STAT: &str = "4242 (lan) R (lord) S 1 4242 4242 0 -1 4194560 890 0 3 0 250 125 0 0 20 0 4 0 98765 \
                        12345678 1500 18446744073709551615 1 1 0 0 0 0 0 4096 17664 0 0 0 17 1 0 0 0 0 0\n";

    #[test]
    fn stat_is_read_by_field_number_after_the_last_parenthesis() {
        let expected = Stat {
            cpu_ticks: 375,
            threads: 4,
            start_ticks: 98765,
            virtual_bytes: 12_345_678,
            resident_pages: 1500,
        };
        assert_eq!(parse_stat(STAT), Some(expected));
    }

    #[test]
    fn no_prefix_of_stat_panics_or_invents() {
        let enough = STAT.find("1500").unwrap();
        for end in 0..enough {
            assert_eq!(parse_stat(&STAT[..end]), None, "{:?}", &STAT[..end]);
        }
    }

    #[test]
    fn limits_are_the_soft_ones_and_unlimited_is_none() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max open files            1024                 524288               files     \n\
                      Max address space         unlimited            unlimited            bytes     \n";
        assert_eq!(parse_limit(limits, "Max open files"), Some(1024));
        assert_eq!(parse_limit(limits, "Max address space"), None);
        assert_eq!(parse_limit("", "Max open files"), None);
    }

    #[test]
    fn boot_time_is_a_line_of_its_own() {
        assert_eq!(parse_boot_time("cpu  1 2 3\nbtime 1790000000\nprocesses 5\n"), Some(1_790_000_000));
        assert_eq!(parse_boot_time("cpu  1 2 3\n"), None);
    }

    #[test]
    fn this_process_is_measured() {
        let mut families = Families::default();
        measure(Timestamp::default(), &mut families);
        let (families, dropped) = families.publish();
        assert_eq!(dropped, 0);
        let value = |name: &str| {
            let family = families.iter().find(|family| family.meta().name == name)?;
            family.samples().next().map(|sample| match sample.value {
                Value::Int(int) => int as f64,
                Value::Float(float) => float,
            })
        };
        assert!(value("process_threads").unwrap() >= 2.0, "the test and its runner");
        assert!(value("process_resident_memory_bytes").unwrap() > 100_000.0);
        assert!(value("process_open_fds").unwrap() >= 3.0, "the three standard ones");
        // 2024-01-01: the machine's clock is set and the start is read, not the fallback of this test.
        assert!(value("process_start_time_seconds").unwrap() > 1_704_067_200.0);
        let build = families.iter().find(|family| family.meta().name == "lanlord_build_info").unwrap();
        assert!(build.samples().next().unwrap().labels().all(|label| !label.is_empty()));
    }
}
