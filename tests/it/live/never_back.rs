//! Counters never go back while lanlord runs, whatever becomes of the interfaces, the clock or the configuration: random
//! sequences of all of them, with a scrape after each step.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lanlord_sim::dice::Dice;

use super::lanlord::Lanlord;
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab, not_run};
use super::traffic::{self, ethernet, ipv4, mac, udp};
use super::wait;

/// Every counter, by name and labels, as high as it has ever been.
#[derive(Default)]
struct Highest(BTreeMap<String, f64>);

impl Highest {
    /// A sample that is gone may come back, but not lower.
    #[track_caller]
    fn check(&mut self, metrics: &Metrics, history: &[String], log: &str) {
        // Counters end in `_total`, and nothing else does: the catalogue's tests hold every family to that.
        for sample in metrics.0.iter().filter(|sample| sample.name.ends_with("_total")) {
            let value: f64 = sample.value.parse().unwrap();
            let highest = self.0.entry(format!("{}{:?}", sample.name, sample.labels)).or_default();
            assert!(value >= *highest, "{sample} was {highest}, after {history:#?}\n{log}");
            *highest = value;
        }
    }
}

/// Where Debian's package puts it; the clock that it shows is in a file.
fn faketime() -> Option<PathBuf> {
    let architectures = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    architectures.map(|folder| folder.join("faketime/libfaketime.so.1")).find(|path| path.exists())
}

fn configuration(dice: &mut Dice) -> String {
    let mut text = String::new();
    if dice.below(2) == 0 {
        let name = ["nas", "tv"][dice.below(2)];
        text += &format!("[names]\n\"192.168.77.{}\" = \"{name}\"\n", 2 + dice.below(3));
    }
    if dice.below(8) == 0 {
        return format!("source = []\n{text}");
    }
    let interfaces = [LAN, "lan1", "\", \""][dice.below(3)].replace("\", \"", &format!("{LAN}\", \"lan1"));
    text += &format!("[[source]]\nkind = \"wire\"\nname = \"lan\"\ninterfaces = [\"{interfaces}\"]\n");
    text += ["", "max_hosts = 100\n", "max_hosts = 5000\n"][dice.below(3)];
    text += ["", "ring_size = \"1MiB\"\n"][dice.below(2)];
    text += ["", "interval = \"300ms\"\n"][dice.below(2)];
    text += ["", "cidr = [\"192.168.77.0/29\"]\n", "cidr = [\"192.168.77.3/32\"]\n"][dice.below(3)];
    text
}

fn second_cable(lab: &Lab) {
    lab.near.ip(&format!("link add name lan1 type veth peer name far1 netns {}", lab.far.name));
    for (namespace, interface) in [(&lab.near, "lan1"), (&lab.far, "far1")] {
        namespace.shell(&format!("echo 1 > /proc/sys/net/ipv6/conf/{interface}/disable_ipv6"));
        namespace.ip(&format!("link set {interface} up"));
    }
}

/// One thing that happens, in words.
fn step(dice: &mut Dice, lab: &Lab, lanlord: &Lanlord, folder: &Path) -> String {
    match dice.below(9) {
        0..=3 => {
            let host = 2 + dice.below(3) as u8;
            let capture = folder.join("frame.pcap");
            let frame = ethernet(mac(host), mac(1), &[0x0800], &ipv4(host, 1, 17, &udp(100)));
            traffic::frames([&frame], &capture);
            let far = [FAR, "far1"][dice.below(2)];
            let times = 1 + dice.below(500) as u32;
            // The other end may be down or gone just now.
            let ready = lab.far.shell(&format!("cat /sys/class/net/{far}/operstate || true"));
            if ready.trim() == "up" {
                traffic::inject(&lab.far, far, &capture, times);
            }
            format!("{times} packets of host {host} on {far}, which is {}", ready.trim())
        }
        4 => {
            let how = ["down", "up"][dice.below(2)];
            lab.near.ip(&format!("link set {LAN} {how}"));
            format!("{LAN} {how}")
        }
        5 => {
            lab.near.ip(&format!("link del {LAN}"));
            lab.cable();
            "another interface of the same name".to_owned()
        }
        6 => {
            let offset = ["-400d", "+0d", "+3h", "-1h", "+20y"][dice.below(5)];
            fs::write(folder.join("clock"), format!("{offset}\n")).unwrap();
            format!("the clock at {offset}")
        }
        _ => {
            let text = configuration(dice);
            fs::write(folder.join("lanlord.toml"), &text).unwrap();
            let told = |log: &str| log.matches("configuration reloaded").count();
            let before = told(&lanlord.log());
            lanlord.signal("HUP");
            wait::until("it has reloaded", || (told(&lanlord.log()) > before).then_some(()));
            text
        }
    }
}

fn check(seed: u64, steps: usize) {
    let Some(lab) = Lab::open() else { return };
    let Some(faketime) = faketime() else { return not_run("`libfaketime` is missing").unwrap_or_default() };
    second_cable(&lab);
    let mut dice = Dice::new(seed, 0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lanlord.toml");
    fs::write(&file, format!("[[source]]\nkind = \"wire\"\nname = \"lan\"\ninterfaces = [\"{LAN}\"]\n"))
        .unwrap();
    fs::write(folder.path().join("clock"), "+0d\n").unwrap();
    let mut command = lab.near.command("env");
    command.arg(format!("LD_PRELOAD={}", faketime.display()));
    command.arg(format!("FAKETIME_TIMESTAMP_FILE={}", folder.path().join("clock").display()));
    // Read anew each time; and only the clock that may jump in life.
    command.args(["FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", super::lanlord::PROGRAM, "run"]);
    command.args(["--config.file", file.to_str().unwrap()]);
    let lanlord = Lanlord::spawn(command, Some(lab.near.name.clone()));
    lanlord.until_up();
    let (mut highest, mut history, mut visited) = (Highest::default(), Vec::new(), Vec::new());
    for _ in 0..steps {
        history.push(step(&mut dice, &lab, &lanlord, folder.path()));
        // Two scrapes over a visit or two: what a step did shows late.
        for _ in 0..2 {
            wait::pass(std::time::Duration::from_millis(300));
            let metrics = lanlord.metrics();
            highest.check(&metrics, &history, &lanlord.log());
            let visits = metrics.of("lanlord_visit_success_timestamp_seconds", &[]);
            visited.extend(visits.map(|sample| sample.value.parse::<f64>().unwrap()));
        }
    }
    let counted: f64 = highest
        .0
        .iter()
        .filter(|(name, _)| name.starts_with("lan_host_sent_bytes"))
        .map(|(_, value)| value)
        .sum();
    assert!(counted > 0.0, "nothing was counted: {history:#?}");
    let (first, last) = visited.iter().fold((f64::MAX, 0f64), |(low, high), &at| (low.min(at), high.max(at)));
    assert!(last - first > 3_000.0, "its clock has not jumped: {first} to {last}");
}

#[test]
fn counters_never_go_back_whatever_happens() {
    check(1, 40);
}

#[test]
fn counters_never_go_back_whatever_else_happens() {
    check(20, 40);
}
