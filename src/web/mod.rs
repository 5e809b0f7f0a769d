//! What lanlord serves: the page, `/metrics`, `/probe`, and two answers for whoever supervises it.
//!
//! Nothing here visits a source; everything is read from the store, and a probe is handed on. No log-in and no TLS, so
//! listen where only those may connect who may know.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::clock;
use crate::encode::exposition::Format;
use crate::metric::Own;
use crate::probe::reply::Door;
use crate::push::state::Board;
use crate::store::Store;

mod access;
pub mod counters;
mod guest;
pub mod listener;
pub mod negotiate;
pub mod page;
mod probe;
pub mod reload;
pub mod scrape;
pub mod stall;

use counters::Counters;
use guest::Guest;
use negotiate::Coding;
use reload::Reload;

/// Everything that requests are answered from.
pub struct Site {
    store: Arc<Store>,
    board: Board,
    own: Own,
    ready: AtomicBool,
    bodies: scrape::Bodies,
    counters: Arc<Counters>,
    reload: Reload,
    door: Arc<dyn Door>,
    max_requests: AtomicUsize,
    access_log: AtomicBool,
    /// Taken by whoever loads a configuration and by the page, each only long enough to copy it.
    configuration: Mutex<Option<page::Configuration>>,
}

/// What may be changed while it serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Requests for the page, the metrics, a probe or a reload under way at once; who comes then is told to come again.
    pub max_requests: usize,
    /// Whether each request has a line in the log.
    pub access_log: bool,
}

/// What is where. The sentence for those who ask for something else names all of it.
static ROUTES: [(&str, Route); 6] = [
    ("/", Route::Page),
    ("/metrics", Route::Metrics),
    ("/probe", Route::Probe),
    ("/-/healthy", Route::Healthy),
    ("/-/ready", Route::Ready),
    ("/-/reload", Route::Reload),
];

#[derive(Clone, Copy, PartialEq)]
enum Route {
    Page,
    Metrics,
    Probe,
    Healthy,
    Ready,
    Reload,
}

impl Site {
    /// A site that is not ready yet, with one request at a time until [`Site::set`] says more. `own` makes the batch
    /// about lanlord itself, when metrics are encoded; it may be called from another thread. `door` answers probes.
    pub fn new(
        store: Arc<Store>,
        board: Board,
        counters: Arc<Counters>,
        reload: Reload,
        door: Arc<dyn Door>,
        own: Own,
    ) -> Self {
        Self {
            store,
            board,
            own,
            ready: AtomicBool::new(false),
            bodies: scrape::Bodies::default(),
            counters,
            reload,
            door,
            max_requests: AtomicUsize::new(1),
            access_log: AtomicBool::new(false),
            configuration: Mutex::new(None),
        }
    }

    /// From now on these hold, for requests that come.
    pub fn set(&self, settings: Settings) {
        self.max_requests.store(settings.max_requests, Ordering::Relaxed);
        self.access_log.store(settings.access_log, Ordering::Relaxed);
    }

    /// From now on `/-/ready` says yes.
    pub fn announce_ready(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    /// What the page says of the configuration.
    pub fn set_configuration(&self, configuration: page::Configuration) {
        *self.configuration.lock().unwrap_or_else(PoisonError::into_inner) = Some(configuration);
    }

    fn max_requests(&self) -> usize {
        self.max_requests.load(Ordering::Relaxed)
    }

    fn bodies_held(&self) -> usize {
        self.bodies.held()
    }

    /// Answers a request. Its body, if it has one, is not looked at.
    async fn answer<B>(&self, request: &Request<B>, guest: &Guest) -> Response<Full<Bytes>> {
        guest.begin(request, self.access_log.load(Ordering::Relaxed));
        let path = request.uri().path();
        let place = ROUTES.iter().position(|(known, _)| *known == path);
        let response = match place {
            Some(place) => self.go(ROUTES[place].1, request, guest).await,
            None => {
                let known = ROUTES.map(|(path, _)| path).join(", ");
                sentence(StatusCode::NOT_FOUND, format!("There is nothing here. Try one of {known}."))
            }
        };
        self.counters.count(place, response.status());
        response
    }

    async fn go<B>(&self, route: Route, request: &Request<B>, guest: &Guest) -> Response<Full<Bytes>> {
        let (fits, allowed, advice) = match route {
            Route::Reload => (request.method() == Method::POST, "POST", "Only POST works here."),
            _ => (
                matches!(*request.method(), Method::GET | Method::HEAD),
                "GET, HEAD",
                "Only GET and HEAD work here.",
            ),
        };
        if !fits {
            let refusal = sentence(StatusCode::METHOD_NOT_ALLOWED, advice.to_owned());
            return with(refusal, header::ALLOW, allowed);
        }
        match route {
            Route::Healthy => sentence(StatusCode::OK, "Healthy.".to_owned()),
            Route::Ready if self.ready.load(Ordering::Relaxed) => {
                sentence(StatusCode::OK, "Ready.".to_owned())
            }
            Route::Ready => sentence(StatusCode::SERVICE_UNAVAILABLE, "Not ready yet.".to_owned()),
            // The others cost something. Whoever supervises us must get an answer also when many ask.
            _ if !guest.admit(&self.counters, self.max_requests()) => {
                let sorry = "Too many requests are under way. Ask again in a second.";
                let busy = sentence(StatusCode::SERVICE_UNAVAILABLE, sorry.to_owned());
                with(busy, header::RETRY_AFTER, "1")
            }
            Route::Page => self.page(),
            Route::Metrics => self.metrics(request).await,
            Route::Probe => self.probe(request).await,
            Route::Reload => self.reload(request).await,
        }
    }

    async fn reload<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        if reload::is_foreign(request.headers()) {
            let refusal = "A page from elsewhere asked for this, and may not.";
            return sentence(StatusCode::FORBIDDEN, refusal.to_owned());
        }
        match self.reload.demand().await {
            Ok(Ok(done)) => sentence(StatusCode::OK, done),
            Ok(Err(reason)) => sentence(StatusCode::INTERNAL_SERVER_ERROR, reason),
            Err(reload::Silence) => {
                let silence =
                    "No reload was done within the time for it; the log may say more. Ask again later.";
                sentence(StatusCode::SERVICE_UNAVAILABLE, silence.to_owned())
            }
        }
    }

    fn page(&self) -> Response<Full<Bytes>> {
        let (_, batches) = self.store.batches();
        let configuration = self.configuration.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (pushes, probes) = (self.board.states(), self.door.view());
        let view = page::View {
            version: env!("CARGO_PKG_VERSION"),
            now: clock::now(),
            configuration: configuration.as_ref(),
            batches: &batches,
            pushes: &pushes,
            probes: &probes,
        };
        let response = respond(StatusCode::OK, "text/html; charset=utf-8", page::render(&view).into());
        let response = with(response, header::CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY);
        let response = with(response, header::REFERRER_POLICY, "no-referrer");
        with(response, header::CACHE_CONTROL, "no-store")
    }

    async fn metrics<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let wishes = match wishes(request) {
            Ok(wishes) => wishes,
            Err(UnknownFormat) => return unknown_format(),
        };
        let body = self.bodies.body(self.store.batches(), &self.own, wishes, clock::now()).await;
        exposition(body, wishes)
    }
}

/// Which format and compression whoever asks for metrics would like.
fn wishes<B>(request: &Request<B>) -> Result<(Format, Coding), UnknownFormat> {
    let format = asked_format(request.uri().query().unwrap_or_default())?;
    let format = format.unwrap_or_else(|| negotiate::format(&lines(request, header::ACCEPT)));
    Ok((format, negotiate::coding(&lines(request, header::ACCEPT_ENCODING))))
}

fn unknown_format() -> Response<Full<Bytes>> {
    let known = "`format` must be `text` or `openmetrics`; without it the Accept header decides.";
    sentence(StatusCode::BAD_REQUEST, known.to_owned())
}

/// Metrics as they were wished for.
fn exposition(
    body: Result<Bytes, scrape::Lost>,
    (format, coding): (Format, Coding),
) -> Response<Full<Bytes>> {
    let Ok(body) = body else {
        let sorry = "Encoding the metrics went wrong; the log says how.";
        return sentence(StatusCode::INTERNAL_SERVER_ERROR, sorry.to_owned());
    };
    let response = respond(StatusCode::OK, content_type(format), body);
    let response = with(response, header::VARY, "Accept, Accept-Encoding");
    match coding {
        Coding::Identity => response,
        Coding::Gzip => with(response, header::CONTENT_ENCODING, "gzip"),
    }
}

/// From version 1.0.0 on Prometheus wants to be told how names were escaped. Ours never need to be, so that the
/// scheme every reader assumes by default is true of them.
fn content_type(format: Format) -> &'static str {
    match format {
        Format::Text => "text/plain; version=0.0.4; charset=utf-8",
        Format::OpenMetrics => {
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
        }
    }
}

struct UnknownFormat;

fn asked_format(query: &str) -> Result<Option<Format>, UnknownFormat> {
    match query.split('&').find_map(|pair| pair.strip_prefix("format=")) {
        None => Ok(None),
        Some("text") => Ok(Some(Format::Text)),
        Some("openmetrics") => Ok(Some(Format::OpenMetrics)),
        Some(_) => Err(UnknownFormat),
    }
}

/// The lines of one header; a line that is not text is no line.
fn lines<B>(request: &Request<B>, name: HeaderName) -> Vec<&str> {
    request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
}

fn sentence(status: StatusCode, mut text: String) -> Response<Full<Bytes>> {
    text.push('\n');
    respond(status, "text/plain; charset=utf-8", text.into())
}

fn respond(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let response = with(response, header::CONTENT_TYPE, content_type);
    let response = with(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Fetch §3.7: no page from elsewhere may use it as a picture, a script or the like, to learn from what happens.
    with(response, HeaderName::from_static("cross-origin-resource-policy"), "same-origin")
}

fn with(mut response: Response<Full<Bytes>>, name: HeaderName, value: &'static str) -> Response<Full<Bytes>> {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}
