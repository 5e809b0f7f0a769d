//! The one integration binary; this list is its table of contents.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

/// The command, as people and scripts use it.
mod cli;
/// The simulated modem, as people and scripts use it.
mod hitron;
/// Other people's programs read our captures and agree with our truth.
mod wireshark;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own for a test, empty.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        std::fs::remove_dir_all(&path).unwrap();
    }
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn sim() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lanlord-sim"))
}

/// Runs `lanlord-sim frames` in the folder.
fn frames(folder: &Path, arguments: &[&str]) -> Output {
    sim().current_dir(folder).arg("frames").args(arguments).output().unwrap()
}

fn frames_or_panic(folder: &Path, arguments: &[&str]) {
    let output = frames(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
