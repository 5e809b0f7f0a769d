//! Traffic to be sent: the simulated house's, or a few frames made here by hand; and the program that sends it.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use lanlord_sim::frames::{Plan, Traffic};
use lanlord_sim::house::House;
use lanlord_sim::pcap_out::{Capture, Style};
use lanlord_sim::truth::Truth;

use super::netns::{Namespace, run};

/// Writes a capture of a house and returns the truth about it.
pub fn house(house: &House, packets: u64, path: &Path) -> Truth {
    let plan = Plan { packets, duration: Duration::from_secs(900) };
    let mut traffic = Traffic::new(house, plan);
    let file = BufWriter::new(File::create(path).unwrap());
    let mut capture = Capture::begin(file, Style::default()).unwrap();
    while let Some(frame) = traffic.next_frame() {
        capture.frame(frame.at, frame.bytes).unwrap();
    }
    capture.finish().unwrap();
    traffic.truth().clone()
}

/// Writes a capture of these frames.
pub fn frames<'a>(frames: impl IntoIterator<Item = &'a Vec<u8>>, path: &Path) {
    let file = BufWriter::new(File::create(path).unwrap());
    let mut capture = Capture::begin(file, Style::default()).unwrap();
    for frame in frames {
        capture.frame(Duration::from_secs(1_767_225_600), frame).unwrap();
    }
    capture.finish().unwrap();
}

/// Sends every frame of a capture so many times; how many that were.
#[track_caller]
pub fn inject(namespace: &Namespace, interface: &str, capture: &Path, times: u32) -> u64 {
    send(namespace, &[interface, capture.to_str().unwrap(), &times.to_string()])
}

/// The same for records that begin with a virtio header.
#[track_caller]
pub fn inject_superframes(namespace: &Namespace, interface: &str, capture: &Path) -> u64 {
    send(namespace, &[interface, capture.to_str().unwrap(), "1", "virtio"])
}

#[track_caller]
fn send(namespace: &Namespace, arguments: &[&str]) -> u64 {
    let sent = run(namespace.command(injector().to_str().unwrap()).args(arguments));
    sent.trim().parse().unwrap()
}

/// Built once for all tests: nothing that is packaged sends super-frames.
fn injector() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("inject-{}", std::process::id()));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/live/inject.c");
        run(Command::new("cc").args(["-O2", "-Wall", "-o"]).arg(&program).arg(source));
        program
    })
}

/// A hardware address of a made-up host.
pub fn mac(number: u8) -> [u8; 6] {
    [0x02, 0, 0x5e, 0x10, 0, number]
}

/// A frame from one hardware address to another: type or tags with type, then what follows.
pub fn ethernet(from: [u8; 6], to: [u8; 6], types: &[u16], payload: &[u8]) -> Vec<u8> {
    let mut frame = [to, from].concat();
    types.iter().for_each(|word| frame.extend(word.to_be_bytes()));
    frame.extend(payload);
    frame
}

/// An IPv4 datagram (RFC 791) from 192.168.77.`from` to 192.168.77.`to`, with the checksum of its header, without which
/// a bridge would not carry it.
pub fn ipv4(from: u8, to: u8, protocol: u8, body: &[u8]) -> Vec<u8> {
    let length = (20 + body.len()) as u16;
    let mut datagram = vec![0x45, 0, (length >> 8) as u8, length as u8, 0, 1, 0, 0, 64, protocol, 0, 0];
    datagram.extend([192, 168, 77, from, 192, 168, 77, to]);
    let sum: u32 = datagram.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let checksum = !((sum & 0xffff) + (sum >> 16)) as u16;
    datagram[10..12].copy_from_slice(&checksum.to_be_bytes());
    datagram.extend(body);
    datagram
}

/// A UDP datagram (RFC 768) with so many octets of zeros.
pub fn udp(octets: usize) -> Vec<u8> {
    let length = (8 + octets) as u16;
    let mut datagram = vec![0x9c, 0x40, 0x9c, 0x41, (length >> 8) as u8, length as u8, 0, 0];
    datagram.resize(8 + octets, 0);
    datagram
}
