//! Probes: the modules there are, and the last targets with what came of them.
//!
//! Nothing at all where there is no module and nobody was probed. It shows neither figures nor messages, which whoever
//! probes has had, and no link that probes: a page that is read anew all the time must not.

use std::fmt::{self, Write};

use super::View;
use crate::probe::reply::Last;
use crate::text::{self, Text};

pub(super) fn write(view: &View<'_>, out: &mut String) -> fmt::Result {
    let (modules, last) = (&view.probes.modules, &view.probes.last);
    if modules.is_empty() && last.is_empty() {
        return Ok(());
    }
    out.write_str(
        "<h2>Probes <small><span class=\"code\">/probe?target=…&amp;module=…</span></small></h2>\n",
    )?;
    if !modules.is_empty() {
        out.write_str("<ul>\n")?;
        for (name, about) in modules {
            writeln!(out, "<li><strong><bdi>{}</bdi></strong> {}</li>", Text(name), Text(about))?;
        }
        out.write_str("</ul>\n")?;
    }
    if last.is_empty() {
        return out.write_str("<p class=\"soft\">Nobody has been probed yet.</p>\n");
    }
    out.write_str(
        "<table>\n<thead><tr><th>Target</th><th>Module</th><th>State</th><th>Last probe</th></tr></thead>\n<tbody>\n",
    )?;
    last.iter().try_for_each(|last| write_row(last, view, out))?;
    out.write_str("</tbody>\n</table>\n")
}

fn write_row(last: &Last, view: &View<'_>, out: &mut String) -> fmt::Result {
    let class = match last.outcome {
        "ok" | "partial" => "up",
        _ => "down",
    };
    writeln!(
        out,
        "<tr><td data-label=\"Target\" class=\"code\"><bdi>{}</bdi></td><td data-label=\"Module\"><bdi>{}</bdi></td>\
         <td data-label=\"State\"><div><span class=\"badge {class}\">{}</span></div></td>\
         <td data-label=\"Last probe\">{}</td></tr>",
        Text(&last.target),
        Text(&last.module),
        Text(last.outcome),
        text::age(last.at, view.now)
    )
}
