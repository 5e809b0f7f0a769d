//! Writes answers, properly or in one of the ways in which boxes and what stands between go wrong.
//!
//! Deliberately does not decide who is answered how: see `faults`.

use std::io::{self, Write};
use std::time::Duration;

use super::stop::Stop;

/// An answer and the way in which it is written.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Headers besides the ones about length and connection.
    pub headers: Vec<(&'static str, String)>,
    /// The body, in whatever form `Content-Type` says.
    pub body: Vec<u8>,
    /// How long to think before the first byte.
    pub delay: Duration,
    /// How it goes over the wire.
    pub manner: Manner,
}

/// How an answer goes over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As it should.
    Proper,
    /// As it should, but then the connection is closed without a word about it.
    CloseAfter,
    /// `Content-Length` tells the truth, but the connection is closed in the middle of the body.
    Truncated,
    /// As [`Manner::Truncated`], but the connection is reset.
    ResetInBody,
    /// `Content-Length` is wrong by so many bytes.
    Length(i64),
    /// In chunks, as a server may that does not know the length.
    Chunked,
    /// In chunks, the last of which never ends.
    ChunkedBroken,
    /// The head comes byte by byte, all of it in so much time.
    SlowHead(Duration),
    /// The body comes byte by byte, all of it in so much time.
    Drip(Duration),
    /// Nothing comes, and the connection stays open.
    Hang,
    /// The head comes, then nothing, and the connection stays open.
    HangInBody,
    /// The body comes without a head, as from something that does not speak HTTP, and the connection is closed.
    Raw,
    /// The connection is closed without an answer.
    Nothing,
    /// The connection is reset without an answer.
    Reset,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It may carry another request.
    Open,
    /// Close it.
    Close,
    /// Keep it, and let nothing more be heard.
    Silence,
    /// Close it with a reset.
    Reset,
}

impl Reply {
    /// A proper answer without a content type.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let (headers, delay) = (Vec::new(), Duration::ZERO);
        Self { status, headers, body: body.into(), delay, manner: Manner::Proper }
    }

    /// With one header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Writes an answer, and says what becomes of the connection.
///
/// # Errors
/// When the connection fails, which is the client's good right.
pub fn write(stream: &mut impl Write, reply: &Reply, keep_alive: bool, stop: &Stop) -> io::Result<After> {
    if stop.wait(reply.delay) {
        return Ok(After::Close);
    }
    match reply.manner {
        Manner::Nothing => return Ok(After::Close),
        Manner::Reset => return Ok(After::Reset),
        Manner::Hang => return Ok(After::Silence),
        Manner::Raw => {
            stream.write_all(&reply.body)?;
            stream.flush()?;
            return Ok(After::Close);
        }
        _ => {}
    }
    let head = head(reply, keep_alive);
    match reply.manner {
        Manner::SlowHead(time) => drip(stream, head.as_bytes(), time, stop)?,
        _ => stream.write_all(head.as_bytes())?,
    }
    match reply.manner {
        Manner::Truncated | Manner::ResetInBody => stream.write_all(&reply.body[..reply.body.len() / 2])?,
        Manner::Chunked => chunks(stream, &reply.body, "0\r\n\r\n")?,
        Manner::ChunkedBroken => chunks(stream, &reply.body, "5\r\nab")?,
        Manner::Drip(time) => {
            stream.flush()?;
            drip(stream, &reply.body, time, stop)?;
        }
        Manner::HangInBody => {}
        _ => stream.write_all(&reply.body)?,
    }
    stream.flush()?;
    Ok(match reply.manner {
        Manner::Truncated | Manner::ChunkedBroken | Manner::CloseAfter => After::Close,
        Manner::ResetInBody => After::Reset,
        Manner::HangInBody => After::Silence,
        _ if keep_alive => After::Open,
        _ => After::Close,
    })
}

fn head(reply: &Reply, keep_alive: bool) -> String {
    let mut head = format!("HTTP/1.1 {} {}\r\nServer: nginx\r\n", reply.status, phrase(reply.status));
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match reply.manner {
        Manner::Chunked | Manner::ChunkedBroken => head.push_str("Transfer-Encoding: chunked\r\n"),
        Manner::Length(wrong) => {
            let length = i64::try_from(reply.body.len()).unwrap_or(i64::MAX);
            head.push_str(&format!("Content-Length: {}\r\n", length.saturating_add(wrong).max(0)));
        }
        // RFC 9110, 8.6: an answer without content has no length.
        _ if reply.status == 204 => {}
        _ => head.push_str(&format!("Content-Length: {}\r\n", reply.body.len())),
    }
    head.push_str(if keep_alive { "Connection: keep-alive\r\n\r\n" } else { "Connection: close\r\n\r\n" });
    head
}

/// Pieces so small that every body has more than one.
fn chunks(stream: &mut impl Write, body: &[u8], end: &str) -> io::Result<()> {
    for chunk in body.chunks(body.len().div_ceil(3).max(1)) {
        write!(stream, "{:x}\r\n", chunk.len())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
    }
    stream.write_all(end.as_bytes())
}

fn drip(stream: &mut impl Write, bytes: &[u8], time: Duration, stop: &Stop) -> io::Result<()> {
    let pause = time / u32::try_from(bytes.len().max(1)).unwrap_or(u32::MAX);
    for byte in bytes {
        stream.write_all(&[*byte])?;
        stream.flush()?;
        if stop.wait(pause) {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    Ok(())
}

/// RFC 9110, 15: what the status is called.
fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(manner: Manner) -> (String, After) {
        let mut reply = Reply::new(200, "{\"a\":1}").with("Content-Type", "text/plain");
        reply.manner = manner;
        let mut wire = Vec::new();
        let after = write(&mut wire, &reply, true, &Stop::default()).unwrap();
        (String::from_utf8(wire).unwrap(), after)
    }

    fn check(manner: Manner, end: &str, after: After) {
        let (wire, then) = written(manner);
        let head = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\n";
        assert_eq!((wire.strip_prefix(head), then), (Some(end), after), "{manner:?}");
    }

    #[test]
    fn each_manner_writes_what_its_name_says() {
        let proper = "Content-Length: 7\r\nConnection: keep-alive\r\n\r\n{\"a\":1}";
        check(Manner::Proper, proper, After::Open);
        check(Manner::CloseAfter, proper, After::Close);
        check(Manner::SlowHead(Duration::from_millis(1)), proper, After::Open);
        check(Manner::Drip(Duration::from_millis(1)), proper, After::Open);
        check(Manner::Truncated, &proper.replace("\"a\":1}", "\"a"), After::Close);
        check(Manner::ResetInBody, &proper.replace("\"a\":1}", "\"a"), After::Reset);
        check(Manner::HangInBody, &proper.replace("{\"a\":1}", ""), After::Silence);
        check(Manner::Length(-3), &proper.replace(": 7", ": 4"), After::Open);
        check(Manner::Length(3), &proper.replace(": 7", ": 10"), After::Open);
        let chunks = "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n3\r\n{\"a\r\n3\r\n\":1\r\n1\r\n}\r\n";
        check(Manner::Chunked, &format!("{chunks}0\r\n\r\n"), After::Open);
        check(Manner::ChunkedBroken, &format!("{chunks}5\r\nab"), After::Close);
        assert_eq!(written(Manner::Raw), ("{\"a\":1}".to_owned(), After::Close));
        assert_eq!(written(Manner::Nothing), (String::new(), After::Close));
        assert_eq!(written(Manner::Reset), (String::new(), After::Reset));
        assert_eq!(written(Manner::Hang), (String::new(), After::Silence));
    }
}
