//! `lanlord read` as people and scripts use it: what it prints in each format, and what it says of captures that are
//! missing, damaged or no captures, word for word.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use lanlord_sim::frames::{Plan, Traffic};
use lanlord_sim::house::House;
use lanlord_sim::pcap_out::{Capture, Style};

use crate::golden;

/// A folder with captures.
struct Folder(tempfile::TempDir);

/// What the program said, and whether it was content.
#[derive(Debug, PartialEq)]
struct Said {
    out: String,
    errors: String,
    success: bool,
}

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs `lanlord read` here, so that messages have the bare names of files.
    fn read(&self, arguments: &[&str]) -> Said {
        self.read_from(arguments, &[])
    }

    fn read_from(&self, arguments: &[&str], input: &[u8]) -> Said {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lanlord"))
            .current_dir(self.0.path())
            .arg("read")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It may stop before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Said {
            out: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
            success: output.status.success(),
        }
    }
}

/// So many frames of a small house.
fn house(packets: u64) -> Vec<u8> {
    let house = House::new(5, 8);
    let mut traffic = Traffic::new(&house, Plan { packets, duration: Duration::from_secs(60) });
    let mut capture = Capture::begin(Vec::new(), Style::default()).unwrap();
    while let Some(frame) = traffic.next_frame() {
        capture.frame(frame.at, frame.bytes).unwrap();
    }
    capture.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// A header of the classic format (draft-ietf-opsawg-pcap §4) with that link type, and one frame of 20 octets: a raw
/// IPv4 header from 192.168.1.7 to 192.168.1.8.
fn one_packet(link: u8) -> Vec<u8> {
    let mut bytes =
        vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, link, 0, 0, 0];
    bytes.extend([9, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 20, 0, 0, 0]);
    bytes.extend([0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0, 192, 168, 1, 7, 192, 168, 1, 8]);
    bytes
}

const HEAD: &str = "address,mac,host,received_packets,received_bytes,sent_packets,sent_bytes\n";
const ONE_PACKET: &str = "address,mac,host,received_packets,received_bytes,sent_packets,sent_bytes\n\
                          192.168.1.7,,,0,0,1,20\n192.168.1.8,,,1,20,0,0\n";

/// What is said of one file; `counted` is whether its one packet is in the table.
#[track_caller]
fn check(name: &str, bytes: &[u8], counted: bool, errors: &[&str], success: bool) {
    let folder = Folder::new();
    folder.write(name, bytes);
    let said = folder.read(&["--format", "csv", name]);
    let lines: String = errors.iter().map(|line| format!("lanlord: {line}\n")).collect();
    let out = if counted { ONE_PACKET } else { HEAD }.to_owned();
    assert_eq!(said, Said { out, errors: lines, success });
}

const NOT_TO_THE_END: &str = "1 of 1 captures could not be read to the end";

#[test]
fn a_good_capture_is_read_without_a_word() {
    check("a.pcap", &one_packet(101), true, &[], true);
    check("a.pcap.gz", &gzip(&one_packet(101)), true, &[], true);
}

#[test]
fn what_is_no_capture_is_said_word_for_word() {
    check("empty", &[], false, &["empty: the file is empty", NOT_TO_THE_END], false);
    check(
        "page",
        b"<html>",
        false,
        &[
            "page: not a capture: it begins with `3c 68 74 6d`; pcap and pcapng can be read, gzipped or plain",
            NOT_TO_THE_END,
        ],
        false,
    );
    check(
        "wifi",
        &one_packet(127),
        false,
        &[
            "wifi: link type 127 cannot be read; Ethernet (1), Linux cooked (113, 276), raw IP (101) and loopback (0, 108) can",
            NOT_TO_THE_END,
        ],
        false,
    );
}

#[test]
fn a_capture_that_was_cut_off_counts_as_read() {
    let bytes = [one_packet(101), one_packet(101)[24..50].to_vec()].concat();
    let message = "cut: ends within a packet (26 bytes of it are there); the 1 before it are counted";
    check("cut", &bytes, true, &[message], true);
}

#[test]
fn a_damaged_capture_counts_as_far_as_it_can_be_read() {
    let claims = [9, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
    let bytes = [&one_packet(101)[..], &claims].concat();
    let what =
        "claims 4294967295 captured bytes, more than any frame has; the capture is damaged from there on";
    let message = format!("bad: the record at byte 60 {what}; the 1 packets before it are counted");
    check("bad", &bytes, true, &[&message, NOT_TO_THE_END], false);
    let mut packed = gzip(&one_packet(101));
    let checksum = packed.len() - 8;
    packed[checksum] ^= 1;
    let what = "corrupt gzip stream does not have a matching checksum";
    let message = format!("bad.gz: {what}; the 1 packets before it are counted");
    check("bad.gz", &packed, true, &[&message, NOT_TO_THE_END], false);
    // Block type 3 of RFC 1951 §3.2.3.
    let mut packed = gzip(&one_packet(101));
    packed[10] |= 0x06;
    check("worse.gz", &packed, false, &["worse.gz: corrupt deflate stream", NOT_TO_THE_END], false);
}

#[test]
fn files_that_are_not_there_are_named() {
    let folder = Folder::new();
    std::fs::create_dir(folder.0.path().join("folder")).unwrap();
    let said = folder.read(&["--format", "csv", "none.pcap", "folder"]);
    let errors = "lanlord: none.pcap: No such file or directory (os error 2)\n\
                  lanlord: folder: Is a directory (os error 21)\n\
                  lanlord: 2 of 2 captures could not be read to the end\n";
    assert_eq!(said, Said { out: HEAD.to_owned(), errors: errors.to_owned(), success: false });
}

#[test]
fn good_captures_count_beside_bad_ones() {
    let folder = Folder::new();
    folder.write("a", &one_packet(101));
    folder.write("b", b"nonsense");
    folder.write("c", &gzip(&one_packet(101)));
    let said = folder.read(&["--format", "csv", "a", "b", "c", "none"]);
    let errors = "lanlord: b: not a capture: it begins with `6e 6f 6e 73`; pcap and pcapng can be read, gzipped or plain\n\
                  lanlord: none: No such file or directory (os error 2)\n\
                  lanlord: 2 of 4 captures could not be read to the end\n";
    let out = format!("{HEAD}192.168.1.7,,,0,0,2,40\n192.168.1.8,,,2,40,0,0\n");
    assert_eq!(said, Said { out, errors: errors.to_owned(), success: false });
}

#[test]
fn standard_input_is_a_capture_too() {
    let folder = Folder::new();
    let good = Said { out: ONE_PACKET.to_owned(), errors: String::new(), success: true };
    assert_eq!(folder.read_from(&["--format", "csv", "-"], &one_packet(101)), good);
    assert_eq!(folder.read_from(&["--format", "csv", "-"], &gzip(&one_packet(101))), good);
    let errors = "lanlord: standard input: the file is empty\n\
                  lanlord: 1 of 1 captures could not be read to the end\n";
    let empty = Said { out: HEAD.to_owned(), errors: errors.to_owned(), success: false };
    assert_eq!(folder.read_from(&["--format", "csv", "-"], &[]), empty);
}

#[test]
fn every_format_is_what_it_was() {
    let folder = Folder::new();
    folder.write("house.pcap", &house(400));
    for (format, name) in [
        ("table", "read.table"),
        ("csv", "read.csv"),
        ("json", "read.json"),
        ("prometheus", "read.prometheus"),
        ("openmetrics", "read.openmetrics"),
    ] {
        let said = folder.read(&["--format", format, "house.pcap"]);
        assert_eq!((said.errors.as_str(), said.success), ("", true), "{format}");
        golden::check(name, &said.out);
    }
    let said = folder.read(&["house.pcap"]);
    golden::check("read.table", &said.out);
    let said = folder.read(&["--by", "address", "--format", "csv", "house.pcap"]);
    golden::check("read-by-address.csv", &said.out);
}

#[test]
fn only_the_prefixes_asked_for_are_counted() {
    let folder = Folder::new();
    folder.write("house.pcap", &house(20_000));
    let addresses = |prefix: &str| -> Vec<String> {
        let said = folder.read(&["--by", "address", "--format", "csv", "--cidr", prefix, "house.pcap"]);
        assert!(said.success, "{said:?}");
        said.out.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect()
    };
    let behind = addresses("192.168.20.0/24");
    assert!(
        behind.len() == 10 && behind.iter().all(|address| address.starts_with("192.168.20.")),
        "{behind:?}"
    );
    // Bits behind the length do not matter.
    assert_eq!(addresses("192.168.20.77/24"), behind);
    let link_local = addresses("fe80::/10");
    assert!(link_local.len() > 3 && link_local.iter().all(|address| address.starts_with("fe80::")));
    let said = folder.read(&["--cidr", "192.168.1", "house.pcap"]);
    assert!(!said.success && said.out.is_empty(), "{said:?}");
}

/// What a guest may call his phone: quotes, backslash, markup, a comma for the CSV, the other direction of writing, and
/// a formula. (Line ends and escapes of a terminal are refused by the configuration.)
const HOSTILE: &str = r#"[names]
"192.168.1.7" = "bob\"'\\<b>,\u202egnp"
"192.168.1.8" = "=cmd|' /C calc'!A0"
"#;

#[test]
fn hostile_names_harm_no_format() {
    let folder = Folder::new();
    folder.write("lanlord.toml", HOSTILE.as_bytes());
    folder.write("a.pcap", &one_packet(101));
    let read = |format: &str| {
        let said = folder.read(&["--config.file", "lanlord.toml", "--format", format, "a.pcap"]);
        assert_eq!((said.errors.as_str(), said.success), ("", true), "{format}");
        said.out
    };
    golden::check("read-hostile.table", &read("table"));
    let name = "bob\"'\\<b>,\u{202e}gnp";
    // RFC 4180 and RFC 8259, as other libraries read them.
    let csv = read("csv");
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(csv.as_bytes()).records().map(|row| row.unwrap()).collect();
    assert_eq!((&rows[0][2], rows.len()), (name, 2));
    let json: serde_json::Value = serde_json::from_str(&read("json")).unwrap();
    assert_eq!(json[0]["host"], name);
    golden::check("read-hostile.prometheus", &read("prometheus"));
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let folder = Folder::new();
    folder.write("house.pcap", &house(400));
    let mut child = Command::new(env!("CARGO_BIN_EXE_lanlord"))
        .current_dir(folder.0.path())
        .args(["read", "house.pcap"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.stderr.as_slice(), output.status.success()), (&b""[..], true));
}

#[test]
fn names_come_from_a_file_that_must_be_there() {
    let folder = Folder::new();
    folder.write("a.pcap", &one_packet(101));
    let said = folder.read(&["--config.file", "none.toml", "a.pcap"]);
    assert!(!said.success && said.out.is_empty(), "{said:?}");
    assert!(said.errors.starts_with("lanlord: ") && said.errors.contains("none.toml"), "{said:?}");
}
