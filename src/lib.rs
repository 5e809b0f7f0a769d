//! lanlord watches a home or small-office network. This is the map of the house, in reading order;
//! ARCHITECTURE.md has the walls between the rooms.

// The currency: what everything below passes around.
pub mod metric;

// What we ask, and what a source may lean on.
pub mod clock;
pub mod names;
pub mod net;
pub mod secrets;
pub mod sources;

// When we ask, what a failure means, and where the answer is kept.
pub mod backoff;
pub mod probe;
pub mod schedule;
pub mod store;
pub mod visit;

// The outputs: what is kept, as bytes, the listener that hands them out, and who brings them.
pub mod encode;
pub mod hosts;
pub mod minute;
pub mod push;
pub mod report;
pub mod text;
pub mod top;
pub mod web;

// lanlord about itself, and every family it can show.
pub mod catalogue;
pub mod loaded;
pub mod process;

// Whom it answers to: privileges, the service manager, the log.
pub mod activation;
pub mod log;
pub mod notify;
pub mod pulse;
pub mod sandbox;

// What we were told to do, and doing it.
pub mod app;
pub mod cli;
pub mod commands;
pub mod config;
