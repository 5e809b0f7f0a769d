//! Each fault of requests does on the wire what its name says.

use super::*;

/// A session, a fault, and the answer to one request.
fn with(fault: &str, path: &str) -> Heard {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.fault(fault).unwrap();
    client.get(path)
}

/// A session, a fault, and a request whose answer is not right.
fn wrong(fault: &str) -> (Running, Client) {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.fault(fault).unwrap();
    client.send("GET", "/api/v8/connection/", "", "");
    (running, client)
}

const PATH: &str = "/api/v8/connection/";

#[test]
fn every_code_can_be_answered() {
    for (code, status, _) in envelope::CODES {
        let answer = with(&format!("connection error:{code}"), PATH);
        assert_eq!(answer.code(), (status, code.to_owned()));
        let answer = with(&format!("connection error:{code}:200"), PATH);
        assert_eq!(answer.code(), (200, code.to_owned()));
        assert_eq!(answer.json()["success"], false);
    }
    assert_eq!(with("connection error:insufficient_rights::calls", PATH).json()["missing_right"], "calls");
    assert_eq!(with("connection error:brand_new", PATH).code(), (403, "brand_new".to_owned()));
    let answer = with("connection message-only", PATH);
    assert_eq!((answer.code(), answer.json()["msg"].is_string()), ((200, String::new()), true));
}

#[test]
fn faults_happen_at_the_path_and_time_they_are_for() {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.fault("sys* error:internal_error nth=2").unwrap();
    let statuses: Vec<u16> = ["connection", "system", "system", "system"]
        .map(|path| client.get(&format!("/api/v8/{path}/")).status)
        .to_vec();
    assert_eq!(statuses, [200, 200, 500, 200]);
    running.control.fault("connection error:internal_error for=60").unwrap();
    assert_eq!(client.get(PATH).status, 500);
    running.control.advance(Duration::from_secs(61));
    assert_eq!(client.get(PATH).status, 200);
    running.control.fault("* empty:503").unwrap();
    assert_eq!(client.get("/api_version").status, 503);
    running.control.clear_faults();
    assert_eq!(Client::at(running.http_address()).get("/api_version").status, 200);
}

#[test]
fn sessions_expire_in_the_middle() {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.fault("system expire-sessions times=1").unwrap();
    assert_eq!(client.get(PATH).status, 200);
    let refused = client.get("/api/v8/system/");
    assert_eq!(refused.code(), (403, "auth_required".to_owned()));
    let challenge = refused.json()["result"]["challenge"].as_str().unwrap().to_owned();
    assert_eq!(client.log_in_with(&challenge).status, 200);
    assert_eq!(client.get("/api/v8/system/").status, 200);
}

#[test]
fn a_challenge_is_rotated_between_question_and_answer() {
    let running = start();
    let mut client = Client::at(running.http_address());
    running.control.fault("login/session rotate-challenge times=1").unwrap();
    let refused = client.log_in();
    assert_eq!(refused.code(), (403, "invalid_token".to_owned()));
    let challenge = refused.json()["result"]["challenge"].as_str().unwrap().to_owned();
    assert_eq!(client.log_in_with(&challenge).status, 200);
}

#[test]
fn a_challenge_is_a_list_of_scripts() {
    assert!(with("login challenge-array", "/api/v8/login/").json()["result"]["challenge"][0].is_string());
}

#[test]
fn an_error_comes_from_another_box() {
    let running = start();
    let mut client = Client::at(running.http_address());
    running.control.fault("login/session foreign-uid").unwrap();
    running.control.fault("login/session error:invalid_token").unwrap();
    let refused = client.log_in();
    assert_eq!(refused.code().1, "invalid_token");
    assert_ne!(refused.json()["uid"], client.get("/api_version").json()["uid"]);
}

#[test]
fn a_login_has_no_session_token() {
    let running = start();
    let mut client = Client::at(running.http_address());
    running.control.fault("login/session drop:session_token").unwrap();
    let answer = client.log_in().json();
    assert_eq!((answer["success"].as_bool(), answer["result"].get("session_token")), (Some(true), None));
}

#[test]
fn a_logout_fails() {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.fault("login/logout error:internal_error").unwrap();
    client.send("POST", "/api/v8/login/logout/", "", "");
    assert_eq!(client.hear().status, 500);
    assert_eq!(client.get(PATH).status, 200);
}

#[test]
fn a_revoked_token_stays_revoked() {
    let running = start();
    let mut client = Client::logged_in(&running);
    assert!(running.control.revoke("test"));
    assert_eq!(client.get(PATH).code().1, "auth_required");
    for _ in 0..5 {
        assert_eq!(client.log_in().code().1, "invalid_token");
    }
    assert_eq!(client.log_in().code().1, "ratelimited");
    assert_eq!(client.get("/api/v8/login/authorize/42").json()["result"]["status"], "unknown");
}

#[test]
fn pages_empty_bodies_and_redirects_are_no_json() {
    for status in [403, 404, 500, 502, 503] {
        let page = with(&format!("connection html:{status}"), PATH);
        assert!(page.status == status && page.body.starts_with(b"<html>"));
        assert!(page.head.contains("\r\nContent-Type: text/html\r\n"));
        let empty = with(&format!("connection empty:{status}"), PATH);
        assert_eq!((empty.status, empty.body), (status, Vec::new()));
    }
    let redirect = with("connection redirect", PATH);
    assert_eq!(redirect.status, 301);
    assert!(redirect.head.contains("\r\nLocation: https://localhost:"), "{}", redirect.head);
    assert!(redirect.head.contains(&format!("{PATH}\r\n")));
}

#[test]
fn bodies_are_spoilt() {
    let check = |fault: &str, holds: fn(&[u8]) -> bool| {
        let answer = with(fault, PATH);
        assert!(
            answer.status == 200 && holds(&answer.body),
            "{fault}: {}",
            String::from_utf8_lossy(&answer.body)
        );
    };
    check("connection malformed", |body| {
        serde_json::from_slice::<Value>(body).is_err() && body.starts_with(b"{")
    });
    check("connection bom", |body| body.starts_with(&[0xef, 0xbb, 0xbf, b'{']));
    check("connection latin1", |body| body.contains(&0xe8) && std::str::from_utf8(body).is_err());
    check("connection gigantic:3000000", |body| {
        body.len() > 3_000_000 && serde_json::from_slice::<Value>(body).is_ok()
    });
    check("connection result-missing", |body| body == b"{\"success\":true}");
    check("connection null:state", |body| String::from_utf8_lossy(body).contains("\"state\":null"));
}

#[test]
fn an_answer_ends_too_early() {
    let (_running, mut client) = wrong("connection truncated");
    let (_, head) = client.head();
    let promised: usize =
        head.split("Content-Length: ").nth(1).unwrap().split('\r').next().unwrap().parse().unwrap();
    let (rest, end) = client.rest();
    assert!(rest.len() == promised / 2 && promised > 10 && end.is_ok(), "{promised} {rest:?}");
}

#[test]
fn a_length_is_wrong_and_the_connection_stays() {
    let (_running, mut client) = wrong("connection length:-5 times=1");
    assert!(serde_json::from_slice::<Value>(&client.hear().body).is_err());
    let mut left = [0; 5];
    client.stream.read_exact(&mut left).unwrap();
    assert_eq!(client.get(PATH).status, 200);
}

#[test]
fn chunks_end_or_do_not() {
    let (_running, mut client) = wrong("connection chunked times=1");
    let (_, head) = client.head();
    assert!(head.contains("Transfer-Encoding: chunked\r\n") && !head.contains("Content-Length"));
    let mut body = Vec::new();
    while !body.ends_with(b"\r\n0\r\n\r\n") {
        assert!(client.stream.read_until(b'\n', &mut body).unwrap() > 0);
    }
    assert_eq!(client.get(PATH).status, 200);
    let (_running, mut client) = wrong("connection chunked-broken");
    client.head();
    let (rest, end) = client.rest();
    assert!(rest.ends_with(b"\r\n5\r\nab") && end.is_ok());
}

#[test]
fn heads_and_bodies_come_slowly() {
    for fault in ["connection slow-head:0.3", "connection drip:0.3", "connection delay:0.3"] {
        let running = start();
        let mut client = Client::logged_in(&running);
        running.control.fault(fault).unwrap();
        let begun = crate::pace::now();
        assert_eq!(client.get(PATH).json()["success"], true);
        assert!(begun.elapsed() >= Duration::from_millis(250), "{fault}");
    }
}

/// Whether nothing comes, and the connection has not ended either.
fn silent(client: &mut Client) -> bool {
    client.stream.get_ref().set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let read = client.stream.read(&mut [0; 1]);
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[test]
fn an_answer_never_comes() {
    let (running, mut client) = wrong("connection hang");
    assert!(silent(&mut client));
    drop(running);
    let (running, mut client) = wrong("connection hang-body");
    assert_eq!(client.head().0, 200);
    assert!(silent(&mut client));
    // While it hangs, others are answered, and it counts as being asked.
    let mut other = Client::at(running.http_address());
    assert_eq!(other.get("/api_version").status, 200);
    assert_eq!(running.control.counters().most_concurrent, 2);
}

#[test]
fn a_connection_ends_without_an_answer() {
    let (_running, mut client) = wrong("connection no-reply");
    let (rest, end) = client.rest();
    assert!(rest.is_empty() && end.is_ok());
    let (_running, mut client) = wrong("connection reset");
    let (rest, end) = client.rest();
    assert!(rest.is_empty());
    assert_eq!(end.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn a_kept_connection_ends_without_a_word() {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.fault("* close every=3").unwrap();
    for _ in 0..3 {
        assert!(client.get(PATH).head.contains("Connection: keep-alive\r\n"));
    }
    assert!(client.rest().0.is_empty());
}

#[test]
fn connections_are_refused_for_a_while() {
    let (running, mut client) = wrong("connection refuse:0.3 times=1");
    assert!(client.rest().0.is_empty());
    assert!(TcpStream::connect(running.http_address()).is_err());
    let begun = crate::pace::now();
    while TcpStream::connect(running.http_address()).is_err() {
        assert!(begun.elapsed() < PATIENCE);
        stop_for_a_moment();
    }
    running.control.refuse(PATIENCE * 60);
    assert!(TcpStream::connect(running.http_address()).is_err());
    running.control.open();
    assert!(TcpStream::connect(running.http_address()).is_ok());
    assert!(TcpStream::connect(running.https_address().unwrap()).is_ok());
}

fn stop_for_a_moment() {
    crate::http::stop::Stop::default().wait(Duration::from_millis(10));
}

#[test]
fn empty_lists_have_four_looks() {
    let running = start();
    let mut client = Client::logged_in(&running);
    running.control.event("ap-list-empty").unwrap();
    for (look, body) in [
        (Empty::Missing, "{\"success\":true}"),
        (Empty::Null, "{\"success\":true,\"result\":null}"),
        (Empty::Braces, "{\"success\":true,\"result\":{}}"),
        (Empty::Brackets, "{\"success\":true,\"result\":[]}"),
    ] {
        running.control.empty_lists(look);
        assert_eq!(String::from_utf8(client.get("/api/v8/wifi/ap/").body).unwrap(), body);
    }
}

#[test]
fn what_is_no_fault_is_said_by_the_levers() {
    let running = start();
    let mut levers = Client::at(running.control_address().unwrap());
    levers.send("POST", "/fault", "text/plain", "system hang\nsystem quantum");
    let answer = levers.hear();
    assert_eq!((answer.status, answer.body), (400, b"`quantum` is no kind of fault\n".to_vec()));
    assert!(running.control.faults().is_empty());
    levers.send("POST", "/fault", "text/plain", "system hang\nsystem empty:403 nth=2");
    assert_eq!(levers.hear().body, b"ok\n");
    assert_eq!(running.control.faults().len(), 2);
    levers.send("GET", "/", "", "");
    assert!(String::from_utf8(levers.hear().body).unwrap().contains("POST /event"));
}
