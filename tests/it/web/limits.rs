//! What a client may take of the listener, in process and with limits made short.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use lanlord::metric::{Families, Value};
use lanlord::web::Settings;
use lanlord::web::listener::Limits;

use super::{PATIENCE, PROMETHEUS, Server, VMAGENT, answer, batch, gunzip};
use crate::live::wait::{pass, until};

const SCRAPE: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
const HEALTHY: &[u8] = b"GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n";

/// More than fits into the sockets' buffers.
const SAMPLES: usize = 200_000;

impl Server {
    fn with_requests(limits: Limits, max_requests: usize) -> Self {
        let server = Self::start(limits);
        server.site.set(Settings { max_requests, access_log: false });
        server
    }

    /// What the listener counts at the moment.
    fn gauge(&self, name: &str) -> u64 {
        let mut families = Families::default();
        self.counters.measure(&mut families);
        let (families, _) = families.publish();
        let family = families.iter().find(|family| family.meta().name == name).unwrap();
        match family.samples().next().unwrap().value {
            Value::Int(value) => value,
            Value::Float(value) => panic!("{name} is {value}"),
        }
    }

    /// Asks for the metrics and reads only the beginning of the answer.
    fn half_a_scrape(&self) -> TcpStream {
        let mut stream = self.connect();
        stream.write_all(SCRAPE).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        stream
    }

    fn until_served(&self) {
        until("somebody else is served", || (self.get("/metrics", "").status == 200).then_some(()));
    }
}

/// Whether the other side has closed; nothing is waited for.
fn is_closed(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let read = (&mut &*stream).read(&mut [0; 4096]);
    stream.set_nonblocking(false).unwrap();
    match read {
        Ok(count) => count == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

#[test]
fn a_header_too_large_is_refused() {
    let server = Server::start(Limits::default());
    let fits = server.get("/-/healthy", &format!("X: {}\r\n", "x".repeat(15_000)));
    assert_eq!(fits.status, 200);
    let mut stream = server.connect();
    // Never finished: the refusal must not wait for the end.
    stream.write_all(format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(17_000)).as_bytes()).unwrap();
    assert_eq!(answer(stream).status, 431);
    let many = server.get("/-/healthy", &"X: y\r\n".repeat(200));
    assert_eq!(many.status, 431);
}

#[test]
fn a_header_half_sent_is_not_waited_for() {
    let server = Server::start(Limits { header_read: Duration::from_millis(200), ..Limits::default() });
    for sent in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: test\r\n"] {
        let mut stream = server.connect();
        stream.write_all(sent.as_bytes()).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap_or_else(|error| panic!("not closed after {sent:?}: {error}"));
        assert!(!String::from_utf8(rest).unwrap().contains("200 OK"));
    }
    assert_eq!(server.get("/-/healthy", "").status, 200);
}

#[test]
fn a_connection_kept_open_and_unused_is_closed() {
    let server = Server::start(Limits { header_read: Duration::from_millis(200), ..Limits::default() });
    let mut stream = server.connect();
    stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    assert_eq!(answer(stream).status, 200);
}

#[test]
fn two_hundred_scrapes_at_once_are_all_served() {
    let server = Server::start(Limits::default());
    server.store.publish(batch(20_000));
    let mut streams: Vec<_> = (0..200).map(|_| server.connect()).collect();
    for (index, stream) in streams.iter_mut().enumerate() {
        let accept = if index % 2 == 0 { PROMETHEUS } else { VMAGENT };
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAccept: {accept}\r\nAccept-Encoding: gzip\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
    }
    for (index, stream) in streams.into_iter().enumerate() {
        let answer = answer(stream);
        assert_eq!(answer.status, 200);
        let lines = String::from_utf8(gunzip(&answer.body)).unwrap().lines().count();
        // OpenMetrics has a UNIT line and an EOF line besides.
        assert_eq!(lines, 20_005 + if index % 2 == 0 { 2 } else { 0 });
    }
}

#[test]
fn whoever_hangs_up_leaves_nothing_behind() {
    let server = Server::start(Limits::default());
    for round in 0..100 {
        if round % 10 == 0 {
            server.store.publish(batch(20_000 + round));
        }
        let mut stream = server.connect();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n").unwrap();
    }
    let answer = server.get("/metrics", "Accept-Encoding: gzip\r\n");
    assert_eq!(String::from_utf8(gunzip(&answer.body)).unwrap().lines().count(), 20_095);
}

#[test]
fn a_path_too_long_is_refused() {
    let server = Server::start(Limits::default());
    let path = format!("/{}", "x".repeat(20_000));
    // 414 and 431 are both right (RFC 9110 §15.5.15, RFC 6585 §5).
    assert!(matches!(server.get(&path, "").status, 414 | 431));
    assert_eq!(server.get(&path[..8_000], "").status, 404);
}

#[test]
fn whoever_has_waited_longest_makes_room_for_the_next() {
    let server = Server::with_requests(Limits { waiting: 2, ..Limits::default() }, 1);
    let mut open: Vec<TcpStream> = Vec::new();
    for _ in 0..3 {
        let mut stream = server.connect();
        // An answer proves that the connection is counted.
        stream.write_all(HEALTHY).unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        open.push(stream);
    }
    // The first asks again, so that it is the second who has waited longest.
    open[0].write_all(HEALTHY).unwrap();
    until("the first is answered again", || {
        let mut bytes = [0; 4096];
        let count = open[0].read(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..count]).contains("HTTP/1.1 200").then_some(())
    });
    let mut newcomers = Vec::new();
    for expected in [[false, true, false], [false, true, true], [true, true, true]] {
        let mut next = server.connect();
        next.write_all(HEALTHY).unwrap();
        next.read_exact(&mut [0; 12]).unwrap();
        newcomers.push(next);
        until("one has made room", || {
            (open.iter().map(is_closed).collect::<Vec<_>>() == expected).then_some(())
        });
    }
    assert!(!newcomers.iter().any(is_closed));
}

#[test]
fn requests_under_way_are_not_sent_away_for_newcomers() {
    let server = Server::with_requests(Limits { waiting: 1, ..Limits::default() }, 2);
    server.store.publish(batch(SAMPLES));
    let under_way = [server.half_a_scrape(), server.half_a_scrape()];
    for _ in 0..20 {
        assert_eq!(server.get("/-/healthy", "").status, 200);
    }
    for stream in under_way {
        assert_eq!(answer(stream).text().lines().count(), SAMPLES + 5);
    }
}

#[test]
fn a_request_too_many_is_told_to_come_again() {
    let server = Server::with_requests(Limits::default(), 1);
    server.store.publish(batch(SAMPLES));
    let under_way = server.half_a_scrape();
    assert_eq!(server.gauge("lanlord_http_requests_in_flight"), 1);
    for path in ["/metrics", "/"] {
        let busy = server.get(path, "");
        assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")), "{path}");
        assert_eq!(busy.text(), "Too many requests are under way. Ask again in a second.\n");
    }
    // Who supervises lanlord must not take it for dead.
    assert_eq!(server.get("/-/healthy", "").status, 200);
    assert_eq!(answer(under_way).text().lines().count(), SAMPLES + 5);
    server.until_served();
    until("nothing is under way", || (server.gauge("lanlord_http_requests_in_flight") == 0).then_some(()));
}

#[test]
fn a_client_that_stops_reading_is_dropped_with_all_it_held() {
    let limits = Limits { stall: Duration::from_millis(300), ..Limits::default() };
    let server = Server::with_requests(limits, 1);
    server.store.publish(batch(SAMPLES));
    let _stuck = server.half_a_scrape();
    assert_eq!(server.get("/metrics", "Accept-Encoding: gzip\r\n").status, 503);
    server.until_served();
}

#[test]
fn a_client_that_reads_octet_by_octet_is_dropped_too() {
    let limits = Limits { stall: PATIENCE, answer: Duration::from_secs(1), ..Limits::default() };
    let server = Server::with_requests(limits, 1);
    server.store.publish(batch(SAMPLES));
    let mut slow = server.half_a_scrape();
    until("it is dropped, and others are served", || {
        let _ = slow.read(&mut [0]);
        (server.get("/metrics", "").status == 200).then_some(())
    });
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    // What was in the sockets' buffers is the client's; the rest, which is most of it, is not.
    assert!(rest.len() < 40 * SAMPLES, "it has had all of it: {} octets", rest.len());
}

#[test]
fn bodies_that_nobody_reads_do_not_pile_up() {
    let limits = Limits {
        stall: PATIENCE,
        answer: PATIENCE,
        answer_when_full: Duration::from_secs(1),
        ..Limits::default()
    };
    let server = Server::start(limits);
    let stuck = |count: usize| -> Vec<TcpStream> {
        let one = |_| {
            // Each has a body of its own.
            server.store.publish(batch(SAMPLES / 2));
            server.half_a_scrape()
        };
        (0..count).map(one).collect()
    };
    let few = stuck(8);
    pass(Duration::from_secs(3));
    assert_eq!(server.gauge("lanlord_http_requests_in_flight"), 8);
    let more = stuck(12);
    until("all have been dropped", || (server.gauge("lanlord_http_requests_in_flight") == 0).then_some(()));
    assert_eq!(server.get("/metrics", "").status, 200);
    drop((few, more));
}

#[test]
fn a_thousand_that_hang_up_midway_hold_nothing() {
    let server = Server::with_requests(Limits::default(), 4);
    for round in 0..1_000 {
        if round % 250 == 0 {
            // Much is encoded on a thread, little at once.
            server.store.publish(batch(if round < 500 { SAMPLES / 4 } else { 30 }));
        }
        let mut stream = server.connect();
        stream.write_all(SCRAPE).unwrap();
        if round % 3 == 0 {
            // Hung up in the middle of the answer, and not before it.
            let _ = stream.read(&mut [0; 100]);
        }
    }
    server.until_served();
    for name in ["lanlord_http_requests_in_flight", "lanlord_http_connections"] {
        until(name, || (server.gauge(name) == 0).then_some(()));
    }
}

#[test]
fn the_body_of_a_request_is_neither_read_nor_waited_for() {
    let server = Server::start(Limits::default());
    for (request, status) in
        [("POST /metrics", 405), ("PUT /", 405), ("GET /-/healthy", 200), ("POST /x", 404)]
    {
        for framing in ["Content-Length: 1000000000000000", "Transfer-Encoding: chunked"] {
            let mut stream = server.connect();
            let head = format!("{request} HTTP/1.1\r\nHost: test\r\n{framing}\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            // Nothing of the body ever comes, and yet there is an answer and an end.
            assert_eq!(answer(stream).status, status, "{head}");
        }
    }
    // Some of it comes.
    let mut stream = server.connect();
    stream.write_all(b"POST /metrics HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000\r\n\r\n").unwrap();
    let megabyte = vec![b'x'; 1 << 20];
    let taken = (0..100).take_while(|_| stream.write_all(&megabyte).is_ok()).count();
    assert!(taken < 100, "100 MiB of a body were taken");
}

#[test]
fn repeated_unknown_and_broken_parameters_harm_nobody() {
    let server = Server::start(Limits::default());
    for query in
        ["format=text&format=openmetrics", "x", "&&&=&%00&collect[]=x", "%3Cscript%3E", "format=text&%ff=%zz"]
    {
        let metrics = server.get(&format!("/metrics?{query}"), "");
        assert_eq!((metrics.status, metrics.header("content-type")), (200, Some(super::TEXT)), "{query}");
        let page = server.get(&format!("/?{query}"), "");
        assert_eq!(page.status, 200);
        assert!(!page.text().contains("<script"));
    }
}

#[test]
fn a_hundred_idle_connections_keep_nobody_out_and_are_closed() {
    let limits = Limits { header_read: Duration::from_millis(500), ..Limits::default() };
    let server = Server::start(limits);
    let idle: Vec<_> = (0..100).map(|_| server.connect()).collect();
    until("all are counted", || (server.gauge("lanlord_http_connections") == 100).then_some(()));
    assert_eq!(server.get("/", "").status, 200);
    until("all are closed", || idle.iter().all(is_closed).then_some(()));
    assert_eq!(server.gauge("lanlord_http_connections"), 0);
}
