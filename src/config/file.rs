//! What was written: a configuration file, strictly read, with the place of every value.
//!
//! Values are not held against each other here, and no default but a kind's own is filled in: that is
//! `mod.rs`'s. A kind of source is one file beside this one and one row of [`SOURCES`]; kinds of pushes are `push.rs`'s.

use std::io::{self, ErrorKind, Read as _};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use toml::de::DeTable;

use super::address::parse_listen;
use super::block::{Block, Blocks};
use super::log::Log;
use super::problem::{Problems, Review};
use super::table::{At, Table, unwanted};
use super::{dns, freebox, hitron, log, names, probe, push, syntax, wire};
use crate::names::{Key, dns as dns_settings};
use crate::probe as probe_settings;
use crate::sources::Settings;

/// Every kind of source.
static SOURCES: Blocks<Read> = Blocks {
    key: "source",
    several: "sources",
    place: "in this `[[source]]`",
    example: "lan",
    // More than anybody has who runs this at home, and few enough that each may have its threads.
    most: 64,
    intervals: Duration::from_millis(100)..=Duration::from_secs(3_600),
    kinds: &[&freebox::KIND, &hitron::KIND, &wire::KIND],
};

/// What a kind of source makes of its keys.
pub(super) struct Read {
    pub(super) settings: Settings,
    /// What no other source may capture at the same time, in words: "interface `eth0`".
    pub(super) exclusive: Vec<At<String>>,
}

/// A whole file.
#[derive(Default)]
pub(super) struct File {
    pub(super) listen: Option<Vec<At<SocketAddr>>>,
    pub(super) max_requests: Option<usize>,
    pub(super) access_log: Option<bool>,
    pub(super) names: Vec<(Key, String)>,
    pub(super) log: Log,
    pub(super) dns: Option<dns_settings::Settings>,
    pub(super) probe: Option<probe_settings::Settings>,
    /// None if the file has no word about sources.
    pub(super) sources: Option<Vec<Block<Read>>>,
    pub(super) pushes: Vec<Block<push::Read>>,
}

/// Each takes a descriptor and keeps its answer in memory until it is read.
pub(super) const MAX_REQUESTS: RangeInclusive<usize> = 1..=4_096;

/// Reads the text of a file.
pub(super) fn read(review: &Review<'_>, text: &str) -> File {
    let (root, errors) = DeTable::parse_recoverable(text);
    // What a broken file seems to say would only bring up problems that are none. Two equal keys break nothing.
    let broken = errors.iter().any(|error| error.message() != syntax::DUPLICATE);
    syntax::report(review, &errors);
    if broken {
        return File::default();
    }
    let mut table = Table::new(review, "at the top", root.get_ref());
    let mut file = File::default();
    if let Some(web) = section(&mut table, "web", "[web]") {
        let mut web = Table::new(review, "in `[web]`", web);
        let want = r#"an address and port, such as `"127.0.0.1:9938"`, or a list of them"#;
        file.listen = web.string_or_strings("listen_address", want, parse_listen);
        file.max_requests = web.integer("max_requests", MAX_REQUESTS);
        file.access_log = web.boolean("access_log");
        web.finish();
    }
    file.names =
        section(&mut table, "names", "[names]").map(|table| names::read(review, table)).unwrap_or_default();
    file.log = section(&mut table, "log", "[log]").map(|table| log::read(review, table)).unwrap_or_default();
    file.dns = section(&mut table, "dns", "[dns]").map(|table| {
        let mut table = Table::new(review, "in `[dns]`", table);
        let settings = dns::read(&mut table);
        table.finish();
        settings
    });
    file.probe = section(&mut table, "probe", "[probe]").map(|table| probe::read(review, table));
    file.sources = table.value("source").map(|value| SOURCES.read(review, value));
    file.pushes = table.value("push").map(|value| push::PUSHES.read(review, value)).unwrap_or_default();
    table.finish();
    file
}

fn section<'t>(table: &mut Table<'t>, key: &'static str, header: &str) -> Option<&'t DeTable<'t>> {
    let value = table.value(key)?;
    if value.get_ref().as_table().is_none() {
        unwanted(table.review, key, value, format!("`{header}` as its header, once"));
    }
    value.get_ref().as_table()
}

/// Larger than any file that a person writes.
const LARGEST: u64 = 1 << 20;

/// Reads a file from the disk.
pub(super) fn text(path: &Path) -> Result<String, Problems> {
    let name = path.display().to_string();
    match std::fs::File::open(path) {
        Ok(file) => text_of(&name, file),
        Err(error) => Err(unreadable(&name, &error)),
    }
}

/// Reads what is open already; `name` is what problems call it.
pub(super) fn text_of(name: &str, from: impl io::Read) -> Result<String, Problems> {
    let problem = |message: &str| Problems::of_file(name, message.to_owned());
    let mut bytes = Vec::new();
    match from.take(LARGEST + 1).read_to_end(&mut bytes) {
        Ok(read) if read as u64 > LARGEST => {
            return Err(problem("the file is larger than 1 MiB; shorten it"));
        }
        Ok(_) => {}
        Err(error) => return Err(unreadable(name, &error)),
    }
    String::from_utf8(bytes).map_err(|error| {
        let (good, bad) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let good = String::from_utf8_lossy(good);
        let review = Review::new(&good);
        let byte = bad.first().copied().unwrap_or_default();
        review.problem(good.len(), format!("byte `0x{byte:02x}` is not UTF-8; save the file as UTF-8"));
        review.finish(name).err().unwrap_or_else(|| problem("the file is not UTF-8; save it as UTF-8"))
    })
}

fn unreadable(name: &str, error: &io::Error) -> Problems {
    let message = match error.kind() {
        ErrorKind::NotFound => "there is no such file; check the path or create it".to_owned(),
        ErrorKind::IsADirectory => "this is a directory; give the path of a file".to_owned(),
        ErrorKind::PermissionDenied => {
            "permission denied; let the user that lanlord runs as read it".to_owned()
        }
        _ => format!("cannot be read: {error}; check the path and the disk"),
    };
    Problems::of_file(name, message)
}
