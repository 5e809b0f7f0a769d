//! Asks a lanlord for its metrics: one connection for each question, and an end to how long that takes and how much
//! comes. It follows no redirection, speaks no TLS and sends nothing but the question.

use std::pin::pin;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, CONNECTION, HOST};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::text::plain;
use crate::top::parse::{Reading, parse};

/// Whom to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// For the terminal: what was given, without anything that plays tricks.
    pub shown: String,
    host: String,
    port: u16,
    /// With the brackets of IPv6 and the port, for the header `Host`.
    authority: String,
    path: String,
}

/// Why there is nothing to show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The URL is none.
    #[error("`{0}` cannot be asked: {1}; write it like `http://127.0.0.1:9938`")]
    Url(String, &'static str),
    /// Nobody listens.
    #[error(
        "nobody listens on {0}: start lanlord there (`lanlord run`), or say where it is with `--url` (its \
         configuration has `listen_address`)"
    )]
    Nobody(String),
    /// It cannot be reached.
    #[error("cannot reach {0}: {1}; say with `--url` where lanlord listens")]
    Unreachable(String, String),
    /// It takes too long.
    #[error("{0} has not answered within {1:?}")]
    Late(String, Duration),
    /// It does not speak HTTP.
    #[error("what listens on {0} does not answer as lanlord does: {1}")]
    Strange(String, String),
    /// It says no.
    #[error("{0} answers {1}; is this lanlord?")]
    Status(String, StatusCode),
    /// It does not stop talking.
    #[error("{0} answers with more than {mib} MiB, which no lanlord does", mib = MOST >> 20)]
    Long(String),
    /// It answers, and is something else.
    #[error("{0} answers, but is not lanlord; say with `--url` where lanlord listens")]
    NotLanlord(String),
}

/// An answer takes milliseconds. One that takes so long is none.
const PATIENCE: Duration = Duration::from_secs(5);

/// Several times what the most hosts that can be configured take.
const MOST: usize = 64 << 20;

impl Target {
    /// Reads a URL. A path is where a proxy has put lanlord.
    ///
    /// # Errors
    /// When it is no URL of HTTP.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let shown = plain(url);
        // Not what was given, which could have a password in it.
        let error = |why| Err(Error::Url(plain(url.rsplit('@').next().unwrap_or_default()), why));
        let Ok(uri) = url.parse::<Uri>() else { return error("it is no URL") };
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return error("lanlord speaks no TLS"),
            _ => return error("it does not begin with `http://`"),
        }
        let Some(authority) = uri.authority() else { return error("it has no host") };
        if authority.as_str().contains('@') {
            return error("lanlord has no log-in");
        }
        if authority.as_str().ends_with(':') || authority.host().is_empty() {
            return error("it has no host, or no port after the `:`");
        }
        if uri.query().is_some() {
            return error("it has a `?`");
        }
        let port = uri.port_u16().unwrap_or(80);
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let base = uri.path().trim_end_matches('/');
        let path = if base.ends_with("/metrics") { base.to_owned() } else { format!("{base}/metrics") };
        Ok(Self { shown, host, port, authority: authority.as_str().to_owned(), path })
    }
}

/// Asks once.
///
/// # Errors
/// When there is no lanlord to ask.
pub async fn reading(target: &Target) -> Result<Reading, Error> {
    let late = |_| Error::Late(target.shown.clone(), PATIENCE);
    let body = timeout(PATIENCE, ask(target)).await.map_err(late)??;
    parse(&body).ok_or_else(|| Error::NotLanlord(target.shown.clone()))
}

async fn ask(target: &Target) -> Result<Vec<u8>, Error> {
    let shown = || target.shown.clone();
    let stream =
        TcpStream::connect((target.host.as_str(), target.port)).await.map_err(|error| {
            match error.kind() {
                std::io::ErrorKind::ConnectionRefused => Error::Nobody(shown()),
                _ => Error::Unreachable(shown(), error.to_string()),
            }
        })?;
    let strange = |error: hyper::Error| Error::Strange(shown(), error.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(strange)?;
    let request = Request::get(&target.path)
        .header(HOST, &target.authority)
        .header(ACCEPT, "text/plain;version=0.0.4")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| Error::Strange(shown(), error.to_string()))?;
    let answer = async { body(sender.send_request(request).await.map_err(strange)?, target).await };
    let (mut answer, mut connection) = (pin!(answer), pin!(connection));
    let mut open = true;
    // The answer comes only while somebody drives the connection; what that says at its end, the answer says too.
    loop {
        tokio::select! {
            answer = &mut answer => return answer,
            _ = &mut connection, if open => open = false,
        }
    }
}

async fn body(response: Response<Incoming>, target: &Target) -> Result<Vec<u8>, Error> {
    if response.status() != StatusCode::OK {
        return Err(Error::Status(target.shown.clone(), response.status()));
    }
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Error::Strange(target.shown.clone(), error.to_string()))?;
        let Some(data) = frame.data_ref() else { continue };
        if bytes.len() + data.len() > MOST {
            return Err(Error::Long(target.shown.clone()));
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, host: &str, port: u16, path: &str) {
        let target = Target::parse(url).unwrap();
        assert_eq!((target.host.as_str(), target.port, target.path.as_str()), (host, port, path));
    }

    #[test]
    fn a_url_says_whom_to_ask() {
        check("http://127.0.0.1:9938", "127.0.0.1", 9938, "/metrics");
        check("http://127.0.0.1:9938/", "127.0.0.1", 9938, "/metrics");
        check("http://[fd00::1]:9938/metrics", "fd00::1", 9938, "/metrics");
        check("http://nas.lan/lanlord/", "nas.lan", 80, "/lanlord/metrics");
        assert_eq!(Target::parse("http://[fd00::1]:9938").unwrap().authority, "[fd00::1]:9938");
    }

    #[track_caller]
    fn check_refused(url: &str, complaint: &str) {
        let said = Target::parse(url).unwrap_err().to_string();
        assert_eq!(said, format!("{complaint}; write it like `http://127.0.0.1:9938`"));
    }

    #[test]
    fn what_is_no_url_is_told_without_its_password() {
        check_refused("127.0.0.1:9938", "`127.0.0.1:9938` cannot be asked: it does not begin with `http://`");
        check_refused("nas", "`nas` cannot be asked: it does not begin with `http://`");
        check_refused("", "`` cannot be asked: it is no URL");
        check_refused("http://", "`http://` cannot be asked: it is no URL");
        check_refused("https://nas", "`https://nas` cannot be asked: lanlord speaks no TLS");
        check_refused("http://me:secret@nas", "`nas` cannot be asked: lanlord has no log-in");
        check_refused(
            "http://nas:",
            "`http://nas:` cannot be asked: it has no host, or no port after the `:`",
        );
        check_refused("http://nas/?x", "`http://nas/?x` cannot be asked: it has a `?`");
        check_refused("http://a\u{1b}[2J", "`http://a[U+001B][2J` cannot be asked: it is no URL");
    }
}
