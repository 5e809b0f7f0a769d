//! The receiver over sockets. What it answers is what InfluxDB 1.6.7 (Debian) and the API reference of InfluxDB 2 say.

use super::*;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

const LONG: Duration = Duration::from_secs(20);

fn start(access: Access) -> Influx {
    Influx::start(Options { access, ..Options::default() }).unwrap()
}

fn connect(influx: &Influx) -> TcpStream {
    let stream = TcpStream::connect(influx.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// Status and body of a request with these lines more in its head.
fn ask(influx: &Influx, target: &str, head: &str, body: &[u8]) -> (u16, String) {
    let mut stream = connect(influx);
    let length = body.len();
    write!(
        stream,
        "POST {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n{head}\r\n"
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    (head[9..12].parse().unwrap(), body.trim_end().to_owned())
}

fn check(influx: &Influx, target: &str, head: &str, body: &str, status: u16, says: &str) {
    let answer = ask(influx, target, head, body.as_bytes());
    assert_eq!((answer.0, answer.1.as_str()), (status, says), "{target} {body}");
}

#[test]
fn the_first_version_is_strict_about_where_and_who() {
    let access = Access { user: Some(("Aladdin".to_owned(), "open sesame".to_owned())), ..Access::default() };
    let influx = start(access);
    let basic = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";
    check(&influx, "/write?db=lanlord&rp=autogen&precision=ms", basic, "a,b=c d=1i 5\n", 204, "");
    check(&influx, "/write?db=lanlord", basic, "", 204, "");
    check(&influx, "/write?db=x", basic, "a d=1i 5\n", 404, r#"{"error":"database not found: \"x\""}"#);
    check(&influx, "/write", basic, "a d=1i 5\n", 400, r#"{"error":"database is required"}"#);
    let policy = r#"{"error":"retention policy not found: x"}"#;
    check(&influx, "/write?db=lanlord&rp=x", basic, "a d=1i 5\n", 500, policy);
    let missing = r#"{"error":"unable to parse authentication credentials"}"#;
    check(&influx, "/write?db=lanlord", "", "a d=1i 5\n", 401, missing);
    let wrong = r#"{"error":"authorization failed"}"#;
    check(&influx, "/write?db=lanlord", "Authorization: Basic QTpi\r\n", "a d=1i 5\n", 401, wrong);
    let in_url = "/write?db=lanlord&u=Aladdin&p=open%20sesame";
    check(&influx, in_url, "", "a d=1i 5\n", 400, r#"{"error":"a parameter that nobody should send"}"#);
    assert_eq!(ask(&influx, "/nothing", basic, b"").0, 404);
    let points = influx.points();
    assert_eq!((points.len(), points[0].time), (1, 5));
    let first = influx.requests()[0].clone();
    assert_eq!(
        (first.status, first.points, first.query.as_str()),
        (204, 1, "db=lanlord&rp=autogen&precision=ms")
    );
    assert_eq!(influx.max_connections(), 1);
}

#[test]
fn the_second_version_is_strict_about_where_and_who() {
    let access = Access {
        path: "/influx".to_owned(),
        org: Some("home".to_owned()),
        bucket: "lan".to_owned(),
        token: Some("secret==".to_owned()),
        ..Access::default()
    };
    let influx = start(access);
    let token = "Authorization: Token secret==\r\n";
    let place = "/influx/api/v2/write?org=home&bucket=lan&precision=s";
    check(&influx, place, token, "a,b=c d=1 5\n", 204, "");
    check(&influx, place, token, "", 400, r#"{"code":"invalid","message":"writing requires points"}"#);
    let nobody = r#"{"code":"unauthorized","message":"unauthorized access"}"#;
    check(&influx, place, "", "a d=1 5\n", 401, nobody);
    check(&influx, place, "Authorization: Bearer secret==\r\n", "a d=1 5\n", 401, nobody);
    let bucket = r#"{"code":"not found","message":"bucket \"x\" not found"}"#;
    check(&influx, "/influx/api/v2/write?org=home&bucket=x", token, "a d=1 5\n", 404, bucket);
    let org = r#"{"code":"not found","message":"organization name \"x\" not found"}"#;
    check(&influx, "/influx/api/v2/write?org=x&bucket=lan", token, "a d=1 5\n", 404, org);
    assert_eq!(
        ask(&influx, "/influx/api/v2/write?org=home&bucket=lan&precision=u", token, b"a d=1 5\n").0,
        400
    );
    assert_eq!(ask(&influx, "/api/v2/write?org=home&bucket=lan", token, b"a d=1 5\n").0, 404);
    assert_eq!(influx.points().len(), 1);
}

#[test]
fn the_first_type_of_a_field_is_its_type_for_ever() {
    let influx = start(Access::default());
    check(&influx, "/write?db=lanlord", "", "a v=1 1\nb v=1i 1\n", 204, "");
    let conflict = r#"{"error":"partial write: field type conflict: input field \"v\" on measurement \"a\" is type integer, already exists as type float dropped=1"}"#;
    check(&influx, "/write?db=lanlord", "", "a v=1i 2\na v=2 3\n", 400, conflict);
    check(&influx, "/write?db=lanlord", "", "b v=2i 2\n", 204, "");
    let parse = r#"{"error":"partial write: missing fields dropped=1"}"#;
    check(&influx, "/write?db=lanlord", "", "bad\n", 400, parse);
    let times: Vec<_> = influx.points().iter().map(|point| (point.measurement.clone(), point.time)).collect();
    assert_eq!(times, [("a", 1), ("b", 1), ("a", 3), ("b", 2)].map(|(name, time)| (name.to_owned(), time)));
    assert_eq!(influx.refused().len(), 2);
}

#[test]
fn compressed_bodies_are_unpacked() {
    let influx = start(Access::default());
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all("a v=1 1\n".repeat(10_000).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let gzip = "Content-Encoding: gzip\r\n";
    assert_eq!(ask(&influx, "/write?db=lanlord", gzip, &packed).0, 204);
    assert_eq!(influx.points().len(), 10_000);
    let broken = ask(&influx, "/write?db=lanlord", gzip, &packed[..packed.len() / 2]);
    assert_eq!(broken, (400, r#"{"error":"unexpected EOF"}"#.to_owned()));
    assert_eq!(ask(&influx, "/write?db=lanlord", "Content-Encoding: br\r\n", &packed).0, 400);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![b'\n'; desk::LONGEST_BODY + 1]).unwrap();
    assert_eq!(ask(&influx, "/write?db=lanlord", gzip, &bomb.finish().unwrap()).0, 400);
}

/// What comes back, if anything.
fn raw(influx: &Influx) -> String {
    let mut stream = connect(influx);
    let body = "a v=1 1\n";
    let length = body.len();
    // A receiver that fails may do so while we write.
    let _ = write!(
        stream,
        "POST /write?db=lanlord HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    let mut answer = Vec::new();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn each_fault_does_what_its_name_says() {
    let influx = start(Access::default());
    for (fault, begins) in [
        ("status:429:30", "HTTP/1.1 429 Too Many Requests\r\n"),
        ("status:413", "HTTP/1.1 413 Content Too Large\r\n"),
        ("garbage", "\0\u{1}SSH-2.0-nothing"),
        ("page", "HTTP/1.1 200 OK\r\n"),
        ("redirect:http://127.0.0.1:1/", "HTTP/1.1 307 Temporary Redirect\r\n"),
        ("close-in-answer", "HTTP/1.1 500 Internal Server Error\r\n"),
    ] {
        influx.set_fault(Some(fault.parse().unwrap()));
        let answer = raw(&influx);
        assert!(answer.starts_with(begins), "{fault}: {answer}");
        assert_eq!(answer.contains("\r\nRetry-After: 30\r\n"), fault.contains("429"), "{fault}: {answer}");
    }
    for fault in ["silent", "reset", "close-in-request:40", "half-open"] {
        influx.set_fault(Some(fault.parse().unwrap()));
        assert_eq!(raw(&influx), "", "{fault}");
    }
    assert_eq!(influx.points().len(), 0);
    influx.set_fault(Some(Fault::Down));
    assert!(TcpStream::connect(influx.address()).is_err());
    influx.set_fault(Some("slow:0.2".parse().unwrap()));
    let begun = pace::now();
    check(&influx, "/write?db=lanlord", "", "a v=1 1\n", 204, "");
    assert!(begun.elapsed() >= Duration::from_millis(200));
    influx.set_fault(None);
    let begun = "HTTP/1.1 204 No Content\r\nServer: nginx\r\nConnection: keep-alive\r\n\r\n";
    assert_eq!(raw(&influx), begun);
}

#[test]
fn with_tls_it_has_a_certificate() {
    let influx = Influx::start(Options { tls: true, ..Options::default() }).unwrap();
    assert!(influx.ca_pem().unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
    let mut stream = connect(&influx);
    stream.write_all(b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // An alert, by RFC 8446, 5.1.
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(answer.first(), Some(&21), "{answer:?}");
}
