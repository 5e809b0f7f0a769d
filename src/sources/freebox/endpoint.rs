//! Where the box is, as a person writes it: `mafreebox.freebox.fr`, `192.168.1.254:8080`, `http://…`, `https://…`. Pure.

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
