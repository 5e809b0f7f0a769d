//! What a configuration file means, and what is said when it means nothing: word for word.

#![allow(clippy::unwrap_used, reason = "clippy does not see that helpers of tests are tests")]

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lanlord::config::{Config, Log, Overrides, load, parse, parse_max_requests, parse_prefix};
use lanlord::log;
use lanlord::metric::Mac;
use lanlord::names::{Key, dns};
use lanlord::probe::Module;
use lanlord::sources::{Settings, wire};

mod freebox;
mod hitron;
mod probe;
mod push;

const EXAMPLE: &str = include_str!("../../packaging/example.toml");

/// A wire source whose third line is the one to look at.
macro_rules! wire_source {
    ($text:literal) => {
        concat!("[[source]]\nkind = \"wire\"\n", $text)
    };
}

/// A file, and all that is wrong with it. `FILE:` is taken off each line. To add a row, add a line.
#[rustfmt::skip]
const WRONG: &[(&str, &[&str])] = &[
    // The file as a whole.
    ("[wbe]", &["1:2: unknown key `wbe` at the top; did you mean `web`?"]),
    ("sources = 1", &["1:1: unknown key `sources` at the top; did you mean `source`?"]),
    ("alerts = 1", &["1:1: unknown key `alerts` at the top; known here: `web`, `names`, `log`, `dns`, `probe`, `source`, `push`"]),
    ("web = 3", &["1:7: `web` is `3`; write `[web]` as its header, once"]),
    ("[[names]]", &["1:1: `names` is a list; write `[names]` as its header, once"]),
    // The listener.
    ("[web]\nlisten = 1", &["2:1: unknown key `listen` in `[web]`; known here: `listen_address`, `max_requests`, `access_log`"]),
    ("[web]\nmax_requests = 0", &["2:16: `max_requests` is `0`; write a whole number from 1 to 4096"]),
    ("[web]\nmax_requests = 4097", &["2:16: `max_requests` is `4097`; write a whole number from 1 to 4096"]),
    ("[web]\naccess_log = 1", &["2:14: `access_log` is `1`; write `true` or `false`"]),
    ("[web]\nlisten_adress = 1", &["2:1: unknown key `listen_adress` in `[web]`; did you mean `listen_address`?"]),
    ("[web]\nlisten_address = 9938", &["2:18: `listen_address` is `9938`; write an address and port, such as `\"127.0.0.1:9938\"`, or a list of them"]),
    ("[web]\nlisten_address = []", &["2:18: `listen_address` is empty; write an address and port, such as `\"127.0.0.1:9938\"`, or a list of them, or leave it out"]),
    ("[web]\nlisten_address = [\"[::]:1\", 2]", &["2:29: `listen_address` is `2`; write an address and port, such as `\"127.0.0.1:9938\"`, or a list of them"]),
    ("[web]\nlisten_address = \"127.0.0.1\"", &["2:18: `127.0.0.1` has no port; write `127.0.0.1:9938`"]),
    ("[web]\nlisten_address = [\n\"localhost:80\",\n\"::1\"]", &["3:1: `localhost:80` is a host name; write `127.0.0.1:80` or `[::1]:80`", "4:1: `::1` has no port; write `[::1]:9938`"]),
    ("[web]\nlisten_address = [\"[::1]:80\", \"[0::1]:80\"]", &["2:31: `[::1]:80` is already listened on by line 2; keep one of the two"]),
    // The log.
    ("log = \"info\"", &["1:7: `log` is `\"info\"`; write `[log]` as its header, once"]),
    ("[log]\nlevel = \"loud\"\nformat = \"xml\"", &["2:9: `loud` is not a level of the log; write `error` or `warn` or `info` or `debug`", "3:10: `xml` is not a format of the log; write `text` or `logfmt` or `json`"]),
    ("[log]\nlevel = 3\nformat = true", &["2:9: `level` is `3`; write `\"error\"` or `\"warn\"` or `\"info\"` or `\"debug\"`", "3:10: `format` is `true`; write `\"text\"` or `\"logfmt\"` or `\"json\"`"]),
    ("[log]\nlevels = \"info\"", &["2:1: unknown key `levels` in `[log]`; did you mean `level`?"]),
    ("log = true", &["1:7: `log` is `true`; write `[log]` as its header, once"]),
    ("[log]\nminute_pages = true", &["2:1: unknown key `minute_pages` in `[log]`; did you mean `minute_page`?"]),
    ("[log]\nminute_page = \"no\"", &["2:15: `minute_page` is `\"no\"`; write `true` or `false`"]),
    ("[log]\nminute_page_every = \"900ms\"", &["2:21: `minute_page_every` is `\"900ms\"`; write a duration from 1s to 1h, such as `\"5s\"`"]),
    ("[log]\nminute_page_every = \"61m\"", &["2:21: `minute_page_every` is `\"61m\"`; write a duration from 1s to 1h, such as `\"5s\"`"]),
    // Names.
    ("[names]\nnas = \"x\"", &["2:1: `nas` is neither a hardware address nor an IP address; write it like `\"aa:bb:cc:dd:ee:ff\"` or `\"192.168.1.20\"`"]),
    ("[names]\nnas = \"10.0.0.1\"", &["2:1: `nas` is neither a hardware address nor an IP address; the address comes first: write `\"10.0.0.1\" = \"nas\"`"]),
    ("[names]\n192.168.1.20 = \"x\"", &["2:1: `192` is neither a hardware address nor an IP address; put quotes around the whole address, as in `\"192.168.1.20\" = \"printer\"`"]),
    ("[names]\naa:bb:cc:dd:ee:ff = \"x\"", &["2:3: the key ends here; write ` = ` and the value, or put the whole key in quotes"]),
    ("[names]\n\"10.0.0.1\" = 5", &["2:14: `10.0.0.1` is `5`; write a name of 1 to 255 bytes without control characters, such as `\"nas\"`"]),
    ("[names]\n\"10.0.0.1\" = \"other\"", &["2:14: `other` is the row of hosts for which there is no room; choose another name"]),
    ("[names]\n\"10.0.0.1\" = \" . \"", &["2:14: `10.0.0.1` is `\" . \"`; write a name of 1 to 255 bytes without control characters, such as `\"nas\"`"]),
    ("[names]\n\"10.0.0.1\" = \"a\\nb\"", &["2:14: `10.0.0.1` is `\"a\\nb\"`; write a name of 1 to 255 bytes without control characters, such as `\"nas\"`"]),
    ("[names]\n\"10.0.0.1\".x = \"a\"", &["2:1: `10.0.0.1` is a table; write a name of 1 to 255 bytes without control characters, such as `\"nas\"`"]),
    ("[names]\n\"aa:bb:cc:dd:ee:ff\" = \"a\"\n\n\"AA-BB-CC-DD-EE-FF\" = \"b\"", &["4:1: `AA-BB-CC-DD-EE-FF` already has a name on line 2; keep one of the two"]),
    ("[names]\n\"::ffff:10.0.0.1\" = \"a\"\n\"10.0.0.1\" = \"a\"", &["3:1: `10.0.0.1` already has a name on line 2; keep one of the two"]),
    ("[names]\n\"10.0.0.1\" = \"a\"\n\"10.0.0.1\" = \"b\"", &["3:1: this is here twice in the same table; keep one of the two"]),
    // Whom to ask for names.
    ("[dns]\nserver = \"10.0.0.1\"", &["2:1: unknown key `server` in `[dns]`; did you mean `servers`?"]),
    ("[dns]\nwhom = 1", &["2:1: unknown key `whom` in `[dns]`; known here: `enabled`, `servers`, `queries_per_second`, `refresh`"]),
    ("dns = true", &["1:7: `dns` is `true`; write `[dns]` as its header, once"]),
    ("[dns]\nenabled = \"no\"", &["2:11: `enabled` is `\"no\"`; write `true` or `false`"]),
    ("[dns]\nservers = \"10.0.0.1\"", &["2:11: `servers` is `\"10.0.0.1\"`; write a list of addresses, such as `[\"192.168.1.1\"]`"]),
    ("[dns]\nservers = []", &["2:11: `servers` is empty; write a list of addresses, such as `[\"192.168.1.1\"]`, or leave it out"]),
    ("[dns]\nservers = [\"router.lan\", 7]", &[
        "2:12: `router.lan` is not a resolver's address; write it like `192.168.1.1`, `192.168.1.1:5353` or `[fd00::1]:53`",
        "2:26: `servers` is `7`; write a list of addresses, such as `[\"192.168.1.1\"]`"]),
    ("[dns]\nservers = [\"10.0.0.1:0\"]", &["2:12: `10.0.0.1:0` is not a resolver's address; write it like `192.168.1.1`, `192.168.1.1:5353` or `[fd00::1]:53`"]),
    ("[dns]\nservers = [\"0.0.0.0\"]", &["2:12: `0.0.0.0` is not a resolver's address; write it like `192.168.1.1`, `192.168.1.1:5353` or `[fd00::1]:53`"]),
    ("[dns]\nservers = [\"10.0.0.1\", \"10.0.0.1:53\"]", &["2:24: `10.0.0.1:53` is already on line 2; ask each resolver once"]),
    ("[dns]\nservers = [\"::1\", \"::2\", \"::3\", \"::4\"]", &["2:11: `servers` has 4 addresses; write at most 3"]),
    ("[dns]\nrefresh = \"999ms\"", &["2:11: `refresh` is `\"999ms\"`; write a duration from 1s to 24h, such as `\"5s\"`"]),
    ("[dns]\nrefresh = \"25h\"", &["2:11: `refresh` is `\"25h\"`; write a duration from 1s to 24h, such as `\"5s\"`"]),
    ("[dns]\nqueries_per_second = 0", &["2:22: `queries_per_second` is `0`; write a whole number from 1 to 1000"]),
    ("[dns]\nqueries_per_second = 1001", &["2:22: `queries_per_second` is `1001`; write a whole number from 1 to 1000"]),
    // Sources of any kind.
    ("[source]\nkind = \"wire\"", &["1:1: `source` is a table; write `[[source]]` as its header, in double brackets, once for each source"]),
    ("source = [4]", &["1:11: `source` is `4`; write each source below a `[[source]]` of its own"]),
    ("[[source]]", &["1:1: this source has no `kind`; add `kind = \"freebox\"` or `kind = \"hitron\"` or `kind = \"wire\"`"]),
    ("[[source]]\nkind = true", &["2:8: `kind` is `true`; write `\"freebox\"` or `\"hitron\"` or `\"wire\"`"]),
    ("[[source]]\nkind = \"wrie\"\nwhatever = 1", &["2:8: unknown kind `wrie`; known kinds: `freebox`, `hitron`, `wire`; did you mean `wire`?"]),
    ("[[source]]\nkind = \"altibox\"", &["2:8: unknown kind `altibox`; known kinds: `freebox`, `hitron`, `wire`"]),
    ("[[source]]\nkind = \"wire\"\nname = \"my lan\"", &["3:8: `my lan` cannot name a source; write 1 to 64 of the letters a-z and A-Z, digits, `_` and `-`"]),
    ("[[source]]\nkind = \"wire\"\nname = \"\"", &["3:8: `` cannot name a source; write 1 to 64 of the letters a-z and A-Z, digits, `_` and `-`"]),
    ("[[source]]\nkind = \"wire\"\nname = 1", &["3:8: `name` is `1`; write a name, such as `\"lan\"`"]),
    ("[[source]]\nkind = \"wire\"\ninterfaces = [\"a\"]\n[[source]]\nkind = \"wire\"\ninterfaces = [\"b\"]", &["4:1: a source named `wire` is already on line 1; give this one another `name`"]),
    ("[[source]]\nkind = \"wire\"\nname = \"x\"\n[[source]]\nkind = \"wire\"\ninterfaces = [\"b\"]\nname = \"x\"", &["7:8: a source named `x` is already on line 3; give this one another `name`"]),
    // Times.
    (wire_source!("interval = 5"), &["3:12: `interval` is `5`; write a duration from 100ms to 1h, such as `\"5s\"`"]),
    (wire_source!("interval = \"5\""), &["3:12: `interval` is `\"5\"`; write a duration from 100ms to 1h, such as `\"5s\"`"]),
    (wire_source!("interval = \"99ms\""), &["3:12: `interval` is `\"99ms\"`; write a duration from 100ms to 1h, such as `\"5s\"`"]),
    (wire_source!("deadline = \"61m\""), &["3:12: `deadline` is `\"61m\"`; write a duration from 100ms to 1h, such as `\"5s\"`"]),
    (wire_source!("deadline = \"1.5s\""), &["3:12: `deadline` is `\"1.5s\"`; write a duration from 100ms to 1h, such as `\"5s\"`"]),
    // The wire.
    (wire_source!("interface = [\"eth0\"]"), &["3:1: unknown key `interface` in this `[[source]]`; did you mean `interfaces`?"]),
    (wire_source!("colour = 1"), &["3:1: unknown key `colour` in this `[[source]]`; known here: `kind`, `name`, `interval`, `deadline`, `interfaces`, `stream`, `cidr`, `max_hosts`, `ring_size`, `promiscuous`"]),
    (wire_source!("interfaces = \"eth0\""), &["3:14: `interfaces` is `\"eth0\"`; write a list of interfaces, such as `[\"eth0\"]`"]),
    (wire_source!("interfaces = []"), &["3:14: `interfaces` is empty; write a list of interfaces, such as `[\"eth0\"]`, or leave it out"]),
    (wire_source!("interfaces = [\"eth0\", 1]"), &["3:23: `interfaces` is `1`; write a list of interfaces, such as `[\"eth0\"]`"]),
    (wire_source!("interfaces = [\"abcdefghijklmnop\"]"), &["3:15: `abcdefghijklmnop` cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it"]),
    (wire_source!("interfaces = [\"\", \"a b\", \"a/b\"]"), &[
        "3:15: `` cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it",
        "3:19: `a b` cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it",
        "3:26: `a/b` cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it"]),
    (wire_source!("interfaces = [\"..\"]"), &["3:15: `..` cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it"]),
    (wire_source!("interfaces = [\"\\u001b[2J\"]"), &["3:15: `\\u{1b}[2J` cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it"]),
    (wire_source!("interfaces = [\"é\", \"eth0\", \"eth0\"]"), &["3:28: interface `eth0` is already captured by line 3; capture it once"]),
    (wire_source!("interfaces = [\"eth0\"]\n[[source]]\nkind = \"wire\"\nname = \"b\"\ninterfaces = [\"eth1\", \"eth0\"]"), &["7:23: interface `eth0` is already captured by line 3; capture it once"]),
    (wire_source!("[[source]]\nkind = \"wire\"\nname = \"b\""), &["3:1: the interface of the default route is already captured by line 1; capture it once"]),
    (wire_source!("stream = \"-\"\n[[source]]\nkind = \"wire\"\nname = \"b\"\nstream = \"-\""), &["7:10: stream `-` is already captured by line 3; capture it once"]),
    (wire_source!("stream = \"-\"\ninterfaces = [\"eth0\"]"), &["4:14: a source has either `interfaces` or a `stream`; remove one of the two"]),
    (wire_source!("stream = \"\""), &["3:10: `` is not a path; write one, or `\"-\"` for standard input"]),
    (wire_source!("stream = [\"-\"]"), &["3:10: `stream` is a list; write a path, such as `\"/run/capture.fifo\"`, or `\"-\"`"]),
    (wire_source!("cidr = \"10.0.0.0/8\""), &["3:8: `cidr` is `\"10.0.0.0/8\"`; write a list of networks, such as `[\"192.168.1.0/24\"]`"]),
    (wire_source!("cidr = [\"192.168.1.7\"]"), &["3:9: `192.168.1.7` has no prefix length; write `192.168.1.0/24` for its network or `192.168.1.7/32` for this address alone"]),
    (wire_source!("cidr = [\"10.0.0.0/255.0.0.0\"]"), &["3:9: `10.0.0.0/255.0.0.0` has a netmask; write `10.0.0.0/8`"]),
    (wire_source!("max_hosts = 0"), &["3:13: `max_hosts` is `0`; write a whole number from 1 to 65536"]),
    (wire_source!("max_hosts = 65_537"), &["3:13: `max_hosts` is `65_537`; write a whole number from 1 to 65536"]),
    (wire_source!("max_hosts = -1"), &["3:13: `max_hosts` is `-1`; write a whole number from 1 to 65536"]),
    (wire_source!("max_hosts = 99999999999999999999"), &["3:13: `max_hosts` is `99999999999999999999`; write a whole number from 1 to 65536"]),
    (wire_source!("max_hosts = \"4096\""), &["3:13: `max_hosts` is `\"4096\"`; write a whole number from 1 to 65536"]),
    (wire_source!("max_hosts = 1e3"), &["3:13: `max_hosts` is `1e3`; write a whole number from 1 to 65536"]),
    (wire_source!("ring_size = 262143"), &["3:13: `ring_size` is `262143`; write a size from 256KiB to 256MiB, such as `\"2MiB\"`"]),
    (wire_source!("ring_size = \"257MiB\""), &["3:13: `ring_size` is `\"257MiB\"`; write a size from 256KiB to 256MiB, such as `\"2MiB\"`"]),
    (wire_source!("ring_size = \"2MB\""), &["3:13: `ring_size` is `\"2MB\"`; write a size from 256KiB to 256MiB, such as `\"2MiB\"`"]),
    (wire_source!("promiscuous = \"yes\""), &["3:15: `promiscuous` is `\"yes\"`; write `true` or `false`"]),
    (wire_source!("promiscuous = 1979-05-27"), &["3:15: `promiscuous` is `1979-05-27`; write `true` or `false`"]),
    // TOML itself.
    ("[web", &["1:5: not TOML: unclosed table; expected `]`"]),
    ("[web]\nlisten_address", &["2:15: this key has no value; write it like `key = \"value\"`"]),
    ("[web]\nlisten_address: 1", &["2:15: the key ends here; write ` = ` and the value, or put the whole key in quotes"]),
    ("[web]\nlisten_address =", &["2:17: the value is missing; write one after the `=`"]),
    ("[web]\nlisten_address = 127.0.0.1:80\n[names", &["2:23: this is not a TOML value; put text in quotes, like `\"text\"`", "3:7: not TOML: unclosed table; expected `]`"]),
    (wire_source!("promiscuous = yes"), &["3:15: this is not a TOML value; put text in quotes, like `\"text\"`"]),
    (wire_source!("promiscuous = no"), &["3:15: this is not a TOML value; put text in quotes, like `\"text\"`"]),
    (wire_source!("name = \"lan"), &["3:12: this text has no end; write `\"` there"]),
    (wire_source!("max_hosts = 007"), &["3:13: not TOML: unexpected leading zero"]),
    (wire_source!("kind = \"wire\""), &["3:1: this is here twice in the same table; keep one of the two"]),
    // Everything at once, in the order of the lines.
    ("[[source]]\nkind = \"wire\"\nmax_hosts = 0\nring = 1\ncidr = [\"x\"]\n[web]\nport = 1\n[extra]\n", &[
        "3:13: `max_hosts` is `0`; write a whole number from 1 to 65536",
        "4:1: unknown key `ring` in this `[[source]]`; known here: `kind`, `name`, `interval`, `deadline`, `interfaces`, `stream`, `cidr`, `max_hosts`, `ring_size`, `promiscuous`",
        "5:9: `x` is not a network in CIDR notation; write it like `192.168.1.0/24` or `fd00::/8`",
        "7:1: unknown key `port` in `[web]`; known here: `listen_address`, `max_requests`, `access_log`",
        "8:2: unknown key `extra` at the top; known here: `web`, `names`, `log`, `dns`, `probe`, `source`, `push`"]),
];

#[test]
fn every_mistake_is_said_word_for_word() {
    check_wrong(WRONG);
}

/// Each text has to give its complaints; all that differ are shown together.
fn check_wrong(wrong: &[(&str, &[&str])]) {
    let mut different = String::new();
    for (text, expected) in wrong {
        let said = parse("FILE", text).map_or_else(|problems| problems.to_string(), |_| "nothing".to_owned());
        let expected = expected.iter().map(|line| format!("FILE:{line}")).collect::<Vec<_>>().join("\n");
        if said != expected {
            writeln!(different, "---\n{text}\nshould give\n{expected}\nand gives\n{said}").unwrap();
        }
    }
    assert!(different.is_empty(), "{different}");
}

#[test]
fn no_text_makes_it_panic_and_every_problem_has_a_place_in_the_file() {
    let check = |text: &str| {
        let Err(problems) = parse("FILE", text) else { return };
        let lines: Vec<_> = text.split('\n').collect();
        // After a hundred the rest is only counted.
        let shown = problems.problems.iter().take(100);
        let places: Vec<_> = shown.map(|problem| problem.place.unwrap()).collect();
        assert!(places.is_sorted_by_key(|place| (place.line, place.column)), "{text}");
        for place in places {
            assert!(place.column <= lines[place.line - 1].chars().count() + 1, "{place:?} of {text}");
        }
    };
    let text = uncommented_example();
    for (at, _) in text.char_indices() {
        check(&text[..at]);
    }
    // Every byte of the example's settings replaced by each that means something to TOML.
    let settings: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let settings = settings.join("\n");
    for at in 0..settings.len() {
        for byte in ["", "\"", "'", "[", "]", "{", "=", ".", ",", "#", "\n", "\r", "\\", "\0", "é", "0"] {
            check(&format!("{}{byte}{}", &settings[..at], &settings[at + 1..]));
        }
    }
}

#[test]
fn too_many_of_a_thing_are_refused() {
    let source =
        |index| format!("[[source]]\nkind = \"wire\"\nname = \"s{index}\"\ninterfaces = [\"e{index}\"]\n");
    let sources = |count| parse("FILE", &(0..count).map(source).collect::<String>());
    assert_eq!(sources(64).unwrap().sources.len(), 64);
    assert_eq!(sources(65).unwrap_err().to_string(), "FILE:257:1: there are 65 sources; write at most 64");

    let name = |index: u32| format!("\"{}\" = \"x\"\n", IpAddr::from(index.to_be_bytes()));
    let names = |count| parse("FILE", &format!("[names]\n{}", (0..count).map(name).collect::<String>()));
    assert_eq!(names(65_536).unwrap().names.len(), 65_536);
    let said = names(65_537).unwrap_err().to_string();
    assert_eq!(said, "FILE:65538:1: `[names]` has 65537 names; write at most 65536");
}

fn wire_settings(config: &Config, index: usize) -> &wire::Settings {
    let Settings::Wire(settings) = &config.sources[index].settings else { panic!("not the wire") };
    settings
}

fn prefixes(texts: &[&str]) -> Vec<ipnet::IpNet> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn a_file_means_what_it_says() {
    let text = r#"
        [web]
        listen_address = ["127.0.0.1:9938", "[::1]:9938", "0.0.0.0:0", "0.0.0.0:0"]
        max_requests = 4096
        access_log = true
        [log]
        level = "warn"
        format = "json"
        minute_page = false
        minute_page_every = "10s"
        [names]
        "aa:bb:cc:dd:ee:ff" = "nas"
        "192.168.1.20" = "printer"
        00-00-5e-00-53-01 = "bare"
        [[source]]
        kind = "wire"
        name = "lan"
        interfaces = ["eth0", "br-lan"]
        cidr = ["192.168.1.77/24", "fd00::/8"]
        max_hosts = 0x10
        ring_size = 262144
        promiscuous = false
        interval = "100ms"
        deadline = "1h"
        [[source]]
        kind = "wire"
        stream = "-"
        ring_size = "256MiB"
    "#;
    let config = parse("FILE", text).unwrap();
    let listen: Vec<_> = config.web.listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, ["127.0.0.1:9938", "[::1]:9938", "0.0.0.0:0", "0.0.0.0:0"]);
    assert_eq!((config.web.max_requests, config.web.access_log), (4_096, true));
    let settings = log::Settings { level: log::Level::Warn, format: Some(log::Format::Json) };
    let expected = Log { settings, minute_page: false, minute_page_every: Duration::from_secs(10) };
    assert_eq!(config.log, expected);
    let names = [
        (Key::Mac(Mac([0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff])), "nas".to_owned()),
        (Key::Address(IpAddr::from([192, 168, 1, 20])), "printer".to_owned()),
        (Key::Mac(Mac([0, 0, 0x5e, 0, 0x53, 1])), "bare".to_owned()),
    ];
    assert_eq!(config.names, names);
    let [lan, stream] = &config.sources[..] else { panic!("{:?}", config.sources) };
    assert_eq!(
        (&*lan.id.0, lan.interval, lan.deadline),
        ("lan", Duration::from_millis(100), Duration::from_secs(3_600))
    );
    let expected = wire::Settings {
        input: wire::Input::Interfaces(vec!["eth0".to_owned(), "br-lan".to_owned()]),
        prefixes: prefixes(&["192.168.1.0/24", "fd00::/8"]),
        max_hosts: 16,
        ring_bytes: 262_144,
        promiscuous: false,
    };
    assert_eq!(*wire_settings(&config, 0), expected);
    assert_eq!(
        (&*stream.id.0, stream.interval, stream.deadline),
        ("wire", Duration::from_secs(1), Duration::from_secs(5))
    );
    let expected = wire::Settings {
        input: wire::Input::Stream(PathBuf::from("-")),
        prefixes: Vec::new(),
        max_hosts: 4_096,
        ring_bytes: 268_435_456,
        promiscuous: true,
    };
    assert_eq!(*wire_settings(&config, 1), expected);
}

#[test]
fn without_a_word_it_is_the_default_route_for_this_machine_alone() {
    let config = Config::default();
    assert_eq!(config.web.listen, ["127.0.0.1:9938".parse().unwrap()]);
    assert_eq!((config.web.max_requests, config.web.access_log), (256, false));
    assert_eq!(config.names, []);
    let settings = log::Settings { level: log::Level::Info, format: None };
    let expected = Log { settings, minute_page: true, minute_page_every: Duration::from_secs(60) };
    assert_eq!(config.log, expected);
    let expected = dns::Settings {
        enabled: true,
        servers: Vec::new(),
        refresh: Duration::from_secs(300),
        per_second: 50,
    };
    assert_eq!(config.dns, expected);
    assert_eq!(&*config.sources[0].id.0, "wire");
    assert_eq!(
        (config.sources[0].interval, config.sources[0].deadline),
        (Duration::from_secs(1), Duration::from_secs(5))
    );
    let expected = wire::Settings {
        input: wire::Input::DefaultRoute,
        prefixes: Vec::new(),
        max_hosts: 4_096,
        ring_bytes: 2_097_152,
        promiscuous: true,
    };
    assert_eq!(*wire_settings(&config, 0), expected);
    for text in ["", "\u{feff}", "# nothing", "[web]\r\n[names]\r\n", "[[source]]\nkind = \"wire\""] {
        assert_eq!(parse("FILE", text).unwrap(), config, "{text}");
    }
    assert_eq!(config.clone().with_overrides(Overrides::default()).unwrap(), config);
}

#[test]
fn the_command_line_says_the_last_word_on_the_minute_page() {
    let file = |text| parse("FILE", text).unwrap();
    for (text, said, expected) in [
        ("", Some(false), false),
        ("log.minute_page = false", Some(true), true),
        ("log.minute_page = false", None, false),
        ("", None, true),
    ] {
        let config =
            file(text).with_overrides(Overrides { minute_page: said, ..Overrides::default() }).unwrap();
        assert_eq!(config.log.minute_page, expected, "{text} {said:?}");
    }
}

#[test]
fn the_command_line_says_the_last_word_on_asking_for_names() {
    let asks = |text, dns| {
        parse("FILE", text)
            .unwrap()
            .with_overrides(Overrides { dns, ..Overrides::default() })
            .unwrap()
            .dns
            .enabled
    };
    assert!(!asks("", Some(false)) && asks("dns.enabled = false", Some(true)));
    assert!(!asks("dns.enabled = false", None) && asks("", None));
}

#[test]
fn whom_to_ask_for_names_may_be_said_in_three_ways() {
    let text = "[dns]\nenabled = false\nservers = [\"192.168.1.1\", \"192.168.1.1:5353\", \"[fd00::1]:54\"]\n\
                refresh = \"1h\"\nqueries_per_second = 1000";
    let expected = dns::Settings {
        enabled: false,
        servers: ["192.168.1.1:53", "192.168.1.1:5353", "[fd00::1]:54"]
            .map(|server| server.parse().unwrap())
            .to_vec(),
        refresh: Duration::from_secs(3_600),
        per_second: 1_000,
    };
    assert_eq!(parse("FILE", text).unwrap().dns, expected);
    let bare = parse("FILE", "dns.servers = [\"fd00::1\", \"[fd00::2]\"]").unwrap().dns.servers;
    assert_eq!(bare, ["[fd00::1]:53".parse().unwrap(), "[fd00::2]:53".parse().unwrap()]);
}

#[test]
fn one_listen_address_needs_no_list() {
    let config = parse("FILE", "web.listen_address = \"[::]:80\"").unwrap();
    assert_eq!(config.web.listen, ["[::]:80".parse().unwrap()]);
}

#[test]
fn the_command_line_changes_the_one_wire_source_and_keeps_its_other_settings() {
    let text = "[[source]]\nkind = \"wire\"\nname = \"lan\"\ninterval = \"2s\"\nstream = \"-\"\nmax_hosts = 7\ncidr = [\"10.0.0.0/8\"]";
    let file = parse("FILE", text).unwrap();
    let overrides = Overrides { interfaces: vec!["eth1".to_owned()], ..Overrides::default() };
    let config = file.clone().with_overrides(overrides).unwrap();
    let settings = wire_settings(&config, 0);
    assert_eq!(settings.input, wire::Input::Interfaces(vec!["eth1".to_owned()]));
    assert_eq!((settings.max_hosts, &settings.prefixes), (7, &prefixes(&["10.0.0.0/8"])));
    assert_eq!((&*config.sources[0].id.0, config.sources[0].interval), ("lan", Duration::from_secs(2)));

    let overrides = Overrides {
        prefixes: vec![parse_prefix("192.168.7.7/24").unwrap()],
        listen: vec!["[::]:80".parse().unwrap()],
        ..Overrides::default()
    };
    let config = file.with_overrides(overrides).unwrap();
    assert_eq!(wire_settings(&config, 0).input, wire::Input::Stream(PathBuf::from("-")));
    assert_eq!(wire_settings(&config, 0).prefixes, prefixes(&["192.168.7.0/24"]));
    assert_eq!(config.web.listen, ["[::]:80".parse().unwrap()]);
}

#[test]
fn the_command_line_says_how_many_may_ask_and_whether_that_is_logged() {
    let file = parse("FILE", "[web]\nmax_requests = 7\naccess_log = true").unwrap();
    let web = |config: Config| (config.web.max_requests, config.web.access_log);
    let overrides = Overrides { max_requests: Some(9), access_log: true, ..Overrides::default() };
    assert_eq!(web(Config::default().with_overrides(overrides.clone()).unwrap()), (9, true));
    assert_eq!(web(file.clone().with_overrides(overrides).unwrap()), (9, true));
    assert_eq!(web(file.with_overrides(Overrides::default()).unwrap()), (7, true));
    assert_eq!(parse_max_requests("4096"), Ok(4_096));
    for text in ["0", "4097", "-1", "many", ""] {
        let complaint = parse_max_requests(text).unwrap_err().to_string();
        assert!(complaint.ends_with(" is not a whole number from 1 to 4096"), "{complaint}");
    }
}

#[test]
fn the_command_line_makes_a_wire_source_where_there_is_none() {
    let stream = Overrides { stream: Some(PathBuf::from("/run/x")), ..Overrides::default() };
    for config in [Config::default(), parse("FILE", "source = []").unwrap()] {
        let config = config.with_overrides(stream.clone()).unwrap();
        assert_eq!((config.sources.len(), &*config.sources[0].id.0), (1, "wire"));
        assert_eq!(wire_settings(&config, 0).input, wire::Input::Stream(PathBuf::from("/run/x")));
    }
}

fn check_refused(file: &str, overrides: Overrides, complaint: &str) {
    let config = parse("FILE", file).unwrap();
    assert_eq!(config.with_overrides(overrides).unwrap_err().to_string(), complaint);
}

#[test]
#[rustfmt::skip]
fn the_command_line_is_refused_word_for_word() {
    let two = "[[source]]\nkind = \"wire\"\nname = \"lan\"\ninterfaces = [\"a\"]\n[[source]]\nkind = \"wire\"\nstream = \"-\"";
    let interfaces = |names: &[&str]| Overrides { interfaces: names.iter().map(ToString::to_string).collect(), ..Overrides::default() };
    check_refused(two, interfaces(&["eth0"]), "the configuration file has 2 sources of kind `wire` (`lan`, `wire`), and `--interface`, `--pcap` and `--cidr` cannot say which they mean; change the file instead");
    check_refused(two, Overrides { prefixes: prefixes(&["10.0.0.0/8"]), ..Overrides::default() }, "the configuration file has 2 sources of kind `wire` (`lan`, `wire`), and `--interface`, `--pcap` and `--cidr` cannot say which they mean; change the file instead");
    check_refused("", Overrides { stream: Some(PathBuf::from("-")), ..interfaces(&["eth0"]) }, "`--interface` and `--pcap` exclude each other; give one of the two");
    check_refused("", interfaces(&["eth0", "eth0"]), "`--interface eth0` is given twice; give it once");
    check_refused("", interfaces(&["eth0:1"]), "`eth0:1` cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it");
    check_refused("", Overrides { listen: vec!["[::1]:80".parse().unwrap(); 2], ..Overrides::default() }, "`--web.listen-address [::1]:80` is given twice; give it once");
}

#[test]
fn listening_elsewhere_needs_no_single_wire_source() {
    let two = "[[source]]\nkind = \"wire\"\nname = \"lan\"\ninterfaces = [\"a\"]\n[[source]]\nkind = \"wire\"\nstream = \"-\"";
    let overrides = Overrides { listen: vec!["[::1]:0".parse().unwrap()], ..Overrides::default() };
    assert_eq!(
        parse("FILE", two).unwrap().with_overrides(overrides.clone()).unwrap().web.listen,
        overrides.listen
    );
}

#[test]
fn a_file_that_cannot_be_read_is_said_word_for_word() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, content: Option<&[u8]>, complaint: &str| {
        let path = folder.path().join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).unwrap();
        }
        let said = load(&path).unwrap_err().to_string();
        assert_eq!(said, format!("{}{complaint}", path.display()));
    };
    check("missing.toml", None, ": there is no such file; check the path or create it");
    check("", None, ": this is a directory; give the path of a file");
    check(
        "latin1.toml",
        Some(b"# caf\xc3\xa9\n# caf\xe9\n"),
        ":2:6: byte `0xe9` is not UTF-8; save the file as UTF-8",
    );
    check("cut.toml", Some(b"# caf\xc3"), ":1:6: byte `0xc3` is not UTF-8; save the file as UTF-8");
    check(
        "wrong.toml",
        Some(b"[web]\nx = 1"),
        ":2:1: unknown key `x` in `[web]`; known here: `listen_address`, `max_requests`, `access_log`",
    );
    let mut large = vec![b'#'; 1 << 20];
    std::fs::write(folder.path().join("largest.toml"), &large).unwrap();
    let largest = folder.path().join("largest.toml");
    let expected = Config { file: Some(largest.display().to_string()), ..Config::default() };
    assert_eq!(load(&largest).unwrap(), expected);
    large.push(b'\n');
    check("large.toml", Some(&large), ": the file is larger than 1 MiB; shorten it");
    check("loop.toml/x", None, ": there is no such file; check the path or create it");
}

#[test]
fn the_example_is_valid_and_says_the_defaults() {
    assert_eq!(parse("example.toml", EXAMPLE), Ok(Config::default()));
}

/// The example with every `#key = value` and `#[header]` taken out of its comment.
fn uncommented_example() -> String {
    let is_setting =
        |rest: &str| rest.starts_with(|char: char| char.is_ascii_lowercase() || "\"[".contains(char));
    let uncomment = |line| match str::strip_prefix(line, "#") {
        Some(rest) if is_setting(rest) => rest,
        _ => line,
    };
    EXAMPLE.lines().map(uncomment).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_line_of_the_example_that_is_commented_out_is_valid() {
    let text = uncommented_example();
    let config = parse("example.toml", &text).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!((config.web.listen.len(), config.names.len(), config.sources.len()), (2, 3, 9));
    let servers =
        ["192.168.1.1:53", "192.168.1.1:5353", "[fd00::1]:53"].map(|server| server.parse().unwrap());
    assert_eq!(config.dns, dns::Settings { servers: servers.to_vec(), ..Config::default().dns });
    // What the example shows for the first source is what holds anyway, except these.
    let shown = &config.sources[0];
    assert_eq!((shown.interval, shown.deadline), (Duration::from_secs(1), Duration::from_secs(5)));
    let expected = wire::Settings {
        input: wire::Input::Interfaces(vec!["eth0".to_owned()]),
        prefixes: prefixes(&["192.168.1.0/24", "fd00::/8"]),
        ..wire_settings(&Config::default(), 0).clone()
    };
    assert_eq!(*wire_settings(&config, 0), expected);
    // And for probes, but who may be probed.
    let probe = &config.probe;
    assert_eq!(
        (probe.errors, probe.deadline),
        (Config::default().probe.errors, Config::default().probe.deadline)
    );
    let names: Vec<_> = probe.modules.iter().map(|module| module.name.as_str()).collect();
    assert_eq!((names, probe.allow.len()), (vec!["upc", "coda", "cabin"], 4));
    let bare = Module::default().template;
    let shown = lanlord::sources::hitron::Settings {
        login: None,
        clock_offset: 0,
        ..probe.modules[0].template.clone()
    };
    assert_eq!(shown, bare);
    // And for the first push, but which families and where things stand in a path.
    let shown: Vec<_> = config.pushes.iter().map(|push| &*push.id.0).collect();
    assert_eq!(shown, ["graphite", "tags", "influxdb", "cloud", "cabin", "workshop"]);
    let settings = &config.pushes[0].settings;
    let bare = parse("FILE", "[[push]]\nkind = \"graphite\"\nendpoint = \"127.0.0.1\"").unwrap();
    let bare = &bare.pushes[0].settings;
    assert_eq!(
        (settings.interval, settings.deadline, settings.limits),
        (bare.interval, bare.deadline, bare.limits)
    );
}

#[test]
fn the_example_mentions_every_known_key() {
    // An unknown key brings the list of the known ones.
    const UNKNOWN: &str = "zzzzzzzzzzzz = 1\n";
    let blocks = [
        "",
        "[web]\n",
        "[log]\n",
        "[dns]\n",
        "[probe]\n",
        "[[probe.module]]\nname = \"m\"\nkind = \"hitron\"\n",
        "[[source]]\nkind = \"wire\"\n",
        "[[source]]\nkind = \"freebox\"\n",
        "[[push]]\nkind = \"graphite\"\nendpoint = \"nas\"\n",
        "[[push]]\nkind = \"influxdb\"\nendpoint = \"http://nas\"\ndatabase = \"lan\"\n",
    ];
    let text: String = blocks.iter().flat_map(|block| [block, UNKNOWN]).collect();
    let problems = parse("FILE", &text).unwrap_err().problems;
    assert_eq!(problems.len(), blocks.len(), "one list for each table");
    for problem in problems {
        let (_, known) = problem.message.split_once("known here: ").unwrap();
        for key in known.split(", ").map(|key| key.trim_matches('`')) {
            let is_shown = |line: &str| {
                let line = line.trim_start_matches('#');
                line.starts_with(&format!("{key} = "))
                    || line == format!("[{key}]")
                    || line == format!("[[{key}]]")
                    || line == format!("[[probe.{key}]]")
            };
            assert!(EXAMPLE.lines().any(is_shown), "`{key}` is not in packaging/example.toml");
        }
    }
}
