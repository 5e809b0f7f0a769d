//! Receivers that do as carbon does, and receivers that do not, on the loopback.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Mutex, mpsc};

use hyper::body::Bytes;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;

use super::*;
use crate::encode::graphite::Form;
use crate::metric::Reason;
use crate::net::tests::{PATIENCE, Server, run};
use crate::push::sender::Again;

const SHORT: Duration = Duration::from_millis(500);

fn sender(host: &str, port: u16) -> Sender {
    let layout = Layout { prefix: "lanlord".to_owned(), form: Form::Tags };
    Sender::new(Settings { host: host.to_owned(), port, layout })
}

fn to(server: &Server) -> Sender {
    sender("127.0.0.1", server.address.port())
}

fn parcel(text: impl Into<Vec<u8>>) -> Parcel {
    Parcel::plain(Bytes::from(text.into()))
}

fn line() -> Parcel {
    parcel("lanlord.wan.up 1 1764000000\n")
}

/// Does as carbon does: reads all there is, then closes. What it has read comes out of the other end.
fn carbon() -> (Server, mpsc::Receiver<Vec<u8>>) {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        let mut read = Vec::new();
        if wire.read_to_end(&mut read).is_ok() {
            note.lock().unwrap().send(read).unwrap();
        }
    });
    (server, noted)
}

#[track_caller]
fn check(server: &Server, parcel: &Parcel, patience: Duration, expected: (Reason, &str, &str)) {
    let refusal = run(to(server).send(parcel, patience)).unwrap_err();
    let (reason, code, message) = expected;
    assert_eq!((refusal.reason, refusal.code, refusal.again), (reason, code, Again::Later), "{refusal:?}");
    assert_eq!(refusal.message, format!("{} {message}", server.address));
}

const CLOSED: &str = "closed the connection before it had all lines; is it overloaded, and does it take connections from this machine";

#[track_caller]
fn check_not_read(server: &Server, parcel: &Parcel) {
    let refusal = run(to(server).send(parcel, PATIENCE)).unwrap_err();
    // Which of the two depends on when we look.
    assert!(["closed", "broken"].contains(&refusal.code), "{refusal:?}");
    assert_eq!((refusal.reason, refusal.again), (Reason::Unreachable, Again::Later));
    let does = "is it overloaded, and does it take connections from this machine";
    assert!(refusal.message.starts_with(&format!("{} ", server.address)), "{refusal:?}");
    assert!(refusal.message.ends_with(does), "{refusal:?}");
}

#[test]
fn what_is_sent_arrives_packed_or_not_and_each_time_over_a_connection_of_its_own() {
    let (server, noted) = carbon();
    let mut sender = to(&server);
    let many: String = (0..60_000).map(|at| format!("lanlord.lan.host_{at} {at} 1764000000\n")).collect();
    run(async {
        for text in ["lanlord.wan.up 1 1764000000\n", &many] {
            for parcel in [parcel(text), parcel(text).pack().unwrap()] {
                sender.send(&parcel, PATIENCE).await.unwrap();
                assert!(noted.recv_timeout(PATIENCE).unwrap() == text.as_bytes());
            }
        }
    });
    assert_eq!(server.accepted(), 4);
}

#[test]
fn success_is_not_said_before_the_receiver_has_closed() {
    let (read, was_read) = mpsc::channel();
    let (close, may_close) = mpsc::channel::<()>();
    let (read, may_close) = (Mutex::new(read), Mutex::new(may_close));
    let server = Server::new(move |wire, _| {
        wire.read_to_end(&mut Vec::new()).unwrap();
        read.lock().unwrap().send(()).unwrap();
        may_close.lock().unwrap().recv().unwrap();
    });
    let mut sender = to(&server);
    run(async {
        let line = line();
        let send = sender.send(&line, PATIENCE);
        tokio::pin!(send);
        // It has read the end of the lines, and stays.
        while was_read.try_recv().is_err() {
            tokio::select! {
                biased;
                done = &mut send => panic!("{done:?}"),
                () = tokio::time::sleep(Duration::from_millis(1)) => {}
            }
        }
        close.send(()).unwrap();
        send.await.unwrap();
    });
}

#[test]
fn nobody_is_there() {
    let port = {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    for refusal in [
        run(sender("127.0.0.1", port).send(&line(), PATIENCE)).unwrap_err(),
        run(sender("127.0.0.1", port).try_out(PATIENCE)).unwrap_err(),
    ] {
        assert_eq!(
            (refusal.reason, refusal.code, refusal.again),
            (Reason::Unreachable, "connect", Again::Later)
        );
        let message = format!(
            "127.0.0.1:{port} does not take a connection (127.0.0.1:{port}): Connection refused (os error 111); is it \
             up, and is this its port"
        );
        assert_eq!(refusal.message, message);
    }
    // Longer than a name can be (RFC 1035 §2.3.4), so that no resolver is asked.
    let refusal = run(sender(&"x".repeat(300), 2003).send(&line(), PATIENCE)).unwrap_err();
    assert_eq!((refusal.reason, refusal.code), (Reason::Unreachable, "resolve"));
    assert!(refusal.message.len() < 600, "{refusal:?}");
}

#[test]
fn a_receiver_that_takes_the_lines_and_never_closes() {
    let server = Server::new(|wire, _| {
        wire.read_to_end(&mut Vec::new()).ok();
        // Until we are gone, which it learns when it says something.
        while wire.write(b"").is_ok() && !gone(wire.tcp()) {}
    });
    let message = "took the lines and did not close the connection within 500 ms, so nobody knows whether it has read \
                   them; is this its port, and is it overloaded, or something in between that keeps connections open";
    check(&server, &line(), SHORT, (Reason::TimedOut, "not_closed", message));
}

/// Whether the other side has closed, as far as the kernel knows; waits a little for it.
fn gone(tcp: &TcpStream) -> bool {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::os::fd::AsFd;
    let mut fds = [PollFd::new(tcp.as_fd(), PollFlags::empty())];
    poll(&mut fds, PollTimeout::from(20u8)).unwrap();
    fds[0].revents().is_some_and(|events| events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP))
}

#[test]
fn a_receiver_that_takes_the_connection_and_never_reads() {
    let server = Server::new(|wire, _| while !gone(wire.tcp()) {});
    // More than the buffers of both kernels hold.
    let text = "lanlord.wan.up 1 1764000000\n".repeat(1_500_000);
    let message = "did not take all lines within 500 ms; is it overloaded, or stuck";
    check(&server, &parcel(text), SHORT, (Reason::TimedOut, "stalled", message));
}

#[test]
fn a_receiver_that_closes_and_has_read_nothing() {
    for _ in 0..20 {
        // Before the lines are there, or after.
        check_not_read(&Server::new(|_, _| {}), &line());
        let late = Server::new(|wire, _| {
            let _ = wire.tcp().peek(&mut [0]);
        });
        check_not_read(&late, &line());
    }
}

#[test]
fn a_receiver_that_closes_in_the_middle() {
    let text = "lanlord.wan.up 1 1764000000\n".repeat(1_500_000);
    let server = Server::new(|wire, _| drop(wire.read(&mut [0; 10_000])));
    check_not_read(&server, &parcel(text.clone()));
    // One that says that it will say nothing more, and stays.
    let server = Server::new(|wire, _| {
        wire.tcp().shutdown(Shutdown::Write).unwrap();
        while !gone(wire.tcp()) {}
    });
    check(&server, &parcel(text), PATIENCE, (Reason::Unreachable, "closed", CLOSED));
}

#[test]
fn a_receiver_that_resets_the_connection() {
    let server = Server::new(|wire, _| {
        let _ = wire.read(&mut [0; 5]);
        let at_once = nix::libc::linger { l_onoff: 1, l_linger: 0 };
        setsockopt(wire.tcp(), Linger, &at_once).unwrap();
    });
    let refusal = run(to(&server).send(&line(), PATIENCE)).unwrap_err();
    assert_eq!((refusal.reason, refusal.code), (Reason::Unreachable, "broken"), "{refusal:?}");
    assert!(refusal.message.contains("Connection reset by peer"), "{refusal:?}");
}

#[test]
fn what_talks_is_no_receiver() {
    for (said, shown) in [
        ("SSH-2.0-OpenSSH_9.2p1\r\n", "SSH-2.0-OpenSSH_9.2p1"),
        ("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        ("\x1b[2J\u{202e}!\n", "[U+001B][2J[U+202E]!"),
    ] {
        let stays = Server::new(move |wire, _| {
            wire.write_all(said.as_bytes()).ok();
            while !gone(wire.tcp()) {}
        });
        let listens = Server::new(move |wire, _| {
            wire.read_exact(&mut [0; 5]).ok();
            wire.write_all(said.as_bytes()).ok();
            while !gone(wire.tcp()) {}
        });
        let floods = Server::new(move |wire, _| while wire.write_all(said.as_bytes()).is_ok() {});
        let message = format!("answers `{shown}`, which no Graphite receiver does; is this its port");
        for server in [&stays, &listens] {
            check(server, &line(), PATIENCE, (Reason::Misbehaved, "talks", &message));
        }
        let refusal = run(to(&floods).send(&line(), PATIENCE)).unwrap_err();
        assert_eq!(refusal.code, "talks");
        let refusal = run(to(&stays).try_out(PATIENCE)).unwrap_err();
        assert_eq!(refusal.code, "talks");
    }
    // Bytes that are no text, as a TLS server has them.
    let binary = Server::new(|wire, _| {
        wire.write_all(b"\x15\x03\x01\0\x02\x02\x46").ok();
        while !gone(wire.tcp()) {}
    });
    let refusal = run(to(&binary).send(&line(), PATIENCE)).unwrap_err();
    assert!(refusal.code == "talks" && !refusal.message.contains(char::is_control), "{refusal:?}");
}

#[test]
fn a_slow_receiver_gets_all_of_it() {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        let mut read = 0;
        let mut piece = [0; 700];
        while let Ok(length @ 1..) = wire.read(&mut piece) {
            read += length;
        }
        note.lock().unwrap().send(read).unwrap();
    });
    let text = "lanlord.wan.up 1 1764000000\n".repeat(100_000);
    run(to(&server).send(&parcel(text.clone()).pack().unwrap(), PATIENCE)).unwrap();
    assert_eq!(noted.recv_timeout(PATIENCE).unwrap(), text.len());
}

#[test]
fn what_is_broken_off_does_not_look_as_if_it_had_ended() {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, _| {
        while !gone(wire.tcp()) {}
        note.lock().unwrap().send(wire.read_to_end(&mut Vec::new()).is_err()).unwrap();
    });
    let text = "lanlord.wan.up 1 1764000000\n".repeat(1_500_000);
    let refusal = run(to(&server).send(&parcel(text), SHORT)).unwrap_err();
    assert_eq!(refusal.code, "stalled");
    assert!(noted.recv_timeout(PATIENCE).unwrap(), "a reset, and no end");
}

#[test]
fn trying_out_sends_nothing() {
    let (server, noted) = carbon();
    run(to(&server).try_out(PATIENCE)).unwrap();
    assert_eq!(noted.recv_timeout(PATIENCE).unwrap(), b"");
}

#[test]
fn it_comes_back_and_gets_the_same_again() {
    let (note, noted) = mpsc::channel();
    let note = Mutex::new(note);
    let server = Server::new(move |wire, number| {
        let mut read = Vec::new();
        if number > 2 && wire.read_to_end(&mut read).is_ok() {
            note.lock().unwrap().send(read).unwrap();
        }
    });
    let mut sender = to(&server);
    run(async {
        assert!(sender.send(&line(), PATIENCE).await.is_err());
        assert!(sender.send(&line(), PATIENCE).await.is_err());
        sender.send(&line(), PATIENCE).await.unwrap();
    });
    assert_eq!(noted.recv_timeout(PATIENCE).unwrap(), b"lanlord.wan.up 1 1764000000\n");
}

#[test]
fn sending_may_wait_on_any_thread() {
    fn check(_: impl Send) {}
    let mut sender = sender("127.0.0.1", 2003);
    check(sender.send(&line(), PATIENCE));
}
