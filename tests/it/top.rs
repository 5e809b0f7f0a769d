//! `lanlord top --once` with the built program, and what it says when there is no lanlord to ask. The live picture is
//! in tests/interop/top.py, where somebody else's terminal looks at it.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use lanlord_sim::house::House;
use lanlord_sim::prefix::LOCAL;

use crate::live::lanlord::{Lanlord, PROGRAM};
use crate::live::traffic;
use crate::live::wait::{PATIENCE, Watch};

fn top(url: &str, arguments: &[&str]) -> Output {
    Command::new(PROGRAM)
        .args(["top", "--interval", "200ms", "--url", url])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Exit code 1, nothing on standard output, and exactly this on standard error.
#[track_caller]
fn check_refusal(url: &str, message: &str) {
    let output = top(url, &[]);
    assert_eq!(String::from_utf8_lossy(&output.stderr), message);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
}

#[test]
fn once_prints_what_each_host_had_in_the_order_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let (config, capture) = (folder.path().join("lanlord.toml"), folder.path().join("capture"));
    let house = House::new(3, 20);
    let truth = traffic::house(&house, 2_000, &capture);
    let names: Vec<String> =
        house.hosts.iter().map(|host| format!("\"{}\" = \"host {}\"\n", host.mac, host.ipv4)).collect();
    let text = format!("[names]\n{}[[source]]\nkind = \"wire\"\nstream = {capture:?}\n", names.concat());
    fs::write(&config, text).unwrap();
    let lanlord = Lanlord::here(&["--config.file", config.to_str().unwrap()]);
    lanlord.until_at_least("wire_frames_total", &[], truth.totals.frames);
    lanlord.until("the hosts are shown", |metrics| metrics.sum("wire_hosts", &[]) > Some(20));
    let output = top(&format!("http://{}/", lanlord.address), &["--sort", "total", "--once"]);
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut lines = printed.lines();
    let head: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["name", "address", "received/s", "sent/s", "total"], "{printed}");
    // Nobody has any traffic now, and nothing is cut in a pipe. What the busiest had is in the simulator's truth.
    let rows = truth.rows(&house, &LOCAL);
    let total = |mac| {
        let each = rows.iter().filter(|row| row.mac == Some(mac));
        each.map(|row| row.counts.received_bytes + row.counts.sent_bytes).sum::<u64>()
    };
    let busiest =
        house.hosts.iter().filter(|host| total(host.mac) > 0).max_by_key(|host| total(host.mac)).unwrap();
    let first = lines.next().unwrap();
    let kib = total(busiest.mac) as f64 / 1024.0;
    assert!(first.starts_with(&format!("host {}  ", busiest.ipv4)), "{printed}");
    let shown: Vec<&str> = first.split_whitespace().rev().take(6).collect();
    assert_eq!(shown[2..], ["B", "0", "B", "0"], "{printed}");
    let (number, scale) = (shown[1].parse::<f64>().unwrap(), if shown[0] == "MiB" { 1024.0 } else { 1.0 });
    assert!((number * scale / kib - 1.0).abs() < 0.006, "{kib} KiB is shown as {number} {}", shown[0]);
    assert!(lines.count() > 20, "{printed}");

    let sorted = top(&format!("http://{}", lanlord.address), &["--sort", "address"]);
    let printed = String::from_utf8(sorted.stdout).unwrap();
    // The last four of the words are the rates, of two words each, and the sum.
    let address =
        |line: &str| line.split_whitespace().rev().nth(6).unwrap().parse::<std::net::IpAddr>().unwrap();
    let addresses: Vec<_> = printed.lines().skip(1).map(address).collect();
    assert!(addresses.len() > 20 && addresses.is_sorted(), "{printed}");
}

#[test]
fn where_nobody_listens_it_says_how_to_start_somebody() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    check_refusal(
        &format!("http://{free}"),
        &format!(
            "lanlord: nobody listens on http://{free}: start lanlord there (`lanlord run`), or say where it is with \
             `--url` (its configuration has `listen_address`)\n"
        ),
    );
    check_refusal(
        "https://127.0.0.1",
        "lanlord: `https://127.0.0.1` cannot be asked: lanlord speaks no TLS; write it like \
         `http://127.0.0.1:9938`\n",
    );
}

/// A server that answers the first question with these pieces, the last of them as often as it can; what it was
/// asked comes through the channel. It ends with whoever asked.
fn serve(pieces: Vec<&'static [u8]>, again: bool) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, question) = mpsc::channel();
    std::thread::Builder::new()
        .spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            connection.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut buffer = [0; 4_096];
            let length = connection.read(&mut buffer).unwrap();
            asked.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).unwrap();
            for piece in &pieces {
                connection.write_all(piece).unwrap();
            }
            while again && connection.write_all(pieces[pieces.len() - 1]).is_ok() {}
            // Until the other end goes: a server that says nothing more and does not hang up.
            let _ = connection.read(&mut buffer);
        })
        .unwrap();
    (url, question)
}

#[test]
fn what_is_not_lanlord_is_told_apart() {
    let (url, question) = serve(vec![b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nup 1\n"], false);
    check_refusal(
        &url,
        &format!("lanlord: {url} answers, but is not lanlord; say with `--url` where lanlord listens\n"),
    );
    let asked = question.recv().unwrap();
    assert!(asked.starts_with("GET /metrics HTTP/1.1\r\n"), "{asked}");
    assert!(asked.to_lowercase().contains(&format!("\r\nhost: {}\r\n", &url["http://".len()..])), "{asked}");

    let (url, _question) = serve(vec![b"HTTP/1.1 404 \x1b[2JGone\r\nContent-Length: 0\r\n\r\n"], false);
    let output = top(&url, &["--once"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && !said.contains('\x1b'), "{said}");

    let (url, _question) = serve(vec![b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"], false);
    check_refusal(&url, &format!("lanlord: {url} answers 404 Not Found; is this lanlord?\n"));

    let (url, _question) = serve(vec![b"SSH-2.0-OpenSSH_9.2\r\n"], false);
    let said = String::from_utf8(top(&url, &["--once"]).stderr).unwrap();
    assert!(
        said.starts_with(&format!("lanlord: what listens on {url} does not answer as lanlord does: ")),
        "{said}"
    );
}

#[test]
fn an_answer_without_end_and_none_at_all_end_soon() {
    static ENDLESS: [u8; 1 << 20] = [b'x'; 1 << 20];
    let (url, _question) = serve(vec![b"HTTP/1.1 200 OK\r\n\r\n", &ENDLESS], true);
    let watch = Watch::start();
    let said = String::from_utf8(top(&url, &["--once"]).stderr).unwrap();
    let long = format!("lanlord: {url} answers with more than 64 MiB, which no lanlord does\n");
    // On a machine with nothing else to do it is the first.
    let late = format!("lanlord: {url} has not answered within 5s\n");
    assert!([&long, &late].contains(&&said), "{said}");
    assert!(watch.elapsed() < Duration::from_secs(15), "{:?}", watch.elapsed());

    let (url, _question) = serve(vec![b"HTTP/1.1 200 OK\r\n"], false);
    let watch = Watch::start();
    check_refusal(&url, &format!("lanlord: {url} has not answered within 5s\n"));
    assert!(watch.elapsed() < Duration::from_secs(15), "{:?}", watch.elapsed());
}

#[test]
fn hostile_words_of_a_url_do_no_harm() {
    let output = top(&serve_hostile(), &["--once"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(printed.contains("[U+001B][2J[U+000A]x"), "{printed}");
    assert!(printed.lines().count() == 2 && !printed.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{printed}");
}

/// A server that says it is lanlord, as often as it is asked, and names a host to clear the screen.
fn serve_hostile() -> String {
    const BODY: &str = "lanlord_build_info 1\nlan_host_sent_bytes_total{source=\"a\",host=\"\x1b[2J\\nx\u{9b}\
                        \u{202e}\",ip=\"10.0.0.1\"} 1\n";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::Builder::new()
        .spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                // Its question fits, and whatever it is, this is the answer.
                let _asked = connection.read(&mut [0; 4_096]).unwrap();
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", BODY.len());
                connection.write_all((head + BODY).as_bytes()).unwrap();
            }
        })
        .unwrap();
    url
}
