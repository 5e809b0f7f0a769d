//! What is wrong with a configuration file, and where: every problem of the file, one line each.
//!
//! It knows places and words, not TOML and not our keys.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

use crate::text;

/// Everything that is wrong with one file, in the order of its lines. Prints one line per problem:
/// `FILE:LINE:COLUMN: what is wrong; what to do`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file, as the user called it.
    pub file: String,
    /// At least one.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where; none if it is the file itself.
    pub place: Option<Place>,
    /// What is wrong, with the value in backticks; what to do.
    pub message: String,
}

/// A place in a file. Both count from 1; columns are characters, as editors count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Problems {
    /// The one problem of a file that cannot be looked into.
    pub(super) fn of_file(file: &str, message: String) -> Self {
        Self { file: file.to_owned(), problems: vec![Problem { place: None, message }] }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { place, message }) in self.problems.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            match place {
                Some(Place { line, column }) => write!(f, "{end}{}:{line}:{column}: {message}", self.file)?,
                None => write!(f, "{end}{}: {message}", self.file)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A value that cannot be used: what is wrong with it, and what to write instead. Where it stands is said by
/// whoever read it there, so that a file and a command line complain in the same words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(pub String);

/// More than anybody reads at once; all of them are on the page as long as they hold.
const MOST: usize = 100;

/// A file being read: collects what is wrong, by byte offset, and knows which line that is.
pub(super) struct Review<'t> {
    text: &'t str,
    line_starts: Vec<usize>,
    /// Shared by all cursors over the file, which note problems while they borrow its tables.
    found: RefCell<Vec<(usize, String)>>,
}

impl<'t> Review<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let after_newlines =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0).chain(after_newlines).collect();
        Self { text, line_starts, found: RefCell::default() }
    }

    /// Notes a problem at a byte offset.
    pub(super) fn problem(&self, at: usize, message: String) {
        self.found.borrow_mut().push((at, message));
    }

    /// The line of a byte offset, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= at)
    }

    /// What is written there.
    pub(super) fn written(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }

    /// All problems, in the order of the file.
    pub(super) fn finish(self, file: &str) -> Result<(), Problems> {
        let mut found = self.found.take();
        if found.is_empty() {
            return Ok(());
        }
        found.sort_by_key(|(at, _)| *at);
        let more = found.len().saturating_sub(MOST);
        found.truncate(MOST);
        let problem = |(at, message)| Problem { place: Some(self.place(at)), message };
        let mut problems: Vec<Problem> = found.into_iter().map(problem).collect();
        if more > 0 {
            problems.push(Problem { place: None, message: format!("and {more} more mistakes") });
        }
        Err(Problems { file: file.to_owned(), problems })
    }

    fn place(&self, at: usize) -> Place {
        let line = self.line(at);
        let before = self.written(self.line_starts[line - 1]..at);
        Place { line, column: before.chars().count() + 1 }
    }
}

/// A value in backticks, cut where it gets long, and without anything that moves a terminal's cursor.
pub(super) fn quote(value: &str) -> String {
    /// Enough to recognise a line by.
    const SHOWN: usize = 60;
    let mut shown = String::from("`");
    for (index, char) in value.chars().enumerate() {
        match char {
            _ if index == SHOWN => {
                shown.push('…');
                break;
            }
            _ if char.is_control() => shown.extend(char.escape_default()),
            // What turns the direction of writing is spelt out, as everywhere.
            _ if text::misleads(char) => shown.push_str(&text::plain(char.encode_utf8(&mut [0; 4]))),
            _ => shown.push(char),
        }
    }
    shown.push('`');
    shown
}
