//! What a configuration says of pushes, and what is said when it makes no sense: word for word.

use std::path::PathBuf;
use std::time::Duration;

use lanlord::catalogue;
use lanlord::config::{Push, parse};
use lanlord::encode::graphite::{Escape, Form, Layout, Template};
use lanlord::encode::influx;
use lanlord::net::tls::Trust;
use lanlord::push::influxdb::{self, Bucket, Endpoint};
use lanlord::push::{Limits, Receiver, Selection, Settings, describe, graphite, warnings};
use lanlord::secrets::Place;

/// A push to Graphite whose fourth line is the one to look at.
macro_rules! graphite {
    ($text:literal) => {
        concat!("[[push]]\nkind = \"graphite\"\nendpoint = \"nas\"\n", $text)
    };
}

/// A push to version 1 of InfluxDB whose fifth line is the one to look at.
macro_rules! v1 {
    ($text:literal) => {
        concat!("[[push]]\nkind = \"influxdb\"\nendpoint = \"http://nas\"\ndatabase = \"lan\"\n", $text)
    };
}

/// A push to version 2 of InfluxDB whose fifth line is the one to look at.
macro_rules! v2 {
    ($text:literal) => {
        concat!("[[push]]\nkind = \"influxdb\"\nendpoint = \"https://nas\"\nbucket = \"lan\"\n", $text)
    };
}

/// A file, and all that is wrong with it. `FILE:` is taken off each line. To add a row, add a line.
#[rustfmt::skip]
const WRONG: &[(&str, &[&str])] = &[
    // Pushes of any kind.
    ("push = 1", &["1:8: `push` is `1`; write `[[push]]` as its header, in double brackets, once for each push"]),
    ("[push]\nkind = \"graphite\"", &["1:1: `push` is a table; write `[[push]]` as its header, in double brackets, once for each push"]),
    ("push = [4]", &["1:9: `push` is `4`; write each push below a `[[push]]` of its own"]),
    ("[[pushes]]", &["1:3: unknown key `pushes` at the top; known here: `web`, `names`, `log`, `dns`, `probe`, `source`, `push`"]),
    ("[[push]]", &["1:1: this push has no `kind`; add `kind = \"graphite\"` or `kind = \"influxdb\"`"]),
    ("[[push]]\nkind = 1", &["2:8: `kind` is `1`; write `\"graphite\"` or `\"influxdb\"`"]),
    ("[[push]]\nkind = \"influx\"", &["2:8: unknown kind `influx`; known kinds: `graphite`, `influxdb`; did you mean `influxdb`?"]),
    ("[[push]]\nkind = \"statsd\"", &["2:8: unknown kind `statsd`; known kinds: `graphite`, `influxdb`"]),
    (graphite!("name = \"a b\""), &["4:8: `a b` cannot name a push; write 1 to 64 of the letters a-z and A-Z, digits, `_` and `-`"]),
    (graphite!("name = 1"), &["4:8: `name` is `1`; write a name, such as `\"graphite\"`"]),
    (graphite!("[[push]]\nkind = \"graphite\"\nendpoint = \"other\""), &["4:1: a push named `graphite` is already on line 1; give this one another `name`"]),
    (graphite!("[[push]]\nkind = \"influxdb\"\nname = \"graphite\"\nendpoint = \"http://nas\"\ndatabase = \"lan\""), &["6:8: a push named `graphite` is already on line 1; give this one another `name`"]),
    (graphite!("interval = \"999ms\""), &["4:12: `interval` is `\"999ms\"`; write a duration from 1s to 1h, such as `\"5s\"`"]),
    (graphite!("interval = 10"), &["4:12: `interval` is `10`; write a duration from 1s to 1h, such as `\"5s\"`"]),
    (graphite!("deadline = \"61m\""), &["4:12: `deadline` is `\"61m\"`; write a duration from 100ms to 1h, such as `\"5s\"`"]),
    (graphite!("queue_batches = 0"), &["4:17: `queue_batches` is `0`; write a whole number from 2 to 100000"]),
    (graphite!("queue_batches = 100_001"), &["4:17: `queue_batches` is `100_001`; write a whole number from 2 to 100000"]),
    (graphite!("queue_size = 65535"), &["4:14: `queue_size` is `65535`; write a size from 64KiB to 1024MiB, such as `\"2MiB\"`"]),
    (graphite!("queue_size = \"8MB\""), &["4:14: `queue_size` is `\"8MB\"`; write a size from 64KiB to 1024MiB, such as `\"2MiB\"`"]),
    // Which families.
    (graphite!("include = \"lan_host_*\""), &["4:11: `include` is `\"lan_host_*\"`; write a list of families, such as `[\"lan_host_*\"]`"]),
    (graphite!("include = []"), &["4:11: `include` is empty; write a list of families, such as `[\"lan_host_*\"]`, or leave it out"]),
    (graphite!("exclude = [1]"), &["4:12: `exclude` is `1`; write a list of families, such as `[\"lan_host_*\"]`"]),
    (graphite!("include = [\"lan_hosts_*\"]"), &["4:12: `lan_hosts_*` matches no family; did you mean `lan_host_*`?"]),
    (graphite!("include = [\"wire_*\", \"lan_host_recieved_bytes_total\"]"), &["4:22: `lan_host_recieved_bytes_total` matches no family; did you mean `lan_host_received_bytes_total`?"]),
    (graphite!("exclude = [\"zzz*\", \"go_*\", \"*zzz\"]"), &[
        "4:12: `zzz*` matches no family; `lanlord metrics` lists all there are",
        "4:20: `go_*` matches no family; `lanlord metrics` lists all there are",
        "4:28: `*zzz` matches no family; `lanlord metrics` lists all there are"]),
    (graphite!("include = [\"lan.*\"]"), &["4:12: `lan.*` can be no family's name; write one, or `lan_host_*` for all that begin so"]),
    (graphite!("include = [\"\\u001b[2J\"]"), &["4:12: `[U+001B][2J` can be no family's name; write one, or `lan_host_*` for all that begin so"]),
    (graphite!("exclude = [\"*\"]"), &["4:11: `exclude` takes every family there is, so nothing is left to push"]),
    (graphite!("include = [\"lan_host_*\"]\nexclude = [\"lan_*\"]"), &["5:11: `exclude` takes all that `include` names, so nothing is left to push"]),
    // Graphite.
    ("[[push]]\nkind = \"graphite\"", &["1:1: this push has no `endpoint`; add `endpoint = \"127.0.0.1:2003\"`"]),
    ("[[push]]\nkind = \"graphite\"\nendpoint = 2003", &["3:12: `endpoint` is `2003`; write a host and perhaps a port, such as `\"127.0.0.1:2003\"`"]),
    ("[[push]]\nkind = \"graphite\"\nendpoint = \"tcp://nas:2003\"", &["3:12: `tcp://nas:2003` is not where Graphite can be; write a host and perhaps a port, such as `127.0.0.1:2003` or `[fd00::1]:2003`"]),
    ("[[push]]\nkind = \"graphite\"\nendpoint = \"me:hunter2@nas\"", &["3:12: the endpoint has an `@`, and so perhaps a password, which is why it is not shown; write a host and perhaps a port, such as `127.0.0.1:2003` or `[fd00::1]:2003`"]),
    (graphite!("endpont = \"nas\""), &["4:1: unknown key `endpont` in this `[[push]]`; did you mean `endpoint`?"]),
    (graphite!("tls = true"), &["4:1: unknown key `tls` in this `[[push]]`; known here: `kind`, `name`, `interval`, `deadline`, `endpoint`, `prefix`, `template`, `escape`, `tagged`, `include`, `exclude`, `queue_batches`, `queue_size`"]),
    (graphite!("prefix = \"a b\""), &["4:10: `a b` cannot begin a path; write words of the letters a-z and A-Z, digits, `_`, `:` and `-` between dots, at most 200 bytes, or nothing"]),
    (graphite!("prefix = 1"), &["4:10: `prefix` is `1`; write words between dots, such as `\"lanlord\"`"]),
    (graphite!("template = \"{name}.{labels}\""), &["4:12: `{source}` is missing, and different series would become one; write for example `{source}.{name}.{labels}`"]),
    (graphite!("template = \"{source}.{host}.{name}.{labels}\""), &["4:12: `{host}` is no placeholder; write `{source}`, `{name}`, `{labels}`, or `{label.host}` for the label `host`"]),
    (graphite!("template = \"{source}.{label.hots}.{name}.{labels}\""), &["4:12: no family has the label `hots` of the template; did you mean `{label.host}`?"]),
    (graphite!("template = [\"{source}\"]"), &["4:12: `template` is a list; write a path, such as `\"{source}.{name}.{labels}\"`"]),
    (graphite!("escape = \"none\""), &["4:10: `escape` is `\"none\"`; write `\"percent\"` or `\"underscore\"`"]),
    (graphite!("tagged = \"yes\""), &["4:10: `tagged` is `\"yes\"`; write `true` or `false`"]),
    (graphite!("tagged = true\ntemplate = \"{source}.{name}.{labels}\"\nescape = \"percent\""), &[
        "5:12: `template` is about paths, and with `tagged` there are none; remove one of the two",
        "6:10: `escape` is about paths, and with `tagged` there are none; remove one of the two"]),
    // InfluxDB: where.
    ("[[push]]\nkind = \"influxdb\"", &["1:1: this push has no `endpoint`; add `endpoint = \"http://127.0.0.1:8086\"`",
        "1:1: this push has neither a `database` nor a `bucket`; add `database = \"lanlord\"` for InfluxDB 1 and what speaks like it, or `bucket = \"lanlord\"` for InfluxDB 2 and later"]),
    ("[[push]]\nkind = \"influxdb\"\nendpoint = 8086\ndatabase = \"lan\"", &["3:12: `endpoint` is `8086`; write a URL, such as `\"http://127.0.0.1:8086\"`"]),
    ("[[push]]\nkind = \"influxdb\"\nendpoint = \"nas:8086\"\ndatabase = \"lan\"", &["3:12: `nas:8086` does not say how to ask there; write `http://nas:8086`, or `https://nas:8086` where it speaks TLS"]),
    ("[[push]]\nkind = \"influxdb\"\nendpoint = \"http://me:hunter2@nas:8086\"\ndatabase = \"lan\"", &["3:12: the URL has an `@`, and so perhaps a password, which is why it is not shown; write it without, and say `user` and `password_file`, or `token_file`, in lines of their own"]),
    ("[[push]]\nkind = \"influxdb\"\nendpoint = \"http://nas:8086?p=hunter2\"\ndatabase = \"lan\"", &["3:12: the URL has a `?`, and what follows that may be secret, which is why it is not shown; write it without, and say `database` or `bucket`, and who lanlord is, in lines of their own"]),
    (v1!("bucket = \"lan\""), &["5:10: a push has either a `database` (InfluxDB 1) or a `bucket` (InfluxDB 2); remove one of the two"]),
    ("[[push]]\nkind = \"influxdb\"\nendpoint = \"http://nas\"\ndatabase = \"\"", &["4:12: `` cannot be the name of a database; write 1 to 255 bytes without control characters"]),
    ("[[push]]\nkind = \"influxdb\"\nendpoint = \"http://nas\"\nbucket = \"a\\nb\"", &["4:10: `a\\nb` cannot be the name of a bucket; write 1 to 255 bytes without control characters"]),
    (v1!("retention_policy = 30"), &["5:20: `retention_policy` is `30`; write the name of a retention policy, such as `\"autogen\"`"]),
    (v2!("org = \"\""), &["5:7: `` cannot be the name of an organization; write 1 to 255 bytes without control characters"]),
    // InfluxDB: as whom.
    (v1!("org = \"home\"\ntoken_file = \"/t\""), &[
        "5:7: `org` is for a `bucket` (InfluxDB 2), and this push has a `database`; remove one of the two",
        "6:14: `token_file` is for a `bucket` (InfluxDB 2), and this push has a `database`; remove one of the two"]),
    (v2!("user = \"me\"\npassword_env = \"P\"\nretention_policy = \"x\""), &[
        "5:8: `user` is for a `database` (InfluxDB 1), and this push has a `bucket`; remove one of the two",
        "6:16: `password_env` is for a `database` (InfluxDB 1), and this push has a `bucket`; remove one of the two",
        "7:20: `retention_policy` is for a `database` (InfluxDB 1), and this push has a `bucket`; remove one of the two"]),
    (v1!("user = \"me\""), &["5:8: `user` needs a password; add `password_file`, `password_env` or `password_credential`"]),
    (v1!("password_credential = \"p\""), &["5:23: `password_credential` says no user; add `user` with the name whose password it is"]),
    (v1!("user = \"me:hunter2\"\npassword_file = \"/p\""), &["5:8: `user` cannot be a user's name, and is not shown, since a password may be in it; write 1 to 255 bytes without `:` and control characters"]),
    (v1!("user = \"me\"\npassword = \"hunter2\"\npassword_file = \"/p\""), &["6:1: a password does not belong in this file; put it into one that only lanlord may read, and write `password_file`, or use `password_env` or `password_credential`"]),
    (v2!("token = \"hunter2==\""), &["5:1: a token does not belong in this file; put it into one that only lanlord may read, and write `token_file`, or use `token_env` or `token_credential`"]),
    (v2!("token_env = \"hunter2==\""), &["5:13: `token_env` cannot be what it says, which is not shown, since it may be the secret itself; write a variable of the environment, such as `\"LANLORD_SECRET\"`"]),
    (v1!("user = \"me\"\npassword_file = 12345"), &["6:17: `password_file` cannot be what it says, which is not shown, since it may be the secret itself; write a path, such as `\"/etc/lanlord/secret\"`"]),
    (v2!("token_file = \"/t\"\ntoken_env = \"T\""), &["6:13: `token_file` and `token_env` name two places; remove one of the two"]),
    // InfluxDB: how.
    (v1!("precision = \"m\""), &["5:13: `precision` is `\"m\"`; write `\"s\"` or `\"ms\"` or `\"us\"` or `\"ns\"`"]),
    (v1!("layout = \"table\""), &["5:10: `layout` is `\"table\"`; write `\"family\"` or `\"source\"`"]),
    (v1!("gzip = \"no\""), &["5:8: `gzip` is `\"no\"`; write `true` or `false`"]),
    (v1!("pin = \"sha256:00\""), &["5:7: `sha256:00` is not a fingerprint: `sha256:` and 64 hexadecimal digits, with or without colons",
        "5:7: `pin` is about TLS, and `endpoint` begins with `http://`; change one of the two"]),
    (v1!("tls_verify = false"), &["5:14: `tls_verify` is about TLS, and `endpoint` begins with `http://`; change one of the two"]),
    (v2!("ca_file = \"/ca.pem\"\ntls_verify = true"), &["6:14: `ca_file` and `tls_verify` say two things of whom to believe; remove one of the two"]),
    (v2!("prefix = \"lan\""), &["5:1: unknown key `prefix` in this `[[push]]`; known here: `kind`, `name`, `interval`, `deadline`, `endpoint`, `database`, `bucket`, `retention_policy`, `user`, `password_file`, `password_env`, `password_credential`, `org`, `token_file`, `token_env`, `token_credential`, `precision`, `layout`, `gzip`, `ca_file`, `pin`, `tls_verify`, `include`, `exclude`, `queue_batches`, `queue_size`"]),
];

#[test]
fn every_mistake_about_a_push_is_said_word_for_word() {
    super::check_wrong(WRONG);
}

#[test]
fn nothing_that_may_be_secret_is_quoted_wherever_it_was_written() {
    let blocks = [
        "kind = \"graphite\"\n",
        "kind = \"influxdb\"\ndatabase = \"lan\"\n",
        "kind = \"influxdb\"\nbucket = \"lan\"\n",
    ];
    let mistakes = [
        "endpoint = \"hunter2@nas\"",
        "endpoint = \"http://me:hunter2@nas\"",
        "endpoint = \"http://me:hunter2@nas:8086/?p=hunter2\"",
        "endpoint = { password = \"hunter2\" }",
        "endpoint = [\"http://me:hunter2@nas\"]",
        "endpoint = \"http://nas\"\nuser = \"me:hunter2\"",
        "endpoint = \"http://nas\"\npassword = \"hunter2\"\ntoken = \"hunter2\"",
        "endpoint = \"http://nas\"\nPassword = \"hunter2\"\npasswd = \"hunter2\"\nauthorization = \"hunter2\"",
        "endpoint = \"http://nas\"\ntoken_env = \"hunter2==\"\npassword_env = \"hunter2==\"",
        "endpoint = \"http://nas\"\ntoken_credential = \"hunter2/a\"\npassword_credential = \"a hunter2\"",
        "endpoint = \"http://nas\"\ntoken_file = \"hunter2\\u0000\"\npassword_file = { a = \"hunter2\" }",
        "endpoint = \"http://nas\"\ntoken_file = [\"hunter2\"]\npassword_file = [\"hunter2\"]",
        "endpoint = \"http://nas\"\ntoken = hunter2",
        "endpoint = \"http://nas\"\npassword = 'hunter2",
        "endpoint = http://me:hunter2@nas",
    ];
    for (block, mistake) in blocks.iter().flat_map(|block| mistakes.map(|mistake| (block, mistake))) {
        let problems = parse("FILE", &format!("[[push]]\n{block}{mistake}\n")).unwrap_err();
        assert!(!format!("{problems} {problems:?}").contains("hunter2"), "{block}{mistake}\n{problems}");
    }
}

#[test]
fn more_than_sixteen_pushes_are_refused() {
    let push = |index| format!("[[push]]\nkind = \"graphite\"\nname = \"p{index}\"\nendpoint = \"nas\"\n");
    let pushes = |count| parse("FILE", &(0..count).map(push).collect::<String>());
    assert_eq!(pushes(16).unwrap().pushes.len(), 16);
    assert_eq!(pushes(17).unwrap_err().to_string(), "FILE:65:1: there are 17 pushes; write at most 16");
}

fn only(text: &str) -> Push {
    let config = parse("FILE", text).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(config.pushes.len(), 1);
    config.pushes.into_iter().next().unwrap()
}

#[test]
fn without_a_word_nothing_is_pushed() {
    assert_eq!(parse("FILE", "").unwrap().pushes, []);
    assert_eq!(parse("FILE", "push = []").unwrap().pushes, []);
}

/// What holds of every push that says nothing of it.
fn defaults(receiver: Receiver) -> Settings {
    Settings {
        interval: Duration::from_secs(10),
        deadline: Duration::from_secs(10),
        limits: Limits { batches: 360, bytes: 8_388_608 },
        selection: Selection::default(),
        receiver,
    }
}

#[test]
fn graphite_needs_no_more_than_a_host() {
    for (text, host, port) in
        [("nas", "nas", 2003), ("127.0.0.1:2103", "127.0.0.1", 2103), ("[fd00::1]", "fd00::1", 2003)]
    {
        let push = only(&format!("[[push]]\nkind = \"graphite\"\nendpoint = \"{text}\""));
        let form = Form::Path { template: Template::default(), escape: Escape::Percent };
        let layout = Layout { prefix: "lanlord".to_owned(), form };
        let receiver = Receiver::Graphite(graphite::Settings { host: host.to_owned(), port, layout });
        assert_eq!(push.settings, defaults(receiver));
        assert_eq!(push.id.to_string(), "graphite");
    }
}

fn influxdb(push: Push) -> influxdb::Settings {
    match push.settings.receiver {
        Receiver::Influxdb(settings) => settings,
        Receiver::Graphite(_) => panic!("no InfluxDB"),
    }
}

#[test]
fn influxdb_needs_no_more_than_a_url_and_a_database_or_a_bucket() {
    let endpoint =
        |tls| Endpoint { tls, host: "nas".to_owned(), port: if tls { 443 } else { 80 }, path: String::new() };
    let settings = |tls, bucket| influxdb::Settings {
        endpoint: endpoint(tls),
        trust: Trust::Authorities { built_in: "", file: None },
        bucket,
        gzip: true,
        precision: influx::Precision::Milliseconds,
        layout: influx::Layout::Family,
    };
    let push = only(v1!(""));
    let bucket = Bucket::V1 { database: "lan".to_owned(), retention_policy: None, user: None };
    assert_eq!(push.settings, defaults(Receiver::Influxdb(settings(false, bucket))));
    assert_eq!(push.id.to_string(), "influxdb");
    let bucket = Bucket::V2 { org: None, bucket: "lan".to_owned(), token: None };
    assert_eq!(influxdb(only(v2!(""))), settings(true, bucket));
}

#[test]
fn a_push_means_what_it_says() {
    let push = only(
        r#"
        [[push]]
        kind = "graphite"
        name = "attic"
        endpoint = "[fd00::1]:2103"
        interval = "1m"
        deadline = "2s"
        include = ["lan_host_*", "wire_frames_total"]
        exclude = ["lan_host_received_?ytes_total"]
        queue_batches = 100_000
        queue_size = "64KiB"
        prefix = "home.lan"
        template = "{source}.{label.host}.{name}.{labels}"
        escape = "underscore"
        "#,
    );
    let settings = &push.settings;
    assert_eq!((push.id.to_string().as_str(), settings.receiver.kind()), ("attic", "graphite"));
    assert_eq!((settings.interval, settings.deadline), (Duration::from_secs(60), Duration::from_secs(2)));
    assert_eq!(settings.limits, Limits { batches: 100_000, bytes: 65_536 });
    let wanted: Vec<_> = catalogue::all().into_iter().filter(|meta| settings.selection.wants(meta)).collect();
    let names: Vec<_> = wanted.iter().map(|meta| meta.name).collect();
    assert!(
        names.contains(&"lan_host_sent_bytes_total") && names.contains(&"wire_frames_total"),
        "{names:?}"
    );
    assert!(!names.contains(&"lan_host_received_bytes_total"), "{names:?}");
    assert!(
        names.iter().all(|name| name.starts_with("lan_host_") || *name == "wire_frames_total"),
        "{names:?}"
    );
    let Receiver::Graphite(graphite) = &settings.receiver else { panic!("no Graphite") };
    let template = "{source}.{label.host}.{name}.{labels}".parse().unwrap();
    let form = Form::Path { template, escape: Escape::Underscore };
    assert_eq!(graphite.layout, Layout { prefix: "home.lan".to_owned(), form });
    assert_eq!(graphite.to_string(), "[fd00::1]:2103");

    let tagged = only(graphite!("tagged = true\nprefix = \"\"")).settings.receiver;
    let Receiver::Graphite(tagged) = tagged else { panic!("no Graphite") };
    assert_eq!(tagged.layout, Layout { prefix: String::new(), form: Form::Tags });
    let untagged = only(graphite!("tagged = false\nescape = \"percent\"")).settings;
    assert_eq!(untagged, only(graphite!("")).settings);
}

#[test]
fn each_version_of_influxdb_has_its_own_keys() {
    let settings = influxdb(only(v1!(
        "retention_policy = \"a year\"\nuser = \"me\"\npassword_credential = \"influx\"\ngzip = false\nprecision = \"ns\"\n\
         layout = \"source\""
    )));
    let user = Some(("me".to_owned(), Place::Credential("influx".to_owned())));
    let bucket = Bucket::V1 { database: "lan".to_owned(), retention_policy: Some("a year".to_owned()), user };
    assert_eq!(settings.bucket, bucket);
    assert_eq!(
        (settings.gzip, settings.precision, settings.layout),
        (false, influx::Precision::Nanoseconds, influx::Layout::Source)
    );
    let settings = influxdb(only(v2!(
        "org = \"home\"\ntoken_file = \"/etc/lanlord/token\"\nca_file = \"/etc/lanlord/ca.pem\"\nprecision = \"s\"\n\
         layout = \"family\""
    )));
    let token = Some(Place::File(PathBuf::from("/etc/lanlord/token")));
    assert_eq!(settings.bucket, Bucket::V2 { org: Some("home".to_owned()), bucket: "lan".to_owned(), token });
    let file = Some(PathBuf::from("/etc/lanlord/ca.pem"));
    assert_eq!(settings.trust, Trust::Authorities { built_in: "", file });
    assert_eq!(settings.precision, influx::Precision::Seconds);
    assert_eq!(influxdb(only(v2!("tls_verify = false"))).trust, Trust::Anybody);
    let pin = "00".repeat(32);
    let pinned = format!(
        "[[push]]\nkind = \"influxdb\"\nendpoint = \"https://nas\"\nbucket = \"lan\"\npin = [\"sha256:{pin}\"]"
    );
    assert!(matches!(influxdb(only(&pinned)).trust, Trust::Pins(pins) if pins.len() == 1));
    let settings = influxdb(only(v1!("precision = \"us\"")));
    assert_eq!(settings.precision, influx::Precision::Microseconds);
}

#[test]
fn who_gives_up_safety_is_told() {
    let warnings = |text: &str| warnings(&only(text).settings);
    let plain = |host: &str, rest: &str| {
        warnings(&format!("[[push]]\nkind = \"influxdb\"\nendpoint = \"http://{host}:8086\"\n{rest}"))
    };
    let password = "database = \"lan\"\nuser = \"me\"\npassword_env = \"P\"";
    let token = "bucket = \"lan\"\ntoken_env = \"T\"";
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        assert_eq!(plain(host, password), [""; 0]);
        assert_eq!(plain(host, token), [""; 0]);
    }
    let said = "goes to http://nas:8086 without TLS, and everybody on the way can read it; write `https://` if the receiver \
                can do that";
    assert_eq!(plain("nas", password), [format!("the password {said}")]);
    assert_eq!(plain("nas", token), [format!("the token {said}")]);
    assert_eq!(plain("nas", "database = \"lan\""), [""; 0]);
    assert_eq!(warnings(v2!("token_env = \"T\"")), [""; 0]);
    assert_eq!(
        warnings(v2!("tls_verify = false\ntoken_env = \"T\"")),
        [
            "`tls_verify` is false, so whoever answers at https://nas:443 gets what is pushed, and the token; write `ca_file` or `pin` instead"
        ]
    );
    assert_eq!(warnings(graphite!("")), [""; 0]);
}

#[test]
fn a_push_is_described_without_what_moves_a_cursor() {
    let text = "[[push]]\nkind = \"influxdb\"\nendpoint = \"https://[::1]:8086/db\"\nbucket = \"house\u{202e}\"\n\
                tls_verify = false";
    assert_eq!(
        describe(&only(text).settings),
        "to influxdb at https://[::1]:8086/db, bucket `house[U+202E]`, WHOEVER ANSWERS THERE, every 10.0 s; up to 360 \
         batches or 8.00 MiB may wait"
    );
}
