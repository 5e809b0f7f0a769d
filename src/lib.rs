//! lanlord watches a home or small-office network. This is the map of the house, in reading order;
//! ARCHITECTURE.md has the walls between the rooms.

// The currency: what everything below passes around.
pub mod metric;

// What we ask, and what it needs.
pub mod clock;
pub mod names;
pub mod sources;

// What we were told to do.
pub mod config;
