//! A request in hyper's words. Pure.
//!
//! Where the box is and which paths it has may come from the box itself, so each of these may have anything in it; what
//! is not allowed in HTTP goes no further.

use http_body_util::Full;
use hyper::Uri;
use hyper::header::{self, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use super::{Cause, Message, Over, Request, Target};
use crate::net::place::bracketed;

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("lanlord/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Writes it.
pub fn write(target: &Target, request: &Request<'_>) -> Result<Message, Cause> {
    // Without the slash it would be the name of a host (RFC 9112 §3.2); what follows a `#` would not be sent.
    let is_path = request.path.starts_with('/')
        && request.path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let path = is_path.then(|| request.path.parse::<Uri>().ok()).flatten();
    let mut builder = hyper::Request::builder()
        .method(request.method)
        .uri(path.ok_or(Cause::Words("the path"))?)
        .header(header::HOST, host(target).ok_or(Cause::Words("the name of the host"))?)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, JSON)
        .header(header::CONNECTION, HeaderValue::from_static("keep-alive"));
    if let Some((name, secret)) = request.secret {
        let value = HeaderValue::from_str(secret.expose_secret());
        let mut value = value.map_err(|_| Cause::Words("a token"))?;
        value.set_sensitive(true);
        builder = builder.header(HeaderName::from_static(name), value);
    }
    if let Some(body) = &request.body {
        builder = builder.header(header::CONTENT_TYPE, HeaderValue::from_static(body.kind));
        if body.bytes.is_empty() {
            // hyper leaves it out, and some servers want to know that there is nothing to wait for (RFC 9110 §8.6).
            builder = builder.header(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if body.gzip {
            builder = builder.header(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    let body = Full::new(request.body.as_ref().map(|body| body.bytes.clone()).unwrap_or_default());
    builder.body(body).map_err(|_| Cause::Words("the request"))
}

/// Host and port, without the port that the scheme has anyway (RFC 9110 §7.2).
fn host(target: &Target) -> Option<HeaderValue> {
    let usual = if matches!(target.over, Over::Tcp) { 80 } else { 443 };
    let host = bracketed(&target.host);
    let text = if target.port == usual { host.into_owned() } else { format!("{host}:{}", target.port) };
    // A header may have spaces and slashes; a host may not.
    let is_plain = !target.host.is_empty()
        && target.host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:%".contains(&byte));
    is_plain.then(|| HeaderValue::try_from(text).ok()).flatten()
}
