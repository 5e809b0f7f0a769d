//! `kind = "wire"`: from a `[[source]]` table to what the packet source runs on.
//!
//! It does not look whether an interface exists: it may come later, and the source says so when it is visited.

use std::path::PathBuf;
use std::time::Duration;

use super::address::parse_prefix;
use super::block::Kind;
use super::file::Read;
use super::problem::{Invalid, quote};
use super::table::{At, Table};
use crate::sources::{self, wire};

/// How these sources are read.
pub(super) static KIND: Kind<Read> =
    Kind { name: wire::KIND, interval: Duration::from_secs(1), deadline: Duration::from_secs(5), read };

/// What holds where nothing is written.
pub(super) fn defaults() -> wire::Settings {
    wire::Settings {
        input: wire::Input::DefaultRoute,
        prefixes: Vec::new(),
        max_hosts: 4_096,
        ring_bytes: 2 << 20,
        promiscuous: true,
    }
}

fn read(table: &mut Table<'_>, header: usize) -> Read {
    let defaults = defaults();
    let (input, exclusive) = input(table, header);
    let prefixes = table.strings("cidr", r#"a list of networks, such as `["192.168.1.0/24"]`"#, parse_prefix);
    let settings = wire::Settings {
        input,
        prefixes: prefixes.unwrap_or_default().into_iter().map(|prefix| prefix.value).collect(),
        max_hosts: table.integer("max_hosts", 1..=65_536).unwrap_or(defaults.max_hosts),
        ring_bytes: table.bytes("ring_size", 256 << 10..=256 << 20).unwrap_or(defaults.ring_bytes),
        promiscuous: table.boolean("promiscuous").unwrap_or(defaults.promiscuous),
    };
    Read { settings: sources::Settings::Wire(settings), exclusive }
}

/// Where packets come from, and what nobody else may therefore capture.
fn input(table: &mut Table<'_>, header: usize) -> (wire::Input, Vec<At<String>>) {
    let written = [table.at("interfaces"), table.at("stream")];
    let interfaces =
        table.strings("interfaces", r#"a list of interfaces, such as `["eth0"]`"#, parse_interface);
    let stream = table.string("stream", r#"a path, such as `"/run/capture.fifo"`, or `"-"`"#, parse_stream);
    if let [Some(interfaces), Some(stream)] = written {
        let message = "a source has either `interfaces` or a `stream`; remove one of the two";
        table.review.problem(interfaces.max(stream), message.to_owned());
    }
    let what = |kind: &str, name: &str| format!("{kind} {}", quote(name));
    match (interfaces, stream) {
        (Some(interfaces), _) => {
            let exclusive =
                interfaces.iter().map(|At { at, value }| At { at: *at, value: what("interface", value) });
            let exclusive = exclusive.collect();
            (
                wire::Input::Interfaces(interfaces.into_iter().map(|interface| interface.value).collect()),
                exclusive,
            )
        }
        (None, Some(At { at, value })) => {
            let exclusive = At { at, value: what("stream", &value.to_string_lossy()) };
            (wire::Input::Stream(value), vec![exclusive])
        }
        // Something is written, and it is wrong: do not complain about the default as well.
        (None, None) if written.iter().any(Option::is_some) => (wire::Input::DefaultRoute, Vec::new()),
        (None, None) => {
            let exclusive = At { at: header, value: "the interface of the default route".to_owned() };
            (wire::Input::DefaultRoute, vec![exclusive])
        }
    }
}

/// Reads the name of a network interface, as the kernel would take one: `dev_valid_name` in net/core/dev.c, and
/// IFNAMSIZ, which counts the NUL at the end.
pub fn parse_interface(text: &str) -> Result<String, Invalid> {
    let forbidden = |char: char| char == '/' || char == ':' || char.is_whitespace() || char.is_control();
    match text {
        _ if matches!(text.len(), 1..=15) && !text.contains(forbidden) && text != "." && text != ".." => {
            Ok(text.to_owned())
        }
        _ => Err(Invalid(format!(
            "{} cannot be an interface; write 1 to 15 bytes without spaces, `/` and `:`, as `ip link` shows it",
            quote(text)
        ))),
    }
}

fn parse_stream(text: &str) -> Result<PathBuf, Invalid> {
    match text {
        _ if text.is_empty() || text.contains('\0') => {
            Err(Invalid(format!("{} is not a path; write one, or `\"-\"` for standard input", quote(text))))
        }
        _ => Ok(PathBuf::from(text)),
    }
}
