//! One file for each subcommand: what it does, in the order in which it does it.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};

use crate::cli::Changes;
use crate::config::{self, Config, Overrides};

pub mod check;
pub mod completions;
pub mod freebox;
pub mod man;
pub mod migrate;
pub mod probe;
pub mod read;
pub mod run;
pub mod top;

/// The configuration that a command runs on.
///
/// # Errors
/// Every mistake in the file, or what the command line says that cannot be.
pub fn configuration(changes: Changes) -> anyhow::Result<Config> {
    let config = match &changes.config_file {
        Some(path) => config::load(path)?,
        None => Config::default(),
    };
    let overrides = Overrides {
        interfaces: changes.interface,
        prefixes: changes.cidr,
        stream: changes.pcap,
        listen: changes.web_listen_address,
        max_requests: changes.web_max_requests,
        access_log: changes.web_access_log,
        dns: changes.dns_enabled,
        minute_page: changes.log_minute_page,
    };
    Ok(config.with_overrides(overrides)?)
}

/// Writes to standard output. Whoever reads it may stop reading: `lanlord metrics | head` is no mistake.
///
/// # Errors
/// When it cannot be written.
pub fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Everything but capture runs on one thread.
fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_current_thread().enable_all().build().context("cannot start the runtime")
}

/// A library call that does not return must not keep us.
const PATIENCE: Duration = Duration::from_millis(200);
