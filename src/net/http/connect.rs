//! Opening a connection: the address, TCP, TLS, HTTP.

use std::net::SocketAddr;

use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::connection::{Connection, Stream};
use super::patience::Patience;
use super::{Cause, Step, Target};
use crate::net::failure::{HEAD_MAX, HEADERS_MAX};
use crate::net::tls::Tls;
use crate::net::tls::refusal::Refusal;

/// A box has an address or two; whoever gives more wants to keep us busy.
const ADDRESSES_MAX: usize = 8;

/// Opens one.
pub async fn connect(target: &Target, patience: &Patience) -> Result<Connection, Cause> {
    let tcp = reach(target, patience).await?;
    // Answers come a little later without it, and nothing else happens.
    let _ = tcp.set_nodelay(true);
    let stream = match &target.tls {
        Some(tls) => shake_hands(tls, tcp, patience).await?,
        None => Stream::plain(tcp),
    };
    let heard = stream.heard();
    let handshake = http1::Builder::new()
        .max_headers(HEADERS_MAX)
        .max_header_size(HEAD_MAX)
        .max_buf_size(HEAD_MAX)
        .handshake(TokioIo::new(stream))
        .await;
    // Nothing is said before the first request, so that this has no way to fail.
    let (sender, driver) = handshake.map_err(|error| Cause::of_head(&error, false))?;
    Ok(Connection::new(sender, driver, heard))
}

/// Tries the addresses one after the other, as the resolver has them; each gets a fair part of the time that is left.
async fn reach(target: &Target, patience: &Patience) -> Result<TcpStream, Cause> {
    let host = target.connect_to.as_ref().unwrap_or(&target.host);
    let found = patience.within(Step::Resolve, lookup_host((host.as_str(), target.port))).await?;
    let found = found.map_err(|error| Cause::Resolve(error.to_string()))?;
    let addresses: Vec<SocketAddr> = found.take(ADDRESSES_MAX).collect();
    let mut failed = Cause::Resolve("the name has no address".to_owned());
    for (tried, &address) in addresses.iter().enumerate() {
        // Never divides by zero: this one has not been tried.
        let others = u32::try_from(addresses.len() - tried).unwrap_or(1);
        failed = match timeout(patience.left() / others, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => Cause::Connect { address, error },
            Err(_) => patience.over(Step::Connect),
        };
    }
    Err(failed)
}

async fn shake_hands(tls: &Tls, tcp: TcpStream, patience: &Patience) -> Result<Stream, Cause> {
    let connector = TlsConnector::from(tls.config.clone());
    match patience.within(Step::Handshake, connector.connect(tls.name.clone(), tcp)).await? {
        Ok(stream) => Ok(Stream::secure(stream)),
        Err(error) => Err(match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(inner) => Cause::Tls(Box::new(Refusal::new(inner, tls))),
            None if error.kind() == std::io::ErrorKind::UnexpectedEof => Cause::Closed,
            None => Cause::Broken(error),
        }),
    }
}
