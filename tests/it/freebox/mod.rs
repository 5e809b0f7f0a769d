//! What a Freebox answers, from `fixtures/freebox`, until it is metrics.

mod line_absence;
mod line_bodies;
mod line_goldens;
mod line_visits;
