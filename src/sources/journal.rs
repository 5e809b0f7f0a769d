//! What happened on one visit, step by step, for whoever wants to see it: `/probe?debug=true` shows it.
//!
//! It is bounded, and whoever writes into it writes no secret: it does not know any, so it cannot leave them out.

use std::time::Duration;

use crate::clock::Stopwatch;

/// Lines with the time since the beginning.
#[derive(Debug)]
pub struct Journal {
    since: Stopwatch,
    lines: Vec<(Duration, String)>,
    left_out: usize,
}

/// A visit has some twenty steps.
const MOST_LINES: usize = 200;
/// In bytes; a line may have a device's word in it.
const LONGEST_LINE: usize = 400;

impl Default for Journal {
    /// Begins now.
    fn default() -> Self {
        Self { since: Stopwatch::start(), lines: Vec::new(), left_out: 0 }
    }
}

impl Journal {
    /// Adds a line; it is cleaned of what would change a terminal, and cut.
    pub fn note(&mut self, line: impl AsRef<str>) {
        if self.lines.len() < MOST_LINES {
            let line = crate::text::cut(&crate::text::plain(line.as_ref()), LONGEST_LINE);
            self.lines.push((self.since.elapsed(), line));
        } else {
            self.left_out += 1;
        }
    }

    /// Adds the lines of another one, which began later.
    pub fn append(&mut self, other: Journal) {
        let offset = self.since.elapsed().saturating_sub(other.since.elapsed());
        for (at, line) in other.lines {
            match self.lines.len() {
                0..MOST_LINES => self.lines.push((offset + at, line)),
                _ => self.left_out += 1,
            }
        }
        self.left_out += other.left_out;
    }

    /// The lines, with the time since the beginning.
    pub fn lines(&self) -> impl Iterator<Item = (Duration, &str)> {
        self.lines.iter().map(|(at, line)| (*at, line.as_str()))
    }

    /// How many had no room.
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}
