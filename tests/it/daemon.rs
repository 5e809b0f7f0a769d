//! The program as whoever starts it meets it: its words, its exit codes, how soon it is there and how soon gone.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use lanlord_sim::house::House;

use crate::live::lanlord::{ASK_NOBODY, Lanlord, PROGRAM, get};
use crate::live::streams::fifo;
use crate::live::traffic;
use crate::live::wait::Watch;

fn lanlord(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Exit code 1, nothing on standard output, and exactly this on standard error.
#[track_caller]
fn check_refusal(arguments: &[&str], message: &str) {
    let output = lanlord(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stderr), message);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
}

/// Exit code 0 and nothing on standard error; what it printed.
#[track_caller]
fn check_answer(arguments: &[&str]) -> String {
    let output = lanlord(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A folder with a FIFO to listen to, which needs no privilege, and its path.
fn stalled() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    fifo(&path);
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (_folder, fifo) = stalled();
    check_refusal(
        &["run", "--pcap", &fifo, "--web.listen-address", &address],
        &format!(
            "lanlord: cannot listen on {address}: another program has this port, perhaps another lanlord; stop that, \
             or choose another with `--web.listen-address`\n"
        ),
    );
}

#[test]
fn a_capture_that_is_not_there_is_named() {
    check_refusal(
        &["run", "--pcap", "/nowhere/capture", "--web.listen-address", "127.0.0.1:0"],
        "lanlord: source `wire`: cannot open the capture `/nowhere/capture`: No such file or directory (os error 2)\n",
    );
}

#[test]
fn a_configuration_that_is_wrong_is_refused_by_every_command_that_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanlord.toml");
    fs::write(&path, "[[source]]\nkind = \"wire\"\nmax_host = 5\n").unwrap();
    let path = path.to_str().unwrap();
    let expected = String::from_utf8(lanlord(&["check", "--config.file", path]).stderr).unwrap();
    assert!(
        expected.starts_with(&format!("lanlord: {path}:3:1: ")) && expected.contains("`max_hosts`"),
        "{expected}"
    );
    for arguments in [&["run"][..], &["check"], &["probe", "wire"], &["read", "x.pcap"]] {
        check_refusal(&[arguments, &["--config.file", path]].concat(), &expected);
    }
    let missing = "lanlord: /nowhere/lanlord.toml: there is no such file; check the path or create it\n";
    check_refusal(&["run", "--config.file", "/nowhere/lanlord.toml"], missing);
}

#[test]
fn check_says_what_run_would_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanlord.toml");
    let text = "[web]\nlisten_address = \"127.0.0.1:9939\"\n[names]\n\"192.168.1.10\" = \"nas\"\n\
                [[source]]\nkind = \"wire\"\nname = \"lan\"\nstream = \"/run/capture.fifo\"\ncidr = [\"192.168.1.0/24\"]\n";
    fs::write(&path, text).unwrap();
    let expected = "listens on http://127.0.0.1:9939/\nknows 1 name\nasks the resolvers of this \
                    system for names of your hosts, at most 50 times a second\nsource `lan`: follows the capture \
                    `/run/capture.fifo` and counts 192.168.1.0/24; there is no such file at present\nthe configuration is good\n";
    let answer = || check_answer(&["check", "--config.file", path.to_str().unwrap()]);
    assert_eq!(answer(), expected);
    for (dns, asks) in [
        (
            "servers = [\"10.0.0.1\", \"[::1]:5353\"]",
            "asks 10.0.0.1:53 and [::1]:5353 for names of your hosts, at most 50 times a second",
        ),
        ("enabled = false\nservers = [\"10.0.0.1\"]", "asks nobody for names of hosts"),
    ] {
        fs::write(&path, format!("{text}[dns]\n{dns}\n")).unwrap();
        assert!(answer().contains(&format!("\n{asks}\n")), "{}", answer());
    }
}

#[test]
fn probe_knows_its_sources_and_says_why_one_does_not_answer() {
    let (folder, fifo) = stalled();
    check_refusal(
        &["probe", "modem", "--pcap", &fifo],
        "lanlord: there is no source `modem`; the configuration has `wire`\n",
    );
    check_refusal(
        &["probe", "wire", "--pcap", "/nowhere/capture"],
        "lanlord: source `wire`: cannot open the capture `/nowhere/capture`: No such file or directory (os error 2)\n",
    );
    let path = folder.path().join("house.pcap");
    let truth = traffic::house(&House::new(3, 20), 1_000, &path);
    let printed = check_answer(&["probe", "wire", "--pcap", path.to_str().unwrap()]);
    let metrics = crate::live::metrics::Metrics::parse(&printed);
    assert_eq!(metrics.sum("wire_frames_total", &[]), Some(truth.totals.frames));
}

#[test]
fn every_command_explains_itself() {
    for command in ["run", "check", "read", "probe", "top", "metrics", "migrate", "man", "completions"] {
        let help = check_answer(&[command, "--help"]);
        assert!(help.contains(&format!("Usage: lanlord {command}")), "{help}");
    }
    assert!(check_answer(&["--help"]).contains("Usage: lanlord <COMMAND>"));
    assert_eq!(check_answer(&["--version"]), format!("lanlord {}\n", env!("CARGO_PKG_VERSION")));
    let metrics = check_answer(&["metrics"]);
    for name in
        ["node_bytes_total", "lan_host_received_bytes_total", "process_cpu_seconds_total", "lanlord_part_up"]
    {
        assert!(metrics.contains(name), "{name}");
    }
}

#[test]
fn it_is_ready_when_it_says_so_and_answers_at_once() {
    let (_folder, fifo) = stalled();
    let watch = Watch::start();
    let lanlord = Lanlord::here(&["--pcap", &fifo]);
    assert_eq!(lanlord.get("/metrics").0, 200);
    eprintln!("from start to the first answered scrape: {:?}", watch.elapsed());
    assert_eq!(lanlord.get("/-/healthy"), (200, "Healthy.\n".to_owned()));
    assert_eq!(lanlord.get("/-/ready"), (200, "Ready.\n".to_owned()));
    assert_eq!(lanlord.get("/nothing").0, 404);
}

/// Ends within two seconds and with exit code 0, though nobody writes to the FIFO or somebody stopped within a
/// record, and though a client keeps its connection open.
#[track_caller]
fn check_end(signal: &str) {
    let (_folder, fifo) = stalled();
    let mut lanlord = Lanlord::here(&["--pcap", &fifo]);
    lanlord.until_up();
    let mut writer = File::create(&fifo).unwrap();
    writer.write_all(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0]).unwrap();
    let idle = std::net::TcpStream::connect(&lanlord.address).unwrap();
    assert_eq!(get(&lanlord.address, "/-/ready").0, 200);
    let (status, took) = lanlord.end_by(signal);
    assert_eq!(status.code(), Some(0), "{}", lanlord.log());
    assert!(took < Duration::from_secs(2), "{took:?}\n{}", lanlord.log());
    eprintln!("SIG{signal}: gone after {took:?}");
    drop((idle, writer));
}

#[test]
fn sigterm_ends_it_within_two_seconds() {
    check_end("TERM");
}

#[test]
fn sigint_ends_it_within_two_seconds() {
    check_end("INT");
}

#[test]
fn a_log_that_nobody_reads_any_more_stops_nothing() {
    let (_folder, stream) = stalled();
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--web.listen-address", "127.0.0.1:0", "--pcap", &stream]);
    command.args(ASK_NOBODY).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("listening on") {}
    drop(lines);
    // Its reader has gone; the next line it writes, on stopping, finds nobody.
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_page_shows_hostile_names_as_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (config, capture) = (folder.path().join("lanlord.toml"), folder.path().join("house.pcap"));
    let house = House::new(3, 20);
    traffic::house(&house, 2_000, &capture);
    let hostile = house.hosts.iter().find(|host| host.name.contains('<')).unwrap();
    // A configuration cannot name a host across lines.
    let name = hostile.name.replace('\n', " ");
    let text = format!(
        "[names]\n\"{}\" = '''{}'''\n\"{}\" = '</title><script>alert(\"a\")</script>'\n[[source]]\nkind = \"wire\"\nstream = {:?}\n",
        hostile.mac, name, house.hosts[0].mac, capture
    );
    fs::write(&config, text).unwrap();
    let lanlord = Lanlord::here(&["--config.file", config.to_str().unwrap()]);
    let metrics = lanlord.until("the host is shown by its name", |metrics| {
        metrics.of("lan_host_sent_bytes_total", &[("host", &name)]).count() == 1
    });
    let named = [("device", "</title><script>alert(\"a\")</script>")];
    assert_eq!(metrics.of("node_bytes_total", &named).count(), 1);
    let (_, page) = lanlord.get("/");
    assert!(page.contains("&lt;script&gt;alert("), "{page}");
    for forbidden in ["<script", "<img", "</title><", "onerror=alert(1)>"] {
        assert!(!page.contains(forbidden), "{forbidden}\n{page}");
    }
    let log = lanlord.log();
    assert!(!log.contains('\x1b'), "{log}");
}
