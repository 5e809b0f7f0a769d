//! Receivers over HTTP and TLS on the loopback: what is asked of them, and each way in which they can fail.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Mutex, mpsc};

use flate2::read::GzDecoder;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;
use tempfile::TempDir;

use super::*;
use crate::net::tests::trust::{authority, leaf};
use crate::net::tests::{PATIENCE, Server, Wire, run, say};
use crate::net::tls::Fingerprint;

const SHORT: Duration = Duration::from_millis(500);
const TAKEN: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const TEXT: &str = "lanlord_line_up,source=wan value=1i 1764000000000\n";
const SECRET: &str = "correct-horse/battery+staple=";

fn settings(server: &Server) -> Settings {
    Settings {
        endpoint: format!("http://{}", server.address).parse().unwrap(),
        trust: Trust::Anybody,
        bucket: Bucket::V1 { database: "home".to_owned(), retention_policy: None, user: None },
        gzip: true,
        precision: Precision::Milliseconds,
        layout: Layout::Family,
    }
}

fn parcel() -> Parcel {
    Parcel::plain(Bytes::from(TEXT)).pack().unwrap()
}

fn send(settings: Settings, patience: Duration) -> Result<(), Refusal> {
    run(Sender::new(settings).send(&parcel(), patience))
}

/// One request, its body as bytes; none where nobody asks any more.
fn listen(wire: &mut dyn Wire) -> Option<(String, Vec<u8>)> {
    let mut said = Vec::new();
    let mut octet = [0];
    while !said.ends_with(b"\r\n\r\n") {
        wire.read_exact(&mut octet).ok()?;
        said.push(octet[0]);
    }
    let head = String::from_utf8(said).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    wire.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// Takes everything; what was asked comes out of the other end.
fn noting() -> (Server, mpsc::Receiver<(String, Vec<u8>)>) {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        while let Some(asked) = listen(wire) {
            note.lock().unwrap().send(asked).unwrap();
            say(wire, TAKEN);
        }
    });
    (server, noted)
}

fn always_taking(wire: &mut dyn Wire, _: usize) {
    while listen(wire).is_some() {
        say(wire, TAKEN);
    }
}

/// Reads a question and says this.
fn saying(text: &str) -> Server {
    let text = text.to_owned();
    Server::new(move |wire, _| {
        while listen(wire).is_some() {
            say(wire, &text);
        }
    })
}

fn secret(folder: &TempDir, text: &str) -> Place {
    let path = folder.path().join("secret");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    Place::File(path)
}

fn unpacked(body: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(body).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn lines_are_posted_to_the_first_version_with_user_and_password_in_a_header() {
    let (server, noted) = noting();
    let folder = TempDir::new().unwrap();
    let bucket = Bucket::V1 {
        database: "home & garden/é".to_owned(),
        retention_policy: Some("a=b".to_owned()),
        // RFC 7617 §2: its own example.
        user: Some(("Aladdin".to_owned(), secret(&folder, "open sesame\n"))),
    };
    send(Settings { bucket, ..settings(&server) }, PATIENCE).unwrap();
    let (head, body) = noted.recv_timeout(PATIENCE).unwrap();
    let asked = "POST /write?db=home%20%26%20garden%2F%C3%A9&rp=a%3Db&precision=ms HTTP/1.1";
    assert_eq!(head.lines().next(), Some(asked));
    for line in [
        "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "content-type: text/plain; charset=utf-8",
        "content-encoding: gzip",
        &format!("host: {}", server.address),
    ] {
        assert!(head.lines().any(|found| found == line), "{line}\n{head}");
    }
    assert_eq!(unpacked(&body), TEXT);
}

#[test]
fn lines_are_posted_to_the_second_version_with_a_token() {
    let (server, noted) = noting();
    let folder = TempDir::new().unwrap();
    let bucket = Bucket::V2 {
        org: Some("our house".to_owned()),
        bucket: "lan".to_owned(),
        token: Some(secret(&folder, SECRET)),
    };
    let endpoint = format!("http://{}/behind/a/proxy/", server.address).parse().unwrap();
    let settings = Settings { endpoint, bucket, gzip: false, ..settings(&server) };
    send(settings, PATIENCE).unwrap();
    let (head, body) = noted.recv_timeout(PATIENCE).unwrap();
    let asked = "POST /behind/a/proxy/api/v2/write?org=our%20house&bucket=lan&precision=ms HTTP/1.1";
    assert_eq!(head.lines().next(), Some(asked));
    assert!(head.contains(&format!("\r\nauthorization: Token {SECRET}\r\n")), "{head}");
    assert!(!head.contains("content-encoding"), "{head}");
    assert_eq!(body, TEXT.as_bytes());
}

#[test]
fn times_are_said_to_be_as_exact_as_they_are() {
    let (server, noted) = noting();
    for (precision, first, second) in [
        (Precision::Seconds, "s", "s"),
        (Precision::Milliseconds, "ms", "ms"),
        (Precision::Microseconds, "u", "us"),
        (Precision::Nanoseconds, "n", "ns"),
    ] {
        for (bucket, expected) in [
            (
                Bucket::V1 { database: "x".to_owned(), retention_policy: None, user: None },
                format!("/write?db=x&precision={first} "),
            ),
            (
                Bucket::V2 { org: None, bucket: "x".to_owned(), token: None },
                format!("/api/v2/write?bucket=x&precision={second} "),
            ),
        ] {
            send(Settings { bucket, precision, ..settings(&server) }, PATIENCE).unwrap();
            let (head, _) = noted.recv_timeout(PATIENCE).unwrap();
            assert!(head.starts_with(&format!("POST {expected}")), "{head}");
            assert!(!head.contains("authorization"), "{head}");
        }
    }
}

#[test]
fn what_is_packed_is_what_gzip_unpacks() {
    let (server, noted) = noting();
    let lines: String = (0..20_000).map(|at| format!("lan_host_bytes,host=h{at} value={at}i 1\n")).collect();
    let sent = Parcel::plain(Bytes::from(lines.clone()));
    run(Sender::new(settings(&server)).send(&sent, PATIENCE)).unwrap();
    let (_, body) = noted.recv_timeout(PATIENCE).unwrap();
    assert!(body.len() < lines.len() / 4);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("lines.gz");
    fs::write(&path, body).unwrap();
    let gzip = std::process::Command::new("gzip").arg("-dc").arg(&path).output().unwrap();
    assert!(gzip.status.success() && gzip.stdout == lines.as_bytes());
}

#[test]
fn one_connection_is_kept_for_all_that_is_sent() {
    let (server, noted) = noting();
    let mut sender = Sender::new(settings(&server));
    run(async {
        for _ in 0..5 {
            sender.send(&parcel(), PATIENCE).await.unwrap();
        }
        sender.try_out(PATIENCE).await.unwrap();
    });
    assert_eq!((server.accepted(), noted.try_iter().count()), (1, 6));
}

#[test]
fn a_connection_that_was_closed_while_it_rested_costs_nothing_and_one_retry_at_most() {
    // Each connection has two answers, the second of which is none.
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        for answer in [TAKEN, ""] {
            let Some(_) = listen(wire) else { return };
            note.lock().unwrap().send(()).unwrap();
            say(wire, answer);
        }
    });
    let mut sender = Sender::new(settings(&server));
    run(async {
        for _ in 0..3 {
            sender.send(&parcel(), PATIENCE).await.unwrap();
        }
    });
    assert_eq!((server.accepted(), noted.try_iter().count()), (3, 5));
}

#[track_caller]
fn check(server: &Server, patience: Duration, expected: (Reason, &str, Again)) {
    let refusal = send(settings(server), patience).unwrap_err();
    assert_eq!((refusal.reason, refusal.code, refusal.again), expected, "{refusal:?}");
    assert!(refusal.message.starts_with(&format!("{} ", server.address)), "{refusal:?}");
    assert!(refusal.message.len() < 800 && !refusal.message.contains(char::is_control), "{refusal:?}");
}

#[test]
fn every_answer_is_understood_as_it_should_be() {
    let answer = |status: &str, headers: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    let after = |seconds| Again::After(Duration::from_secs(seconds));
    let far = "Retry-After: 900\r\n";
    let long_ago = "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n";
    let cases = [
        (
            answer("400 Bad Request", "", r#"{"error":"unable to parse"}"#),
            Reason::Refused,
            "bad_request",
            Again::Never,
        ),
        (answer("401 Unauthorized", "", ""), Reason::Refused, "unauthorized", Again::Barred),
        (answer("403 Forbidden", "", ""), Reason::Refused, "forbidden", Again::Barred),
        (answer("404 Not Found", "", ""), Reason::Refused, "not_found", Again::Barred),
        (answer("413 Content Too Large", "", ""), Reason::Refused, "too_large", Again::Never),
        (answer("429 Too Many", "Retry-After: 7\r\n", ""), Reason::Refused, "too_many_requests", after(7)),
        (answer("429 Too Many", far, ""), Reason::Refused, "too_many_requests", after(900)),
        (answer("429 Too Many", long_ago, ""), Reason::Refused, "too_many_requests", Again::Later),
        (answer("429 Too Many", "", ""), Reason::Refused, "too_many_requests", Again::Later),
        (answer("500 Internal", "", "<html>"), Reason::Misbehaved, "server_error", Again::Later),
        (answer("503 Busy", "Retry-After: 3\r\n", ""), Reason::Misbehaved, "unavailable", after(3)),
        (
            answer("301 Moved", "Location: http://127.0.0.1:1/\r\n", ""),
            Reason::Misbehaved,
            "redirect",
            Again::Later,
        ),
        (answer("200 OK", "", "<html>Router</html>"), Reason::Misbehaved, "not_influxdb", Again::Later),
        ("SSH-2.0-OpenSSH_9.2p1\r\n\r\n".to_owned(), Reason::Misbehaved, "not_http", Again::Later),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nwhat\r\n".to_owned(),
            Reason::Misbehaved,
            "chunks",
            Again::Later,
        ),
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", u64::MAX - 2),
            Reason::Misbehaved,
            "too_large",
            Again::Later,
        ),
    ];
    for (text, reason, code, again) in cases {
        let server = saying(&text);
        check(&server, PATIENCE, (reason, code, again));
        assert_eq!(server.accepted(), 1, "{text}");
    }
    for text in [
        TAKEN,
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ] {
        send(settings(&saying(text)), PATIENCE).unwrap();
    }
}

#[test]
fn a_receiver_that_is_not_there_or_goes_away() {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let nobody =
        Settings { endpoint: format!("http://127.0.0.1:{port}").parse().unwrap(), ..settings(&saying("")) };
    let refusal = send(nobody, PATIENCE).unwrap_err();
    let expected = (Reason::Unreachable, "connect", Again::Later);
    assert_eq!((refusal.reason, refusal.code, refusal.again), expected);

    // It may be gone before it is asked, or with what it was asked unread.
    let refusal = send(settings(&Server::new(|_, _| {})), PATIENCE).unwrap_err();
    assert_eq!((refusal.reason, refusal.again), (Reason::Unreachable, Again::Later), "{refusal:?}");
    assert!(["broken", "closed"].contains(&refusal.code), "{refusal:?}");
    let closes = Server::new(|wire, _| drop(listen(wire)));
    check(&closes, PATIENCE, (Reason::Unreachable, "closed", Again::Later));
    let resets = Server::new(|wire, _| {
        listen(wire);
        let at_once = nix::libc::linger { l_onoff: 1, l_linger: 0 };
        setsockopt(wire.tcp(), Linger, &at_once).unwrap();
    });
    check(&resets, PATIENCE, (Reason::Unreachable, "broken", Again::Later));
    let stops = Server::new(|wire, _| {
        listen(wire);
        say(wire, "HTTP/1.1 204 No Con");
    });
    check(&stops, PATIENCE, (Reason::Misbehaved, "truncated", Again::Later));
    let silent = saying("");
    check(&silent, SHORT, (Reason::TimedOut, "timeout", Again::Later));
}

#[test]
fn a_receiver_that_never_reads_or_stops_in_the_middle() {
    // More than the buffers of both kernels hold.
    let much = Parcel::plain(Bytes::from(TEXT.repeat(800_000)));
    let sent = |server: &Server, patience| {
        let plain = Settings { gzip: false, ..settings(server) };
        run(Sender::new(plain).send(&much, patience)).unwrap_err()
    };
    let (over, is_over) = mpsc::channel::<()>();
    let is_over = Mutex::new(is_over);
    let stuck = Server::new(move |_, _| {
        let _ = is_over.lock().unwrap().recv();
    });
    let refusal = sent(&stuck, SHORT);
    assert_eq!((refusal.reason, refusal.code), (Reason::TimedOut, "timeout"), "{refusal:?}");
    drop(over);
    let half = Server::new(|wire, _| drop(wire.read(&mut [0; 100_000])));
    let refusal = sent(&half, PATIENCE);
    assert_eq!(refusal.reason, Reason::Unreachable, "{refusal:?}");
    // The kernel says one or the other, by whether we were reading or writing when it ended.
    assert!(matches!(refusal.code, "broken" | "closed"), "{refusal:?}");
}

#[test]
fn it_comes_back_and_gets_the_same_again() {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, number| {
        if number > 2
            && let Some((_, body)) = listen(wire)
        {
            note.lock().unwrap().send(body).unwrap();
            say(wire, TAKEN);
        }
    });
    let mut sender = Sender::new(settings(&server));
    run(async {
        assert!(sender.send(&parcel(), PATIENCE).await.is_err());
        assert!(sender.send(&parcel(), PATIENCE).await.is_err());
        sender.send(&parcel(), PATIENCE).await.unwrap();
    });
    assert_eq!(unpacked(&noted.recv_timeout(PATIENCE).unwrap()), TEXT);
}

fn over_tls(server: &Server, trust: Trust) -> Settings {
    let endpoint = format!("https://{}", server.address).parse().unwrap();
    Settings { endpoint, trust, ..settings(server) }
}

fn file_trust(path: &Path) -> Trust {
    Trust::Authorities { built_in: "", file: Some(path.to_owned()) }
}

#[test]
fn only_a_receiver_that_can_be_believed_gets_lines() {
    let ours = authority();
    let shown = leaf(&ours, |_| ());
    let server = Server::with_tls(shown.config(), always_taking);
    for trust in [ours.trust(), Trust::Pins(vec![shown.fingerprint()]), Trust::Anybody] {
        send(over_tls(&server, trust), PATIENCE).unwrap();
    }
    for (trust, code) in [
        (Trust::Authorities { built_in: "", file: None }, "tls_unknown_issuer"),
        (Trust::Pins(vec![Fingerprint([7; 32])]), "tls_pin"),
    ] {
        let refusal = send(over_tls(&server, trust), PATIENCE).unwrap_err();
        let expected = (Reason::Refused, code, Again::Later);
        assert_eq!((refusal.reason, refusal.code, refusal.again), expected, "{refusal:?}");
    }
    let plain = saying(TAKEN);
    let refusal = send(over_tls(&plain, Trust::Anybody), SHORT).unwrap_err();
    assert!(["tls_none", "timeout"].contains(&refusal.code), "{refusal:?}");
}

#[test]
fn authorities_are_read_again_while_nobody_can_be_believed() {
    let ours = authority();
    let server = Server::with_tls(leaf(&ours, |_| ()).config(), always_taking);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ca.pem");
    let mut sender = Sender::new(over_tls(&server, file_trust(&path)));
    run(async {
        let refusal = sender.send(&parcel(), PATIENCE).await.unwrap_err();
        assert_eq!(
            (refusal.reason, refusal.code, refusal.again),
            (Reason::Refused, "trust", Again::Later),
            "{refusal:?}"
        );
        assert_eq!(server.accepted(), 0);
        fs::write(&path, authority().made.pem()).unwrap();
        let refusal = sender.send(&parcel(), PATIENCE).await.unwrap_err();
        assert_eq!(refusal.code, "tls_unknown_issuer");
        fs::write(&path, ours.made.pem()).unwrap();
        sender.send(&parcel(), PATIENCE).await.unwrap();
    });
}

#[test]
fn a_secret_is_read_each_time_and_nobody_is_asked_without_it() {
    let (server, noted) = noting();
    let folder = TempDir::new().unwrap();
    let bucket = Bucket::V2 {
        org: None,
        bucket: "lan".to_owned(),
        token: Some(Place::File(folder.path().join("secret"))),
    };
    let mut sender = Sender::new(Settings { bucket, ..settings(&server) });
    let path = folder.path().join("secret");
    run(async {
        for (text, mode) in
            [(None, 0o600), (Some(SECRET), 0o644), (Some("two\nlines"), 0o600), (Some(""), 0o600)]
        {
            if let Some(text) = text {
                fs::write(&path, text).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
            let refusal = sender.send(&parcel(), PATIENCE).await.unwrap_err();
            assert_eq!(
                (refusal.reason, refusal.code, refusal.again),
                (Reason::Refused, "no_token", Again::Later),
                "{refusal:?}"
            );
            assert!(refusal.message.contains(path.to_str().unwrap()), "{refusal:?}");
            assert!(!refusal.message.contains(SECRET) && !refusal.message.contains("two"), "{refusal:?}");
        }
        assert_eq!(server.accepted(), 0);
        for text in ["first", "second"] {
            fs::write(&path, text).unwrap();
            sender.send(&parcel(), PATIENCE).await.unwrap();
            let (head, _) = noted.recv_timeout(PATIENCE).unwrap();
            assert!(head.contains(&format!("\r\nauthorization: Token {text}\r\n")), "{head}");
        }
    });
}

#[test]
fn a_planted_secret_is_in_no_message_and_in_nothing_that_is_printed() {
    let folder = TempDir::new().unwrap();
    let place = || secret(&folder, SECRET);
    // As `printf 'me:correct-horse/battery+staple=' | base64` has it.
    let coded = "bWU6Y29ycmVjdC1ob3JzZS9iYXR0ZXJ5K3N0YXBsZT0=";
    let repeats = |status: u16, said: &str| {
        let body = format!("{{\"error\":\"you said {said}\"}}");
        let length = body.len();
        saying(&format!(
            "HTTP/1.1 {status} X\r\nLocation: /?{said}\r\nRetry-After: {said}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    };
    let mut servers: Vec<Server> = Vec::new();
    for status in [200, 302, 400, 401, 403, 404, 413, 418, 422, 429, 500, 503] {
        servers.extend([repeats(status, SECRET), repeats(status, coded)]);
    }
    servers.extend([saying(&format!("{SECRET}\r\n\r\n")), Server::new(|_, _| {})]);
    for server in &servers {
        for bucket in [
            Bucket::V1 {
                database: "home".to_owned(),
                retention_policy: None,
                user: Some(("me".to_owned(), place())),
            },
            Bucket::V2 { org: None, bucket: "lan".to_owned(), token: Some(place()) },
        ] {
            let is_v2 = matches!(bucket, Bucket::V2 { .. });
            let settings = Settings { bucket, ..settings(server) };
            let mut sender = Sender::new(settings.clone());
            let refusals = run(async {
                [sender.send(&parcel(), PATIENCE).await, sender.try_out(PATIENCE).await].map(Result::err)
            });
            let printed = format!("{refusals:?} {sender:?} {settings:?}");
            assert!(!printed.contains(SECRET), "{printed}");
            // Of a token, that is no secret.
            assert!(is_v2 || !printed.contains(coded), "{printed}");
        }
    }
}

#[test]
fn trying_out_posts_nothing_and_tells_what_a_line_would_be_told() {
    let (server, noted) = noting();
    let mut sender = Sender::new(settings(&server));
    run(sender.try_out(PATIENCE)).unwrap();
    let (head, body) = noted.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("POST /write?db=home&precision=ms HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-length: 0\r\n"), "{head}");
    assert!(body.is_empty());
    for (status, expected) in
        [(400, None), (401, Some("unauthorized")), (404, Some("not_found")), (500, Some("server_error"))]
    {
        let server = saying(&format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n"));
        let tried = run(Sender::new(settings(&server)).try_out(PATIENCE));
        assert_eq!(tried.err().map(|refusal| refusal.code), expected, "{status}");
    }
}

#[test]
fn sending_may_wait_on_any_thread() {
    fn check(_: impl Send) {}
    let (server, _noted) = noting();
    let (mut sender, parcel) = (Sender::new(settings(&server)), parcel());
    check(sender.send(&parcel, PATIENCE));
}
