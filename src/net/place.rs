//! A host and perhaps a port, as people write them: `nas.lan`, `192.168.1.2:2003`, `[fd00::1]:2003`. Pure.
//!
//! It looks up no name, and knows no port that holds where none is written.

use std::borrow::Cow;
use std::net::Ipv6Addr;

/// The host as it stands before a port: an IPv6 address in brackets (RFC 3986 §3.2.2).
pub fn bracketed(host: &str) -> Cow<'_, str> {
    if host.contains(':') { Cow::Owned(format!("[{host}]")) } else { Cow::Borrowed(host) }
}

/// The host, without the brackets of an IPv6 address, and the port; none if it is not that.
pub fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>().ok()?;
            match port {
                "" => (host, None),
                port => (host, Some(port.strip_prefix(':')?)),
            }
        }
        None => match text.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => return None,
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if !matches!(host.len(), 1..=253) || !host.bytes().all(known) {
        return None;
    }
    let number = |digits: &str| {
        let digits = digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)?;
        digits.parse().ok().filter(|&port: &u16| port > 0)
    };
    match port {
        None => Some((host, None)),
        Some(digits) => Some((host, Some(number(digits)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        for (text, host, port) in [
            ("nas.lan", "nas.lan", None),
            ("my_nas:2003", "my_nas", Some(2003)),
            ("192.168.1.2:65535", "192.168.1.2", Some(65_535)),
            ("[fd00::1]", "fd00::1", None),
            ("[::1]:1", "::1", Some(1)),
        ] {
            assert_eq!(host_and_port(text), Some((host, port)), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_and_port_is_none() {
        let long = "a".repeat(254);
        for text in [
            "",
            ":1",
            "nas:",
            "nas:0",
            "nas:65536",
            "nas:+1",
            "nas:x",
            "fd00::1",
            "[nas]",
            "[fd00::1",
            "[fd00::1]1",
            "[fd00::1]:",
            "a b",
            "a@b",
            "a/b",
            "é",
            "a\n",
            "[fe80::1%2]:1",
            &long,
        ] {
            assert_eq!(host_and_port(text), None, "{text}");
        }
    }
}
