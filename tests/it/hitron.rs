//! What a Hitron modem answers, from `fixtures/hitron`, until it is metrics.

mod bodies;
mod goldens;
mod nonsense;
mod readme;
