//! A changed configuration taken up while everything runs: what stays, what changes, what is refused.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use super::lanlord::Lanlord;
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab, run};
use super::traffic::{self, ethernet, ipv4, mac, udp};
use super::wait;

const FRAME_BYTES: u64 = 14 + 128;

/// lanlord on a configuration file that a test rewrites.
struct House {
    lab: Lab,
    lanlord: Lanlord,
    file: PathBuf,
    frame: PathBuf,
    _folder: tempfile::TempDir,
}

impl House {
    fn open(text: &str) -> Option<Self> {
        let lab = Lab::open()?;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lanlord.toml");
        fs::write(&file, text).unwrap();
        let lanlord = Lanlord::in_namespace(&lab.near, &["--config.file", file.to_str().unwrap()]);
        let frame = folder.path().join("frame.pcap");
        traffic::frames([&ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)))], &frame);
        Some(Self { lab, lanlord, file, frame, _folder: folder })
    }

    fn inject(&self, times: u32) {
        traffic::inject(&self.lab.far, FAR, &self.frame, times);
    }

    /// Rewrites the file, as editors do: another one takes its place.
    fn write(&self, text: &str) {
        let fresh = self.file.with_extension("new");
        fs::write(&fresh, text).unwrap();
        fs::rename(fresh, &self.file).unwrap();
    }

    /// Reloads and returns the line of the log that says what became of it.
    #[track_caller]
    fn reload(&self) -> String {
        let told = |log: &str| log.lines().filter(|line| line.contains("reloaded")).count();
        let before = told(&self.lanlord.log());
        self.lanlord.signal("HUP");
        wait::until("the log tells of the reload", || {
            let log = self.lanlord.log();
            let line = log.lines().filter(|line| line.contains("reloaded")).nth(before)?;
            Some(line.to_owned())
        })
    }

    #[track_caller]
    fn check_frames(&self, interface: &str, frames: u64) {
        let labels = [("interface", interface)];
        let metrics = self.lanlord.until_at_least("wire_frame_bytes_total", &labels, frames * FRAME_BYTES);
        assert_eq!(metrics.sum("wire_frame_bytes_total", &labels), Some(frames * FRAME_BYTES));
    }
}

fn lan(more: &str) -> String {
    format!("[[source]]\nkind = \"wire\"\nname = \"lan\"\ninterfaces = [\"{LAN}\"]\n{more}")
}

#[test]
fn a_source_whose_settings_stay_goes_on_untouched_and_names_are_taken_up() {
    let Some(house) = House::open(&lan("")) else { return };
    house.lanlord.until_up();
    house.inject(10);
    house.check_frames(LAN, 10);
    let ring = house.lab.near.shell("cat /proc/net/packet | sort");
    house.write(&format!("[names]\n\"192.168.77.2\" = \"nas\"\n{}", lan("")));
    let told = house.reload();
    assert!(told.contains("untouched `lan`") && told.contains("1 name"), "{told}");
    house.inject(5);
    house.check_frames(LAN, 15);
    let bytes = [("device", "nas")];
    // What came before was another device's, and stays there: gonetmon's counter of one name never jumps.
    house.lanlord.until_at_least("node_bytes_total", &bytes, 5 * 128);
    let metrics = house.lanlord.until_at_least("lan_host_sent_bytes_total", &[("host", "nas")], 15 * 128);
    assert_eq!(metrics.sum("lan_host_sent_bytes_total", &[]), Some(15 * 128));
    assert_eq!(house.lab.near.shell("cat /proc/net/packet | sort"), ring, "the same ring as before");
}

#[test]
fn other_settings_keep_what_was_counted() {
    let Some(house) = House::open(&lan("")) else { return };
    house.lanlord.until_up();
    house.inject(10);
    house.check_frames(LAN, 10);
    let visits = house.lanlord.metrics().sum("lanlord_visits_total", &[("outcome", "ok")]).unwrap();
    for (round, more) in [
        "interval = \"200ms\"\n",
        "max_hosts = 5\n",
        "cidr = [\"192.168.77.0/24\"]\n",
        "ring_size = \"1MiB\"\n",
        "promiscuous = false\n",
    ]
    .into_iter()
    .enumerate()
    {
        house.write(&lan(more));
        let told = house.reload();
        assert!(told.contains("changed `lan`"), "{more}: {told}");
        house.lanlord.until("a visit after it", |metrics| {
            metrics.sum("lanlord_visits_total", &[("outcome", "ok")]) > Some(visits)
        });
        house.inject(1);
        house.check_frames(LAN, 11 + round as u64);
    }
    let metrics = house.lanlord.metrics();
    assert_eq!(metrics.sum("lan_host_sent_bytes_total", &[]), Some(15 * 128));
    assert_eq!(metrics.sum("network_bytes_total", &[]), Some(15 * 128));
}

#[test]
fn an_interface_or_a_source_that_goes_and_comes_back_goes_on_where_it_was() {
    let Some(house) = House::open(&lan("")) else { return };
    house.lab.near.ip("link add name spare0 type veth peer name spare1");
    house.lab.near.ip("link set spare0 up");
    house.lanlord.until_up();
    house.inject(10);
    house.check_frames(LAN, 10);

    house.write(&lan("").replace(LAN, "spare0"));
    assert!(house.reload().contains("changed `lan`"));
    let metrics = house.lanlord.until("the other interface is up", |metrics| {
        metrics.sum("wire_interface_up", &[("interface", "spare0")]) == Some(1)
    });
    assert_eq!(metrics.sum("wire_frames_total", &[("interface", LAN)]), None);
    assert_eq!(metrics.sum("network_bytes_total", &[]), Some(1280), "what was counted was counted");
    house.inject(3);

    house.write(&lan(""));
    house.reload();
    house.lanlord.until("it is heard again", |metrics| {
        metrics.sum("wire_interface_up", &[("interface", LAN)]) == Some(1)
    });
    house.inject(1);
    house.check_frames(LAN, 11);

    // No source at all is not the default one.
    house.write("source = []\n");
    assert!(house.reload().contains("removed `lan`"));
    let metrics = house.lanlord.metrics();
    assert_eq!(metrics.of("lanlord_source_up", &[]).count(), 0, "it is not asked any more");
    wait::until("it is not heard any more either", || {
        let bound = house.lab.near.shell("tail -n +2 /proc/net/packet | awk '$5 != 0' | wc -l");
        (bound == "0\n").then_some(())
    });
    house.write(&lan(""));
    assert!(house.reload().contains("added `lan`"));
    house.lanlord.until_up();
    house.inject(1);
    house.check_frames(LAN, 12);
    let metrics = house.lanlord.metrics();
    assert_eq!(metrics.sum("lan_host_sent_bytes_total", &[]), Some(12 * 128));
}

#[test]
fn what_cannot_be_is_refused_and_nothing_changes() {
    let Some(house) = House::open(&lan("")) else { return };
    house.lanlord.until_up();
    house.inject(1);
    house.check_frames(LAN, 1);
    let missing = lan("").replace(&format!("interfaces = [\"{LAN}\"]"), "stream = \"/nowhere/capture\"");
    let broken_beside_good =
        format!("[names]\n\"192.168.77.2\" = \"nas\"\n{}{}", lan(""), missing.replace("\"lan\"", "\"b\""));
    for (text, why) in [
        (lan("max_host = 5\n"), "unknown key `max_host`"),
        ("[[source\n".to_owned(), "lanlord.toml:1:"),
        (missing, "cannot open the capture `/nowhere/capture`"),
        (broken_beside_good, "source `b`: cannot open the capture `/nowhere/capture`"),
    ] {
        house.write(&text);
        let told = house.reload();
        assert!(told.contains("not reloaded, nothing has changed") && told.contains(why), "{text}: {told}");
    }
    fs::remove_file(&house.file).unwrap();
    assert!(house.reload().contains("there is no such file"));
    symlink("/dev/zero", &house.file).unwrap();
    assert!(house.reload().contains("not reloaded"));
    fs::remove_file(&house.file).unwrap();
    house.write(&lan(""));
    assert!(house.reload().contains("untouched `lan`"));
    house.inject(1);
    house.check_frames(LAN, 2);
    let metrics = house.lanlord.metrics();
    assert_eq!(metrics.of("lan_host_sent_bytes_total", &[("host", "nas")]).count(), 0);
}

#[test]
fn another_listen_address_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("capture");
    super::streams::fifo(&fifo);
    let file = folder.path().join("lanlord.toml");
    let source = format!("[[source]]\nkind = \"wire\"\nstream = \"{}\"\n", fifo.display());
    fs::write(&file, format!("[web]\nlisten_address = \"127.0.0.1:0\"\n{source}")).unwrap();
    let lanlord = Lanlord::listening_as_configured(&["--config.file", file.to_str().unwrap()]);
    fs::write(&file, format!("[web]\nlisten_address = \"127.0.0.2:0\"\n{source}")).unwrap();
    lanlord.signal("HUP");
    let line = wait::until("the log tells of the reload", || {
        lanlord.log().lines().find(|line| line.contains("reloaded")).map(str::to_owned)
    });
    assert!(line.contains("not reloaded") && line.contains("listen address"), "{line}");
    assert_eq!(lanlord.get("/-/ready").0, 200);
}

#[test]
fn a_configuration_that_never_ends_holds_nobody_up() {
    let Some(mut house) = House::open(&lan("")) else { return };
    house.lanlord.until_up();
    fs::remove_file(&house.file).unwrap();
    run(std::process::Command::new("mkfifo").arg(&house.file));
    let told = house.reload();
    assert!(told.contains("not reloaded") && told.contains("takes too long"), "{told}");
    house.inject(1);
    house.check_frames(LAN, 1);
    let aside = house.file.with_extension("aside");
    fs::rename(&house.file, &aside).unwrap();
    house.write(&lan(""));
    assert!(house.reload().contains("untouched `lan`"), "one that is good goes on being read");
    fs::rename(&aside, &house.file).unwrap();
    house.lanlord.signal("HUP");
    let (status, took) = house.lanlord.end_by("TERM");
    assert_eq!(status.code(), Some(0), "{}", house.lanlord.log());
    assert!(took < std::time::Duration::from_secs(2), "{took:?}");
}

#[test]
fn whoever_asks_over_http_is_told_what_came_of_it() {
    let Some(house) = House::open(&lan("")) else { return };
    house.lanlord.until_up();
    let post = |headers: &[&str]| {
        let url = format!("http://{}/-/reload", house.lanlord.address);
        let headers = headers.iter().flat_map(|header| ["--header", header]);
        let command = &mut house.lab.near.command("curl");
        command.args(["--silent", "--max-time", "10", "--write-out", "%{http_code}", "--request", "POST"]);
        run(command.args(headers).arg(url))
    };
    assert_eq!(post(&[]), "untouched `lan`; 0 names\n200");
    house.write(&lan("max_host = 5\n"));
    let refusal = post(&[]);
    assert!(
        refusal.contains("lanlord.toml:5:1: unknown key `max_host`") && refusal.ends_with("500"),
        "{refusal}"
    );
    // Bodies are kept for a second.
    let successful = |value: u64| {
        move |metrics: &Metrics| metrics.sum("lanlord_config_last_reload_successful", &[]) == Some(value)
    };
    house.lanlord.until("the metrics say that it was refused", successful(0));
    let page = house.lanlord.get("/").1;
    assert!(page.contains("unknown key `max_host`"), "{page}");
    assert!(post(&["Origin: http://elsewhere.example"]).ends_with("403"));
    house.write(&lan("max_hosts = 5\n"));
    assert!(post(&[]).ends_with("200"));
    house.lanlord.until("the metrics say that it was taken up", successful(1));
    assert!(!house.lanlord.get("/").1.contains("unknown key"));
}

/// A capture of ten frames and lanlord that follows it; what its configuration says but for the source's name.
fn follower(folder: &std::path::Path) -> (Lanlord, PathBuf, impl Fn(&str) -> String) {
    let (file, capture) = (folder.join("lanlord.toml"), folder.join("capture"));
    let frame = ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)));
    traffic::frames(std::iter::repeat_n(&frame, 10), &capture);
    let source = move |name: &str| {
        format!("[[source]]\nkind = \"wire\"\nname = \"{name}\"\nstream = \"{}\"\n", capture.display())
    };
    fs::write(&file, source("a")).unwrap();
    (Lanlord::here(&["--config.file", file.to_str().unwrap()]), file, source)
}

#[track_caller]
fn reloaded(lanlord: &Lanlord, file: &std::path::Path, text: &str) -> String {
    let before = lanlord.log().matches("reloaded").count();
    fs::write(file, text).unwrap();
    lanlord.signal("HUP");
    wait::until("the log tells of the reload", || {
        let log = lanlord.log();
        log.lines().filter(|line| line.contains("reloaded")).nth(before).map(str::to_owned)
    })
}

#[test]
fn a_capture_that_goes_and_comes_back_is_not_read_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (lanlord, file, source) = follower(folder.path());
    lanlord.until_at_least("wire_frames_total", &[], 10);
    assert!(reloaded(&lanlord, &file, "source = []\n").contains("removed `a`"));
    assert!(reloaded(&lanlord, &file, &source("a")).contains("added `a`"));
    let visits = lanlord.until_up().sum("lanlord_visits_total", &[("outcome", "ok")]).unwrap();
    let metrics = lanlord.until("two more visits", |metrics| {
        metrics.sum("lanlord_visits_total", &[("outcome", "ok")]) >= Some(visits + 2)
    });
    assert_eq!(metrics.sum("wire_frames_total", &[]), Some(10));
    assert_eq!(metrics.sum("network_bytes_total", &[]), Some(1_280));
}

#[test]
fn a_pipe_stays_with_the_source_that_has_begun_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, fifo) = (folder.path().join("lanlord.toml"), folder.path().join("capture"));
    super::streams::fifo(&fifo);
    let source = |name: &str| {
        format!("[[source]]\nkind = \"wire\"\nname = \"{name}\"\nstream = \"{}\"\n", fifo.display())
    };
    fs::write(&file, source("a")).unwrap();
    let lanlord = Lanlord::here(&["--config.file", file.to_str().unwrap()]);
    lanlord.until_up();
    let told = reloaded(&lanlord, &file, &source("b"));
    assert!(told.contains("not reloaded") && told.contains("its pipe was begun by the source `a`"), "{told}");
    assert!(reloaded(&lanlord, &file, &source("a")).contains("untouched `a`"));
}

#[test]
fn a_thousand_mistakes_are_a_hundred_and_how_many_more() {
    let folder = tempfile::tempdir().unwrap();
    let (lanlord, file, source) = follower(folder.path());
    lanlord.until_up();
    let wrong: String = (0..1_000).map(|number| format!("x{number} = 1\n")).collect();
    reloaded(&lanlord, &file, &format!("{wrong}{}", source("a")));
    wait::until("each mistake has a line of its own", || {
        let log = lanlord.log();
        let lines = log.lines().filter(|line| line.contains("not reloaded"));
        (lines.count() == 101 && log.contains("and 900 more mistakes")).then_some(())
    });
}
