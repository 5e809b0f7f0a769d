//! Where a secret is kept, as every kind of source and of push writes it: one of three keys, none of which holds the
//! secret itself.
//!
//! Somebody may write it there all the same, so no value of these keys is ever shown.

use std::path::PathBuf;

use super::problem::{Invalid, quote};
use super::table::Table;
use crate::secrets::Place;

/// Takes the place of a secret; `keys` are those for a file, a variable of the environment and a credential. What they
/// begin with cannot be a key itself.
pub(super) fn read(table: &mut Table<'_>, keys: [&'static str; 3]) -> Option<Place> {
    let [file, variable, credential] = keys;
    let written: Vec<_> = keys.into_iter().filter_map(|key| Some((key, table.at(key)?))).collect();
    if let [(one, _), (other, at), ..] = written[..] {
        table.review.problem(at, format!("`{one}` and `{other}` name two places; remove one of the two"));
    }
    if let Some((what, _)) = file.split_once('_') {
        let message = format!(
            "a {what} does not belong in this file; put it into one that only lanlord may read, and write `{file}`, or use \
             `{variable}` or `{credential}`"
        );
        table.refuse(what, message);
    }
    let file = place(table, file, r#"a path, such as `"/etc/lanlord/secret"`"#, |text| {
        path(text).ok().map(Place::File)
    });
    let variable =
        place(table, variable, r#"a variable of the environment, such as `"LANLORD_SECRET"`"#, |text| {
            is_name(text, b'=').then(|| Place::Environment(text.to_owned()))
        });
    let credential =
        place(table, credential, r#"the name of a credential, such as `"lanlord.secret"`"#, |text| {
            is_name(text, b'/').then(|| Place::Credential(text.to_owned()))
        });
    file.or(variable).or(credential)
}

fn place(
    table: &mut Table<'_>,
    key: &'static str,
    want: &str,
    parse: impl FnOnce(&str) -> Option<Place>,
) -> Option<Place> {
    let value = table.value(key)?;
    let place = value.get_ref().as_str().and_then(parse);
    if place.is_none() {
        let message = format!(
            "`{key}` cannot be what it says, which is not shown, since it may be the secret itself; write {want}"
        );
        table.review.problem(value.span().start, message);
    }
    place
}

pub(super) fn path(text: &str) -> Result<PathBuf, Invalid> {
    match text {
        _ if text.is_empty() || text.contains('\0') => Err(Invalid(format!("{} is not a path", quote(text)))),
        _ => Ok(PathBuf::from(text)),
    }
}

fn is_name(text: &str, forbidden: u8) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_graphic() && byte != forbidden;
    matches!(text.len(), 1..=255) && text != "." && text != ".." && text.bytes().all(is_sound)
}
