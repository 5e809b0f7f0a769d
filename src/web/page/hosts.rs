//! The table of hosts: those with the most bytes first, then those that are connected.
//!
//! It shows what each source says, side by side. Two sources that see the same host make two rows, because saying
//! that they are the same is a judgement, and not the page's.

use std::cmp::Reverse;
use std::fmt::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;

use crate::hosts::{self, Host};
use crate::metric::{Attachment, Batch, Sighting, Volume};
use crate::text::{self, Text, UNKNOWN};

/// Rows shown; whoever wants them all has the metrics.
const ROWS: usize = 50;

pub(super) fn write(batches: &[Arc<Batch>], out: &mut String) -> fmt::Result {
    let mut rows = hosts::of(batches);
    if rows.is_empty() {
        return match batches {
            [] => Ok(()),
            _ => out.write_str("<h2>Hosts</h2>\n<p class=\"soft\">No host to show: none has been seen yet, or the source is down.</p>\n"),
        };
    }
    // A source that counts nothing is not one that counted zero, so those rows come last.
    rows.sort_by_key(|Host { sighting, .. }| {
        Reverse((sighting.volume.map(|volume| volume.bytes()), sighting.connected))
    });
    let most = rows.iter().find_map(|row| row.sighting.volume).map_or(0, |volume| volume.bytes());
    // Whoever listens to a wire knows neither, and then a column of dashes helps nobody.
    let places = rows.iter().any(|row| row.sighting.connected.is_some() || row.sighting.attachment.is_some());
    let shown = rows.len().min(ROWS);
    let count = match rows.len() {
        1 => "1 host".to_owned(),
        all if all == shown => format!("{all} hosts, by bytes"),
        all => format!("the top {shown} of {all} by bytes"),
    };
    write!(
        out,
        "<h2>Hosts <small>{count}; <span class=\"received\">received</span> and <span class=\"sent\">sent</span> \
         since the source began to count</small></h2>\n<table>\n<thead><tr><th>Name</th><th>Address</th>\
         <th>Hardware address</th>{}<th>Source</th><th class=\"number\">Received</th><th class=\"number\">Sent</th>\
         <th>Share</th></tr></thead>\n<tbody>\n",
        if places { "<th>Connection</th>" } else { "" }
    )?;
    rows[..shown].iter().try_for_each(|row| write_row(row, places, most, out))?;
    out.write_str("</tbody>\n</table>\n")?;
    match rows.len() - shown {
        0 => Ok(()),
        1 => out.write_str("<p class=\"soft\">One more host is not shown.</p>\n"),
        more => writeln!(out, "<p class=\"soft\">{more} more hosts are not shown.</p>"),
    }
}

fn write_row(row: &Host<'_>, places: bool, most: u64, out: &mut String) -> fmt::Result {
    let Host { source, sighting } = row;
    write!(
        out,
        "<tr><td data-label=\"Name\"><bdi>{}</bdi></td>",
        Text(sighting.name().map(|name| &**name).unwrap_or(UNKNOWN))
    )?;
    out.write_str("<td data-label=\"Address\" class=\"code\">")?;
    write_addresses(&sighting.addresses, out)?;
    let mac = sighting.mac.map_or_else(|| UNKNOWN.to_owned(), |mac| mac.to_string());
    write!(out, "</td><td data-label=\"Hardware address\" class=\"code\">{mac}</td>")?;
    if places {
        out.write_str("<td data-label=\"Connection\"><div>")?;
        write_place(sighting, out)?;
        out.write_str("</div></td>")?;
    }
    write!(
        out,
        "<td data-label=\"Source\" class=\"soft\"><bdi>{}</bdi></td>",
        Text(source.map_or(UNKNOWN, |source| &source.0))
    )?;
    write_bytes("Received", sighting.volume.map(|volume| volume.received_bytes), out)?;
    write_bytes("Sent", sighting.volume.map(|volume| volume.sent_bytes), out)?;
    out.write_str("<td data-label=\"Share\">")?;
    match sighting.volume {
        Some(volume) => write_bar(volume, most, out)?,
        None => out.write_str(UNKNOWN)?,
    }
    out.write_str("</td></tr>\n")
}

/// Whether it is connected, and to what: a port, or a radio and how well that hears it.
fn write_place(sighting: &Sighting, out: &mut String) -> fmt::Result {
    match sighting.connected {
        Some(true) => out.write_str("<span class=\"badge up\">connected</span>")?,
        Some(false) => out.write_str("<span class=\"soft\">not connected</span>")?,
        None if sighting.attachment.is_none() => return out.write_str(UNKNOWN),
        None => {}
    }
    match &sighting.attachment {
        None => Ok(()),
        Some(Attachment::Port(port)) => write!(out, " <bdi>{}</bdi>", Text(port)),
        Some(Attachment::Radio { radio, signal_dbm: None }) => write!(out, " <bdi>{}</bdi>", Text(radio)),
        Some(Attachment::Radio { radio, signal_dbm: Some(dbm) }) => {
            write!(out, " <bdi>{}</bdi> <span class=\"soft\">{dbm:.0} dBm</span>", Text(radio))
        }
    }
}

fn write_addresses(addresses: &[IpAddr], out: &mut String) -> fmt::Result {
    match addresses {
        [] => out.write_str(UNKNOWN),
        [one] => write!(out, "{one}"),
        [first, others @ ..] => {
            write!(out, "<span title=\"")?;
            others.iter().try_for_each(|address| write!(out, "{address} "))?;
            write!(out, "\">{first} <span class=\"soft\">+{}</span></span>", others.len())
        }
    }
}

fn write_bytes(label: &str, bytes: Option<u64>, out: &mut String) -> fmt::Result {
    match bytes {
        Some(bytes) => write!(
            out,
            "<td data-label=\"{label}\" class=\"number\"><span title=\"{bytes} bytes\">{}</span></td>",
            text::bytes(bytes)
        ),
        None => write!(out, "<td data-label=\"{label}\" class=\"number\">{UNKNOWN}</td>"),
    }
}

/// Received and sent as parts of the busiest host's bytes. A drawing and not a style, which the policy would need an
/// exception for.
fn write_bar(volume: Volume, most: u64, out: &mut String) -> fmt::Result {
    let share = |bytes: u64| 100.0 * bytes as f64 / most.max(1) as f64;
    let (received, sent) = (share(volume.received_bytes), share(volume.sent_bytes));
    write!(
        out,
        "<svg viewBox=\"0 0 100 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect class=\"received\" width=\"{received:.2}\" height=\"1\"/>\
         <rect class=\"sent\" x=\"{received:.2}\" width=\"{sent:.2}\" height=\"1\"/></svg>"
    )
}
