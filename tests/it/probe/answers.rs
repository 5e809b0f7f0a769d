//! What whoever probes gets: figures in the format that he wants, or why there are none.

use std::io::Read;
use std::time::Duration;

use lanlord_sim::hitron::tls::TlsOptions;
use lanlord_sim::hitron::{Modem, Options};

use super::house::{GIVEN, HERE, House, PASSWORD, USER, modem};
use crate::live::wait::{Watch, until};

#[test]
fn a_probe_brings_the_modems_figures_without_the_name_of_a_source() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    let answer = house.probe(&modem, "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(answer.value("probe_success"), Some("1"));
    assert_eq!(answer.value("hitron_login_success_bool"), Some("1"));
    assert!(answer.value("probe_duration_seconds").unwrap().parse::<f64>().unwrap() > 0.0);
    assert!(answer.text().contains("\nhitron_channel_downstream_snr{"), "{}", answer.text());
    assert!(!answer.text().contains("source=\""), "{}", answer.text());
    let stats = modem.control.stats();
    assert_eq!((stats.logins, stats.logouts, stats.sessions_open), (1, 1, 0));
    // As the program before was asked.
    let old = format!("/probe?address=127.0.0.1&_port={}&{GIVEN}&force=0", modem.address().port());
    assert_eq!(house.get(&old, "").value("probe_success"), Some("1"));
    assert!(modem.control.violations().is_empty());
}

#[test]
fn formats_compression_and_families_are_those_that_are_wished_for() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    let open = house.get(&path, "Accept: application/openmetrics-text; version=1.0.0\r\n");
    let expected = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores";
    assert_eq!(open.header("content-type"), Some(expected));
    assert!(open.text().ends_with("# EOF\n"));
    let packed = house.get(&path, "Accept-Encoding: gzip\r\n");
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut plain = String::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_string(&mut plain).unwrap();
    assert!(plain.contains("\nprobe_success 1\n"), "{plain}");
    let few = house.get(&format!("{path}&name[]=probe_success&name[]=hitron_login_success_bool"), "");
    let families = few.text().lines().filter(|line| line.starts_with("# TYPE")).count();
    assert_eq!(families, 2, "{}", few.text());
    assert_eq!(house.get(&format!("{path}&format=json"), "").status, 400);
}

#[test]
fn what_went_wrong_has_its_status_or_metrics_that_say_so() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.busy();
    let busy = house.probe(&modem, "");
    assert_eq!(busy.status, 503);
    assert!(busy.text().starts_with("busy: ") && busy.text().lines().count() == 1, "{}", busy.text());
    assert!(busy.header("retry-after").is_some());
    let told = house.probe(&modem, "&errors=metrics");
    assert_eq!((told.status, told.value("probe_success")), (200, Some("0")));
    assert_eq!(told.value("hitron_login_success_bool"), Some("0"));
    assert!(!told.text().contains("hitron_channel"), "{}", told.text());
    assert_eq!(house.probe(&modem, "&force=1").status, 200);
    assert_eq!(modem.control.stats().forced_logins, 1);
    modem.control.fault("locked:9|58|21").unwrap();
    let locked = house.probe(&modem, "");
    assert_eq!(locked.status, 503, "{}", locked.text());
    let seconds: u64 = locked.header("retry-after").unwrap().parse().unwrap();
    // 58 minutes and 21 seconds, and a little so that nobody comes too early.
    assert!((3_480..=3_505).contains(&seconds), "{seconds}");
    let requests = modem.control.stats().requests;
    let other = format!("/probe?target={}&{GIVEN}x", modem.address());
    assert_eq!((house.probe(&modem, "").status, house.get(&other, "").status), (503, 503));
    assert_eq!(modem.control.stats().requests, requests, "it wants to be left alone");
}

#[test]
fn a_password_that_is_rejected_is_not_tried_again() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    let path = format!("/probe?target={}&usr=admin&pwd=wrong", modem.address());
    let rejected = house.get(&path, "");
    assert_eq!(rejected.status, 502);
    assert!(rejected.text().starts_with("credentials: "), "{}", rejected.text());
    let again = house.get(&path, "");
    assert_eq!(again.status, 503, "{}", again.text());
    assert!(again.text().starts_with("backoff: "), "{}", again.text());
    assert!(again.header("retry-after").is_some());
    assert_eq!(modem.control.stats().wrong_logins, 1);
    assert_eq!(house.probe(&modem, "").status, 200);
}

#[test]
fn a_strange_certificate_is_refused_before_a_byte_and_named_in_the_log_alone() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    for pin in [modem.sha256(), modem.sha1(), modem.md5()] {
        assert_eq!(house.probe(&modem, &format!("&fingerprint={pin}")).status, 200);
    }
    let before = modem.control.stats().application_bytes;
    let strange = house.probe(&modem, &format!("&fingerprint={}", "ab".repeat(32)));
    assert_eq!(strange.status, 502);
    assert!(strange.text().starts_with("tls_pin: "), "{}", strange.text());
    let shown = modem.sha256();
    let as_colons: Vec<&str> = (0..32).map(|index| &shown[2 * index..2 * index + 2]).collect();
    let as_colons = as_colons.join(":");
    assert!(!strange.text().contains(&shown) && !strange.text().contains(&as_colons), "{}", strange.text());
    until("the log names it", || {
        let log = house.lanlord.log();
        (log.contains(&shown) || log.contains(&as_colons)).then_some(())
    });
    assert_eq!(modem.control.stats().application_bytes, before);
    // The same certificate, and another key.
    let options = Options {
        user: USER.to_owned(),
        password: PASSWORD.to_owned(),
        tls: TlsOptions { impersonates: Some(modem.certificate_der()), ..TlsOptions::default() },
        ..Options::default()
    };
    let middle = Modem::start(options).unwrap();
    let fooled = house.probe(&middle, &format!("&fingerprint={shown}"));
    assert_eq!(fooled.status, 502, "{}", fooled.text());
    assert_eq!(middle.control.stats().application_bytes, 0);
}

#[test]
fn nobody_waits_longer_than_he_said() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("hang at=getSysInfo").unwrap();
    let watch = Watch::start();
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    let late = house.get(&path, "X-Prometheus-Scrape-Timeout-Seconds: 3\r\n");
    assert_eq!(late.status, 504, "{}", late.text());
    assert!(watch.elapsed() < Duration::from_secs(6), "{:?}", watch.elapsed());
    let metrics = house.get(&format!("{path}x&errors=metrics"), "X-Prometheus-Scrape-Timeout-Seconds: 1\r\n");
    assert_eq!((metrics.status, metrics.value("probe_success")), (200, Some("0")));
}

#[test]
fn whoever_waits_long_enough_gets_the_answer_of_a_slow_modem() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    // Longer together than the listener keeps a connection on which nothing moves.
    modem.control.fault("slow:4 at=dsinfo").unwrap();
    modem.control.fault("slow:4 at=usinfo").unwrap();
    modem.control.fault("slow:4 at=getCMInit").unwrap();
    let slow = house.probe(&modem, "");
    assert_eq!((slow.status, slow.value("probe_success")), (200, Some("1")), "{}", slow.text());
    assert_eq!(slow.value("hitron_dataset_ok{dataset=\"usinfo\"}"), Some("1"));
}

#[test]
fn the_story_tells_what_happened_step_by_step() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    let story = house.probe(&modem, "&debug=true");
    assert_eq!((story.status, story.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    for piece in ["Probe of 127.0.0.1", "It brought data in", "it is our turn at", "\nprobe_success 1\n"] {
        assert!(story.text().contains(piece), "{piece}\n{}", story.text());
    }
    modem.control.busy();
    let story = house.probe(&modem, "&debug=1&force=false&name[]=x");
    assert_eq!(story.status, 200);
}

#[test]
fn partial_data_are_data() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    modem.control.fault("half-json at=dsinfo").unwrap();
    let answer = house.probe(&modem, "");
    assert_eq!((answer.status, answer.value("probe_success")), (200, Some("1")));
    assert_eq!(answer.value("hitron_dataset_ok{dataset=\"dsinfo\"}"), Some("0"), "{}", answer.text());
}

#[test]
fn pages_from_elsewhere_may_not_probe_and_links_may() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    let path = format!("/probe?target={}&{GIVEN}", modem.address());
    for headers in [
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: image\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: iframe\r\n",
        "Origin: http://evil.example\r\n",
    ] {
        assert_eq!(house.get(&path, headers).status, 403, "{headers}");
    }
    assert_eq!(modem.control.stats().connections, 0);
    let link = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    assert_eq!(house.get(&path, link).status, 200);
}

#[test]
fn the_page_and_the_metrics_tell_of_probes() {
    let (house, modem) = (House::start(HERE, &[]), modem());
    let page = || house.get("/", "").text().to_owned();
    assert!(!page().contains("<h2>Probes"));
    assert_eq!(house.probe(&modem, "").status, 200);
    assert_eq!(house.get("/probe?target=192.0.2.1&usr=a&pwd=b", "").status, 403);
    let shown = page();
    assert!(
        shown.contains("<h2>Probes") && shown.contains(&format!("<bdi>{}</bdi>", modem.address())),
        "{shown}"
    );
    assert!(!shown.contains("192.0.2.1"), "{shown}");
    let metrics = house.get("/metrics", "");
    let counted = |outcome: &str| {
        let series = format!("lanlord_probes_total{{module=\"default\",outcome=\"{outcome}\"}}");
        metrics.value(&series).map(str::to_owned)
    };
    assert_eq!(counted("not_allowed").as_deref(), Some("1"), "{}", metrics.text());
    assert!(counted("ok").or_else(|| counted("partial")).is_some(), "{}", metrics.text());
    assert_eq!(metrics.value("lanlord_probes_in_flight"), Some("0"));
    assert!(metrics.value("probe_success").is_none());
    assert_eq!(metrics.value("lanlord_http_requests_total{route=\"/probe\",status=\"403\"}"), Some("1"));
}
