//! Tokens that other programs have got: from standard input, or from their files. It asks no box.

use std::fs::File;
use std::io::{self, Read};

use anyhow::{Context, anyhow, bail};
use secrecy::{ExposeSecret, SecretString};

use crate::cli::freebox::Register;
use crate::sources::freebox::endpoint::Endpoint;
use crate::sources::freebox::token::{self, Grant};
use crate::text::plain;

/// A token is 64 characters, and a file of a hundred boxes a few thousand.
const LONGEST: u64 = 64 << 10;

/// The token that the command line names, with what is known of it.
///
/// # Errors
/// When there is none, or it is not clear which one, or as what it was registered.
pub fn grant(command: &Register) -> anyhow::Result<Grant> {
    let (text, place) = match &command.credentials {
        Some(path) => {
            let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            (read(file), format!("`{}`", path.display()))
        }
        None => (read(io::stdin().lock()), "standard input".to_owned()),
    };
    let text = text.with_context(|| format!("cannot read {place}"))?;
    choose(&text, &place, command)
}

fn read(from: impl Read) -> anyhow::Result<SecretString> {
    let mut text = String::new();
    from.take(LONGEST + 1).read_to_string(&mut text)?;
    let text = SecretString::from(text);
    if text.expose_secret().len() as u64 > LONGEST {
        bail!("it is longer than any token, or file of tokens");
    }
    Ok(text)
}

fn choose(text: &SecretString, place: &str, command: &Register) -> anyhow::Result<Grant> {
    let is_ini = text.expose_secret().lines().any(|line| line.trim_start().starts_with('['));
    let is_json = text.expose_secret().trim_start_matches('\u{feff}').trim_start().starts_with('{');
    let grant = if is_ini && !is_json {
        let grants = token::read_credentials(text.expose_secret())
            .map_err(|what| anyhow!("{place} holds no token: {what}"))?;
        one_of(grants, place, command.endpoint.as_ref())?
    } else {
        Grant::parse(text).map_err(|what| anyhow!("{place} holds no token: {what}"))?
    };
    let app_id = command.app_id.clone().or(grant.app_id);
    if app_id.is_none() {
        bail!("{place} does not say as what it was registered; say that with `--app-id`");
    }
    Ok(Grant {
        app_id,
        app_name: command.app_name.clone().or(grant.app_name),
        app_version: command.app_version.clone().or(grant.app_version),
        device_name: command.device_name.clone().or(grant.device_name),
        // Logging in will tell; and a request of another program is not ours to follow.
        status: token::Status::Granted,
        last_worked: None,
        // A file of somebody else may say anything.
        endpoint: grant.endpoint.filter(|text| text.parse::<Endpoint>().is_ok()),
        ..grant
    })
}

/// The one for this box, where there are several.
fn one_of(mut grants: Vec<Grant>, place: &str, endpoint: Option<&Endpoint>) -> anyhow::Result<Grant> {
    if grants.len() == 1 {
        return Ok(grants.remove(0));
    }
    let host = |grant: &Grant| grant.endpoint.clone().unwrap_or_default();
    let is_it = |grant: &Grant| {
        let written = grant.endpoint.as_deref().and_then(|text| text.parse::<Endpoint>().ok());
        written.is_some_and(|written| {
            endpoint.is_some_and(|wanted| {
                (&written.host, written.port.unwrap_or(80)) == (&wanted.host, wanted.port.unwrap_or(80))
            })
        })
    };
    match grants.iter().position(is_it) {
        Some(at) => Ok(grants.remove(at)),
        None => {
            let list: Vec<String> = grants.iter().map(|grant| format!("`{}`", plain(&host(grant)))).collect();
            bail!("{place} has tokens for several boxes; say which with `--endpoint`: {}", list.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::freebox::Action;
    use crate::cli::{Cli, Command};

    const TOKEN: &str = "LqJ3x8QmTn2Vb6Zr0KfWcY5sHd9AoE7uPgI4iM1vXkR+wB/lN8tGyCzSaFjDhUe0";

    fn taken(text: &str, arguments: &[&str]) -> Result<Grant, String> {
        let cli = Cli::try_parse_from(["lanlord", "freebox", "register"].iter().chain(arguments)).unwrap();
        let Command::Freebox(freebox) = cli.command else { panic!("another command") };
        let Action::Register(command) = freebox.action else { panic!("another action") };
        choose(&SecretString::from(text), "it", &command).map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_alone_needs_to_know_what_it_is_for() {
        let grant = taken(TOKEN, &["--app-id", "fr.freebox.seximonitor", "--token-stdin"]).unwrap();
        assert_eq!(grant.app_token.expose_secret(), TOKEN);
        assert_eq!(grant.app_id.as_deref(), Some("fr.freebox.seximonitor"));
        let error = taken(TOKEN, &["--credentials", "x"]).unwrap_err();
        assert_eq!(error, "it does not say as what it was registered; say that with `--app-id`");
    }

    #[test]
    fn of_several_boxes_one_has_to_be_named() {
        let other = "x".repeat(64);
        let text =
            format!("[mafreebox.freebox.fr]\napp_token = {other}\n[10.0.0.1:80]\napp_token = {TOKEN}\n");
        let error = taken(&text, &["--credentials", "x"]).unwrap_err();
        let expected = "it has tokens for several boxes; say which with `--endpoint`: `mafreebox.freebox.fr`, `10.0.0.1:80`";
        assert_eq!(error, expected);
        for endpoint in ["10.0.0.1", "http://10.0.0.1", "10.0.0.1:80"] {
            let grant = taken(&text, &["--credentials", "x", "--endpoint", endpoint]).unwrap();
            assert_eq!(grant.app_token.expose_secret(), TOKEN, "{endpoint}");
        }
        let grant = taken(&text, &["--credentials", "x", "--endpoint", "mafreebox.freebox.fr"]).unwrap();
        assert_eq!(grant.app_token.expose_secret(), other);
    }

    #[test]
    fn what_holds_no_token_is_refused_without_a_quotation() {
        for text in ["", "hunter2 hunter2 hunter2", "[a]\nx = hunter2\n", "{\"hunter2\": 1}"] {
            let error = taken(text, &["--credentials", "x"]).unwrap_err();
            assert!(error.starts_with("it holds no token: ") && !error.contains("hunter2"), "{error}");
        }
    }
}
