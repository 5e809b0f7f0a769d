//! The log: one line for each event, to standard error, in a format for people or for programs.
//!
//! Whoever reads it may stop reading. So lines wait in a bounded queue for a thread that writes them, and what finds no
//! room is counted and told. Nothing else of lanlord writes to standard error while the daemon runs.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::panic;
use std::sync::Arc;
use std::time::Duration;

use crate::metric::Families;

mod entry;
mod queue;
mod scribe;

pub use entry::Format;

use entry::Layout;
use queue::Queue;
use scribe::{Scribe, Style};

crate::metrics! {
    /// Lines of the log that were lost since lanlord started, because they were not read as fast as they came.
    DROPPED = Counter "lanlord_log_dropped_lines_total" {};
}

/// How much to log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What needs somebody.
    Error,
    /// And what may.
    Warn,
    /// And what changes.
    #[default]
    Info,
    /// And what may explain it.
    Debug,
}

impl Level {
    /// All, the gravest first.
    pub const ALL: [Self; 4] = [Self::Error, Self::Warn, Self::Info, Self::Debug];

    /// As the log, the configuration and the command line spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        }
    }

    /// The one with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }
}

/// What to log, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How much.
    pub level: Level,
    /// None: for people on a terminal, otherwise for programs.
    pub format: Option<Format>,
}

/// The log of this process.
#[derive(Debug)]
pub struct Log {
    queue: Arc<Queue>,
    style: Arc<Style>,
    output: File,
}

/// How long the end of the program waits for whoever reads the log.
const PATIENCE: Duration = Duration::from_millis(200);

impl Log {
    /// From now on events and panics are logged. Their lines wait until [`Log::begin`].
    ///
    /// # Errors
    /// When there is no standard error.
    pub fn start(settings: &Settings) -> io::Result<Self> {
        // A file of its own: the one of the library has a lock, and a writer that hangs would keep it.
        let output = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        let style = Arc::new(Style::new(settings.level, layout(settings, &output)));
        let queue = Arc::new(Queue::default());
        let scribe = Scribe::new(Arc::clone(&style), Arc::clone(&queue));
        // A second log in one process would be a test's, and may be silent.
        let _ = tracing::subscriber::set_global_default(scribe);
        let (own, lines) = (output.try_clone()?, Arc::clone(&queue));
        panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(
                "panicked, which is a fault in lanlord: {}: {place}",
                info.payload_as_str().unwrap_or("?")
            );
            // It may be the end.
            lines.flush(&own, PATIENCE);
        }));
        Ok(Self { queue, style, output })
    }

    /// Starts the thread that writes. To be called once all that threads inherit is as it should be.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn begin(&self) -> io::Result<()> {
        let style = Arc::clone(&self.style);
        queue::begin(&self.queue, self.output.try_clone()?, move |lost| style.notice(lost))
    }

    /// Other settings from now on.
    pub fn set(&self, settings: &Settings) {
        self.style.set(settings.level, layout(settings, &self.output));
    }

    /// What the log says of itself.
    pub fn measure(&self, out: &mut Families) {
        out.put(&DROPPED, [], self.queue.lost());
    }

    /// Waits a moment until all is written.
    pub fn finish(&self) {
        self.queue.flush(&self.output, PATIENCE);
    }
}

/// The last line of a program that ends: written if there is room for it, since nobody may be reading.
pub fn last_line(line: &str) {
    if let Ok(output) = io::stderr().as_fd().try_clone_to_owned() {
        let output = File::from(output);
        // sd-daemon(3): 3 is an error.
        let priority = if is_journal(&output) { "<3>" } else { "" };
        let lines: String = line.lines().map(|line| format!("{priority}{line}\n")).collect();
        queue::write_if_room(&output, lines.as_bytes(), PATIENCE);
    }
}

fn layout(settings: &Settings, output: &File) -> Layout {
    let terminal = output.is_terminal();
    let default = if terminal { Format::Text } else { Format::Logfmt };
    Layout {
        format: settings.format.unwrap_or(default),
        journal: is_journal(output),
        colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

/// Whether what we write to is the journal: systemd.exec(5), `$JOURNAL_STREAM`. Whoever redirects our output leaves the
/// variable as it is, so it is held against the file.
fn is_journal(output: &File) -> bool {
    let Ok(told) = std::env::var("JOURNAL_STREAM") else { return false };
    output.metadata().is_ok_and(|file| told == format!("{}:{}", file.dev(), file.ino()))
}
