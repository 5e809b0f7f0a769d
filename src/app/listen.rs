//! Binds what the configuration says to listen on, before there is a runtime or a thread, and says why that cannot be.

use std::io;
use std::net::{SocketAddr, TcpListener};

use anyhow::anyhow;
use nix::sys::socket::{Backlog, listen};

/// A listener for each address.
///
/// # Errors
/// The first address that cannot be listened on, and what to do about it.
pub fn bind(addresses: &[SocketAddr]) -> anyhow::Result<Vec<TcpListener>> {
    addresses.iter().map(|address| listener(*address)).collect()
}

fn listener(address: SocketAddr) -> anyhow::Result<TcpListener> {
    // The standard library sets SO_REUSEADDR, so that starting anew does not wait for the last connections to be gone.
    let bound = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        // The standard library's 128 are too few for a crowd that comes at once; the kernel has a cap of its own.
        listen(&listener, Backlog::new(1024)?)?;
        Ok(listener)
    });
    bound.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => anyhow!(
            "cannot listen on {address}: another program has this port, perhaps another lanlord; stop that, or choose \
             another with `--web.listen-address`"
        ),
        io::ErrorKind::PermissionDenied => anyhow!(
            "cannot listen on {address}: ports below 1024 need root or the capability CAP_NET_BIND_SERVICE; choose a higher \
             one with `--web.listen-address`"
        ),
        io::ErrorKind::AddrNotAvailable => anyhow!("cannot listen on {address}: this machine has no such address"),
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}
