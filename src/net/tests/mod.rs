//! A host that misbehaves on purpose, on the loopback, for the tests of `net` and of who uses it. It shares nothing with the client but the
//! machine.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Builder;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::http::{Answer, Body, Client, Over, Request, Target};
use super::tls::Tls;

mod failing;
mod http;
#[cfg(feature = "legacy-tls")]
mod legacy;
pub(crate) mod trust;
#[cfg(not(feature = "legacy-tls"))]
mod without_legacy;

/// More than any test needs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A connection as the box sees it.
pub(crate) trait Wire: Read + Write + Send {
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for StreamOwned<ServerConnection, TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref()
    }
}

/// A box: each connection has a thread, and is numbered from 1.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn new(serve: impl Fn(&mut dyn Wire, usize) + Send + Sync + 'static) -> Self {
        let on = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self::on(on, move |mut tcp, number| serve(&mut tcp, number))
    }

    pub(crate) fn with_tls(
        config: ServerConfig,
        serve: impl Fn(&mut dyn Wire, usize) + Send + Sync + 'static,
    ) -> Self {
        let on = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self::with_tls_on(on, config, serve)
    }

    fn with_tls_on(
        on: TcpListener,
        config: ServerConfig,
        serve: impl Fn(&mut dyn Wire, usize) + Send + Sync + 'static,
    ) -> Self {
        let config = Arc::new(config);
        Self::on(on, move |tcp, number| {
            let session = ServerConnection::new(config.clone()).unwrap();
            serve(&mut StreamOwned::new(session, tcp), number);
        })
    }

    pub(crate) fn on(
        listener: TcpListener,
        serve: impl Fn(TcpStream, usize) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let (accepted, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, is_over, serve) = (accepted.clone(), over.clone(), Arc::new(serve));
        let listen = move || {
            while let Ok((tcp, _)) = listener.accept() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let number = count.fetch_add(1, Ordering::Relaxed) + 1;
                let serve = serve.clone();
                Builder::new().spawn(move || serve(tcp, number)).unwrap();
            }
        };
        Builder::new().spawn(listen).unwrap();
        Self { address, accepted, over }
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    fn target(&self, over: Over) -> Target {
        Target { host: self.address.ip().to_string(), port: self.address.port(), connect_to: None, over }
    }

    fn client(&self, connections: usize) -> Client {
        Client::new(self.target(Over::Tcp), connections)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

/// Reads one request, head and body; none where the client has closed.
pub(crate) fn listen(wire: &mut dyn Wire) -> Option<String> {
    let mut said = Vec::new();
    let mut octet = [0];
    while !said.ends_with(b"\r\n\r\n") {
        match wire.read(&mut octet) {
            Ok(1) => said.push(octet[0]),
            _ => return None,
        }
    }
    let head = String::from_utf8(said).unwrap();
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    wire.read_exact(&mut body).ok()?;
    Some(head + std::str::from_utf8(&body).unwrap())
}

pub(crate) fn say(wire: &mut dyn Wire, text: &str) {
    // The client may be gone.
    let _ = wire.write_all(text.as_bytes()).and_then(|()| wire.flush());
}

/// Answers everything with the same.
pub(crate) fn always(text: &str) -> impl Fn(&mut dyn Wire, usize) + Send + Sync + use<> {
    let text = text.to_owned();
    move |wire, _| {
        while listen(wire).is_some() {
            say(wire, &text);
        }
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/// Runs as the daemon does: on one thread.
pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn get(path: &str) -> Request<'_> {
    Request { method: "GET", path, secret: None, repeatable: true, body: None, limit: 1000 }
}

#[track_caller]
fn check_ok(client: &Client) -> Answer {
    let answer = run(client.fetch(get("/"), PATIENCE)).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"{}".as_slice()));
    answer
}

/// A listener on the loopback of IPv6, where there is one.
pub(crate) fn on_ipv6() -> Option<TcpListener> {
    let listener = TcpListener::bind((IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1u16]), 0)).ok();
    if listener.is_none() {
        eprintln!("NOT RUN: this machine has no ::1");
    }
    listener
}
