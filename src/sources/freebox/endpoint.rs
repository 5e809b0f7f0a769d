//! Where the box is, as a person writes it: `mafreebox.freebox.fr`, `192.168.1.254:8080`, `http://…`, `https://…`. Pure.

use std::fmt;
use std::str::FromStr;

use crate::net::place::{bracketed, host_and_port};

/// Where the box is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How to ask there.
    pub scheme: Scheme,
    /// A name or an address, IPv6 without brackets.
    pub host: String,
    /// The port; none for the scheme's own.
    pub port: Option<u16>,
}

/// How to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Ask there over HTTP where the box's own TLS address is, and then only there: what a bare host means.
    Find,
    /// Plain HTTP for everything: the session's token crosses the network for everybody to see.
    Http,
    /// TLS for everything.
    Https,
}

/// What a Freebox is called inside its own network, whatever its address (dev.freebox.fr/sdk/os).
pub const DEFAULT_HOST: &str = "mafreebox.freebox.fr";

/// `{0}` is not where a box can be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not where a Freebox can be; write a host and perhaps a port, such as `mafreebox.freebox.fr` or \
     `192.168.1.254:80`, with `http://` before it for no TLS, or `https://`"
)]
pub struct NotAnEndpoint(String);

impl Default for Endpoint {
    fn default() -> Self {
        Self { scheme: Scheme::Find, host: DEFAULT_HOST.to_owned(), port: None }
    }
}

impl Endpoint {
    /// The port of the first request.
    pub fn first_port(&self) -> u16 {
        self.port.unwrap_or(match self.scheme {
            Scheme::Find | Scheme::Http => 80,
            Scheme::Https => 443,
        })
    }
}

impl FromStr for Endpoint {
    type Err = NotAnEndpoint;

    fn from_str(text: &str) -> Result<Self, NotAnEndpoint> {
        let wrong = || NotAnEndpoint(text.to_owned());
        let (scheme, rest) = match text.split_once("://") {
            None => (Scheme::Find, text),
            Some(("http", rest)) => (Scheme::Http, rest),
            Some(("https", rest)) => (Scheme::Https, rest),
            Some(_) => return Err(wrong()),
        };
        let rest = if scheme == Scheme::Find { rest } else { rest.strip_suffix('/').unwrap_or(rest) };
        let (host, port) = host_and_port(rest).ok_or_else(wrong)?;
        Ok(Self { scheme, host: host.to_owned(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            Scheme::Find => "",
            Scheme::Http => "http://",
            Scheme::Https => "https://",
        })?;
        f.write_str(&bracketed(&self.host))?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read_and_written_back() {
        let cases = [
            ("mafreebox.freebox.fr", Scheme::Find, "mafreebox.freebox.fr", None),
            ("192.168.1.254:8080", Scheme::Find, "192.168.1.254", Some(8080)),
            ("[fd00::1]:81", Scheme::Find, "fd00::1", Some(81)),
            ("[fd00::1]", Scheme::Find, "fd00::1", None),
            ("http://box", Scheme::Http, "box", None),
            ("https://k7w2mzqd.fbxos.fr:47311", Scheme::Https, "k7w2mzqd.fbxos.fr", Some(47311)),
        ];
        for (text, scheme, host, port) in cases {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(
                (endpoint.scheme, endpoint.host.as_str(), endpoint.port),
                (scheme, host, port),
                "{text}"
            );
            assert_eq!(endpoint.to_string(), text);
        }
        assert_eq!("http://box/".parse::<Endpoint>().unwrap().to_string(), "http://box");
    }

    #[test]
    fn what_is_no_endpoint_is_refused() {
        for text in [
            "",
            "ftp://box",
            "http://",
            "box:0",
            "box:70000",
            "box:",
            "fd00::1",
            "[box]",
            "[fd00::1]x",
            "a b",
            "user@box",
            "box/path",
            "http://box/path",
            "box\n",
            &"a".repeat(300),
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }
}
