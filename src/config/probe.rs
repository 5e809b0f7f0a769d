//! `[probe]`: who may be probed, and how.
//!
//! It looks up no name and reads no password. What a module has in common with a source of its kind is read where that
//! source is; whether a password may be sent somewhere is decided here first, and once more at each probe.

use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Invalid, Review};
use super::table::{At, Table, unwanted};
use crate::probe::allow::Allowed;
use crate::probe::reply::ErrorsAs;
use crate::probe::{Module, Settings};

mod module;

/// More than anybody has kinds of modems.
const MOST_MODULES: usize = 64;

pub(super) fn read(review: &Review<'_>, table: &DeTable<'_>) -> Settings {
    let mut table = Table::new(review, "in `[probe]`", table);
    let defaults = Settings::default();
    let settings = Settings {
        allow: allow(&mut table),
        errors: errors(&mut table).unwrap_or(defaults.errors),
        deadline: table
            .duration("deadline", Duration::from_millis(500)..=Duration::from_secs(55))
            .unwrap_or(defaults.deadline),
        modules: table.value("module").map(|value| modules(review, value)).unwrap_or_default(),
    };
    table.finish();
    settings
}

/// Who may be probed, for all modules or for one.
fn allow(table: &mut Table<'_>) -> Vec<Allowed> {
    let want = r#"a list of networks, addresses and names, such as `["192.168.100.0/24"]`"#;
    let allowed = table
        .strings("allow", want, |text| text.parse::<Allowed>().map_err(|error| Invalid(error.to_string())));
    allowed.into_iter().flatten().map(|allowed| allowed.value).collect()
}

fn errors(table: &mut Table<'_>) -> Option<ErrorsAs> {
    let written = table.value("errors")?;
    match written.get_ref().as_str() {
        Some("status") => Some(ErrorsAs::Status),
        Some("metrics") => Some(ErrorsAs::Metrics),
        _ => {
            unwanted(table.review, "errors", written, "`\"status\"` or `\"metrics\"`");
            None
        }
    }
}

fn modules(review: &Review<'_>, value: &Spanned<DeValue<'_>>) -> Vec<Module> {
    let DeValue::Array(list) = value.get_ref() else {
        let want = "`[[probe.module]]` as its header, in double brackets, once for each module";
        unwanted(review, "module", value, want);
        return Vec::new();
    };
    if let Some(value) = list.get(MOST_MODULES) {
        let message = format!("there are {} modules; write at most {MOST_MODULES}", list.len());
        review.problem(value.span().start, message);
    }
    let read = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::Table(table) => module::read(review, table, value.span().start),
        _ => {
            unwanted(review, "module", value, "each module below a `[[probe.module]]` of its own");
            None
        }
    };
    let modules: Vec<(At<String>, Module)> = list.iter().take(MOST_MODULES).filter_map(read).collect();
    let names: Vec<At<String>> = modules.iter().map(|(name, _)| name.clone()).collect();
    for (At { at, value }, first) in super::repeats(&names) {
        let line = review.line(first);
        let message =
            format!("a module named `{value}` is already on line {line}; give this one another `name`");
        review.problem(*at, message);
    }
    modules.into_iter().map(|(_, module)| module).collect()
}
