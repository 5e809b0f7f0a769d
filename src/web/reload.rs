//! `POST /-/reload`, as far as the listener goes: who may ask, and waiting for what comes of it.
//!
//! It reads no configuration and changes nothing: whoever has the other end of the channel does.

use std::time::Duration;

use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// What came of a reload: a sentence, or the reason why everything stays as it was.
pub type Outcome = Result<String, String>;

/// Somebody wants a reload, and waits here for what comes of it.
pub type Demand = oneshot::Sender<Outcome>;

/// Where to ask for a reload.
#[derive(Clone, Debug)]
pub struct Reload {
    demands: mpsc::Sender<Demand>,
    patience: Duration,
}

/// Longer than reading and taking up may take, and shorter than a connection may stand still.
pub const PATIENCE: Duration = Duration::from_secs(8);

/// Demands that may wait for their turn, which is the same for all of them; as many as requests may be under way at most.
const QUEUE: usize = 4_096;

/// Where to ask, and where to answer. Whoever asks waits as long as `patience`.
pub fn channel(patience: Duration) -> (Reload, mpsc::Receiver<Demand>) {
    let (demands, answers) = mpsc::channel(QUEUE);
    (Reload { demands, patience }, answers)
}

/// Nobody answered in time, or too many were waiting already.
pub(super) struct Silence;

impl Reload {
    pub(super) async fn demand(&self) -> Result<Outcome, Silence> {
        let (sender, answer) = oneshot::channel();
        self.demands.try_send(sender).map_err(|_full| Silence)?;
        let answer = timeout(self.patience, answer).await.map_err(|_late| Silence)?;
        answer.map_err(|_gone| Silence)
    }
}

/// Whether a browser says that a page from elsewhere asks: such a page can send a POST without its user's knowing.
/// Other clients send none of these headers.
pub(super) fn is_foreign(headers: &HeaderMap) -> bool {
    // Fetch Metadata §2.4; `none` is the user himself.
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let host = headers.get(HOST).map_or(&b""[..], |host| host.as_bytes());
    let sites = headers.get_all(SITE).iter();
    let mut origins = headers.get_all(ORIGIN).iter();
    sites.map(|site| site.as_bytes()).any(|site| site != b"same-origin" && site != b"none")
        || origins.any(|origin| !is_of(origin.as_bytes(), host))
}

/// Whether an origin (RFC 6454 §7) is what `Host` names. A default port is in neither, or only in the second.
fn is_of(origin: &[u8], host: &[u8]) -> bool {
    let same = |default: &[u8], ours: &[u8]| {
        !ours.is_empty()
            && (host.eq_ignore_ascii_case(ours)
                || host.strip_suffix(default).is_some_and(|host| host.eq_ignore_ascii_case(ours)))
    };
    match (origin.strip_prefix(b"http://"), origin.strip_prefix(b"https://")) {
        (Some(ours), _) => same(b":80", ours),
        (None, Some(ours)) => same(b":443", ours),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), hyper::header::HeaderValue::from_static(value));
        }
        assert_eq!(is_foreign(&map), expected, "{headers:?}");
    }

    #[test]
    fn whoever_is_no_browser_may_ask() {
        check(&[], false);
        check(&[("host", "nas:9938")], false);
    }

    #[test]
    fn our_own_page_may_ask_under_whatever_name_it_was_reached() {
        check(&[("host", "nas:9938"), ("origin", "http://nas:9938")], false);
        check(&[("host", "NAS.lan"), ("origin", "http://nas.LAN"), ("sec-fetch-site", "same-origin")], false);
        check(&[("host", "[::1]:9938"), ("origin", "http://[::1]:9938")], false);
        check(&[("host", "nas:80"), ("origin", "http://nas")], false);
        check(&[("host", "lan.example:443"), ("origin", "https://lan.example")], false);
        check(&[("host", "nas"), ("sec-fetch-site", "none")], false);
    }

    #[test]
    fn pages_from_elsewhere_may_not() {
        check(&[("host", "127.0.0.1:9938"), ("origin", "https://evil.example")], true);
        check(&[("host", "nas:9938"), ("origin", "http://nas:8080")], true);
        check(&[("host", "nas:9938"), ("origin", "http://nas")], true);
        check(&[("host", "nas"), ("origin", "null")], true);
        check(&[("host", "nas"), ("origin", "")], true);
        check(&[("host", ""), ("origin", "http://")], true);
        check(&[("origin", "http://nas")], true);
        check(&[("host", "nas"), ("origin", "http://nas"), ("origin", "http://evil.example")], true);
        check(&[("host", "nas"), ("origin", "http://nas.evil.example")], true);
        for site in ["cross-site", "same-site", "Same-Origin", ""] {
            check(&[("host", "nas"), ("sec-fetch-site", site)], true);
        }
    }
}
