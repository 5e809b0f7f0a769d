//! What the command line puts in the place of what the file says.

use std::collections::HashSet;
use std::hash::Hash;
use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use super::problem::{Invalid, quote};
use super::{Config, Source, default_source, wire as config_wire};
use crate::sources::{Settings, wire};

/// What the command line says; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// `--interface`: capture these.
    pub interfaces: Vec<String>,
    /// `--cidr`: count the hosts in these.
    pub prefixes: Vec<IpNet>,
    /// `--pcap`: read this capture as it is written.
    pub stream: Option<PathBuf>,
    /// `--web.listen-address`: listen here.
    pub listen: Vec<SocketAddr>,
    /// `--web.max-requests`: so many requests under way at once.
    pub max_requests: Option<usize>,
    /// `--web.access-log`: a line in the log for each request.
    pub access_log: bool,
    /// `--dns.enabled`: ask a resolver for names or do not.
    pub dns: Option<bool>,
    /// `--log.minute-page`: write it or not.
    pub minute_page: Option<bool>,
}

impl Config {
    /// This configuration as the command line wants it. What to capture and whom to count goes to the one wire
    /// source there is, which keeps its other settings; without one, to one that is named `wire`. With several
    /// nobody can tell which is meant.
    pub fn with_overrides(mut self, overrides: Overrides) -> Result<Self, Invalid> {
        let Overrides { interfaces, prefixes, stream, listen, max_requests, access_log, dns, minute_page } =
            overrides;
        let input = match (interfaces.is_empty(), stream) {
            (false, Some(_)) => {
                return invalid("`--interface` and `--pcap` exclude each other; give one of the two");
            }
            (false, None) => Some(wire::Input::Interfaces(checked(interfaces)?)),
            (true, stream) => stream.map(wire::Input::Stream),
        };
        if let Some(address) = repeated(listen.iter().filter(|address| address.port() != 0)) {
            return invalid(format!("`--web.listen-address {address}` is given twice; give it once"));
        }
        if !listen.is_empty() {
            self.web.listen = listen;
        }
        self.web.max_requests = max_requests.unwrap_or(self.web.max_requests);
        self.web.access_log |= access_log;
        self.dns.enabled = dns.unwrap_or(self.dns.enabled);
        self.log.minute_page = minute_page.unwrap_or(self.log.minute_page);
        if input.is_none() && prefixes.is_empty() {
            return Ok(self);
        }
        let settings = self.only_wire()?;
        if let Some(input) = input {
            settings.input = input;
        }
        if !prefixes.is_empty() {
            settings.prefixes = prefixes;
        }
        Ok(self)
    }

    fn only_wire(&mut self) -> Result<&mut wire::Settings, Invalid> {
        let is_wire = |source: &&Source| matches!(source.settings, Settings::Wire(_));
        let names: Vec<_> = self.sources.iter().filter(is_wire).map(|source| quote(&source.id.0)).collect();
        if names.len() > 1 {
            return invalid(format!(
                "the configuration file has {} sources of kind `wire` ({}), and `--interface`, `--pcap` and \
                 `--cidr` cannot say which they mean; change the file instead",
                names.len(),
                names.join(", "),
            ));
        }
        if names.is_empty() {
            let source = default_source();
            if self.sources.iter().any(|other| other.id == source.id) {
                return invalid("a source of another kind is named `wire`; give it another name in the file");
            }
            self.sources.push(source);
        }
        let settings = self.sources.iter_mut().find_map(|source| match &mut source.settings {
            Settings::Wire(settings) => Some(settings),
            #[allow(unreachable_patterns, reason = "until there is a second kind")]
            _ => None,
        });
        settings.ok_or_else(|| Invalid("there is no source of kind `wire`; add one to the file".to_owned()))
    }
}

fn checked(interfaces: Vec<String>) -> Result<Vec<String>, Invalid> {
    if let Some(interface) = repeated(&interfaces) {
        return invalid(format!("`--interface {interface}` is given twice; give it once"));
    }
    interfaces.iter().map(|interface| config_wire::parse_interface(interface)).collect()
}

fn repeated<T: Eq + Hash>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut seen = HashSet::new();
    values.into_iter().find_map(|value| {
        if seen.contains(&value) {
            Some(value)
        } else {
            seen.insert(value);
            None
        }
    })
}

fn invalid<T>(message: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid(message.into()))
}
