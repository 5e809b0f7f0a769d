//! The built program, with the limits that it has, while many clients do their worst. No privilege, no interface.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::lanlord::{Lanlord, PROGRAM, get};
use super::traffic::{ethernet, frames, ipv4, udp};
use super::wait::{PATIENCE, Watch, ask_for, until};

const SCRAPE: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

/// lanlord, following a capture with so many hosts, which it has counted. `line` is put before its own command line.
fn with_hosts(hosts: u16, before: &str) -> (TempDir, Lanlord) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    let each = (0..hosts).map(|host| {
        let [high, low] = host.to_be_bytes();
        let mut datagram = ipv4(1, 2, 17, &udp(8));
        // From 10.1.x.y to somewhere else; nobody looks at the checksum of what comes from a file.
        datagram[12..20].copy_from_slice(&[10, 1, high, low, 203, 0, 113, 1]);
        ethernet([2, 0, 0, 1, high, low], [2, 0, 0, 0, 0, 1], &[0x0800], &datagram)
    });
    frames(&each.collect::<Vec<_>>(), &path);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before} exec \"$@\""), "sh", PROGRAM, "run", "--pcap"]).arg(&path);
    let lanlord = Lanlord::spawn(command, None);
    lanlord.until("every host is shown", |metrics| {
        metrics.sum("lan_host_sent_packets_total", &[]) == Some(u64::from(hosts))
    });
    (folder, lanlord)
}

impl Lanlord {
    fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// The most memory that was ever resident, in bytes (`VmHWM` of proc_pid_status(5)).
    fn peak(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    fn scrape(&self) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(SCRAPE).unwrap();
        stream
    }

    #[track_caller]
    fn until_descriptors(&self, base: usize) {
        until("all descriptors are given back", || (self.descriptors() <= base).then_some(()));
    }
}

fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = (&mut &*stream).read(&mut [0; 64]);
    !read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

/// 500 sockets that send an octet every ten seconds: a scrape is answered all the while, within a second, and after
/// fifteen they are gone.
fn check_slow_sockets(before: &str) {
    let (_folder, lanlord) = with_hosts(30, before);
    let base = lanlord.descriptors();
    let watch = Watch::start();
    let mut slow: Vec<TcpStream> = (0..500).map(|_| lanlord.connect()).collect();
    slow.iter_mut().for_each(|stream| drop(stream.write_all(b"G")));
    let (mut times, mut second) = (Vec::new(), false);
    let closed = ask_for(Duration::from_secs(15), &mut || {
        let scrape = Watch::start();
        assert_eq!(get(&lanlord.address, "/metrics").0, 200);
        times.push(scrape.elapsed());
        if !second && watch.elapsed() > Duration::from_secs(9) {
            second = true;
            slow.iter_mut().for_each(|stream| drop(stream.write_all(b"E")));
        }
        slow.iter().all(is_closed).then(|| watch.elapsed())
    });
    times.sort();
    let p99 = times[times.len() * 99 / 100];
    eprintln!(
        "{before:?}: {} scrapes, the slowest {:?}, p99 {p99:?}; closed after {closed:?}",
        times.len(),
        times.last()
    );
    assert!(
        closed.is_some(),
        "{} of 500 are still open",
        slow.iter().filter(|stream| !is_closed(stream)).count()
    );
    assert!(p99 < Duration::from_secs(1), "p99 is {p99:?}");
    lanlord.until_descriptors(base);
}

#[test]
fn five_hundred_slow_sockets_keep_no_scrape_out() {
    check_slow_sockets("");
}

#[test]
fn five_hundred_slow_sockets_keep_no_scrape_out_where_descriptors_are_few() {
    check_slow_sockets("ulimit -n 200;");
}

#[test]
fn two_hundred_scrapes_at_once_take_the_memory_of_one() {
    let (_folder, lanlord) = with_hosts(4_000, "");
    // Once alone, so that what one costs is not counted.
    let (_, body) = get(&lanlord.address, "/metrics");
    let (base, before) = (lanlord.descriptors(), lanlord.peak());
    let streams: Vec<TcpStream> = (0..200).map(|_| lanlord.scrape()).collect();
    for mut stream in streams {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{:?}", answer.lines().next());
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(
            body.lines().filter(|line| line.starts_with("lan_host_sent_packets_total{")).count(),
            4_000
        );
    }
    let growth = lanlord.peak() - before;
    eprintln!("one body is {} KiB; 200 at once took {} KiB more", body.len() >> 10, growth >> 10);
    assert!(growth < 2 * body.len(), "{growth} octets more for bodies of {}", body.len());
    lanlord.until_descriptors(base);
}

#[test]
fn after_a_thousand_scrapes_cancelled_midway_the_next_is_answered_at_once() {
    let (_folder, lanlord) = with_hosts(4_000, "");
    let base = lanlord.descriptors();
    let mut unread = Vec::new();
    for round in 0..1_000 {
        let mut stream = lanlord.scrape();
        match round % 4 {
            // Hung up before the answer, in the middle of it, or after not reading for a while.
            0 => drop(stream),
            1 => drop(stream.read(&mut [0; 100])),
            2 => drop(stream.shutdown(std::net::Shutdown::Write)),
            _ => unread.push(stream),
        }
        if unread.len() == 50 {
            unread.clear();
        }
    }
    drop(unread);
    let watch = Watch::start();
    assert_eq!(get(&lanlord.address, "/metrics").0, 200);
    let took = watch.elapsed();
    eprintln!("the scrape after 1,000 that were cancelled took {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    lanlord.until("only this scrape is under way", |metrics| {
        let gauge = |name| metrics.sum(name, &[]);
        [gauge("lanlord_http_requests_in_flight"), gauge("lanlord_http_connections")] == [Some(1), Some(1)]
    });
    lanlord.until_descriptors(base);
}

#[test]
fn clients_that_never_read_are_dropped() {
    let (_folder, lanlord) = with_hosts(4_000, "");
    let base = lanlord.descriptors();
    let watch = Watch::start();
    let deaf: Vec<TcpStream> = (0..100)
        .map(|_| {
            let mut stream = lanlord.connect();
            // The answers to all of these together are more than the sockets take in by themselves.
            stream.write_all(&b"GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n".repeat(30)).unwrap();
            stream
        })
        .collect();
    while watch.elapsed() < Duration::from_secs(5) {
        assert_eq!(get(&lanlord.address, "/metrics").0, 200);
    }
    assert!(lanlord.descriptors() > base + 50, "nobody has stood still: {}", lanlord.descriptors());
    lanlord.until_descriptors(base);
    let took = watch.elapsed();
    eprintln!("100 clients that read nothing were dropped within {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    drop(deaf);
}

#[test]
fn the_access_log_tells_who_asked_for_what_and_nothing_that_is_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    frames([], &path);
    let lanlord = Lanlord::here(&["--web.access-log", "--pcap", path.to_str().unwrap()]);
    let (status, page) = get(&lanlord.address, "/?password=hunter2");
    assert_eq!(status, 200);
    assert_eq!(get(&lanlord.address, &format!("/{}", "x".repeat(300))).0, 404);
    let log = until("both are logged", || {
        let log = lanlord.log();
        (log.matches("answered").count() == 2).then_some(log)
    });
    let line = log.lines().find(|line| line.contains("answered")).unwrap();
    for part in ["level=info", "peer=127.0.0.1:", "method=GET", "path=/", "status=200", "seconds=0."] {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert!(line.contains(&format!("bytes={}", page.len())), "{line}");
    assert!(log.contains(&format!("path=/{} status=404", "x".repeat(127))), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
}

#[test]
fn without_the_switch_no_request_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    frames([], &path);
    let mut lanlord = Lanlord::here(&["--pcap", path.to_str().unwrap()]);
    assert_eq!(get(&lanlord.address, "/").0, 200);
    // A thread of its own writes the log; once lanlord has ended, all of it is there.
    lanlord.end_by("TERM");
    let log = lanlord.log();
    assert!(log.contains("stopping") && !log.contains("answered"), "{log}");
}
