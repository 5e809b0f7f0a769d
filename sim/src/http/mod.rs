//! A small, strict HTTP/1.1 server that can misbehave on demand: one thread per connection, plain or TLS.
//!
//! Deliberately not a web server: no routing, no compression, no files. What is answered is the [`Site`]'s business.

pub mod reply;
pub mod request;
pub mod stop;

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use openssl::ssl::{Ssl, SslContext};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::{Domain, SockRef, Socket, Type};

use crate::pace;
use crate::tls::old;
use reply::{After, Reply};
use request::{NoRequest, Request};
use stop::Stop;

/// More connections than any test makes; whoever comes then is turned away.
const MOST_CONNECTIONS: usize = 64;
/// How long a connection is kept that says nothing.
const IDLE: Duration = Duration::from_secs(75);
/// How long opening and closing may take before we go on without them.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is served.
pub trait Site: Send + Sync + 'static {
    /// How a new connection begins.
    fn greeting(&self) -> Greeting {
        Greeting::Plain
    }
    /// What a request is answered.
    fn answer(&self, _request: &Request) -> Reply {
        Reply::new(404, "")
    }
    /// The answer is written, as far as it ever will be.
    fn answered(&self) {}
    /// Somebody has connected; called before the next one can.
    fn connected(&self, _stream: &TcpStream) {}
    /// A handshake of OpenSSL has ended: protocol and cipher, or what went wrong.
    fn shook_hands(&self, _peer: SocketAddr, _outcome: Result<String, String>) {}
    /// So many bytes of somebody have come that are meant for us, after TLS if there is any.
    fn heard(&self, _peer: SocketAddr, _bytes: usize) {}
    /// Somebody who had connected is gone.
    fn gone(&self, _peer: SocketAddr) {}
    /// Whether a connection waits, unheard, until the one before it has ended.
    fn one_at_a_time(&self) -> bool {
        false
    }
    /// The longest body of a request, in bytes.
    fn longest_body(&self) -> usize {
        request::LONGEST_BODY
    }
    /// Talks with whoever is greeted with [`Greeting::Raw`], and says what becomes of the connection.
    ///
    /// # Errors
    /// When the connection fails, which is the client's good right.
    fn converse(&self, _stream: &TcpStream, _stop: &Stop) -> io::Result<After> {
        Ok(After::Close)
    }
}

/// How a connection begins.
pub enum Greeting {
    /// With the request.
    Plain,
    /// With TLS 1.2 or 1.3.
    Tls(Arc<ServerConfig>),
    /// With whatever OpenSSL was told to speak, which may be older than rustls likes.
    OpenSsl(SslContext),
    /// As a server does that knows nothing newer than TLS 1.0.
    OldTls,
    /// It is no HTTP: see [`Site::converse`].
    Raw,
}

/// A server that listens until it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

struct Shared {
    site: Arc<dyn Site>,
    stop: Stop,
    /// Shared by the listener's thread and whoever opens and closes; held for a moment only.
    door: Mutex<Door>,
    moved: Condvar,
    /// Whether a connection is being heard that others wait for; held for a moment only.
    busy: Mutex<bool>,
    freed: Condvar,
    /// All connections, for closing them; held for a moment only.
    streams: Mutex<HashMap<u64, TcpStream>>,
}

struct Door {
    closed_until: Option<Instant>,
    bound: bool,
}

impl Server {
    /// Listens at an address; port 0 is any free port.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub fn start(address: SocketAddr, site: Arc<dyn Site>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            site,
            stop: Stop::default(),
            door: Mutex::new(Door { closed_until: None, bound: true }),
            moved: Condvar::new(),
            busy: Mutex::default(),
            freed: Condvar::new(),
            streams: Mutex::default(),
        });
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new().name(format!("listen {}", address.port()));
        let listener = thread.spawn(move || own.listen(listener, address))?;
        Ok(Self { address, shared, listener: Some(listener) })
    }

    /// Where it listens, or would.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes all connections and refuses new ones for so long (of real time).
    pub fn refuse(&self, time: Duration) {
        self.shared.door().closed_until = Some(pace::now() + time);
        self.wake();
        let wait = self.shared.moved.wait_timeout_while(self.shared.door(), PATIENCE, |door| door.bound);
        drop(wait.unwrap_or_else(PoisonError::into_inner));
        self.shared.hang_up();
    }

    /// Ends a refusal.
    pub fn open(&self) {
        self.shared.door().closed_until = None;
        self.shared.moved.notify_all();
        let wait = self.shared.moved.wait_timeout_while(self.shared.door(), PATIENCE, |door| !door.bound);
        drop(wait.unwrap_or_else(PoisonError::into_inner));
    }

    /// Closes all connections.
    pub fn hang_up(&self) {
        self.shared.hang_up();
    }

    /// Lets the listener look at the door again.
    fn wake(&self) {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        // Refused means that nobody waits for us.
        let _ = TcpStream::connect_timeout(&(ip, self.address.port()).into(), PATIENCE);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.give();
        // Under the lock, so that a listener about to wait does not miss it.
        drop(self.shared.door());
        self.shared.moved.notify_all();
        drop(self.shared.busy());
        self.shared.freed.notify_all();
        self.wake();
        self.shared.hang_up();
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        self.shared.hang_up();
    }
}

/// Has an address for itself, where connections are refused.
fn reserve(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    // From now on nobody who wants any port is given this one.
    socket.set_reuse_address(false)?;
    Ok(socket)
}

impl Shared {
    fn door(&self) -> MutexGuard<'_, Door> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn streams(&self) -> MutexGuard<'_, HashMap<u64, TcpStream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn busy(&self) -> MutexGuard<'_, bool> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hang_up(&self) {
        for stream in self.streams().values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn listen(self: Arc<Self>, listener: TcpListener, address: SocketAddr) {
        let mut listener = Some(listener);
        let mut reserved = None;
        let mut next = 0;
        while !self.stop.given() {
            let Some(open) = &listener else {
                listener = self.wait_and_listen(&mut reserved, address);
                continue;
            };
            let accepted = open.accept();
            if self.stop.given() {
                break;
            }
            if self.door().closed_until.is_some() {
                listener = None;
                // Whoever takes the port meanwhile would get what is meant for us.
                reserved = reserve(address).ok();
                self.door().bound = false;
                self.moved.notify_all();
                continue;
            }
            match accepted {
                Ok((stream, peer)) => {
                    next += 1;
                    self.site.connected(&stream);
                    self.receive(next, stream, peer);
                }
                Err(_) => {
                    self.stop.wait(Duration::from_millis(10));
                }
            }
        }
    }

    /// None when it is not time yet, or when somebody else has the port for the moment.
    fn wait_and_listen(&self, reserved: &mut Option<Socket>, address: SocketAddr) -> Option<TcpListener> {
        let mut door = self.door();
        if let Some(until) = door.closed_until {
            let left = until.saturating_duration_since(pace::now());
            if !left.is_zero() {
                let wait = self.moved.wait_timeout_while(door, left, |door| {
                    door.closed_until == Some(until) && !self.stop.given()
                });
                drop(wait);
                return None;
            }
            door.closed_until = None;
        }
        drop(door);
        let Ok(socket) = reserved.take().map_or_else(|| reserve(address), Ok) else {
            self.stop.wait(Duration::from_millis(20));
            return None;
        };
        // Connections that have not quite ended would be in the way. As many may wait as std lets wait.
        socket.set_reuse_address(true).and_then(|()| socket.listen(128)).ok()?;
        self.door().bound = true;
        self.moved.notify_all();
        Some(socket.into())
    }

    fn receive(self: &Arc<Self>, id: u64, stream: TcpStream, peer: SocketAddr) {
        let Ok(kept) = stream.try_clone() else { return };
        {
            let mut streams = self.streams();
            if streams.len() >= MOST_CONNECTIONS {
                drop(streams);
                self.site.gone(peer);
                return;
            }
            streams.insert(id, kept);
        }
        let own = Arc::clone(self);
        let thread = thread::Builder::new().name(format!("connection {id}"));
        let thread = thread.spawn(move || {
            // What fails here fails because the client has gone.
            let _ = own.in_turn(stream, peer);
            own.site.gone(peer);
            own.streams().remove(&id);
        });
        if thread.is_err() {
            self.site.gone(peer);
            self.streams().remove(&id);
        }
    }

    fn in_turn(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        if !self.site.one_at_a_time() {
            return self.converse(stream, peer);
        }
        let wait = self.freed.wait_while(self.busy(), |busy| *busy && !self.stop.given());
        *wait.unwrap_or_else(PoisonError::into_inner) = true;
        let ended = self.converse(stream, peer);
        *self.busy() = false;
        self.freed.notify_one();
        ended
    }

    fn converse(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        stream.set_read_timeout(Some(IDLE))?;
        stream.set_nodelay(true)?;
        let mut raw = stream.try_clone()?;
        let after = match self.site.greeting() {
            Greeting::Plain => self.talk(stream, peer, false)?.1,
            Greeting::Tls(config) => {
                let session = ServerConnection::new(config).map_err(io::Error::other)?;
                let (mut stream, after) = self.talk(StreamOwned::new(session, stream), peer, true)?;
                // Before that, flushing would wait for a client that does not speak TLS.
                if after == After::Close && !stream.conn.is_handshaking() {
                    stream.conn.send_close_notify();
                    stream.flush()?;
                }
                after
            }
            Greeting::OpenSsl(context) => {
                let accepted = Ssl::new(&context).map_err(io::Error::other)?.accept(stream);
                let outcome = match &accepted {
                    Ok(stream) => {
                        let cipher = stream.ssl().current_cipher().map_or("none", |cipher| cipher.name());
                        Ok(format!("{} {cipher}", stream.ssl().version_str()))
                    }
                    Err(error) => Err(error.to_string()),
                };
                self.site.shook_hands(peer, outcome);
                let (mut stream, after) = self.talk(accepted.map_err(io::Error::other)?, peer, true)?;
                if after == After::Close {
                    // Whether the client still listens is its own business.
                    let _ = stream.shutdown();
                }
                after
            }
            Greeting::OldTls => {
                old::greet(&mut raw)?;
                After::Silence
            }
            Greeting::Raw => self.site.converse(&stream, &self.stop)?,
        };
        match after {
            After::Reset => SockRef::from(&raw).set_linger(Some(Duration::ZERO))?,
            After::Silence => {
                // Until the client gives up, or we are stopped, which shuts the connection down.
                raw.set_read_timeout(None)?;
                while raw.read(&mut [0; 1024])? > 0 {}
            }
            After::Open | After::Close => {}
        }
        Ok(())
    }

    fn talk<S: Read + Write>(&self, stream: S, peer: SocketAddr, secure: bool) -> io::Result<(S, After)> {
        let heard = Heard { stream, site: self.site.as_ref(), peer };
        let (stream, after) = self.exchange(BufReader::new(heard), peer, secure)?;
        Ok((stream.into_inner().stream, after))
    }

    fn exchange<S: Read + Write>(
        &self,
        mut stream: BufReader<S>,
        peer: SocketAddr,
        secure: bool,
    ) -> io::Result<(BufReader<S>, After)> {
        loop {
            let (reply, keep_alive) = match request::read(&mut stream, peer, secure, self.site.longest_body())
            {
                Ok(request) => (self.site.answer(&request), request.keep_alive),
                Err(NoRequest::Gone) => return Ok((stream, After::Close)),
                Err(NoRequest::Wrong(status)) => {
                    let reply = Reply::new(status, format!("<html><h1>{status}</h1></html>\r\n"));
                    reply::write(stream.get_mut(), &reply, false, &self.stop)?;
                    return Ok((stream, After::Close));
                }
            };
            let after = reply::write(stream.get_mut(), &reply, keep_alive, &self.stop);
            if !matches!(after, Ok(After::Silence)) {
                self.site.answered();
            }
            match after? {
                After::Open => {}
                After::Silence => {
                    // A request that is never answered counts as being answered until the client gives up.
                    let _ = stream.fill_buf();
                    self.site.answered();
                    return Ok((stream, After::Silence));
                }
                after => return Ok((stream, after)),
            }
        }
    }
}

/// Tells the site how much is heard of whom.
struct Heard<'a, S> {
    stream: S,
    site: &'a dyn Site,
    peer: SocketAddr,
}

impl<S: Read> Read for Heard<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.stream.read(buffer)?;
        self.site.heard(self.peer, bytes);
        Ok(bytes)
    }
}

impl<S: Write> Write for Heard<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
