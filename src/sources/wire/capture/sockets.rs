//! Packet sockets, opened while we may: afterwards the right to open any is given up (`CAP_NET_RAW`), and a reload that
//! adds an interface takes one from here.
//!
//! A socket that is not needed any more comes back, so that no number of reloads uses them up.
//!
//! They give nothing away that we could have kept from ourselves: a packet socket may be bound to any interface at any
//! time, so the one that is in use is worth as much as a spare one.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// Packet sockets in reserve; clones share them. Without any it opens new ones, as long as that is allowed.
#[derive(Clone, Debug, Default)]
pub struct Sockets {
    /// Held only to take one out.
    reserve: Arc<Mutex<Vec<OwnedFd>>>,
}

impl Sockets {
    /// As many as can be had now, up to a number. Without the right to open them, none: who needs one will be told.
    pub fn reserve(count: usize) -> Self {
        let reserve = (0..count).map_while(|_| open().ok()).collect();
        Self { reserve: Arc::new(Mutex::new(reserve)) }
    }

    /// One of the reserve, or else a new one. It receives nothing before it is bound.
    ///
    /// # Errors
    /// `EPERM` without the right to open one and without a reserve.
    pub fn take(&self) -> io::Result<OwnedFd> {
        let spare = self.reserve.lock().unwrap_or_else(PoisonError::into_inner).pop();
        spare.map_or_else(open, Ok)
    }

    /// Keeps one that is not needed any more, and that hears nothing.
    pub fn put_back(&self, socket: OwnedFd) {
        let mut reserve = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        if reserve.len() < MOST {
            reserve.push(socket);
        }
    }
}

/// More than a reload takes at once; where sockets can be opened at will, none needs to be kept.
const MOST: usize = 64;

fn open() -> io::Result<OwnedFd> {
    // Protocol 0 hears nothing.
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    Ok(socket(AddressFamily::Packet, SockType::Raw, flags, None)?)
}
