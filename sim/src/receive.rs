//! `lanlord-sim carbon` and `lanlord-sim influxdb`: simulated receivers at real ports, which print what they take.
//!
//! Deliberately without an end: whoever started one stops it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use clap::Args;
use lanlord_sim::receivers::influx::Access;
use lanlord_sim::receivers::{self, Listener};

use crate::serve::say;

/// A receiver of Graphite's plaintext protocol.
#[derive(Args)]
pub struct Carbon {
    /// Where to listen; port 0 is any.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:2003")]
    listen: SocketAddr,
    /// How to fail, as `slow:500`; `help` tells which ways there are.
    #[arg(long, value_name = "FAULT")]
    fault: Option<receivers::carbon::Fault>,
}

/// A receiver of InfluxDB's line protocol, as InfluxDB 1.x and 2.x at once.
#[derive(Args)]
pub struct Influxdb {
    /// Where to listen; port 0 is any.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8086")]
    listen: SocketAddr,
    /// Listen for TLS, and write the roots that sign the certificate to this file.
    #[arg(long, value_name = "FILE")]
    tls: Option<PathBuf>,
    /// The database of 1.x.
    #[arg(long, default_value = "lanlord")]
    database: String,
    /// Its retention policy.
    #[arg(long, default_value = "autogen")]
    retention_policy: String,
    /// Who may write in 1.x [default: anybody].
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// His password.
    #[arg(long, requires = "user")]
    password: Option<String>,
    /// The organization of 2.x [default: any].
    #[arg(long)]
    org: Option<String>,
    /// The bucket of 2.x.
    #[arg(long, default_value = "lanlord")]
    bucket: String,
    /// The token of 2.x [default: anybody may write].
    #[arg(long)]
    token: Option<String>,
    /// What comes before `/write`.
    #[arg(long, default_value = "")]
    path: String,
    /// How to fail, as `status:429:30`; `help` tells which ways there are.
    #[arg(long, value_name = "FAULT")]
    fault: Option<receivers::influx::Fault>,
}

/// Starts one and stays with it for ever.
///
/// # Errors
/// When it cannot be started.
pub fn carbon(carbon: &Carbon) -> Result<(), String> {
    let options = receivers::carbon::Options { listen: carbon.listen, listener: Some(printer()) };
    let running = receivers::Carbon::start(options)
        .map_err(|error| format!("listening at {}: {error}", carbon.listen))?;
    running.set_fault(carbon.fault);
    say(&format!("graphite {}", running.address()))?;
    loop {
        thread::park();
    }
}

/// Starts one and stays with it for ever.
///
/// # Errors
/// When it cannot be started.
pub fn influxdb(influxdb: Influxdb) -> Result<(), String> {
    let access = Access {
        path: influxdb.path,
        database: influxdb.database,
        retention_policy: influxdb.retention_policy,
        user: influxdb.user.zip(influxdb.password),
        org: influxdb.org,
        bucket: influxdb.bucket,
        token: influxdb.token,
    };
    let options = receivers::influx::Options {
        listen: influxdb.listen,
        tls: influxdb.tls.is_some(),
        access,
        listener: Some(printer()),
    };
    let running = receivers::Influx::start(options)?;
    running.set_fault(influxdb.fault);
    if let (Some(path), Some(roots)) = (&influxdb.tls, running.ca_pem()) {
        std::fs::write(path, roots).map_err(|error| format!("writing `{}`: {error}", path.display()))?;
    }
    say(&format!("influxdb {}", running.address()))?;
    loop {
        thread::park();
    }
}

fn printer() -> Listener {
    // Whoever does not read any more misses it.
    Arc::new(|line| drop(say(line)))
}
