//! The command line: what may be said, and the help for it. It decides nothing.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use ipnet::IpNet;

use crate::config;
use crate::log::{self, Level};
use crate::top::table::Order;

pub mod freebox;
pub mod old_flags;
pub mod old_script;

/// Watches a home or small-office network: who is on it and who uses how much, for Prometheus and a page.
///
/// Without a configuration, `lanlord run` counts the traffic of every host that the interface of the default route
/// sees, and shows it at http://127.0.0.1:9938/ and /metrics. It listens: it sends no packet to the hosts that it counts
/// and writes to no device. All it asks for are their names, of your own resolver, and with `--dns.enabled false` not
/// even that. With a configuration it asks boxes as well, and brings what it knows to Graphite and InfluxDB.
#[derive(Debug, Parser)]
#[command(name = "lanlord", version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon until it is told to stop (SIGTERM or Ctrl-C).
    Run(Run),
    /// Check the configuration and say what `run` would do, without doing it.
    Check(Check),
    /// Read finished captures (pcap or pcapng, gzipped or not) and say who used how much.
    Read(Read),
    /// Visit one source once, and print what it says.
    Probe(Probe),
    /// Watch in the terminal who uses how much, live: asks a lanlord that runs.
    ///
    /// Keys: `q` ends it, `s` sorts by the next column, `S` by the one before, `r` turns the order round, space holds
    /// the picture, `b` counts bits instead of bytes, and up, down, PgUp, PgDn, Home and End scroll.
    Top(Top),
    /// Get permission from a Freebox, see whether it works, and print what the old script printed.
    Freebox(freebox::Freebox),
    /// List every metric that lanlord can show.
    Metrics,
    /// Print the configuration that replaces a gonetmon.toml.
    Migrate(Migrate),
    /// Print the manual page, as `man` reads it.
    Man,
    /// Print what completes `lanlord` in a shell when Tab is pressed.
    Completions(Completions),
}

/// What changes the configuration of this run.
#[derive(Clone, Debug, Default, Args)]
pub struct Changes {
    /// Configuration file, in TOML; packaging/example.toml explains every key.
    #[arg(long = "config.file", value_name = "FILE")]
    pub config_file: Option<PathBuf>,
    /// Interface to listen on; may be given several times. Default: the one of the default route.
    #[arg(long, value_name = "IF", value_parser = interface)]
    pub interface: Vec<String>,
    /// Capture to follow while it is written instead of an interface: a FIFO, a growing file, or `-` for standard
    /// input, as in `ssh router tcpdump -U -w - | lanlord run --pcap -`.
    #[arg(long, value_name = "FILE", conflicts_with = "interface")]
    pub pcap: Option<PathBuf>,
    /// Whom to count: a prefix such as 192.168.1.0/24 or fd00::/8; may be given several times. Default: the
    /// interface's own prefixes, or the private ranges if it has none (a mirror port).
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    pub cidr: Vec<IpNet>,
    /// Where to listen for Prometheus and browsers; may be given several times. Default: 127.0.0.1:9938.
    #[arg(long = "web.listen-address", value_name = "ADDR", value_parser = listen)]
    pub web_listen_address: Vec<SocketAddr>,
    /// How many requests for the page, the metrics or a reload may be under way at once, 1 to 4096; who comes then is
    /// told to come again. Default: 256.
    #[arg(long = "web.max-requests", value_name = "NUMBER", value_parser = max_requests)]
    pub web_max_requests: Option<usize>,
    /// Log a line for each request.
    #[arg(long = "web.access-log")]
    pub web_access_log: bool,
    /// Whether to ask a resolver what hosts are called. Default: true.
    #[arg(long = "dns.enabled", value_name = "BOOL")]
    pub dns_enabled: Option<bool>,
    /// Whether to log, every minute, the table of hosts that had traffic. Default: true.
    #[arg(long = "log.minute-page", value_name = "BOOL")]
    pub log_minute_page: Option<bool>,
}

/// `lanlord run`.
#[derive(Debug, Args)]
pub struct Run {
    /// What changes the configuration.
    #[command(flatten)]
    pub changes: Changes,
    /// How much to log, to standard error. Default: info.
    #[arg(long = "log.level", value_name = "LEVEL", value_parser = level())]
    pub log_level: Option<Level>,
    /// How to log. Default: text on a terminal, otherwise logfmt.
    #[arg(long = "log.format", value_name = "FORMAT", value_parser = log_format())]
    pub log_format: Option<log::Format>,
}

/// `lanlord check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Ask no receiver of a push whether it is there and takes something.
    #[arg(long)]
    pub offline: bool,
    /// What changes the configuration.
    #[command(flatten)]
    pub changes: Changes,
}

/// `lanlord read`.
#[derive(Debug, Args)]
pub struct Read {
    /// Captures to read, all into one table; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Whom to count; may be given several times. Default: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7 and
    /// fe80::/10.
    #[arg(long, value_name = "PREFIX", value_parser = prefix)]
    pub cidr: Vec<IpNet>,
    /// One row for each host, its addresses folded, or one for each address.
    #[arg(long, value_name = "WHAT", default_value = "host")]
    pub by: By,
    /// How to print.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: Format,
    /// Configuration file; of it, only the names of hosts are used.
    #[arg(long = "config.file", value_name = "FILE")]
    pub config_file: Option<PathBuf>,
}

/// `lanlord probe`.
#[derive(Debug, Args)]
pub struct Probe {
    /// Which source: its name in the configuration. Without a configuration there is one, `wire`.
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// How long to let a source that counts gather something before the visit.
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
    pub after: Duration,
    /// What changes the configuration.
    #[command(flatten)]
    pub changes: Changes,
}

/// `lanlord migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// The configuration of gonetmon, in TOML: mostly /etc/gonetmon.toml; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// `lanlord completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell.
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// Shells that we complete for: those for which a test does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// For share/bash-completion/completions/lanlord.
    Bash,
    /// For share/zsh/site-functions/_lanlord.
    Zsh,
    /// For share/fish/vendor_completions.d/lanlord.fish.
    Fish,
}

/// `lanlord top`.
#[derive(Debug, Args)]
pub struct Top {
    /// Where lanlord listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9938")]
    pub url: String,
    /// How often to ask, 200ms to 1h.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = interval)]
    pub interval: Duration,
    /// What stands first: most of it, or for names and addresses the beginning.
    #[arg(long, value_name = "WHAT", default_value = "rate")]
    pub sort: Order,
    /// Print one table after one interval and end, as it does when the output is no terminal.
    #[arg(long)]
    pub once: bool,
}

/// Rows of `lanlord read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// One for each host.
    Host,
    /// One for each address.
    Address,
}

/// How `lanlord read` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: the busiest first.
    Table,
    /// Text format 0.0.4, for node_exporter's textfile collector and its kind.
    Prometheus,
    /// OpenMetrics 1.0.
    Openmetrics,
    /// An array of objects.
    Json,
    /// address,mac,host,received_packets,received_bytes,sent_packets,sent_bytes
    Csv,
}

fn level() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::as_str)).try_map(|text| config::parse_log_level(&text))
}

fn log_format() -> impl TypedValueParser<Value = log::Format> {
    PossibleValuesParser::new(log::Format::ALL.map(log::Format::as_str))
        .try_map(|text| config::parse_log_format(&text))
}

fn interface(text: &str) -> Result<String, config::Invalid> {
    config::parse_interface(text)
}

fn prefix(text: &str) -> Result<IpNet, config::Invalid> {
    config::parse_prefix(text)
}

fn listen(text: &str) -> Result<SocketAddr, config::Invalid> {
    config::parse_listen(text)
}

fn max_requests(text: &str) -> Result<usize, config::Invalid> {
    config::parse_max_requests(text)
}

fn interval(text: &str) -> Result<Duration, config::Invalid> {
    let range = Duration::from_millis(200)..=Duration::from_secs(3_600);
    let interval = config::parse_duration(text)?;
    match range.contains(&interval) {
        true => Ok(interval),
        false => Err(config::Invalid(format!("`{text}` is not a duration from 200ms to 1h"))),
    }
}

fn duration(text: &str) -> Result<Duration, config::Invalid> {
    config::parse_duration(text)
}
