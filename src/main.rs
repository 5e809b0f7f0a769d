//! Parses the command line, calls, and turns an error into one line and an exit code.

use std::process::ExitCode;

use clap::Parser;
use lanlord::cli::{Cli, Command, old_flags, old_script};
use lanlord::{commands, log};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some(hint) = old_flags::hint(&arguments).or_else(|| old_script::hint(&arguments)) {
        log::last_line(&format!("lanlord: {hint}"));
        return ExitCode::from(USAGE);
    }
    let outcome = match Cli::parse().command {
        Command::Run(run) => commands::run::run(run),
        Command::Check(check) => commands::check::run(check),
        Command::Read(read) => commands::read::run(&read),
        Command::Probe(probe) => commands::probe::run(probe),
        Command::Top(top) => commands::top::run(top),
        Command::Freebox(freebox) => commands::freebox::run(freebox),
        Command::Metrics => commands::print(lanlord::catalogue::text().as_bytes()),
        Command::Migrate(migrate) => commands::migrate::run(&migrate),
        Command::Man => commands::man::run(),
        Command::Completions(completions) => commands::completions::run(&completions),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::last_line(&format!("lanlord: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// As clap ends on a command line that it does not understand.
const USAGE: u8 = 2;
