//! Tells the program what it was built from, for `lanlord_build_info`. It must work from a source archive without
//! git, and must not run again unless something here changed.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=LANLORD_REVISION={}", revision().unwrap_or_else(|| "unknown".to_owned()));
    println!(
        "cargo::rustc-env=LANLORD_RUSTVERSION={}",
        rustversion().unwrap_or_else(|| "unknown".to_owned())
    );
    println!(
        "cargo::rustc-env=LANLORD_TARGET={}",
        std::env::var("TARGET").unwrap_or_else(|_| "unknown".to_owned())
    );
}

/// The short hash of the commit, if this folder is the top of a working copy: an archive unpacked inside somebody
/// else's repository must not bear that one's hash.
fn revision() -> Option<String> {
    if !output("git", &["rev-parse", "--show-prefix"])?.is_empty() {
        return None;
    }
    // Commits, checkouts and resets all add a line to the log of HEAD. A path that is not there would make cargo
    // run this every time.
    let log = output("git", &["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
    output("git", &["rev-parse", "--short", "HEAD"])
}

/// `1.95.0` out of `rustc 1.95.0 (59807616e 2026-04-14)`.
fn rustversion() -> Option<String> {
    let rustc = std::env::var("RUSTC").ok()?;
    output(&rustc, &["--version"])?.split_whitespace().nth(1).map(str::to_owned)
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
