//! How boxes are asked: HTTP over TCP or TLS, with a limit on everything that the other side decides.
//!
//! In reading order: `tls` says whom we believe, `http` asks, `failure` says why there is no answer. Nothing in here
//! knows what kind of box is asked, retries for longer than a request lasts, or starts a task.

pub mod failure;
pub mod http;
pub mod tls;

#[cfg(test)]
mod tests;
