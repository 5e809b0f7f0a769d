//! The one integration binary; this list is its table of contents.

mod exposition;
mod golden;
mod page;
mod web;
