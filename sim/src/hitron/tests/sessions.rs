//! The way in, the one session, and the way out.

use super::*;

#[test]
fn a_visit_logs_in_reads_and_logs_out() {
    let running = start();
    let mut browser = Browser::at(&running);
    for path in ["/", "/index.html"] {
        let index = browser.get(path);
        assert_eq!((index.status, index.headers("Location")), (302, vec!["/login.html"]));
        assert!(index.headers("Set-Cookie")[0].starts_with("preSession="), "{}", index.head);
        assert!(index.headers("Set-Cookie")[0].ends_with("; path=/"), "{}", index.head);
    }
    assert_eq!(browser.get("/login.html").headers("Content-Type"), ["text/html"]);
    let before = browser.data("getSysInfo");
    assert_eq!((before.status, before.headers("Location"), before.body.len()), (302, vec!["/login.html"], 0));
    assert_eq!(browser.log_in("hunter2", "0").text(), "success");
    let old = browser.cookies.clone();
    assert!(old.contains_key("session"));
    let system = browser.data("getSysInfo");
    assert_eq!((system.status, system.headers("Content-Type")), (200, vec!["application/json"]));
    let busted = browser.get("/data/getSysInfo.asp?_=1655485750000");
    assert_eq!(busted.json(), system.json());
    let bye = browser.log_out();
    assert_eq!((bye.status, bye.headers("Location"), bye.body.len()), (302, vec!["/login.html"], 0));
    assert!(!browser.cookies.contains_key("session"));
    assert_ne!(browser.cookies["preSession"], old["preSession"]);
    browser.cookies = old;
    assert_eq!(browser.data("getSysInfo").status, 302);
    let stats = running.control.stats();
    assert_eq!((stats.logins, stats.logouts, stats.stray_logouts, stats.unauthorised), (1, 1, 0, 2));
    assert_eq!((stats.sessions_open, stats.most_sessions, stats.connections), (0, 1, 1));
    assert_eq!((stats.pages["getSysInfo"], stats.pages["login"]), (4, 1));
    assert_eq!(running.control.violations(), Vec::<String>::new());
}

#[test]
fn a_form_in_parts_is_as_good_and_its_fields_are_seen() {
    let running = start();
    let mut browser = Browser::at(&running);
    browser.get("/");
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let ticket = browser.cookies["preSession"].clone();
    let fields = [("usr", "admin"), ("pwd", "hunter2"), ("forcelogoff", "0"), ("preSession", &ticket)];
    let body: String =
        fields.iter().map(|(name, value)| part(name, value)).chain(["--x--\r\n".into()]).collect();
    browser.send("POST", "/goform/login", "multipart/form-data; boundary=x", &body);
    assert_eq!(browser.hear().text(), "success");
    let body = part("data", "byebye") + "--x--\r\n";
    browser.send("POST", "/goform/logout", "multipart/form-data; boundary=x", &body);
    assert_eq!(browser.hear().status, 302);
    let asked = running.control.requests();
    assert_eq!((asked[1].field("pwd"), asked[2].field("data")), (Some("hunter2"), Some("byebye")));
    assert_eq!(asked[1].field("preSession"), Some(ticket.as_str()));
    assert_eq!(running.control.violations(), Vec::<String>::new());
}

#[test]
fn there_is_one_session_until_somebody_uses_force() {
    let running = start();
    let mut first = Browser::logged_in(&running);
    let mut second = Browser::at(&running);
    assert_eq!(second.log_in("hunter2", "0").text(), "Repeat Login");
    assert_eq!(first.data("dsinfo").status, 200);
    assert_eq!(second.log_in("hunter2", "1").text(), "success");
    assert_eq!(first.data("dsinfo").status, 302);
    assert_eq!(first.log_out().status, 302);
    assert_eq!(second.data("dsinfo").status, 200);
    let stats = running.control.stats();
    assert_eq!((stats.logins, stats.repeat_logins, stats.forced_logins), (2, 1, 1));
    assert_eq!((stats.attempts_while_open, stats.stray_logouts), (2, 1));
    assert_eq!((stats.sessions_open, stats.most_sessions, stats.most_connections), (1, 1, 2));
}

#[test]
fn a_log_in_needs_the_cookie_and_the_field() {
    let running = start();
    let mut browser = Browser::at(&running);
    let expired = browser.post("/goform/login", "usr=admin&pwd=hunter2&preSession=1");
    assert_eq!(expired.text(), "Session timeout expired.");
    // Some clients get their ticket this way.
    let ticket = browser.cookies["preSession"].clone();
    assert_eq!(
        browser.post("/goform/login", "usr=admin&pwd=hunter2&preSession=1").text(),
        "Session timeout expired."
    );
    browser.cookies.insert("preSession".to_owned(), ticket.clone());
    let answer = browser.post("/goform/login", &format!("usr=admin&pwd=hunter2&preSession={ticket}"));
    assert_eq!(answer.text(), "success");
}

#[test]
fn too_many_wrong_passwords_lock_the_log_in() {
    let running = start();
    let mut browser = Browser::at(&running);
    assert_eq!(browser.log_in("wrong", "0").text(), "Wrong Credentials.");
    assert_eq!(browser.log_in("wrong", "0").text(), "Wrong Credentials.");
    assert_eq!(browser.log_in("wrong", "0").text(), "LoginProtect=3|60|0");
    running.control.advance(Duration::from_secs(99));
    assert_eq!(browser.log_in("hunter2", "1").text(), "LoginProtect=3|58|21");
    running.control.advance(Duration::from_secs(3501));
    assert_eq!(browser.log_in("hunter2", "0").text(), "success");
    let stats = running.control.stats();
    assert_eq!((stats.wrong_logins, stats.protected_logins, stats.logins), (2, 2, 1));
}

#[test]
fn a_session_that_nobody_uses_ends() {
    let running = start();
    let mut browser = Browser::logged_in(&running);
    running.control.advance(Duration::from_secs(599));
    assert_eq!(browser.data("dsinfo").status, 200);
    running.control.advance(Duration::from_secs(600));
    assert_eq!(browser.data("dsinfo").status, 302);
    assert_eq!(running.control.stats().sessions_open, 0);
}

#[test]
fn the_cookie_has_the_name_it_is_given() {
    let running = Modem::start(Options { cookie: "sessionindex".to_owned(), ..Options::default() }).unwrap();
    let mut browser = Browser::logged_in(&running);
    assert!(browser.cookies.contains_key("sessionindex"));
    assert_eq!(browser.data("dsinfo").status, 200);
}

#[test]
fn what_no_client_should_do_is_written_down() {
    let running = start();
    let mut browser = Browser::logged_in(&running);
    let check = |count: usize, says: &str| {
        let violations = running.control.violations();
        assert_eq!(violations.len(), count, "{violations:?}");
        assert!(count == 0 || violations[count - 1].contains(says), "{violations:?}");
    };
    assert_eq!(browser.data("nowhere").status, 404);
    assert_eq!(browser.get("/favicon.ico").status, 404);
    check(0, "");
    assert_eq!(browser.data("wireless_ssid").text(), "[{}]");
    check(1, "GET /data/wireless_ssid.asp: nobody should ask for that");
    browser.data("getCsrf");
    check(2, "/data/getCsrf.asp");
    assert_eq!(browser.post("/goform/Reboot", "a=b").status, 404);
    check(3, "POST /goform/Reboot: that would change something");
    assert_eq!(browser.post("/data/dsinfo.asp", "a=b").status, 405);
    check(4, "that would change something");
    assert_eq!(browser.get("/goform/logout").status, 405);
    check(5, "that is to be posted");
    browser.post("/goform/logout", "data=bye");
    check(6, "`data=byebye`");
    browser.post("/goform/login", "usr=admin&user=admin&pwd=x");
    check(7, "no field `user`");
    browser.post("/goform/login", "usr=admin&pwd");
    check(8, "a field without a value");
    browser.get("/data/dsinfo.asp?a=b");
    check(9, "`?a=b` means nothing");
}
