//! A receiver of Graphite's plaintext protocol, over TCP.

use std::fmt;
use std::time::Duration;

use super::parcel::Parcel;
use super::sender::{Again, Refusal};
use crate::encode::graphite::Layout;
use crate::metric::Reason;

/// As the configuration spells this kind.
pub const KIND: &str = "graphite";

/// Where carbon takes lines of text unless somebody says otherwise (carbon.conf, `LINE_RECEIVER_PORT`).
pub const DEFAULT_PORT: u16 = 2003;

/// Where to, and what the lines look like.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What the lines look like.
    pub layout: Layout,
}

impl fmt::Display for Settings {
    /// Host and port.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Sends to it.
#[derive(Debug)]
pub struct Sender {
    settings: Settings,
}

impl Sender {
    /// Connects to nobody yet.
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// See [`super::Sender::send`].
    pub async fn send(&mut self, _parcel: &Parcel, _patience: Duration) -> Result<(), Refusal> {
        let message = self.settings.to_string();
        Err(Refusal { reason: Reason::Unsupported, code: "draft", message, again: Again::Later })
    }

    /// See [`super::Sender::try_out`].
    pub async fn try_out(&mut self, _patience: Duration) -> Result<(), Refusal> {
        Ok(())
    }
}
