//! `lanlord completions`.

use std::io::Write;

use clap::builder::PossibleValue;
use clap::{CommandFactory, ValueEnum};
use clap_complete::generate;

use crate::cli::{Cli, Completions, Shell};
use crate::commands::print;

/// Prints what a shell reads to complete our command line.
///
/// # Errors
/// When it cannot be written.
pub fn run(command: &Completions) -> anyhow::Result<()> {
    let shell = match command.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut out = Vec::new();
    generate(shell, &mut Cli::command(), "lanlord", &mut out);
    if command.shell == Shell::Fish {
        // clap_complete offers files where we take one of a few words.
        let shells: Vec<_> =
            Shell::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        let names: Vec<&str> = shells.iter().map(PossibleValue::get_name).collect();
        writeln!(out, "{FISH_VALUES} -f -a '{}'", names.join(" "))?;
    }
    print(&out)
}

const FISH_VALUES: &str = "complete -c lanlord -n '__fish_lanlord_using_subcommand completions'";
