//! Parses the command line, calls, and turns an error into one line and an exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use lanlord::cli::{Cli, Command};
use lanlord::commands;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(run) => commands::run::run(run),
        Command::Check(check) => commands::check::run(check),
        Command::Read(read) => commands::read::run(&read),
        Command::Probe(probe) => commands::probe::run(probe),
        Command::Top(top) => commands::top::run(top),
        Command::Metrics => commands::print(lanlord::catalogue::text().as_bytes()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If nobody reads it, nobody reads it.
            let _ = writeln!(io::stderr(), "lanlord: {error:#}");
            ExitCode::FAILURE
        }
    }
}
