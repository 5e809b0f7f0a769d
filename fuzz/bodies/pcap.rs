//! A capture of any bytes: read at once and octet by octet, with the same outcome, and never more than is there.

use std::io::{self, Read};

use lanlord::sources::wire::files::reader::{Reader, Step};

/// Reads the bytes as a capture in two ways.
pub fn run(bytes: &[u8]) {
    let bytes: &[u8] = &bytes[..bytes.len().min(1 << 16)];
    let whole = outcome(io::Cursor::new(bytes.to_vec()));
    let in_drops = outcome(Drops { bytes: bytes.to_vec(), at: 0, dry: true });
    // Where a gzip stream is damaged, the library that unpacks it also loses what it had unpacked of the piece it was
    // at, and how much that is depends on the pieces.
    if bytes.starts_with(&[0x1f, 0x8b]) && (is_error(&whole) || is_error(&in_drops)) {
        assert!(whole.0.starts_with(&in_drops.0) || in_drops.0.starts_with(&whole.0));
        return;
    }
    assert_eq!(whole, in_drops);
}

fn is_error((_, how): &Outcome) -> bool {
    how != "End" && !how.starts_with("Cut(")
}

/// Every record, and how it ended in words.
type Outcome = (Vec<(u32, u32, Vec<u8>)>, String);

fn outcome(input: impl Read + Send + 'static) -> Outcome {
    let mut reader = Reader::new(input);
    let mut records = Vec::new();
    loop {
        // A small gzip stream can grow to any size; the test need not.
        if records.len() > 20_000 {
            return (Vec::new(), "too much to compare".to_owned());
        }
        let step = reader.step(&mut |record| {
            assert!(record.data.len() as u64 <= u64::from(record.wire_bytes), "{record:?}");
            records.push((record.seconds, record.wire_bytes, record.data.to_vec()));
        });
        match step {
            Ok(Step::Read | Step::Blocked) => {}
            Ok(end) => return (records, format!("{end:?}")),
            Err(error) => return (records, error.to_string()),
        }
    }
}

/// One octet at a time, and nothing yet before each.
struct Drops {
    bytes: Vec<u8>,
    at: usize,
    dry: bool,
}

impl Read for Drops {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.dry = !self.dry;
        if !self.dry {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let (Some(&octet), Some(place)) = (self.bytes.get(self.at), buffer.first_mut()) else {
            return Ok(0);
        };
        *place = octet;
        self.at += 1;
        Ok(1)
    }
}
