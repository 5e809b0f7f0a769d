//! `lanlord read`.

use std::io::{self, Write};
use std::path::Path;

use anyhow::bail;

use crate::cli::{self, By};
use crate::commands::print;
use crate::config;
use crate::encode::exposition::Format;
use crate::names::Names;
use crate::report::{self, Rows};
use crate::sources::wire::files::{Captures, Ending};
use crate::sources::wire::packet::address::Prefixes;

/// Reads captures and prints who used how much. What can be read is counted and printed, even if the rest cannot.
///
/// # Errors
/// When any of the captures could not be read to its end; one that was cut off is no error.
pub fn run(command: &cli::Read) -> anyhow::Result<()> {
    let names = match &command.config_file {
        Some(path) => Names::fixed(config::load(path)?.names),
        None => Names::default(),
    };
    let prefixes =
        if command.cidr.is_empty() { Prefixes::private() } else { command.cidr.iter().copied().collect() };
    let mut captures = Captures::new(prefixes);
    let failures = command.files.iter().filter(|path| !add(&mut captures, path)).count();
    let rows = |captures: &mut Captures| match command.by {
        By::Host => Rows::by_host(captures, &names),
        By::Address => Rows::by_address(captures, &names),
    };
    let exposition = |captures: &mut Captures, format| match command.by {
        By::Host => report::exposition::by_host(captures, &names, format),
        By::Address => report::exposition::by_address(captures, &names, format),
    };
    print(&match command.format {
        cli::Format::Table => report::table::render(&rows(&mut captures), &captures.totals).into_bytes(),
        cli::Format::Csv => report::csv::render(&rows(&mut captures))?,
        cli::Format::Json => report::json::render(&rows(&mut captures))?,
        cli::Format::Prometheus => exposition(&mut captures, Format::Text),
        cli::Format::Openmetrics => exposition(&mut captures, Format::OpenMetrics),
    })?;
    if failures > 0 {
        bail!("{failures} of {} captures could not be read to the end", command.files.len());
    }
    Ok(())
}

/// Adds one capture and tells what was wrong with it; says whether it was read to its end. One that was cut off while
/// it was written is.
fn add(captures: &mut Captures, path: &Path) -> bool {
    let before = captures.totals.all_frames();
    let outcome = captures.add(path);
    let counted = captures.totals.all_frames() - before;
    let (read, problem) = match outcome {
        Ok(Ending::Whole) => return true,
        Ok(Ending::Empty) => (false, "the file is empty".to_owned()),
        Ok(Ending::Cut(octets)) => (
            true,
            format!(
                "ends within a packet ({octets} bytes of it are there); the {counted} before it are counted"
            ),
        ),
        Err(error) if counted == 0 => (false, error.to_string()),
        Err(error) => (false, format!("{error}; the {counted} packets before it are counted")),
    };
    let name = if path == Path::new("-") { "standard input".into() } else { path.display().to_string() };
    // If nobody reads it, nobody reads it.
    let _ = writeln!(io::stderr(), "lanlord: {name}: {problem}");
    read
}
