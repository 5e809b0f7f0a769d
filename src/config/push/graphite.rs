//! `kind = "graphite"`: from a `[[push]]` table to what is sent to carbon, and to what listens like it.

use std::collections::BTreeSet;

use super::{choice, invalid, require_endpoint};
use crate::catalogue;
use crate::config::problem::{Invalid, quote};
use crate::config::suggest;
use crate::config::table::Table;
use crate::encode::graphite::{self, Escape, Form, Layout, Template};
use crate::net::place::host_and_port;
use crate::push::Receiver;
use crate::push::graphite::{DEFAULT_PORT, Settings};

/// What every path begins with, unless the file says otherwise.
const PREFIX: &str = "lanlord";

pub(super) fn read(table: &mut Table<'_>, header: usize) -> Option<Receiver> {
    require_endpoint(table, header, "127.0.0.1:2003");
    let endpoint =
        table.string("endpoint", r#"a host and perhaps a port, such as `"127.0.0.1:2003"`"#, parse_endpoint);
    let prefix = table.string("prefix", r#"words between dots, such as `"lanlord"`"#, |text| {
        graphite::prefix(text).map_err(invalid)
    });
    let form = form(table);
    let (host, port) = endpoint?.value;
    let prefix = prefix.map_or_else(|| PREFIX.to_owned(), |prefix| prefix.value);
    Some(Receiver::Graphite(Settings { host, port, layout: Layout { prefix, form } }))
}

/// Tags, or a path.
fn form(table: &mut Table<'_>) -> Form {
    let written = ["template", "escape"].map(|key| table.at(key).map(|at| (key, at)));
    let template =
        table.string("template", r#"a path, such as `"{source}.{name}.{labels}"`"#, parse_template);
    let escape = choice(table, "escape", &[("percent", Escape::Percent), ("underscore", Escape::Underscore)]);
    if table.boolean("tagged") == Some(true) {
        for (key, at) in written.into_iter().flatten() {
            let message =
                format!("`{key}` is about paths, and with `tagged` there are none; remove one of the two");
            table.review.problem(at, message);
        }
        return Form::Tags;
    }
    Form::Path {
        template: template.map(|template| template.value).unwrap_or_default(),
        escape: escape.unwrap_or(Escape::Percent),
    }
}

/// A place for a label that no family has would be empty for ever.
fn parse_template(text: &str) -> Result<Template, Invalid> {
    let template: Template = text.parse().map_err(invalid)?;
    let known: BTreeSet<&str> = catalogue::all().iter().flat_map(|meta| meta.labels).copied().collect();
    let unknown = template.labels().find(|label| !known.contains(label));
    match unknown {
        None => Ok(template),
        Some(label) => {
            let advice = match suggest::closest(label, known) {
                Some(word) => format!("did you mean `{{label.{word}}}`?"),
                None => "`lanlord metrics` lists them".to_owned(),
            };
            Err(Invalid(format!("no family has the label {} of the template; {advice}", quote(label))))
        }
    }
}

fn parse_endpoint(text: &str) -> Result<(String, u16), Invalid> {
    const ADVICE: &str = "write a host and perhaps a port, such as `127.0.0.1:2003` or `[fd00::1]:2003`";
    if let Some((host, port)) = host_and_port(text) {
        return Ok((host.to_owned(), port.unwrap_or(DEFAULT_PORT)));
    }
    Err(Invalid(match text.contains('@') {
        true => format!(
            "the endpoint has an `@`, and so perhaps a password, which is why it is not shown; {ADVICE}"
        ),
        false => format!("{} is not where Graphite can be; {ADVICE}", quote(text)),
    }))
}
