//! Each way in which a box can fail to answer, done by a real one, and what is said of it.

use nix::sys::socket::sockopt::Linger;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, bind, getsockname, listen as start, setsockopt,
    socket,
};
use secrecy::SecretString;

use super::*;
use crate::metric::Reason;

/// What a box does after it has said something.
#[derive(Clone, Copy)]
enum Then {
    Close,
    Reset,
    Stay,
}

fn saying(text: &str, then: Then) -> Server {
    let text = text.to_owned();
    Server::new(move |wire, _| {
        listen(wire);
        say(wire, &text);
        match then {
            Then::Close => {}
            Then::Reset => {
                let at_once = nix::libc::linger { l_onoff: 1, l_linger: 0 };
                setsockopt(wire.tcp(), Linger, &at_once).unwrap();
            }
            // Until the client has had enough.
            Then::Stay => drop(listen(wire)),
        }
    })
}

#[track_caller]
fn check(text: &str, then: Then, expected: (Reason, &str, &str)) {
    let server = saying(text, then);
    let client = server.client(1);
    let failure = run(client.fetch(get("/"), PATIENCE)).unwrap_err();
    let (reason, code, message) = expected;
    assert_eq!((failure.reason(), failure.code()), (reason, code), "{failure}");
    assert_eq!(failure.to_string(), format!("{} {message}", server.address));
    // One question, one connection; and the next one has its turn.
    assert_eq!(server.accepted(), 1);
    run(client.fetch(get("/"), PATIENCE)).unwrap_err();
    assert_eq!(server.accepted(), 2);
}

#[test]
fn a_box_that_hangs_up() {
    let closed = (Reason::Unreachable, "closed", "closed the connection and did not answer");
    check("", Then::Close, closed);
    let reset = "broke the connection off: Connection reset by peer (os error 104)";
    check("", Then::Reset, (Reason::Unreachable, "broken", reset));
}

#[test]
fn a_box_that_hangs_up_in_the_middle() {
    let truncated =
        |bytes| format!("closed the connection in the middle of its answer, {bytes} bytes after its headers");
    let (none, some) = (truncated(0), truncated(3));
    let (none, some) = ((Reason::Misbehaved, "truncated", &*none), (Reason::Misbehaved, "truncated", &*some));
    check("HTTP/1.1 200 O", Then::Close, none);
    check("HTTP/1.1 200 OK\r\nContent-Le", Then::Close, none);
    check("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", Then::Close, none);
    check("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Then::Close, some);
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Then::Close, some);
    check("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nabc", Then::Close, some);
}

#[test]
fn a_box_whose_answer_is_longer_than_it_says() {
    let excess = (Reason::Misbehaved, "excess", "sent more than the length that its answer was said to have");
    check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{\"success\":true}", Then::Stay, excess);
    check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{\"success\":true}", Then::Close, excess);
    check("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{\"a\":1}", Then::Close, excess);
}

#[test]
fn a_box_that_says_too_much() {
    let large = "sent, or wants to send, more than the 1000 bytes that such an answer may have";
    let large = (Reason::Misbehaved, "too_large", large);
    // Nothing of the body is there yet.
    check("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", Then::Stay, large);
    check("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551613\r\n\r\n", Then::Stay, large);
    let chunk = format!("3e8\r\n{}\r\n1\r\n!\r\n", "x".repeat(1000));
    check(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"), Then::Stay, large);
    check(&format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1001)), Then::Stay, large);

    let head = (Reason::Misbehaved, "head_too_large", "sent more than 16384 bytes or 64 lines of headers");
    let long = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(20_000));
    check(&long, Then::Stay, head);
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(65));
    check(&many, Then::Stay, head);
}

#[test]
fn as_much_as_is_allowed_is_read() {
    let body = "x".repeat(1000);
    for head in ["Content-Length: 1000\r\n\r\n", "\r\n", "Transfer-Encoding: chunked\r\n\r\n3e8\r\n"] {
        let end = if head.starts_with('T') { "\r\n0\r\n\r\n" } else { "" };
        let server = saying(&format!("HTTP/1.1 200 OK\r\n{head}{body}{end}"), Then::Close);
        assert_eq!(run(server.client(1).fetch(get("/"), PATIENCE)).unwrap().body, body.as_bytes(), "{head}");
    }
    let many = format!("HTTP/1.1 200 OK\r\n{}Content-Length: 0\r\n\r\n", "X: y\r\n".repeat(63));
    assert_eq!(run(saying(&many, Then::Close).client(1).fetch(get("/"), PATIENCE)).unwrap().status, 200);
}

#[test]
fn a_box_that_speaks_something_else() {
    for text in [
        "220 mail.example ESMTP\r\n\r\n",
        "HTTP/1.1 huge\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "\0\0\0\0\0\0\0\0\r\n\r\n",
    ] {
        let failure = run(saying(text, Then::Stay).client(1).fetch(get("/"), PATIENCE)).unwrap_err();
        assert_eq!(
            (failure.reason(), failure.code()),
            (Reason::Misbehaved, "not_http"),
            "{text:?} {failure}"
        );
        assert!(
            failure.to_string().ends_with("; is this its port, and should it be `https://`"),
            "{failure}"
        );
    }
    for chunk in ["what\r\n", "-1\r\n", "ffffffffffffffffff\r\n", "1\r\nab\r\n"] {
        let text = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
        let failure = run(saying(&text, Then::Stay).client(1).fetch(get("/"), PATIENCE)).unwrap_err();
        assert_eq!((failure.reason(), failure.code()), (Reason::Misbehaved, "chunks"), "{chunk:?} {failure}");
    }
}

const SHORT: Duration = Duration::from_millis(500);

#[track_caller]
fn check_slow(client: &Client, host: &str, step: &str) {
    let failure = run(client.fetch(get("/"), SHORT)).unwrap_err();
    assert_eq!((failure.reason(), failure.code()), (Reason::TimedOut, "timeout"), "{failure}");
    assert_eq!(failure.to_string(), format!("{host} did not answer within 500 ms: {step}"));
}

#[test]
fn a_box_that_takes_for_ever() {
    let said_nothing = "it had taken the connection, and said nothing by then";
    for text in ["", "HTTP/1.1 200 OK\r\nX: "] {
        let server = saying(text, Then::Stay);
        check_slow(&server.client(1), &server.address.to_string(), said_nothing);
    }
    for text in ["Content-Length: 9\r\n\r\n{", "\r\n{", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"] {
        let server = saying(&format!("HTTP/1.1 200 OK\r\n{text}"), Then::Stay);
        check_slow(&server.client(1), &server.address.to_string(), "its answer had not ended by then");
    }
}

#[test]
fn a_box_that_drips() {
    for (head, step) in [
        ("HTTP/1.1 200 OK\r\nX: ", "it had taken the connection, and said nothing by then"),
        ("HTTP/1.1 200 OK\r\n\r\n", "its answer had not ended by then"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n", "its answer had not ended by then"),
    ] {
        let server = Server::new(move |wire, _| {
            listen(wire);
            say(wire, head);
            wire.tcp().set_read_timeout(Some(Duration::from_millis(10))).unwrap();
            // Until the client is gone.
            while wire.read(&mut [0]).is_err() {
                say(wire, "x");
            }
        });
        check_slow(&server.client(1), &server.address.to_string(), step);
    }
}

/// A socket that has a port, and does not listen on it until somebody says so.
fn bound() -> (std::os::fd::OwnedFd, u16) {
    let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
    bind(std::os::fd::AsRawFd::as_raw_fd(&socket), &SockaddrIn::new(127, 0, 0, 1, 0)).unwrap();
    let name: SockaddrIn = getsockname(std::os::fd::AsRawFd::as_raw_fd(&socket)).unwrap();
    (socket, name.port())
}

fn at(host: &str, port: u16) -> Target {
    Target { host: host.to_owned(), port, connect_to: None, over: Over::Tcp }
}

#[test]
fn a_port_that_nobody_listens_on() {
    let (_socket, port) = bound();
    let failure = run(Client::new(at("127.0.0.1", port), 1).fetch(get("/"), PATIENCE)).unwrap_err();
    assert_eq!((failure.reason(), failure.code()), (Reason::Unreachable, "connect"));
    let message = format!(
        "127.0.0.1:{port} does not take a connection (127.0.0.1:{port}): Connection refused (os error 111); is it \
         up, and is this its port"
    );
    assert_eq!(failure.to_string(), message);
}

#[test]
fn a_box_that_takes_no_connection_and_refuses_none() {
    let (socket, port) = bound();
    start(&socket, Backlog::new(0).unwrap()).unwrap();
    // The one that fits into the queue; the kernel lets nobody else in until it is taken.
    let _first = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let step = "nobody had taken the connection by then; is it up, and is this its address";
    check_slow(&Client::new(at("127.0.0.1", port), 1), &format!("127.0.0.1:{port}"), step);
}

#[test]
fn a_name_that_nobody_knows() {
    // Longer than a name can be (RFC 1035 §2.3.4), so that no resolver is asked.
    let long = "x".repeat(300);
    let target = Target { connect_to: Some(long), ..at("box.example", 80) };
    let failure = run(Client::new(target, 1).fetch(get("/"), PATIENCE)).unwrap_err();
    assert_eq!((failure.reason(), failure.code()), (Reason::Unreachable, "resolve"));
    let said = failure.to_string();
    assert!(said.starts_with("box.example:80 (at xxx") && said.contains(" cannot be found: "), "{failure}");
}

#[test]
fn words_that_http_does_not_allow_are_not_said() {
    let server = Server::new(always(OK));
    let try_it = |host: &str, path: &str, secret: &str| {
        let secret = SecretString::from(secret);
        let target = Target { connect_to: Some("127.0.0.1".to_owned()), ..at(host, server.address.port()) };
        let request = Request { secret: Some(("x-fbx-app-auth", &secret)), ..get(path) };
        run(Client::new(target, 1).fetch(request, PATIENCE)).map_err(|failure| {
            assert_eq!((failure.reason(), failure.code()), (Reason::Misbehaved, "words"));
            failure.to_string()
        })
    };
    try_it("box", "/api//v8/?a=b&c", "ok").unwrap();
    let port = server.address.port();
    for path in ["", "api/", "http://other.example/", "/a b", "/a\r\nX: y", "/\u{e9}", "/a#b", "*"] {
        let message = format!(
            "box:{port} (at 127.0.0.1) cannot be asked: the path has characters that HTTP does not allow"
        );
        assert_eq!(try_it("box", path, "ok").unwrap_err(), message, "{path:?}");
    }
    for host in ["", "a b", "a/b", "a@b", "a\r\nX: y", "\u{e9}"] {
        let message = try_it(host, "/", "ok").unwrap_err();
        assert!(
            message
                .ends_with("cannot be asked: the name of the host has characters that HTTP does not allow")
        );
        assert!(!message.contains(char::is_control), "{message:?}");
    }
    let message =
        format!("box:{port} (at 127.0.0.1) cannot be asked: a token has characters that HTTP does not allow");
    assert_eq!(try_it("box", "/", "hush\r\nX: y").unwrap_err(), message);
    assert_eq!(server.accepted(), 1);
}
