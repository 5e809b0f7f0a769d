//! The one integration binary; this list is its table of contents.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it stands"
)]

mod bodies;
mod captures;
mod catalogue;
mod config;
mod corpus;
mod daemon;
mod dependencies;
mod exposition;
mod golden;
mod live;
mod minute;
mod page;
mod read;
mod tidy;
mod top;
mod web;
