//! The kernel's own TCP and UDP, with and without segmentation and receive offload, against the kernel's counters.
//!
//! Where frames cross the cable one by one, the interface's own counters are the truth. Where the sender hands
//! over super-frames, a veth pair carries them whole and its counters count them so; then the truth is what the
//! kernel's TCP says that it sent.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::lanlord::Lanlord;
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab, Namespace, run};
use super::wait;

/// Of `bulk.py`.
pub fn python(namespace: &Namespace, arguments: &[&str]) -> Command {
    let mut command = namespace.command("python3");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/live/bulk.py")).args(arguments);
    command
}

/// A `bulk.py` that serves; killed when dropped.
pub struct Served {
    child: Child,
    output: BufReader<ChildStdout>,
    /// What it said first.
    pub first: String,
}

impl Served {
    pub fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        output.read_line(&mut first).unwrap();
        Self { child, output, first: first.trim().to_owned() }
    }

    pub fn stdin(&mut self) -> &mut std::process::ChildStdin {
        self.child.stdin.as_mut().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A field of /proc/net/snmp: what the namespace's own TCP or UDP did.
fn snmp(namespace: &Namespace, table: &str, field: &str) -> u64 {
    let text = namespace.shell("cat /proc/net/snmp");
    let mut lines = text.lines().filter(|line| line.starts_with(table));
    let (names, values) = (lines.next().unwrap(), lines.next().unwrap());
    let at = names.split_whitespace().position(|name| name == field).unwrap();
    values.split_whitespace().nth(at).unwrap().parse().unwrap()
}

/// Packets and bytes through an interface, both ways.
fn through(namespace: &Namespace, interface: &str) -> [u64; 2] {
    ["packets", "bytes"].map(|what| {
        namespace.counter(interface, &format!("rx_{what}"))
            + namespace.counter(interface, &format!("tx_{what}"))
    })
}

/// A scrape after which no more comes.
fn settled(lanlord: &Lanlord) -> Metrics {
    let mut before = None;
    wait::until("nothing more comes", || {
        wait::pass(std::time::Duration::from_millis(1_300));
        let metrics = lanlord.metrics();
        let frames = metrics.sum("wire_frames_total", &[("interface", LAN)]);
        let same = frames == before;
        before = frames;
        same.then_some(metrics)
    })
}

/// Sends so much over a connection; how much that was with what was sent again.
fn transfer(lab: &Lab, bytes: u64) -> u64 {
    let mut server = Served::start(python(&lab.near, &["serve", "192.168.77.1"]));
    let sent = run(&mut python(&lab.far, &["send", "192.168.77.1", &server.first, &bytes.to_string()]));
    let mut received = String::new();
    server.output.read_to_string(&mut received).unwrap();
    assert_eq!(received.trim(), bytes.to_string());
    sent.trim().parse().unwrap()
}

fn offloads(lab: &Lab, sender: &str, receiver: &str) {
    let features = |what: &str, state: &str| match what {
        "send" => format!("tso {state} gso {state} tx-udp-segmentation {state}"),
        _ => format!("gro {state}"),
    };
    for (namespace, interface) in [(&lab.far, FAR), (&lab.near, LAN)] {
        let line =
            format!("ethtool -K {interface} {} {}", features("send", sender), features("receive", receiver));
        namespace.shell(&line);
    }
}

struct Compared {
    counted: [u64; 2],
    truth: [u64; 2],
}

impl Compared {
    fn print(&self, what: &str) {
        let [packets, bytes] = [0, 1].map(|at| self.counted[at] as i64 - self.truth[at] as i64);
        let share = 100.0 * bytes as f64 / self.truth[1] as f64;
        eprintln!(
            "{what}: {:?} packets and bytes counted, {packets:+} and {bytes:+} ({share:+.4} %) against the kernel",
            self.counted
        );
    }

    fn is_close(&self) -> bool {
        let off = |(counted, truth): (u64, u64)| counted.abs_diff(truth) as f64 / truth as f64;
        self.counted.into_iter().zip(self.truth).all(|pair| off(pair) <= 0.001)
    }

    #[track_caller]
    fn check_close(&self, what: &str) {
        let Self { counted, truth } = self;
        assert!(self.is_close(), "{what}: {counted:?} counted, {truth:?} by the kernel");
    }
}

/// Frames on the interface, against its own counters.
fn against_the_interface(lab: &Lab, bytes: u64) -> Compared {
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let before = through(&lab.near, LAN);
    transfer(lab, bytes);
    let metrics = settled(&lanlord);
    let after = through(&lab.near, LAN);
    let sum = |name: &str| metrics.sum(name, &[("interface", LAN)]).unwrap();
    assert_eq!(sum("wire_dropped_frames_total"), 0);
    Compared {
        counted: [sum("wire_frames_total"), sum("wire_frame_bytes_total")],
        truth: [after[0] - before[0], after[1] - before[1]],
    }
}

/// IP packets of TCP, against what TCP says that it sent: segments, and what the connection sent, payload that was
/// sent again included, with 20 + 32 octets of headers in each; SYN and SYN-ACK have 8 octets of options more, and
/// whoever misses something says so in a few more, which is all that is not exact.
///
/// On a busy machine a receiver drops segments before they come to any interface. TCP has sent those, and nobody could
/// have seen them; so where something was sent again and the figures differ, this asks again.
fn against_tcp(lab: &Lab, bytes: u64) -> Compared {
    for _ in 0..4 {
        let (compared, sent_again) = against_tcp_once(lab, bytes);
        if compared.is_close() || sent_again == 0 {
            return compared;
        }
    }
    against_tcp_once(lab, bytes).0
}

fn against_tcp_once(lab: &Lab, bytes: u64) -> (Compared, u64) {
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    // RFC 4022: the first does not count what was sent again, the second counts nothing else.
    let both = |field| snmp(&lab.near, "Tcp:", field) + snmp(&lab.far, "Tcp:", field);
    // Our own scrapes are TCP in `near`, too; between these two there is none.
    let before = both("OutSegs") + both("RetransSegs");
    let sent = transfer(lab, bytes);
    let segments = both("OutSegs") + both("RetransSegs") - before;
    let metrics = settled(&lanlord);
    let tcp = |name: &str| metrics.sum(name, &[("interface", LAN), ("protocol", "tcp")]).unwrap();
    assert_eq!(metrics.sum("wire_dropped_frames_total", &[]), Some(0));
    assert!(metrics.sum("wire_superframes_total", &[]) > Some(0), "no super-frame was sent");
    eprintln!("{} bytes were sent again", sent - bytes);
    let compared = Compared {
        counted: [tcp("wire_packets_total"), tcp("wire_bytes_total")],
        truth: [segments, sent + 52 * segments + 16],
    };
    (compared, sent - bytes)
}

#[test]
fn without_offload_frames_and_bytes_are_exactly_the_interfaces_own() {
    let Some(lab) = Lab::open() else { return };
    lab.addresses();
    offloads(&lab, "off", "off");
    let compared = against_the_interface(&lab, 60 << 20);
    compared.print("no offload");
    assert_eq!(compared.counted, compared.truth);
}

#[test]
fn with_receive_offload_frames_are_exactly_the_interfaces_own() {
    let Some(lab) = Lab::open() else { return };
    lab.addresses();
    offloads(&lab, "off", "on");
    // Its bytes are no truth: a veth that merges counts them without the 14 octets of each link header.
    let compared = against_the_interface(&lab, 60 << 20);
    compared.print("receive offload, interface");
    assert_eq!(compared.counted[0], compared.truth[0]);
}

#[test]
fn with_receive_offload_packets_and_bytes_are_those_that_tcp_sent() {
    let Some(lab) = Lab::open() else { return };
    lab.addresses();
    offloads(&lab, "off", "on");
    let compared = against_tcp(&lab, 60 << 20);
    compared.print("receive offload");
    compared.check_close("receive offload");
}

#[test]
fn with_segmentation_offload_packets_and_bytes_are_those_that_tcp_sent() {
    let Some(lab) = Lab::open() else { return };
    lab.addresses();
    offloads(&lab, "on", "off");
    let compared = against_tcp(&lab, 200 << 20);
    compared.print("segmentation offload");
    compared.check_close("segmentation offload");
}

#[test]
fn with_both_offloads_packets_and_bytes_are_those_that_tcp_sent() {
    let Some(lab) = Lab::open() else { return };
    lab.addresses();
    offloads(&lab, "on", "on");
    let compared = against_tcp(&lab, 200 << 20);
    compared.print("both offloads");
    compared.check_close("both offloads");
}

#[test]
fn datagrams_that_were_segmented_by_offload_are_counted_one_by_one() {
    let Some(lab) = Lab::open() else { return };
    lab.addresses();
    offloads(&lab, "on", "off");
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    let sink = Served::start(python(&lab.near, &["sink", "192.168.77.1"]));
    let to = ["datagrams", "192.168.77.2", "192.168.77.1", &sink.first, "28000", "1400", "500"];
    run(&mut python(&lab.far, &to));
    let labels = [("interface", LAN), ("family", "ipv4"), ("protocol", "udp")];
    // 500 times twenty datagrams of 1,400 octets behind 28 of headers.
    let metrics = lanlord.until_at_least("wire_packets_total", &labels, 10_000);
    assert_eq!(metrics.sum("wire_packets_total", &labels), Some(10_000));
    assert_eq!(metrics.sum("wire_bytes_total", &labels), Some(10_000 * 1_428));
    assert_eq!(metrics.sum("wire_superframes_total", &[]), Some(500));
}
