//! Whom to believe over TLS, as everything that is asked or told over it writes it: `ca_file`, `pin` or `tls_verify`.
//!
//! It reads no file: that is done when somebody connects.

use super::problem::Invalid;
use super::secret;
use super::table::Table;
use crate::net::tls::{Fingerprint, Trust};

/// Takes the three keys, of which only one may be there: two ways at once would leave open which of them has to hold.
/// `tls` is whether there is any TLS that they can be about; `built_in` are authorities that come with the kind.
pub(super) fn read(table: &mut Table<'_>, tls: bool, built_in: &'static str) -> Trust {
    let written = ["ca_file", "pin", "tls_verify"].map(|key| table.at(key).map(|at| (key, at)));
    let file = table.string("ca_file", r#"a path, such as `"/etc/lanlord/box.pem"`"#, secret::path);
    let want = r#"a fingerprint, such as `"sha256:8f…"`, or a list of them"#;
    let pins = table.string_or_strings("pin", want, |text| {
        text.parse::<Fingerprint>().map_err(|error| Invalid(error.to_string()))
    });
    let verify = table.boolean("tls_verify");
    let written: Vec<_> = written.into_iter().flatten().collect();
    if let [(one, _), (other, at), ..] = written[..] {
        table.review.problem(
            at,
            format!("`{one}` and `{other}` say two things of whom to believe; remove one of the two"),
        );
    } else if let (false, [(key, at)]) = (tls, &written[..]) {
        let message =
            format!("`{key}` is about TLS, and `endpoint` begins with `http://`; change one of the two");
        table.review.problem(*at, message);
    }
    match (pins, verify) {
        (Some(pins), _) => Trust::Pins(pins.into_iter().map(|pin| pin.value).collect()),
        (None, Some(false)) => Trust::Anybody,
        (None, _) => Trust::Authorities { built_in, file: file.map(|file| file.value) },
    }
}
