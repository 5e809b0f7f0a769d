//! The table of pushes: to whom lanlord brings what it knows, with the reason where one is not told.
//!
//! Nothing at all where nothing is pushed. It repeats what the last attempt said, and how long ago that was.

use std::fmt::{self, Write};

use super::View;
use crate::metric::Outcome;
use crate::push::PushId;
use crate::push::state::State;
use crate::text::{self, Text};

pub(super) fn write(view: &View<'_>, out: &mut String) -> fmt::Result {
    if view.pushes.is_empty() {
        return Ok(());
    }
    let is_down = |state: &State| state.outcome.as_ref().is_some_and(|outcome| !outcome.is_ok());
    let down = view.pushes.iter().filter(|(_, state)| is_down(state)).count();
    let count = match (view.pushes.len(), down) {
        (1, 0) => "1 receiver".to_owned(),
        (count, 0) => format!("{count} receivers"),
        (1, _) => "1 receiver, down".to_owned(),
        (count, down) => format!("{count} receivers, {down} down"),
    };
    write!(
        out,
        "<h2>Pushes <small>{count}; batches of lines, since lanlord started</small></h2>\n<table>\n<thead><tr>\
         <th>Push</th><th>Kind</th><th>Where</th><th>State</th><th>Last try</th><th>Last success</th>\
         <th class=\"number\">Waiting</th><th class=\"number\">Taken</th><th class=\"number\">Lost</th></tr></thead>\n\
         <tbody>\n"
    )?;
    view.pushes.iter().try_for_each(|(id, state)| write_row(id, state, view, out))?;
    out.write_str("</tbody>\n</table>\n")
}

fn write_row(id: &PushId, state: &State, view: &View<'_>, out: &mut String) -> fmt::Result {
    write!(
        out,
        "<tr><td data-label=\"Push\"><strong><bdi>{}</bdi></strong></td><td data-label=\"Kind\">{}</td>\
         <td data-label=\"Where\" class=\"code\"><bdi>{}</bdi></td><td data-label=\"State\"><div>",
        Text(&id.0),
        Text(state.kind),
        Text(&state.place)
    )?;
    match &state.outcome {
        None => out.write_str("<span class=\"soft\">not tried yet</span>")?,
        Some(Outcome::Ok) => out.write_str("<span class=\"badge up\">up</span>")?,
        Some(Outcome::Failed { reason, code, message }) => write!(
            out,
            "<span class=\"badge down\">{}</span> <span class=\"code\">{}</span><p>{}</p>",
            reason.as_str().replace('_', " "),
            Text(code),
            Text(message)
        )?,
    }
    let age = |then: Option<_>| then.map_or_else(|| "never".to_owned(), |then| text::age(then, view.now));
    writeln!(
        out,
        "</div></td><td data-label=\"Last try\">{}</td><td data-label=\"Last success\">{}</td>\
         <td data-label=\"Waiting\" class=\"number\">{}</td><td data-label=\"Taken\" class=\"number\">{}</td>\
         <td data-label=\"Lost\" class=\"number\">{}</td></tr>",
        age(state.tried_at),
        age(state.success_at),
        state.waiting,
        state.tally.ok,
        state.tally.dropped
    )
}
