//! The log as those who read it meet it: other people's parsers, the journal, a terminal, and nobody at all.

use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::fcntl::OFlag;
use tempfile::TempDir;

use crate::live::lanlord::{PROGRAM, get};
use crate::live::metrics::Metrics;
use crate::live::netns::{not_run, run};
use crate::live::streams::fifo;
use crate::live::wait::{Watch, until};
use crate::service::Service;

/// A name that would like to be more than a value.
const HOSTILE: &str = "a\" level=error\n<3>msg=\"forged\" \\\u{1b}[31m\u{202e}é=b\r\u{2028}";

/// Starts it with a capture of a hostile name, lets it end again, and returns what it has logged.
fn logged(change: impl FnOnce(&mut Command)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join(HOSTILE);
    fifo(&capture);
    let mut service = Service::follow(folder, &capture, change);
    service.hears_where();
    service.ends();
    service.log()
}

/// Whether this machine has the parsers.
fn has_python() -> bool {
    let there = Command::new("python3").arg("--version").output().is_ok();
    there || not_run::<()>("`python3` is missing").is_some()
}

/// Checks that every character belongs to a line in the order of `ts`, `level`, `msg`, and that the hostile name began no line;
/// prints how many lines there are.
const CHECK: &str = r#"
import json, re, sys
form, lines = sys.argv[1], sys.stdin.buffer.read().decode("utf-8").split("\n")
assert lines.pop() == "", "the last line has no end"
# https://brandur.org/logfmt: pairs, separated by a space; what has spaces, quotes or equal signs is in quotes.
pair = re.compile(r'([a-z_]+)=("(?:[^"\\\x00-\x1f]|\\["\\])*"|[^\s"=\\]+)(?: |$)')
def logfmt(line):
    at, fields = 0, []
    while at < len(line):
        match = pair.match(line, at)
        assert match, line[at:]
        value = match[2]
        fields.append((match[1], json.loads(value) if value.startswith('"') else value))
        at = match.end()
    return fields
def once(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return pairs
parse = {"logfmt": logfmt, "json": lambda line: json.loads(line, object_pairs_hook=once)}[form]
for line in lines:
    pairs = once(parse(line))
    assert [key for key, _ in pairs][:3] == ["ts", "level", "msg"], line
    fields = dict(pairs)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", fields["ts"]), line
    assert fields["level"] == "info", line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202e\u2028]", "".join(fields.values())), line
named = [fields for fields in map(dict, map(parse, lines)) if "follows the capture" in fields["msg"]]
assert len(named) == 1 and named[0]["source"] == "wire", named
assert '" level=error[U+000A]<3>msg="forged" \\[U+001B][31m[U+202E]é=b[U+000D][U+2028]' in named[0]["msg"], named
assert any(fields["msg"].startswith("listening on http://127.0.0.1:") for fields in map(dict, map(parse, lines)))
"#;

fn check(format: &str, log: &str) {
    let mut command = Command::new("python3");
    let mut child = command.args(["-c", CHECK, format]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(log.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{log}");
}

#[test]
fn other_programs_can_read_every_line_whatever_others_call_themselves() {
    for format in ["logfmt", "json"].into_iter().filter(|_| has_python()) {
        check(format, &logged(|command| _ = command.args(["--log.format", format])));
    }
}

#[test]
fn without_a_word_it_is_logfmt_where_no_person_reads() {
    if has_python() {
        check("logfmt", &logged(|_| ()));
    }
}

#[test]
fn the_command_line_wins_over_the_file() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanlord.toml");
    std::fs::write(&path, "[log]\nlevel = \"error\"\nformat = \"json\"\n").unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(logged(|command| _ = command.args(["--config.file", path])), "");
    check("json", &logged(|command| _ = command.args(["--config.file", path, "--log.level", "info"])));
    check(
        "logfmt",
        &logged(|command| {
            command.args(["--config.file", path, "--log.level", "info", "--log.format", "logfmt"]);
        }),
    );
}

// systemd.exec(5), `$JOURNAL_STREAM`; the priorities are those of sd-daemon(3).
#[test]
fn the_journal_gets_priorities_and_keeps_the_time_itself() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("capture");
    std::fs::write(&capture, "this is no capture, and never will be one, whatever comes after it").unwrap();
    let output = File::create(folder.path().join("output")).unwrap();
    let metadata = output.metadata().unwrap();
    let lines = |journal: String| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut service = Service::follow(folder, &capture, |command| {
            let output = OpenOptions::new().append(true).create(true).open(&path).unwrap();
            let metadata = output.metadata().unwrap();
            let own = format!("{}:{}", metadata.dev(), metadata.ino());
            command.env("JOURNAL_STREAM", if journal.is_empty() { own } else { journal }).stderr(output);
        });
        service.hears_where();
        until("the source is down", || service.log().contains("misbehaved").then_some(()));
        service.ends();
        service.log()
    };
    let log = lines(String::new());
    for line in log.lines() {
        let (priority, rest) = line.split_at(3);
        let expected = if line.contains("misbehaved") { "<4>level=warn " } else { "<6>level=info " };
        assert!(format!("{priority}{rest}").starts_with(expected), "{line}");
        assert!(!line.contains("ts="), "{line}");
    }
    // Of another file, such as the one before somebody redirected us.
    let log = lines(format!("{}:{}", metadata.dev(), metadata.ino()));
    assert!(log.lines().count() > 3 && log.lines().all(|line| line.starts_with("ts=")), "{log}");
}

/// Runs a program on a terminal until it has said a word; what the terminal showed.
const TERMINAL: &str = r#"
import os, pty, signal, subprocess, sys
ours, theirs = pty.openpty()
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
shown = b""
while b"listening on" not in shown:
    shown += os.read(ours, 4096)
program.send_signal(signal.SIGTERM)
while b"stopping" not in shown:
    shown += os.read(ours, 4096)
assert program.wait() == 0
sys.stdout.buffer.write(shown)
"#;

#[test]
fn on_a_terminal_it_is_text_with_our_colours_and_no_others() {
    if !has_python() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join(HOSTILE);
    fifo(&capture);
    let shown = |colours: &str| {
        let mut command = Command::new("python3");
        command.args(["-c", TERMINAL, PROGRAM, "run", "--web.listen-address", "127.0.0.1:0", "--pcap"]);
        run(command.arg(&capture).env("NO_COLOR", colours))
    };
    let plain = shown("1");
    assert!(!plain.contains('\u{1b}') && plain.contains("Z INFO  listening on http://127.0.0.1:"), "{plain}");
    let colourful = shown("");
    assert!(colourful.contains("Z \u{1b}[32mINFO \u{1b}[0m listening on http://127.0.0.1:"), "{colourful}");
    let ours = colourful.matches("\u{1b}[32m").count() + colourful.matches("\u{1b}[0m").count();
    assert_eq!(colourful.matches('\u{1b}').count(), ours, "{colourful}");
}

/// A pipe into which nothing more fits, and whose other end nobody reads.
pub fn full_pipe() -> (PipeReader, OwnedFd) {
    let (reader, writer) = io::pipe().unwrap();
    // Opened anew: the mode of this one is not that of the other.
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    let mut open = OpenOptions::new();
    let mut filler = open.write(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path).unwrap();
    while filler.write(&[b'x'; 1_024]).is_ok() {}
    while filler.write(b"x").is_ok() {}
    (reader, OwnedFd::from(writer))
}

#[test]
fn a_log_that_is_full_and_that_nobody_reads_stops_neither_scrapes_nor_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("capture");
    fifo(&capture);
    let (reader, full) = full_pipe();
    let mut service = Service::follow(folder, &capture, |command| _ = command.stderr(full));
    let place = service.hears_where();
    let metrics = until("the source is up", || {
        let (status, body) = get(&place, "/metrics");
        assert_eq!(status, 200);
        Some(Metrics::parse(&body)).filter(|metrics| metrics.sum("lanlord_part_up", &[]) == Some(1))
    });
    // Lines wait; none is lost yet.
    assert_eq!(metrics.sum("lanlord_log_dropped_lines_total", &[]), Some(0));
    service.ends();
    drop(reader);
}

#[test]
fn a_mistake_that_nobody_reads_still_ends_it() {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let (reader, full) = full_pipe();
    let mut command = Command::new(PROGRAM);
    command.args(["run", "--config.file"]).arg(folder.path().join("missing")).stderr(full);
    let watch = Watch::start();
    let mut child = command.spawn().unwrap();
    let status = until("lanlord ends", || child.try_wait().unwrap());
    assert_eq!(status.code(), Some(1));
    assert!(watch.elapsed() < Duration::from_secs(5), "{:?}", watch.elapsed());
    drop(reader);
}
