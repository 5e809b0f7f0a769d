//! `lanlord freebox`: one file for each thing that a person does with a Freebox. What they share stands here: where the
//! token is, whom to believe, and how to speak of the box.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use nix::unistd::geteuid;

use crate::cli::freebox::{Action, Freebox, Trust};
use crate::commands::print;
use crate::net::tls;
use crate::secrets::Place;
use crate::sources::freebox::api::version::Wanted;
use crate::sources::freebox::endpoint::Endpoint;
use crate::sources::freebox::session::About;
use crate::sources::freebox::token::Grant;
use crate::sources::freebox::{AUTHORITIES, Settings};
use crate::text::plain;

mod cache;
mod lines;
mod register;
mod status;
mod takeover;
mod waiting;

/// Does it.
///
/// # Errors
/// When it could not be done; what happened, and what to do.
pub fn run(command: Freebox) -> anyhow::Result<()> {
    match command.action {
        Action::Register(register) => register::run(register),
        Action::Status(status) => status::run(status),
        Action::Lines(lines) => lines::run(&lines),
    }
}

/// Where the token is, or is to be.
fn token_file(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    if geteuid().is_root() {
        return Ok(PathBuf::from("/etc/lanlord/freebox.token"));
    }
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
    match config {
        Some(config) => Ok(config.join("lanlord/freebox.token")),
        None => bail!("neither HOME nor XDG_CONFIG_HOME says where the token belongs; give `--token-file`"),
    }
}

/// What a token file says.
fn load(path: &Path) -> anyhow::Result<Grant> {
    let text = Place::File(path.to_owned()).read().map_err(|problem| anyhow!("{problem}"))?;
    Grant::parse(&text).map_err(|what| anyhow!("`{}` holds no token: {what}", path.display()))
}

/// Makes the folder that a token goes to, and makes sure that it can be written to: the box says a token once, and then
/// it is too late to find out.
fn make_room(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let made = fs::DirBuilder::new().recursive(true).mode(0o755).create(folder);
    let writable = made.and_then(|()| {
        let flags = nix::unistd::AccessFlags::W_OK | nix::unistd::AccessFlags::X_OK;
        nix::unistd::access(folder, flags).map_err(io::Error::from)
    });
    writable.with_context(|| {
        format!("the token cannot be put into `{}`; give another `--token-file`", folder.display())
    })
}

/// What the source would run on.
fn settings(endpoint: Endpoint, trust: &Trust, token: &Path, app_id: Option<String>) -> Settings {
    let trust = match trust {
        Trust { insecure: true, .. } => tls::Trust::Anybody,
        Trust { pin, .. } if !pin.is_empty() => tls::Trust::Pins(pin.clone()),
        Trust { ca_file, .. } => tls::Trust::Authorities { built_in: AUTHORITIES, file: ca_file.clone() },
    };
    Settings {
        endpoint,
        trust,
        token: Place::File(token.to_owned()),
        app_id,
        api_version: Wanted::Auto,
        uid: None,
        // Nothing is collected here.
        parts: Vec::new(),
        max_hosts: 0,
        hosts_seen_within: Duration::ZERO,
    }
}

/// Where the box is: as said now, else as it was when lanlord was registered, else where every Freebox is.
fn endpoint(given: Option<Endpoint>, grant: &Grant) -> Endpoint {
    let known = || grant.endpoint.as_deref().and_then(|text| text.parse().ok());
    given.or_else(known).unwrap_or_default()
}

/// What the session may do, in words.
fn permissions(about: &About) -> String {
    let names = |granted: bool| {
        let names = about.permissions.iter().filter(|(_, has)| *has == granted).map(|(name, _)| plain(name));
        let names: Vec<String> = names.collect();
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    };
    format!("may: {}\nmay not: {}\n", names(true), names(false))
}

/// A box in words: `Freebox v9 (r1) "Freebox Server", uid 5e0c…`.
fn describe(model: Option<&str>, name: Option<&str>, uid: Option<&str>) -> String {
    const LONGEST: usize = 100;
    let short = |text: &str| plain(&text[..text.floor_char_boundary(LONGEST)]);
    let mut out = model.map_or_else(|| "a Freebox".to_owned(), short);
    // Writing to a string cannot fail.
    let _ = name.map_or(Ok(()), |name| write!(out, " \"{}\"", short(name)));
    let _ = uid.map_or(Ok(()), |uid| write!(out, ", uid {}", short(uid)));
    out
}

fn say(line: &str) -> anyhow::Result<()> {
    print(format!("{line}\n").as_bytes())
}
