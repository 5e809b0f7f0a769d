//! Writes captures: classic pcap and pcapng, in either byte order and either resolution.
//!
//! Deliberately a stream that is never sought in, so that it can go into a pipe.

use std::io::{self, Write};
use std::time::Duration;

/// How a capture is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Which file format.
    pub format: Format,
    /// How fine timestamps are.
    pub resolution: Resolution,
    /// Which end of a number comes first.
    pub order: Order,
    /// At most so many bytes of each frame.
    pub snaplen: u32,
}

/// File formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Format {
    Pcap,
    PcapNg,
}

/// Units of timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Resolution {
    Micro,
    Nano,
}

/// Byte orders; a reader learns the order from the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Order {
    Little,
    Big,
}

impl Default for Style {
    /// What tcpdump writes on most machines, with whole frames.
    fn default() -> Self {
        Self { format: Format::Pcap, resolution: Resolution::Micro, order: Order::Little, snaplen: 262_144 }
    }
}

/// A capture under way.
#[derive(Debug)]
pub struct Capture<W> {
    out: W,
    style: Style,
}

/// LINKTYPE_ETHERNET of tcpdump.org.
const ETHERNET: u16 = 1;

impl<W: Write> Capture<W> {
    /// Writes what stands before the first frame. Give it something buffered.
    pub fn begin(out: W, style: Style) -> io::Result<Self> {
        let mut capture = Self { out, style };
        match style.format {
            Format::Pcap => capture.pcap_header()?,
            Format::PcapNg => capture.pcapng_header()?,
        }
        Ok(capture)
    }

    /// Writes a frame that was sent at `at` since the epoch of Unix.
    pub fn frame(&mut self, at: Duration, bytes: &[u8]) -> io::Result<()> {
        let kept = &bytes[..bytes.len().min(self.style.snaplen as usize)];
        let (kept_length, length) = (kept.len() as u32, bytes.len() as u32);
        match self.style.format {
            Format::Pcap => {
                let fraction = match self.style.resolution {
                    Resolution::Micro => at.subsec_micros(),
                    Resolution::Nano => at.subsec_nanos(),
                };
                let mut header = [0; 16];
                // Seconds have 32 bits in this format, which lasts until 2106.
                self.fill(&mut header, &[at.as_secs() as u32, fraction, kept_length, length]);
                self.out.write_all(&header)?;
                self.out.write_all(kept)
            }
            Format::PcapNg => {
                let ticks = match self.style.resolution {
                    Resolution::Micro => at.as_micros(),
                    Resolution::Nano => at.as_nanos(),
                } as u64;
                let padding = kept.len().next_multiple_of(4) - kept.len();
                let total = 32 + kept_length + padding as u32;
                let mut header = [0; 28];
                let words = [6, total, 0, (ticks >> 32) as u32, ticks as u32, kept_length, length];
                self.fill(&mut header, &words);
                self.out.write_all(&header)?;
                self.out.write_all(kept)?;
                self.out.write_all(&[0; 3][..padding])?;
                self.out.write_all(&self.word(total))
            }
        }
    }

    /// Lets a reader of a growing capture see what was written so far.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    /// Flushes, and gives back what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    /// pcap-savefile(5).
    fn pcap_header(&mut self) -> io::Result<()> {
        let magic = match self.style.resolution {
            Resolution::Micro => 0xa1b2_c3d4,
            Resolution::Nano => 0xa1b2_3c4d,
        };
        let version = [self.half(2), self.half(4)].concat();
        self.out.write_all(&self.word(magic))?;
        self.out.write_all(&version)?;
        let mut rest = [0; 16];
        self.fill(&mut rest, &[0, 0, self.style.snaplen, u32::from(ETHERNET)]);
        self.out.write_all(&rest)
    }

    /// A section of unknown length and one interface: draft-ietf-opsawg-pcapng §4.1, §4.2.
    fn pcapng_header(&mut self) -> io::Result<()> {
        let mut start = [0; 12];
        self.fill(&mut start, &[0x0a0d_0d0a, 28, 0x1a2b_3c4d]);
        self.out.write_all(&start)?;
        let version = [self.half(1), self.half(0)].concat();
        self.out.write_all(&version)?;
        self.out.write_all(&[0xff; 8])?;
        self.out.write_all(&self.word(28))?;
        // Option 9 is the power of ten of the resolution; without it, 6 is meant.
        let nano = self.style.resolution == Resolution::Nano;
        let mut options = Vec::new();
        if nano {
            options.extend([self.half(9), self.half(1), [9, 0], [0, 0], [0, 0], [0, 0]].concat());
        }
        let total = 20 + options.len() as u32;
        let mut block = [0; 8];
        self.fill(&mut block, &[1, total]);
        self.out.write_all(&block)?;
        let link = [self.half(ETHERNET), self.half(0)].concat();
        self.out.write_all(&link)?;
        self.out.write_all(&self.word(self.style.snaplen))?;
        self.out.write_all(&options)?;
        self.out.write_all(&self.word(total))
    }

    fn fill(&self, bytes: &mut [u8], words: &[u32]) {
        for (place, &word) in bytes.chunks_exact_mut(4).zip(words) {
            place.copy_from_slice(&self.word(word));
        }
    }

    fn word(&self, word: u32) -> [u8; 4] {
        match self.style.order {
            Order::Little => word.to_le_bytes(),
            Order::Big => word.to_be_bytes(),
        }
    }

    fn half(&self, half: u16) -> [u8; 2] {
        match self.style.order {
            Order::Little => half.to_le_bytes(),
            Order::Big => half.to_be_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Duration = Duration::new(0x6955_b900, 123_456_789);

    fn written(style: Style) -> Vec<u8> {
        let mut capture = Capture::begin(Vec::new(), style).unwrap();
        capture.frame(AT, &[0xaa; 7]).unwrap();
        capture.finish().unwrap()
    }

    #[test]
    fn a_classic_capture_has_the_header_of_the_manual_page() {
        let bytes = written(Style::default());
        let header = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
        assert_eq!(bytes[..24], header);
        // 123,456 is 0x1e240.
        assert_eq!(bytes[24..40], [0x00, 0xb9, 0x55, 0x69, 0x40, 0xe2, 0x01, 0, 7, 0, 0, 0, 7, 0, 0, 0]);
        assert_eq!(bytes[40..], [0xaa; 7]);
    }

    #[test]
    fn a_big_endian_capture_in_nanoseconds_has_the_other_magic_number() {
        let bytes = written(Style {
            order: Order::Big,
            resolution: Resolution::Nano,
            snaplen: 4,
            ..Style::default()
        });
        let header = [0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 1];
        assert_eq!(bytes[..24], header);
        // 123,456,789 is 0x75bcd15; four of the seven bytes are kept.
        assert_eq!(bytes[24..40], [0x69, 0x55, 0xb9, 0x00, 0x07, 0x5b, 0xcd, 0x15, 0, 0, 0, 4, 0, 0, 0, 7]);
        assert_eq!(bytes[40..], [0xaa; 4]);
    }

    #[test]
    fn blocks_of_pcapng_say_their_length_at_both_ends() {
        for (order, resolution) in [(Order::Little, Resolution::Micro), (Order::Big, Resolution::Nano)] {
            let bytes = written(Style { format: Format::PcapNg, order, resolution, snaplen: 0xffff });
            let word = |at: usize| {
                let word: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
                if order == Order::Big { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
            };
            let mut kinds = Vec::new();
            let mut at = 0;
            while at < bytes.len() {
                kinds.push(word(at));
                let length = word(at + 4) as usize;
                assert_eq!((length % 4, word(at + length - 4) as usize), (0, length));
                at += length;
            }
            assert_eq!(kinds, [0x0a0d_0d0a, 1, 6]);
        }
    }
}
