//! `make install` and `make uninstall` under a folder that stands for `/`, and what systemd's own tools say of the
//! unit. Starting it is for tests/interop/systemd.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::read::GzDecoder;
use tempfile::TempDir;

use crate::live::lanlord::PROGRAM;
use crate::live::netns::{not_run, run};

const TOP: &str = env!("CARGO_MANIFEST_DIR");
const CONFIG: &str = "etc/lanlord/lanlord.toml";

/// A place to install to.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With a space, and with what `sed` and a pattern would take for something else.
    fn root(&self) -> PathBuf {
        self.folder.path().join("a root & [b]*")
    }

    fn make(&self, what: &str, more: &[(&str, &str)]) -> Output {
        let mut command = Command::new("make");
        command.args(["--silent", "-C", TOP, what]).env("BINARY", PROGRAM).env("DESTDIR", self.root());
        command.env_remove("PREFIX").env_remove("MAKEFLAGS").envs(more.iter().copied());
        command.output().unwrap()
    }

    #[track_caller]
    fn done(&self, what: &str) -> String {
        let output = self.make(what, &[]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every file, with its mode.
    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
                    let inside = path.strip_prefix(self.root()).unwrap_or(&path).display().to_string();
                    files.push(format!("{mode:o} {inside}"));
                }
            }
        }
        files.sort();
        files
    }
}

const INSTALLED: &[&str] = &[
    "644 etc/lanlord/lanlord.toml",
    "644 usr/local/lib/systemd/system/lanlord.service",
    "644 usr/local/lib/systemd/system/lanlord.socket",
    "644 usr/local/share/bash-completion/completions/lanlord",
    "644 usr/local/share/doc/lanlord/CHANGELOG.md",
    "644 usr/local/share/doc/lanlord/LICENSE-APACHE",
    "644 usr/local/share/doc/lanlord/LICENSE-MIT",
    "644 usr/local/share/doc/lanlord/METRICS.md",
    "644 usr/local/share/doc/lanlord/README.md",
    "644 usr/local/share/doc/lanlord/example.toml",
    "644 usr/local/share/doc/lanlord/telegraf-freebox.conf",
    "644 usr/local/share/fish/vendor_completions.d/lanlord.fish",
    "644 usr/local/share/man/man1/lanlord.1.gz",
    "644 usr/local/share/zsh/site-functions/_lanlord",
    "755 usr/local/bin/lanlord",
];

#[test]
fn installing_puts_everything_in_its_place_and_uninstalling_takes_it_away() {
    let place = Place::new();
    let said = place.done("install");
    assert!(said.ends_with("systemd was not asked for anything, because DESTDIR is set\n"), "{said}");
    assert_eq!(place.files(), INSTALLED);
    let read = |path: &str| fs::read(place.root().join(path)).unwrap();
    assert_eq!(read("usr/local/bin/lanlord"), fs::read(PROGRAM).unwrap());
    let mut page = String::new();
    std::io::Read::read_to_string(
        &mut GzDecoder::new(&read("usr/local/share/man/man1/lanlord.1.gz")[..]),
        &mut page,
    )
    .unwrap();
    assert_eq!(page, run(Command::new(PROGRAM).arg("man")));
    assert_eq!(read(CONFIG), fs::read(Path::new(TOP).join("packaging/example.toml")).unwrap());
    run(Command::new(PROGRAM).args(["check", "--config.file"]).arg(place.root().join(CONFIG)));
    // Again is no different.
    let said = place.done("install");
    assert!(said.contains(&format!("kept {}\n", place.root().join(CONFIG).display())), "{said}");
    assert_eq!(place.files(), INSTALLED);
    place.done("uninstall");
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1, "only the root is left");
    assert_eq!(fs::read_dir(place.root()).unwrap().count(), 0, "{:?}", place.files());
    place.done("uninstall");
}

#[test]
fn a_configuration_that_was_changed_survives_both() {
    let place = Place::new();
    place.done("install");
    fs::write(place.root().join(CONFIG), "[names]\n").unwrap();
    fs::set_permissions(place.root().join(CONFIG), Permissions::from_mode(0o640)).unwrap();
    place.done("install");
    let said = place.done("uninstall");
    assert!(said.contains("lanlord.toml, which is not as it was installed\n"), "{said}");
    assert_eq!(place.files(), [format!("640 {CONFIG}")]);
    assert_eq!(fs::read_to_string(place.root().join(CONFIG)).unwrap(), "[names]\n");
}

#[test]
fn files_of_others_stay() {
    let place = Place::new();
    place.done("install");
    for other in ["usr/local/bin/other", "usr/local/share/doc/lanlord/notes", "etc/lanlord/x"] {
        fs::write(place.root().join(other), "").unwrap();
    }
    place.done("uninstall");
    let expected = ["644 etc/lanlord/x", "644 usr/local/bin/other", "644 usr/local/share/doc/lanlord/notes"];
    assert_eq!(place.files(), expected);
}

#[test]
fn another_prefix_is_in_the_unit_and_a_bad_one_is_refused() {
    let place = Place::new();
    let output = place.make("install", &[("PREFIX", "/usr"), ("SYSCONFDIR", "/usr/etc")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let unit = fs::read_to_string(place.root().join("usr/lib/systemd/system/lanlord.service")).unwrap();
    assert!(
        unit.contains("\nExecStart=/usr/bin/lanlord run --config.file /usr/etc/lanlord/lanlord.toml\n"),
        "{unit}"
    );
    for (prefix, said) in [
        ("local", "PREFIX is 'local'; give a path that begins with / and has no spaces in it"),
        ("/a b", "PREFIX is '/a b'; give a path that begins with / and has no spaces in it"),
        ("/a|b", "PREFIX is '/a|b'; give a path that begins with / and has no spaces in it"),
    ] {
        let output = place.make("install", &[("PREFIX", prefix)]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.starts_with(&format!("packaging/install: {said}\n")), "{stderr}");
        assert!(!output.status.success());
    }
}

#[test]
fn without_a_program_it_says_how_to_get_one_and_needs_no_cargo() {
    let place = Place::new();
    let output = place.make("install", &[("BINARY", "/nowhere/lanlord"), ("PATH", "/usr/bin:/bin")]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = "packaging/install: there is no program /nowhere/lanlord; build it first, not as root: cargo build \
                    --release --locked\n";
    assert!(stderr.starts_with(expected), "{stderr}");
    assert_eq!(place.files(), [""; 0]);
}

/// Somebody who searches only where nothing is, and so knows a unit by its link alone. As in systemctl(1), 4 is for a
/// unit that there is not, and 5 for one that is not loaded.
const SYSTEMCTL: &str = r#"#!/bin/sh
echo "$@" >>'FOLDER/asked'
cd 'FOLDER/known' || exit 1
case $1 in
link)
    for path; do
        case $path in /*) touch "${path##*/}" ;; esac
    done ;;
enable | restart) [ -e "$2" ] || exit 5 ;;
cat) [ -e "$2" ] || exit 4 ;;
disable)
    for unit; do
        case $unit in lanlord.*) rm "$unit" || exit 5 ;; esac
    done ;;
esac
"#;

/// Installs below `/`, as it were, with somebody else's `systemctl`; what that was asked, and what was said.
fn with_systemd(place: &Place, what: &str, booted: &str) -> (Vec<String>, Output) {
    let folder = place.folder.path();
    let (bin, log) = (folder.join("bin"), folder.join("asked"));
    fs::create_dir_all(&bin).unwrap();
    fs::create_dir_all(folder.join("run")).unwrap();
    fs::create_dir_all(folder.join("known")).unwrap();
    let script = SYSTEMCTL.replace("FOLDER", folder.to_str().unwrap());
    fs::write(bin.join("systemctl"), script).unwrap();
    fs::set_permissions(bin.join("systemctl"), Permissions::from_mode(0o755)).unwrap();
    fs::write(&log, "").unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let inside = |name: &str| folder.join(name).display().to_string();
    let output = place.make(
        what,
        &[
            ("DESTDIR", ""),
            ("PREFIX", &inside("usr")),
            ("SYSCONFDIR", &inside("etc")),
            ("BOOTED", &inside(booted)),
            ("PATH", &path),
        ],
    );
    (fs::read_to_string(&log).unwrap().lines().map(str::to_owned).collect(), output)
}

#[test]
fn where_systemd_runs_it_is_told_to_start_and_to_stop() {
    let place = Place::new();
    let units = place.folder.path().join("usr/lib/systemd/system");
    let unit = units.join("lanlord.service");
    // A default route is nothing that a test can count on.
    fs::create_dir_all(place.folder.path().join("etc/lanlord")).unwrap();
    fs::write(place.folder.path().join(CONFIG), "[[source]]\nkind = \"wire\"\ninterfaces = [\"lo\"]\n")
        .unwrap();
    let (asked, output) = with_systemd(&place, "install", "run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let link = format!("link --force {} {}", unit.display(), units.join("lanlord.socket").display());
    assert_eq!(asked, [&link, "daemon-reload", "enable lanlord.service", "restart lanlord.service"]);
    let (asked, output) = with_systemd(&place, "uninstall", "run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected = [
        "cat lanlord.socket",
        "disable --now lanlord.socket",
        "cat lanlord.service",
        "disable --now lanlord.service",
        "daemon-reload",
    ];
    assert_eq!(asked, expected);
    assert!(!unit.exists());
    // Nothing is there any more that could be stopped.
    assert_eq!(with_systemd(&place, "uninstall", "run").0, ["daemon-reload"]);
}

#[test]
fn what_systemd_does_not_know_does_not_keep_it_from_uninstalling() {
    let place = Place::new();
    fs::create_dir_all(place.folder.path().join("etc/lanlord")).unwrap();
    fs::write(place.folder.path().join(CONFIG), "[[source]]\nkind = \"wire\"\ninterfaces = [\"lo\"]\n")
        .unwrap();
    let (_, output) = with_systemd(&place, "install", "run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(place.folder.path().join("known/lanlord.socket")).unwrap();
    let (asked, output) = with_systemd(&place, "uninstall", "run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(asked[1..3], ["cat lanlord.service", "disable --now lanlord.service"], "{asked:?}");
    for file in ["bin/lanlord", "lib/systemd/system/lanlord.service", "lib/systemd/system/lanlord.socket"] {
        assert!(!place.folder.path().join("usr").join(file).exists(), "{file}");
    }
}

#[test]
fn where_systemd_does_not_run_it_is_not_asked() {
    let place = Place::new();
    let (asked, output) = with_systemd(&place, "install", "nowhere");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(asked, [""; 0]);
    assert!(said.ends_with("systemd was not asked for anything, because it does not run here\n"), "{said}");
}

#[test]
fn a_wrong_configuration_is_said_when_installing_and_nothing_is_started() {
    let place = Place::new();
    fs::create_dir_all(place.folder.path().join("etc/lanlord")).unwrap();
    fs::write(place.folder.path().join(CONFIG), "[wbe]\n").unwrap();
    let (asked, output) = with_systemd(&place, "install", "run");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains(":1:2: unknown key `wbe`") && stderr.contains("lanlord is not started"),
        "{stderr}"
    );
    assert_eq!((asked, output.status.success()), (Vec::new(), false));
}

fn has(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok()
}

#[test]
fn systemd_finds_the_unit_safe_enough() {
    if !has("systemd-analyze") {
        return not_run("`systemd-analyze` is missing").unwrap_or_default();
    }
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--no-pager", "--offline=true"]).current_dir(TOP);
    let report = run(command.arg("packaging/lanlord.service"));
    let (_, score) = report.split_once("Overall exposure level for lanlord.service: ").unwrap();
    let score = score.split_whitespace().next().unwrap();
    eprintln!("exposure of lanlord.service: {score} of 10");
    assert!(score.parse::<f64>().unwrap() <= 2.0, "{report}");
}

#[test]
fn systemd_understands_every_line_of_the_units() {
    if !has("systemd-analyze") {
        return not_run("`systemd-analyze` is missing").unwrap_or_default();
    }
    let place = Place::new();
    place.done("install");
    // Under another root, `verify` wants there what the unit names: the program, `kill`, and systemd's own targets.
    let root = place.root();
    fs::create_dir_all(root.join("bin")).unwrap();
    fs::write(root.join("bin/kill"), "").unwrap();
    fs::set_permissions(root.join("bin/kill"), Permissions::from_mode(0o755)).unwrap();
    let targets = root.join("usr/lib/systemd/system");
    fs::create_dir_all(&targets).unwrap();
    for name in ["sysinit", "basic", "shutdown", "network", "multi-user", "sockets"] {
        fs::write(targets.join(format!("{name}.target")), "[Unit]\nDescription=x\n").unwrap();
    }
    let mut command = Command::new("systemd-analyze");
    command.arg("verify").arg("--man=no").arg("--root").arg(&root);
    let output = command.args(["lanlord.service", "lanlord.socket"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "");
    assert!(output.status.success());
}
