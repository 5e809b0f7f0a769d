//! `lanlord-sim freebox`: a simulated box at real ports.
//!
//! Deliberately without an end: whoever started it stops it.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Args;
use lanlord_sim::freebox::envelope::Empty;
use lanlord_sim::freebox::world::World;
use lanlord_sim::freebox::{Box, Options, Running};
use lanlord_sim::pace;

/// A box and where it listens.
#[derive(Args)]
pub struct Freebox {
    /// Where to listen for plain HTTP; port 0 is any.
    #[arg(long, value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Where to listen for TLS [default: nowhere].
    #[arg(long, value_name = "ADDRESS")]
    tls: Option<SocketAddr>,
    /// Where to listen for whoever plays the box's user and breaks it.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    control: SocketAddr,
    /// Which box: try `help` to see which there are.
    #[arg(long)]
    profile: String,
    /// What the box, its house and everything that it says follow from.
    #[arg(long)]
    seed: u64,
    /// Write the roots that sign the box's certificates to this file.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Know an application with this `app_id` already.
    #[arg(long, value_name = "ID", requires = "token")]
    app_id: Option<String>,
    /// Its token.
    #[arg(long, requires = "app_id")]
    token: Option<String>,
    /// Agree to a registration after so many simulated seconds [default: never].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    grant_after: Option<Duration>,
    /// How many simulated seconds a session lives after it was last used.
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = seconds)]
    session_ttl: Duration,
    /// How many simulated seconds a real one has.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    speed: f64,
    /// Answer as slowly as a box.
    #[arg(long)]
    latency: bool,
    /// Show empty lists as `[]`, not as boxes do.
    #[arg(long)]
    proper_lists: bool,
    /// Something to go wrong from the start: `PATH KIND [nth=N|every=N|probability=P] [times=N] [for=SECONDS]`; may
    /// be repeated.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<String>,
}

/// Starts the box and stays with it for ever.
///
/// # Errors
/// When it cannot be started.
pub fn run(freebox: Freebox) -> Result<(), String> {
    if freebox.profile == "help" {
        return say(&World::profiles().join("\n"));
    }
    let ca_file = freebox.ca_file.clone();
    let faults = freebox.fault.clone();
    let running = Box::start(options(freebox))?;
    // Clients leave out hosts that were seen too long ago.
    running.control.world(|world| world.set_clock(pace::calendar()));
    for fault in &faults {
        running.control.fault(fault)?;
    }
    if let Some(path) = &ca_file {
        std::fs::write(path, running.ca_pem())
            .map_err(|error| format!("writing `{}`: {error}", path.display()))?;
    }
    say(&places(&running))?;
    loop {
        thread::park();
    }
}

fn options(freebox: Freebox) -> Options {
    let mut options = Options {
        profile: freebox.profile,
        seed: freebox.seed,
        http: freebox.listen,
        https: freebox.tls,
        control: Some(freebox.control),
        tokens: freebox.app_id.zip(freebox.token).into_iter().collect(),
        speed: freebox.speed,
        latency: freebox.latency,
        empty: if freebox.proper_lists { Empty::Brackets } else { Empty::Missing },
        ..Options::default()
    };
    options.rules.grant_after = freebox.grant_after;
    options.rules.session_ttl = freebox.session_ttl;
    options
}

/// A line for each port, then what to do at the box.
fn places(running: &Running) -> String {
    let mut lines = vec![format!("http {}", running.http_address())];
    lines.extend(running.https_address().map(|address| format!("https {address}")));
    if let Some(control) = running.control_address() {
        lines.push(format!("control {control}"));
        lines.push(String::new());
        lines.push("When an application asks for access, play the box's user:".to_owned());
        lines.push(format!("  curl -X POST http://{control}/grant    (or /deny, /timeout)"));
        lines.push("What else the box can be made to do:".to_owned());
        lines.push(format!("  curl http://{control}/"));
    }
    lines.join("\n")
}

/// Prints at once, so that whoever reads a pipe sees it.
///
/// # Errors
/// When nobody reads any more.
pub fn say(text: &str) -> Result<(), String> {
    let mut out = io::stdout();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| format!("writing: {error}"))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "that is no number of seconds".to_owned())
}

/// How fast a clock goes.
///
/// # Errors
/// When that is no factor.
pub fn factor(text: &str) -> Result<f64, String> {
    let factor = text.parse().ok().filter(|factor: &f64| factor.is_finite() && *factor >= 0.0);
    factor.ok_or_else(|| "that is no factor".to_owned())
}
