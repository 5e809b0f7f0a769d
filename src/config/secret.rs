//! Where a secret is kept, as every kind of source writes it: one of three keys, none of which holds the secret itself.

use std::path::PathBuf;

use super::problem::{Invalid, quote};
use super::table::Table;
use crate::secrets::Place;

/// Takes the place of a secret; `keys` are those for a file, a variable of the environment and a credential.
pub(super) fn read(table: &mut Table<'_>, keys: [&'static str; 3]) -> Option<Place> {
    let [file, variable, credential] = keys;
    let written: Vec<_> = keys.into_iter().filter_map(|key| Some((key, table.at(key)?))).collect();
    if let [(one, _), (other, at), ..] = written[..] {
        table.review.problem(at, format!("`{one}` and `{other}` name two places; remove one of the two"));
    }
    let file = table
        .string(file, r#"a path, such as `"/etc/lanlord/box.token"`"#, |text| path(text).map(Place::File));
    let variable = table.string(variable, r#"a variable, such as `"BOX_TOKEN"`"#, |text| {
        name(text, "a variable of the environment", |byte| byte == b'=').map(Place::Environment)
    });
    let credential = table.string(credential, r#"a credential, such as `"box.token"`"#, |text| {
        name(text, "a credential", |byte| byte == b'/').map(Place::Credential)
    });
    file.or(variable).or(credential).map(|place| place.value)
}

pub(super) fn path(text: &str) -> Result<PathBuf, Invalid> {
    match text {
        _ if text.is_empty() || text.contains('\0') => Err(Invalid(format!("{} is not a path", quote(text)))),
        _ => Ok(PathBuf::from(text)),
    }
}

fn name(text: &str, what: &str, is_forbidden: fn(u8) -> bool) -> Result<String, Invalid> {
    let is_sound = |byte: u8| byte.is_ascii_graphic() && !is_forbidden(byte);
    match text {
        _ if matches!(text.len(), 1..=255) && text != "." && text != ".." && text.bytes().all(is_sound) => {
            Ok(text.to_owned())
        }
        _ => Err(Invalid(format!("{} cannot be the name of {what}", quote(text)))),
    }
}
