//! Reads requests as RFC 9112 writes them, and nothing looser.
//!
//! Deliberately does not decode paths, and knows no multi-line headers, no upgrades and no trailers with a meaning.

use std::io::{self, BufRead, Read};
use std::net::SocketAddr;

/// Longest request line with all headers: far more than any client of a box needs.
const LONGEST_HEAD: u64 = 16 * 1024;
/// Longest body, unless a site says otherwise: a registration at a box has less than a thousand bytes.
pub const LONGEST_BODY: usize = 64 * 1024;

/// A request, read to its end.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, ….
    pub method: String,
    /// From the first slash up to but not including the question mark.
    pub path: String,
    /// What follows the question mark.
    pub query: Option<String>,
    /// Names in small letters, in the order they came in.
    pub headers: Vec<(String, String)>,
    /// The body without its chunks; empty if there was none.
    pub body: Vec<u8>,
    /// Who asks.
    pub peer: SocketAddr,
    /// Whether it came over TLS.
    pub secure: bool,
    /// Whether the client wants to go on with this connection.
    pub keep_alive: bool,
}

impl Request {
    /// The first header of this name, which is in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no request.
#[derive(Debug, PartialEq, Eq)]
pub enum NoRequest {
    /// The client has closed the connection, or nothing came for too long.
    Gone,
    /// It is not HTTP as we know it: answer with this status and close.
    Wrong(u16),
}

/// Reads one request, with a body of at most so many bytes.
///
/// # Errors
/// See [`NoRequest`].
pub fn read(
    stream: &mut impl BufRead,
    peer: SocketAddr,
    secure: bool,
    longest: usize,
) -> Result<Request, NoRequest> {
    let mut head = stream.by_ref().take(LONGEST_HEAD);
    let first = loop {
        // RFC 9112, 2.2: empty lines before a request are skipped.
        let line = line(&mut head)?;
        if !line.is_empty() {
            break line;
        }
    };
    let (method, target, version) = request_line(&first).ok_or(NoRequest::Wrong(400))?;
    let headers = headers(&mut head)?;
    let mut request = Request {
        method: method.to_owned(),
        path: String::new(),
        query: None,
        headers,
        body: Vec::new(),
        peer,
        secure,
        keep_alive: version == "HTTP/1.1",
    };
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    request.path = path.to_owned();
    request.query = query.map(str::to_owned);
    let hosts = request.headers.iter().filter(|(name, _)| name == "host").count();
    if hosts > 1 || hosts == 0 && request.keep_alive {
        return Err(NoRequest::Wrong(400));
    }
    match request.header("connection").map(str::to_ascii_lowercase).as_deref() {
        Some("close") => request.keep_alive = false,
        Some("keep-alive") => request.keep_alive = true,
        _ => {}
    }
    request.body = body(stream, &request, longest)?;
    Ok(request)
}

fn line(stream: &mut impl BufRead) -> Result<String, NoRequest> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).map_err(|_| NoRequest::Gone)?;
    match line.strip_suffix(b"\r\n") {
        Some(line) => String::from_utf8(line.to_vec()).map_err(|_| NoRequest::Wrong(400)),
        None if line.len() as u64 >= LONGEST_HEAD => Err(NoRequest::Wrong(431)),
        None if line.ends_with(b"\n") => Err(NoRequest::Wrong(400)),
        None => Err(NoRequest::Gone),
    }
}

fn request_line(line: &str) -> Option<(&str, &str, &str)> {
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let fine = words.next().is_none()
        && !method.is_empty()
        && method.bytes().all(|byte| byte.is_ascii_uppercase())
        && target.starts_with('/')
        && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
        && matches!(version, "HTTP/1.1" | "HTTP/1.0");
    fine.then_some((method, target, version))
}

fn headers(stream: &mut impl BufRead) -> Result<Vec<(String, String)>, NoRequest> {
    let mut headers = Vec::new();
    loop {
        let line = match line(stream) {
            // The head is longer than we read.
            Err(NoRequest::Gone) => return Err(NoRequest::Wrong(431)),
            line => line?,
        };
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').ok_or(NoRequest::Wrong(400))?;
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty()
            || !name.bytes().all(token)
            || value.bytes().any(|byte| byte < b' ' && byte != b'\t')
        {
            return Err(NoRequest::Wrong(400));
        }
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

fn body(stream: &mut impl BufRead, request: &Request, longest: usize) -> Result<Vec<u8>, NoRequest> {
    match (request.header("transfer-encoding"), request.header("content-length")) {
        // RFC 9112, 6.1: both together are how requests are smuggled.
        (Some(_), Some(_)) => Err(NoRequest::Wrong(400)),
        (Some(coding), None) if coding.eq_ignore_ascii_case("chunked") => chunks(stream, longest),
        (Some(_), None) => Err(NoRequest::Wrong(501)),
        (None, Some(length)) if !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit()) => {
            let length = length.parse().unwrap_or(usize::MAX);
            exactly(stream, length, longest)
        }
        (None, Some(_)) => Err(NoRequest::Wrong(400)),
        (None, None) => Ok(Vec::new()),
    }
}

fn exactly(stream: &mut impl Read, length: usize, longest: usize) -> Result<Vec<u8>, NoRequest> {
    if length > longest {
        return Err(NoRequest::Wrong(413));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).map_err(|_: io::Error| NoRequest::Gone)?;
    Ok(body)
}

fn chunks(stream: &mut impl BufRead, longest: usize) -> Result<Vec<u8>, NoRequest> {
    let mut body = Vec::new();
    loop {
        let size = line(&mut stream.by_ref().take(64))?;
        let size = usize::from_str_radix(&size, 16).map_err(|_| NoRequest::Wrong(400))?;
        let chunk = exactly(stream, size, longest)?;
        if body.len() + chunk.len() > longest {
            return Err(NoRequest::Wrong(413));
        }
        body.extend(chunk);
        if !line(&mut stream.by_ref().take(64))?.is_empty() {
            return Err(NoRequest::Wrong(400));
        }
        if size == 0 {
            return Ok(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Request, NoRequest> {
        read(&mut text.as_bytes(), ([127, 0, 0, 1], 1).into(), false, LONGEST_BODY)
    }

    #[test]
    fn a_request_is_read_with_its_body_and_the_next_one_is_left() {
        let mut two = "POST /api/v4/login/session/?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}GET"
            .as_bytes();
        let request = read(&mut two, ([127, 0, 0, 1], 1).into(), true, LONGEST_BODY).unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/api/v4/login/session/"));
        assert_eq!((request.query.as_deref(), request.body.as_slice()), (Some("a=b"), &b"{}"[..]));
        assert!(request.keep_alive && request.secure);
        assert_eq!(two, b"GET");
    }

    #[test]
    fn chunks_are_put_together() {
        let text =
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
        assert_eq!(parse(text).unwrap().body, b"abcd");
    }

    #[test]
    fn whoever_asks_to_close_is_believed() {
        assert!(!parse("GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n").unwrap().keep_alive);
        assert!(!parse("GET / HTTP/1.0\r\n\r\n").unwrap().keep_alive);
    }

    #[test]
    fn what_is_not_http_is_refused() {
        for (text, status) in [
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\nHost: a\n\n", 400),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nx", 413),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nx", 501),
        ] {
            assert_eq!(parse(text).map(|_| ()), Err(NoRequest::Wrong(status)), "{text}");
        }
        assert_eq!(parse("").map(|_| ()), Err(NoRequest::Gone));
        assert_eq!(parse("GET / HT").map(|_| ()), Err(NoRequest::Gone));
    }

    #[test]
    fn a_head_without_end_is_refused() {
        let text = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", "a".repeat(20_000));
        assert_eq!(parse(&text).map(|_| ()), Err(NoRequest::Wrong(431)));
    }
}
