//! The page, whole, as it is sent to a browser.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use lanlord::metric::{
    Attachment, Batch, Name, Origin, Outcome, Reason, Sighting, SourceId, Tally, Timestamp, Visit, Volume,
};
use lanlord::probe::reply;
use lanlord::push::PushId;
use lanlord::push::state::{self, State};
use lanlord::web::page::{Configuration, View, render};

use crate::golden;

const NOW: Timestamp = Timestamp(Duration::from_secs(1_790_000_000));

fn ago(seconds: u64) -> Timestamp {
    Timestamp(NOW.0 - Duration::from_secs(seconds))
}

fn render_batches(batches: Vec<Batch>) -> String {
    render_with(None, batches)
}

fn render_with(configuration: Option<&Configuration>, batches: Vec<Batch>) -> String {
    let batches: Vec<_> = batches.into_iter().map(Arc::new).collect();
    render(&View {
        version: "0.1.0",
        now: NOW,
        configuration,
        batches: &batches,
        pushes: &[],
        probes: &reply::View::default(),
    })
}

fn render_pushes(pushes: &[(PushId, State)]) -> String {
    render(&View {
        version: "0.1.0",
        now: NOW,
        configuration: None,
        batches: &[],
        pushes,
        probes: &reply::View::default(),
    })
}

fn push(name: &str, kind: &'static str, place: &str, outcome: Option<Outcome>) -> (PushId, State) {
    let tried_at = outcome.is_some().then(|| ago(3));
    let state = State { outcome, tried_at, ..State::new(kind, place.to_owned()) };
    (PushId(Arc::from(name)), state)
}

fn batch(source: &str, part: &'static str, outcome: Outcome, sightings: Vec<Sighting>) -> Batch {
    let tally = Tally { success_at: outcome.is_ok().then(|| ago(4)), ..Tally::default() };
    let duration = Duration::from_millis(12);
    let visit = Visit { kind: "wire", taken_at: ago(4), duration, outcome, faults: Vec::new(), tally };
    let source = Some(SourceId(Arc::from(source)));
    Batch { source, part, visit: Some(visit), families: Vec::new(), sightings }
}

fn called(name: &str) -> Name {
    Name { text: Arc::from(name), origin: Origin::Ours }
}

fn host(name: Option<&str>, last: u8, received_bytes: u64, sent_bytes: u64) -> Sighting {
    Sighting {
        mac: Some(lanlord::metric::Mac([2, 0, 0, 0, 0, last])),
        addresses: vec![IpAddr::from([192, 0, 2, last])],
        names: name.map(called).into_iter().collect(),
        volume: Some(Volume { received_bytes, sent_bytes, ..Volume::default() }),
        ..Sighting::default()
    }
}

fn down(code: &'static str, message: &str) -> Outcome {
    Outcome::Failed { reason: Reason::Refused, code, message: message.to_owned() }
}

#[test]
fn a_house_with_everything() {
    let mut phone = host(Some("phone"), 11, 5_000_000_000, 300_000_000);
    phone.addresses.push("2001:db8::11".parse().unwrap());
    let silent = Sighting { names: vec![called("printer")], ..Sighting::default() };
    let mut lan = batch("wire", "capture", Outcome::Ok, vec![host(None, 12, 1_000, 0), phone, silent]);
    if let Some(visit) = &mut lan.visit {
        visit.faults = vec!["`eth1` went away".to_owned()];
        visit.tally.faults = 3;
    }
    let message = "opening a packet socket on `eth0`: not permitted; give lanlord CAP_NET_RAW";
    let mut failed = batch("attic", "capture", down("no_privilege", message), Vec::new());
    if let Some(visit) = &mut failed.visit {
        visit.tally.success_at = Some(ago(7_300));
    }
    let configuration = Configuration {
        file: Some("/etc/lanlord.toml".to_owned()),
        loaded_at: ago(180),
        refused: Some((
            ago(5),
            "/etc/lanlord.toml:3:1: unknown key `max_host`\n/etc/lanlord.toml:9:1: no".to_owned(),
        )),
    };
    golden::check("page.html", &render_with(Some(&configuration), vec![failed, lan]));
}

#[test]
fn an_empty_house_says_what_to_do() {
    golden::check("page-empty.html", &render_batches(Vec::new()));
}

#[test]
fn figures_that_are_old_are_called_old() {
    for (seconds, expected) in [(0, false), (119, false), (120, true), (90_000, true)] {
        let mut batch = batch("wire", "capture", Outcome::Ok, Vec::new());
        if let Some(visit) = &mut batch.visit {
            visit.taken_at = ago(seconds);
        }
        let page = render_batches(vec![batch]);
        assert_eq!(page.contains("<span class=\"badge down\">old</span>"), expected, "{seconds}");
    }
}

#[test]
fn the_configuration_is_named_and_a_refused_one_is_told_first() {
    let mut configuration = Configuration { file: None, loaded_at: ago(180), refused: None };
    let page = render_with(Some(&configuration), Vec::new());
    assert!(page.contains("Started 3 min ago without a configuration file.") && !page.contains("refused"));
    let evil = "</pre><script>alert(1)</script>\u{202E}";
    configuration.file = Some(evil.to_owned());
    configuration.refused = Some((ago(5), format!("{evil}\n{evil}")));
    let page = render_with(Some(&configuration), Vec::new());
    let harmless = "&lt;/pre&gt;&lt;script&gt;alert(1)&lt;/script&gt;[U+202E]";
    assert!(page.contains(&format!("<pre>{harmless}\n{harmless}</pre>")), "{page}");
    assert!(page.contains(&format!("loaded 3 min ago from <bdi class=\"code\">{harmless}</bdi>")), "{page}");
    assert!(page.find("The last reload was refused 5 s ago") < page.find("<h2>Sources"));
    assert!(!page.contains("<script"));
}

#[test]
fn hostile_names_are_text_wherever_they_stand() {
    let evil = "<img src=x onerror=alert(1)>\"'&\0\u{202E}gpj";
    let mut batch = batch(evil, "capture", down("no_privilege", evil), vec![host(Some(evil), 1, 1, 1)]);
    if let Some(visit) = &mut batch.visit {
        visit.faults = vec![evil.to_owned()];
    }
    let page = render_batches(vec![batch]);
    let harmless = "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;[U+0000][U+202E]gpj";
    // The source in both tables, the message, the fault and the host.
    assert_eq!(page.matches(harmless).count(), 5);
    for raw in ["<img", "\0", "\u{202E}", "gpj\"", "\"'&"] {
        assert!(!page.contains(raw), "{raw:?}");
    }
}

#[test]
fn the_busiest_fifty_hosts_are_shown_and_the_rest_counted() {
    let hosts =
        (0..73).map(|index| host(Some(&format!("host{index:02}")), index, 1_000 * u64::from(index), 0));
    let page = render_batches(vec![batch("wire", "capture", Outcome::Ok, hosts.collect())]);
    assert!(page.contains("the top 50 of 73 by bytes"));
    assert!(page.contains("23 more hosts are not shown"));
    assert!(page.contains("host72") && page.contains("host23") && !page.contains("host22"));
    assert!(page.find("host72") < page.find("host71"));
}

#[test]
fn what_nobody_reported_is_not_a_zero() {
    let page = render_batches(vec![batch("box", "lan", Outcome::Ok, vec![Sighting::default()])]);
    let (_, hosts) = page.split_once("<h2>Hosts").unwrap();
    let (row, _) = hosts.split_once("<tbody>\n").unwrap().1.split_once("</tr>").unwrap();
    // Name, address, hardware address, received, sent, share.
    assert_eq!(row.matches('\u{2014}').count(), 6, "{row}");
    assert!(!row.contains("0 B"), "{row}");
}

/// A box whose parts each say something of two hosts.
fn a_box() -> Vec<Batch> {
    let evil = "<b>\u{202E}";
    let at =
        |last| Sighting { mac: Some(lanlord::metric::Mac([2, 0, 0, 0, 0, last])), ..Sighting::default() };
    let lease = Sighting { addresses: vec![IpAddr::from([192, 0, 2, 7])], ..at(7) };
    let listed = [
        Sighting { names: vec![called(evil)], connected: Some(true), ..at(7) },
        Sighting { names: vec![called("printer")], connected: Some(false), ..at(8) },
    ];
    let port = Sighting { attachment: Some(Attachment::Port(Arc::from(evil))), ..at(9) };
    let radio = Attachment::Radio { radio: Arc::from(evil), signal_dbm: Some(-54.0) };
    let volume = Some(Volume { received_bytes: 812_345, sent_bytes: 99_123, ..Volume::default() });
    let station = Sighting { attachment: Some(radio), volume, connected: Some(true), ..at(7) };
    vec![
        batch("box", "dhcp", Outcome::Ok, vec![lease]),
        batch("box", "lan", Outcome::Ok, listed.to_vec()),
        batch("box", "switch", Outcome::Ok, vec![port]),
        batch("box", "wifi", Outcome::Ok, vec![station]),
    ]
}

#[test]
fn the_parts_of_a_box_make_one_row_for_each_host() {
    let page = render_batches(a_box());
    golden::check("page-box.html", &page);
    assert!(page.contains("3 hosts, by bytes"), "{page}");
    let (_, hosts) = page.split_once("<h2>Hosts").unwrap();
    assert_eq!(hosts.matches("02:00:00:00:00:07").count(), 1);
    assert_eq!(hosts.matches("<bdi>&lt;b&gt;[U+202E]</bdi>").count(), 3);
    assert!(!page.contains("<b>") && !page.contains('\u{202E}'));
    let place = "<span class=\"badge up\">connected</span> <bdi>&lt;b&gt;[U+202E]</bdi> <span class=\"soft\">-54 dBm</span>";
    assert!(hosts.contains(place), "{hosts}");
    assert!(hosts.contains("<span class=\"soft\">not connected</span>"));
    // With traffic, connected without, and the others.
    let at = |what: &str| hosts.find(what).unwrap();
    assert!(at("02:00:00:00:00:07") < at("02:00:00:00:00:08"));
}

#[test]
fn where_hosts_are_is_a_column_only_if_somebody_knows() {
    let page = render_batches(vec![batch("wire", "capture", Outcome::Ok, vec![host(None, 1, 1, 1)])]);
    assert!(!page.contains("Connection"));
}

#[test]
fn pushes_are_shown_with_what_waits_and_what_is_lost() {
    let mut carbon = push("carbon", "graphite", "127.0.0.1:2003", Some(Outcome::Ok));
    carbon.1.success_at = Some(ago(3));
    carbon.1.tally = state::Tally { ok: 8_640, failed: [1, 0, 0, 0, 0], dropped: 0 };
    let message = "connecting to 192.168.1.2:8086: connection refused; is InfluxDB running?";
    let down = Outcome::Failed { reason: Reason::Unreachable, code: "connect", message: message.to_owned() };
    let mut influx = push("influx", "influxdb", "http://192.168.1.2:8086", Some(down));
    influx.1.success_at = Some(ago(7_300));
    influx.1.waiting = 360;
    influx.1.tally = state::Tally { ok: 17, failed: [70, 0, 0, 0, 0], dropped: 370 };
    let new = push("new", "influxdb", "https://influx.example:8086", None);
    let page = render_pushes(&[carbon, influx, new]);
    golden::check("page-pushes.html", &page);
    assert!(page.contains("<h2>Pushes <small>3 receivers, 1 down; "), "{page}");
}

#[test]
fn where_nothing_is_pushed_the_page_has_no_word_of_it() {
    assert!(!render_batches(a_box()).contains("Push"));
}

#[test]
fn what_a_receiver_says_is_text() {
    let evil = "</p><script>alert(1)</script>\"'&\0\u{202E}gpj";
    let page = render_pushes(&[push(evil, "influxdb", evil, Some(down("no_database", evil)))]);
    let harmless = "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;[U+0000][U+202E]gpj";
    // The name, the place and the message.
    assert_eq!(page.matches(harmless).count(), 3, "{page}");
    for raw in ["<script", "\0", "\u{202E}"] {
        assert!(!page.contains(raw), "{raw:?}");
    }
}
