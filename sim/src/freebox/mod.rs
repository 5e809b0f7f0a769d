//! A simulated Freebox. Deliberately nothing yet but its world: who serves it stands beside this.

pub mod world;
