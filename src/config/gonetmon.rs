//! The configuration of gonetmon, as ours: `lanlord migrate`.
//!
//! gonetmon read three keys, through viper: upper and lower case were the same, a port could be a number or a string,
//! and other formats than TOML would have done. Here only TOML is read. What gonetmon made of its values is from its
//! main.go (github.com/gherlein/gonetmon).

use std::borrow::Cow;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use ipnet::IpNet;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

use super::address::parse_prefix;
use super::problem::{Invalid, Problems, Review, quote};
use super::table::{At, unwanted};
use super::wire::parse_interface;
use super::{file, syntax};
use crate::text::plain;

/// A configuration of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct Migration {
    /// The text of the file.
    pub toml: String,
    /// What has no place in it and is there only as a comment.
    pub left: Option<Problems>,
}

/// Reads a configuration of gonetmon, from a file or, if that is `-`, from standard input.
///
/// # Errors
/// Everything that cannot be taken over.
pub fn load(path: &Path) -> Result<Migration, Problems> {
    if path == Path::new("-") {
        return migrate("standard input", &file::text_of("standard input", std::io::stdin())?);
    }
    let name = path.display().to_string();
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    if OTHER_FORMATS.contains(&extension.as_str()) {
        let message = "gonetmon could read this format, and lanlord reads TOML alone; write `device`, `cidr` and \
                       `port` into a gonetmon.toml";
        return Err(Problems::of_file(&name, message.to_owned()));
    }
    migrate(&name, &file::text(path)?)
}

/// What viper looks for besides `gonetmon.toml`.
const OTHER_FORMATS: [&str; 10] =
    ["json", "yaml", "yml", "properties", "props", "prop", "hcl", "dotenv", "env", "ini"];

/// The port that gonetmon had before its configuration could say one.
const FIRST_PORT: u16 = 8080;

/// What gonetmon was told, as far as it is there.
#[derive(Default)]
struct Told {
    device: Option<At<String>>,
    cidr: Option<At<(String, IpNet)>>,
    port: Option<At<u16>>,
    /// Keys that gonetmon did not know: where, what they are called, and as they are written.
    unknown: Vec<(usize, String, String)>,
}

/// The text of one file as that of the other; `file` is what problems call it.
fn migrate(file: &str, text: &str) -> Result<Migration, Problems> {
    let review = Review::new(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    syntax::report(&review, &errors);
    // What a broken file seems to say is not worth a complaint.
    let told = if errors.is_empty() { read(&review, root.get_ref()) } else { Told::default() };
    review.finish(file)?;
    Ok(Migration { toml: write(file, &told), left: left(text, &told).finish(file).err() })
}

/// What must be said of a file that is taken over.
fn left<'t>(text: &'t str, told: &Told) -> Review<'t> {
    let review = Review::new(text);
    for (at, name, _) in &told.unknown {
        review.problem(
            *at,
            format!("{} meant nothing to gonetmon; it is kept as a comment", quote(&plain(name))),
        );
    }
    if let Some(At { at, value }) = &told.device
        && value == ANY
    {
        review.problem(*at, "`any` was every interface; name those that you mean in `interfaces`".to_owned());
    }
    review
}

/// libpcap's word for all interfaces at once.
const ANY: &str = "any";

fn in_order<'t>(table: &'t DeTable<'t>) -> Vec<(&'t Spanned<Cow<'t, str>>, &'t Spanned<DeValue<'t>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

fn read(review: &Review<'_>, root: &DeTable<'_>) -> Told {
    let (mut told, mut network) = (Told::default(), 0);
    for (key, value) in in_order(root) {
        match (key.get_ref().to_lowercase().as_str(), value.get_ref()) {
            ("network", DeValue::Table(table)) => {
                network = key.span().start;
                section(review, "network", table, &mut told);
            }
            ("exporter", DeValue::Table(table)) => section(review, "exporter", table, &mut told),
            _ => keep(review, written(review, key), key.span().start, value, &mut told.unknown),
        }
    }
    for (key, is_there) in [("device", told.device.is_some()), ("cidr", told.cidr.is_some())] {
        if !is_there {
            let message = format!("`[network]` has no `{key}`, without which gonetmon did not start; add it");
            review.problem(network, message);
        }
    }
    told.unknown.sort();
    told
}

/// Takes what gonetmon knew from one of its two tables.
fn section(review: &Review<'_>, header: &'static str, table: &DeTable<'_>, told: &mut Told) {
    for (key, value) in in_order(table) {
        let (at, name) = (value.span().start, key.get_ref().to_lowercase());
        let again = match (header, name.as_str()) {
            ("network", "device") => told.device.replace(At { at, value: device(review, value) }).is_some(),
            ("network", "cidr") => told.cidr.replace(At { at, value: cidr(review, value) }).is_some(),
            ("exporter", "port") => told.port.replace(At { at, value: port(review, value) }).is_some(),
            _ => {
                let name = format!("{header}.{}", written(review, key));
                keep(review, &name, key.span().start, value, &mut told.unknown);
                false
            }
        };
        if again {
            let message = format!("`{name}` is here twice, and gonetmon took either; keep one of the two");
            review.problem(key.span().start, message);
        }
    }
}

fn device(review: &Review<'_>, value: &Spanned<DeValue<'_>>) -> String {
    match value.get_ref() {
        DeValue::String(text) => taken(review, value, parse_interface(text)),
        _ => {
            unwanted(review, "device", value, r#"an interface, such as `"eth0"`"#);
            None
        }
    }
    .unwrap_or_default()
}

fn cidr(review: &Review<'_>, value: &Spanned<DeValue<'_>>) -> (String, IpNet) {
    let prefix = match value.get_ref() {
        DeValue::String(text) => {
            taken(review, value, parse_prefix(text)).map(|prefix| (text.to_string(), prefix))
        }
        _ => {
            unwanted(review, "cidr", value, r#"a network, such as `"192.168.1.0/24"`"#);
            None
        }
    };
    prefix.unwrap_or_default()
}

fn port(review: &Review<'_>, value: &Spanned<DeValue<'_>>) -> u16 {
    let port = match value.get_ref() {
        DeValue::String(text) => text.parse().ok(),
        DeValue::Integer(number) => u16::from_str_radix(number.as_str(), number.radix()).ok(),
        _ => None,
    };
    port.unwrap_or_else(|| {
        unwanted(review, "port", value, r#"a port from 0 to 65535, such as `"8080"`"#);
        0
    })
}

/// Notes what is wrong with a value. The whole is refused then, so that what stands in its place is never seen.
fn taken<T>(review: &Review<'_>, value: &Spanned<DeValue<'_>>, parsed: Result<T, Invalid>) -> Option<T> {
    parsed.map_err(|Invalid(message)| review.problem(value.span().start, message)).ok()
}

/// Notes an unknown key as it is written, and for a table each key in it.
fn keep(
    review: &Review<'_>,
    name: &str,
    at: usize,
    value: &Spanned<DeValue<'_>>,
    unknown: &mut Vec<(usize, String, String)>,
) {
    match value.get_ref() {
        DeValue::Table(table) if !table.is_empty() => {
            for (key, value) in in_order(table) {
                keep(review, &format!("{name}.{}", written(review, key)), key.span().start, value, unknown);
            }
        }
        DeValue::Array(list) if list.iter().any(|value| value.get_ref().is_table()) => {
            for (index, value) in list.iter().enumerate() {
                keep(review, &format!("{name}.{index}"), value.span().start, value, unknown);
            }
        }
        DeValue::Table(_) => unknown.push((at, name.to_owned(), "{}".to_owned())),
        _ => unknown.push((at, name.to_owned(), review.written(value.span()).to_owned())),
    }
}

/// A key as it is written, always within a line.
fn written<'t>(review: &Review<'t>, key: &Spanned<Cow<'_, str>>) -> &'t str {
    review.written(key.span())
}

/// The file of ours. Writing to a string cannot fail.
fn write(file: &str, told: &Told) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# What gonetmon was told in {}, for lanlord.", quote(file));
    let _ = writeln!(
        out,
        "# packaging/example.toml explains every key there is; `lanlord check` says what this does.\n"
    );

    out += "[web]\n";
    if told.port.is_none() {
        let _ = writeln!(out, "# No port was configured; the gonetmon of that time had {FIRST_PORT}.");
    }
    let port = told.port.as_ref().map_or(FIRST_PORT, |port| port.value);
    let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    out += "# Every interface of this machine, as with gonetmon: whoever reaches it sees who is on your network. To show it\n";
    let _ = writeln!(
        out,
        "# to this machine alone, write \"{here}\"; to the house, the address that this machine has there."
    );
    let _ = writeln!(out, "listen_address = \"{everywhere}\"\n");

    out += "[[source]]\nkind = \"wire\"\n";
    match told.device.as_ref().map(|device| device.value.as_str()) {
        Some(ANY) => {
            out += "# It was \"any\": every interface. Name those that you mean; until then it is that of the default route.\n";
            out += "#interfaces = [\"eth0\", \"eth1\"]\n";
        }
        device => {
            let _ = writeln!(out, "interfaces = [{}]", Value::from(device.unwrap_or_default()));
        }
    }
    if let Some(At { value: (text, prefix), .. }) = &told.cidr {
        for line in counted(text, *prefix) {
            let _ = writeln!(out, "# {line}");
        }
        let _ = writeln!(out, "cidr = [{}]", Value::from(text.as_str()));
    }
    if !told.unknown.is_empty() {
        out += "\n# What was in the file besides, and meant nothing to gonetmon:\n";
    }
    for (_, name, written) in &told.unknown {
        for line in format!("{name} = {written}").lines() {
            let _ = writeln!(out, "#   {}", comment(line));
        }
    }
    out
}

/// A line of theirs as it may be shown: TOML lets characters into its values that a terminal obeys. Tabs stay.
fn comment(line: &str) -> String {
    line.split('\t').map(plain).collect::<Vec<_>>().join("\t")
}

/// What gonetmon made of this network, if that is not what it says. It took the address without its last ".0" and put
/// 1 to 255 behind it, whatever the prefix length; it looked at no IPv6 packet.
fn counted(text: &str, prefix: IpNet) -> Vec<String> {
    let address = text.split('/').next().and_then(|address| address.parse().ok());
    match address {
        Some(IpAddr::V4(address)) if address.octets()[3] != 0 => {
            vec![format!(
                "gonetmon counted no host at all with this: {address} is not the address of a network."
            )]
        }
        Some(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            let other = format!(
                "gonetmon counted {a}.{b}.{c}.1 to {a}.{b}.{c}.255 with this; lanlord counts what it says, {prefix}."
            );
            let ipv6 =
                "Only IPv4, as with gonetmon. For IPv6, add your prefix, such as \"fd00::/8\".".to_owned();
            if prefix.prefix_len() == 24 { vec![ipv6] } else { vec![other, ipv6] }
        }
        _ => vec!["gonetmon counted no host at all with this: it looked at IPv4 alone.".to_owned()],
    }
}
