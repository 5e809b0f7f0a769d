//! The table `[dns]`: whether and whom to ask for names of hosts.
//!
//! It looks at no resolver and at no file of the system.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::problem::{Invalid, quote};
use super::repeats;
use super::table::{At, Table};
use crate::names::dns::Settings;

/// Where DNS is served unless somebody says otherwise (RFC 1035 §4.2).
const PORT: u16 = 53;

/// More would never be asked: each gets its part of the time that a question has.
const MOST_SERVERS: usize = 3;

/// What holds where nothing is written.
pub(super) fn defaults() -> Settings {
    Settings { enabled: true, servers: Vec::new(), refresh: Duration::from_secs(300), per_second: 50 }
}

/// Reads the table.
pub(super) fn read(table: &mut Table<'_>) -> Settings {
    let defaults = defaults();
    let enabled = table.boolean("enabled").unwrap_or(defaults.enabled);
    let want = r#"a list of addresses, such as `["192.168.1.1"]`"#;
    let at = table.at("servers").unwrap_or_default();
    let servers = table.strings("servers", want, parse_server).unwrap_or_default();
    if servers.len() > MOST_SERVERS {
        let message = format!("`servers` has {} addresses; write at most {MOST_SERVERS}", servers.len());
        table.review.problem(at, message);
    }
    for (At { at, value }, first) in repeats(&servers) {
        let line = table.review.line(first);
        table.review.problem(*at, format!("`{value}` is already on line {line}; ask each resolver once"));
    }
    let refresh = Duration::from_secs(1)..=Duration::from_secs(86_400);
    let per_second = table.integer("queries_per_second", 1..=1_000);
    Settings {
        enabled,
        servers: servers.into_iter().map(|server| server.value).collect(),
        refresh: table.duration("refresh", refresh).unwrap_or(defaults.refresh),
        // The range above fits.
        per_second: per_second.map_or(defaults.per_second, |number| number as u32),
    }
}

/// Reads a resolver's address, with a port or without.
fn parse_server(text: &str) -> Result<SocketAddr, Invalid> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let server = match bare.parse::<IpAddr>() {
        Ok(address) => Some(SocketAddr::new(address, PORT)),
        Err(_) => text.parse::<SocketAddr>().ok(),
    };
    server.filter(|server| server.port() != 0 && !server.ip().is_unspecified()).ok_or_else(|| {
        Invalid(format!(
            "{} is not a resolver's address; write it like `192.168.1.1`, `192.168.1.1:5353` or `[fd00::1]:53`",
            quote(text)
        ))
    })
}
