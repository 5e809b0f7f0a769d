//! What a server answers that knows nothing newer than TLS 1.0, written by hand: RFC 2246, 6.2.1, 7.4 and 7.4.1.3.
//!
//! Deliberately does not go on after its hello: whoever accepts it has failed the test.

use std::io::{self, Read, Write};

/// A record of handshake messages in TLS 1.0.
const RECORD: [u8; 3] = [0x16, 0x03, 0x01];
/// `server_hello`.
const SERVER_HELLO: u8 = 0x02;
/// `TLS_RSA_WITH_AES_128_CBC_SHA`, RFC 3268.
const SUITE: [u8; 2] = [0x00, 0x2f];

/// Reads the client's hello, whatever it says, and answers with TLS 1.0.
///
/// # Errors
/// When the client goes away.
pub fn greet(stream: &mut (impl Read + Write)) -> io::Result<()> {
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    // At most 65535 bytes, by its type.
    let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut hello)?;
    stream.write_all(&server_hello())?;
    stream.flush()
}

fn server_hello() -> Vec<u8> {
    let mut body = vec![0x03, 0x01];
    body.extend([0x5a; 32]);
    // No session to resume, the suite, no compression.
    body.push(0);
    body.extend(SUITE);
    body.push(0);
    let mut message = vec![SERVER_HELLO, 0, 0, body.len() as u8];
    message.extend(body);
    let mut record = RECORD.to_vec();
    record.extend((message.len() as u16).to_be_bytes());
    record.extend(message);
    record
}
