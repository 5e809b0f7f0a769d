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

    /// Cuts lines into parcels of at most `longest` bytes, or [`LONGEST`] if that is less.
    pub fn cut(text: Vec<u8>, longest: usize) -> Vec<Self> {
        let longest = longest.min(LONGEST);
        let mut rest = Bytes::from(text);
        let mut parcels = Vec::new();
        while rest.len() > longest {
            let newline = |&byte: &u8| byte == b'\n';
            let before = rest[..longest].iter().rposition(newline);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, longest: usize) -> Vec<String> {
        let parcels = Parcel::cut(text.into(), longest);
        parcels.iter().map(|parcel| String::from_utf8(parcel.bytes().to_vec()).unwrap()).collect()
    }

    #[test]
    fn lines_are_cut_behind_a_newline() {
        assert_eq!(cut("aa\nbb\ncc\n", 7), ["aa\nbb\n", "cc\n"]);
        assert_eq!(cut("aa\nbb\n", 6), ["aa\nbb\n"]);
        assert_eq!(cut("", 6), [""; 0]);
    }

    #[test]
    fn a_line_that_is_longer_goes_alone_and_whole() {
        assert_eq!(cut("a\nlonger\nb\n", 4), ["a\n", "longer\n", "b\n"]);
        assert_eq!(cut("longer", 4), ["longer"]);
    }

    #[test]
    fn no_parcel_is_longer_than_a_proxy_takes() {
        let text = "a line of some words\n".repeat(60_000);
        let parcels = Parcel::cut(text.clone().into(), usize::MAX);
        assert!(parcels.len() > 2 && parcels.iter().all(|parcel| parcel.len() <= 512 * 1024));
        assert_eq!(parcels.iter().map(Parcel::len).sum::<usize>(), text.len());
    }

    #[test]
    fn what_is_packed_is_gzip_and_much_shorter() {
        let plain =
            Parcel::plain("lanlord.lan.wire_frames_total.eth0 12345 1700000000\n".repeat(1_000).into());
        let packed = plain.pack().unwrap();
        // RFC 1952 §2.3.1.
        assert!(packed.is_packed() && packed.bytes().starts_with(&[0x1f, 0x8b, 8]));
        assert!(packed.len() < plain.len() / 10);
        assert_eq!(packed.pack().unwrap(), packed, "once is enough");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_on_the_way_through_cutting_and_packing(
            lines in prop::collection::vec("[ -~\u{e9}\u{1f600}]{0,30}\n", 0..40), longest in 1usize..200,
        ) {
            let text = lines.concat();
            let mut back = Vec::new();
            for parcel in Parcel::cut(text.clone().into(), longest) {
                let plain = parcel.bytes();
                prop_assert!(plain.ends_with(b"\n"));
                let newlines = plain.iter().filter(|&&byte| byte == b'\n').count();
                prop_assert!(plain.len() <= longest || newlines == 1);
                let packed = parcel.pack().unwrap();
                prop_assert_eq!(packed.unpack().unwrap(), &plain);
                prop_assert_eq!(parcel.unpack().unwrap(), &plain);
                back.extend_from_slice(&plain);
            }
            prop_assert_eq!(String::from_utf8(back).unwrap(), text);
        }
    }
}
