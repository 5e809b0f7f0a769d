//! The minute page in the log of the running program, against the simulator's truth.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::net::IpAddr;
use std::time::Duration;

use lanlord_sim::frames::{Plan, Traffic};
use lanlord_sim::house::{House, Mac};
use lanlord_sim::pcap_out::{Capture, Style};
use lanlord_sim::prefix::LOCAL;
use lanlord_sim::truth::Truth;

use crate::live::lanlord::Lanlord;
use crate::live::traffic;
use crate::live::wait::{ask_for, pass, until_or};

/// Received and sent, in tenths of thousands of bytes, and how many lines said so.
type Said = HashMap<IpAddr, [i64; 3]>;

/// What all pages together say of each address.
fn said(log: &str) -> Said {
    let mut said = Said::new();
    for line in log.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [.., received, sent] = words[..] else { continue };
        let address = words.iter().find_map(|word| word.parse::<IpAddr>().ok());
        let tenths = |word: &str| word.strip_suffix('k')?.replace('.', "").parse::<i64>().ok();
        let (Some(address), Some(received), Some(sent)) = (address, tenths(received), tenths(sent)) else {
            continue;
        };
        let sums = said.entry(address).or_default();
        for (sum, more) in sums.iter_mut().zip([received, sent, 1]) {
            *sum += more;
        }
    }
    said
}

/// Whether the pages say what is true of each device, to the last digit of each of their lines. A router's addresses
/// have rows of their own, and together they are the router.
fn agrees(said: &Said, house: &House, truth: &Truth) -> bool {
    let mut devices: HashMap<Result<Mac, IpAddr>, [i64; 2]> = HashMap::new();
    let mut of_pages: HashMap<Result<Mac, IpAddr>, [i64; 3]> = HashMap::new();
    for row in truth.rows(house, &LOCAL) {
        let device = row.mac.ok_or(row.address);
        let sums = devices.entry(device).or_default();
        sums[0] += row.counts.received_bytes as i64;
        sums[1] += row.counts.sent_bytes as i64;
        let shown = said.get(&row.address).copied().unwrap_or_default();
        for (sum, more) in of_pages.entry(device).or_default().iter_mut().zip(shown) {
            *sum += more;
        }
    }
    devices.into_iter().all(|(device, truth)| {
        let [received, sent, lines] = of_pages[&device];
        // Half of the last digit for each line.
        let near = |said: i64, truth: i64| (said * 100 - truth).abs() <= 50 * lines;
        near(received, truth[0]) && near(sent, truth[1])
    })
}

/// A configuration with a page every second, and a capture that grows.
fn start(folder: &std::path::Path, more: &str, arguments: &[&str]) -> (Lanlord, std::path::PathBuf) {
    let (config, capture) = (folder.join("lanlord.toml"), folder.join("capture"));
    fs::write(&capture, "").unwrap();
    let source = format!("[[source]]\nkind = \"wire\"\nstream = {capture:?}\n");
    fs::write(&config, format!("[log]\nformat = \"text\"\nminute_page_every = \"1s\"\n{more}{source}"))
        .unwrap();
    let arguments = [&["--config.file", config.to_str().unwrap()], arguments].concat();
    (Lanlord::here(&arguments), capture)
}

#[test]
fn the_pages_of_a_growing_capture_add_up_to_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    // Twenty hosts on the segment and ten behind its router: all of them have room on a page.
    let house = House::new(4, 20);
    let (lanlord, path) = start(folder.path(), "", &[]);
    let file = OpenOptions::new().append(true).open(path).unwrap();
    let mut house_traffic = Traffic::new(&house, Plan { packets: 3_000, duration: Duration::from_secs(60) });
    let mut capture = Capture::begin(file, Style::default()).unwrap();
    // In three pieces, so that hosts are on several pages, each time with what came since the last.
    for _ in 0..3 {
        for _ in 0..1_000 {
            let frame = house_traffic.next_frame().unwrap();
            capture.frame(frame.at, frame.bytes).unwrap();
        }
        capture.flush().unwrap();
        let truth = house_traffic.truth();
        let mut agree = || agrees(&said(&lanlord.log()), &house, truth).then_some(());
        let answer = ask_for(Duration::from_secs(40), &mut agree);
        until_or(answer, || format!("the pages and the truth: {truth:#?}\n{}", lanlord.log()));
    }
    let log = lanlord.log();
    assert!(
        log.contains(" INFO  ------------------- Summary Stats of the last 1 s -------------------\n"),
        "{log}"
    );
    assert!(said(&log).values().any(|[_, _, lines]| *lines > 1), "{log}");
}

#[test]
fn names_do_no_harm_on_a_page_and_keep_its_columns() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::new(3, 20);
    let names = format!(
        "[names]\n\"{}\" = \"\\u202egpj.\\u2028exe\"\n\"{}\" = \"プリンターとルーターと冷蔵庫とテレビとスピーカー\"\n",
        house.hosts[0].mac, house.hosts[2].mac
    );
    let (lanlord, path) = start(folder.path(), &names, &[]);
    traffic::house(&house, 2_000, &path);
    let answer = ask_for(Duration::from_secs(40), &mut || {
        let log = lanlord.log();
        (log.contains("[U+202E]gpj.[U+2028]exe") && log.contains("プリンターとルーターと冷蔵庫…"))
            .then_some(log)
    });
    let log = until_or(answer, || lanlord.log());
    assert!(!log.contains(['\u{202e}', '\u{2028}', '\u{1b}']), "{log}");
}

#[test]
fn without_the_page_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    for (more, arguments) in [("minute_page = false\n", &[][..]), ("", &["--log.minute-page", "false"])] {
        let (lanlord, path) = start(folder.path(), more, arguments);
        traffic::house(&House::new(3, 20), 100, &path);
        lanlord.until_at_least("wire_frames_total", &[], 100);
        pass(Duration::from_secs(4));
        assert!(!lanlord.log().contains("Summary Stats"), "{}", lanlord.log());
    }
}
