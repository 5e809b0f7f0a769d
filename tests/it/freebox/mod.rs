//! What a Freebox answers, from `fixtures/freebox`, until it is metrics.

mod commands;
mod host_absence;
mod host_bodies;
mod host_goldens;
mod line_absence;
mod line_bodies;
mod line_goldens;
mod line_visits;
