//! Names from a resolver: dnsmasq, as home routers have it, and one of our own that misbehaves.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::lanlord::{Lanlord, signal};
use super::metrics::Metrics;
use super::netns::{FAR, LAN, Lab, Namespace, not_run};
use super::offload::Served;
use super::traffic::{self, ethernet, ipv4, mac, udp};
use super::wait::{Watch, pass, until};

/// Bytes of one frame here, as IP counts them.
const FRAME: u64 = 128;

/// lanlord with this configuration; `[[source]]` is added.
fn lanlord(lab: &Lab, folder: &Path, text: &str) -> Lanlord {
    let config = folder.join("lanlord.toml");
    fs::write(
        &config,
        format!("{text}\n[[source]]\nkind = \"wire\"\ninterfaces = [\"{LAN}\"]\nmax_hosts = 8192\n"),
    )
    .unwrap();
    let lanlord = Lanlord::in_namespace(&lab.near, &["--config.file", config.to_str().unwrap()]);
    lanlord.until_up();
    lanlord
}

/// Sends frames from 192.168.77.`from`, so many times each.
fn send(lab: &Lab, folder: &Path, from: impl IntoIterator<Item = u8>, times: u32) {
    let frame = |from| ethernet(mac(from), mac(1), &[0x0800], &ipv4(from, 1, 17, &udp(100)));
    let frames: Vec<Vec<u8>> = from.into_iter().map(frame).collect();
    let capture = folder.join("frames.pcap");
    traffic::frames(&frames, &capture);
    traffic::inject(&lab.far, FAR, &capture, times);
}

/// Under which names the host with this address is shown.
fn hosts(metrics: &Metrics, ip: &str) -> Vec<String> {
    let labels = [("ip", ip)];
    let samples = metrics.of("lan_host_sent_bytes_total", &labels);
    samples.map(|sample| sample.label("host").to_owned()).collect()
}

/// The one name of a host that is shown.
#[track_caller]
fn host(metrics: &Metrics, ip: &str) -> String {
    let [name] = &hosts(metrics, ip)[..] else { panic!("{ip}: {:?}", hosts(metrics, ip)) };
    name.clone()
}

fn is_shown(metrics: &Metrics, ip: &str) -> bool {
    !hosts(metrics, ip).is_empty()
}

fn device_bytes(metrics: &Metrics, name: &str) -> Option<u64> {
    metrics.sum("node_bytes_total", &[("device", name)])
}

/// dnsmasq in a namespace, on 127.0.0.1 port 53.
struct Dnsmasq {
    child: Child,
    folder: TempDir,
}

impl Dnsmasq {
    /// None, and loudly, where there is none. It knows these hosts, in the form of hosts(5).
    fn start(namespace: &Namespace, hosts: &str) -> Option<Self> {
        let found = Command::new("sh").args(["-c", "command -v dnsmasq"]).output().unwrap();
        if !found.status.success() {
            return not_run("`dnsmasq` is missing");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        fs::write(path("hosts"), hosts).unwrap();
        let child = namespace
            .command("dnsmasq")
            .args(["--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--user=root"])
            .args(["--listen-address=127.0.0.1", "--bind-interfaces", "--bogus-priv", "--log-queries"])
            .arg(format!("--addn-hosts={}", path("hosts")))
            .arg(format!("--log-facility={}", path("log")))
            .arg(format!("--pid-file={}", path("pid")))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let dnsmasq = Self { child, folder };
        until("dnsmasq serves", || dnsmasq.log().contains(" read ").then_some(()));
        Some(dnsmasq)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// How often it was asked about 192.168.77.`host`.
    fn asked_about(&self, host: u8) -> usize {
        self.log().matches(&format!("query[PTR] {host}.77.168.192.in-addr.arpa ")).count()
    }

    /// When it was asked about 192.168.77.`host`, in seconds of its log's clock. Repetitions of a question that was
    /// answered late are left out: they come within three seconds.
    fn questions(&self, host: u8) -> Vec<u32> {
        let log = self.log();
        let query = format!("query[PTR] {host}.77.168.192.in-addr.arpa ");
        // `Nov 20 15:38:32 dnsmasq[1]: …`, as syslog has it.
        let second = |line: &str| {
            let clock = line.split_whitespace().nth(2).unwrap();
            clock.split(':').fold(0, |sum, part| sum * 60 + part.parse::<u32>().unwrap())
        };
        let mut questions: Vec<u32> = Vec::new();
        for at in log.lines().filter(|line| line.contains(&query)).map(second) {
            if questions.last().is_none_or(|&before| between(before, at) > 3) {
                questions.push(at);
            }
        }
        questions
    }

    /// Knows other hosts from now on.
    fn change(&self, hosts: &str) {
        fs::write(self.folder.path().join("hosts"), hosts).unwrap();
        let before = self.log().matches(" read ").count();
        signal(self.child.id(), "HUP");
        until("dnsmasq has read its hosts", || (self.log().matches(" read ").count() > before).then_some(()));
    }
}

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Seconds from one time of the day to a later one, perhaps of the next day.
fn between(from: u32, to: u32) -> u32 {
    (to + 86_400 - from) % 86_400
}

/// `dns.py` in a namespace.
struct Resolver {
    _served: Served,
    /// Where it listens.
    address: String,
    folder: TempDir,
}

impl Resolver {
    fn start(namespace: &Namespace, mode: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = namespace.command("python3");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/live/dns.py"));
        command.arg("127.0.0.1").arg(folder.path().join("log")).arg(mode);
        let served = Served::start(command);
        let address = format!("127.0.0.1:{}", served.first);
        Self { _served: served, address, folder }
    }

    /// A `[dns]` that names it alone.
    fn config(&self) -> String {
        format!("[dns]\nservers = [\"{}\"]\n", self.address)
    }

    /// When it was asked, in seconds, and for which name.
    fn asked(&self) -> Vec<(f64, String)> {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        // The last line may be half written.
        let lines = log.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
        lines
            .map(|line| {
                let (at, name) = line.split_once(' ').unwrap();
                (at.parse().unwrap(), name.to_owned())
            })
            .collect()
    }
}

#[test]
fn the_first_sample_of_a_host_has_its_name_and_every_byte() {
    let Some(lab) = Lab::open() else { return };
    let hosts_file = "192.168.77.1 gateway.lan\n192.168.77.2 nas.lan nas\n192.168.77.3 laptop.lan\n";
    let Some(dnsmasq) = Dnsmasq::start(&lab.near, hosts_file) else { return };
    let folder = tempfile::tempdir().unwrap();
    let text = "[names]\n\"192.168.77.3\" = \"mine\"\n[dns]\nservers = [\"127.0.0.1\"]\n";
    let lanlord = lanlord(&lab, folder.path(), text);
    send(&lab, folder.path(), [2, 3, 4], 10);
    let first = lanlord.until("hosts are shown", |metrics| {
        // Whoever is shown has his name from the first sample on.
        for (ip, name) in
            [("192.168.77.1", "gateway.lan"), ("192.168.77.2", "nas.lan"), ("192.168.77.3", "mine")]
        {
            assert!(hosts(metrics, ip).iter().all(|host| host == name), "{ip}: {:?}", hosts(metrics, ip));
        }
        let unnamed = metrics
            .of("node_bytes_total", &[])
            .filter(|sample| sample.label("device").starts_with("unknown-"));
        assert!(unnamed.into_iter().all(|sample| sample.label("device") == "unknown-192.168.77.4"));
        [1, 2, 3, 4].iter().all(|host| is_shown(metrics, &format!("192.168.77.{host}")))
    });
    for (name, frames) in [("nas.lan", 10), ("mine", 10), ("unknown-192.168.77.4", 10), ("gateway.lan", 30)] {
        assert_eq!(device_bytes(&first, name), Some(frames * FRAME), "{name}");
    }
    assert_eq!(host(&first, "192.168.77.4"), "");
    // Whoever has a name in the configuration is nobody's business, and each of the others was asked about once.
    assert_eq!([1, 2, 3, 4].map(|host| dnsmasq.asked_about(host)), [1, 1, 0, 1], "{}", dnsmasq.log());
    assert_eq!(first.sum("lanlord_name_lookups_total", &[("outcome", "named")]), Some(2));
    assert_eq!(first.sum("lanlord_name_lookups_total", &[("outcome", "none")]), Some(1));
    assert_eq!(first.sum("lanlord_cached_names", &[]), Some(2));
}

#[test]
fn a_changed_name_is_taken_over_after_the_refresh_and_stays_when_the_resolver_dies() {
    let Some(lab) = Lab::open() else { return };
    let Some(dnsmasq) = Dnsmasq::start(&lab.near, "192.168.77.2 before.lan\n") else { return };
    let folder = tempfile::tempdir().unwrap();
    let lanlord = lanlord(&lab, folder.path(), "[dns]\nservers = [\"127.0.0.1\"]\nrefresh = \"4s\"\n");
    send(&lab, folder.path(), [2], 10);
    lanlord.until("the host is shown", |metrics| hosts(metrics, "192.168.77.2") == ["before.lan"]);
    dnsmasq.change("192.168.77.2 after.lan\n");
    let changed =
        lanlord.until("the name has changed", |metrics| host(metrics, "192.168.77.2") == "after.lan");
    // dnsmasq says TTL 0, and is asked after `refresh` nevertheless; its log has whole seconds.
    let questions = dnsmasq.questions(2);
    // For the name before, and twice for the one after it.
    assert!(questions.len() >= 3, "{questions:?}");
    assert!(questions.windows(2).all(|pair| between(pair[0], pair[1]) >= 3), "{questions:?}");
    // What the old name has, it keeps; the new one begins at zero.
    assert_eq!(device_bytes(&changed, "before.lan"), Some(10 * FRAME));
    drop(dnsmasq);
    send(&lab, folder.path(), [2], 5);
    let failed = [("outcome", "failed")];
    let metrics = lanlord.until("the resolver is missed", |metrics| {
        assert_eq!(host(metrics, "192.168.77.2"), "after.lan");
        metrics.sum("lanlord_name_lookups_total", &failed) > Some(0)
    });
    assert_eq!(device_bytes(&metrics, "after.lan"), Some(5 * FRAME));
    assert_eq!(metrics.sum("lan_host_sent_bytes_total", &[("ip", "192.168.77.2")]), Some(15 * FRAME));
    // After a failure nobody is asked for more than 20 s: figures that waited for an answer would come too late.
    send(&lab, folder.path(), [2], 1);
    lanlord.until_at_least("lan_host_sent_bytes_total", &[("ip", "192.168.77.2")], 16 * FRAME);
}

#[test]
fn a_resolver_that_never_answers_delays_nobody_for_long_and_is_not_hammered() {
    let Some(lab) = Lab::open() else { return };
    let resolver = Resolver::start(&lab.near, "swallow");
    let folder = tempfile::tempdir().unwrap();
    let lanlord = lanlord(&lab, folder.path(), &resolver.config());
    let watch = Watch::start();
    send(&lab, folder.path(), [2], 10);
    let shown = lanlord.until("the host is shown", |metrics| is_shown(metrics, "192.168.77.2"));
    assert!(watch.elapsed() < Duration::from_millis(5_000), "{:?}", watch.elapsed());
    assert_eq!(host(&shown, "192.168.77.2"), "");
    assert_eq!(device_bytes(&shown, "unknown-192.168.77.2"), Some(10 * FRAME));
    // Two hundred more: it is told once, and the questions become few.
    send(&lab, folder.path(), 3..=202, 1);
    lanlord.until("all are shown", |metrics| metrics.sum("wire_hosts", &[]) == Some(202));
    until("it is noticed", || lanlord.log().contains("the resolver does not answer").then_some(()));
    let before = resolver.asked().len();
    pass(Duration::from_secs(6));
    let asked = resolver.asked().len() - before;
    assert!(asked <= 12, "{asked} datagrams in six seconds to somebody who never answers");
    assert_eq!(lanlord.log().matches("does not answer").count(), 1, "{}", lanlord.log());
}

#[test]
fn that_there_is_no_name_is_remembered() {
    let Some(lab) = Lab::open() else { return };
    let resolver = Resolver::start(&lab.near, "none");
    let folder = tempfile::tempdir().unwrap();
    let lanlord = lanlord(&lab, folder.path(), &format!("{}refresh = \"1s\"\n", resolver.config()));
    send(&lab, folder.path(), [2], 10);
    lanlord.until("the host is shown", |metrics| is_shown(metrics, "192.168.77.2"));
    // The zone says for a minute. Whoever believed only `refresh` would ask every second.
    pass(Duration::from_secs(6));
    let asked = resolver.asked().into_iter().filter(|(_, name)| name == "2.77.168.192.in-addr.arpa");
    let times: Vec<f64> = asked.map(|(at, _)| at).collect();
    // A question that is answered late is put again, for at most two seconds.
    assert!(!times.is_empty() && times.iter().all(|at| at - times[0] < 3.0), "{:?}", resolver.asked());
}

#[test]
fn thousands_of_new_addresses_get_no_more_questions_asked_than_were_allowed() {
    const ADDRESSES: u32 = 5_000;
    const PER_SECOND: usize = 50;
    let Some(lab) = Lab::open() else { return };
    let resolver = Resolver::start(&lab.near, "good");
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{}queries_per_second = {PER_SECOND}\n", resolver.config());
    let lanlord = lanlord(&lab, folder.path(), &text);
    let frame = |number: u32| {
        let mut datagram = ipv4(2, 1, 17, &udp(100));
        datagram[12..16].copy_from_slice(&(0x0a00_0001 + number).to_be_bytes());
        ethernet(mac(9), mac(1), &[0x0800], &datagram)
    };
    let frames: Vec<Vec<u8>> = (0..ADDRESSES).map(frame).collect();
    let capture = folder.path().join("flood.pcap");
    traffic::frames(&frames, &capture);
    let begun = Watch::start();
    traffic::inject(&lab.far, FAR, &capture, 1);
    let all = u64::from(ADDRESSES) + 1;
    let metrics = lanlord.until("all are shown", |metrics| metrics.sum("wire_hosts", &[]) == Some(all));
    assert_eq!(metrics.sum("lan_host_sent_bytes_total", &[]), Some(u64::from(ADDRESSES) * FRAME));
    assert!(metrics.sum("lanlord_waiting_names", &[]) <= Some(1_024));
    // Nobody is slower for it.
    let watch = Watch::start();
    traffic::inject(&lab.far, FAR, &capture, 1);
    lanlord.until_at_least("lan_host_sent_bytes_total", &[], 2 * u64::from(ADDRESSES) * FRAME);
    assert!(watch.elapsed() < Duration::from_secs(5), "{:?}", watch.elapsed());
    pass(Duration::from_secs(3));
    let asked = resolver.asked().len();
    let elapsed = begun.elapsed();
    assert!(asked > 3 * PER_SECOND, "only {asked} questions");
    // Since the first packet, since a resolver that stands still hears much at once, but never more than was sent. A
    // burst of eight, and two repetitions each of eight that are under way and not counted against the pace yet.
    let allowed = elapsed.as_secs_f64() * PER_SECOND as f64 + 8.0 + 16.0;
    assert!(asked as f64 <= allowed, "{asked} questions in {elapsed:?}");
}

#[test]
fn a_resolver_that_lies_harms_nobody_else() {
    let Some(lab) = Lab::open() else { return };
    let resolver = Resolver::start(&lab.near, "liar");
    let folder = tempfile::tempdir().unwrap();
    let lanlord = lanlord(&lab, folder.path(), &resolver.config());
    send(&lab, folder.path(), 2..=30, 10);
    let metrics = lanlord.until("all are shown, and the good ones with a name", |metrics| {
        let good = (2..=9).chain(26..=30);
        metrics.sum("wire_hosts", &[]) == Some(30)
            && good
                .clone()
                .all(|octet| hosts(metrics, &format!("192.168.77.{octet}")) == [format!("good-{octet}.test")])
    });
    assert_eq!(metrics.sum("lan_host_sent_bytes_total", &[]), Some(29 * 10 * FRAME));
    let name = |octet: u8| host(&metrics, &format!("192.168.77.{octet}"));
    assert!(name(10).len() <= 255 && !name(10).contains(|char: char| char.is_control()), "{:?}", name(10));
    assert_eq!(name(11), "good-11.test", "who guesses wrong is not believed");
    for octet in [12, 13, 14, 15, 17, 18, 20, 21, 22, 23] {
        assert_eq!(name(octet), "", "{octet}");
    }
    assert_eq!(name(16), "-2J-0-x-evil-.la-n");
    assert_eq!(name(24), "gpj-exe.test");
    assert_eq!(name(25), "-img-src-x-onerror-alert-1-");
    let (status, page) = lanlord.get("/");
    assert_eq!((status, page.contains("<img")), (200, false));
    assert!(!lanlord.log().contains(['\u{1b}', '\u{7}']), "{:?}", lanlord.log());
}

#[test]
fn a_resolver_that_floods_changes_nothing_else() {
    let Some(lab) = Lab::open() else { return };
    let resolver = Resolver::start(&lab.near, "flood");
    let folder = tempfile::tempdir().unwrap();
    let lanlord = lanlord(&lab, folder.path(), &resolver.config());
    send(&lab, folder.path(), 2..=200, 1);
    lanlord.until("all are shown", |metrics| metrics.sum("wire_hosts", &[]) == Some(200));
    let watch = Watch::start();
    send(&lab, folder.path(), [2], 10);
    lanlord.until_at_least("lan_host_sent_bytes_total", &[("ip", "192.168.77.2")], 11 * FRAME);
    assert!(watch.elapsed() < Duration::from_secs(5), "{:?}", watch.elapsed());
    assert!(lanlord.log().len() < 10_000, "{} bytes of log", lanlord.log().len());
}

/// What `ip netns exec` puts in the place of files of /etc; taken away again even when a test fails.
struct EtcOf(String);

impl EtcOf {
    fn new(namespace: &Namespace, files: &[(&str, &str)]) -> Self {
        let folder = Self(format!("/etc/netns/{}", namespace.name));
        fs::create_dir_all(&folder.0).unwrap();
        for (name, text) in files {
            fs::write(format!("{}/{name}", folder.0), text).unwrap();
        }
        folder
    }
}

impl Drop for EtcOf {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
        // Unless somebody else has a folder there.
        let _ = fs::remove_dir("/etc/netns");
    }
}

#[test]
fn without_a_word_the_systems_resolver_and_hosts_file_are_asked() {
    let Some(lab) = Lab::open() else { return };
    let files = [
        ("resolv.conf", "search example.org\nnameserver 127.0.0.1\n"),
        ("hosts", "127.0.0.1 localhost\n192.168.77.3 printer.example.org printer\n"),
    ];
    let _etc = EtcOf::new(&lab.near, &files);
    let Some(dnsmasq) = Dnsmasq::start(&lab.near, "192.168.77.2 nas.lan\n192.168.77.3 wrong.lan\n") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lanlord = lanlord(&lab, folder.path(), "");
    send(&lab, folder.path(), [2, 3], 10);
    let metrics = lanlord.until("hosts are shown", |metrics| {
        is_shown(metrics, "192.168.77.2") && is_shown(metrics, "192.168.77.3")
    });
    assert_eq!(host(&metrics, "192.168.77.2"), "nas.lan");
    assert_eq!(host(&metrics, "192.168.77.3"), "printer.example.org");
    assert_eq!(dnsmasq.asked_about(3), 0);
    assert!(!dnsmasq.log().contains("example.org"), "{}", dnsmasq.log());
}

#[test]
fn without_a_resolver_it_counts_and_takes_one_that_comes_later() {
    let Some(lab) = Lab::open() else { return };
    let etc = EtcOf::new(&lab.near, &[("resolv.conf", "# none\n"), ("hosts", "192.168.77.3 printer\n")]);
    let Some(_dnsmasq) = Dnsmasq::start(&lab.near, "192.168.77.2 nas.lan\n") else { return };
    let folder = tempfile::tempdir().unwrap();
    let lanlord = lanlord(&lab, folder.path(), "");
    send(&lab, folder.path(), 2..=9, 10);
    let metrics = lanlord.until("hosts are shown", |metrics| metrics.sum("wire_hosts", &[]) == Some(9));
    assert_eq!(
        (host(&metrics, "192.168.77.2"), host(&metrics, "192.168.77.3")),
        (String::new(), "printer".to_owned())
    );
    assert_eq!(lanlord.log().matches("there is no resolver").count(), 1, "{}", lanlord.log());
    fs::write(format!("{}/resolv.conf", etc.0), "nameserver 127.0.0.1\n").unwrap();
    lanlord.until("the host has its name", |metrics| host(metrics, "192.168.77.2") == "nas.lan");
    assert!(lanlord.log().contains("the resolver answers again"), "{}", lanlord.log());
}

#[test]
fn who_wants_no_questions_asked_has_none_asked() {
    let Some(lab) = Lab::open() else { return };
    let _etc = EtcOf::new(&lab.near, &[("resolv.conf", "nameserver 127.0.0.1\n")]);
    let Some(dnsmasq) = Dnsmasq::start(&lab.near, "192.168.77.2 nas.lan\n") else { return };
    let folder = tempfile::tempdir().unwrap();
    let lanlord = lanlord(&lab, folder.path(), "[dns]\nenabled = false\n");
    send(&lab, folder.path(), [2], 10);
    let metrics = lanlord.until("the host is shown", |metrics| is_shown(metrics, "192.168.77.2"));
    assert_eq!(host(&metrics, "192.168.77.2"), "");
    pass(Duration::from_secs(2));
    assert!(!dnsmasq.log().contains("query["), "{}", dnsmasq.log());
    // And a reload may change that.
    let config = folder.path().join("lanlord.toml");
    fs::write(&config, fs::read_to_string(&config).unwrap().replace("false", "true")).unwrap();
    lanlord.signal("HUP");
    lanlord.until("the host has its name", |metrics| host(metrics, "192.168.77.2") == "nas.lan");
}
