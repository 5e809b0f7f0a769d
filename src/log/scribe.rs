//! From events to entries: what `tracing` calls. It knows no files and no threads. Spans are nobody's here, and are
//! let pass.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Metadata, span};

use super::Level;
use super::entry::{Entry, Layout, Value};
use super::queue::Queue;
use crate::clock;

/// What is logged and how; may change while lanlord runs.
#[derive(Debug)]
pub(super) struct Style {
    level: AtomicU8,
    layout: Mutex<Layout>,
}

impl Style {
    pub(super) fn new(level: Level, layout: Layout) -> Self {
        Self { level: AtomicU8::new(level as u8), layout: Mutex::new(layout) }
    }

    pub(super) fn set(&self, level: Level, layout: Layout) {
        self.level.store(level as u8, Ordering::Relaxed);
        *self.layout.lock().unwrap_or_else(PoisonError::into_inner) = layout;
    }

    /// That so many lines were lost.
    pub(super) fn notice(&self, lost: u64) -> String {
        let message = format!(
            "{lost} lines of the log were lost here, because they were not read as fast as they came"
        );
        self.line(&Entry { at: clock::now(), level: Level::Warn, message, fields: Vec::new() })
    }

    fn line(&self, entry: &Entry) -> String {
        let layout = *self.layout.lock().unwrap_or_else(PoisonError::into_inner);
        layout.line(entry)
    }
}

/// Writes events into a queue.
pub(super) struct Scribe {
    style: Arc<Style>,
    queue: Arc<Queue>,
}

impl Scribe {
    pub(super) fn new(style: Arc<Style>, queue: Arc<Queue>) -> Self {
        Self { style, queue }
    }
}

fn level(metadata: &Metadata<'_>) -> Option<Level> {
    match *metadata.level() {
        tracing::Level::ERROR => Some(Level::Error),
        tracing::Level::WARN => Some(Level::Warn),
        tracing::Level::INFO => Some(Level::Info),
        tracing::Level::DEBUG => Some(Level::Debug),
        _ => None,
    }
}

/// hickory has a line for each datagram that it does not like, and whoever sends them could fill a disk. What there is to
/// say of a resolver, `names::dns` says.
const TALKATIVE: &str = "hickory";

impl Subscriber for Scribe {
    /// The level may change later, so each event is asked about; those that nobody can want are not.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if level(metadata).is_some() && metadata.is_event() {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let most = self.style.level.load(Ordering::Relaxed);
        metadata.is_event()
            && level(metadata).is_some_and(|level| level as u8 <= most)
            && !metadata.target().starts_with(TALKATIVE)
    }

    fn event(&self, event: &Event<'_>) {
        let Some(level) = level(event.metadata()) else { return };
        let mut entry = Entry { at: clock::now(), level, ..Entry::default() };
        event.record(&mut entry);
        // Libraries speak here, too.
        let target = event.metadata().target();
        if !target.starts_with("lanlord") {
            entry.fields.push(("target", Value::Text(target.to_owned())));
        }
        self.queue.push(self.style.line(&entry));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Entry {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::Text(text) | Value::Bare(text)) => self.message = text,
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Entry {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, Value::Text(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::Text(value.to_owned()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::Bare(value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::Bare(value.to_string()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        let text = value.to_string();
        // JSON has no word for the others.
        self.put(field, if value.is_finite() { Value::Bare(text) } else { Value::Text(text) });
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Bare(value.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Format;
    use super::*;

    fn logged(level: Level, events: impl FnOnce(&Style)) -> Vec<String> {
        let layout = Layout { format: Format::Logfmt, journal: true, colour: false };
        let (style, queue) = (Arc::new(Style::new(level, layout)), Arc::new(Queue::default()));
        let scribe = Scribe::new(Arc::clone(&style), Arc::clone(&queue));
        tracing::subscriber::with_default(scribe, || events(&style));
        queue.waiting()
    }

    #[test]
    fn fields_keep_their_kind_and_their_order() {
        let lines = logged(Level::Info, |_| {
            let source = "lan 1";
            tracing::info!(%source, part = "capture", count = 3, up = false, share = 0.5, "answers {}", "\n");
        });
        let expected = "<6>level=info msg=\"answers [U+000A]\" source=\"lan 1\" part=capture count=3 up=false share=0.5\n";
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn what_is_below_the_level_is_not_logged_until_the_level_changes() {
        let lines = logged(Level::Warn, |style| {
            for level in [Level::Warn, Level::Debug, Level::Error] {
                style.set(level, Layout { format: Format::Logfmt, journal: true, colour: false });
                tracing::error!("one");
                tracing::warn!("two");
                tracing::info!("three");
                tracing::debug!("four");
                tracing::trace!("five");
            }
        });
        let words: Vec<_> = lines.iter().map(|line| line.trim().rsplit_once("msg=").unwrap().1).collect();
        assert_eq!(words, ["one", "two", "one", "two", "three", "four", "one"]);
    }

    #[test]
    fn who_is_not_lanlord_says_so() {
        let lines = logged(Level::Info, |_| tracing::warn!(target: "hyper::client", "odd"));
        assert_eq!(lines, ["<4>level=warn msg=odd target=hyper::client\n"]);
    }
}
