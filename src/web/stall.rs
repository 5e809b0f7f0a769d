//! A stream that gives up when nothing has moved for a while, either way: a client that stops reading in the
//! middle of a body must not keep its connection for ever.
//!
//! It sets no limit to how long a connection lasts as long as something moves, nor to how long we take ourselves to make an
//! answer: nothing moves then that could. It passes on that everything written so
//! far is with the kernel, because nobody above hears of it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The stream, watched.
pub struct Stall<S, F, M> {
    stream: S,
    /// Called whenever all that was written is with the kernel.
    flushed: F,
    /// Whether an answer is being made, so that it is us who keep the other side waiting.
    is_making: M,
    patience: Duration,
    /// Runs while we wait; set anew by the first wait after something moved.
    alarm: Pin<Box<Sleep>>,
    moved: bool,
}

impl<S: Unpin, F: Fn(), M: Fn() -> bool> Stall<S, F, M> {
    /// Watches a stream; must be called inside a tokio runtime.
    pub fn new(stream: S, patience: Duration, flushed: F, is_making: M) -> Self {
        Self { stream, flushed, is_making, patience, alarm: Box::pin(sleep(patience)), moved: false }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, progress: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if progress.is_ready() {
            self.moved = true;
            return progress;
        }
        if (self.is_making)() {
            // Whoever waits next, when the answer is there, begins anew.
            self.moved = true;
            return Poll::Pending;
        }
        if std::mem::take(&mut self.moved) {
            self.alarm.set(sleep(self.patience));
        }
        ready!(self.alarm.as_mut().poll(context));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing moved for too long")))
    }
}

impl<S: AsyncRead + Unpin, F: Fn() + Unpin, M: Fn() -> bool + Unpin> AsyncRead for Stall<S, F, M> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.watch(cx, progress)
    }
}

impl<S: AsyncWrite + Unpin, F: Fn() + Unpin, M: Fn() -> bool + Unpin> AsyncWrite for Stall<S, F, M> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // Sockets have nothing to flush and shut down at once, so these two are no progress.

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        (self.flushed)();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::net::UnixStream;

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    }

    type Watched = Stall<UnixStream, fn(), fn() -> bool>;

    fn watched(stream: UnixStream, is_making: fn() -> bool) -> Watched {
        Stall::new(stream, Duration::from_millis(50), || (), is_making)
    }

    async fn write(stream: &mut Watched) -> io::Result<usize> {
        poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, &[0; 4096])).await
    }

    #[test]
    fn a_peer_that_stops_reading_is_given_up() {
        run(async {
            let (ours, _theirs) = UnixStream::pair().unwrap();
            let mut stream = watched(ours, || false);
            let error = loop {
                match write(&mut stream).await {
                    Ok(_) => continue,
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        });
    }

    #[test]
    fn a_peer_that_says_nothing_is_given_up() {
        run(async {
            let (ours, _theirs) = UnixStream::pair().unwrap();
            let mut stream = watched(ours, || false);
            let mut bytes = [0; 16];
            let read = poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut ReadBuf::new(&mut bytes)));
            assert_eq!(read.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        });
    }

    #[test]
    fn whoever_waits_for_an_answer_of_ours_is_not_given_up() {
        run(async {
            let (ours, _theirs) = UnixStream::pair().unwrap();
            let mut stream = watched(ours, || true);
            let mut bytes = [0; 16];
            let read = poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut ReadBuf::new(&mut bytes)));
            assert!(tokio::time::timeout(Duration::from_millis(200), read).await.is_err());
        });
    }
}
