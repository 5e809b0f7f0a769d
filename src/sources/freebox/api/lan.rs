//! `lan/browser/`: on which interfaces there are hosts (dev.freebox.fr/sdk/os/lan). The hosts are in `host`.

use serde::Deserialize;

use super::lenient::{Int, Text};

/// An interface that hosts are on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Interface {
    /// `pub`, `wifiguest`.
    pub name: Text,
    /// How many hosts the box remembers there.
    pub host_count: Int,
}
