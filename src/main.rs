//! Parses the command line, calls, and turns an error into one line and an exit code.

fn main() {}
