//! One connection: a request at a time, and whether it can be used again.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::{TrySendError, http1};
use hyper::header;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{Answer, Cause, Message, Step};
use crate::clock::Stopwatch;
use crate::net::failure::io_error;
#[cfg(feature = "legacy-tls")]
use crate::net::legacy_tls;
use crate::net::patience::Patience;

type Http = http1::Connection<TokioIo<Stream>, Full<Bytes>>;

/// Servers close a connection that rests, many after 60 to 75 s; one that rests for so long is not worth trying.
const YOUTH: Duration = Duration::from_secs(50);
/// Room for a body that says how long it is, before it is there.
const AHEAD_MAX: u64 = 64 * 1024;

/// A connection, which moves only while somebody waits in [`Connection::exchange`].
pub struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Driver,
    /// Whether any byte came since the last request.
    heard: Arc<AtomicBool>,
    /// Since the last answer.
    rests: Stopwatch,
    reusable: bool,
}

/// A request that came to nothing.
pub struct Failed {
    pub cause: Cause,
    /// Nothing of the request has left.
    pub unsent: bool,
    /// The connection ended, and nothing of an answer has come.
    pub unheard: bool,
}

impl From<Cause> for Failed {
    fn from(cause: Cause) -> Self {
        Self { cause, unsent: false, unheard: false }
    }
}

impl Connection {
    pub fn new(sender: http1::SendRequest<Full<Bytes>>, driver: Http, heard: Arc<AtomicBool>) -> Self {
        let driver = Driver::Running(Box::new(driver));
        Self { sender, driver, heard, rests: Stopwatch::start(), reusable: false }
    }

    /// Whether the next request may go here.
    pub fn is_reusable(&self) -> bool {
        self.reusable
    }

    /// Whether it has been used lately.
    pub fn is_young(&self) -> bool {
        self.rests.elapsed() < YOUTH
    }

    /// Asks, and reads the answer to its end.
    pub async fn exchange(
        &mut self,
        message: Message,
        limit: usize,
        patience: &Patience,
    ) -> Result<Answer, Failed> {
        self.reusable = false;
        let Self { sender, driver, heard, .. } = self;
        // One that was closed while it rested says so here.
        if patience.within(Step::Head, driver.along(sender.ready())).await?.is_err() {
            return Err(Failed { cause: Cause::Closed, unsent: true, unheard: true });
        }
        heard.store(false, Ordering::Relaxed);
        let answered = patience.within(Step::Head, driver.along(sender.try_send_request(message))).await?;
        let response = match answered {
            Ok(response) => response,
            Err(error) => return Err(failed(error, heard.load(Ordering::Relaxed))),
        };
        let (head, body) = response.into_parts();
        let header = |name| {
            let value: Option<&header::HeaderValue> = head.headers.get(name);
            value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let (location, retry_after) = (header(header::LOCATION), header(header::RETRY_AFTER));
        let content_type = header(header::CONTENT_TYPE);
        // No more than there may be headers.
        let cookies = head.headers.get_all(header::SET_COOKIE).iter();
        let set_cookie =
            cookies.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        let body = patience.within(Step::Body, driver.along(read(body, limit))).await??;
        // Everything of the answer is there; what more there is belongs to no question.
        let ready = poll_fn(|cx| {
            driver.poll(cx);
            Poll::Ready(sender.is_ready())
        });
        self.reusable = ready.await;
        if driver.has_more() {
            return Err(Cause::Excess.into());
        }
        self.rests = Stopwatch::start();
        Ok(Answer { status: head.status.as_u16(), location, retry_after, content_type, set_cookie, body })
    }
}

fn failed(mut error: TrySendError<Message>, heard: bool) -> Failed {
    let unsent = error.take_message().is_some();
    let cause = Cause::of_head(error.error(), heard);
    let unheard = !heard && matches!(cause, Cause::Closed | Cause::Broken(_));
    Failed { cause, unsent, unheard }
}

async fn read(mut body: Incoming, limit: usize) -> Result<Vec<u8>, Cause> {
    let expected = body.size_hint().lower();
    if expected > limit as u64 {
        return Err(Cause::TooLarge { limit });
    }
    // Never cut off: it is smaller than the limit.
    let mut bytes = Vec::with_capacity(expected.min(AHEAD_MAX) as usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Cause::of_body(&error, bytes.len()))?;
        // What is no data are trailers, which nobody needs.
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > limit - bytes.len() {
            return Err(Cause::TooLarge { limit });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// What moves bytes between the socket and the request.
enum Driver {
    Running(Box<Http>),
    /// Over, and whether bytes came that belong to no answer.
    Ended {
        more: bool,
    },
}

impl Driver {
    /// Works along with somebody who needs that.
    async fn along<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            self.poll(cx);
            work.as_mut().poll(cx)
        })
        .await
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        let Driver::Running(http) = self else { return };
        let Poll::Ready(result) = http.poll_without_shutdown(cx) else { return };
        // What comes unasked is the only error of a connection at rest that has no cause below.
        let unasked = result.is_err_and(|error| io_error(&error).is_none() && !error.is_incomplete_message());
        if let Driver::Running(http) = std::mem::replace(self, Driver::Ended { more: unasked }) {
            let unread = !http.into_parts().read_buf.is_empty();
            *self = Driver::Ended { more: unasked || unread };
        }
    }

    fn has_more(&self) -> bool {
        matches!(self, Driver::Ended { more: true })
    }
}

/// TCP, or TLS over it; notes whether anything came.
pub struct Stream {
    below: Below,
    heard: Arc<AtomicBool>,
}

enum Below {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
    #[cfg(feature = "legacy-tls")]
    Legacy(Box<legacy_tls::Stream>),
}

impl Stream {
    pub fn plain(stream: TcpStream) -> Self {
        Self { below: Below::Plain(stream), heard: Arc::default() }
    }

    pub fn secure(stream: TlsStream<TcpStream>) -> Self {
        Self { below: Below::Secure(Box::new(stream)), heard: Arc::default() }
    }

    #[cfg(feature = "legacy-tls")]
    pub fn legacy(stream: legacy_tls::Stream) -> Self {
        Self { below: Below::Legacy(Box::new(stream)), heard: Arc::default() }
    }

    pub fn heard(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.heard)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = match &mut self.below {
            Below::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Below::Secure(stream) => Pin::new(stream).poll_read(cx, buffer),
            #[cfg(feature = "legacy-tls")]
            Below::Legacy(stream) => Pin::new(stream).poll_read(cx, buffer),
        };
        if buffer.filled().len() > before {
            self.heard.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.below {
            Below::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Below::Secure(stream) => Pin::new(stream).poll_write(cx, bytes),
            #[cfg(feature = "legacy-tls")]
            Below::Legacy(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.below {
            Below::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Below::Secure(stream) => Pin::new(stream).poll_flush(cx),
            #[cfg(feature = "legacy-tls")]
            Below::Legacy(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.below {
            Below::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Below::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
            #[cfg(feature = "legacy-tls")]
            Below::Legacy(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
