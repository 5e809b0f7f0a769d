//! `lanlord freebox` on the built program, against a simulated box that a test plays the owner of.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use lanlord_sim::freebox::control::Control;
use lanlord_sim::freebox::record::Entry;
use lanlord_sim::freebox::{Box, Options, Running};
use tempfile::TempDir;

use crate::live::lanlord::PROGRAM;
use crate::live::wait::until;

const APP: &str = "fr.freebox.seximonitor";
const TOKEN: &str = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";

/// A box, and a person's machine.
struct Stage {
    running: Running,
    folder: TempDir,
}

struct Said {
    success: bool,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { success: output.status.success(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Stage {
    fn new(profile: &str) -> Self {
        let tokens = vec![(APP.to_owned(), TOKEN.to_owned())];
        let options = Options { profile: profile.to_owned(), tokens, speed: 0.0, ..Options::default() };
        let stage = Self { running: Box::start(options).unwrap(), folder: tempfile::tempdir().unwrap() };
        fs::write(stage.path("ca.pem"), stage.control().ca_pem()).unwrap();
        fs::create_dir(stage.path("run")).unwrap();
        stage
    }

    fn control(&self) -> &Control {
        &self.running.control
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn endpoint(&self) -> String {
        self.running.http_address().to_string()
    }

    /// `lanlord freebox ACTION` with the box, its authority, and a token file; and no place of this machine's.
    fn command(&self, action: &str, more: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(["freebox", action, "--endpoint", &self.endpoint()]).args(more);
        command.arg("--ca-file").arg(self.path("ca.pem")).arg("--token-file").arg(self.path("conf/token"));
        command.env("RUNTIME_DIRECTORY", self.path("run")).env("HOME", self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, action: &str, more: &[&str]) -> Said {
        self.command(action, more).output().unwrap().into()
    }

    /// Begins to register, up to where the box has asked its owner.
    fn begin(&self, more: &[&str]) -> Child {
        let before = self.control().registrations().len();
        let child = self.command("register", more).spawn().unwrap();
        until("the box is asked", || (self.control().registrations().len() > before).then_some(()));
        until("the token is kept", || self.token().contains("\"pending\"").then_some(()));
        child
    }

    fn token(&self) -> String {
        fs::read_to_string(self.path("conf/token")).unwrap_or_default()
    }

    fn take_over(&self) {
        let file = self.path("credentials");
        let text = format!("[{}]\ntrack_id = 1\napp_token = {TOKEN}\napp_id = {APP}\n", self.endpoint());
        fs::write(&file, text).unwrap();
        let said = self.run("register", &["--credentials", file.to_str().unwrap()]);
        assert!(said.success, "{}", said.err);
        fs::remove_file(file).unwrap();
    }
}

fn end(child: Child) -> Said {
    child.wait_with_output().unwrap().into()
}

#[test]
fn whoever_says_yes_lets_lanlord_in() {
    let stage = Stage::new("ultra");
    let child = stage.begin(&["--device-name", "a nas"]);
    let mode = fs::metadata(stage.path("conf/token")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert!(stage.control().grant());
    let said = end(child);
    assert!(said.success, "{}\n{}", said.out, said.err);
    for words in [
        "\"lanlord\" on \"a nas\"",
        "go to the Freebox Server",
        "the Freebox lets lanlord in",
        "may: calls, downloader, explorer",
        "may not: ",
        "[[source]]\nkind = \"freebox\"\nendpoint = ",
        "token_file = ",
    ] {
        assert!(said.out.contains(words), "{words}\n{}", said.out);
    }
    let token = stage.token();
    assert!(token.contains("\"granted\"") && token.contains("\"last_worked\": "));
    let app_token = token.split("\"app_token\": \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(!said.out.contains(app_token) && !said.err.contains(app_token));
    // What it says to write is a configuration.
    let (_, config) = said.out.split_once("configuration:\n\n").unwrap();
    let (config, service) = config.split_once("\nwhere lanlord is a service").unwrap();
    assert!(service.contains("LoadCredential="), "{service}");
    fs::write(stage.path("lanlord.toml"), config).unwrap();
    let mut check = Command::new(PROGRAM);
    let check = check.args(["check", "--config.file"]).arg(stage.path("lanlord.toml"));
    let check: Said = check.output().unwrap().into();
    assert!(check.success, "{}", check.err);

    // A second time nobody is asked.
    let said = stage.run("register", &[]);
    assert!(!said.success && said.err.contains("there is a token in"), "{}", said.err);
    assert_eq!(stage.control().registrations().len(), 2);
    assert_eq!(stage.token(), token);

    let said = stage.run("status", &[]);
    assert!(said.success, "{}", said.err);
    assert!(said.out.contains("works: yes") && said.out.contains("fr.lanlord.monitor"), "{}", said.out);
    stage.control().revoke("fr.lanlord.monitor");
    let said = stage.run("status", &[]);
    assert!(!said.success && said.out.contains("works: no\nlast worked: "), "{}", said.out);
    assert!(said.err.contains("does not know our token"), "{}", said.err);
}

#[test]
fn whoever_says_no_or_nothing_leaves_no_token_behind() {
    let stage = Stage::new("revolution-vdsl");
    for (answer, words) in
        [(Control::deny as fn(&Control) -> bool, "somebody said no"), (Control::time_out, "nobody answered")]
    {
        let child = stage.begin(&[]);
        assert!(answer(stage.control()));
        let said = end(child);
        assert!(
            !said.success && said.err.contains(words) && said.err.contains("register again"),
            "{}",
            said.err
        );
        assert!(!stage.path("conf/token").exists());
    }
}

#[test]
fn a_request_that_was_left_alone_is_taken_up_again() {
    let stage = Stage::new("ultra");
    let child = stage.begin(&[]);
    until("it asks what has become of it", || {
        let asks = |entry: &Entry| entry.method == "GET" && entry.path.contains("login/authorize/");
        stage.control().log().iter().any(asks).then_some(())
    });
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let said = end(child);
    assert!(!said.success && said.err.contains("the request is kept: "), "{}", said.err);
    let said = stage.run("status", &[]);
    assert!(!said.success && said.out.contains("nobody has answered"), "{}{}", said.out, said.err);
    let said = stage.run("register", &["--wait", "1s"]);
    assert!(!said.success && said.err.contains("within 1 s"), "{}", said.err);
    assert!(stage.control().grant());
    let said = stage.run("register", &[]);
    assert!(said.success && said.out.contains("going on with the request"), "{}{}", said.out, said.err);
    assert_eq!(stage.control().counters().registrations, 1);
}

#[test]
fn a_box_that_wants_no_applications_says_so_and_nothing_is_kept() {
    let stage = Stage::new("ultra");
    for (code, words) in [
        ("new_apps_denied", "lets no new application ask"),
        ("apps_denied", "lets no application in at all"),
        ("denied_from_external_ip", "from inside its own network"),
        ("ratelimited", "too often"),
    ] {
        stage.control().fault(&format!("login/authorize error:{code}")).unwrap();
        let said = stage.run("register", &[]);
        assert!(!said.success && said.err.contains(words), "{code}: {}", said.err);
        assert!(said.err.contains("(it says: "), "{}", said.err);
        assert!(!stage.path("conf/token").exists());
        stage.control().clear_faults();
    }
}

#[test]
fn tokens_of_other_programs_are_taken_over_without_asking_anybody() {
    let stage = Stage::new("ultra");
    stage.take_over();
    assert!(stage.run("status", &[]).success);
    fs::remove_file(stage.path("conf/token")).unwrap();
    let mut child = stage.command("register", &["--token-stdin", "--app-id", APP]);
    let mut child = child.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{TOKEN}\n").as_bytes()).unwrap();
    let said = end(child);
    assert!(said.success && said.out.contains("works"), "{}{}", said.out, said.err);
    assert_eq!(stage.control().counters().registrations, 0);
    // A box that is away is no reason not to take it.
    fs::remove_file(stage.path("conf/token")).unwrap();
    stage.control().refuse(std::time::Duration::from_secs(3_600));
    stage.take_over();
    assert!(stage.token().contains(APP));
}

#[test]
fn the_lines_come_with_one_login_for_many_runs() {
    let stage = Stage::new("revolution-vdsl");
    stage.take_over();
    stage.control().clear_log();
    let lines = |more: &[&str]| {
        let said = stage.run("lines", more);
        assert!(said.success && said.err.is_empty(), "{}", said.err);
        said.out
    };
    let graphite = lines(&["-S", "-P", "-H", "-D"]);
    for name in [
        "bytes_down",
        "state",
        "xdsl_status",
        "xdsl_down_rate",
        "sys_uptime",
        "switch_1_link",
        "switch_1_rx_bytes_rate",
    ] {
        assert!(graphite.contains(&format!("freebox.{name} ")), "{name}\n{graphite}");
    }
    for line in graphite.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        assert!(
            words.len() == 3 && words[1].parse::<i64>().is_ok() && words[2].parse::<u64>().is_ok(),
            "{line}"
        );
    }
    let influxdb = lines(&["-f", "influxdb"]);
    let tag = format!("freebox,endpoint={} ", stage.endpoint());
    assert!(influxdb.lines().all(|line| line.starts_with(&tag)), "{influxdb}");
    assert!(influxdb.contains("xdsl_status_string=\"showtime\""), "{influxdb}");
    assert_eq!(stage.control().counters().logins, 1);
    let kept: Vec<_> = fs::read_dir(stage.path("run")).unwrap().map(|entry| entry.unwrap()).collect();
    assert!(kept.iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".session")));
    for entry in kept {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o7777, 0o600, "{entry:?}");
    }

    stage.control().expire_sessions();
    let before = stage.control().counters().logins;
    let runs: Vec<Child> = (0..4).map(|_| stage.command("lines", &[]).spawn().unwrap()).collect();
    for child in runs {
        let said = end(child);
        assert!(said.success && said.out.contains("freebox.state 1 "), "{}", said.err);
    }
    assert_eq!(stage.control().counters().logins, before + 1);
}

#[test]
fn on_fibre_there_is_the_optical_power() {
    let stage = Stage::new("ultra");
    stage.take_over();
    let said = stage.run("lines", &["-H", "-S", "-P", "-D"]);
    assert!(said.success, "{}", said.err);
    assert!(said.out.contains("freebox.sfp_pwr_rx -"), "{}", said.out);
}

#[test]
fn lines_that_cannot_be_had_leave_standard_output_empty() {
    let stage = Stage::new("ultra");
    stage.take_over();
    for fault in ["connection hang", "connection html:500", "connection error:internal_error"] {
        stage.control().fault(fault).unwrap();
        let said = stage.run("lines", &["-H"]);
        assert!(!said.success && said.out.is_empty(), "{fault}: {}", said.out);
        assert!(said.err.starts_with("lanlord: ") && said.err.lines().count() == 1, "{fault}: {}", said.err);
        stage.control().clear_faults();
    }
    stage.control().revoke(APP);
    let said = stage.run("lines", &[]);
    assert!(!said.success && said.out.is_empty() && said.err.contains("register again"), "{}", said.err);
    fs::remove_file(stage.path("conf/token")).unwrap();
    let said = stage.run("lines", &[]);
    assert!(!said.success && said.out.is_empty() && !said.err.is_empty());
}

#[test]
fn the_old_command_line_gets_the_new_one() {
    let output = Command::new(PROGRAM).args(["-S", "-f", "influxdb", "-e", "box"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("write `lanlord freebox lines -S -f influxdb -e box`"), "{said}");
}
