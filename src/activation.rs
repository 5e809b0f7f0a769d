//! Listeners that the service manager has opened for us: sd_listen_fds(3), "socket activation".
//!
//! It neither binds nor accepts. Names of sockets mean nothing here: each is one more place where lanlord listens.

use std::net::TcpListener;

use listenfd::ListenFd;
use nix::sys::socket::{getsockopt, sockopt};

/// A socket on which lanlord cannot listen.
#[derive(Debug, thiserror::Error)]
#[error(
    "the service manager gives us as socket {number} of {count} what is not listening for TCP ({why}); write `ListenStream=` \
     with a port or an address and a port, and `Accept=no`"
)]
pub struct Unusable {
    number: usize,
    count: usize,
    why: String,
}

/// All listeners that were handed to this process, ready for a runtime; none if it was started without. To be asked
/// once, before there is a second thread: the variables that say so are taken out of the environment.
///
/// # Errors
/// When something else was handed over.
pub fn listeners() -> Result<Vec<TcpListener>, Unusable> {
    let mut given = ListenFd::from_env();
    let count = given.len();
    let usable = |index: usize| {
        let why = |why: String| Unusable { number: index + 1, count, why };
        let listener = given.take_tcp_listener(index).map_err(|error| why(error.to_string()))?;
        let listener = listener.ok_or_else(|| why("it is missing".to_owned()))?;
        match getsockopt(&listener, sockopt::AcceptConn) {
            Ok(true) => {}
            Ok(false) => return Err(why("it is a connection".to_owned())),
            Err(error) => return Err(why(error.to_string())),
        }
        listener.set_nonblocking(true).map_err(|error| why(error.to_string()))?;
        Ok(listener)
    };
    (0..count).map(usable).collect()
}
