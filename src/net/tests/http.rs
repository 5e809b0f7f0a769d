//! What the client says, and what it does with its connections.

use std::sync::Mutex;
use std::sync::mpsc;

use secrecy::SecretString;

use super::*;
use crate::net::failure::{Cause, Step};

/// A box that notes what it is asked.
fn noting() -> (Server, mpsc::Receiver<String>) {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        while let Some(request) = listen(wire) {
            note.lock().unwrap().send(request).unwrap();
            say(wire, OK);
        }
    });
    (server, noted)
}

#[test]
fn a_question_says_who_asks_and_what_is_understood() {
    let (server, noted) = noting();
    let client = server.client(1);
    run(client.fetch(get("/api_version?x=1"), PATIENCE)).unwrap();
    let expected = format!(
        "GET /api_version?x=1 HTTP/1.1\r\nhost: {}\r\nuser-agent: lanlord/{}\r\naccept: application/json\r\n\
         connection: keep-alive\r\n\r\n",
        server.address,
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(noted.recv_timeout(PATIENCE).unwrap(), expected);
}

#[test]
fn a_secret_goes_into_its_header_and_json_into_the_body() {
    let (server, noted) = noting();
    let secret = SecretString::from("f0Zb8+wYyKq3Rk1nE6sXcV2t/9==");
    let json = r#"{"password":"e23b78b55f74f7d32b446b552c0ee6d86ea52e63"}"#;
    let request = || Request {
        method: "POST",
        path: "/api/v8/login/session/",
        secret: Some(("x-fbx-app-auth", &secret)),
        repeatable: false,
        body: Some(Body::json(json)),
        limit: 1000,
    };
    assert_eq!(format!("{:?}", request()), "POST /api/v8/login/session/");
    let client = server.client(1);
    let answer = run(client.fetch(request(), PATIENCE)).unwrap();
    assert_eq!(
        format!("{answer:?} {client:?}"),
        format!("200 with 2 bytes Client {{ at: \"{}\", .. }}", server.address)
    );
    let said = noted.recv_timeout(PATIENCE).unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, json);
    for line in [
        "POST /api/v8/login/session/ HTTP/1.1",
        "content-type: application/json",
        "content-length: 55",
        "x-fbx-app-auth: f0Zb8+wYyKq3Rk1nE6sXcV2t/9==",
    ] {
        assert!(head.lines().any(|found| found == line), "{line}\n{head}");
    }
}

#[test]
fn a_connection_is_kept_for_the_next_question() {
    for answer in [
        OK,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nx: y\r\n\r\n",
    ] {
        let server = Server::new(always(answer));
        let client = server.client(2);
        run(async {
            for _ in 0..5 {
                assert_eq!(client.fetch(get("/"), PATIENCE).await.unwrap().body, b"{}", "{answer}");
            }
        });
        assert_eq!(server.accepted(), 1, "{answer}");
        run(async {
            client.close();
            client.fetch(get("/"), PATIENCE).await.unwrap();
        });
        assert_eq!(server.accepted(), 2, "{answer}");
    }
}

#[test]
fn a_box_that_closes_after_each_answer_is_asked_over_a_new_connection() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
        "HTTP/1.0 200 OK\r\n\r\n{}",
    ] {
        let server = Server::new(move |wire, _| {
            listen(wire);
            say(wire, answer);
        });
        let client = server.client(1);
        for _ in 0..3 {
            check_ok(&client);
        }
        assert_eq!(server.accepted(), 3, "{answer}");
    }
}

#[test]
fn no_more_connections_are_open_than_were_allowed_and_all_have_their_turn() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (now.clone(), most.clone());
    let server = Server::new(move |wire, _| {
        while listen(wire).is_some() {
            let now = counts.0.fetch_add(1, Ordering::SeqCst) + 1;
            counts.1.fetch_max(now, Ordering::SeqCst);
            pause(wire);
            counts.0.fetch_sub(1, Ordering::SeqCst);
            say(wire, OK);
        }
    });
    let client = server.client(2);
    let ask = || client.fetch(get("/"), PATIENCE);
    let answers = run(async { tokio::join!(ask(), ask(), ask(), ask(), ask(), ask()) });
    for answer in [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5] {
        assert_eq!(answer.unwrap().body, b"{}");
    }
    assert_eq!(server.accepted(), 2);
    assert!(most.load(Ordering::SeqCst) <= 2);
}

/// Waits a little for something that the client will not say.
fn pause(wire: &mut dyn Wire) {
    wire.tcp().set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let _ = wire.read(&mut [0]);
    wire.tcp().set_read_timeout(None).unwrap();
}

#[test]
fn who_waits_for_a_connection_waits_no_longer_than_for_an_answer() {
    let server = Server::new(|wire, _| while listen(wire).is_some() {});
    let client = server.client(1);
    run(async {
        let busy = client.fetch(get("/"), PATIENCE);
        let waits = async {
            let failure = client.fetch(get("/"), Duration::from_millis(100)).await.unwrap_err();
            assert!(matches!(failure.cause, Cause::Timeout { step: Step::Turn, .. }), "{failure}");
        };
        tokio::select! {
            biased;
            answer = busy => panic!("{answer:?}"),
            () = waits => {}
        }
    });
    assert_eq!(server.accepted(), 1);
}

#[test]
fn whoever_stops_waiting_takes_the_connection_along_and_leaves_the_turn() {
    // Where in an answer the client gives up.
    for begun in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"] {
        let (note, noted) = mpsc::channel();
        let (speak, mut spoken) = tokio::sync::mpsc::unbounded_channel();
        let note = Mutex::new(note);
        let server = Server::new(move |wire, number| {
            while listen(wire).is_some() {
                say(wire, if number == 2 { begun } else { OK });
                speak.send(number).unwrap();
            }
            note.lock().unwrap().send(number).unwrap();
        });
        let client = server.client(1);
        run(async {
            client.fetch(get("/"), PATIENCE).await.unwrap();
            assert_eq!(spoken.recv().await, Some(1));
            client.close();
            assert_eq!(noted.recv_timeout(PATIENCE), Ok(1));
            tokio::select! {
                biased;
                answer = client.fetch(get("/"), PATIENCE) => panic!("{answer:?}"),
                number = spoken.recv() => assert_eq!(number, Some(2)),
            }
        });
        assert_eq!(noted.recv_timeout(PATIENCE), Ok(2));
        check_ok(&client);
        assert_eq!(server.accepted(), 3);
    }
}

/// A box that answers once on each connection, and closes it when it likes.
#[test]
fn a_connection_that_was_closed_while_it_rested_is_replaced_whatever_is_asked() {
    let (note, closed) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        listen(wire);
        say(wire, OK);
        wire.tcp().shutdown(std::net::Shutdown::Both).unwrap();
        note.lock().unwrap().send(()).unwrap();
    });
    let client = server.client(1);
    run(async {
        for method in ["GET", "POST", "GET", "POST"] {
            let request = Request { method, body: Some(Body::json("{}")), ..get("/") };
            assert_eq!(client.fetch(request, PATIENCE).await.unwrap().body, b"{}");
            closed.recv_timeout(PATIENCE).unwrap();
        }
    });
    assert_eq!(server.accepted(), 4);
}

/// A box that closes the second time it is asked on a connection, after it has read the question and said so much.
fn forgetful(begun: &'static str) -> (Server, mpsc::Receiver<String>) {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        for answer in [OK, begun] {
            let Some(request) = listen(wire) else { return };
            note.lock().unwrap().send(request).unwrap();
            say(wire, answer);
        }
    });
    (server, noted)
}

#[test]
fn a_get_on_a_connection_that_is_closed_without_a_byte_is_asked_once_more() {
    let (server, noted) = forgetful("");
    let client = server.client(1);
    run(async {
        for _ in 0..2 {
            client.fetch(get("/"), PATIENCE).await.unwrap();
        }
    });
    assert_eq!((server.accepted(), noted.try_iter().count()), (2, 3));
}

#[test]
fn a_question_that_may_change_something_is_never_said_twice() {
    let (server, noted) = forgetful("");
    let client = server.client(1);
    let post = || Request { method: "POST", repeatable: false, body: Some(Body::json("{}")), ..get("/") };
    run(async {
        client.fetch(post(), PATIENCE).await.unwrap();
        let failure = client.fetch(post(), PATIENCE).await.unwrap_err();
        assert_eq!(failure.code(), "closed");
    });
    assert_eq!((server.accepted(), noted.try_iter().count()), (1, 2));
}

#[test]
fn what_may_be_repeated_is_said_once_more_and_no_more_than_that() {
    // Every connection is closed when it is asked for the second time, and the new ones at once.
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, number| {
        for at in 0..2 {
            let Some(request) = listen(wire) else { return };
            note.lock().unwrap().send(request).unwrap();
            if number > 1 || at > 0 {
                return;
            }
            say(wire, OK);
        }
    });
    let client = server.client(1);
    let post = || Request { method: "POST", body: Some(Body::json("{}")), ..get("/") };
    run(async {
        client.fetch(post(), PATIENCE).await.unwrap();
        let failure = client.fetch(post(), PATIENCE).await.unwrap_err();
        assert_eq!(failure.code(), "closed");
    });
    assert_eq!((server.accepted(), noted.try_iter().count()), (2, 3));
}

/// What `listen` reads, for a body that is no text.
fn read_request(wire: &mut dyn Wire) -> (String, Vec<u8>) {
    let mut said = Vec::new();
    let mut octet = [0];
    while !said.ends_with(b"\r\n\r\n") {
        wire.read_exact(&mut octet).unwrap();
        said.push(octet[0]);
    }
    let head = String::from_utf8(said).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    wire.read_exact(&mut body).unwrap();
    (head, body)
}

#[test]
fn a_body_of_any_bytes_arrives_whole_and_says_what_it_is() {
    // Every byte there is, and more of them than a socket takes at once.
    let sent: Vec<u8> = (0..700_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for gzip in [true, false] {
        let (note, noted) = mpsc::channel();
        let note = Mutex::new(note);
        let server = Server::new(move |wire, _| {
            for _ in 0..2 {
                note.lock().unwrap().send(read_request(wire)).unwrap();
                say(wire, "HTTP/1.1 204 No Content\r\n\r\n");
            }
        });
        let client = server.client(1);
        let body = Body { bytes: sent.clone().into(), kind: "text/plain; charset=utf-8", gzip };
        let request = || Request { method: "POST", body: Some(body.clone()), ..get("/write?db=x") };
        run(async {
            for _ in 0..2 {
                let answer = client.fetch(request(), PATIENCE).await.unwrap();
                assert_eq!((answer.status, answer.retry_after), (204, None));
            }
        });
        assert_eq!(server.accepted(), 1);
        for (head, body) in noted.try_iter() {
            assert!(body == sent, "{} bytes", body.len());
            assert!(head.starts_with("POST /write?db=x HTTP/1.1\r\n"), "{head}");
            assert!(head.contains("\r\ncontent-type: text/plain; charset=utf-8\r\n"), "{head}");
            assert_eq!(head.contains("\r\ncontent-encoding: gzip\r\n"), gzip, "{head}");
            assert!(head.contains("\r\ncontent-length: 700000\r\n"), "{head}");
            assert!(!head.contains("transfer-encoding"), "{head}");
        }
    }
}

#[test]
fn when_to_ask_again_is_passed_on_as_it_was_said() {
    for (said, expected) in [
        ("Retry-After: 120\r\n", Some("120")),
        ("retry-after:   Fri, 31 Dec 1999 23:59:59 GMT  \r\n", Some("Fri, 31 Dec 1999 23:59:59 GMT")),
        ("Retry-After: \r\n", Some("")),
        ("", None),
    ] {
        let text = format!("HTTP/1.1 429 Too Many Requests\r\n{said}Content-Length: 0\r\n\r\n");
        let answer = run(Server::new(always(&text)).client(1).fetch(get("/"), PATIENCE)).unwrap();
        assert_eq!((answer.status, answer.retry_after.as_deref()), (429, expected));
    }
}

#[test]
fn an_answer_that_comes_before_the_question_is_read_is_heard() {
    // As proxies do that want no body of that size: they say so, close, and reset what comes.
    let text = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let server = Server::new(move |wire, _| {
        wire.read_exact(&mut [0; 20]).unwrap();
        say(wire, text);
    });
    for _ in 0..50 {
        let body = Body { bytes: vec![b'x'; 20_000].into(), kind: "text/plain", gzip: false };
        let request = Request { method: "POST", body: Some(body), ..get("/") };
        let heard = run(server.client(1).fetch(request, PATIENCE));
        assert!(heard.as_ref().is_ok_and(|answer| answer.status == 413), "{heard:?}");
    }
}

#[test]
fn an_answer_that_had_begun_is_not_asked_for_again() {
    for begun in ["H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{"] {
        let (server, noted) = forgetful(begun);
        let client = server.client(1);
        run(async {
            client.fetch(get("/"), PATIENCE).await.unwrap();
            let failure = client.fetch(get("/"), PATIENCE).await.unwrap_err();
            assert_eq!(failure.code(), "truncated", "{begun}");
        });
        assert_eq!((server.accepted(), noted.try_iter().count()), (1, 2));
    }
}

#[test]
fn a_visit_may_wait_on_any_thread() {
    fn check(_: impl Send) {}
    let (server, _noted) = noting();
    let client = server.client(1);
    check(client.fetch(get("/"), PATIENCE));
}

#[test]
fn a_redirect_is_an_answer_like_any_other() {
    let server = Server::new(always(
        "HTTP/1.1 301 Moved Permanently\r\nLocation: https://box.example/\r\nContent-Length: 0\r\n\r\n",
    ));
    let answer = run(server.client(1).fetch(get("/"), PATIENCE)).unwrap();
    assert_eq!((answer.status, answer.location.as_deref()), (301, Some("https://box.example/")));
    assert_eq!(server.accepted(), 1);
}

#[test]
fn every_status_is_an_answer() {
    for status in [200, 403, 404, 500, 502, 503, 599] {
        let server = Server::new(always(&format!("HTTP/1.1 {status} X\r\nContent-Length: 6\r\n\r\n<html>")));
        let answer = run(server.client(1).fetch(get("/"), PATIENCE)).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (status, b"<html>".as_slice()));
    }
    let nothing = Server::new(always("HTTP/1.1 204 No Content\r\n\r\n"));
    assert!(run(nothing.client(1).fetch(get("/"), PATIENCE)).unwrap().body.is_empty());
}

#[test]
fn an_address_of_ipv6_is_asked_as_one() {
    let Some(listener) = on_ipv6() else { return };
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::on(listener, move |mut wire, _| {
        note.lock().unwrap().send(listen(&mut wire).unwrap()).unwrap();
        say(&mut wire, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{");
    });
    let port = server.address.port();
    let failure = run(server.client(1).fetch(get("/"), PATIENCE)).unwrap_err();
    assert!(failure.to_string().starts_with(&format!("[::1]:{port} closed ")), "{failure}");
    let said = noted.recv_timeout(PATIENCE).unwrap();
    assert!(said.contains(&format!("\r\nhost: [::1]:{port}\r\n")), "{said}");
}

#[test]
fn a_box_may_be_elsewhere_than_its_name_says() {
    let (server, noted) = noting();
    let target = Target {
        host: "box.example".to_owned(),
        connect_to: Some("127.0.0.1".to_owned()),
        ..server.target(Over::Tcp)
    };
    check_ok(&Client::new(target, 1));
    let said = noted.recv_timeout(PATIENCE).unwrap();
    assert!(said.contains(&format!("\r\nhost: box.example:{}\r\n", server.address.port())), "{said}");
}

#[test]
fn a_name_with_several_addresses_is_asked_at_the_one_that_answers() {
    // The loopback by name, which is ::1 as well on most machines; nobody listens there.
    let server = Server::new(always(OK));
    let target = Target { host: "localhost".to_owned(), ..server.target(Over::Tcp) };
    check_ok(&Client::new(target, 1));
}

#[test]
fn a_name_is_not_looked_up_where_it_was_said_which_address_to_ask() {
    let (server, noted) = noting();
    // Names are looked up on a thread beside the runtime, and the only one that there may be is taken.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
    let (release, released) = mpsc::channel::<()>();
    let taken = runtime.spawn_blocking(move || released.recv().is_ok());
    let ask = |connect_to: Option<&str>, patience| {
        let connect_to = connect_to.map(str::to_owned);
        let target = Target { host: "localhost".to_owned(), connect_to, ..server.target(Over::Tcp) };
        let client = Client::new(target, 1);
        runtime.block_on(async move { client.fetch(get("/"), patience).await })
    };
    let failure = ask(None, Duration::from_millis(100)).unwrap_err();
    assert!(matches!(failure.cause, Cause::Timeout { step: Step::Resolve, .. }), "{failure}");
    assert_eq!(ask(Some("127.0.0.1"), PATIENCE).unwrap().body, b"{}");
    let said = noted.recv_timeout(PATIENCE).unwrap();
    assert!(said.contains(&format!("\r\nhost: localhost:{}\r\n", server.address.port())), "{said}");
    drop(release);
    runtime.block_on(taken).unwrap();
}

#[test]
fn cookies_and_what_a_body_is_are_passed_on_as_they_were_said() {
    let server = Server::new(always(
        "HTTP/1.1 302 Found\r\nSet-Cookie: preSession=0x1f; path=/\r\nContent-Type: text/html; charset=utf-8\r\n\
         set-cookie: session=deleted; expires=Thu, 01 Jan 1970 00:00:00 GMT\r\nSet-Cookie:\r\nContent-Length: 0\r\n\r\n",
    ));
    let answer = run(server.client(1).fetch(get("/"), PATIENCE)).unwrap();
    assert_eq!(answer.content_type.as_deref(), Some("text/html; charset=utf-8"));
    let expected = ["preSession=0x1f; path=/", "session=deleted; expires=Thu, 01 Jan 1970 00:00:00 GMT", ""];
    assert_eq!(answer.set_cookie, expected);
    assert_eq!(format!("{answer:?}"), "302 with 0 bytes");
    let plain = run(Server::new(always(OK)).client(1).fetch(get("/"), PATIENCE)).unwrap();
    assert_eq!((plain.content_type, plain.set_cookie), (None, vec![]));
}

#[test]
fn cookies_are_no_more_than_there_may_be_headers() {
    for (cookies, expected) in [(63, Ok(63)), (64, Err("head_too_large"))] {
        let lines = "Set-Cookie: a=b\r\n".repeat(cookies);
        let server = Server::new(always(&format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\n{{}}")));
        let heard = run(server.client(1).fetch(get("/"), PATIENCE));
        let heard = heard.as_ref().map(|answer| answer.set_cookie.len()).map_err(|failure| failure.code());
        assert_eq!(heard, expected);
    }
}

#[test]
fn a_form_is_sent_as_one_together_with_cookies() {
    let (server, noted) = noting();
    let cookies = SecretString::from("preSession=0x1f; userid=7");
    let request = Request {
        method: "POST",
        path: "/goform/login",
        secret: Some(("cookie", &cookies)),
        repeatable: false,
        body: Some(Body::form(&[("usr", "admin"), ("pwd", "p&ss wörd")])),
        limit: 1000,
    };
    assert_eq!(format!("{request:?}"), "POST /goform/login");
    run(server.client(1).fetch(request, PATIENCE)).unwrap();
    let said = noted.recv_timeout(PATIENCE).unwrap();
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "usr=admin&pwd=p%26ss%20w%C3%B6rd");
    for line in [
        "POST /goform/login HTTP/1.1",
        "content-type: application/x-www-form-urlencoded",
        "content-length: 32",
        "cookie: preSession=0x1f; userid=7",
    ] {
        assert!(head.lines().any(|found| found == line), "{line}\n{head}");
    }
}
