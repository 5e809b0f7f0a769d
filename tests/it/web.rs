//! The listener over real sockets, in raw bytes.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use lanlord::metric::{Batch, Families, Own, SourceId};
use lanlord::probe::Desk;
use lanlord::push::state::Board;
use lanlord::store::Store;
use lanlord::visit::turns::Turns;
use lanlord::web::counters::Counters;
use lanlord::web::listener::{Limits, serve};
use lanlord::web::reload::{self, Demand};
use lanlord::web::{Settings, Site};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

mod browser;
mod limits;
mod reloading;

mod table {
    lanlord::metrics! {
        /// Bytes received by a host since the source began to count.
        BYTES = Counter "test_host_receive_bytes_total" { host };
        /// Batches that lanlord saw when it spoke of itself.
        SEEN = Gauge "test_batches" {};
    }
}

/// As Prometheus 3.5.3 sends it.
const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
    application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
    text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
/// As vmagent 1.145 sends it.
const VMAGENT: &str = "text/plain;version=0.0.4;q=1,*/*;q=0.1";

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";

/// Longer than anything here should take, so that a server that hangs fails the test instead of hanging it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listener on a thread of its own, stopped when dropped.
struct Server {
    address: SocketAddr,
    site: Arc<Site>,
    store: Arc<Store>,
    counters: Arc<Counters>,
    /// Who wants a reload.
    demands: mpsc::Receiver<Demand>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(limits: Limits) -> Self {
        let store = Arc::new(Store::default());
        store.publish(batch(3));
        let counters = Arc::new(Counters::default());
        let (reload, demands) = reload::channel(Duration::from_millis(500));
        let own: Own = Arc::new(|batches: &[Arc<Batch>]| {
            let mut families = Families::default();
            families.put(&table::SEEN, [], batches.len());
            self::own(families)
        });
        // Lets nobody in.
        let door = Arc::new(Desk::new(Turns::default()).unwrap());
        let site = Arc::new(Site::new(store.clone(), Board::default(), counters.clone(), reload, door, own));
        site.set(Settings { max_requests: 256, access_log: false });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = site.clone();
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                serve(vec![listener], served, limits, async { drop(stopped.await) }).await;
            });
        };
        let thread = std::thread::Builder::new().spawn(run).unwrap();
        Self { address, site, store, counters, demands, stop: Some(stop), thread: Some(thread) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a whole request on a connection of its own and reads the answer.
    #[track_caller]
    fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        answer(stream)
    }

    #[track_caller]
    fn get(&self, path: &str, headers: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n"))
    }

    fn stop(&mut self) {
        drop(self.stop.take());
        self.thread.take().map(JoinHandle::join).transpose().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.stop();
        }
    }
}

fn own(families: Families) -> Batch {
    let (families, _) = families.publish();
    Batch { source: None, part: "self", visit: None, families, sightings: Vec::new() }
}

/// A batch with that many samples.
fn batch(samples: usize) -> Batch {
    let mut families = Families::default();
    (0..samples).for_each(|index| families.put(&table::BYTES, [&format!("host{index:06}")], index));
    Batch { source: Some(SourceId(Arc::from("wire"))), part: "capture", ..own(families) }
}

/// What came back, until the connection closed.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

#[track_caller]
fn answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A connection reset after the answer is as good as closed; what was read is kept.
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    // Zero where a test has already read the status line.
    let status = head.split(' ').nth(1).unwrap().parse().unwrap_or_default();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

#[test]
fn every_route_answers() {
    let server = Server::start(Limits::default());
    let page = server.get("/", "");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.text().starts_with("<!doctype html>"));
    assert!(
        page.header("content-security-policy").unwrap().starts_with("default-src 'none'; style-src 'sha256-")
    );
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));

    let metrics = server.get("/metrics", "");
    assert_eq!((metrics.status, metrics.header("content-type")), (200, Some(TEXT)));
    let expected = "# HELP test_batches Batches that lanlord saw when it spoke of itself.\n\
                    # TYPE test_batches gauge\n\
                    test_batches 1\n\
                    # HELP test_host_receive_bytes_total Bytes received by a host since the source began to count.\n\
                    # TYPE test_host_receive_bytes_total counter\n\
                    test_host_receive_bytes_total{source=\"wire\",host=\"host000000\"} 0\n\
                    test_host_receive_bytes_total{source=\"wire\",host=\"host000001\"} 1\n\
                    test_host_receive_bytes_total{source=\"wire\",host=\"host000002\"} 2\n";
    assert_eq!(metrics.text(), expected);

    let healthy = server.get("/-/healthy", "");
    assert_eq!((healthy.status, healthy.text()), (200, "Healthy.\n"));
    let ready = server.get("/-/ready", "");
    assert_eq!((ready.status, ready.text()), (503, "Not ready yet.\n"));
    server.site.announce_ready();
    let ready = server.get("/-/ready", "");
    assert_eq!((ready.status, ready.text()), (200, "Ready.\n"));
}

#[test]
fn refusals_are_sentences() {
    let server = Server::start(Limits::default());
    for path in ["/nothing", "/metrics/", "/%2e%2e/etc/passwd", "/-/", "//"] {
        let missing = server.get(path, "");
        assert_eq!(missing.status, 404, "{path}");
        assert_eq!(
            missing.text(),
            "There is nothing here. Try one of /, /metrics, /probe, /-/healthy, /-/ready, /-/reload.\n"
        );
    }
    let refused = server
        .ask("POST /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(refused.text(), "Only GET and HEAD work here.\n");
    let unknown = server.get("/metrics?format=json", "");
    assert_eq!(unknown.status, 400);
    assert_eq!(
        unknown.text(),
        "`format` must be `text` or `openmetrics`; without it the Accept header decides.\n"
    );
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::start(Limits::default());
    let get = server.get("/metrics", "");
    let head = server.ask("HEAD /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), Some(&*get.body.len().to_string()));
    assert_eq!(head.header("content-type"), get.header("content-type"));
}

#[test]
fn the_body_of_a_get_is_ignored() {
    let server = Server::start(Limits::default());
    let request =
        "GET /-/healthy HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(server.ask(request).status, 200);
}

#[test]
fn scrapers_get_the_format_they_ask_for() {
    let server = Server::start(Limits::default());
    let html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let table = [
        ("", PROMETHEUS, OPENMETRICS),
        ("", VMAGENT, TEXT),
        ("", html, TEXT),
        ("", "application/json", TEXT),
        ("", "\u{e9};q=\u{fc}", TEXT),
        ("", "application/openmetrics-text;version=0.0.1", TEXT),
        ("?format=text", PROMETHEUS, TEXT),
        ("?format=openmetrics", VMAGENT, OPENMETRICS),
        ("?x=y&format=openmetrics", "", OPENMETRICS),
    ];
    for (query, accept, expected) in table {
        let metrics = server.get(&format!("/metrics{query}"), &format!("Accept: {accept}\r\n"));
        assert_eq!(
            (metrics.status, metrics.header("content-type")),
            (200, Some(expected)),
            "{query} {accept}"
        );
        assert_eq!(metrics.header("vary"), Some("Accept, Accept-Encoding"));
        assert_eq!(metrics.text().ends_with("# EOF\n"), expected == OPENMETRICS);
    }
}

#[track_caller]
fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn gzip_is_the_same_body_smaller() {
    let server = Server::start(Limits::default());
    // Little is encoded by the event loop itself, much on a thread.
    for samples in [3, 20_000] {
        server.store.publish(batch(samples));
        let plain = server.get("/metrics", "Accept-Encoding: gzip;q=0\r\n");
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(plain.text().lines().count(), samples + 5);
        let packed = server.get("/metrics", "Accept-Encoding: gzip\r\n");
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(packed.body.len() < plain.body.len());
        assert_eq!(gunzip(&packed.body), plain.body);
    }
}

#[test]
fn what_is_published_is_served_at_once() {
    let server = Server::start(Limits::default());
    for samples in 1..20 {
        server.store.publish(batch(samples));
        assert_eq!(server.get("/metrics", "").text().lines().count(), samples + 5);
    }
}

#[test]
fn stopping_closes_idle_connections_and_does_not_wait_for_stuck_ones() {
    let mut server = Server::start(Limits { linger: Duration::from_millis(200), ..Limits::default() });
    let mut idle = server.connect();
    idle.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    let mut stuck = server.connect();
    stuck.write_all(b"GET / HT").unwrap();
    server.stop();
    idle.read_to_end(&mut Vec::new()).unwrap();
    assert!(TcpStream::connect(server.address).is_err());
}

#[test]
fn stopping_lets_an_answer_under_way_finish() {
    let mut server = Server::start(Limits { linger: PATIENCE, ..Limits::default() });
    // More than fits into the sockets' buffers, so that most of it is sent after the stop.
    let samples = 200_000;
    server.store.publish(batch(samples));
    let mut stream = server.connect();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    drop(server.stop.take());
    let rest = answer(stream);
    assert_eq!(rest.header("content-length"), Some(&*rest.body.len().to_string()));
    assert_eq!(rest.text().lines().count(), samples + 5);
    server.stop();
}
