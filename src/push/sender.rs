//! The one match over the kinds of receivers: sends a batch of lines once, and says what came of it.
//!
//! It does not retry, wait, count or log: `run` does, for all.

use std::time::Duration;

use super::parcel::Parcel;
use super::{Receiver, graphite, influxdb};
use crate::metric::Reason;

/// Sends to one receiver; never over two connections at once.
#[derive(Debug)]
pub enum Sender {
    /// Graphite's plaintext protocol.
    Graphite(graphite::Sender),
    /// InfluxDB's line protocol.
    Influxdb(Box<influxdb::Sender>),
}

/// A batch that was not taken.
#[derive(Debug)]
pub struct Refusal {
    /// Who must act.
    pub reason: Reason,
    /// Narrower than the reason: `connect`, `too_many_requests`, `no_database` …; for the page and the log.
    pub code: &'static str,
    /// What happened, where, and what to do; made of plain text.
    pub message: String,
    /// Whether to send it again.
    pub again: Again,
}

/// Whether to send a batch again that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// After a while.
    Later,
    /// The receiver has said after how long, which may be any time: `run` has an end to it.
    After(Duration),
    /// It would be refused again. Others need not be.
    Never,
    /// It would be refused again, and so are others until somebody has acted. Not all of them have to learn that at once.
    Barred,
}

impl Sender {
    /// Connects to nobody yet and reads no file.
    pub fn new(receiver: &Receiver) -> Self {
        match receiver {
            Receiver::Graphite(settings) => Self::Graphite(graphite::Sender::new(settings.clone())),
            Receiver::Influxdb(settings) => Self::Influxdb(Box::new(influxdb::Sender::new(settings.clone()))),
        }
    }

    /// Sends once, and waits at most so long. Whoever stops waiting before closes the connection.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn send(&mut self, parcel: &Parcel, patience: Duration) -> Result<(), Refusal> {
        match self {
            Self::Graphite(sender) => sender.send(parcel, patience).await,
            Self::Influxdb(sender) => sender.send(parcel, patience).await,
        }
    }

    /// Finds out whether the receiver would take something, and sends nothing.
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub async fn try_out(&mut self, patience: Duration) -> Result<(), Refusal> {
        match self {
            Self::Graphite(sender) => sender.try_out(patience).await,
            Self::Influxdb(sender) => sender.try_out(patience).await,
        }
    }
}
