//! `lanlord read` on captures of the simulated house, against the truth that the simulator kept while it made them,
//! and against tshark and capinfos, which share no line with either.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
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

/// The families that `lanlord read` shows of a capture: each sample's value by name and labels.
fn samples(story: &Story, arguments: &[&str]) -> BTreeMap<String, u64> {
    let text = lanlord(story, &[arguments, &["--format", "prometheus"]].concat());
    let samples = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    samples.collect()
}

#[test]
fn totals_are_those_of_the_house() {
    for (seed, snaplen) in [(40, 262_144), (41, 96)] {
        let style = Style { snaplen, ..Style::default() };
        let story = story(Scale { seed, ..HOME }, style, false);
        let ours = samples(&story, &[]);
        let truth = &story.totals;
        let of = |name: &str, labels: &str| ours[&format!("{name}{{interface=\"capture\",{labels}}}")];
        for (destination, frames) in [
            ("unicast", truth.unicast_frames),
            ("multicast", truth.multicast_frames),
            ("broadcast", truth.broadcast_frames),
        ] {
            assert_eq!(of("wire_frames_total", &format!("destination=\"{destination}\"")), frames);
        }
        let frame_bytes: u64 = ["unicast", "multicast", "broadcast"]
            .map(|destination| of("wire_frame_bytes_total", &format!("destination=\"{destination}\"")))
            .iter()
            .sum();
        assert_eq!(frame_bytes, truth.wire_bytes);
        for (family, totals) in [("ipv4", &truth.ipv4), ("ipv6", &truth.ipv6)] {
            let ours_of = |protocol: &str| {
                let labels = format!("family=\"{family}\",protocol=\"{protocol}\"");
                [of("wire_packets_total", &labels), of("wire_bytes_total", &labels)]
            };
            let amounts = [totals.tcp, totals.udp, totals.icmp, totals.other].map(|amount| {
                assert!(amount.packets > 0, "{family}: nothing to compare");
                [amount.packets, amount.bytes]
            });
            let mut seen = ["tcp", "udp", "icmp", "other"].map(ours_of);
            if snaplen == 96 && family == "ipv6" {
                // The house's longest chain of extension headers, before TCP, ends beyond 96 octets: what it carries
                // was not captured, and is another protocol.
                let lost = [amounts[0][0] - seen[0][0], amounts[0][1] - seen[0][1]];
                assert!(lost[0] > 0, "the chain is there");
                for at in 0..2 {
                    seen[0][at] += lost[at];
                    seen[3][at] -= lost[at];
                }
            }
            assert_eq!(seen, amounts, "{family} (seed {seed})");
        }
        for (reason, frames) in [
            ("arp", truth.arp_frames),
            ("llc", truth.llc_frames),
            ("ppp_control", truth.pppoe_control_frames),
            ("other_protocol", truth.other_ethertype_frames),
            ("truncated_link", 0),
            ("truncated_ip", 0),
            ("bad_ip_header", 0),
            ("vlan_depth", 0),
            ("unknown_link", 0),
        ] {
            assert_eq!(of("wire_skipped_frames_total", &format!("reason=\"{reason}\"")), frames, "{reason}");
        }
        assert_eq!(ours["network_bytes_total"], truth.ipv4.all().bytes + truth.ipv6.all().bytes);
    }
}

/// Whether the programs are there. On a developer's machine a test may pass without them, but says so; in CI it may
/// not.
fn others_installed() -> bool {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if there("tshark") && there("capinfos") {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "tshark and capinfos are missing, and CI must have them");
    // Straight to the stream: what goes through `eprintln!` nobody sees of a test that passes.
    let _ = writeln!(
        io::stderr(),
        "NOT RUN: tshark or capinfos is missing, so nobody else has counted our captures"
    );
    false
}

/// Everybody, the world too.
const EVERYBODY: [&str; 4] = ["--cidr", "0.0.0.0/0", "--cidr", "::/0"];

fn everybody(story: &Story) -> BTreeMap<IpAddr, Counts> {
    let csv = lanlord(story, &[&EVERYBODY[..], &["--by", "address", "--format", "csv"]].concat());
    lines(&csv).into_iter().map(|(address, _, counts)| (address.parse().unwrap(), counts)).collect()
}

#[test]
fn every_address_has_what_tshark_sees_in_the_outermost_header() {
    if !others_installed() {
        return;
    }
    let story = story(Scale { seed: 42, ..HOME }, Style::default(), false);
    // The first occurrence of a field is the outermost header. Reassembly is off, so that a fragment is a fragment.
    let fields =
        ["frame.protocols", "eth.dst", "ip.src", "ip.dst", "ip.len", "ipv6.src", "ipv6.dst", "ipv6.plen"];
    let fields: Vec<&str> = fields.iter().flat_map(|field| ["-e", field]).collect();
    let arguments = [
        "-n",
        "-o",
        "ip.defragment:FALSE",
        "-o",
        "ipv6.defragment:FALSE",
        "-T",
        "fields",
        "-E",
        "occurrence=f",
    ];
    let arguments = [&arguments[..], &["-E", "separator=|"], &fields, &["-r"]].concat();
    let mut seen: BTreeMap<IpAddr, Counts> = BTreeMap::new();
    for line in ask("tshark", &arguments, &story.path()).lines() {
        let columns: Vec<&str> = line.split('|').collect();
        let Some(family) = columns[0].split(':').find(|name| ["ip", "ipv6"].contains(name)) else { continue };
        let (ends, bytes) = match family {
            "ip" => ([columns[2], columns[3]], columns[4].parse::<u64>().unwrap()),
            _ => ([columns[5], columns[6]], 40 + columns[7].parse::<u64>().unwrap()),
        };
        let unicast = u8::from_str_radix(&columns[1][..2], 16).unwrap() & 1 == 0;
        let mut add = |end: &str, at: usize| {
            let address: IpAddr = end.parse().unwrap();
            if address.is_unspecified() {
                // Whoever has no address yet is nobody.
                return;
            }
            let counts = seen.entry(address).or_default();
            counts[at] += 1;
            counts[at + 1] += bytes;
        };
        add(ends[0], 2);
        if unicast {
            add(ends[1], 0);
        }
    }
    assert!(seen.len() > 200, "{} addresses", seen.len());
    assert_eq!(everybody(&story), seen);
}

#[test]
fn endpoints_of_tshark_have_our_packets() {
    if !others_installed() {
        return;
    }
    let story = story(Scale { seed: 43, ..HOME }, Style::default(), false);
    let file = story.path();
    // tshark counts every IP header of a frame, those in tunnels and in ICMP's complaints too, and of a fragmented
    // IPv6 datagram one fragment. Addresses in such frames are compared in the other test.
    let fields = ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ipv6.fraghdr.offset", "eth.dst"];
    let fields: Vec<&str> = fields.iter().flat_map(|field| ["-e", field]).collect();
    let arguments = ["-n", "-o", "ipv6.defragment:FALSE", "-T", "fields", "-E", "separator=|"];
    let arguments = [&arguments[..], &["-E", "occurrence=a"], &fields, &["-r"]].concat();
    let mut left_out: HashSet<String> = HashSet::new();
    for line in ask("tshark", &arguments, &file).lines() {
        let columns: Vec<&str> = line.split('|').collect();
        let both = !columns[0].is_empty() && !columns[2].is_empty();
        let later_fragment = !matches!(columns[4], "" | "0");
        for column in &columns[..4] {
            let first = usize::from(!both && !later_fragment);
            left_out.extend(column.split(',').skip(first).map(str::to_owned));
        }
    }
    let ours = everybody(&story);
    let mut compared = [0, 0];
    for (family, table) in ["endpoints,ip", "endpoints,ipv6"].into_iter().enumerate() {
        let arguments =
            ["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-q", "-z", table, "-r"];
        for line in ask("tshark", &arguments, &file).lines() {
            // Address, packets, bytes, sent packets, sent bytes, received packets, received bytes; of frames.
            let columns: Vec<&str> = line.split_whitespace().collect();
            let Some(Ok(address)) = columns.first().map(|text| text.parse::<IpAddr>()) else { continue };
            let group = match address {
                IpAddr::V4(v4) => v4.is_multicast() || v4.octets()[3] == 255,
                IpAddr::V6(v6) => v6.is_multicast(),
            };
            if group || address.is_unspecified() || left_out.contains(columns[0]) {
                continue;
            }
            let theirs = [columns[5], columns[3]].map(|number| number.parse::<u64>().unwrap());
            assert_eq!([ours[&address][0], ours[&address][2]], theirs, "{address}");
            compared[family] += 1;
        }
    }
    assert!(compared.iter().all(|&count| count > 60), "{compared:?}");
}

#[test]
fn capinfos_counts_the_same_frames_and_bytes() {
    if !others_installed() {
        return;
    }
    for (format, snaplen) in [(Format::Pcap, 262_144), (Format::PcapNg, 96)] {
        let style = style(format, Resolution::Nano, Order::Little, snaplen);
        let story = story(Scale { seed: 44, ..HOME }, style, false);
        // A table without header or quotes: name, packets, bytes of the frames on the wire.
        let line = ask("capinfos", &["-Tr", "-BSM", "-cd"], &story.path());
        let theirs: Vec<u64> =
            line.trim().split('\t').skip(1).map(|number| number.parse().unwrap()).collect();
        let ours = samples(&story, &[]);
        let sum = |family: &str| -> u64 {
            ours.iter().filter(|(name, _)| name.starts_with(family)).map(|(_, value)| value).sum()
        };
        assert_eq!(theirs, [sum("wire_frames_total"), sum("wire_frame_bytes_total")]);
    }
}
