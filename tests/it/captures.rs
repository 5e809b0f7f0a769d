//! `lanlord read` on captures of the simulated house, against the truth that the simulator kept while it made them,
//! and against tshark and capinfos, which share no line with either.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use lanlord_sim::frames::{Plan, Traffic};
use lanlord_sim::house::House;
use lanlord_sim::pcap_out::{Capture, Format, Order, Resolution, Style};
use lanlord_sim::prefix::LOCAL;
use lanlord_sim::truth::{Row, Totals};

/// A capture, and the truth about it.
struct Story {
    folder: tempfile::TempDir,
    rows: Vec<Row>,
    everybody: Vec<Row>,
    totals: Totals,
}

impl Story {
    fn path(&self) -> PathBuf {
        self.folder.path().join("capture")
    }
}

#[derive(Clone, Copy)]
struct Scale {
    seed: u64,
    hosts: usize,
    packets: u64,
    seconds: u64,
}

const HOME: Scale = Scale { seed: 20, hosts: 60, packets: 20_000, seconds: 900 };

fn story(scale: Scale, style: Style, gzipped: bool) -> Story {
    let folder = tempfile::tempdir().unwrap();
    let house = House::new(scale.seed, scale.hosts);
    let plan = Plan { packets: scale.packets, duration: Duration::from_secs(scale.seconds) };
    let mut traffic = Traffic::new(&house, plan);
    let file = BufWriter::new(File::create(folder.path().join("capture")).unwrap());
    let out: Box<dyn Write> =
        if gzipped { Box::new(GzEncoder::new(file, Compression::fast())) } else { Box::new(file) };
    let mut capture = Capture::begin(out, style).unwrap();
    while let Some(frame) = traffic.next_frame() {
        capture.frame(frame.at, frame.bytes).unwrap();
    }
    drop(capture.finish().unwrap());
    let truth = traffic.truth().clone();
    let everywhere = ["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
    let (rows, everybody) = (truth.rows(&house, &LOCAL), truth.rows(&house, &everywhere));
    Story { folder, rows, everybody, totals: truth.totals }
}

fn ask(program: &str, arguments: &[&str], capture: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(capture).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {words}");
    String::from_utf8(output.stdout).unwrap()
}

fn lanlord(story: &Story, arguments: &[&str]) -> String {
    let arguments = [&["read"], arguments].concat();
    ask(env!("CARGO_BIN_EXE_lanlord"), &arguments, &story.path())
}

/// Packets and bytes received, then sent.
type Counts = [u64; 4];

/// Address, hardware address, counts; as a line of the CSV says it.
fn lines(csv: &str) -> Vec<(String, String, Counts)> {
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    let rows = table.records().map(|row| {
        let row = row.unwrap();
        (row[0].to_owned(), row[1].to_owned(), [3, 4, 5, 6].map(|column| row[column].parse().unwrap()))
    });
    rows.collect()
}

fn counts(row: &Row) -> Counts {
    let counts = &row.counts;
    [counts.received_packets, counts.received_bytes, counts.sent_packets, counts.sent_bytes]
}

/// Every address with exactly its packets and bytes, and nobody else.
#[track_caller]
fn check_addresses(story: &Story) {
    let ours: Vec<(String, Counts)> = lines(&lanlord(story, &["--by", "address", "--format", "csv"]))
        .into_iter()
        .map(|(address, _, counts)| (address, counts))
        .collect();
    let truth: Vec<(String, Counts)> =
        story.rows.iter().map(|row| (row.address.to_string(), counts(row))).collect();
    assert!(truth.len() > 20, "{} addresses are no story", truth.len());
    assert_eq!(ours, truth);
}

fn style(format: Format, resolution: Resolution, order: Order, snaplen: u32) -> Style {
    Style { format, resolution, order, snaplen }
}

#[test]
fn every_address_has_what_the_house_sent_it_in_every_format() {
    let formats = [Format::Pcap, Format::PcapNg];
    let mut seed = 100;
    for format in formats {
        for (resolution, order) in [(Resolution::Micro, Order::Little), (Resolution::Nano, Order::Big)] {
            for snaplen in [262_144, 96] {
                for gzipped in [false, true] {
                    seed += 1;
                    let scale = Scale { seed, packets: 3_000, ..HOME };
                    check_addresses(&story(scale, style(format, resolution, order, snaplen), gzipped));
                }
            }
        }
    }
}

#[test]
fn every_address_has_what_the_house_sent_it_in_houses_of_every_size() {
    for (seed, hosts, packets, seconds) in [
        (1, 8, 1_000, 1),
        (2, 240, 30_000, 3600),
        (3, 20, 30_000, 86_400),
        (4, 60, 100, 10),
        (5, 120, 20_000, 60),
    ] {
        check_addresses(&story(Scale { seed, hosts, packets, seconds }, Style::default(), false));
    }
}

/// Houses so small that within the capture everybody asks for somebody by ARP, as in a house of any size everybody does
/// within minutes. The simulator lets hosts talk that have not asked; until the second router does, nobody can tell
/// its address from those behind it.
const SETTLED: [Scale; 6] = [
    Scale { seed: 30, hosts: 8, ..HOME },
    Scale { seed: 31, hosts: 9, ..HOME },
    Scale { seed: 32, hosts: 10, ..HOME },
    Scale { seed: 33, hosts: 11, ..HOME },
    Scale { seed: 34, hosts: 12, ..HOME },
    Scale { seed: 35, hosts: 60, packets: 200_000, seconds: 3600 },
];

#[test]
fn hosts_on_the_segment_have_their_hardware_address_and_those_behind_have_none() {
    for scale in SETTLED {
        let story = story(scale, Style::default(), false);
        let seed = scale.seed;
        let csv = lanlord(&story, &["--by", "address", "--format", "csv"]);
        let ours: HashMap<String, String> =
            lines(&csv).into_iter().map(|(address, mac, _)| (address, mac)).collect();
        for row in &story.rows {
            let (address, mac) = (row.address.to_string(), row.mac.map(|mac| mac.to_string()));
            assert_eq!(ours[&address], mac.unwrap_or_default(), "{address} {} (seed {seed})", row.host);
        }
    }
}

#[test]
fn the_row_of_a_host_is_the_sum_of_its_addresses() {
    for scale in SETTLED {
        let story = story(scale, Style::default(), false);
        let seed = scale.seed;
        let everywhere = ["--cidr", "10.0.0.0/8", "--cidr", "192.168.0.0/16", "--cidr", "fc00::/7"];
        let prefixes = [&everywhere[..], &["--cidr", "fe80::/10", "--cidr", "2001:db8:1::/48"]].concat();
        let mut ours: BTreeMap<String, Counts> = BTreeMap::new();
        for (_, mac, counts) in lines(&lanlord(&story, &[&prefixes[..], &["--format", "csv"]].concat())) {
            if !mac.is_empty() {
                assert!(ours.insert(mac.clone(), counts).is_none(), "{mac} has two rows");
            }
        }
        let mut truth: BTreeMap<String, Counts> = BTreeMap::new();
        let global: ipnet::Ipv6Net = "2001:db8:1::/48".parse().unwrap();
        let counted = |row: &&Row| match row.address {
            IpAddr::V6(address) if global.contains(&address) => true,
            _ => story.rows.contains(row),
        };
        for row in story.everybody.iter().filter(counted) {
            let Some(mac) = row.mac else { continue };
            let sum = truth.entry(mac.to_string()).or_default();
            for (sum, count) in sum.iter_mut().zip(counts(row)) {
                *sum += count;
            }
        }
        assert_eq!(ours, truth, "seed {seed}");
    }
}
