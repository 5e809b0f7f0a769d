//! Addresses as people write them, in a file or on the command line: where to listen, and whom to count.
//!
//! What is wrong with one is said with the form that would be right. No name is ever looked up.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

use super::problem::{Invalid, quote};

/// The port we listen on unless told otherwise.
pub(super) const DEFAULT_PORT: u16 = 9938;

/// Reads an address and port to listen on, such as `127.0.0.1:9938` or `[::]:9938`.
pub fn parse_listen(text: &str) -> Result<SocketAddr, Invalid> {
    text.parse().map_err(|_| Invalid(format!("{} {}", quote(text), listen_advice(text))))
}

fn listen_advice(text: &str) -> String {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) if bare == text => return bare_v6_advice(text, address),
        Ok(address) => return format!("has no port; write `{}`", SocketAddr::new(address, DEFAULT_PORT)),
        Err(_) => {}
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None if text.parse::<u16>().is_ok() => ("", text),
        None if is_host_name(text) => (text, "9938"),
        None => {
            return "is not an address and port; write it like `127.0.0.1:9938` or `[::1]:9938`".to_owned();
        }
    };
    if port.parse::<u16>().is_err() {
        return format!("ends in {}, which is not a port; write a number from 0 to 65535 there", quote(port));
    }
    match host {
        "" | "*" => format!("has no address; write `127.0.0.1:{port}`, or `[::]:{port}` for all interfaces"),
        "localhost" => format!("is a host name; write `127.0.0.1:{port}` or `[::1]:{port}`"),
        _ if host.parse::<Ipv6Addr>().is_ok() => format!("lacks brackets; write `[{host}]:{port}`"),
        _ if is_host_name(host) => {
            format!("is a host name; write an address of this machine, such as `127.0.0.1:{port}`")
        }
        _ => format!("is not an address and port; write it like `127.0.0.1:{port}` or `[::1]:{port}`"),
    }
}

/// `::1:9938` is an address without a port, and most likely not meant as one.
fn bare_v6_advice(text: &str, address: Ipv6Addr) -> String {
    let split = text.rsplit_once(':').filter(|(_, port)| port.len() > 2 && port.parse::<u16>().is_ok());
    match split.and_then(|(host, port)| Some((host.parse::<Ipv6Addr>().ok()?, port))) {
        Some((host, port)) => {
            format!("lacks brackets; write `[{host}]:{port}` or `[{address}]:{DEFAULT_PORT}`")
        }
        None => format!("has no port; write `[{address}]:{DEFAULT_PORT}`"),
    }
}

/// Letters, digits, hyphens and dots, and a letter among them: nothing that was meant as an address.
fn is_host_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Reads a network in CIDR notation. Host bits are taken and masked, so that `192.168.1.7/24`, as `ip address`
/// prints it, is `192.168.1.0/24`.
pub fn parse_prefix(text: &str) -> Result<IpNet, Invalid> {
    match text.parse::<IpNet>() {
        Ok(network) => Ok(network.trunc()),
        Err(_) => Err(Invalid(format!("{} {}", quote(text), prefix_advice(text)))),
    }
}

fn prefix_advice(text: &str) -> String {
    const EXAMPLE: &str = "is not a network in CIDR notation; write it like `192.168.1.0/24` or `fd00::/8`";
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let Ok(address) = address.parse::<IpAddr>() else {
        return EXAMPLE.to_owned();
    };
    let (usual, longest) = match address {
        IpAddr::V4(_) => (24, 32),
        IpAddr::V6(_) => (64, 128),
    };
    let network =
        |length| IpNet::new(address, length).map(|network| network.trunc().to_string()).unwrap_or_default();
    match length {
        None => format!(
            "has no prefix length; write `{}` for its network or `{}` for this address alone",
            network(usual),
            network(longest),
        ),
        Some(length) => {
            let mask = length.parse().ok().and_then(|mask| IpNet::with_netmask(address, mask).ok());
            match mask {
                Some(network) => format!("has a netmask; write `{}`", network.trunc()),
                None => format!(
                    "ends in {}, which is not a prefix length; write a number from 0 to {longest} there",
                    quote(length)
                ),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_and_port_can_be_listened_on() {
        for text in ["127.0.0.1:9938", "0.0.0.0:80", "[::]:9938", "[fd00::1]:0", "[fe80::1%2]:9938"] {
            assert_eq!(parse_listen(text).unwrap().to_string(), text);
        }
    }

    fn check_listen(text: &str, complaint: &str) {
        assert_eq!(parse_listen(text).unwrap_err().to_string(), complaint);
    }

    #[test]
    #[rustfmt::skip]
    fn a_listen_address_that_is_none_gets_its_correct_form() {
        check_listen("127.0.0.1", "`127.0.0.1` has no port; write `127.0.0.1:9938`");
        check_listen("::1", "`::1` has no port; write `[::1]:9938`");
        check_listen("[::1]", "`[::1]` has no port; write `[::1]:9938`");
        check_listen("::", "`::` has no port; write `[::]:9938`");
        check_listen("::1:9938", "`::1:9938` lacks brackets; write `[::1]:9938` or `[::1:9938]:9938`");
        check_listen("::1:12345", "`::1:12345` lacks brackets; write `[::1]:12345`");
        check_listen("9938", "`9938` has no address; write `127.0.0.1:9938`, or `[::]:9938` for all interfaces");
        check_listen(":80", "`:80` has no address; write `127.0.0.1:80`, or `[::]:80` for all interfaces");
        check_listen("*:80", "`*:80` has no address; write `127.0.0.1:80`, or `[::]:80` for all interfaces");
        check_listen("localhost:80", "`localhost:80` is a host name; write `127.0.0.1:80` or `[::1]:80`");
        check_listen("localhost", "`localhost` is a host name; write `127.0.0.1:9938` or `[::1]:9938`");
        check_listen("nas.lan:80", "`nas.lan:80` is a host name; write an address of this machine, such as `127.0.0.1:80`");
        check_listen("127.0.0.1:99999", "`127.0.0.1:99999` ends in `99999`, which is not a port; write a number from 0 to 65535 there");
        check_listen("127.0.0.1:80/metrics", "`127.0.0.1:80/metrics` ends in `80/metrics`, which is not a port; write a number from 0 to 65535 there");
        check_listen("http://127.0.0.1:80", "`http://127.0.0.1:80` is not an address and port; write it like `127.0.0.1:80` or `[::1]:80`");
        check_listen("127.0.1", "`127.0.1` is not an address and port; write it like `127.0.0.1:9938` or `[::1]:9938`");
        check_listen("", "`` is not an address and port; write it like `127.0.0.1:9938` or `[::1]:9938`");
    }

    #[test]
    fn host_bits_are_masked() {
        for (text, network) in [
            ("192.168.1.7/24", "192.168.1.0/24"),
            ("10.0.0.1/32", "10.0.0.1/32"),
            ("10.1.2.3/0", "0.0.0.0/0"),
            ("fd12:3456::1/8", "fd00::/8"),
            ("2001:db8::1/128", "2001:db8::1/128"),
        ] {
            assert_eq!(parse_prefix(text).unwrap().to_string(), network);
        }
    }

    fn check_prefix(text: &str, complaint: &str) {
        assert_eq!(parse_prefix(text).unwrap_err().to_string(), complaint);
    }

    #[test]
    #[rustfmt::skip]
    fn a_network_that_is_none_gets_its_correct_form() {
        check_prefix("192.168.1.7", "`192.168.1.7` has no prefix length; write `192.168.1.0/24` for its network or `192.168.1.7/32` for this address alone");
        check_prefix("fd00::7", "`fd00::7` has no prefix length; write `fd00::/64` for its network or `fd00::7/128` for this address alone");
        check_prefix("10.1.2.3/255.255.0.0", "`10.1.2.3/255.255.0.0` has a netmask; write `10.1.0.0/16`");
        check_prefix("10.0.0.0/255.0.255.0", "`10.0.0.0/255.0.255.0` ends in `255.0.255.0`, which is not a prefix length; write a number from 0 to 32 there");
        check_prefix("10.0.0.0/33", "`10.0.0.0/33` ends in `33`, which is not a prefix length; write a number from 0 to 32 there");
        check_prefix("fd00::/129", "`fd00::/129` ends in `129`, which is not a prefix length; write a number from 0 to 128 there");
        check_prefix("10.0.0/8", "`10.0.0/8` is not a network in CIDR notation; write it like `192.168.1.0/24` or `fd00::/8`");
        check_prefix("lan", "`lan` is not a network in CIDR notation; write it like `192.168.1.0/24` or `fd00::/8`");
    }
}
