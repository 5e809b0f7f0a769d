//! What each fault does on the wire.

use super::*;

/// A modem with this fault, and somebody logged in.
fn with(fault: &str) -> (Running, Browser) {
    let running = start();
    let browser = Browser::logged_in(&running);
    running.control.fault(fault).unwrap();
    (running, browser)
}

#[test]
fn a_browser_holds_the_session_until_it_is_thrown_out() {
    let running = start();
    running.control.fault("busy").unwrap();
    let mut browser = Browser::at(&running);
    assert_eq!(browser.log_in("hunter2", "0").text(), "Repeat Login");
    assert_eq!(running.control.stats().attempts_while_open, 0);
    assert_eq!(running.control.holder(), Some(session::Holder::Browser));
    assert_eq!(browser.log_in("hunter2", "1").text(), "success");
    browser.log_out();
    running.control.busy();
    assert!(running.control.release());
    assert_eq!(browser.log_in("hunter2", "0").text(), "success");
}

#[test]
fn log_ins_fail_as_they_are_told_to() {
    let check = |fault: &str, expected: &str| {
        let running = start();
        running.control.fault(fault).unwrap();
        assert_eq!(Browser::at(&running).log_in("hunter2", "0").text(), expected, "{fault}");
        running.control.clear_faults();
        assert_eq!(Browser::at(&running).log_in("hunter2", "0").text(), "success", "{fault}");
    };
    check("wrong-credentials", "Wrong Credentials.");
    check("locked", "LoginProtect=9|58|21");
    check("locked:3|0|7", "LoginProtect=3|0|7");
    check("presession-mismatch", "Session timeout expired.");
    check("no-presession", "Session timeout expired.");
    check("login-says:Unknown error.", "Unknown error.");
    check("login-says:Up to the session limit: 1", "Up to the session limit: 1");
}

#[test]
fn without_a_ticket_there_is_no_cookie() {
    let running = start();
    running.control.fault("no-presession").unwrap();
    let index = Browser::at(&running).get("/");
    assert_eq!((index.status, index.headers("Set-Cookie").len()), (302, 0));
}

#[test]
fn a_session_of_two_cookies_needs_both() {
    let running = start();
    running.control.fault("two-cookies").unwrap();
    let mut browser = Browser::logged_in(&running);
    assert_eq!(browser.data("dsinfo").status, 200);
    let second = browser.cookies.remove("userid").unwrap();
    assert_eq!(browser.data("dsinfo").status, 302);
    browser.cookies.insert("userid".to_owned(), second);
    assert_eq!(browser.data("dsinfo").status, 200);
}

#[test]
fn deleted_cookies_come_before_the_sessions() {
    let running = start();
    running.control.fault("deleted-cookie").unwrap();
    let mut browser = Browser::at(&running);
    let answer = browser.log_in("hunter2", "0");
    let cookies = answer.headers("Set-Cookie");
    assert!(cookies[2].starts_with("session=deleted; expires=Thu, 01 Jan 1970"), "{cookies:?}");
    assert!(cookies[3].starts_with("session=") && !cookies[3].contains("deleted"), "{cookies:?}");
    assert_eq!(browser.cookies.keys().collect::<Vec<_>>(), ["session"]);
    assert_eq!(browser.data("dsinfo").status, 200);
    assert_eq!(running.control.violations(), Vec::<String>::new());
    browser.cookies.insert("preSession".to_owned(), "deleted".to_owned());
    browser.data("dsinfo");
    assert_eq!(running.control.violations().len(), 1);
}

#[test]
fn a_session_is_stolen_after_a_dataset() {
    for fault in ["steal at=getCMInit", "steal nth=2"] {
        let (running, mut browser) = with(fault);
        assert_eq!(browser.data("getSysInfo").status, 200, "{fault}");
        assert_eq!(browser.data("getCMInit").status, 200, "{fault}");
        assert_eq!(browser.data("dsinfo").status, 302, "{fault}");
        assert_eq!(running.control.stats().sessions_open, 0);
        browser.log_out();
        assert_eq!((running.control.stats().logouts, running.control.stats().stray_logouts), (0, 1));
    }
}

#[test]
fn other_answers_come_instead() {
    let check = |fault: &str, status: u16, starts: &str| {
        let (_running, mut browser) = with(fault);
        let answer = browser.data("dsinfo");
        assert_eq!(answer.status, status, "{fault}");
        assert!(answer.text().starts_with(starts), "{fault}: {}", answer.text());
        assert_eq!(answer.headers("Content-Type"), ["text/html"], "{fault}");
    };
    check("html", 200, "<!DOCTYPE html>");
    check("status:500", 500, "<html>");
    check("says:Unknown error.", 200, "Unknown error.");
    let (_running, mut browser) = with("redirect at=dsinfo");
    assert_eq!(browser.data("dsinfo").headers("Location"), ["http://198.51.100.7/login.html"]);
    assert_eq!(browser.data("usinfo").status, 200);
}

#[test]
fn log_outs_go_wrong() {
    let check = |fault: &str, status: u16, open: u64| {
        let (running, mut browser) = with(fault);
        assert_eq!(browser.log_out().status, status, "{fault}");
        assert_eq!(running.control.stats().sessions_open, open, "{fault}");
    };
    check("logout:200", 200, 0);
    check("logout:500", 500, 0);
    check("logout:ignored", 302, 1);
    let (running, mut browser) = with("logout:never");
    browser.send("POST", "/goform/logout", "application/x-www-form-urlencoded", "data=byebye");
    drop(running);
    assert_eq!(browser.rest().0, b"");
}

#[test]
fn datasets_are_cut_and_spoilt_on_the_wire() {
    let (running, mut browser) = with("half-json times=1");
    let whole = {
        let half = browser.data("dsinfo").body;
        let whole = browser.data("dsinfo").body;
        assert_eq!(half, whole[..whole.len() / 2]);
        whole
    };
    let cut = |fault: &str| {
        running.control.clear_faults();
        running.control.fault(&format!("{fault} at=dsinfo")).unwrap();
        let cookies = browser.cookies.clone();
        let mut other = Browser { cookies, ..Browser::at(&running) };
        other.send("GET", "/data/dsinfo.asp", "", "");
        let (_, head) = other.head();
        (head, other)
    };
    let (head, mut other) = cut("truncated");
    assert!(head.contains(&format!("Content-Length: {}\r\n", whole.len())), "{head}");
    assert_eq!(other.rest().0, whole[..whole.len() / 2]);
    let (_, mut other) = cut("reset");
    assert!(other.rest().1.is_err());
    let (head, _) = cut("length");
    assert!(head.contains(&format!("Content-Length: {}\r\n", whole.len() + 100)), "{head}");
    let (head, mut other) = cut("chunked");
    assert!(head.contains("Transfer-Encoding: chunked\r\n"), "{head}");
    let mut chunks = Vec::new();
    while !chunks.ends_with(b"\r\n0\r\n\r\n") {
        assert!(other.stream.read_until(b'\n', &mut chunks).unwrap() > 0);
    }
}

#[test]
fn bodies_are_larger_deeper_and_stranger_than_they_should_be() {
    let body = |fault: &str| {
        let (_running, mut browser) = with(fault);
        browser.data("getConnectInfo").body
    };
    assert!(body("big").len() > 2 << 20);
    assert_eq!(body("deep").len(), 200_000);
    assert!(std::str::from_utf8(&body("invalid-utf8")).is_err());
    assert!(serde_json::from_slice::<Value>(&body("extra")).unwrap().as_array().unwrap().len() > 5);
}

#[test]
fn a_silent_modem_says_nothing_at_all() {
    let running = start();
    running.control.fault("silence times=1").unwrap();
    let mut silent = tcp(&running);
    silent.write_all(b"anything").unwrap();
    silent.shutdown(std::net::Shutdown::Write).unwrap();
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"");
    assert_eq!(running.control.connections()[0].handshake, None);
    assert_eq!(Browser::at(&running).get("/").status, 302);
}

#[test]
fn slow_pages_are_slow() {
    let (_running, mut browser) = with("slow:0.05 at=dsinfo");
    let begun = pace::now();
    assert_eq!(browser.data("dsinfo").status, 200);
    assert!(begun.elapsed() >= Duration::from_millis(50));
    let (_running, mut browser) = with("drip:0.0005 at=getTuneFreq");
    let begun = pace::now();
    let bytes = browser.data("getTuneFreq").body.len() as u32;
    assert!(begun.elapsed() >= Duration::from_micros(500) * (bytes - 1));
}

#[test]
fn pages_take_as_long_as_an_owner_measured() {
    for (page, milliseconds) in [("login", 900), ("data/getSysInfo", 600), ("data/getConnectInfo", 1800)] {
        assert_eq!(spoil::think(page), Duration::from_millis(milliseconds));
    }
    let running = Modem::start(Options { latency: true, https: false, ..Options::default() }).unwrap();
    let begun = pace::now();
    Browser::at(&running).get("/");
    assert!(begun.elapsed() >= Duration::from_millis(5));
}

#[test]
fn a_restart_refuses_connections_and_forgets_sessions() {
    let (running, browser) = with("reboot:600 at=usinfo");
    let mut other = Browser { cookies: browser.cookies.clone(), ..Browser::at(&running) };
    other.send("GET", "/data/usinfo.asp", "", "");
    assert_eq!(other.rest().0, b"");
    running.control.fault("refuse:600").unwrap();
    assert!(TcpStream::connect(running.address()).is_err());
    running.control.clear_faults();
    let mut back = Browser { cookies: browser.cookies.clone(), ..Browser::at(&running) };
    assert_eq!(back.data("dsinfo").status, 302);
    assert_eq!(running.control.stats().reboots, 1);
}

#[test]
fn with_one_connection_at_a_time_the_second_waits() {
    let running = Modem::start(Options { one_connection: true, https: false, ..Options::default() }).unwrap();
    let mut first = Browser::at(&running);
    assert_eq!(first.get("/").status, 302);
    let mut second = Browser::at(&running);
    second.send("GET", "/", "", "");
    assert_eq!(first.get("/").status, 302);
    assert_eq!(running.control.stats().requests, 2);
    drop(first);
    assert_eq!(second.hear().status, 302);
    // And it can be stopped while somebody waits.
    let _third = Browser::at(&running);
    drop(running);
}

#[test]
fn the_levers_do_the_same_over_http() {
    let running = Modem::start(Options {
        https: false,
        control: Some(([127, 0, 0, 1], 0).into()),
        ..Options::default()
    })
    .unwrap();
    let stream = TcpStream::connect(running.control_address().unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut levers = Browser { stream: BufReader::new(Box::new(stream)), cookies: BTreeMap::new() };
    assert_eq!(levers.post("/fault", "busy\nhtml at=dsinfo times=1").text(), "ok\n");
    assert_eq!(levers.post("/fault", "busy\nquantum").status, 400);
    let mut browser = Browser::at(&running);
    assert_eq!(browser.log_in("hunter2", "0").text(), "Repeat Login");
    levers.post("/release", "");
    assert_eq!(browser.log_in("hunter2", "0").text(), "success");
    assert_eq!(browser.data("dsinfo").headers("Content-Type"), ["text/html"]);
    browser.data("wireless_ssid");
    let stats = levers.get("/stats").json();
    for (name, expected) in [("logins", 1), ("logouts", 0), ("sessions_open", 1), ("most_sessions", 1)] {
        assert_eq!(stats[name], expected, "{name}");
    }
    assert_eq!((&stats["repeat_logins"], &stats["requests"]), (&1.into(), &6.into()));
    assert_eq!((&stats["pages"]["dsinfo"], stats["violations"].as_array().unwrap().len()), (&1.into(), 1));
    let log = levers.get("/log").text();
    assert_eq!(log.lines().count(), 6);
    assert!(log.contains(r#"["pwd","hunter2"]"#), "{log}");
    assert!(levers.get("/").text().contains("POST /fault"));
    assert_eq!(levers.post("/credentials", "admin other").text(), "ok\n");
    browser.log_out();
    assert_eq!(browser.log_in("hunter2", "0").text(), "Wrong Credentials.");
}
