//! The page in a browser, with names made to run something in it.

use std::fs;
use std::net::IpAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use lanlord::metric::{Batch, Name, Origin, Outcome, Reason, Sighting, SourceId, Tally, Timestamp, Visit};
use lanlord::web::listener::Limits;
use lanlord::web::page::Configuration;

use super::{Server, batch};
use crate::live::netns::not_run;
use crate::live::wait::ask_for;

/// Each would change the title or ask for `/owned`, if it were more than text.
const EVIL: &[&str] = &[
    "<img src=/owned onerror=\"document.title='owned'\">",
    "</title></style></pre></bdi><script>document.title='owned'</script>",
    "\"><svg onload=\"document.title='owned'\">",
    "' onmouseover='document.title=1' autofocus onfocus='document.title=\"owned\"",
    "<meta http-equiv=refresh content=0;url=/owned>",
    "<iframe src=/owned></iframe><link rel=stylesheet href=/owned><base href=//owned/>",
    "<a href=javascript:document.title='owned'>x</a>",
    "\u{202E}<b>\u{2066}gpj.exe\u{0}\u{FEFF}&lt;img src=/owned&gt;",
];

/// What a page is once a browser has read it, and what the browser's console says.
fn browse(url: &str) -> Option<(String, String)> {
    if Command::new("chromium").arg("--version").output().is_err() {
        return not_run("`chromium` is missing");
    }
    let profile = tempfile::tempdir().unwrap();
    let log = profile.path().join("log");
    let out = profile.path().join("dom");
    let mut browser = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-extensions"])
        .args(["--window-size=390,844", "--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
        .arg(url)
        .stdout(fs::File::create(&out).unwrap())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let ended = ask_for(Duration::from_secs(90), &mut || browser.try_wait().unwrap());
    if ended.is_none() {
        let _ = browser.kill();
        let _ = browser.wait();
    }
    let log = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
    assert!(ended.is_some_and(|status| status.success()), "chromium: {ended:?}\n{log}");
    let console = log.lines().filter(|line| line.contains("CONSOLE")).collect::<Vec<_>>().join("\n");
    Some((fs::read_to_string(out).unwrap(), console))
}

fn hostile(evil: &str, number: usize) -> Batch {
    let outcome = Outcome::Failed { reason: Reason::Refused, code: "no_privilege", message: evil.to_owned() };
    let visit = Visit {
        kind: "wire",
        taken_at: Timestamp::default(),
        duration: Duration::from_millis(1),
        outcome,
        faults: vec![evil.to_owned()],
        tally: Tally::default(),
    };
    let host = Sighting {
        names: vec![Name { text: Arc::from(evil), origin: Origin::Dhcp }],
        addresses: vec![IpAddr::from([192, 0, 2, number as u8])],
        ..Sighting::default()
    };
    let source = Some(SourceId(Arc::from(evil)));
    Batch { source, visit: Some(visit), sightings: vec![host], ..batch(0) }
}

#[test]
fn hostile_names_run_nothing_in_a_browser() {
    let server = Server::start(Limits::default());
    let everything = EVIL.join("\n");
    EVIL.iter().enumerate().for_each(|(number, evil)| server.store.publish(hostile(evil, number)));
    server.site.set_configuration(Configuration {
        file: Some(everything.clone()),
        loaded_at: Timestamp::default(),
        refused: Some((Timestamp::default(), everything)),
    });
    let Some((dom, console)) = browse(&format!("http://{}/", server.address)) else { return };
    assert!(dom.contains("<title>lanlord</title>"), "{dom}");
    // What the browser made of the page: text, and none of the elements.
    for element in ["<img", "<script", "<svg", "<iframe", "<link", "<base", "<b>", "<a href=\"j"] {
        assert!(!dom.contains(element), "{element} in {dom}");
    }
    assert!(dom.contains("&lt;img src=/owned onerror="), "{dom}");
    assert!(dom.contains("[U+202E]&lt;b&gt;[U+2066]gpj.exe[U+0000][U+FEFF]"), "{dom}");
    // Nothing was tried that the policy had to forbid, and nothing else was asked for.
    assert_eq!(console, "");
    let metrics = server.get("/metrics", "").text().to_owned();
    assert!(!metrics.contains("lanlord_http_requests_total{route=\"other\""), "{metrics}");
}

#[test]
fn the_policy_forbids_what_escaping_might_miss() {
    // The same names, written into a page as they are: this browser does run them, so the test above can fail.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let page =
        |policy: &str| format!("<!doctype html>{policy}<title>x</title><body>{}", EVIL[..3].join("\n"));
    fs::write(&path, page("")).unwrap();
    let Some((dom, _)) = browse(&format!("file://{}", path.display())) else { return };
    assert!(dom.contains("<title>owned</title>"), "{dom}");
    // And with our policy it runs none of them. `frame-ancestors` has no place in an element (CSP 3 §3.3).
    let policy = lanlord::web::page::CONTENT_SECURITY_POLICY.replace("; frame-ancestors 'none'", "");
    let element = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">");
    fs::write(&path, page(&element)).unwrap();
    let Some((dom, console)) = browse(&format!("file://{}", path.display())) else { return };
    assert!(dom.contains("<title>x</title>") && !dom.contains("<title>owned"), "{dom}");
    assert!(console.contains("Content Security Policy"), "{console}");
}
