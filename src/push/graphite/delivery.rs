//! Lines on their way over one connection, until it is known whether they were read. It does not connect, and it does not
//! look into what is sent.
//!
//! The protocol has no answer (Graphite's documentation, "Feeding In Your Data"). A receiver reads until we say that this
//! was all, and then closes as well, as carbon does. One that closes and has not read answers with a reset instead: at once
//! when it closes, if the lines were there already (RFC 2525 §2.17), or to the lines, if they come later (RFC 9293 §3.10.7).

use std::future::poll_fn;
use std::io::{self, ErrorKind, Read};
use std::pin::Pin;
use std::time::Duration;

use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::trouble::Trouble;
use crate::net::failure::Step;
use crate::net::patience::Patience;

/// A connection to a receiver.
pub struct Delivery {
    pub tcp: TcpStream,
    /// Whether the receiver is known to have read all lines.
    pub read: bool,
}

/// What is unpacked at a time.
const PIECE: usize = 16 * 1024;
/// What is read of a receiver that says something: enough to see what it is.
const HEARD: usize = 64;
/// How long at least to wait for a reset that follows the end.
const AFTERMATH_MIN: Duration = Duration::from_millis(10);
/// How long at most: no network that lines are sent over takes longer.
const AFTERMATH_MAX: Duration = Duration::from_secs(1);

impl Delivery {
    /// Hands all lines over.
    pub async fn write(
        &mut self,
        mut lines: Box<dyn Read + Send + '_>,
        patience: &Patience,
    ) -> Result<(), Trouble> {
        let mut piece = vec![0; PIECE];
        loop {
            let length = lines.read(&mut piece).map_err(Trouble::Unpacked)?;
            if length == 0 {
                break;
            }
            let mut rest = &piece[..length];
            while !rest.is_empty() {
                let either = self.tcp.ready(Interest::READABLE | Interest::WRITABLE);
                let ready = patience
                    .within(Step::Body, either)
                    .await
                    .map_err(|_| Trouble::Stalled(patience.whole()))?;
                if ready.map_err(Trouble::Broken)?.is_readable() {
                    self.hear()?;
                }
                match self.tcp.try_write(rest) {
                    Ok(written) => rest = &rest[written..],
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => {
                        // Perhaps it has said why.
                        self.hear()?;
                        return Err(Trouble::Broken(error));
                    }
                }
            }
        }
        // Who closes before we have said that this was all has not read all.
        self.hear()
    }

    /// Says that this was all, and waits until the receiver has read it. `took` is how long connecting took.
    pub async fn finish(&mut self, took: Duration, patience: &Patience) -> Result<(), Trouble> {
        poll_fn(|cx| Pin::new(&mut self.tcp).poll_shutdown(cx)).await.map_err(Trouble::Broken)?;
        loop {
            let readable = patience.within(Step::Body, self.tcp.readable()).await;
            readable.map_err(|_| Trouble::NotClosed(patience.whole()))?.map_err(Trouble::Broken)?;
            match self.hear() {
                Ok(()) => {}
                Err(Trouble::Closed) => break,
                Err(trouble) => return Err(trouble),
            }
        }
        // A reset takes as long to come as an answer does.
        sleep(took.saturating_mul(2).clamp(AFTERMATH_MIN, AFTERMATH_MAX).min(patience.left())).await;
        match self.tcp.take_error().map_err(Trouble::Broken)? {
            Some(error) => Err(Trouble::Broken(error)),
            None => {
                self.read = true;
                Ok(())
            }
        }
    }

    /// Reads what is there; all is well where there is nothing.
    fn hear(&self) -> Result<(), Trouble> {
        let mut heard = [0; HEARD];
        match self.tcp.try_read(&mut heard) {
            Ok(0) => Err(Trouble::Closed),
            Ok(length) => Err(Trouble::talks(&heard[..length])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(Trouble::Broken(error)),
        }
    }
}

impl Drop for Delivery {
    /// A line that was cut off must not look like one that has ended: some receivers take what stands before the end of a
    /// connection for a whole line, and a cut time is another time. So what is broken off looks broken off. Nor may the
    /// kernel go on with what will be sent again: a receiver that is slow would have one connection more each time.
    fn drop(&mut self) {
        if !self.read {
            // Where this fails, there is no connection any more.
            let _: io::Result<()> = self.tcp.set_zero_linger();
        }
    }
}
