//! A bell that rings when an interface comes, goes, or changes, or gets another address: a netlink socket
//! (rtnetlink(7)).
//!
//! What the messages say is not read: whoever hears the bell looks for himself.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};

/// Whose messages ring it.
const GROUPS: u32 = (libc::RTMGRP_LINK | libc::RTMGRP_IPV4_IFADDR | libc::RTMGRP_IPV6_IFADDR) as u32;

/// The bell.
#[derive(Debug)]
pub struct Links(OwnedFd);

impl Links {
    /// Begins to listen.
    ///
    /// # Errors
    /// When the machine has no more descriptors, or no netlink.
    pub fn watch() -> io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Netlink, SockType::Raw, flags, SockProtocol::NetlinkRoute)?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, GROUPS))?;
        Ok(Self(socket))
    }

    /// Takes what has come. A message that was lost for want of room rings the bell as well.
    pub fn drain(&self) {
        let mut message = [0; 4096];
        // Ends when nothing is left, and at the latest when a busy machine has had its turn.
        for _ in 0..64 {
            if recv(self.0.as_raw_fd(), &mut message, MsgFlags::empty()).is_err() {
                break;
            }
        }
    }
}

impl AsFd for Links {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
