//! `[[probe.module]]`: how to visit a device that somebody asks about, and who gets its password.
//!
//! Such a password is worth stealing, and whoever can reach the listener can ask for it to be sent: so it needs TLS, and
//! targets that are known by their fingerprints.

use toml::de::{DeTable, DeValue};

use super::super::hitron::{Where, options, parse_pin};
use super::super::problem::{Invalid, Review, quote};
use super::super::suggest;
use super::super::table::{At, Table, unwanted};
use super::allow;
use crate::net::legacy_tls::pin::Pin;
use crate::net::place::host_and_port;
use crate::probe::allow::{Allowed, Host};
use crate::probe::{DEFAULT, Module};
use crate::sources::hitron::{self, Scheme};

/// More than anybody looks after.
const MOST_TARGETS: usize = 1_024;

/// What says where a password is, or whose it is.
const SECRETS: [&str; 4] = ["user", "password_file", "password_env", "password_credential"];

/// What makes no sense without TLS.
const TLS: [&str; 3] = ["targets", "tls_security_level", "tls_legacy_renegotiation"];

const TARGETS: &str = r#"a table of hosts with their fingerprints, such as `{ "192.0.2.1" = "sha256:8f…" }`"#;

/// Reads one; none where it has no name that could be asked for.
pub(super) fn read(review: &Review<'_>, table: &DeTable<'_>, header: usize) -> Option<(At<String>, Module)> {
    let mut table = Table::new(review, "in this `[[probe.module]]`", table);
    if table.at("name").is_none() {
        let message = format!(
            "this module has no `name`; add `name = \"modem\"` to ask for it by, or `name = \"{DEFAULT}\"` for probes that \
             ask for none"
        );
        review.problem(header, message);
    }
    let name = table.string("name", "a name, such as `\"modem\"`", parse_name);
    if table.at("kind").is_none() {
        review.problem(header, format!("this module has no `kind`; add `kind = \"{}\"`", hitron::KIND));
    }
    let want = format!("`\"{}\"`", hitron::KIND);
    let kind = table.string("kind", &want, parse_kind);
    let scheme = scheme(&mut table);
    let usual = if scheme == Scheme::Https { 443 } else { 80 };
    let port = table.integer("port", 1..=65_535).and_then(|port| u16::try_from(port).ok());
    let allow = allow(&mut table);
    let targets = targets(&mut table);
    // Of a kind that nobody knows, no key can be called unknown.
    kind?;
    let options = options(&mut table);
    check_secrets(&mut table, scheme, &targets);
    let login = options.login();
    // Whom to visit comes with each probe.
    let at = Where { scheme, host: String::new(), port: port.unwrap_or(usual) };
    let template = options.settings(at, login, Vec::new());
    table.finish();
    let name = name?;
    let module = Module { name: name.value.clone(), allow, targets, template };
    Some((name, module))
}

/// Looks whether a password could be sent to nobody, or in clear text.
fn check_secrets(table: &mut Table<'_>, scheme: Scheme, targets: &[(Host, Vec<Pin>)]) {
    let written = |table: &mut Table<'_>, keys: &[&'static str]| -> Vec<(&'static str, usize)> {
        keys.iter().filter_map(|&key| Some((key, table.at(key)?))).collect()
    };
    let secrets = written(table, &SECRETS);
    let has_targets = table.at("targets").is_some();
    match (scheme, secrets.first()) {
        (Scheme::Http, Some((key, at))) => {
            let message = format!(
                "a stored password is not sent in clear text, and `scheme` is `http`; write `https`, or remove `{key}`"
            );
            table.review.problem(*at, message);
        }
        (Scheme::Http, None) => {
            for (key, at) in written(table, &TLS) {
                let message = format!("`{key}` is about TLS, and `scheme` is `http`; change one of the two");
                table.review.problem(at, message);
            }
        }
        (Scheme::Https, Some((_, at))) if targets.is_empty() && !has_targets => {
            let message = "a stored password goes only to modems that are known by their certificates: add `targets = { \
                           \"192.0.2.1\" = \"sha256:…\" }`, with what `openssl s_client -connect 192.0.2.1:443 </dev/null | \
                           openssl x509 -noout -fingerprint -sha256` prints for yours";
            table.review.problem(*at, message.to_owned());
        }
        (Scheme::Https, _) => {}
    }
}

fn scheme(table: &mut Table<'_>) -> Scheme {
    let Some(written) = table.value("scheme") else { return Scheme::Https };
    match written.get_ref().as_str() {
        Some("https") => Scheme::Https,
        Some("http") => Scheme::Http,
        _ => {
            unwanted(table.review, "scheme", written, "`\"https\"` or `\"http\"`");
            Scheme::Https
        }
    }
}

/// Each host with the fingerprints of which its certificate has one.
fn targets(table: &mut Table<'_>) -> Vec<(Host, Vec<Pin>)> {
    let Some(written) = table.value("targets") else { return Vec::new() };
    let review = table.review;
    let DeValue::Table(hosts) = written.get_ref() else {
        unwanted(review, "targets", written, TARGETS);
        return Vec::new();
    };
    if hosts.is_empty() {
        let message = format!("`targets` is empty; write {TARGETS}, or leave it out");
        review.problem(written.span().start, message);
    }
    if hosts.len() > MOST_TARGETS {
        let message = format!("there are {} targets; write at most {MOST_TARGETS}", hosts.len());
        review.problem(written.span().start, message);
    }
    let mut targets: Vec<(At<Host>, Vec<Pin>)> = Vec::new();
    for (key, value) in hosts.iter().take(MOST_TARGETS) {
        let at = key.span().start;
        let host = match parse_host(key.get_ref()) {
            Ok(host) => Some(host),
            Err(Invalid(message)) => {
                review.problem(at, message);
                None
            }
        };
        let pins = pins(review, key.get_ref(), value);
        if let Some(value) = host {
            targets.push((At { at, value }, pins));
        }
    }
    targets.sort_by_key(|(host, _)| host.at);
    let hosts: Vec<At<Host>> = targets.iter().map(|(host, _)| host.clone()).collect();
    for (At { at, value }, first) in super::super::repeats(&hosts) {
        let (host, line) = (value.text(), review.line(first));
        review.problem(
            *at,
            format!("`{host}` is already on line {line}; write all its fingerprints there, as a list"),
        );
    }
    targets.into_iter().map(|(host, pins)| (host.value, pins)).collect()
}

/// One fingerprint or a list of them, at least one.
fn pins(review: &Review<'_>, host: &str, value: &toml::Spanned<DeValue<'_>>) -> Vec<Pin> {
    let want = r#"a fingerprint, such as `"sha256:8f…"`, or a list of them"#;
    let one = |value: &toml::Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::String(text) => match parse_pin(text) {
            Ok(pin) => Some(pin),
            Err(Invalid(message)) => {
                review.problem(value.span().start, message);
                None
            }
        },
        _ => {
            unwanted(review, host, value, want);
            None
        }
    };
    match value.get_ref() {
        DeValue::Array(list) if list.is_empty() => {
            let message = format!("the target {} has no fingerprint; write {want}", quote(host));
            review.problem(value.span().start, message);
            Vec::new()
        }
        DeValue::Array(list) => list.iter().filter_map(one).collect(),
        DeValue::String(text) if text.is_empty() => {
            let message = format!("the target {} has no fingerprint; write {want}", quote(host));
            review.problem(value.span().start, message);
            Vec::new()
        }
        _ => one(value).into_iter().collect(),
    }
}

/// Reads a host, without a port: the certificate is the same on all of them.
fn parse_host(text: &str) -> Result<Host, Invalid> {
    let wrong = || Invalid(format!("{} is no host; write an address or a name, without a port", quote(text)));
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    match host_and_port(text) {
        Some((_, None)) if !text.starts_with('[') => {}
        _ if is_address => {}
        _ => return Err(wrong()),
    }
    match text.parse::<Allowed>() {
        Ok(Allowed::Network(_) | Allowed::Name(_)) => Ok(Host::of(text)),
        _ => Err(wrong()),
    }
}

fn parse_name(text: &str) -> Result<String, Invalid> {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    match text {
        _ if matches!(text.len(), 1..=64) && text.bytes().all(known) => Ok(text.to_owned()),
        _ => Err(Invalid(format!(
            "{} cannot name a module; write 1 to 64 of the letters a-z and A-Z, digits, `_` and `-`",
            quote(text)
        ))),
    }
}

fn parse_kind(text: &str) -> Result<(), Invalid> {
    if text == hitron::KIND {
        return Ok(());
    }
    let advice = match suggest::closest(text, [hitron::KIND]) {
        Some(kind) => format!("; did you mean `{kind}`?"),
        None => String::new(),
    };
    Err(Invalid(format!("unknown kind {}; known kinds: `{}`{advice}", quote(text), hitron::KIND)))
}
