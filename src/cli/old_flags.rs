//! Whoever comes from gonetmon types `-device eth1 -cidr 192.168.1.0/24 -port 8080`. To clap that is a short option
//! `-d` that nobody knows; here it is the command line that replaces it, ready to be copied.
//!
//! It runs nothing and does not check values: that is done when the new command line is used.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

/// What an option of gonetmon is called here, what stands before its value, and what stands for a value that is missing.
const FLAGS: [(&str, &str, &str, &str); 3] = [
    ("device", "--interface", "", "IF"),
    ("cidr", "--cidr", "", "PREFIX"),
    // As gonetmon listened: on every interface.
    ("port", "--web.listen-address", "0.0.0.0:", "PORT"),
];

/// What to say if these arguments, without the program's name, are gonetmon's; none if they are ours.
pub fn hint(arguments: &[OsString]) -> Option<String> {
    let run = usize::from(arguments.first().is_some_and(|first| first == "run"));
    let arguments = &arguments[run..];
    // Another subcommand, or nothing at all.
    if !arguments.first()?.as_bytes().starts_with(b"-") {
        return None;
    }
    let mut named: Vec<String> = Vec::new();
    for argument in arguments {
        // `--cidr` is an option of both.
        if let Some((index, _)) = flag(argument)
            && !argument.as_bytes().starts_with(b"--cidr")
        {
            let name = format!("`-{}`", FLAGS[index].0);
            named.extend(Some(name).filter(|name| !named.contains(name)));
        }
    }
    if named.is_empty() {
        return None;
    }
    let mut line = String::from("lanlord run");
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        let Some((index, value)) = flag(argument) else {
            line.extend(Some(argument).filter(|word| *word != "run").map(|word| format!(" {}", quote(word))));
            continue;
        };
        let (_, ours, before, missing) = FLAGS[index];
        // Two options in a row: the first lacks its value.
        let value = value.or_else(|| rest.next_if(|next| flag(next).is_none()).map(OsString::as_os_str));
        let value = value.unwrap_or(OsStr::new(missing));
        // Go writes ports with a colon before them, and so did some users.
        let bare =
            value.as_bytes().strip_prefix(b":").filter(|_| before.ends_with(':')).map(OsStr::from_bytes);
        let mut word = OsString::from(before);
        word.push(bare.unwrap_or(value));
        // Writing to a string cannot fail.
        let _ = write!(line, " {ours} {}", quote(&word));
    }
    let are = if named.len() == 1 { "is an option" } else { "are options" };
    Some(format!("{} {are} of gonetmon; write `{line}`", join(&named)))
}

/// Which of [`FLAGS`] an argument is, and the value if it brings it along. Go takes one dash or two.
fn flag(argument: &OsStr) -> Option<(usize, Option<&OsStr>)> {
    let bytes = argument.as_bytes();
    let bytes = bytes.strip_prefix(b"--").or_else(|| bytes.strip_prefix(b"-"))?;
    let (name, value) = match bytes.iter().position(|&byte| byte == b'=') {
        Some(at) => (&bytes[..at], Some(OsStr::from_bytes(&bytes[at + 1..]))),
        None => (bytes, None),
    };
    FLAGS.iter().position(|(flag, ..)| flag.as_bytes() == name).map(|index| (index, value))
}

pub(super) fn join(words: &[String]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        words => words.concat(),
    }
}

/// A word as a shell takes it, in characters that a terminal shows as they are.
pub(super) fn quote(word: &OsStr) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(byte);
    let shown = |byte: &u8| (0x20..0x7f).contains(byte);
    let bytes = word.as_bytes();
    match word.to_str() {
        Some(text) if !text.is_empty() && bytes.iter().all(plain) => text.to_owned(),
        Some(text) if bytes.iter().all(shown) => format!("'{}'", text.replace('\'', r"'\''")),
        // What is left only the newer shells can write: $'…' of POSIX.1-2024.
        _ => {
            let mut out = String::from("$'");
            for &byte in bytes {
                match byte {
                    b'\'' | b'\\' => out.extend(['\\', char::from(byte)]),
                    _ if shown(&byte) => out.push(char::from(byte)),
                    // In octal: three digits end by themselves. Writing to a string cannot fail.
                    _ => drop(write!(out, "\\{byte:03o}")),
                }
            }
            out + "'"
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn arguments(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(hint(&arguments(&words)).as_deref(), Some(expected));
    }

    #[test]
    #[rustfmt::skip]
    fn the_old_options_get_the_command_line_that_replaces_them() {
        check("-device eth1 -cidr 192.168.1.0/24 -port 8080", "`-device`, `-cidr` and `-port` are options of gonetmon; write `lanlord run --interface eth1 --cidr 192.168.1.0/24 --web.listen-address 0.0.0.0:8080`");
        check("run -device=eth1 --cidr=192.168.1.0/24 --port=8080", "`-device` and `-port` are options of gonetmon; write `lanlord run --interface eth1 --cidr 192.168.1.0/24 --web.listen-address 0.0.0.0:8080`");
        check("--device eth1", "`-device` is an option of gonetmon; write `lanlord run --interface eth1`");
        check("run -port 8080 --log.level debug", "`-port` is an option of gonetmon; write `lanlord run --web.listen-address 0.0.0.0:8080 --log.level debug`");
        check("--config.file x.toml -cidr 10.0.0.0/8", "`-cidr` is an option of gonetmon; write `lanlord run --config.file x.toml --cidr 10.0.0.0/8`");
        check("-device eth1 run", "`-device` is an option of gonetmon; write `lanlord run --interface eth1`");
    }

    #[test]
    #[rustfmt::skip]
    fn a_value_that_is_missing_has_its_place_kept() {
        check("-port :8080", "`-port` is an option of gonetmon; write `lanlord run --web.listen-address 0.0.0.0:8080`");
        check("-device -cidr 10.0.0.0/8 -port", "`-device`, `-cidr` and `-port` are options of gonetmon; write `lanlord run --interface IF --cidr 10.0.0.0/8 --web.listen-address 0.0.0.0:PORT`");
    }

    #[test]
    fn what_is_ours_is_left_to_clap() {
        for line in
            ["", "run", "run --interface eth1 --cidr 10.0.0.0/8", "run --cidr=10.0.0.0/8", "-devices", "-h"]
        {
            let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
            assert_eq!(hint(&arguments(&words)), None, "{line}");
        }
        // An option of another subcommand is none of ours to explain.
        assert_eq!(hint(&arguments(&["read", "-device"])), None);
    }

    #[test]
    fn a_shell_reads_hostile_values_as_they_were() {
        for value in ["", "a b", "$(reboot)", "it's", "`id`", "-", "\u{1b}[31m\n'\\9", "naïve\u{202e}", "*"]
        {
            let said = hint(&arguments(&["-device", value])).unwrap();
            assert!(said.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{said}");
            let line = said.split_once("write `lanlord run --interface ").unwrap().1;
            let line = line.strip_suffix('`').unwrap();
            let output = Command::new("bash").args(["-c", &format!("printf %s {line}")]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), value, "{line}");
        }
        let odd = vec![OsString::from("-device"), OsStr::from_bytes(b"\xff").to_owned()];
        assert!(hint(&odd).unwrap().contains(r"$'\377'"));
    }
}
