//! What was written: a configuration file, strictly read, with the place of every value.
//!
//! Values are not held against each other here, and no default but a kind's own is filled in: that is
//! `mod.rs`'s. A kind of source is one file beside this one and one row of [`KINDS`].

use std::io::{self, ErrorKind, Read as _};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::address::parse_listen;
use super::log::Log;
use super::problem::{Invalid, Problems, Review, quote};
use super::table::{At, Table, list, unwanted};
use super::{dns, freebox, log, names, suggest, syntax, wire};
use crate::names::{Key, dns as dns_settings};
use crate::sources::Settings;

/// Every kind of source.
static KINDS: [&Kind; 2] = [&freebox::KIND, &wire::KIND];

/// How one kind of source is read.
pub(super) struct Kind {
    /// As `kind` spells it.
    pub(super) name: &'static str,
    /// How often its parts are visited unless the file says otherwise.
    pub(super) interval: Duration,
    /// How long a visit may take unless the file says otherwise.
    pub(super) deadline: Duration,
    /// Takes its own keys from a `[[source]]` table, whose header is at the offset. Where something is wrong it
    /// says so and goes on with anything, so that the rest is looked at as well.
    pub(super) read: fn(&mut Table<'_>, usize) -> Read,
}

/// What a kind makes of its keys.
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
    /// None if the file has no word about sources.
    pub(super) sources: Option<Vec<Source>>,
}

/// One `[[source]]`.
pub(super) struct Source {
    pub(super) kind: &'static Kind,
    /// The kind, at the header, if it has no name; none if the name is wrong.
    pub(super) name: Option<At<String>>,
    pub(super) interval: Option<Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) read: Read,
}

/// More sources than anybody has who runs this at home, and few enough that each may have its threads.
const MOST_SOURCES: usize = 64;

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
    file.sources = table.value("source").map(|value| sources(review, value));
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

fn sources(review: &Review<'_>, value: &Spanned<DeValue<'_>>) -> Vec<Source> {
    let DeValue::Array(list) = value.get_ref() else {
        unwanted(
            review,
            "source",
            value,
            "`[[source]]` as its header, in double brackets, once for each source",
        );
        return Vec::new();
    };
    if let Some(value) = list.get(MOST_SOURCES) {
        let message = format!("there are {} sources; write at most {MOST_SOURCES}", list.len());
        review.problem(value.span().start, message);
    }
    let source = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::Table(table) => source(review, table, value.span().start),
        _ => {
            unwanted(review, "source", value, "each source below a `[[source]]` of its own");
            None
        }
    };
    list.iter().take(MOST_SOURCES).filter_map(source).collect()
}

fn source(review: &Review<'_>, table: &DeTable<'_>, header: usize) -> Option<Source> {
    let mut table = Table::new(review, "in this `[[source]]`", table);
    if table.at("kind").is_none() {
        review.problem(header, format!("this source has no `kind`; add {}", kinds("`kind = \"", "\"`")));
    }
    let kind = table.string("kind", &kinds("`\"", "\"`"), parse_kind);
    let name = match table.at("name") {
        None => kind.as_ref().map(|kind| At { at: header, value: kind.value.name.to_owned() }),
        Some(_) => table.string("name", "a name, such as `\"lan\"`", parse_name),
    };
    let range = Duration::from_millis(100)..=Duration::from_secs(3_600);
    let interval = table.duration("interval", range.clone());
    let deadline = table.duration("deadline", range);
    // Of a kind that nobody knows, no key can be called unknown.
    let kind = kind?.value;
    let read = (kind.read)(&mut table, header);
    table.finish();
    Some(Source { kind, name, interval, deadline, read })
}

fn kinds(before: &str, after: &str) -> String {
    KINDS.map(|kind| format!("{before}{}{after}", kind.name)).join(" or ")
}

fn parse_kind(text: &str) -> Result<&'static Kind, Invalid> {
    let names = KINDS.map(|kind| kind.name);
    let advice = || match suggest::closest(text, names) {
        Some(kind) => format!("; did you mean `{kind}`?"),
        None => String::new(),
    };
    let kind = KINDS.into_iter().find(|kind| kind.name == text);
    kind.ok_or_else(|| {
        Invalid(format!("unknown kind {}; known kinds: {}{}", quote(text), list(&names), advice()))
    })
}

fn parse_name(text: &str) -> Result<String, Invalid> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match text {
        _ if matches!(text.len(), 1..=64) && text.bytes().all(known) => Ok(text.to_owned()),
        _ => Err(Invalid(format!(
            "{} cannot name a source; write 1 to 64 of the letters a-z and A-Z, digits, `_` and `-`",
            quote(text)
        ))),
    }
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
