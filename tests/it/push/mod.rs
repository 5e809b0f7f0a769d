//! The daemon with `[[push]]` blocks against simulated receivers: what must hold whatever a receiver does.

mod counting;
mod faults;
mod house;
mod receiver;
mod reload;
mod stopping;
mod values;
