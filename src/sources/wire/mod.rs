//! Who on the network uses how much, from the packets themselves.

use std::path::PathBuf;

use ipnet::IpNet;

/// The `kind` of these sources.
pub const KIND: &str = "wire";

/// The name of their only part.
pub const PART: &str = "capture";

/// What to listen to and whom to count.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Where packets come from.
    pub input: Input,
    /// Whom to count; empty means the interface's own prefixes, or the private ranges if it has none.
    pub prefixes: Vec<IpNet>,
    /// At most this many rows of hosts; the rest share the row `other`.
    pub max_hosts: usize,
    /// Size of each interface's ring, in bytes.
    pub ring_bytes: usize,
    /// Whether to ask the interface for frames that are not addressed to it.
    pub promiscuous: bool,
}

/// Where packets come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The interface of the default route.
    DefaultRoute,
    /// Interfaces by name.
    Interfaces(Vec<String>),
    /// A capture as it is written: a FIFO, a growing file, or `-` for standard input.
    Stream(PathBuf),
}
