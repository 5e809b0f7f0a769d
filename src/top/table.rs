//! Two readings as a table: what happened between them, in an order, in so many columns. Pure.
//!
//! It colours nothing and knows no terminal: the same table goes into a pipe.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::time::Duration;

use clap::ValueEnum;

use crate::text::{self, UNKNOWN, columns, cut, fill, plain};
use crate::top::parse::{Host, Key, Reading};

/// A row, without anything that plays tricks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who says so.
    pub source: String,
    /// What the host is called.
    pub name: Option<String>,
    /// The address that names it; none for the row of those who found no room.
    pub address: Option<IpAddr>,
    /// Bytes per second to it, if there is something to compare with.
    pub received: Option<u64>,
    /// Bytes per second from it.
    pub sent: Option<u64>,
    /// Bytes to and from it since lanlord began.
    pub total: u64,
}

/// What stands first. The command line takes these words, with what is said of them here as its help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// Received and sent per second, together.
    Rate,
    /// Received per second.
    Received,
    /// Sent per second.
    Sent,
    /// Received and sent since lanlord started, together.
    Total,
    /// What the host is called.
    Name,
    /// Its address.
    Address,
}

impl Order {
    /// So many further on in the order above, round and round.
    pub fn after(self, steps: isize) -> Self {
        let all = Self::value_variants();
        let at = (self as isize + steps).rem_euclid(all.len() as isize);
        all[at as usize]
    }

    /// As the screen calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Order::Rate => "rate",
            Order::Received => "received",
            Order::Sent => "sent",
            Order::Total => "total",
            Order::Name => "name",
            Order::Address => "address",
        }
    }
}

/// What rates are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Binary units, as on the page.
    Bytes,
    /// Decimal ones, as providers have them.
    Bits,
}

/// The rows of a reading, with what has happened since an earlier one. Where a sum is not there or fell, lanlord or
/// the row began anew in between: the rate is not known, and never negative.
pub fn rows(before: Option<(&Reading, Duration)>, now: &Reading) -> Vec<Row> {
    let rate = |now: u64, before: u64, elapsed: Duration| {
        let bytes = now.checked_sub(before)?;
        Some((bytes as f64 / elapsed.as_secs_f64().max(0.001)).round() as u64)
    };
    let row = |(key, host): (&Key, &Host)| {
        let past = before.and_then(|(reading, elapsed)| Some((reading.hosts.get(key)?, elapsed)));
        let rates = past.and_then(|(past, elapsed)| {
            let received = rate(host.received, past.received, elapsed)?;
            Some((received, rate(host.sent, past.sent, elapsed)?))
        });
        Row {
            source: plain(&key.source),
            name: (!host.name.is_empty()).then(|| plain(&host.name)),
            address: host.address,
            received: rates.map(|(received, _)| received),
            sent: rates.map(|(_, sent)| sent),
            total: host.received.saturating_add(host.sent),
        }
    };
    now.hosts.iter().map(row).collect()
}

/// Puts rows into an order; what is not known comes last, and of equals those with the larger sum first.
pub fn sort(rows: &mut [Row], order: Order) {
    rows.sort_by_key(|row| (Reverse(row.total), row.address));
    match order {
        Order::Rate => {
            rows.sort_by_key(|row| {
                Reverse(row.received.map(|rate| rate.saturating_add(row.sent.unwrap_or(0))))
            });
        }
        Order::Received => rows.sort_by_key(|row| Reverse(row.received)),
        Order::Sent => rows.sort_by_key(|row| Reverse(row.sent)),
        Order::Total => {}
        Order::Name => {
            rows.sort_by_cached_key(|row| (row.name.is_none(), row.name.as_deref().map(str::to_lowercase)));
        }
        Order::Address => rows.sort_by_key(|row| (row.address.is_none(), row.address)),
    }
}

/// How a table looks.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// Columns of the terminal; no line is longer.
    pub width: usize,
    /// What rates are written in.
    pub unit: Unit,
    /// Whether the source of each row is shown.
    pub sources: bool,
}

/// `received/s` and `9.99 Mbit`; `1023 MiB`; an IPv4 address; and of the name so much that it can be told.
const RATE: usize = 10;
const TOTAL: usize = 9;
const ADDRESS: usize = 15;
const NAME: usize = 20;
const SOURCE: usize = 12;
const GAP: &str = "  ";
/// In a terminal that has fewer columns, sums and then addresses are left out.
const ROOM_FOR_TOTAL: usize = 60;
const ROOM_FOR_ADDRESS: usize = 45;

/// How wide the widest of all rows is in each column: measured once for a reading, and not with each key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Longest {
    name: usize,
    address: usize,
    source: usize,
}

impl Longest {
    /// Of these rows.
    pub fn of(all: &[Row]) -> Self {
        all.iter().fold(Self::default(), |longest, row| Self {
            name: longest.name.max(row.name.as_deref().map_or(1, columns)),
            address: longest.address.max(columns(&address(row))),
            source: longest.source.max(columns(&row.source)),
        })
    }
}

/// The heading; the longest of all rows decide how wide its columns are.
pub fn head(looks: Looks, longest: Longest) -> String {
    let widths = Widths::of(looks, longest);
    widths.line(["name", "address", "source", "received/s", "sent/s", "total"].map(str::to_owned))
}

/// Lines for some of all rows.
pub fn lines(looks: Looks, longest: Longest, shown: &[Row]) -> impl Iterator<Item = String> {
    let widths = Widths::of(looks, longest);
    let rate = move |rate: Option<u64>| match (rate, looks.unit) {
        (None, _) => UNKNOWN.to_owned(),
        (Some(rate), Unit::Bytes) => text::bytes(rate),
        (Some(rate), Unit::Bits) => text::bits(rate.saturating_mul(8)),
    };
    shown.iter().map(move |row| {
        widths.line([
            row.name.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            tail(address(row), widths.address),
            row.source.clone(),
            rate(row.received),
            rate(row.sent),
            text::bytes(row.total),
        ])
    })
}

fn address(row: &Row) -> String {
    row.address.map_or_else(|| UNKNOWN.to_owned(), |address| address.to_string())
}

/// The end of an address that is too long: the beginning is the same for the whole house.
fn tail(address: String, width: usize) -> String {
    match address.len().checked_sub(width) {
        // All of it is ASCII, or a dash, which is never too long for what shows it.
        Some(1..) if address.is_ascii() && width > 0 => {
            format!("\u{2026}{}", &address[address.len() + 1 - width..])
        }
        _ => address,
    }
}

#[derive(Clone, Copy)]
struct Widths {
    whole: usize,
    name: usize,
    /// None has the width zero, and no gap.
    address: usize,
    source: usize,
    total: usize,
}

impl Widths {
    fn of(looks: Looks, longest: Longest) -> Self {
        let total = if looks.width >= ROOM_FOR_TOTAL { TOTAL } else { 0 };
        let source = match looks.sources && looks.width >= ROOM_FOR_TOTAL {
            true => longest.source.clamp("source".len(), SOURCE),
            false => 0,
        };
        let taken: usize =
            [RATE, RATE, total, source].into_iter().filter(|&width| width > 0).map(gapped).sum();
        let room = looks.width.saturating_sub(taken);
        let address = match looks.width >= ROOM_FOR_ADDRESS {
            true => longest.address.clamp("address".len(), room.saturating_sub(gapped(NAME)).max(ADDRESS)),
            false => 0,
        };
        let room = if address > 0 { room.saturating_sub(gapped(address)) } else { room };
        let name = longest.name.max("name".len()).min(room);
        Self { whole: looks.width, name, address, source, total }
    }

    fn line(&self, [name, address, source, received, sent, total]: [String; 6]) -> String {
        let mut line = fill(&name, self.name);
        for (text, width) in [(address, self.address), (source, self.source)] {
            if width > 0 {
                line = line + GAP + &fill(&text, width);
            }
        }
        for (text, width) in [(received, RATE), (sent, RATE), (total, self.total)] {
            if width > 0 {
                line = format!("{line}{GAP}{text:>width$}");
            }
        }
        cut(&line, self.whole)
    }
}

fn gapped(width: usize) -> usize {
    width + GAP.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Mac;
    use crate::top::parse::Identity;

    fn reading(hosts: &[(u8, &str, &str, u64, u64)]) -> Reading {
        let mut reading = Reading::default();
        for &(number, name, address, received, sent) in hosts {
            let key =
                Key { source: "wire".to_owned(), host: Some(Identity::Mac(Mac([2, 0, 0, 0, 0, number]))) };
            let host = Host { name: name.to_owned(), address: address.parse().ok(), received, sent };
            reading.hosts.insert(key, host);
        }
        reading
    }

    fn rates(before: &Reading, now: &Reading) -> Vec<(Option<u64>, Option<u64>)> {
        let rows = rows(Some((before, Duration::from_secs(2))), now);
        rows.iter().map(|row| (row.received, row.sent)).collect()
    }

    #[test]
    fn a_rate_is_the_difference_over_the_time_between() {
        let before = reading(&[(1, "", "10.0.0.1", 1_000, 10)]);
        let now = reading(&[(1, "nas", "10.0.0.2", 5_000, 11), (2, "", "10.0.0.3", 7, 7)]);
        // Another name and address make no other host of it; a new one has nothing to compare with.
        assert_eq!(rates(&before, &now), [(Some(2_000), Some(1)), (None, None)]);
        assert_eq!(rates(&now, &before), [(None, None)], "a sum that fell is no negative rate");
        assert_eq!(rows(None, &now)[0].total, 5_011);
    }

    fn names(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.name.as_deref().unwrap_or("-")).collect()
    }

    #[test]
    fn each_order_is_what_its_name_says_and_the_unknown_comes_last() {
        let before =
            reading(&[(1, "", "", 0, 0), (2, "", "", 0, 90), (3, "", "", 0, 0), (5, "", "", 800, 0)]);
        let now = reading(&[
            (1, "b", "10.0.0.10", 60, 10),
            (2, "A", "10.0.0.9", 40, 100),
            (3, "c", "fd00::1", 0, 44),
            (4, "new", "10.0.0.1", 500, 500),
            (5, "", "9.9.9.9", 800, 0),
        ]);
        let mut rows = rows(Some((&before, Duration::from_secs(1))), &now);
        for (order, expected) in [
            (Order::Rate, ["b", "A", "c", "-", "new"]),
            (Order::Received, ["b", "A", "-", "c", "new"]),
            (Order::Sent, ["c", "A", "b", "-", "new"]),
            (Order::Total, ["new", "-", "A", "b", "c"]),
            (Order::Name, ["A", "b", "c", "new", "-"]),
            (Order::Address, ["-", "new", "A", "b", "c"]),
        ] {
            sort(&mut rows, order);
            assert_eq!(names(&rows), expected, "{order:?}");
        }
    }

    fn looks(width: usize) -> Looks {
        Looks { width, unit: Unit::Bytes, sources: false }
    }

    fn picture(looks: Looks, rows: &[Row]) -> Vec<String> {
        let longest = Longest::of(rows);
        std::iter::once(head(looks, longest)).chain(lines(looks, longest, rows)).collect()
    }

    #[test]
    fn eighty_columns_hold_names_addresses_and_figures() {
        let before = reading(&[(1, "", "", 0, 0), (2, "", "", 0, 0)]);
        let now = reading(&[
            (1, "プリンター\u{1b}]0;x\u{7}", "192.168.1.7", 3 << 20, 2_048),
            (2, "a name much longer than there is room for", "2001:db8:1:2:aaaa:bbbb:cccc:dddd", 999, 4),
            (3, "", "", 1, 1),
        ]);
        let mut rows = rows(Some((&before, Duration::from_secs(1))), &now);
        let expected = [
            "name                  address                  received/s      sent/s      total",
            "プリンター[U+001B]]…  192.168.1.7                3.00 MiB    2.00 KiB   3.00 MiB",
            "a name much longer …  …:2:aaaa:bbbb:cccc:dddd       999 B         4 B     1003 B",
            "—                     —                                 —           —        2 B",
        ];
        let found = picture(looks(80), &rows);
        assert!(found.iter().all(|line| columns(line) <= 80), "{found:#?}");
        // At 120 columns nothing is cut.
        let wide = picture(looks(120), &rows);
        assert!(wide[2].contains("2001:db8:1:2:aaaa:bbbb:cccc:dddd"), "{wide:#?}");
        assert!(wide[2].contains("a name much longer than there is room for"), "{wide:#?}");
        rows.truncate(1);
        let bits = lines(Looks { unit: Unit::Bits, ..looks(80) }, Longest::of(&rows), &rows).next().unwrap();
        assert!(bits.contains(" 25.2 Mbit ") && bits.contains(" 16.4 kbit "), "{bits}");
        assert_eq!(found, expected);
    }

    #[test]
    fn the_source_is_shown_where_it_is_asked_for() {
        let rows = rows(None, &reading(&[(1, "nas", "10.0.0.1", 1, 1)]));
        let expected = [
            "name  address   source  received/s      sent/s      total",
            "nas   10.0.0.1  wire             —           —        2 B",
        ];
        assert_eq!(picture(Looks { sources: true, ..looks(80) }, &rows), expected);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_longer_than_the_terminal(
            names in proptest::collection::vec("\\PC{0,60}", 1..6),
            width in 0usize..150,
            sources: bool,
        ) {
            let hosts: Vec<_> = names.iter().enumerate().map(|(at, name)| (at as u8, name.as_str(),
                "2001:db8:1111:2222:3333:4444:5555:6666", u64::MAX, at as u64)).collect();
            let now = reading(&hosts);
            let rows = rows(Some((&now, Duration::from_secs(1))), &now);
            for line in picture(Looks { sources, ..looks(width) }, &rows) {
                proptest::prop_assert!(columns(&line) <= width, "{line:?}");
                proptest::prop_assert!(!line.contains(char::is_control), "{line:?}");
            }
        }
    }
}
