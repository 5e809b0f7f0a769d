//! How many connections a client on this machine holds, as the kernel tells.
//!
//! Deliberately does not count at the receiver's end: that learns late that a client has gone, or never where it does
//! not read, so that a client that closes one connection and opens the next would seem to have two.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, SocketAddr};

/// Connections to an address that some process of this machine holds: those that nobody holds any more have no inode.
/// With `left` also those that nobody holds and that the kernel still brings to their end. None that it sees for clients
/// elsewhere.
pub fn held(server: SocketAddr, left: bool) -> usize {
    let table = match server.ip() {
        IpAddr::V4(_) => "/proc/net/tcp",
        IpAddr::V6(_) => "/proc/net/tcp6",
    };
    count(&fs::read_to_string(table).unwrap_or_default(), &as_the_kernel_writes(server), left)
}

/// Columns by proc_pid_net(5): the local address is the second, the remote one the third, the state the fourth, the inode
/// the tenth. The states by the kernel's tcp_states.h: 4 and 5 are those that wait for the end of the other side. Who reads
/// a long table while connections come and go can see one of them twice.
fn count(table: &str, remote: &str, left: bool) -> usize {
    let held = |line| {
        let columns: Vec<&str> = str::split_whitespace(line).collect();
        let waits = left && columns.get(3).is_some_and(|state| matches!(*state, "04" | "05"));
        let is_held = columns.get(9).is_some_and(|inode| *inode != "0");
        let own = columns.get(2) == Some(&remote) && (is_held || waits);
        own.then(|| columns[1])
    };
    table.lines().filter_map(held).collect::<BTreeSet<_>>().len()
}

/// Words of 32 bits as they lie in memory, then the port.
fn as_the_kernel_writes(address: SocketAddr) -> String {
    let octets = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let words = octets.chunks(4).map(|word| {
        let word = word.iter().rev().fold(0_u32, |sum, &octet| sum << 8 | u32::from(octet));
        // Little-endian machines write it so; what lies in memory is the same on all.
        format!("{:08X}", if cfg!(target_endian = "little") { word } else { word.swap_bytes() })
    });
    format!("{}:{:04X}", words.collect::<String>(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    /// From a machine: one that is held (twice), one that was closed while data waited, and the server's end of the first.
    #[test]
    fn what_nobody_holds_any_more_is_not_counted() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:A0C2 0100007F:07D3 01 00000000:00000000 00:00000000 00000000  1000        0 51234 1 0 20 4 30 10 -1\n   \
            1: 0100007F:A0C4 0100007F:07D3 04 0027FFCB:00000000 01:00000014 00000000     0        0 0 3 0 20 4 0 10 -1\n   \
            2: 0100007F:A0C2 0100007F:07D3 01 00000000:00000000 00:00000000 00000000  1000        0 51234 1 0 20 4 30 10 -1\n   \
            3: 0100007F:07D3 0100007F:A0C2 01 00000000:00000000 00:00000000 00000000  1000        0 51235 1 0 20 4 30 10 -1\n";
        let server = as_the_kernel_writes(([127, 0, 0, 1], 2003).into());
        assert_eq!(count(table, &server, false), 1);
        assert_eq!(count(table, &server, true), 2);
    }

    #[test]
    fn connections_of_this_machine_are_seen() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let server = listener.local_addr().unwrap();
            assert_eq!(held(server, false), 0);
            let first = TcpStream::connect(server).unwrap();
            assert_eq!(held(server, false), 1, "{address}");
            let second = TcpStream::connect(server).unwrap();
            assert_eq!(held(server, false), 2, "{address}");
            drop((first, second));
            assert_eq!(held(server, false), 0, "{address}");
        }
    }
}
