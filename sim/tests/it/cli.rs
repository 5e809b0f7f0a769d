//! What the command writes, and what it says when it cannot.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use crate::{folder, frames, frames_or_panic, sim};

const SMALL: [&str; 4] = ["--seed", "5", "--packets", "700"];

fn check_refusal(arguments: &[&str], expected: &str) {
    let output = frames(&folder("refusal"), arguments);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("lanlord-sim: {expected}\n"));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
}

#[test]
fn an_error_is_one_line() {
    let with = |more: &[&'static str]| [&SMALL, more].concat();
    check_refusal(
        &with(&["no/such/a.pcap", "t.csv"]),
        "writing `no/such/a.pcap`: No such file or directory (os error 2)",
    );
    check_refusal(
        &with(&["a.pcap", "no/t.csv"]),
        "writing `no/t.csv`: No such file or directory (os error 2)",
    );
    check_refusal(&with(&["a.pcap"]), "the following required arguments were not provided: <TRUTH>");
    check_refusal(
        &with(&["--hosts", "3", "a.pcap", "t.csv"]),
        "invalid value '3' for '--hosts <HOSTS>': 3 is not in 8..=240",
    );
    check_refusal(
        &with(&["--cidr", "10.0.0.0/99", "a.pcap", "t.csv"]),
        "invalid value '10.0.0.0/99' for '--cidr <PREFIX>': `10.0.0.0/99` is not a prefix such as `192.168.0.0/16` \
         or `fd00::/8`",
    );
    check_refusal(
        &with(&["/dev/full", "t.csv"]),
        "writing `/dev/full`: No space left on device (os error 28)",
    );
}

#[test]
fn the_same_seed_writes_the_same_files() {
    let folder = folder("same");
    for name in ["a", "b"] {
        let (capture, truth, totals) =
            (format!("{name}.pcap"), format!("{name}.csv"), format!("{name}.totals"));
        frames_or_panic(&folder, &[&SMALL[..], &["--totals", &totals, &capture, &truth]].concat());
    }
    for kind in ["pcap", "csv", "totals"] {
        let read = |name: &str| fs::read(folder.join(format!("{name}.{kind}"))).unwrap();
        assert!(read("a") == read("b"), "{kind}");
        assert!(!read("a").is_empty());
    }
}

#[test]
fn neither_standard_output_nor_pace_changes_the_capture() {
    let folder = folder("stdout");
    frames_or_panic(&folder, &[&SMALL[..], &["a.pcap", "a.csv"]].concat());
    let output = frames(&folder, &[&SMALL[..], &["--rate", "20000", "-", "b.csv"]].concat());
    assert!(output.status.success());
    assert!(fs::read(folder.join("a.pcap")).unwrap() == output.stdout);
    assert_eq!(fs::read(folder.join("a.csv")).unwrap(), fs::read(folder.join("b.csv")).unwrap());
}

#[test]
fn a_paced_capture_can_be_read_while_it_grows() {
    let folder = folder("paced");
    let mut child = sim()
        .current_dir(&folder)
        .args(["frames", "--seed", "5", "--packets", "1000000", "--rate", "50", "-", "t.csv"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 24 + 16 + 60];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    // At this rate it would take more than five hours.
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(running);
    assert_eq!(start[..4], [0xd4, 0xc3, 0xb2, 0xa1]);
}

#[test]
fn the_truth_is_a_table_about_the_addresses_asked_for() {
    let folder = folder("truth");
    let arguments =
        ["--seed", "5", "--packets", "5000", "--cidr", "192.168.20.0/24", "--cidr", "2001:db8:1::/48"];
    frames_or_panic(&folder, &[&arguments[..], &["a.pcap", "t.csv"]].concat());
    let mut table = csv::Reader::from_path(folder.join("t.csv")).unwrap();
    let columns = "address,mac,host,received_packets,received_bytes,sent_packets,sent_bytes";
    assert_eq!(table.headers().unwrap().iter().collect::<Vec<_>>().join(","), columns);
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert!(rows.len() > 10);
    for row in rows {
        let behind = row[0].starts_with("192.168.20.") || row[0].starts_with("2001:db8:1:20:");
        assert!(behind || row[0].starts_with("2001:db8:1:"), "{row:?}");
        assert_eq!(row[1].is_empty(), behind, "{row:?}");
        assert!(!row[2].is_empty(), "{row:?}");
    }
}
