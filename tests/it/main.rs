//! The one integration binary; this list is its table of contents.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it stands"
)]

mod bodies;
mod captures;
mod catalogue;
mod check;
mod config;
mod corpus;
mod daemon;
mod dependencies;
mod encodings;
mod exposition;
mod freebox;
mod golden;
mod hitron;
mod install;
mod live;
mod log;
mod manual;
mod migrate;
mod minute;
mod page;
mod probe;
mod push;
mod read;
mod service;
mod shells;
mod tidy;
mod top;
mod web;
