//! `include` and `exclude`: which families are pushed.
//!
//! A pattern that matches nothing is a slip, and nobody would notice it for as long as nobody looks for what is missing.

use super::invalid;
use crate::catalogue;
use crate::config::problem::{Invalid, quote};
use crate::config::suggest;
use crate::config::table::Table;
use crate::push::{Pattern, Selection};

/// Reads both.
pub(super) fn read(table: &mut Table<'_>) -> Selection {
    let want = r#"a list of families, such as `["lan_host_*"]`"#;
    let at = [table.at("include"), table.at("exclude")];
    let mut patterns = |key| {
        let patterns = table.strings(key, want, parse).unwrap_or_default();
        patterns.into_iter().map(|pattern| pattern.value).collect()
    };
    let selection = Selection { include: patterns("include"), exclude: patterns("exclude") };
    if !catalogue::all().into_iter().any(|meta| selection.wants(meta)) {
        let message = match at {
            [Some(_), _] => "`exclude` takes all that `include` names, so nothing is left to push",
            [None, _] => "`exclude` takes every family there is, so nothing is left to push",
        };
        table.review.problem(at[1].or(at[0]).unwrap_or_default(), message.to_owned());
    }
    selection
}

fn parse(text: &str) -> Result<Pattern, Invalid> {
    let pattern: Pattern = text.parse().map_err(invalid)?;
    let names: Vec<&str> = catalogue::all().into_iter().map(|meta| meta.name).collect();
    if catalogue::all().into_iter().any(|meta| pattern.matches(meta)) {
        return Ok(pattern);
    }
    let advice = match closest(text, &names) {
        Some(word) => format!("did you mean `{word}`?"),
        None => "`lanlord metrics` lists all there are".to_owned(),
    };
    Err(Invalid(format!("{} matches no family; {advice}", quote(text))))
}

/// The name that was meant, or the beginning of names.
fn closest(written: &str, names: &[&str]) -> Option<String> {
    let Some((beginning, "")) = written.split_once('*') else {
        return suggest::closest(written, names.iter().copied()).map(str::to_owned);
    };
    let beginnings = names.iter().flat_map(|name| name.match_indices('_').map(|(at, _)| &name[..=at]));
    suggest::closest(beginning, beginnings).map(|word| format!("{word}*"))
}
