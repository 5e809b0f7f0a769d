//! The table of sources: one row for each part, with the reason where one is down.
//!
//! It repeats what the last visit said, and how long ago that was.

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::time::Duration;

use super::View;
use crate::metric::{Outcome, SourceId, Timestamp, Visit};
use crate::text::{self, Text, UNKNOWN};

/// One part that was visited.
struct Row<'a> {
    source: &'a SourceId,
    part: &'static str,
    visit: &'a Visit,
}

pub(super) fn write(view: &View<'_>, out: &mut String) -> fmt::Result {
    let rows: Vec<Row<'_>> = view
        .batches
        .iter()
        .filter_map(|batch| {
            Some(Row { source: batch.source.as_ref()?, part: batch.part, visit: batch.visit.as_ref()? })
        })
        .collect();
    if rows.is_empty() {
        return out.write_str(
            "<h2>Sources</h2>\n<div class=\"empty\"><strong>No source has been visited yet.</strong>\
             <p>A source is visited within seconds of the start, so look again in a moment. If nothing comes, \
             the configuration has no source: add one, for example the interface to listen on, and restart \
             lanlord.</p></div>\n",
        );
    }
    let names: BTreeSet<_> = rows.iter().map(|row| row.source).collect();
    let down = rows.iter().filter(|row| !row.visit.outcome.is_ok()).count();
    let parts = match (rows.len(), down) {
        (1, 0) => "1 part, up".to_owned(),
        (count, 0) => format!("{count} parts, all up"),
        (count, down) => format!("{count} part{}, {down} down", plural(count)),
    };
    write!(
        out,
        "<h2>Sources <small>{} source{}, {parts}</small></h2>\n<table>\n<thead><tr><th>Source</th><th>Kind</th>\
         <th>Part</th><th>State</th><th>Last visit</th><th>Last success</th><th class=\"number\">Took</th><th>Faults</th></tr></thead>\n\
         <tbody>\n",
        names.len(),
        plural(names.len())
    )?;
    rows.iter().try_for_each(|row| write_row(row, view, out))?;
    out.write_str("</tbody>\n</table>\n")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

fn write_row(row: &Row<'_>, view: &View<'_>, out: &mut String) -> fmt::Result {
    let visit = row.visit;
    write!(
        out,
        "<tr><td data-label=\"Source\"><strong><bdi>{}</bdi></strong></td><td data-label=\"Kind\">{}</td>\
         <td data-label=\"Part\">{}</td><td data-label=\"State\"><div>",
        Text(&row.source.0),
        Text(visit.kind),
        Text(row.part)
    )?;
    match &visit.outcome {
        Outcome::Ok => out.write_str("<span class=\"badge up\">up</span>")?,
        Outcome::Failed { reason, code, message } => write!(
            out,
            "<span class=\"badge down\">{}</span> <span class=\"code\">{}</span><p>{}</p>",
            reason.as_str().replace('_', " "),
            Text(code),
            Text(message)
        )?,
    }
    let success = visit.tally.success_at.map_or_else(|| "never".to_owned(), |then| text::age(then, view.now));
    write!(
        out,
        "</div></td><td data-label=\"Last visit\"><div>{}{}</div></td>\
         <td data-label=\"Last success\">{success}</td>\
         <td data-label=\"Took\" class=\"number\">{}</td><td data-label=\"Faults\"><div>",
        text::age(visit.taken_at, view.now),
        if is_old(visit.taken_at, view.now) { " <span class=\"badge down\">old</span>" } else { "" },
        text::duration(visit.duration)
    )?;
    write_faults(visit, out)?;
    out.write_str("</div></td></tr>\n")
}

/// Whether figures are older than anybody would expect of a page that says "now". It does not say that anything is
/// wrong: the schedule may want it so.
fn is_old(taken_at: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(taken_at.0) >= Duration::from_secs(120)
}

/// The faults of the last visit; a visit that failed as a whole knows nothing of faults.
fn write_faults(visit: &Visit, out: &mut String) -> fmt::Result {
    match (&visit.outcome, visit.faults.as_slice()) {
        (Outcome::Failed { .. }, []) => write!(out, "<span class=\"soft\">{UNKNOWN}</span>")?,
        (Outcome::Ok, []) => out.write_str("<span class=\"soft\">none</span>")?,
        (_, faults) => {
            out.write_str("<ul>")?;
            faults.iter().try_for_each(|fault| write!(out, "<li>{}</li>", Text(fault)))?;
            out.write_str("</ul>")?;
        }
    }
    match visit.tally.faults {
        0 => Ok(()),
        total => write!(out, "<p class=\"soft\">{total} since the start</p>"),
    }
}
