//! The manual page: other people's readers of roff find nothing to complain about, and it knows every option.

use std::fs;
use std::process::Command;

use clap::CommandFactory;
use lanlord::cli::Cli;

use crate::live::lanlord::PROGRAM;
use crate::live::netns::{not_run, run};

fn page() -> String {
    run(Command::new(PROGRAM).arg("man"))
}

/// The page as a terminal shows it, without what a terminal is told about weight.
fn shown() -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanlord.1");
    fs::write(&path, page()).unwrap();
    let Ok(output) = Command::new("mandoc").args(["-T", "ascii", "-O", "width=200"]).arg(&path).output()
    else {
        return not_run("`mandoc` is missing");
    };
    // A letter, a backspace, and the letter again: bold.
    let text = String::from_utf8(output.stdout).unwrap();
    let mut plain = String::new();
    for character in text.chars() {
        match character {
            '\u{8}' => drop(plain.pop()),
            _ => plain.push(character),
        }
    }
    Some(plain)
}

#[test]
fn mandoc_finds_nothing_wrong_with_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanlord.1");
    fs::write(&path, page()).unwrap();
    let Ok(output) = Command::new("mandoc").args(["-T", "lint"]).arg(&path).output() else {
        return not_run("`mandoc` is missing").unwrap_or_default();
    };
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    // Long lines of source trouble nobody who reads the page, and nobody edits what is generated.
    let weighty: Vec<&str> =
        said.lines().filter(|line| !line.contains("STYLE: input text line longer than 80 bytes")).collect();
    assert!(weighty.is_empty(), "{said}");
}

#[test]
fn groff_finds_nothing_wrong_with_the_manual() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanlord.1");
    fs::write(&path, page()).unwrap();
    let groff = Command::new("groff").args(["-ww", "-man", "-Kutf8", "-Tutf8", "-z"]).arg(&path).output();
    let Ok(output) = groff else { return not_run("`groff` is missing").unwrap_or_default() };
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

#[test]
fn every_command_and_every_option_is_in_the_manual() {
    let Some(shown) = shown() else { return };
    let mut seen = 0;
    let mut commands = Vec::new();
    let whole = Cli::command();
    for command in whole.get_subcommands() {
        let below: Vec<_> = command.get_subcommands().collect();
        if below.is_empty() {
            commands.push((command.get_name().to_owned(), command));
        }
        let parent = command.get_name();
        commands
            .extend(below.into_iter().map(|command| (format!("{parent} {}", command.get_name()), command)));
    }
    for (name, command) in commands {
        let (_, rest) = shown.split_once(&format!("\n   lanlord {name}")).unwrap_or_else(|| panic!("{name}"));
        // Up to the next command or section.
        let end = rest.find("\n   lanlord ").or_else(|| rest.find("\nENDPOINTS")).unwrap();
        let section = rest[..end].split_whitespace().collect::<Vec<_>>().join(" ");
        for argument in command.get_arguments() {
            seen += 1;
            if let Some(long) = argument.get_long() {
                assert!(section.contains(&format!("--{long} ")), "--{long}\n{section}");
            }
            let help = argument.get_help().unwrap().to_string();
            let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(section.contains(&help), "{help}\n{section}");
        }
    }
    assert!(seen > 20, "{seen}");
    for word in [
        "--help",
        "--version",
        "SIGHUP",
        "/-/reload",
        "NOTIFY_SOCKET",
        "/etc/lanlord/lanlord.toml",
        "/etc/lanlord/freebox.token",
        "RUNTIME_DIRECTORY",
    ] {
        assert!(shown.contains(word), "{word}");
    }
}

#[test]
fn every_example_of_the_manual_is_a_command_line_that_clap_takes() {
    let Some(shown) = shown() else { return };
    let (_, rest) = shown.split_once("\nEXAMPLES\n").unwrap();
    let examples = rest.split_once("\nNOTES\n").unwrap().0;
    let mut seen = 0;
    for line in examples.lines().filter_map(|line| line.find("lanlord ").map(|at| &line[at..])) {
        let words = line.split_whitespace().take_while(|word| !["|", ">", "&&"].contains(word));
        let words: Vec<&str> = words.collect();
        if Cli::command().get_subcommands().any(|command| Some(&command.get_name()) == words.get(1)) {
            seen += 1;
            Cli::command().try_get_matches_from(&words).unwrap_or_else(|error| panic!("{line}\n{error}"));
        }
    }
    assert_eq!(seen, 7, "{examples}");
}
