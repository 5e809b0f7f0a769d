//! `lanlord-sim hitron`: a simulated cable modem at a real port.
//!
//! Deliberately without an end: whoever started it stops it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;

use clap::Args;
use lanlord_sim::hitron::session::Rules;
use lanlord_sim::hitron::tls::{Suite, TlsOptions};
use lanlord_sim::hitron::world::Wear;
use lanlord_sim::hitron::{Modem, Options, Running};

use crate::serve::{factor, say};

/// A modem and where it listens.
#[derive(Args)]
pub struct Hitron {
    /// Where to listen; port 0 is any.
    #[arg(long, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where to listen for whoever plays the modem's other user and breaks it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    control: SocketAddr,
    /// Which modem: `cgnv4` or `coda-asp`.
    #[arg(long, default_value = "cgnv4")]
    profile: String,
    /// What its session identifiers follow from; keys are new at each start.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Who may log in.
    #[arg(long, default_value = "admin")]
    user: String,
    /// With which password.
    #[arg(long, default_value = "hunter2")]
    password: String,
    /// What the session's cookie is called.
    #[arg(long, value_name = "NAME", default_value = "session")]
    cookie: String,
    /// Speak plain HTTP.
    #[arg(long)]
    http: bool,
    /// Which TLS it speaks: `ecdhe-gcm`, `cbc`, `krsa`, `dhe1024`, `sha1`, `tls13` or `tls11`.
    #[arg(long, default_value = "ecdhe-gcm")]
    suite: Suite,
    /// Length of its RSA key.
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(512..=8192))]
    bits: u32,
    /// Show a certificate of X.509 version 1.
    #[arg(long)]
    x509_v1: bool,
    /// What signs its certificate: `sha256`, `sha1` or `md5`.
    #[arg(long, value_name = "DIGEST", default_value = "sha256")]
    signed_with: String,
    /// Write its certificate to this file, as PEM.
    #[arg(long, value_name = "FILE")]
    certificate_file: Option<PathBuf>,
    /// How many failed log-ins lock it; 0 never does.
    #[arg(long, value_name = "FAILURES", default_value_t = 3)]
    protect_after: u32,
    /// After how many requests for `dsofdminfo` a CODA-56 shows zeros.
    #[arg(long, value_name = "REQUESTS", default_value_t = 200)]
    zeros_after: u32,
    /// At which request for `dsofdminfo` a CODA-56 restarts.
    #[arg(long, value_name = "REQUESTS", default_value_t = 400)]
    reboots_at: u32,
    /// How many simulated seconds a real one has; 0 stops the clock.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    speed: f64,
    /// Answer at once, not as slowly as a modem.
    #[arg(long)]
    no_latency: bool,
    /// Let a connection wait, unheard, until the one before it has ended.
    #[arg(long)]
    one_connection: bool,
    /// Something to go wrong from the start: `NAME[:ARGUMENT] [at=PAGE] [nth=N|every=N|probability=P] [times=N]
    /// [for=SECONDS]`; may be repeated.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<String>,
}

/// Starts the modem and stays with it for ever.
///
/// # Errors
/// When it cannot be started.
pub fn run(hitron: Hitron) -> Result<(), String> {
    let faults = hitron.fault.clone();
    let file = hitron.certificate_file.clone();
    let (user, password) = (hitron.user.clone(), hitron.password.clone());
    let running = Modem::start(options(hitron))?;
    for fault in &faults {
        running.control.fault(fault)?;
    }
    if let Some(path) = &file {
        let identity = running.identity().ok_or("there is no certificate without TLS")?;
        std::fs::write(path, identity.certificate_pem())
            .map_err(|error| format!("writing `{}`: {error}", path.display()))?;
    }
    say(&places(&running, &user, &password))?;
    loop {
        thread::park();
    }
}

fn options(hitron: Hitron) -> Options {
    Options {
        profile: hitron.profile,
        seed: hitron.seed,
        listen: hitron.listen,
        https: !hitron.http,
        control: Some(hitron.control),
        user: hitron.user,
        password: hitron.password,
        cookie: hitron.cookie,
        rules: Rules { protect_after: hitron.protect_after, ..Rules::default() },
        wear: Wear { zeros_after: hitron.zeros_after, reboots_at: hitron.reboots_at, ..Wear::default() },
        speed: hitron.speed,
        latency: !hitron.no_latency,
        one_connection: hitron.one_connection,
        tls: TlsOptions {
            suite: hitron.suite,
            bits: hitron.bits,
            x509_version: if hitron.x509_v1 { 1 } else { 3 },
            signed_with: hitron.signed_with,
            ..TlsOptions::default()
        },
    }
}

/// A line for each thing that a client must know, then what to do at the modem.
fn places(running: &Running, user: &str, password: &str) -> String {
    let mut lines = Vec::new();
    match running.identity() {
        Some(identity) => {
            lines.push(format!("https {}", running.address()));
            lines.push(format!("sha256 {}", identity.sha256()));
            lines.push(format!("sha1 {}", identity.sha1()));
            lines.push(format!("md5 {}", identity.md5()));
        }
        None => lines.push(format!("http {}", running.address())),
    }
    lines.push(format!("user {user}"));
    lines.push(format!("password {password}"));
    if let Some(control) = running.control_address() {
        lines.push(format!("control {control}"));
        lines.push(String::new());
        lines.push("What it was asked, and what it can be made to do:".to_owned());
        lines.push(format!("  curl http://{control}/stats"));
        lines.push(format!("  curl http://{control}/"));
    }
    lines.join("\n")
}
