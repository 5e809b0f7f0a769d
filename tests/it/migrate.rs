//! From gonetmon: its configuration and its options. What gonetmon did with them is from its main.go and README.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::live::lanlord::PROGRAM;

fn migrate(path: &Path) -> Output {
    Command::new(PROGRAM).arg("migrate").arg(path).output().unwrap()
}

/// Migrates a file; what is printed must be good to `check`, and is answered with what `check` says, and with what
/// was told on standard error, without the name of the file.
#[track_caller]
fn migrated(text: &str) -> (String, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("gonetmon.toml"), folder.path().join("lanlord.toml"));
    fs::write(&old, text).unwrap();
    let output = migrate(&old);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{told}");
    fs::write(&new, &output.stdout).unwrap();
    let check = Command::new(PROGRAM).args(["check", "--config.file"]).arg(&new).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let told = told.replace(&format!("lanlord: {}:", old.display()), "");
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(check.stdout).unwrap(), told)
}

/// Refused with these words, and nothing printed.
#[track_caller]
fn check_refused(text: &str, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gonetmon.toml");
    fs::write(&path, text).unwrap();
    let output = migrate(&path);
    let lines: Vec<String> = expected.iter().map(|line| format!("{}:{line}\n", path.display())).collect();
    assert_eq!(String::from_utf8_lossy(&output.stderr), format!("lanlord: {}", lines.concat()));
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
}

/// The file in gonetmon's README.
const README: &str =
    "[network]\ndevice = \"enp4s6\"\ncidr =\"192.168.2.0/24\"\n\n\n[exporter]\nport =\"8080\"\n";

#[test]
fn the_file_of_gonetmons_readme_goes_along_whole() {
    let (toml, check, told) = migrated(README);
    assert_eq!(told, "");
    assert!(toml.contains("\nlisten_address = \"0.0.0.0:8080\"\n"), "{toml}");
    let expected = "listens on http://0.0.0.0:8080/\nknows 0 names\nasks the resolvers of this system for names of your hosts, at most 50 times a second\n\
                    source `wire`: listens on `enp4s6` and counts 192.168.2.0/24; there is no `enp4s6` at present\n\
                    the configuration is good\n";
    assert_eq!(check, expected);
}

#[test]
fn viper_took_any_case_and_a_port_of_either_type() {
    for text in [
        README.replace("\"8080\"", "8080"),
        README.to_uppercase().replace("ENP4S6", "enp4s6"),
        "network.device = \"enp4s6\"\nNetwork.CIDR = '192.168.2.0/24'\nexporter = { port = 0x1F90 }\n"
            .replace("Network", "network"),
    ] {
        let (_, check, told) = migrated(&text);
        assert!(check.contains(":8080/") && check.contains("`enp4s6` and counts 192.168.2.0/24"), "{check}");
        assert_eq!(told, "");
    }
}

#[test]
fn the_first_gonetmon_had_no_key_for_the_port_and_used_8080() {
    let (toml, check, _) = migrated("[network]\ndevice = \"enp4s6\"\ncidr =\"192.168.2.0/24\"\n");
    assert!(check.contains("http://0.0.0.0:8080/") && toml.contains("# No port was configured"), "{toml}");
}

#[test]
fn what_gonetmon_really_counted_is_said_where_it_is_not_what_was_written() {
    let of = |cidr: &str| migrated(&README.replace("192.168.2.0/24", cidr)).0;
    let real = "# gonetmon counted 192.168.2.1 to 192.168.2.255 with this; lanlord counts what it says, ";
    assert!(!of("192.168.2.0/24").contains("gonetmon counted"));
    assert!(of("192.168.2.0/25").contains(&format!("{real}192.168.2.0/25.\n")));
    assert!(of("192.168.2.0/16").contains(
        &format!("{real}192.168.0.0/16.\ncidr = [\"192.168.2.0/16\"]").replace(
            ".\ncidr",
            ".\n# Only IPv4, as with gonetmon. For IPv6, add your prefix, such as \"fd00::/8\".\ncidr"
        )
    ));
    for (cidr, address) in [("192.168.2.5/24", "192.168.2.5"), ("192.168.2.128/25", "192.168.2.128")] {
        let expected = format!("# gonetmon counted no host at all with this: {address} is not the address");
        assert!(of(cidr).contains(&expected), "{}", of(cidr));
    }
    assert!(of("fd00::/64").contains("it looked at IPv4 alone"));
}

#[test]
fn nothing_is_lost_and_nothing_hostile_gets_out_of_its_comment() {
    let text = format!(
        "title = \"[[source]]\"\n{README}\"a\\nb = 1 #\" = 3\ntext = '''one\n[[source]]\nkind = \"x\"'''\n[[more]]\na = 1\n[more.b]\nc = [1,\n2]\n"
    );
    let (toml, check, told) = migrated(&text);
    assert_eq!(check.matches("source `").count(), 1, "{check}");
    for kept in [
        "title = \"[[source]]\"",
        "\"a\\nb = 1 #\" = 3",
        "#   kind = \"x\"'''",
        "more.0.a = 1",
        "more.0.b.c = [1,",
    ] {
        assert!(toml.contains(kept), "{kept}\n{toml}");
    }
    assert_eq!(told.lines().count(), 5, "{told}");
    assert!(told.starts_with("1:1: `title` meant nothing to gonetmon; it is kept as a comment\n"), "{told}");
    // An interface may be called anything without spaces, slashes and colons.
    for name in ["a\"]#", "a\\u0022", "'''", "it's\\\\"] {
        let (_, check, _) =
            migrated(&README.replace("enp4s6", &name.replace('\\', "\\\\").replace('"', "\\\"")));
        assert!(check.contains(&format!("listens on `{name}`")), "{check}");
    }
}

#[test]
fn what_a_terminal_would_obey_is_spelt_out() {
    // U+009B begins a control sequence as ESC [ does (ECMA-48), and U+202E turns the writing round (UAX #9).
    let text = format!("\"a\u{9b}2J\u{202e}\" = \"b\u{9b}31m\u{202e}\"\nlist = [\n\t1]\n{README}");
    let (toml, _, told) = migrated(&text);
    assert!(toml.contains("\n#   \"a[U+009B]2J[U+202E]\" = \"b[U+009B]31m[U+202E]\"\n"), "{toml}");
    assert!(toml.contains("\n#   list = [\n#   \t1]\n"), "{toml}");
    assert!(told.starts_with("1:1: `\"a[U+009B]2J[U+202E]\"` meant nothing to gonetmon;"), "{told}");
    assert!(![toml, told].concat().contains(['\u{9b}', '\u{202e}']));
}

#[test]
fn every_interface_at_once_must_be_named() {
    let (toml, _, told) = migrated(&README.replace("enp4s6", "any"));
    assert_eq!(told, "2:10: `any` was every interface; name those that you mean in `interfaces`\n");
    assert!(toml.contains("\n#interfaces = [\"eth0\", \"eth1\"]\n"), "{toml}");
}

#[test]
#[rustfmt::skip]
fn what_cannot_go_along_is_refused_word_for_word() {
    check_refused("", &["1:1: `[network]` has no `device`, without which gonetmon did not start; add it", "1:1: `[network]` has no `cidr`, without which gonetmon did not start; add it"]);
    check_refused("\n[network]\ndevice = \"eth0\"", &["2:2: `[network]` has no `cidr`, without which gonetmon did not start; add it"]);
    check_refused("[network]\ndevice = 5\ncidr = \"x\"\n[exporter]\nport = \"http\"", &["2:10: `device` is `5`; write an interface, such as `\"eth0\"`", "3:8: `x` is not a network in CIDR notation; write it like `192.168.1.0/24` or `fd00::/8`", "5:8: `port` is `\"http\"`; write a port from 0 to 65535, such as `\"8080\"`"]);
    check_refused("[network]\ndevice = \"a\\u001bb\"\nDevice = \"b\"\ncidr = \"10.0.0.0/8\"", &["2:10: `a\\u{1b}b` cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it", "3:1: `device` is here twice, and gonetmon took either; keep one of the two"]);
    check_refused("[network]\ndevice = eth0", &["2:10: this is not a TOML value; put text in quotes, like `\"text\"`"]);
}

#[test]
fn other_formats_and_missing_files_are_said() {
    let missing = migrate(Path::new("/nowhere/gonetmon.toml"));
    let expected = "lanlord: /nowhere/gonetmon.toml: there is no such file; check the path or create it\n";
    assert_eq!(String::from_utf8_lossy(&missing.stderr), expected);
    let yaml = migrate(Path::new("/nowhere/gonetmon.yaml"));
    let expected = "lanlord: /nowhere/gonetmon.yaml: gonetmon could read this format, and lanlord reads TOML alone; write \
                    `device`, `cidr` and `port` into a gonetmon.toml\n";
    assert_eq!(String::from_utf8_lossy(&yaml.stderr), expected);
}

#[test]
fn it_can_come_through_a_pipe() {
    let mut child = Command::new(PROGRAM)
        .args(["migrate", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(README.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("interfaces = [\"enp4s6\"]"));
}

#[test]
fn the_old_options_end_with_exit_code_2_and_the_line_to_write() {
    let old = ["-device", "eth1", "-cidr", "192.168.1.0/24", "-port", "8080"];
    for before in [&[][..], &["run"]] {
        let output = Command::new(PROGRAM).args(before).args(old).output().unwrap();
        let expected = "lanlord: `-device`, `-cidr` and `-port` are options of gonetmon; write `lanlord run --interface eth1 \
                        --cidr 192.168.1.0/24 --web.listen-address 0.0.0.0:8080`\n";
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    }
}
