//! `/probe`, as far as the listener goes: who may ask, handing the question on, and the answer in the format that is wished
//! for.
//!
//! It knows nobody who is probed, and nothing of what a probe does: whoever stands behind the door does.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Response, StatusCode};

use super::{Site, UnknownFormat, exposition, lines, respond, sentence, unknown_format, wishes, with};
use crate::probe::reply::{Question, Refusal, Reply};

/// How long Prometheus will wait, which it says with each scrape.
const PATIENCE: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

impl Site {
    pub(super) async fn probe<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if is_foreign(request.headers()) {
            let refusal = "A page from elsewhere asked for this, and may not.";
            return sentence(StatusCode::FORBIDDEN, refusal.to_owned());
        }
        let wishes = match wishes(request) {
            Ok(wishes) => wishes,
            Err(UnknownFormat) => return unknown_format(),
        };
        let patience = match lines(request, PATIENCE)[..] {
            [one] => Some(one.to_owned()),
            _ => None,
        };
        let query = request.uri().query().unwrap_or_default().to_owned();
        let response = match self.door.knock(Question { query, patience }).await {
            Reply::Metrics(batch) => exposition(self.bodies.single(*batch, wishes).await, wishes),
            Reply::Story(text) => respond(StatusCode::OK, "text/plain; charset=utf-8", text.into()),
            Reply::Refused(refusal) => refused(refusal),
        };
        // What a probe was asked with is in its address: no cache may keep it.
        with(response, header::CACHE_CONTROL, "no-store")
    }
}

fn refused(refusal: Refusal) -> Response<Full<Bytes>> {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = sentence(status, refusal.text);
    if let Some(after) = refusal.retry_after {
        // Who comes back a moment too early comes in vain.
        let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    response
}

/// Whether a page from elsewhere asks behind its reader's back: it could log in to a modem with passwords of its own
/// until that lets nobody in any more. Whoever follows a link, from the page of Prometheus for one, sees what he does
/// (Fetch Metadata §2.1). Browsers say so only where they trust the way to us: on this machine and behind TLS.
fn is_foreign(headers: &HeaderMap) -> bool {
    const DESTINATION: HeaderName = HeaderName::from_static("sec-fetch-dest");
    let follows_a_link = headers.get(DESTINATION).is_some_and(|to| to.as_bytes() == b"document");
    super::reload::is_foreign(headers) && !follows_a_link
}
