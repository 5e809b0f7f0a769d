//! `/probe` of the built program, against simulated modems.

mod answers;
mod flights;
mod house;
mod secrets;
