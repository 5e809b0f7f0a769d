//! A table for a terminal, the busiest first, and what the captures hold altogether. Names are shown so that none
//! can play tricks with the terminal.

use std::fmt::Write;

use crate::report::{Row, Rows};
use crate::sources::wire::accounts::Totals;
use crate::sources::wire::packet::Skip;
use crate::text::{UNKNOWN, bytes, plain};

/// The longest name shown; the rest is cut off.
const NAME_WIDTH: usize = 24;

const HEAD: [&str; 7] = ["host", "address", "mac", "received", "sent", "packets in", "packets out"];
/// Numbers are aligned to the right.
const RIGHT: [bool; 7] = [false, false, false, true, true, true, true];

/// Writes the table.
pub fn render(rows: &Rows, totals: &Totals) -> String {
    let mut sorted: Vec<&Row> = rows.0.iter().collect();
    sorted.sort_by_key(|row| std::cmp::Reverse(row.traffic.bytes()));
    let cells: Vec<[String; 7]> = sorted.into_iter().map(cells).collect();
    let width = |at: usize| {
        let column = cells.iter().map(|row| row[at].chars().count());
        column.chain([HEAD[at].len()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut out = String::new();
    line(&mut out, &HEAD.map(str::to_owned), &widths);
    for row in &cells {
        line(&mut out, row, &widths);
    }
    out.push('\n');
    summary(&mut out, totals, rows.0.len());
    out
}

fn cells(row: &Row) -> [String; 7] {
    let Row { address, mac, host, traffic } = row;
    let unknown = || UNKNOWN.to_owned();
    [
        host.as_deref().map_or_else(unknown, |name| plain(name).chars().take(NAME_WIDTH).collect()),
        address.map_or_else(unknown, |address| address.to_string()),
        mac.map_or_else(unknown, |mac| mac.to_string()),
        bytes(traffic.received_bytes),
        bytes(traffic.sent_bytes),
        traffic.received_packets.to_string(),
        traffic.sent_packets.to_string(),
    ]
}

fn line(out: &mut String, cells: &[String; 7], widths: &[usize]) {
    let start = out.len();
    for (at, cell) in cells.iter().enumerate() {
        let width = widths[at];
        // Writing to a string cannot fail.
        let _ = if RIGHT[at] { write!(out, "{cell:>width$}  ") } else { write!(out, "{cell:<width$}  ") };
    }
    let end = out[start..].trim_end().len();
    out.truncate(start + end);
    out.push('\n');
}

fn summary(out: &mut String, totals: &Totals, rows: usize) {
    let (frames, packets) = (totals.all_frames(), totals.packets.iter().flatten().sum::<u64>());
    let _ = writeln!(
        out,
        "{rows} rows; {frames} frames, of which {packets} IP packets with {} ({} IPv4, {} IPv6)",
        bytes(totals.ip_bytes()),
        bytes(totals.bytes[0].iter().sum()),
        bytes(totals.bytes[1].iter().sum()),
    );
    let skipped: Vec<String> = Skip::ALL
        .into_iter()
        .filter(|&reason| totals.skipped[reason as usize] > 0)
        .map(|reason| format!("{} {}", totals.skipped[reason as usize], reason.as_str()))
        .collect();
    if !skipped.is_empty() {
        let _ = writeln!(out, "not accounted to anybody: {}", skipped.join(", "));
    }
}
