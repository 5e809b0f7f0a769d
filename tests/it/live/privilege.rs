//! Whom the kernel lets capture, and what lanlord says to the others.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use tempfile::TempDir;

use super::lanlord::{Lanlord, PROGRAM};
use super::netns::{FAR, LAN, Lab, not_run};
use super::traffic::{self, ethernet, ipv4, mac, udp};
use super::wait::until;

const NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];

/// The program where nobody may run it.
fn program() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().join("lanlord");
    fs::copy(PROGRAM, &path).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// `lanlord run` as nobody, with these further arguments to `setpriv`.
fn as_nobody(lab: &Lab, program: &str, privileges: &[&str]) -> Command {
    let mut command = lab.near.command("setpriv");
    command.args(NOBODY).args(privileges).args([program, "run", "--interface", LAN]);
    command
}

/// By proc_pid_status(5), of every thread of a process: no capability in any set that counts, and no way to get one.
#[track_caller]
fn check_given_up(pid: u32) {
    for thread in fs::read_dir(format!("/proc/{pid}/task")).unwrap() {
        let status = fs::read_to_string(thread.unwrap().path().join("status")).unwrap();
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert!(status.contains(&format!("\n{set}:\t0000000000000000\n")), "{status}");
        }
        assert!(status.contains("\nNoNewPrivs:\t1\n"), "{status}");
    }
}

#[test]
fn root_gives_its_privileges_up_once_everything_is_open() {
    let Some(lab) = Lab::open() else { return };
    let lanlord = Lanlord::in_namespace(&lab.near, &["--interface", LAN]);
    lanlord.until_up();
    check_given_up(lanlord.child.id());
    let status = fs::read_to_string(format!("/proc/{}/status", lanlord.child.id())).unwrap();
    // What no program that it starts could get either: who was root may lower that, too.
    assert!(status.contains("\nCapBnd:\t0000000000000000\n"), "{status}");
    let log = lanlord.log();
    assert!(log.contains("gave up all capabilities") && log.contains("files can only be read"), "{log}");
    assert!(!log.contains("setcap"), "{log}");
}

#[test]
fn capabilities_of_the_programs_file_are_warned_of() {
    let Some(lab) = Lab::open() else { return };
    let (_folder, program) = program();
    let given = Command::new("setcap").args(["cap_net_raw+ep", &program]).status();
    if !given.is_ok_and(|status| status.success()) {
        not_run::<()>("`setcap` is missing or cannot give capabilities to a file here");
        return;
    }
    let lanlord = Lanlord::spawn(as_nobody(&lab, &program, &[]), Some(lab.near.name.clone()));
    lanlord.until_up();
    let log = lanlord.log();
    let warning = log.lines().find(|line| line.contains("setcap")).unwrap_or_else(|| panic!("{log}"));
    assert!(warning.to_lowercase().contains("warn"), "{warning}");
    assert!(warning.contains("AmbientCapabilities=CAP_NET_RAW"), "{warning}");
    check_given_up(lanlord.child.id());
}

#[test]
fn without_the_privilege_it_ends_with_one_line_that_says_what_to_do() {
    let Some(lab) = Lab::open() else { return };
    let (_folder, program) = program();
    let mut command = as_nobody(&lab, &program, &[]);
    let output = command.args(["--web.listen-address", "127.0.0.1:0"]).output().unwrap();
    let expected = "lanlord: source `wire`: cannot capture packets without the capability CAP_NET_RAW; run as root, or \
                    as a service with `AmbientCapabilities=CAP_NET_RAW` (README, \"Without root\")\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn nobody_with_the_one_capability_may_capture() {
    let Some(lab) = Lab::open() else { return };
    let (_folder, program) = program();
    let privileges = ["--inh-caps=+net_raw", "--ambient-caps=+net_raw"];
    let lanlord = Lanlord::spawn(as_nobody(&lab, &program, &privileges), Some(lab.near.name.clone()));
    lanlord.until_up();
    check_given_up(lanlord.child.id());
    let status = fs::read_to_string(format!("/proc/{}/status", lanlord.child.id())).unwrap();
    assert!(status.contains("\nUid:\t65534\t"), "{status}");
    let shown = lab.near.ip(&format!("-d link show dev {LAN}"));
    assert!(shown.contains(" promiscuity 1 "), "{shown}");
    let capture = lanlord.folder.path().join("frame.pcap");
    traffic::frames([&ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)))], &capture);
    traffic::inject(&lab.far, FAR, &capture, 10);
    let metrics = lanlord.until_at_least("wire_frames_total", &[], 10);
    assert_eq!(metrics.sum("wire_frames_total", &[]), Some(10));
}

#[test]
fn root_goes_on_reading_the_captures_of_another_user() {
    let Some(lab) = Lab::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    // As Debian makes home directories: nobody else may look inside, and root only by a capability.
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    let capture = home.join("capture.pcap");
    traffic::frames([&ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)))], &capture);
    fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
    for path in [&capture, &home] {
        std::os::unix::fs::chown(path, Some(65_534), Some(65_534)).unwrap();
    }
    let lanlord = Lanlord::in_namespace(&lab.near, &["--pcap", capture.to_str().unwrap()]);
    lanlord.until_at_least("wire_frames_total", &[], 1);
    let status = fs::read_to_string(format!("/proc/{}/status", lanlord.child.id())).unwrap();
    // Bit 2 is CAP_DAC_READ_SEARCH (linux/capability.h).
    assert!(status.contains("\nCapEff:\t0000000000000004\n"), "{status}");
}

#[test]
fn interfaces_can_be_added_and_heard_again_without_the_privilege() {
    let Some(lab) = Lab::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lanlord.toml");
    fs::write(&file, "source = []\n").unwrap();
    let lanlord = Lanlord::in_namespace(&lab.near, &["--config.file", file.to_str().unwrap()]);
    check_given_up(lanlord.child.id());
    fs::write(&file, format!("[[source]]\nkind = \"wire\"\ninterfaces = [\"{LAN}\"]\n")).unwrap();
    lanlord.signal("HUP");
    lanlord.until_up();
    let capture = folder.path().join("frame.pcap");
    traffic::frames([&ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)))], &capture);
    traffic::inject(&lab.far, FAR, &capture, 10);
    lanlord.until_at_least("wire_frames_total", &[], 10);
    // Another interface of the same name: the socket is bound anew, and made promiscuous again.
    lab.near.ip(&format!("link del {LAN}"));
    lab.cable();
    lanlord.until("it is heard again", |metrics| {
        metrics.sum("wire_interface_rebinds_total", &[]) == Some(1)
            && metrics.sum("wire_interface_up", &[]) == Some(1)
    });
    traffic::inject(&lab.far, FAR, &capture, 10);
    lanlord.until_at_least("wire_frames_total", &[], 20);
    let shown = lab.near.ip(&format!("-d link show dev {LAN}"));
    assert!(shown.contains(" promiscuity 1 "), "{shown}");
}

#[test]
fn reloads_do_not_use_up_what_was_opened_with_the_privilege() {
    let Some(lab) = Lab::open() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lanlord.toml");
    let source = |ring: usize| {
        format!("[[source]]\nkind = \"wire\"\ninterfaces = [\"{LAN}\"]\nring_size = \"{ring}KiB\"\n")
    };
    fs::write(&file, source(512)).unwrap();
    let lanlord = Lanlord::in_namespace(&lab.near, &["--config.file", file.to_str().unwrap()]);
    lanlord.until_up();
    let told = || lanlord.log().matches("configuration reloaded").count();
    // Each time another ring, which needs a socket while the one before still has its own.
    for round in 0..24 {
        fs::write(&file, source(512 + 256 * (round % 2 + 1))).unwrap();
        lanlord.signal("HUP");
        until("it has reloaded", || {
            let log = lanlord.log();
            assert!(!log.contains("not reloaded"), "{log}");
            (told() > round).then_some(())
        });
    }
    let capture = folder.path().join("frame.pcap");
    traffic::frames([&ethernet(mac(2), mac(1), &[0x0800], &ipv4(2, 1, 17, &udp(100)))], &capture);
    traffic::inject(&lab.far, FAR, &capture, 10);
    lanlord.until_at_least("wire_frames_total", &[], 10);
    let bound = lab.near.shell("tail -n +2 /proc/net/packet | awk '$5 != 0' | wc -l");
    assert_eq!(bound, "1\n", "those in reserve hear nothing");
    let shown = lab.near.ip(&format!("-d link show dev {LAN}"));
    assert!(shown.contains(" promiscuity 1 "), "{shown}");
}
