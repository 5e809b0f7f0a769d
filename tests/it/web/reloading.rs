//! `POST /-/reload`: who may ask, and what comes of it.

use std::io::Write;

use lanlord::web::listener::Limits;

use super::{Answer, Server, answer};
use crate::live::wait::until;

const POST: &str = "POST /-/reload HTTP/1.1\r\nHost: nas:9938\r\nConnection: close\r\n";

/// Asks, and answers as the app would.
#[track_caller]
fn reload(server: &mut Server, outcome: Option<Result<&str, &str>>) -> Answer {
    let mut stream = server.connect();
    stream.write_all(format!("{POST}\r\n").as_bytes()).unwrap();
    let demand = until("somebody wants a reload", || server.demands.try_recv().ok());
    if let Some(outcome) = outcome {
        demand.send(outcome.map(str::to_owned).map_err(str::to_owned)).unwrap();
        return answer(stream);
    }
    let answer = answer(stream);
    drop(demand);
    answer
}

#[test]
fn what_came_of_it_is_told() {
    let mut server = Server::start(Limits::default());
    let done = reload(&mut server, Some(Ok("Reloaded 3 sources.")));
    assert_eq!((done.status, done.text()), (200, "Reloaded 3 sources.\n"));
    let refused = reload(&mut server, Some(Err("lanlord.toml:3:1: unknown key `x`")));
    assert_eq!((refused.status, refused.text()), (500, "lanlord.toml:3:1: unknown key `x`\n"));
    let silent = reload(&mut server, None);
    let sentence = "No reload was done within the time for it; the log may say more. Ask again later.\n";
    assert_eq!((silent.status, silent.text()), (503, sentence));
}

#[test]
fn it_is_only_for_post() {
    let mut server = Server::start(Limits::default());
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        let request = format!("{method} /-/reload HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        let refused = server.ask(&request);
        assert_eq!((refused.status, refused.header("allow")), (405, Some("POST")), "{method}");
    }
    assert!(server.demands.try_recv().is_err());
}

#[test]
fn pages_from_elsewhere_may_not_ask() {
    let mut server = Server::start(Limits::default());
    for header in ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"] {
        let refused = server.ask(&format!("{POST}{header}\r\n\r\n"));
        assert_eq!(
            (refused.status, refused.text()),
            (403, "A page from elsewhere asked for this, and may not.\n")
        );
    }
    assert!(server.demands.try_recv().is_err());
}

#[test]
fn more_demands_than_fit_are_answered_at_once() {
    let server = Server::start(Limits::default());
    // Nobody takes a demand, so that all but the first few find no room.
    let streams: Vec<_> = (0..10)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(format!("{POST}\r\n").as_bytes()).unwrap();
            stream
        })
        .collect();
    assert!(streams.into_iter().all(|stream| answer(stream).status == 503));
    assert_eq!(server.get("/-/healthy", "").status, 200);
}
