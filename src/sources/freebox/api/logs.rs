//! `connection/logs/`: when the line and the connection over it went up and down, as the box remembers it.

use serde::Deserialize;

use super::lenient::{Int, Text};

/// Something that happened to the line or to the connection over it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// Its number in this log, until the log is cleared.
    pub id: Int,
    /// `link` or `conn`.
    #[serde(rename = "type")]
    pub kind: Text,
    /// `up` or `down`.
    pub state: Text,
    /// When, in seconds since 1970, by the box's clock.
    pub date: Int,
}
