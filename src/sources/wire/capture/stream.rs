//! A capture that is still being written, as a live source: standard input, a FIFO, or a file that grows.
//!
//! It never blocks: it reads only what is there, so that whoever asks for figures meanwhile gets them.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::record::Record;
use crate::sources::wire::accounts::Accounts;
use crate::sources::wire::files::count;
use crate::sources::wire::files::reader::{ReadError, Reader, Step};

/// A capture in writing.
pub struct Stream {
    path: PathBuf,
    source: Source,
    /// The same file as the reader's, to wait for.
    file: File,
    reader: Reader,
    /// What came through it.
    pub record: Record,
    /// Why nothing more will come.
    pub ended: Option<Ended>,
}

/// Why nothing more will come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nobody writes any more.
    Closed(String),
    /// What was written is no capture, or a damaged one.
    Damaged(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// Whoever writes may close it and another may open it.
    Fifo,
    /// At its end it may grow.
    File,
    /// Ends when it ends.
    Pipe,
}

impl Stream {
    /// Opens a capture; `-` is standard input.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let (file, source) = open(path)?;
        Ok(Self {
            path: path.to_owned(),
            source,
            reader: reader(&file, source)?,
            file,
            record: Record::default(),
            ended: None,
        })
    }

    /// What to wait for; none where that does not help: a growing file is always readable.
    pub fn waits_for(&self) -> Option<BorrowedFd<'_>> {
        match self.source {
            Source::Fifo => Some(self.file.as_fd()),
            Source::Pipe if self.ended.is_none() => Some(self.file.as_fd()),
            Source::Pipe | Source::File => None,
        }
    }

    /// Counts what has come, at most a few blocks of it; says whether there may be more at once.
    pub fn drain(&mut self, accounts: &mut Accounts, now: u32) -> bool {
        if self.ended.is_some() {
            self.discard();
            return false;
        }
        for _ in 0..8 {
            let totals = &mut self.record.totals;
            let step = self.reader.step(&mut |record| count(&record, totals, accounts, now));
            match step {
                Ok(Step::Read) => {}
                Ok(Step::Blocked) => {
                    self.start_over_if_shorter();
                    return false;
                }
                Ok(Step::End | Step::Cut(_)) => {
                    self.at_end();
                    return false;
                }
                Err(error) => {
                    self.ended = Some(match error {
                        ReadError::Corrupt(corrupt) => Ended::Damaged(corrupt.to_string()),
                        ReadError::Io(error) => Ended::Closed(format!("cannot be read on: {error}")),
                    });
                    return false;
                }
            }
        }
        true
    }

    /// A writer that made no sense is heard out, so that the next one can be understood: of a FIFO another process, of
    /// a file whoever begins it anew.
    fn discard(&mut self) {
        match self.source {
            Source::File => return self.start_over_if_shorter(),
            Source::Pipe => return,
            Source::Fifo => {}
        }
        let mut rubbish = [0; 65_536];
        // As much as a pipe holds, and then again when it is woken.
        for _ in 0..16 {
            match (Ready { file: &self.file, grows: false }).read(&mut rubbish) {
                Ok(0) => return self.at_end(),
                Ok(_) => {}
                Err(_) => return,
            }
        }
    }

    /// A file that is shorter than what we have read of it has been written anew.
    fn start_over_if_shorter(&mut self) {
        if self.source != Source::File {
            return;
        }
        let position = self.file.stream_position().unwrap_or(0);
        if self.file.metadata().is_ok_and(|about| about.len() < position) {
            self.reopen();
        }
    }

    fn at_end(&mut self) {
        match self.source {
            // Its reader never sees an end.
            Source::File => {}
            Source::Pipe => {
                self.ended = Some(Ended::Closed("has ended: whoever wrote it has closed it".to_owned()))
            }
            // The next writer begins a capture of its own.
            Source::Fifo => self.reopen(),
        }
    }

    fn reopen(&mut self) {
        let opened = open(&self.path).and_then(|(file, source)| Ok((reader(&file, source)?, file)));
        match opened {
            Ok((reader, file)) => (self.reader, self.file, self.ended) = (reader, file, None),
            Err(error) => self.ended = Some(Ended::Closed(format!("cannot be opened again: {error}"))),
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("path", &self.path).field("ended", &self.ended).finish_non_exhaustive()
    }
}

/// Whether what has been read of this capture is gone.
pub fn is_pipe(path: &Path) -> bool {
    path == Path::new("-") || path.metadata().is_ok_and(|about| !about.is_file())
}

fn open(path: &Path) -> io::Result<(File, Source)> {
    if path == Path::new("-") {
        return Ok((File::from(io::stdin().as_fd().try_clone_to_owned()?), Source::Pipe));
    }
    // Without O_NONBLOCK opening a FIFO waits for its writer.
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let source = if kind.is_fifo() {
        Source::Fifo
    } else if kind.is_file() {
        Source::File
    } else {
        Source::Pipe
    };
    Ok((file, source))
}

fn reader(file: &File, source: Source) -> io::Result<Reader> {
    Ok(Reader::new(Ready { file: file.try_clone()?, grows: source == Source::File }))
}

/// Reads only when that does not wait. One `read` of what is there never does, and the descriptor, which others
/// may share, keeps its flags.
struct Ready<F> {
    file: F,
    /// What seems to be the end is only as far as somebody has written.
    grows: bool,
}

impl<F: Read + AsFd> Read for Ready<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !is_ready(self.file.as_fd())? {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        match self.file.read(buffer)? {
            0 if self.grows => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }
}

fn is_ready(file: BorrowedFd<'_>) -> io::Result<bool> {
    let mut files = [PollFd::new(file, PollFlags::POLLIN)];
    Ok(poll(&mut files, PollTimeout::ZERO)? > 0)
}
