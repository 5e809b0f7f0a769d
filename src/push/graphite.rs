//! A receiver of Graphite's plaintext protocol, over TCP: where it is, and sending to it once.
//!
//! It keeps no connection: the protocol has no answer, so that only the end of a connection tells what was read.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use super::parcel::Parcel;
use super::sender::Refusal;
use crate::encode::graphite::Layout;
use crate::net::patience::Patience;
use crate::net::tcp;

mod delivery;
mod trouble;

use delivery::Delivery;
use trouble::Trouble;

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
        f.write_str(&tcp::place(&self.host, self.port, None))
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

    /// See [`super::Sender::send`]. What was sent and not taken may have been read in part: to send it again changes
    /// nothing, since it has the same times.
    ///
    /// # Errors
    /// As there; nothing of it is for good, since a receiver never says why.
    pub async fn send(&mut self, parcel: &Parcel, patience: Duration) -> Result<(), Refusal> {
        self.deliver(parcel.reader(), patience).await
    }

    /// See [`super::Sender::try_out`]: connects, sends no line, and sees whether that is understood.
    ///
    /// # Errors
    /// As there.
    pub async fn try_out(&mut self, patience: Duration) -> Result<(), Refusal> {
        self.deliver(Box::new(std::io::empty()), patience).await
    }

    async fn deliver(&self, lines: Box<dyn Read + Send + '_>, patience: Duration) -> Result<(), Refusal> {
        let Settings { host, port, .. } = &self.settings;
        let all = async {
            let patience = Patience::new(patience);
            let (tcp, took) = tcp::reach(host, *port, &patience).await.map_err(Trouble::Connection)?;
            let mut delivery = Delivery { tcp, read: false };
            delivery.write(lines, &patience).await?;
            delivery.finish(took, &patience).await
        };
        all.await.map_err(|trouble| trouble.into_refusal(self.settings.to_string()))
    }
}

#[cfg(test)]
mod tests;
