//! How hosts are asked and told: TCP, TLS and HTTP, with a limit on everything that the other side decides.
//!
//! In reading order: `place` reads where one is, `tcp` reaches it, `tls` says whom we believe, and `legacy_tls` whom of
//! those who are too old for it, `http` asks, `failure` says why there is no answer. Nothing in here knows what kind of host it is, retries for longer than a request lasts, or
//! starts a task.

pub mod failure;
pub mod http;
pub mod legacy_tls;
pub mod patience;
pub mod place;
pub mod tcp;
pub mod tls;

#[cfg(test)]
pub(crate) mod tests;
