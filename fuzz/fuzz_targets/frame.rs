//! One frame of any link; see `bodies/frame.rs`.
#![no_main]

#[path = "../bodies/mod.rs"]
#[allow(dead_code, reason = "each target has a body of its own")]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::frame::run(bytes));
