//! Who received and sent how much since the last page: from sums to differences, and from those to lines. Pure.
//!
//! It does not join what two sources say of one host, as the page in the browser does not.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::metric::{Batch, Began, Mac, Sighting, SourceId, Volume};
use crate::text::{UNKNOWN, columns, fill, plain};

/// What there is to say of the time since the last page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Every host that had traffic.
    pub rows: Vec<Row>,
    /// Sources that say nothing at present: nobody knows what their hosts had.
    pub silent: BTreeSet<String>,
}

/// What a host received and sent since the last page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who says so.
    pub source: Option<SourceId>,
    /// The address that names the host.
    pub address: Option<IpAddr>,
    /// What it is called, hostile.
    pub name: Option<Arc<str>>,
    /// Bytes to it.
    pub received: u64,
    /// Bytes from it.
    pub sent: u64,
}

/// The sums of the last page.
#[derive(Debug, Default)]
pub struct Books {
    parts: HashMap<(Option<SourceId>, &'static str), Sums>,
}

impl Books {
    /// Turns the page: what has come since the last one, for each host that had any. A host that was not there is
    /// counted from zero where its sums began with us ([`Began`]), and else from where they are, since most of that came
    /// earlier. One whose sums fell began anew, and is counted from zero.
    pub fn turn(&mut self, batches: &[Arc<Batch>]) -> Page {
        let mut page = Page::default();
        for batch in batches {
            // A failed visit says nothing of hosts: their next sums are held against the last that were had.
            if batch.visit.as_ref().is_some_and(|visit| !visit.outcome.is_ok()) {
                page.silent.extend(batch.source.as_ref().map(SourceId::to_string));
                continue;
            }
            let before = self.parts.entry((batch.source.clone(), batch.part)).or_default();
            let now = Sums::of(&batch.sightings);
            for (sighting, volume) in counted(&batch.sightings) {
                let unknown = match volume.began {
                    Began::Here => Volume::default(),
                    Began::Earlier => volume,
                };
                let past = before.past(sighting, &now).unwrap_or(unknown);
                let fell = volume.received_bytes < past.received_bytes || volume.sent_bytes < past.sent_bytes;
                let past = if fell { Volume::default() } else { past };
                let row = Row {
                    source: batch.source.clone(),
                    address: sighting.addresses.first().copied(),
                    name: sighting.name().cloned(),
                    received: volume.received_bytes - past.received_bytes,
                    sent: volume.sent_bytes - past.sent_bytes,
                };
                page.rows.extend((row.received > 0 || row.sent > 0).then_some(row));
            }
            *before = now;
        }
        page
    }
}

/// What one part of a source has counted. A row is its hardware address, or else its address.
#[derive(Debug, Default)]
struct Sums {
    stations: HashMap<Mac, Volume>,
    addresses: HashMap<IpAddr, (Option<Mac>, Volume)>,
}

impl Sums {
    fn of(sightings: &[Sighting]) -> Self {
        let mut sums = Self::default();
        for (sighting, volume) in counted(sightings) {
            if let Some(mac) = sighting.mac {
                sums.stations.insert(mac, volume);
            }
            if let Some(&address) = sighting.addresses.first() {
                sums.addresses.insert(address, (sighting.mac, volume));
            }
        }
        sums
    }

    /// What this host had before, if it was there. A row may lose its hardware address, when that turns out to be a router's, and may
    /// get one; two rows with different ones are two hosts that had the same address after each other.
    fn past(&self, sighting: &Sighting, now: &Sums) -> Option<Volume> {
        let by_station = sighting.mac.and_then(|mac| self.stations.get(&mac));
        let by_address = || {
            let (mac, volume) = self.addresses.get(sighting.addresses.first()?)?;
            let same = match (mac, sighting.mac) {
                (None, _) => true,
                (Some(mac), None) => !now.stations.contains_key(mac),
                (Some(_), Some(_)) => false,
            };
            same.then_some(volume)
        };
        by_station.or_else(by_address).copied()
    }
}

fn counted(sightings: &[Sighting]) -> impl Iterator<Item = (&Sighting, Volume)> {
    sightings.iter().filter_map(|sighting| Some((sighting, sighting.volume?)))
}

/// Rows on a page: what a person reads, and what a log has room for every minute.
const ROWS: usize = 50;
/// Columns of an IPv4 address and of a name; longer addresses take what they need.
const ADDRESS: usize = 16;
const NAME: usize = 30;

/// The page, line by line: the busiest hosts, in the order of their addresses.
pub fn lines(page: Page, elapsed: Duration) -> Vec<String> {
    let Page { mut rows, silent } = page;
    let seconds = elapsed.as_secs_f64().round();
    let rule = "-".repeat(19);
    let mut lines = vec![format!("{rule} Summary Stats of the last {seconds} s {rule}")];
    for source in &silent {
        lines.push(format!("source `{source}` does not answer; what its hosts had follows when it does"));
    }
    if rows.is_empty() {
        lines.extend(silent.is_empty().then(|| "no host had any traffic".to_owned()));
        return lines;
    }
    rows.sort_by(|a, b| {
        (b.received + b.sent).cmp(&(a.received + a.sent)).then_with(|| order(a).cmp(&order(b)))
    });
    let rest = rows.split_off(rows.len().min(ROWS));
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    let several = rows.iter().map(|row| &row.source).collect::<HashSet<_>>().len() > 1;
    let shown: Vec<String> = rows.iter().map(|row| address(row.address)).collect();
    let width = shown.iter().map(|address| columns(address)).max().unwrap_or_default().max(ADDRESS);
    let line = |address: &str, name: &str, received: &str, sent: &str, source: Option<&SourceId>| {
        let (address, name) = (fill(address, width), fill(name, NAME));
        // The name of a source has no other characters than letters, digits, `_` and `-`.
        let source = source.filter(|_| several).map(|source| format!("  {source}")).unwrap_or_default();
        format!("{address} {name} {received:>12} {sent:>12}{source}")
    };
    lines.push(line("address", "name", "received", "sent", None));
    for (row, address) in rows.iter().zip(&shown) {
        let name = row.name.as_deref().map_or_else(|| UNKNOWN.to_owned(), plain);
        lines.push(line(address, &name, &thousands(row.received), &thousands(row.sent), row.source.as_ref()));
    }
    if !rest.is_empty() {
        let more =
            if rest.len() == 1 { "1 more host".to_owned() } else { format!("{} more hosts", rest.len()) };
        let sum = |bytes: fn(&Row) -> u64| thousands(rest.iter().map(bytes).sum());
        lines.push(line("", &more, &sum(|row| row.received), &sum(|row| row.sent), None));
    }
    lines
}

fn order(row: &Row) -> (bool, Option<IpAddr>, Option<&str>) {
    // Who has no address comes last.
    (row.address.is_none(), row.address, row.source.as_ref().map(|source| &*source.0))
}

fn address(address: Option<IpAddr>) -> String {
    address.map_or_else(|| UNKNOWN.to_owned(), |address| address.to_string())
}

/// Thousands of bytes, as gonetmon wrote them.
fn thousands(bytes: u64) -> String {
    format!("{:.1}k", bytes as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Outcome, Reason, Tally, Timestamp, Visit};

    fn host(mac: Option<u8>, address: &str, received: u64, sent: u64) -> Sighting {
        Sighting {
            mac: mac.map(|last| Mac([2, 0, 0, 0, 0, last])),
            addresses: vec![address.parse().unwrap()],
            volume: Some(Volume { received_bytes: received, sent_bytes: sent, began: Began::Here }),
            ..Sighting::default()
        }
    }

    fn batch(source: &str, sightings: Vec<Sighting>, outcome: Outcome) -> Arc<Batch> {
        let visit = Visit {
            kind: "wire",
            taken_at: Timestamp(Duration::ZERO),
            duration: Duration::ZERO,
            outcome,
            faults: Vec::new(),
            tally: Tally::default(),
        };
        let source = Some(SourceId(Arc::from(source)));
        Arc::new(Batch { source, part: "capture", visit: Some(visit), families: Vec::new(), sightings })
    }

    fn good(sightings: Vec<Sighting>) -> Arc<Batch> {
        batch("wire", sightings, Outcome::Ok)
    }

    fn failed() -> Arc<Batch> {
        let outcome =
            Outcome::Failed { reason: Reason::Unreachable, code: "no_interface", message: String::new() };
        batch("wire", Vec::new(), outcome)
    }

    /// Address, received and sent of each row.
    #[track_caller]
    fn check(books: &mut Books, batches: &[Arc<Batch>], expected: &[(&str, u64, u64)]) {
        let rows = books.turn(batches).rows;
        let found: Vec<_> =
            rows.iter().map(|row| (row.address.unwrap().to_string(), row.received, row.sent)).collect();
        let found: Vec<_> = found.iter().map(|(address, a, b)| (address.as_str(), *a, *b)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_page_has_what_came_since_the_last_and_who_had_any() {
        let mut books = Books::default();
        let [a, b] = ["192.168.1.1", "192.168.1.2"];
        check(&mut books, &[good(vec![host(Some(1), a, 100, 20)])], &[(a, 100, 20)]);
        check(
            &mut books,
            &[good(vec![host(Some(1), a, 100, 20), host(None, b, 0, 7)])],
            // One direction is enough, and who had nothing is left out.
            &[(b, 0, 7)],
        );
        check(&mut books, &[good(vec![host(Some(1), a, 150, 25)])], &[(a, 50, 5)]);
        check(&mut books, &[good(vec![host(Some(1), a, 150, 25)])], &[]);
    }

    #[test]
    fn a_failed_visit_loses_nothing_and_invents_nothing() {
        let mut books = Books::default();
        let a = "192.168.1.1";
        check(&mut books, &[good(vec![host(Some(1), a, 100, 20)])], &[(a, 100, 20)]);
        check(&mut books, &[failed()], &[]);
        check(&mut books, &[failed()], &[]);
        check(&mut books, &[good(vec![host(Some(1), a, 170, 30)])], &[(a, 70, 10)]);
    }

    #[test]
    fn who_gave_way_and_came_back_begins_at_zero_and_nothing_is_negative() {
        let mut books = Books::default();
        let a = "192.168.1.1";
        check(&mut books, &[good(vec![host(None, a, 1_000, 1_000)])], &[(a, 1_000, 1_000)]);
        check(&mut books, &[good(vec![host(None, a, 1_200, 30)])], &[(a, 1_200, 30)]);
        check(&mut books, &[good(vec![])], &[]);
        check(&mut books, &[good(vec![host(None, a, 5, 5)])], &[(a, 5, 5)]);
    }

    #[test]
    fn a_host_stays_the_same_when_its_address_or_hardware_address_is_shown_otherwise() {
        let mut books = Books::default();
        let [a, b] = ["192.168.1.1", "192.168.1.2"];
        check(&mut books, &[good(vec![host(Some(1), a, 100, 100)])], &[(a, 100, 100)]);
        // Another address names the same station.
        check(&mut books, &[good(vec![host(Some(1), b, 110, 101)])], &[(b, 10, 1)]);
        // The station turns out to be a router, and the row goes on without it.
        check(&mut books, &[good(vec![host(None, b, 130, 102)])], &[(b, 20, 1)]);
        check(&mut books, &[good(vec![host(Some(1), b, 160, 103)])], &[(b, 30, 1)]);
        // The address went to another station, whose row begins with it.
        check(&mut books, &[good(vec![host(Some(2), b, 170, 103)])], &[(b, 170, 103)]);
        // Behind the router is somebody with the address that the router's own row had.
        let both = vec![host(Some(2), a, 171, 103), host(None, b, 180, 104)];
        check(&mut books, &[good(both)], &[(a, 1, 0), (b, 180, 104)]);
    }

    #[test]
    fn sums_that_are_older_than_we_are_are_counted_from_where_they_are() {
        let mut books = Books::default();
        let a = "192.168.1.1";
        let says = |received, sent| {
            let mut station = host(Some(1), a, received, sent);
            station.volume.as_mut().unwrap().began = Began::Earlier;
            batch("box", vec![station], Outcome::Ok)
        };
        check(&mut books, &[batch("box", vec![], Outcome::Ok)], &[]);
        // Days of traffic, of which nobody knows what came since the last page.
        check(&mut books, &[says(5_000_000_000, 1_000_000_000)], &[]);
        check(&mut books, &[says(5_000_000_700, 1_000_000_030)], &[(a, 700, 30)]);
        // It associated again, and its sums began anew.
        check(&mut books, &[says(40, 5)], &[(a, 40, 5)]);
    }

    #[test]
    fn each_source_has_books_of_its_own() {
        let mut books = Books::default();
        let a = "192.168.1.1";
        let say = |one, two| {
            [
                batch("one", vec![host(None, a, one, 0)], Outcome::Ok),
                batch("two", vec![host(None, a, two, 0)], Outcome::Ok),
            ]
        };
        check(&mut books, &say(10, 1_000), &[(a, 10, 0), (a, 1_000, 0)]);
        check(&mut books, &say(15, 1_500), &[(a, 5, 0), (a, 500, 0)]);
    }

    fn row(address: &str, name: Option<&str>, received: u64, sent: u64) -> Row {
        let source = Some(SourceId(Arc::from("wire")));
        Row { source, address: Some(address.parse().unwrap()), name: name.map(Arc::from), received, sent }
    }

    fn of(rows: Vec<Row>) -> Page {
        Page { rows, silent: BTreeSet::new() }
    }

    #[test]
    fn of_a_source_that_does_not_answer_nobody_knows_what_its_hosts_had() {
        let lines = lines(Books::default().turn(&[failed()]), Duration::from_secs(60));
        let silent = "source `wire` does not answer; what its hosts had follows when it does";
        assert_eq!(lines[1..], [silent]);
    }

    #[test]
    fn the_page_reads_as_gonetmons_did() {
        let rows = vec![
            row("192.168.1.20", None, 40, 0),
            row("192.168.1.3", Some("nas"), 1_234_567, 99_949),
            row("192.168.1.4", Some("プリンター\u{1b}[2J"), 5_000, 1),
        ];
        let expected = [
            "------------------- Summary Stats of the last 60 s -------------------",
            "address          name                               received         sent",
            "192.168.1.3      nas                                 1234.6k        99.9k",
            "192.168.1.4      プリンター[U+001B][2J                  5.0k         0.0k",
            "192.168.1.20     \u{2014}                                      0.0k         0.0k",
        ];
        assert_eq!(lines(of(rows), Duration::from_millis(60_004)), expected);
        let none = [
            "------------------- Summary Stats of the last 1 s -------------------",
            "no host had any traffic",
        ];
        assert_eq!(lines(of(Vec::new()), Duration::from_secs(1)), none);
    }

    #[test]
    fn long_addresses_and_names_keep_the_columns() {
        let long = "a name that is longer than any column would be";
        let mut rows = vec![
            row("2001:db8:1111:2222:3333:4444:5555:6666", Some(long), 1, 2),
            row("10.0.0.1", None, 3, 4),
        ];
        rows[0].source = Some(SourceId(Arc::from("router")));
        let lines = lines(of(rows), Duration::from_secs(60));
        let expected = [
            "address                                name                               received         sent",
            "10.0.0.1                               \u{2014}                                      0.0k         0.0k  wire",
            "2001:db8:1111:2222:3333:4444:5555:6666 a name that is longer than an\u{2026}         0.0k         0.0k  router",
        ];
        assert_eq!(lines[1..], expected);
    }

    #[test]
    fn the_busiest_fifty_stay_in_the_order_of_addresses_and_the_rest_is_summed() {
        let rows: Vec<Row> =
            (1..=53).rev().map(|last| row(&format!("10.0.0.{last}"), None, last * 1_000, 1_000)).collect();
        let lines = lines(of(rows), Duration::from_secs(60));
        assert_eq!(lines.len(), 53);
        assert!(lines[2].starts_with("10.0.0.4 ") && lines[51].starts_with("10.0.0.53 "), "{lines:#?}");
        assert_eq!(lines[52], "                 3 more hosts                           6.0k         3.0k");
    }
}
