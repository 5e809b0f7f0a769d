//! Finding the box: what it says of itself, and where it can be asked over TLS.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::trouble::{Trouble, cut};
use crate::clock::Stopwatch;
use crate::metric::Reason;
use crate::net::http::{Body, Client, Over, Request, Target};
use crate::net::tls::{self, Tls};
use crate::sources::freebox::Settings;
use crate::sources::freebox::api::envelope::{self, Bad, Refusal};
use crate::sources::freebox::api::version::{self, Version};
use crate::sources::freebox::endpoint::Scheme;

/// Requests at once: boxes are slow with lists, and other programs want something of them too.
const CONNECTIONS: usize = 3;

/// What a box says to whoever is not logged in is a few hundred bytes.
const LARGEST_WITHOUT_SESSION: usize = 64 << 10;

/// A box, and how to ask it.
#[derive(Clone, Debug)]
pub struct Found {
    /// For all requests.
    pub client: Arc<Client>,
    /// What it says of itself.
    pub version: Version,
    /// The version of the interface that we speak.
    pub major: u8,
}

impl Found {
    /// The path of a request.
    pub fn path(&self, below: &str) -> String {
        format!("{}v{}/{below}", self.version.base(), self.major)
    }

    /// Asks for something that needs no session; the box may say no.
    ///
    /// # Errors
    /// When there is no answer, or none that makes sense.
    pub async fn answer<T: DeserializeOwned>(
        &self,
        method: &'static str,
        below: &str,
        json: Option<String>,
        patience: Duration,
    ) -> Result<Result<T, Refusal>, Trouble> {
        let path = self.path(below);
        let request = Request {
            method,
            path: &path,
            secret: None,
            repeatable: method == "GET",
            body: json.map(Body::json),
            limit: LARGEST_WITHOUT_SESSION,
        };
        let answer =
            self.client.fetch(request, patience).await.map_err(|failure| Trouble::connection(&failure))?;
        match envelope::read(&answer.body) {
            Ok(result) => Ok(Ok(result)),
            Err(Bad::Refused(refusal)) => Ok(Err(refusal)),
            Err(Bad::Nonsense(what)) => Err(Trouble::nonsense(below, answer.status, &what)),
        }
    }

    /// The same, asked in the words of the version before.
    pub fn older(&self) -> Option<Self> {
        let major = self.major.checked_sub(1).filter(|&major| major > 0)?;
        Some(Self { major, ..self.clone() })
    }
}

/// Looks for the box.
pub async fn find(settings: &Settings, patience: Duration) -> Result<Found, Trouble> {
    let watch = Stopwatch::start();
    let left = || patience.saturating_sub(watch.elapsed());
    let endpoint = &settings.endpoint;
    let trust = |problem: tls::Problem| Trouble::new(Reason::Refused, "trust", problem.to_string());
    let tls = match endpoint.scheme {
        Scheme::Http => None,
        Scheme::Find | Scheme::Https => Some(Tls::new(&settings.trust, &endpoint.host).map_err(trust)?),
    };
    let first = Target {
        host: endpoint.host.clone(),
        port: endpoint.first_port(),
        connect_to: None,
        over: match (&tls, endpoint.scheme) {
            (Some(tls), Scheme::Https) => Over::Tls(tls.clone()),
            _ => Over::Tcp,
        },
    };
    let client = Client::new(first, CONNECTIONS);
    let (Scheme::Find, Some(tls)) = (endpoint.scheme, tls) else {
        let version = ask(&client, left()).await?;
        return Ok(found(settings, client, version));
    };
    let said = ask(&client, left() / 2).await?;
    let Some((domain, port)) = said.tls() else {
        let what = format!(
            "the Freebox at `{endpoint}` offers no TLS; switch HTTPS on in Freebox OS, or write `endpoint = \
             \"http://{endpoint}\"` if everybody on the way to it may see what is asked"
        );
        return Err(Trouble::new(Reason::Unsupported, "no_tls", what));
    };
    // Its own address first, under the name that its certificate is for: that name leads to its outer address, which
    // cannot be reached from inside every network. Then as the name says, and last where it answers to everybody.
    let learned = match is_of_free(domain) {
        true => tls.for_name(domain).map_err(trust)?,
        false => Tls::without_system(&settings.trust, domain).map_err(trust)?,
    };
    let at = |host: &str, port, connect_to: Option<&str>, tls: &Tls| {
        let connect_to = connect_to.map(str::to_owned);
        Target { host: host.to_owned(), port, connect_to, over: Over::Tls(tls.clone()) }
    };
    let targets = [
        at(domain, port, Some(&endpoint.host), &learned),
        at(domain, port, None, &learned),
        at(&endpoint.host, 443, None, &tls),
    ];
    let mut troubles = Vec::new();
    for (index, target) in targets.into_iter().enumerate() {
        let client = Client::new(target, CONNECTIONS);
        let share = left() / (3 - index as u32);
        match ask(&client, share).await {
            Ok(version) if version.uid == said.uid => return Ok(found(settings, client, version)),
            Ok(_) => troubles.push(Trouble::new(
                Reason::Misbehaved,
                "two_boxes",
                format!("one Freebox answers at `{endpoint}` and another one at `{domain}:{port}`"),
            )),
            Err(trouble) => troubles.push(trouble),
        }
    }
    // A certificate that somebody has to look at says more than a connection that could not be made.
    let of_tls = troubles.iter().position(|trouble| trouble.code.starts_with("tls"));
    Err(troubles.swap_remove(of_tls.unwrap_or(0)))
}

/// Whether Free has given this name to a box. It was said without encryption, by anybody; so under any other name only
/// Free's own authorities are believed, which give certificates to boxes alone, and those that the owner has named.
fn is_of_free(name: &str) -> bool {
    [".fbxos.fr", ".freeboxos.fr"].iter().any(|suffix| name.to_ascii_lowercase().ends_with(suffix))
}

fn found(settings: &Settings, client: Client, version: Version) -> Found {
    let major = version.spoken(settings.api_version);
    Found { client: Arc::new(client), version, major }
}

async fn ask(client: &Client, patience: Duration) -> Result<Version, Trouble> {
    let request = Request {
        method: "GET",
        path: "/api_version",
        secret: None,
        repeatable: true,
        body: None,
        limit: LARGEST_WITHOUT_SESSION,
    };
    let answer = client.fetch(request, patience).await.map_err(|failure| Trouble::connection(&failure))?;
    version::read(&answer.body).map_err(|what| {
        let what = match &answer.location {
            Some(location) => format!("it leads to `{}`", cut(location, 200)),
            None => what,
        };
        let what = format!("no Freebox answers at `{}` (HTTP {}): {what}", client.place(), answer.status);
        Trouble::new(Reason::Misbehaved, "no_freebox", what)
    })
}
