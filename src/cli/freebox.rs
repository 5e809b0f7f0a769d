//! The command line of `lanlord freebox`: what may be said, and the help for it. It decides nothing.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::config;
use crate::net::tls::{Fingerprint, NotAFingerprint};
use crate::sources::freebox::endpoint::{Endpoint, NotAnEndpoint};

/// `lanlord freebox`.
#[derive(Debug, Args)]
pub struct Freebox {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with a Freebox.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Get permission from a Freebox, or take over what another program has got.
    ///
    /// Somebody has to stand before the box and say yes. Run again, it goes on waiting for the answer to the same
    /// request. A token that is there is never overwritten.
    Register(Register),
    /// Say which Freebox a token is for, what it may do and whether it works.
    ///
    /// The exit code is 0 if it works now, and 1 if not.
    Status(Status),
    /// Print the lines of freebox-revolution-monitoring, for telegraf's exec input.
    ///
    /// It asks the box for at most four seconds, prints nothing if that fails, and keeps its session for the next run. What the box has
    /// not got is left out; what it would not say of the rest is on standard error.
    Lines(Lines),
}

/// Whom to believe.
#[derive(Clone, Debug, Default, Args)]
pub struct Trust {
    /// More authorities that may vouch for the box, in PEM, besides Freebox's own and this system's.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pin", "insecure"])]
    pub ca_file: Option<PathBuf>,
    /// The SHA-256 fingerprint of the box's certificate, as sha256:HEX; then nothing else counts. May be given several
    /// times.
    #[arg(long, value_name = "FINGERPRINT", value_parser = pin, conflicts_with = "insecure")]
    pub pin: Vec<Fingerprint>,
    /// Believe whoever answers. Anybody on the way can read and change everything.
    #[arg(long)]
    pub insecure: bool,
}

/// `lanlord freebox register`.
#[derive(Debug, Args)]
pub struct Register {
    /// Where the box is: HOST or HOST:PORT, with http:// before it for no TLS at all, or https://. Default: the box that
    /// announces itself on this network, else mafreebox.freebox.fr.
    #[arg(long, value_name = "WHERE", value_parser = endpoint)]
    pub endpoint: Option<Endpoint>,
    /// As what to be known to the box. Default: fr.lanlord.monitor.
    #[arg(long, value_name = "ID", value_parser = app_id)]
    pub app_id: Option<String>,
    /// What the box shows as the application's name. Default: lanlord.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub app_name: Option<String>,
    /// What the box shows as its version. Default: lanlord's.
    #[arg(long, value_name = "VERSION", value_parser = name)]
    pub app_version: Option<String>,
    /// What the box shows as the machine it runs on. Default: this one's name.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub device_name: Option<String>,
    /// Where to put the token; only its owner will be able to read it. Default: /etc/lanlord/freebox.token for root,
    /// else lanlord/freebox.token in $XDG_CONFIG_HOME or ~/.config.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// How long to wait for somebody to say yes at the box, 1s to 1h.
    #[arg(long, value_name = "DURATION", default_value = "3m", value_parser = wait)]
    pub wait: Duration,
    /// Take over a token from standard input instead of asking for one; say with --app-id what it was made for.
    #[arg(long, requires = "app_id", conflicts_with = "credentials")]
    pub token_stdin: bool,
    /// Take over the token that this file holds: .credentials of freebox-revolution-monitoring, the JSON of PyPI's
    /// freebox-api, or token.json of trazfr's exporter.
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// Whom to believe.
    #[command(flatten)]
    pub trust: Trust,
}

/// `lanlord freebox status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Where the box is. Default: where it was when lanlord was registered, else mafreebox.freebox.fr.
    #[arg(long, value_name = "WHERE", value_parser = endpoint)]
    pub endpoint: Option<Endpoint>,
    /// Where the token is. Default: as for `register`.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// As what the token was made, where its file does not say.
    #[arg(long, value_name = "ID", value_parser = app_id)]
    pub app_id: Option<String>,
    /// Whom to believe.
    #[command(flatten)]
    pub trust: Trust,
}

/// `lanlord freebox lines`.
#[derive(Debug, Args)]
pub struct Lines {
    /// And the ports of the switch: whether they are up, and how fast.
    #[arg(short = 'S', long = "switch")]
    pub switch: bool,
    /// And how much each port of the switch carries.
    #[arg(short = 'P', long = "ports")]
    pub ports: bool,
    /// And temperatures, fan, uptime and firmware.
    #[arg(short = 'H', long = "system")]
    pub system: bool,
    /// And the disk.
    #[arg(short = 'D', long = "disk")]
    pub disk: bool,
    /// For whom.
    #[arg(short = 'f', long, value_name = "FORMAT", default_value = "graphite")]
    pub format: LineFormat,
    /// Where the box is, word for word as the tag `endpoint` shall have it. Default: where it was when lanlord was
    /// registered, and mafreebox.freebox.fr in the tag.
    #[arg(short = 'e', long, value_name = "WHERE", value_parser = endpoint_as_written)]
    pub endpoint: Option<String>,
    /// Where the token is. Default: as for `register`.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// As what the token was made, where its file does not say.
    #[arg(long, value_name = "ID", value_parser = app_id)]
    pub app_id: Option<String>,
    /// Whom to believe.
    #[command(flatten)]
    pub trust: Trust,
}

/// What the old lines are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LineFormat {
    /// Name, value, time: for carbon and its kind. Numbers only.
    Graphite,
    /// InfluxDB's line protocol.
    Influxdb,
}

fn endpoint(text: &str) -> Result<Endpoint, config::Invalid> {
    text.parse().map_err(|error: NotAnEndpoint| config::Invalid(error.to_string()))
}

fn endpoint_as_written(text: &str) -> Result<String, config::Invalid> {
    endpoint(text).map(|_| text.to_owned())
}

fn pin(text: &str) -> Result<Fingerprint, config::Invalid> {
    text.parse().map_err(|error: NotAFingerprint| config::Invalid(error.to_string()))
}

fn app_id(text: &str) -> Result<String, config::Invalid> {
    config::parse_app_id(text)
}

/// A display has room for no more, and shows no control characters.
fn name(text: &str) -> Result<String, config::Invalid> {
    match text {
        _ if matches!(text.chars().count(), 1..=64) && !text.contains(char::is_control) => {
            Ok(text.to_owned())
        }
        _ => Err(config::Invalid(format!("`{text}` is not a name of 1 to 64 characters"))),
    }
}

fn wait(text: &str) -> Result<Duration, config::Invalid> {
    let range = Duration::from_secs(1)..=Duration::from_secs(3_600);
    let wait = config::parse_duration(text)?;
    match range.contains(&wait) {
        true => Ok(wait),
        false => Err(config::Invalid(format!("`{text}` is not a duration from 1s to 1h"))),
    }
}
