//! lanlord watches a home or small-office network. This is the map of the house, in reading order;
//! ARCHITECTURE.md has the walls between the rooms.

// The currency: what everything below passes around.
pub mod metric;

// What was learned, kept until the next visit.
pub mod store;

// The outputs: what is kept, as bytes, and the listener that hands them out.
pub mod encode;
pub mod web;

// lanlord about itself.
pub mod clock;
pub mod process;
