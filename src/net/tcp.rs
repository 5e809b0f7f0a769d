//! Reaching a host over TCP: what its name says, and then one address after the other. What is said there, and whether to
//! try again, is the caller's matter.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::failure::{Cause, Step};
use super::patience::Patience;
use super::place::bracketed;
use crate::clock::Stopwatch;
use crate::text;

/// A host in a home has an address or two; whoever gives more wants to keep us busy.
const ADDRESSES_MAX: usize = 8;

/// Tries the addresses one after the other, as the resolver has them; each gets a fair part of the time that is left.
/// `host` is a name or an address, IPv6 without brackets. Also says how long connecting took, without the resolver: about
/// as long as a word there and back takes.
///
/// # Errors
/// [`Cause::Resolve`], [`Cause::Connect`] and [`Cause::Timeout`].
pub async fn reach(host: &str, port: u16, patience: &Patience) -> Result<(TcpStream, Duration), Cause> {
    let addresses = look_up(host, port, patience).await?;
    let mut failed = Cause::Resolve("the name has no address".to_owned());
    for (tried, &address) in addresses.iter().enumerate() {
        // Never divides by zero: this one has not been tried.
        let others = u32::try_from(addresses.len() - tried).unwrap_or(1);
        let watch = Stopwatch::start();
        failed = match timeout(patience.left() / others, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, watch.elapsed())),
            Ok(Err(error)) => Cause::Connect { address, error },
            Err(_) => patience.over(Step::Connect),
        };
    }
    Err(failed)
}

/// Looks up where a host is, for those who may connect there and nowhere else: its first address of IPv4 if it has one,
/// since what is asked in this way is old, or else of IPv6.
///
/// # Errors
/// [`Cause::Resolve`] and [`Cause::Timeout`].
pub async fn resolve(host: &str, port: u16, patience: &Patience) -> Result<SocketAddr, Cause> {
    let addresses = look_up(host, port, patience).await?;
    let address = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    address.copied().ok_or_else(|| Cause::Resolve("the name has no address".to_owned()))
}

async fn look_up(host: &str, port: u16, patience: &Patience) -> Result<Vec<SocketAddr>, Cause> {
    let found = patience.within(Step::Resolve, addresses(host, port)).await?;
    found.map_err(|error| Cause::Resolve(error.to_string()))
}

/// What the resolver says, however long that takes it.
///
/// # Errors
/// Those of the resolver.
pub async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(lookup_host((host, port)).await?.take(ADDRESSES_MAX).collect())
}

/// Host and port as a person would write them, and where that is when it is elsewhere; for messages.
pub fn place(host: &str, port: u16, elsewhere: Option<&str>) -> String {
    let at = elsewhere.map_or_else(String::new, |other| format!(" (at {other})"));
    let place = format!("{}:{port}{at}", bracketed(host));
    // A box may say itself what it is called.
    text::cut(&text::plain(&place), 300)
}
