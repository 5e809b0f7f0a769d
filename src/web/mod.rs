//! What lanlord serves: the page, `/metrics`, and two answers for whoever supervises it.
//!
//! Nothing here visits a source; everything is read from the store. No log-in and no TLS, so listen where only those
//! may connect who may know.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::clock;
use crate::encode::exposition::Format;
use crate::metric::Batch;
use crate::store::Store;

pub mod listener;
pub mod negotiate;
pub mod page;
pub mod scrape;
pub mod stall;

use negotiate::Coding;

/// Everything that requests are answered from.
pub struct Site {
    store: Arc<Store>,
    own: scrape::Own,
    ready: AtomicBool,
    bodies: scrape::Bodies,
}

/// What is where. The sentence for those who ask for something else names all of it.
static ROUTES: &[(&str, Route)] = &[
    ("/", Route::Page),
    ("/metrics", Route::Metrics),
    ("/-/healthy", Route::Healthy),
    ("/-/ready", Route::Ready),
];

#[derive(Clone, Copy)]
enum Route {
    Page,
    Metrics,
    Healthy,
    Ready,
}

impl Site {
    /// A site that is not ready yet. `own` makes the batch about lanlord itself, when metrics are encoded; it may be
    /// called from another thread.
    pub fn new(store: Arc<Store>, own: impl Fn(&[Arc<Batch>]) -> Batch + Send + Sync + 'static) -> Self {
        Self { store, own: Arc::new(own), ready: AtomicBool::new(false), bodies: scrape::Bodies::default() }
    }

    /// From now on `/-/ready` says yes.
    pub fn announce_ready(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    /// Answers a request. Its body, if it has one, is not looked at.
    pub async fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let path = request.uri().path();
        let Some((_, route)) = ROUTES.iter().find(|(known, _)| *known == path) else {
            let known: Vec<&str> = ROUTES.iter().map(|(path, _)| *path).collect();
            return sentence(
                StatusCode::NOT_FOUND,
                format!("There is nothing here. Try one of {}.", known.join(", ")),
            );
        };
        if request.method() != Method::GET && request.method() != Method::HEAD {
            let refusal = sentence(StatusCode::METHOD_NOT_ALLOWED, "Only GET and HEAD work here.".to_owned());
            return with(refusal, header::ALLOW, "GET, HEAD");
        }
        match route {
            Route::Page => self.page(),
            Route::Metrics => self.metrics(request).await,
            Route::Healthy => sentence(StatusCode::OK, "Healthy.".to_owned()),
            Route::Ready if self.ready.load(Ordering::Relaxed) => {
                sentence(StatusCode::OK, "Ready.".to_owned())
            }
            Route::Ready => sentence(StatusCode::SERVICE_UNAVAILABLE, "Not ready yet.".to_owned()),
        }
    }

    fn page(&self) -> Response<Full<Bytes>> {
        let (_, batches) = self.store.batches();
        let view = page::View { version: env!("CARGO_PKG_VERSION"), now: clock::now(), batches: &batches };
        let response = respond(StatusCode::OK, "text/html; charset=utf-8", page::render(&view).into());
        let response = with(response, header::CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY_POLICY);
        let response = with(response, header::REFERRER_POLICY, "no-referrer");
        with(response, header::CACHE_CONTROL, "no-store")
    }

    async fn metrics<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let format = match asked_format(request.uri().query().unwrap_or_default()) {
            Ok(Some(format)) => format,
            Ok(None) => negotiate::format(&lines(request, header::ACCEPT)),
            Err(UnknownFormat) => {
                let known = "`format` must be `text` or `openmetrics`; without it the Accept header decides.";
                return sentence(StatusCode::BAD_REQUEST, known.to_owned());
            }
        };
        let coding = negotiate::coding(&lines(request, header::ACCEPT_ENCODING));
        let body = self.bodies.body(self.store.batches(), &self.own, (format, coding), clock::now()).await;
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
    with(response, header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

fn with(mut response: Response<Full<Bytes>>, name: HeaderName, value: &'static str) -> Response<Full<Bytes>> {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
    response
}
