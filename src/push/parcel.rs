//! A batch of lines on its way to a receiver: as it was written, or compressed. Pure.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use hyper::body::Bytes;

/// Whole lines. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    bytes: Bytes,
    packed: bool,
}

/// A batch has at most so many bytes of lines, unless one line alone is longer: proxies refuse more than a megabyte.
pub const LONGEST: usize = 512 * 1024;

impl Parcel {
    /// Lines as they are written.
    pub fn plain(bytes: Bytes) -> Self {
        Self { bytes, packed: false }
    }

    /// Cuts lines into parcels.
    pub fn cut(text: Vec<u8>) -> Vec<Self> {
        let mut rest = Bytes::from(text);
        let mut parcels = Vec::new();
        while rest.len() > LONGEST {
            let newline = |&byte: &u8| byte == b'\n';
            let before = rest[..LONGEST].iter().rposition(newline);
            // A line that is longer goes alone.
            let end = before.or_else(|| rest.iter().position(newline)).map_or(rest.len(), |at| at + 1);
            parcels.push(Self::plain(rest.split_to(end)));
        }
        if !rest.is_empty() {
            parcels.push(Self::plain(rest));
        }
        parcels
    }

    /// How many bytes it takes as it is.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it is compressed.
    pub fn is_packed(&self) -> bool {
        self.packed
    }

    /// As it is.
    pub fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// Compressed.
    ///
    /// # Errors
    /// None that can happen: nothing but memory is written to.
    pub fn pack(&self) -> io::Result<Self> {
        if self.packed {
            return Ok(self.clone());
        }
        // The lowest level already takes nine bytes of ten away.
        let mut encoder = GzEncoder::new(Vec::with_capacity(self.bytes.len() / 8), Compression::fast());
        encoder.write_all(&self.bytes)?;
        let mut packed = encoder.finish()?;
        packed.shrink_to_fit();
        Ok(Self { bytes: packed.into(), packed: true })
    }

    /// As it was written, a piece at a time, without room for the whole.
    pub fn reader(&self) -> Box<dyn Read + Send + '_> {
        match self.packed {
            true => Box::new(GzDecoder::new(&*self.bytes)),
            false => Box::new(&*self.bytes),
        }
    }

    /// As it was written.
    ///
    /// # Errors
    /// None that can happen to what [`Parcel::pack`] made.
    pub fn unpack(&self) -> io::Result<Bytes> {
        if !self.packed {
            return Ok(self.bytes());
        }
        let mut plain = Vec::new();
        GzDecoder::new(&*self.bytes).read_to_end(&mut plain)?;
        Ok(plain.into())
    }
}
