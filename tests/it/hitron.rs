//! What lanlord does with Hitron modems: what they answer, from `fixtures/hitron`, until it is metrics; and visits to the
//! simulated one.

mod bodies;
mod faults;
mod goldens;
mod house;
mod nonsense;
mod readme;
mod tls;
mod visits;
