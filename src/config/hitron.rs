//! `kind = "hitron"`: from a `[[source]]` table to what the source runs on; and what such a table has in common with one
//! of modules for `/probe`.
//!
//! It asks no modem and reads no password: that is done when the source is visited. Whether a password may be sent
//! somewhere is decided here first, and once more by the source.

use std::time::Duration;

use secrecy::SecretString;

use super::block::Kind;
use super::file::Read;
use super::problem::{Invalid, quote};
use super::table::{At, Table, list, unwanted};
use super::{secret, suggest};
use crate::net::legacy_tls::pin::Pin;
use crate::net::legacy_tls::{Allowed, SecurityLevel};
use crate::net::place::{bracketed, host_and_port};
use crate::secrets::Place;
use crate::sources;
use crate::sources::hitron::{self, Login, PartName, Password, Profile, Scheme, Secret, Settings};

/// How these sources are read.
pub(super) static KIND: Kind<Read> =
    Kind { name: hitron::KIND, interval: Duration::from_secs(60), deadline: Duration::from_secs(25), read };

/// Where cable modems are, whatever network they are in (DOCSIS gives each of them this address).
const HOST: &str = "192.168.100.1";

/// Where the password is; none of them holds the password itself.
const PASSWORD: [&str; 3] = ["password_file", "password_env", "password_credential"];

/// What makes no sense without TLS.
const TLS: [&str; 3] = ["pin", "tls_security_level", "tls_legacy_renegotiation"];

/// Where a modem is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Where {
    pub(super) scheme: Scheme,
    /// IPv6 without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl Default for Where {
    fn default() -> Self {
        Self { scheme: Scheme::Https, host: HOST.to_owned(), port: 443 }
    }
}

/// What every table says that is about such modems, whoever visits them.
pub(super) struct Options {
    pub(super) profile: Profile,
    pub(super) user: Option<At<String>>,
    pub(super) password: Option<At<Place>>,
    pub(super) allowed: Allowed,
    pub(super) parts: Vec<PartName>,
    pub(super) ofdm_interval: Duration,
    pub(super) hold_off: Duration,
    pub(super) force: bool,
    pub(super) traffic_base: u16,
    pub(super) clock_offset: i32,
    pub(super) show_addresses: bool,
    pub(super) max_hosts: usize,
}

impl Options {
    /// As whom to log in, if that is said.
    pub(super) fn login(&self) -> Option<Login> {
        let (user, place) = (self.user.as_ref()?, self.password.as_ref()?);
        let user = Secret(SecretString::from(user.value.as_str()));
        Some(Login { user, password: Password::Stored(place.value.clone()) })
    }

    /// All of it, of a modem there; whom to log in as and whom to believe is the caller's to say.
    pub(super) fn settings(self, at: Where, login: Option<Login>, pins: Vec<Vec<Pin>>) -> Settings {
        Settings {
            scheme: at.scheme,
            host: at.host,
            port: at.port,
            address: None,
            profile: self.profile,
            login,
            force: self.force,
            pins,
            allowed: self.allowed,
            parts: self.parts,
            ofdm_interval: self.ofdm_interval,
            hold_off: self.hold_off,
            traffic_base: self.traffic_base,
            clock_offset: self.clock_offset,
            show_addresses: self.show_addresses,
            max_hosts: self.max_hosts,
        }
    }
}

fn read(table: &mut Table<'_>, header: usize) -> Read {
    let endpoint = table.string("endpoint", r#"a host, such as `"https://192.168.100.1"`"#, parse_endpoint);
    let at = endpoint.as_ref().map_or(header, |endpoint| endpoint.at);
    let place = endpoint.map(|endpoint| endpoint.value).unwrap_or_default();
    let options = options(table);
    let pins = pins(table, "pin");
    let login = options.login();
    let written = TLS.map(|key| table.at(key).map(|at| (key, at)));
    let is_pinned = table.at("pin").is_some();
    let knows_user = table.at("user").is_some() || PASSWORD.iter().any(|key| table.at(key).is_some());
    let problem = |at, message: String| table.review.problem(at, message);
    match (place.scheme, options.profile) {
        (_, Profile::Cgnv4) if !knows_user => problem(
            header,
            "to log in to this modem, it takes a user and a password: add `user` and `password_file`, `password_env` or \
             `password_credential`, or write `profile = \"coda-asp\"` if this modem lets everybody in"
                .to_owned(),
        ),
        (Scheme::Http, Profile::Cgnv4) => problem(
            at,
            "a stored password is not sent in clear text, and `endpoint` begins with `http://`; write `https://` and \
             `pin`"
                .to_owned(),
        ),
        (Scheme::Http, Profile::CodaAsp) => {
            for (key, at) in written.into_iter().flatten() {
                let message = format!(
                    "`{key}` is about TLS, and `endpoint` begins with `http://`; change one of the two"
                );
                problem(at, message);
            }
        }
        (Scheme::Https, Profile::Cgnv4) if !is_pinned => problem(header, pin_missing(&place)),
        (Scheme::Https, _) => {}
    }
    let pins: Vec<Pin> = pins.into_iter().flatten().map(|pin| pin.value).collect();
    let pins = if pins.is_empty() { Vec::new() } else { vec![pins] };
    let settings = options.settings(place, login, pins);
    Read { settings: sources::Settings::Hitron(settings), exclusive: Vec::new() }
}

/// That a fingerprint has to be there, and how to get it.
fn pin_missing(place: &Where) -> String {
    format!(
        "a stored password goes only to a modem that is known by its certificate: add `pin = \"sha256:…\"`, with what \
         `openssl s_client -connect {}:{} </dev/null | openssl x509 -noout -fingerprint -sha256` prints",
        bracketed(&place.host),
        place.port
    )
}

/// Takes what every table says that is about such modems, and says what is wrong with it, however it is used.
pub(super) fn options(table: &mut Table<'_>) -> Options {
    let profiles = Profile::ALL.map(|profile| (profile.as_str(), profile));
    let profile =
        table.string("profile", "`\"cgnv4\"` or `\"coda-asp\"`", |text| one_of(text, "profile", &profiles));
    let profile = profile.map_or(Profile::Cgnv4, |profile| profile.value);
    let (user, password) = login(table, profile);
    let default = hitron::Settings::default();
    Options {
        profile,
        user,
        password,
        allowed: allowed(table),
        parts: parts(table, profile),
        ofdm_interval: table
            .duration("ofdm_interval", Duration::from_secs(60)..=Duration::from_secs(86_400))
            .unwrap_or(default.ofdm_interval),
        hold_off: table
            .duration("hold_off", Duration::from_secs(1)..=Duration::from_secs(86_400))
            .unwrap_or(default.hold_off),
        force: table.boolean("force").unwrap_or(default.force),
        traffic_base: traffic_base(table),
        clock_offset: table
            .string("clock_offset", "how far its clock is ahead of UTC, such as `\"+01:00\"`", parse_offset)
            .map_or(default.clock_offset, |offset| offset.value),
        show_addresses: table.boolean("show_addresses").unwrap_or(default.show_addresses),
        max_hosts: table.integer("max_hosts", 1..=1_024).unwrap_or(default.max_hosts),
    }
}

/// Takes fingerprints of certificates, one or several.
pub(super) fn pins(table: &mut Table<'_>, key: &'static str) -> Option<Vec<At<Pin>>> {
    let want = r#"a fingerprint, such as `"sha256:8f…"`, or a list of them"#;
    table.string_or_strings(key, want, parse_pin)
}

/// Reads a fingerprint.
pub(super) fn parse_pin(text: &str) -> Result<Pin, Invalid> {
    text.parse().map_err(|error: crate::net::legacy_tls::pin::NotAPin| Invalid(error.to_string()))
}

/// The user and the place of his password: both or neither, and neither where nobody logs in.
fn login(table: &mut Table<'_>, profile: Profile) -> (Option<At<String>>, Option<At<Place>>) {
    let keys = ["user"].into_iter().chain(PASSWORD);
    let written: Vec<_> = keys.filter_map(|key| Some((key, table.at(key)?))).collect();
    let user = table.string("user", r#"a name, such as `"admin"`"#, parse_user);
    let password = secret::read(table, PASSWORD);
    let at = written.iter().find(|(key, _)| *key != "user").map(|(_, at)| *at);
    let is_user = written.first().is_some_and(|(key, _)| *key == "user");
    match (profile, &written[..]) {
        (Profile::CodaAsp, written) => {
            for (key, at) in written {
                let message =
                    format!("nobody logs in to a modem with the profile `coda-asp`; remove `{key}`");
                table.review.problem(*at, message);
            }
        }
        (Profile::Cgnv4, [("user", at)]) => {
            let message =
                "`user` needs a password; add `password_file`, `password_env` or `password_credential`";
            table.review.problem(*at, message.to_owned());
        }
        (Profile::Cgnv4, [(key, at), ..]) if !is_user => {
            let message = format!("`{key}` says no user; add `user` with the name whose password it is");
            table.review.problem(*at, message);
        }
        (Profile::Cgnv4, _) => {}
    }
    (user, password.zip(at).map(|(value, at)| At { at, value }))
}

/// Reads a user's name; somebody may have written the password there.
fn parse_user(text: &str) -> Result<String, Invalid> {
    match text {
        _ if matches!(text.len(), 1..=255) && !text.contains(char::is_control) => Ok(text.to_owned()),
        _ => Err(Invalid(
            "`user` cannot be a user's name, and is not shown, since a password may be in it; write 1 to 255 bytes without \
             control characters"
                .to_owned(),
        )),
    }
}

fn allowed(table: &mut Table<'_>) -> Allowed {
    let level = table.integer("tls_security_level", 0..=2).and_then(|level| SecurityLevel::new(level as u64));
    let legacy_renegotiation = table.boolean("tls_legacy_renegotiation").unwrap_or(false);
    Allowed { level: level.unwrap_or_default(), legacy_renegotiation }
}

/// What is asked, in the order of [`PartName::ALL`].
fn parts(table: &mut Table<'_>, profile: Profile) -> Vec<PartName> {
    let names = PartName::ALL.map(|part| (part.as_str(), part));
    let want = r#"a list of parts, such as `["modem", "lan"]`"#;
    let written = table.strings("parts", want, |text| one_of(text, "part", &names));
    let Some(written) = written else { return hitron::parts::usual(profile).to_vec() };
    for (At { at, value }, first) in super::repeats(&written) {
        let (name, line) = (value.as_str(), table.review.line(first));
        table.review.problem(*at, format!("`{name}` is already on line {line}; write it once"));
    }
    for At { at, value } in written.iter().filter(|part| !hitron::parts::has(profile, part.value)) {
        let message = format!(
            "a modem with the profile `{}` has no part `{}`; remove it, or write another `profile`",
            profile.as_str(),
            value.as_str()
        );
        table.review.problem(*at, message);
    }
    PartName::ALL.into_iter().filter(|part| written.iter().any(|written| written.value == *part)).collect()
}

/// Reads one of a few words.
fn one_of<T: Copy>(text: &str, what: &str, words: &[(&'static str, T)]) -> Result<T, Invalid> {
    let names: Vec<_> = words.iter().map(|(name, _)| *name).collect();
    let found = words.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let advice = match suggest::closest(text, names.iter().copied()) {
            Some(name) => format!("; did you mean `{name}`?"),
            None => String::new(),
        };
        Invalid(format!("unknown {what} {}; known {what}s: {}{advice}", quote(text), list(&names)))
    })
}

fn traffic_base(table: &mut Table<'_>) -> u16 {
    const KEY: &str = "traffic_unit_base";
    let Some(written) = table.value(KEY) else { return 1_000 };
    let integer = written.get_ref().as_integer();
    let number = integer.and_then(|integer| u16::from_str_radix(integer.as_str(), integer.radix()).ok());
    match number {
        Some(base @ (1_000 | 1_024)) => base,
        _ => {
            unwanted(table.review, KEY, written, "1000 or 1024");
            1_000
        }
    }
}

/// Reads `https://192.168.100.1`, with or without a scheme, a port and a slash at its end.
fn parse_endpoint(text: &str) -> Result<Where, Invalid> {
    let (scheme, rest) = match text.split_once("://") {
        None => (Some(Scheme::Https), text),
        Some(("https", rest)) => (Some(Scheme::Https), rest),
        Some(("http", rest)) => (Some(Scheme::Http), rest),
        Some(_) => (None, text),
    };
    let place = scheme.and_then(|scheme| {
        let (host, port) = host_and_port(rest.strip_suffix('/').unwrap_or(rest))?;
        let usual = if scheme == Scheme::Https { 443 } else { 80 };
        Some(Where { scheme, host: host.to_owned(), port: port.unwrap_or(usual) })
    });
    place.ok_or_else(|| {
        Invalid(format!(
            "{} is not where a modem can be; write a host and perhaps a port, such as `https://{HOST}` or \
             `https://modem.lan:8443`, with `http://` before it for no TLS",
            quote(text)
        ))
    })
}

/// Reads how far a clock is ahead of UTC, in seconds: `+01:00`. The farthest are 14 hours ahead and 12 behind.
fn parse_offset(text: &str) -> Result<i32, Invalid> {
    let two = |digits: &str| {
        let is_two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_two.then(|| digits.parse::<i32>().ok()).flatten()
    };
    let seconds = || {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let minutes = two(minutes).filter(|minutes| *minutes < 60)?;
        Some(sign * (two(hours)? * 60 + minutes) * 60)
    };
    seconds().filter(|seconds| (-12 * 3_600..=14 * 3_600).contains(seconds)).ok_or_else(|| {
        Invalid(format!(
            "{} is not how far a clock is ahead of UTC; write it like `+01:00` or `-05:00`, from `-12:00` to `+14:00`",
            quote(text)
        ))
    })
}
