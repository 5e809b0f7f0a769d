//! How boxes are asked: HTTP over TCP or TLS, with a limit on everything that the other side decides.

pub mod http;
pub mod tls;
