//! A receiver of InfluxDB's line protocol over HTTP and HTTPS, as InfluxDB 1.x and 2.x are, and the ways in which it fails.
//!
//! Deliberately answers no query: what came is in a list, in the order in which it came.

mod desk;
pub mod fault;
pub mod line;
mod query;

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Listener;
use super::held::held;
use crate::http::reply::{After, Reply};
use crate::http::stop::Stop;
use crate::http::{Greeting, Server, Site, request};
use crate::pace;
use crate::tls::{Authority, Leaf};
use desk::Book;
pub use fault::Fault;
pub use line::{Field, Point};

/// How often whoever hangs looks whether it still should.
const LOOK: Duration = Duration::from_millis(20);
/// Longer than any test: how long it is away until it is told to come back.
const AWAY: Duration = Duration::from_secs(365 * 86_400);

/// Where, for whom, and who is told.
#[derive(Clone)]
pub struct Options {
    /// Where it listens; port 0 is any.
    pub listen: SocketAddr,
    /// Whether it listens for TLS.
    pub tls: bool,
    /// Who may write what where.
    pub access: Access,
    /// Told of each point and each refusal.
    pub listener: Option<Listener>,
}

/// Who may write what where.
#[derive(Clone, Debug)]
pub struct Access {
    /// What comes before `/write`: empty, or begins with a slash.
    pub path: String,
    /// The only database.
    pub database: String,
    /// Its only retention policy.
    pub retention_policy: String,
    /// User and password for 1.x; anybody if none.
    pub user: Option<(String, String)>,
    /// The only organization; any if none.
    pub org: Option<String>,
    /// Its only bucket.
    pub bucket: String,
    /// The token for 2.x; anybody if none.
    pub token: Option<String>,
}

impl Default for Options {
    /// At a free port of the loopback, without TLS.
    fn default() -> Self {
        let access = Access::default();
        Self { listen: (Ipv4Addr::LOCALHOST, 0).into(), tls: false, access, listener: None }
    }
}

impl Default for Access {
    /// A database and a bucket `lanlord` for anybody.
    fn default() -> Self {
        Self {
            path: String::new(),
            database: "lanlord".to_owned(),
            retention_policy: "autogen".to_owned(),
            user: None,
            org: None,
            bucket: "lanlord".to_owned(),
            token: None,
        }
    }
}

/// A receiver that listens until it is dropped.
pub struct Influx {
    server: Server,
    desk: Arc<Desk>,
}

/// A request that was answered.
#[derive(Clone, Debug)]
pub struct Request {
    /// Counted from 1.
    pub number: u64,
    /// When it came, since the receiver began.
    pub at: Duration,
    /// `POST` …
    pub method: String,
    /// Up to the question mark.
    pub path: String,
    /// What follows that.
    pub query: String,
    /// What it was answered.
    pub status: u16,
    /// Whether it was compressed.
    pub gzip: bool,
    /// Bytes of the body as it came.
    pub bytes: usize,
    /// Points that were taken.
    pub points: usize,
    /// The client's port: the same as long as its connection is.
    pub client: u16,
}

struct Desk {
    begun: Instant,
    access: Access,
    authority: Option<Authority>,
    listener: Option<Listener>,
    /// Held while an answer is made, never while it is written.
    book: Mutex<Book>,
}

impl Influx {
    /// Starts it.
    ///
    /// # Errors
    /// When the address cannot be had, or no certificate be made.
    pub fn start(options: Options) -> Result<Self, String> {
        let Options { listen, tls, access, listener } = options;
        let authority = match tls {
            true => Some(Authority::new(&["localhost", "127.0.0.1", "::1"])?),
            false => None,
        };
        // What every connection needs shall not fail at the first one.
        authority.as_ref().map(|authority| authority.config(Leaf::Good)).transpose()?;
        let desk = Desk { begun: pace::now(), access, authority, listener, book: Mutex::default() };
        let desk = Arc::new(desk);
        let site: Arc<dyn Site> = Arc::clone(&desk) as Arc<dyn Site>;
        let server =
            Server::start(listen, site).map_err(|error| format!("listening at {listen}: {error}"))?;
        Ok(Self { server, desk })
    }

    /// Where it listens, or would.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The roots that sign its certificate, as PEM, if it listens for TLS.
    pub fn ca_pem(&self) -> Option<String> {
        self.desk.authority.as_ref().map(Authority::pem)
    }

    /// What it has taken, in the order in which it came.
    pub fn points(&self) -> Vec<Point> {
        self.desk.book().points.iter().cloned().collect()
    }

    /// Lines that it has not taken, and why.
    pub fn refused(&self) -> Vec<String> {
        self.desk.book().refused.iter().cloned().collect()
    }

    /// All requests that were answered.
    pub fn requests(&self) -> Vec<Request> {
        self.desk.book().requests.iter().cloned().collect()
    }

    /// How many connections it has accepted.
    pub fn connections(&self) -> u64 {
        self.desk.book().connections
    }

    /// The most connections that there were at once.
    pub fn max_connections(&self) -> usize {
        self.desk.book().most
    }

    /// From the next request on it fails so, or not any more; those that it held are let go. Where that begins with the
    /// connection, those that are open are closed.
    pub fn set_fault(&self, fault: Option<Fault>) {
        let of_connections = |fault: &Fault| matches!(fault, Fault::CloseInRequest { .. } | Fault::HalfOpen);
        let begins = fault.as_ref().is_some_and(of_connections);
        let down = fault == Some(Fault::Down);
        let was = {
            let mut book = self.desk.book();
            book.changes += 1;
            std::mem::replace(&mut book.fault, fault)
        };
        match (was == Some(Fault::Down), down) {
            (false, true) => self.server.refuse(AWAY),
            (true, false) => self.server.open(),
            _ if begins || was == Some(Fault::Silent) => self.server.hang_up(),
            _ => {}
        }
    }

    /// Closes all connections, as a receiver does that was started anew.
    pub fn hang_up(&self) {
        self.server.hang_up();
    }
}

impl Desk {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Site for Desk {
    fn greeting(&self) -> Greeting {
        if matches!(self.book().fault, Some(Fault::CloseInRequest { .. } | Fault::HalfOpen)) {
            return Greeting::Raw;
        }
        let Some(authority) = &self.authority else { return Greeting::Plain };
        // It was made at the start.
        authority.config(Leaf::Good).map_or(Greeting::OldTls, Greeting::Tls)
    }

    fn connected(&self, stream: &TcpStream) {
        let most = stream.local_addr().map_or(1, |server| held(server, false)).max(1);
        let mut book = self.book();
        book.connections += 1;
        book.most = book.most.max(most);
    }

    fn longest_body(&self) -> usize {
        desk::LONGEST_BODY
    }

    fn answer(&self, request: &request::Request) -> Reply {
        let (reply, said) = {
            let mut book = self.book();
            let reply = book.respond(request, &self.access, pace::now() - self.begun);
            (reply, std::mem::take(&mut book.said))
        };
        if let Some(listener) = &self.listener {
            said.iter().for_each(|said| listener(said));
        }
        reply
    }

    fn converse(&self, mut stream: &TcpStream, stop: &Stop) -> io::Result<After> {
        let (fault, changes) = {
            let book = self.book();
            (book.fault.clone(), book.changes)
        };
        match fault {
            Some(Fault::CloseInRequest { bytes }) => {
                // One at a time, so that what follows is never read: closing then resets the connection.
                let mut byte = [0];
                for _ in 0..bytes {
                    if stream.read(&mut byte)? == 0 {
                        break;
                    }
                }
            }
            _ => while !stop.wait(LOOK) && self.book().changes == changes {},
        }
        Ok(After::Close)
    }
}

#[cfg(test)]
mod tests;
