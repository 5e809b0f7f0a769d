//! Captures that are still being written. No privilege, no interface.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use lanlord_sim::frames::{Plan, Traffic};
use lanlord_sim::house::House;
use lanlord_sim::pcap_out::{Capture, Style};

use super::lanlord::{Lanlord, PROGRAM};
use super::metrics::Metrics;
use super::netns::run;
use super::wait;

/// A FIFO.
pub fn fifo(path: &Path) {
    run(Command::new("mkfifo").arg(path));
}

/// Writes a house's traffic in pieces, and waits after each until lanlord has counted it to the byte. `before` is
/// what other writers wrote. Returns frames and their bytes, with those before.
fn write_in_pieces(lanlord: &Lanlord, out: impl Write, seed: u64, before: [u64; 2]) -> [u64; 2] {
    let house = House::new(seed, 20);
    let plan = Plan { packets: 900, duration: Duration::from_secs(60) };
    let mut traffic = Traffic::new(&house, plan);
    let mut capture = Capture::begin(out, Style::default()).unwrap();
    let mut written = before;
    for piece in [1, 99, 800] {
        for _ in 0..piece {
            let frame = traffic.next_frame().unwrap();
            capture.frame(frame.at, frame.bytes).unwrap();
        }
        capture.flush().unwrap();
        let totals = &traffic.truth().totals;
        written = [before[0] + totals.frames, before[1] + totals.wire_bytes];
        check(lanlord, written);
    }
    written
}

#[track_caller]
fn check(lanlord: &Lanlord, written: [u64; 2]) -> Metrics {
    let metrics = lanlord.until_at_least("wire_frames_total", &[], written[0]);
    let counted = ["wire_frames_total", "wire_frame_bytes_total"].map(|name| metrics.sum(name, &[]).unwrap());
    assert_eq!(counted, written);
    metrics
}

#[test]
fn what_comes_through_a_fifo_is_counted_as_it_comes_whoever_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    fifo(&path);
    let lanlord = Lanlord::here(&["--pcap", path.to_str().unwrap()]);
    lanlord.until_up();
    let first = write_in_pieces(&lanlord, File::create(&path).unwrap(), 1, [0, 0]);
    // The first writer has gone. That is no end, and no reason to be busy.
    let before = lanlord.cpu();
    wait::pass(Duration::from_secs(2));
    let used = lanlord.cpu() - before;
    assert!(used < Duration::from_millis(100), "used {used:?} of CPU in 2 s without a writer");
    assert_eq!(lanlord.metrics().sum("lanlord_part_up", &[]), Some(1));
    let second = write_in_pieces(&lanlord, File::create(&path).unwrap(), 2, first);
    // A third comes before the second has gone, so that in the pipe there is no end between the two.
    let leaving = File::create(&path).unwrap();
    let third = write_in_pieces(&lanlord, &leaving, 3, second);
    let coming = File::create(&path).unwrap();
    drop(leaving);
    write_in_pieces(&lanlord, coming, 4, third);
}

#[test]
fn standard_input_is_counted_as_it_comes_and_its_end_is_told() {
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--pcap", "-"]).stdin(Stdio::piped());
    let mut lanlord = Lanlord::spawn(command, None);
    lanlord.until_up();
    let stdin = lanlord.child.stdin.take().unwrap();
    write_in_pieces(&lanlord, &stdin, 1, [0, 0]);
    drop(stdin);
    let metrics = lanlord.until("its part is down", |metrics| metrics.sum("lanlord_part_up", &[]) == Some(0));
    assert!(metrics.sum("lanlord_visits_total", &[("outcome", "unreachable")]) >= Some(1));
    let (_, page) = lanlord.get("/");
    let message = "the capture `stdin` has ended: whoever wrote it has closed it";
    assert!(page.contains(message) && page.contains("<span class=\"code\">ended</span>"), "{page}");
    assert_eq!(lanlord.log().matches(message).count(), 1, "{}", lanlord.log());
    assert_eq!(lanlord.get("/-/healthy").0, 200);
}

#[test]
fn a_file_that_grows_is_counted_as_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    let file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
    let lanlord = Lanlord::here(&["--pcap", path.to_str().unwrap()]);
    lanlord.until_up();
    write_in_pieces(&lanlord, &file, 1, [0, 0]);
}

#[test]
fn what_is_in_a_file_already_is_counted_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    let truth = super::traffic::house(&House::new(5, 60), 200_000, &path);
    let watch = wait::Watch::start();
    let lanlord = Lanlord::here(&["--pcap", path.to_str().unwrap()]);
    check(&lanlord, [truth.totals.frames, truth.totals.wire_bytes]);
    let took = watch.elapsed();
    let size = std::fs::metadata(&path).unwrap().len() >> 20;
    eprintln!("{size} MiB that were there already took {took:?}");
    // A block a visit would take minutes; the visit every second is all that it waits for.
    assert!(took < Duration::from_secs(6), "{size} MiB took {took:?}");
}

#[test]
fn what_is_no_capture_is_told_and_nothing_else_stops() {
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--pcap", "-"]).stdin(Stdio::piped());
    let mut lanlord = Lanlord::spawn(command, None);
    lanlord.child.stdin.take().unwrap().write_all(b"tcpdump: eth0: No such device exists\n").unwrap();
    lanlord.until("its part is down", |metrics| metrics.sum("lanlord_part_up", &[]) == Some(0));
    let (_, page) = lanlord.get("/");
    let message = "not a capture: it begins with `74 63 70 64`";
    assert!(page.contains(message) && page.contains("`stdin`"), "{page}");
}

#[test]
fn after_a_writer_of_rubbish_a_fifo_follows_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    fifo(&path);
    let lanlord = Lanlord::here(&["--pcap", path.to_str().unwrap()]);
    lanlord.until_up();
    let mut rubbish = File::create(&path).unwrap();
    rubbish.write_all(&b"tcpdump: eth0: No such device exists\n".repeat(5_000)).unwrap();
    lanlord.until("its part is down", |metrics| metrics.sum("lanlord_part_up", &[]) == Some(0));
    drop(rubbish);
    lanlord.until_up();
    write_in_pieces(&lanlord, File::create(&path).unwrap(), 1, [0, 0]);
}

#[test]
fn a_gzipped_file_that_grows_is_read_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, path) = (folder.path().join("plain"), folder.path().join("capture.gz"));
    let truth = super::traffic::house(&House::new(6, 20), 5_000, &plain);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&std::fs::read(&plain).unwrap()).unwrap();
    let packed = packed.finish().unwrap();
    // Two octets, which could be anything; then a half; then the rest.
    let (mut file, half) = (File::create(&path).unwrap(), packed.len() / 2);
    file.write_all(&packed[..2]).unwrap();
    let lanlord = Lanlord::here(&["--pcap", path.to_str().unwrap()]);
    lanlord.until_up();
    file.write_all(&packed[2..half]).unwrap();
    lanlord.until_at_least("wire_frames_total", &[], 1);
    file.write_all(&packed[half..]).unwrap();
    check(&lanlord, [truth.totals.frames, truth.totals.wire_bytes]);
}

#[test]
fn a_file_that_is_begun_anew_is_read_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let (path, next) = (folder.path().join("capture"), folder.path().join("next"));
    let long = super::traffic::house(&House::new(7, 20), 2_000, &path);
    let short = super::traffic::house(&House::new(8, 20), 500, &next);
    let lanlord = Lanlord::here(&["--pcap", path.to_str().unwrap()]);
    check(&lanlord, [long.totals.frames, long.totals.wire_bytes]);
    // As a log rotation does that copies and cuts.
    std::fs::write(&path, std::fs::read(&next).unwrap()).unwrap();
    let sums = [long.totals.frames + short.totals.frames, long.totals.wire_bytes + short.totals.wire_bytes];
    check(&lanlord, sums);
}
