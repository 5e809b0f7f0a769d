//! What a Freebox answers, from `fixtures/freebox`, until it is metrics; and lanlord's source against a simulated box.

mod commands;
mod device_faults;
mod faults;
mod host_absence;
mod host_bodies;
mod host_goldens;
pub(crate) mod house;
mod laws;
mod line_absence;
mod line_bodies;
mod line_goldens;
mod line_visits;
mod sessions;
mod tls;
mod truth;
