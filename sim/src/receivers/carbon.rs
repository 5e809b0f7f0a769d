//! A receiver of Graphite's plaintext protocol over TCP, as carbon is, and the ways in which it fails.
//!
//! Deliberately stores no series: what came is in a list, in the order in which it came.

pub mod fault;
pub mod line;

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::held::held;
use super::{Listener, keep};
use crate::http::reply::After;
use crate::http::stop::Stop;
use crate::http::{Greeting, Server, Site};
use crate::pace;
pub use fault::Fault;
pub use line::Point;

/// How often whoever hangs looks whether it still should.
const LOOK: Duration = Duration::from_millis(20);
/// Longer than any test: how long it is away until it is told to come back.
const AWAY: Duration = Duration::from_secs(365 * 86_400);

/// Where, and who is told.
#[derive(Clone)]
pub struct Options {
    /// Where it listens; port 0 is any.
    pub listen: SocketAddr,
    /// Told of each point and each refusal.
    pub listener: Option<Listener>,
}

impl Default for Options {
    /// At a free port of the loopback.
    fn default() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 0).into(), listener: None }
    }
}

/// A receiver that listens until it is dropped.
pub struct Carbon {
    server: Server,
    desk: Arc<Desk>,
}

/// A connection that was accepted.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// Counted from 1.
    pub number: u64,
    /// When it was accepted, since the receiver began.
    pub begun: Duration,
    /// When we had done with it, since the receiver began.
    pub ended: Option<Duration>,
    /// Lines that were taken.
    pub lines: usize,
    /// Whether it was read to its end, with nothing but whole lines, and then closed.
    pub complete: bool,
}

struct Desk {
    begun: Instant,
    listener: Option<Listener>,
    /// Held for a moment only.
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    fault: Option<Fault>,
    /// Counts changes of the fault, for those whom it holds.
    changes: u64,
    points: VecDeque<Point>,
    refused: VecDeque<String>,
    connections: VecDeque<Connection>,
    accepted: u64,
    most: usize,
}

impl Carbon {
    /// Starts it.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn start(options: Options) -> io::Result<Self> {
        let desk = Desk { begun: pace::now(), listener: options.listener, book: Mutex::default() };
        let desk = Arc::new(desk);
        let site: Arc<dyn Site> = Arc::clone(&desk) as Arc<dyn Site>;
        Ok(Self { server: Server::start(options.listen, site)?, desk })
    }

    /// Where it listens, or would.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What it has taken, in the order in which it came.
    pub fn points(&self) -> Vec<Point> {
        self.desk.book().points.iter().cloned().collect()
    }

    /// Lines that it has not taken, and why.
    pub fn refused(&self) -> Vec<String> {
        self.desk.book().refused.iter().cloned().collect()
    }

    /// All connections so far.
    pub fn connections(&self) -> Vec<Connection> {
        self.desk.book().connections.iter().copied().collect()
    }

    /// The most connections that there were at once.
    pub fn max_connections(&self) -> usize {
        self.desk.book().most
    }

    /// From the next connection on it fails so, or not any more; those that it held are let go.
    pub fn set_fault(&self, fault: Option<Fault>) {
        let was = {
            let mut book = self.desk.book();
            book.changes += 1;
            std::mem::replace(&mut book.fault, fault)
        };
        match (was, fault) {
            (Some(Fault::Down), Some(Fault::Down)) => {}
            (_, Some(Fault::Down)) => self.server.refuse(AWAY),
            (Some(Fault::Down), _) => self.server.open(),
            _ => {}
        }
    }
}

impl Site for Desk {
    fn greeting(&self) -> Greeting {
        Greeting::Raw
    }

    fn connected(&self, stream: &TcpStream) {
        let most = stream.local_addr().map_or(1, |server| held(server, true)).max(1);
        let mut book = self.book();
        book.most = book.most.max(most);
    }

    fn converse(&self, stream: &TcpStream, stop: &Stop) -> io::Result<After> {
        let (number, fault, changes) = {
            let mut book = self.book();
            book.accepted += 1;
            let number = book.accepted;
            let begun = pace::now() - self.begun;
            keep(&mut book.connections, Connection { number, begun, ended: None, lines: 0, complete: false });
            (number, book.fault, book.changes)
        };
        let mut intake = Intake { desk: self, number, rest: Vec::new(), lines: 0, complete: false };
        let after = match fault {
            None | Some(Fault::Down) => intake.read_all(stream),
            Some(fault) => intake.badly(fault, stream, &|| stop.wait(LOOK) || self.book().changes != changes),
        };
        let complete = intake.complete && matches!(after, Ok(After::Close));
        let (ended, lines) = (Some(pace::now() - self.begun), intake.lines);
        let mut book = self.book();
        if let Some(connection) = book.connections.iter_mut().rev().find(|one| one.number == number) {
            *connection = Connection { ended, lines, complete, ..*connection };
        }
        after
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, line: &[u8], number: u64) {
        let said = match line::parse(line, number) {
            Ok(point) => {
                let said = format!("{} {} {}", point.path, point.text, point.time);
                keep(&mut self.book().points, point);
                said
            }
            Err(why) => self.refuse(line, why),
        };
        if let Some(listener) = &self.listener {
            listener(&said);
        }
    }

    fn refuse(&self, line: &[u8], why: &str) -> String {
        let said = format!("refused: {why}: {}", String::from_utf8_lossy(line).escape_debug());
        keep(&mut self.book().refused, said.clone());
        said
    }
}

/// What comes over one connection.
struct Intake<'a> {
    desk: &'a Desk,
    number: u64,
    /// A line that has not come to its end.
    rest: Vec<u8>,
    lines: usize,
    complete: bool,
}

impl Intake<'_> {
    /// As carbon does: reads until the client has said its last, then closes.
    fn read_all(&mut self, mut stream: &TcpStream) -> io::Result<After> {
        let mut buffer = [0; 16 * 1024];
        loop {
            let length = stream.read(&mut buffer)?;
            if length == 0 {
                self.end();
                return Ok(After::Close);
            }
            if !self.feed(&buffer[..length]) {
                return Ok(After::Reset);
            }
        }
    }

    /// The client has said its last.
    fn end(&mut self) {
        self.complete = self.rest.is_empty();
        if !self.complete {
            self.desk.refuse(&self.rest, "no newline at its end");
        }
    }

    /// Whether to go on.
    fn feed(&mut self, bytes: &[u8]) -> bool {
        self.rest.extend(bytes);
        let mut begin = 0;
        while let Some(length) = self.rest[begin..].iter().position(|&byte| byte == b'\n') {
            if length > line::LONGEST {
                break;
            }
            self.desk.take(&self.rest[begin..begin + length], self.number);
            self.lines += 1;
            begin += length + 1;
        }
        self.rest.drain(..begin);
        // What is left is no line yet, or one that nobody reads.
        let fits = self.rest.len() <= line::LONGEST;
        if !fits {
            self.desk.refuse(&self.rest[..100], "longer than carbon reads");
        }
        fits
    }

    /// With a fault; `enough` waits a moment and says whether to let go.
    fn badly(
        &mut self,
        fault: Fault,
        mut stream: &TcpStream,
        enough: &dyn Fn() -> bool,
    ) -> io::Result<After> {
        match fault {
            Fault::Down | Fault::CloseAtOnce => {}
            Fault::Reset => return Ok(After::Reset),
            Fault::HalfOpen => while !enough() {},
            Fault::NeverCloses => {
                self.read_all(stream)?;
                while !enough() {}
            }
            Fault::Talks => {
                stream.write_all(b"220 welcome\r\n")?;
                return self.read_all(stream);
            }
            Fault::CloseAfter { lines } => {
                // One at a time, so that what follows is never read: closing then resets the connection.
                let mut byte = [0];
                while self.lines < lines && stream.read(&mut byte)? > 0 && self.feed(&byte) {}
            }
            Fault::Slow { bytes } => {
                let in_a_look = u128::from(bytes) * LOOK.as_millis() / 1000;
                let mut buffer = vec![0; usize::try_from(in_a_look).unwrap_or(1).clamp(1, 65_536)];
                loop {
                    let length = stream.read(&mut buffer)?;
                    if length == 0 {
                        self.end();
                        break;
                    }
                    if !self.feed(&buffer[..length]) || enough() {
                        break;
                    }
                }
            }
        }
        Ok(After::Close)
    }
}

#[cfg(test)]
mod tests;
