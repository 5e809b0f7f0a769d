//! tshark and capinfos against our captures and truth: two programs that share no line with us must agree.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{folder, frames_or_panic};

/// Whether the programs are there. On a developer's machine a test may pass without them, but says so; in CI it
/// may not.
fn installed() -> bool {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if there("tshark") && there("capinfos") {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "tshark and capinfos are missing, and CI must have them");
    // Straight to the stream: what goes through `eprintln!` nobody sees of a test that passes.
    let _ = writeln!(
        io::stderr(),
        "!!! NOT CHECKED: tshark or capinfos is missing, so nobody else has read our captures !!!"
    );
    false
}

fn ask(program: &str, arguments: &[&str], capture: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(capture).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Twenty thousand packets with the truth about every address, remote ends and all.
fn capture(name: &str) -> PathBuf {
    let folder = folder(name);
    let what = ["--seed", "20", "--packets", "20000", "--cidr", "0.0.0.0/0", "--cidr", "::/0"];
    frames_or_panic(&folder, &[&what[..], &["--totals", "totals.csv", "a.pcap", "truth.csv"]].concat());
    folder
}

type Counts = [u64; 4];

fn truth(folder: &Path) -> BTreeMap<IpAddr, Counts> {
    let mut table = csv::Reader::from_path(folder.join("truth.csv")).unwrap();
    let rows = table.records().map(|row| {
        let row = row.unwrap();
        (row[0].parse().unwrap(), [3, 4, 5, 6].map(|column| row[column].parse().unwrap()))
    });
    rows.collect()
}

fn totals(folder: &Path) -> BTreeMap<String, u64> {
    let mut table = csv::Reader::from_path(folder.join("totals.csv")).unwrap();
    table.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].parse().unwrap())).collect()
}

#[test]
fn nothing_is_malformed_and_every_checksum_is_good() {
    if !installed() {
        return;
    }
    let file = capture("malformed").join("a.pcap");
    assert_eq!(ask("tshark", &["-n", "-Y", "_ws.malformed", "-r"], &file), "");
    let checksums = ["ip", "tcp", "udp", "icmp", "icmpv6", "igmp"];
    let mut arguments = vec!["-n".to_owned()];
    for protocol in ["ip", "tcp", "udp"] {
        arguments.extend(["-o".to_owned(), format!("{protocol}.check_checksum:TRUE")]);
    }
    let filter = |status: &str| checksums.map(|protocol| format!("{protocol}.checksum.status=={status}"));
    let ask_for = |filter: &str| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(["-Y", filter, "-r"]).collect();
        ask("tshark", &arguments, &file)
    };
    assert_eq!(ask_for(&filter("Bad").join(" || ")), "");
    // That nothing is bad means nothing unless tshark really looked, at every protocol.
    for good in filter("Good") {
        assert!(ask_for(&good).lines().count() > 10, "{good}");
    }
}

/// What tshark says of each frame. Reassembly is off, so that a fragment is a fragment.
const FIELDS: [&str; 11] = [
    "frame.len",
    "frame.protocols",
    "eth.dst",
    "ip.src",
    "ip.dst",
    "ip.len",
    "ip.proto",
    "ipv6.src",
    "ipv6.dst",
    "ipv6.plen",
    "ipv6.fraghdr.nxt",
];

#[test]
fn every_address_and_every_total_is_what_tshark_sees() {
    if !installed() {
        return;
    }
    let folder = capture("fields");
    let mut arguments =
        vec!["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-T", "fields"];
    // The first occurrence of a field is the outermost header, which is the one that counts.
    arguments.extend(["-E", "occurrence=f", "-E", "separator=|"]);
    arguments.extend(FIELDS.iter().flat_map(|field| ["-e", field]));
    arguments.push("-r");
    let mut addresses: BTreeMap<IpAddr, Counts> = BTreeMap::new();
    let mut seen: BTreeMap<String, u64> = totals(&folder).into_keys().map(|name| (name, 0)).collect();
    for line in ask("tshark", &arguments, &folder.join("a.pcap")).lines() {
        let frame: Vec<&str> = line.split('|').collect();
        let number = |index: usize| frame[index].parse::<u64>().unwrap();
        let mut add = |name: &str, value: u64| *seen.get_mut(name).unwrap() += value;
        add("frames", 1);
        add("wire_bytes", number(0));
        let unicast = u8::from_str_radix(&frame[2][..2], 16).unwrap() & 1 == 0;
        add(
            match frame[2] {
                _ if unicast => "unicast_frames",
                "ff:ff:ff:ff:ff:ff" => "broadcast_frames",
                _ => "multicast_frames",
            },
            1,
        );
        let protocols: Vec<&str> = frame[1].split(':').collect();
        let outermost = protocols.iter().position(|protocol| ["ip", "ipv6"].contains(protocol));
        let Some(outermost) = outermost else {
            add(not_ip(&protocols), 1);
            continue;
        };
        let (family, source, destination, bytes) = match protocols[outermost] {
            "ip" => ("ipv4", frame[3], frame[4], number(5)),
            _ => ("ipv6", frame[7], frame[8], 40 + number(9)),
        };
        let transport = match family {
            "ipv4" => transport(frame[6]),
            _ => after_extensions(&protocols[outermost + 1..], frame[10]),
        };
        for name in [family.to_owned(), format!("{family}_{transport}")] {
            add(&format!("{name}_packets"), 1);
            add(&format!("{name}_bytes"), bytes);
        }
        let mut end = |address: &str, packets: usize| {
            let counts = addresses.entry(address.parse().unwrap()).or_default();
            counts[packets] += 1;
            counts[packets + 1] += bytes;
        };
        end(source, 2);
        if unicast {
            end(destination, 0);
        }
    }
    assert_eq!(addresses, truth(&folder));
    assert_eq!(seen, totals(&folder));
}

fn not_ip(protocols: &[&str]) -> &'static str {
    let has = |name| protocols.contains(&name);
    match () {
        () if has("arp") => "arp_frames",
        () if has("llc") => "llc_frames",
        () if has("pppoed") || has("pppoes") => "pppoe_control_frames",
        () => "other_ethertype_frames",
    }
}

fn transport(number: &str) -> &'static str {
    match number {
        "1" | "58" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        _ => "other",
    }
}

/// tshark names what it recognised; of a later fragment it knows only what the fragment header says.
fn after_extensions(protocols: &[&str], fragment_next: &str) -> &'static str {
    match protocols.iter().find(|name| !name.starts_with("ipv6.") && **name != "ah") {
        Some(&"tcp") => "tcp",
        Some(&"udp") => "udp",
        Some(&"icmpv6") => "icmp",
        Some(&"data") => transport(fragment_next),
        _ => "other",
    }
}

#[test]
fn endpoints_of_tshark_have_the_packets_of_the_truth() {
    if !installed() {
        return;
    }
    let folder = capture("endpoints");
    let file = folder.join("a.pcap");
    // tshark counts every IP header of a frame, those in tunnels and in ICMP's complaints too, where the truth counts
    // the outermost; and of a fragmented IPv6 datagram it counts one fragment. So addresses in such frames are left
    // out here: they are compared, whole, in the other test.
    let fields =
        ["ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ipv6.fraghdr.offset"].map(|field| ["-e", field]);
    let arguments =
        ["-n", "-o", "ipv6.defragment:FALSE", "-T", "fields", "-E", "occurrence=a", "-E", "separator=|"];
    let arguments = [&arguments[..], &fields.concat(), &["-r"]].concat();
    let mut left_out: HashSet<String> = HashSet::new();
    for line in ask("tshark", &arguments, &file).lines() {
        let columns: Vec<&str> = line.split('|').collect();
        let both = !columns[0].is_empty() && !columns[2].is_empty();
        let later_fragment = !matches!(columns[4], "" | "0");
        for column in &columns[..4] {
            // Where both families occur, either could be the inner one; else the first is the outermost.
            let first = usize::from(!both && !later_fragment);
            left_out.extend(column.split(',').skip(first).map(str::to_owned));
        }
    }
    let mut compared = [0, 0];
    let truth = truth(&folder);
    for (family, table) in ["endpoints,ip", "endpoints,ipv6"].into_iter().enumerate() {
        let mut seen: BTreeMap<IpAddr, [u64; 2]> = BTreeMap::new();
        let arguments =
            ["-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-q", "-z", table, "-r"];
        for line in ask("tshark", &arguments, &file).lines() {
            // Address, packets, bytes, sent packets, sent bytes, received packets, received bytes; bytes are those
            // of frames, which the truth does not count by address.
            let columns: Vec<&str> = line.split_whitespace().collect();
            let Some(Ok(address)) = columns.first().map(|text| text.parse()) else { continue };
            seen.insert(address, [columns[5].parse().unwrap(), columns[3].parse().unwrap()]);
        }
        for (address, counts) in truth.iter().filter(|(address, _)| address.is_ipv6() == (family == 1)) {
            if !left_out.contains(&address.to_string()) {
                assert_eq!(seen.get(address), Some(&[counts[0], counts[2]]), "{address}");
                compared[family] += 1;
            }
        }
    }
    assert!(compared.iter().all(|&count| count > 60), "{compared:?}");
}

#[test]
fn capinfos_reads_every_format() {
    if !installed() {
        return;
    }
    let folder = folder("formats");
    let formats: [(&[&str], &str, &str); 5] = [
        (&[], "pcap", "microseconds"),
        (&["--nanoseconds"], "nsecpcap", "nanoseconds"),
        (&["--big-endian", "--snaplen", "96"], "pcap", "microseconds"),
        (&["--format", "pcapng"], "pcapng", "microseconds"),
        (
            &["--format", "pcapng", "--nanoseconds", "--big-endian", "--snaplen", "96"],
            "pcapng",
            "nanoseconds",
        ),
    ];
    let same = ["--seed", "4", "--packets", "2000", "--totals", "totals.csv"];
    for (style, kind, resolution) in formats {
        frames_or_panic(&folder, &[&same[..], style, &["a", "truth.csv"]].concat());
        // A table without header or quotes: name, type, link, time precision, packets, bytes of the frames on the
        // wire, then the earliest and latest time in seconds.
        let line = ask("capinfos", &["-Tr", "-BSM", "-tEFcdae"], &folder.join("a"));
        let columns: Vec<&str> = line.trim().split('\t').collect();
        let bytes = totals(&folder)["wire_bytes"].to_string();
        assert_eq!(columns[1..6], [kind, "ether", resolution, "2000", &*bytes], "{style:?}");
        let seconds = [columns[6], columns[7]].map(|time| time.parse::<f64>().unwrap());
        // 2026-01-01T00:00:00Z and a quarter of an hour later.
        assert!(seconds[0] >= 1_767_225_600.0 && seconds[0] < 1_767_225_601.0, "{style:?} {seconds:?}");
        assert!(seconds[1] < 1_767_226_500.0 && seconds[1] > 1_767_226_499.0, "{style:?} {seconds:?}");
    }
}
