//! Whoever comes from freebox-revolution-monitoring types `-S -H -f influxdb -e 192.168.1.254`, and `-r` to register.
//! Here that is the command line that replaces it, ready to be copied.
//!
//! It runs nothing and does not check values: that is done when the new command line is used.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;

use super::old_flags::{join, quote};

/// What an option of the script asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Register,
    Status,
    /// An option of `register` that has a value: ours, and what stands for a value that is missing.
    About(&'static str, &'static str),
    /// An option of `lines`, the same there.
    Lines,
    /// One with a value, and what stands for it.
    Format,
    Endpoint,
}

use Meaning::{About, Endpoint, Format, Lines, Register, Status};

/// The script's short option, its long one where there was one, and what it means.
const OPTIONS: [(u8, &str, Meaning); 11] = [
    (b'r', "register", Register),
    (b's', "register-status", Status),
    (b'n', "appname", About("--app-name", "NAME")),
    (b'i', "appid", About("--app-id", "ID")),
    (b'd', "devicename", About("--device-name", "NAME")),
    (b'S', "", Lines),
    (b'P', "", Lines),
    (b'H', "", Lines),
    (b'D', "", Lines),
    (b'f', "", Format),
    (b'e', "", Endpoint),
];

/// Where the script looked for the box.
const DEFAULT_ENDPOINT: &str = "mafreebox.freebox.fr";

/// What to say if these arguments, without the program's name, are the script's; none if they are ours.
pub fn hint(arguments: &[OsString]) -> Option<String> {
    let ours = usize::from(arguments.first().is_some_and(|first| first == "freebox"));
    let arguments = &arguments[ours..];
    // Another subcommand, or one of ours for a Freebox.
    if !arguments.first()?.as_bytes().starts_with(b"-") {
        return None;
    }
    let (mut named, mut flags) = (Vec::new(), String::new());
    let (mut about, mut unknown) = (String::new(), String::new());
    let (mut format, mut endpoint, mut wanted) = (None, None, None);
    let mut rest = arguments.iter().peekable();
    while let Some(argument) = rest.next() {
        let Some(found) = options(argument) else {
            let _ = write!(unknown, " {}", quote(argument));
            continue;
        };
        for (name, meaning, value) in found {
            named.extend(Some(format!("`{name}`")).filter(|name| !named.contains(name)));
            let mut value = |missing: &'static str| {
                let next = || rest.next_if(|next| options(next).is_none()).map(OsString::as_os_str);
                value.or_else(next).unwrap_or(OsStr::new(missing)).to_owned()
            };
            // Writing to a string cannot fail.
            match meaning {
                Register => wanted = Some(Register),
                Status => wanted = wanted.or(Some(Status)),
                About(option, missing) => drop(write!(about, " {option} {}", quote(&value(missing)))),
                Lines => drop(write!(flags, " {name}")),
                Format => format = Some(value("FORMAT")),
                Endpoint => endpoint = Some(value("HOST")),
            }
        }
    }
    if named.is_empty() {
        return None;
    }
    let wanted = wanted.unwrap_or(if about.is_empty() { Lines } else { Register });
    let written = endpoint.as_deref().map(quote);
    let line = match wanted {
        Register => {
            let endpoint = written.unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
            format!("lanlord freebox register --endpoint {endpoint}{about}{unknown}")
        }
        Status => {
            let endpoint = written.map_or_else(String::new, |endpoint| format!(" --endpoint {endpoint}"));
            format!("lanlord freebox status{endpoint}{unknown}")
        }
        _ => {
            let format = format.map_or_else(String::new, |format| format!(" -f {}", quote(&format)));
            let endpoint = written.map_or_else(String::new, |endpoint| format!(" -e {endpoint}"));
            format!("lanlord freebox lines{flags}{format}{endpoint}{unknown}")
        }
    };
    let are = if named.len() == 1 { "is an option" } else { "are options" };
    let mut out = format!("{} {are} of freebox-revolution-monitoring; write `{line}`", join(&named));
    if wanted == Register {
        out += ", or take its token over with `lanlord freebox register --credentials .credentials`";
    }
    Some(out)
}

type Found<'a> = Vec<(String, Meaning, Option<&'a OsStr>)>;

/// The options in one word, each with its name and the value that the word brings along: several letters may share a
/// dash, and a value may follow its letter at once. None where any of it is not the script's.
fn options(argument: &OsStr) -> Option<Found<'_>> {
    let bytes = argument.as_bytes();
    if let Some(long) = bytes.strip_prefix(b"--") {
        let (name, value) = match long.iter().position(|&byte| byte == b'=') {
            Some(at) => (&long[..at], Some(OsStr::from_bytes(&long[at + 1..]))),
            None => (long, None),
        };
        let found = OPTIONS.iter().find(|(_, long, _)| !long.is_empty() && long.as_bytes() == name);
        return found.map(|(_, long, meaning)| vec![(format!("--{long}"), *meaning, value)]);
    }
    let letters = bytes.strip_prefix(b"-").filter(|letters| !letters.is_empty())?;
    let mut found = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let (_, _, meaning) = OPTIONS.iter().find(|(short, ..)| short == letter)?;
        let name = format!("-{}", char::from(*letter));
        if matches!(meaning, About(..) | Format | Endpoint) {
            let value = Some(&letters[at + 1..]).filter(|value| !value.is_empty()).map(OsStr::from_bytes);
            found.push((name, *meaning, value));
            break;
        }
        found.push((name, *meaning, None));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect()
    }

    #[track_caller]
    fn check(line: &str, expected: &str) {
        assert_eq!(hint(&arguments(line)).as_deref(), Some(expected));
    }

    #[test]
    #[rustfmt::skip]
    fn the_options_of_the_script_get_the_command_line_that_replaces_them() {
        check("-S -H -f influxdb -e 192.168.1.254", "`-S`, `-H`, `-f` and `-e` are options of freebox-revolution-monitoring; write `lanlord freebox lines -S -H -f influxdb -e 192.168.1.254`");
        check("freebox -SPHD", "`-S`, `-P`, `-H` and `-D` are options of freebox-revolution-monitoring; write `lanlord freebox lines -S -P -H -D`");
        check("-fgraphite -ebox:80", "`-f` and `-e` are options of freebox-revolution-monitoring; write `lanlord freebox lines -f graphite -e box:80`");
        check("-s", "`-s` is an option of freebox-revolution-monitoring; write `lanlord freebox status`");
        check("--register-status -e box", "`--register-status` and `-e` are options of freebox-revolution-monitoring; write `lanlord freebox status --endpoint box`");
        check("-r", "`-r` is an option of freebox-revolution-monitoring; write `lanlord freebox register --endpoint mafreebox.freebox.fr`, or take its token over with `lanlord freebox register --credentials .credentials`");
        check("freebox --register -n Mon -i fr.me.mon -d nas -e box", "`--register`, `-n`, `-i`, `-d` and `-e` are options of freebox-revolution-monitoring; write `lanlord freebox register --endpoint box --app-name Mon --app-id fr.me.mon --device-name nas`, or take its token over with `lanlord freebox register --credentials .credentials`");
        check("--appid=fr.me.mon", "`--appid` is an option of freebox-revolution-monitoring; write `lanlord freebox register --endpoint mafreebox.freebox.fr --app-id fr.me.mon`, or take its token over with `lanlord freebox register --credentials .credentials`");
        check("-f -e", "`-f` and `-e` are options of freebox-revolution-monitoring; write `lanlord freebox lines -f FORMAT -e HOST`");
    }

    #[test]
    fn what_is_ours_or_of_others_is_left_alone() {
        for line in [
            "",
            "freebox",
            "freebox --help",
            "freebox lines -S -H -e box",
            "freebox register --endpoint box",
            "run -S",
            "-h",
            "-V",
            "--version",
            // gonetmon's, which have their own hint.
            "-device eth1",
            "-cidr 10.0.0.0/8",
            "-port 80",
        ] {
            // `-device` could be `-d evice`; main asks for gonetmon's hint first.
            let said = super::super::old_flags::hint(&arguments(line)).is_some();
            assert!(said || hint(&arguments(line)).is_none(), "{line}");
        }
    }

    #[test]
    fn hostile_values_are_quoted_as_a_shell_takes_them() {
        let said = hint(&["-e".into(), "$(reboot)".into()]).unwrap();
        assert!(said.ends_with("write `lanlord freebox lines -e '$(reboot)'`"), "{said}");
        let odd = vec![OsString::from("-e"), OsStr::from_bytes(b"\xff").to_owned()];
        assert!(hint(&odd).unwrap().contains(r"$'\377'"));
    }
}
