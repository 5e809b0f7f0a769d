//! What is asked at the door and what is answered there, as plain data: the listener knows this, and nothing behind it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::metric::{Batch, Timestamp};

/// Who answers probes.
pub trait Door: Send + Sync {
    /// Answers one; it may take as long as a visit does. Whoever stops waiting stops nothing else.
    fn knock(&self, question: Question) -> Pin<Box<dyn Future<Output = Reply> + Send>>;

    /// What the page says.
    fn view(&self) -> View;
}

/// A probe that somebody wants.
pub struct Question {
    /// What stands after the `?`; there may be secrets in it.
    pub query: String,
    /// How long whoever asks will wait, in the words of his header.
    pub patience: Option<String>,
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("query", &"…").field("patience", &self.patience).finish()
    }
}

/// What is answered.
#[derive(Debug)]
pub enum Reply {
    /// Metrics, without the name of a source.
    Metrics(Box<Batch>),
    /// What happened, in words.
    Story(String),
    /// No metrics.
    Refused(Refusal),
}

/// Why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The status of HTTP.
    pub status: u16,
    /// Narrower than the status: `busy`, `credentials` …
    pub code: &'static str,
    /// One line for whoever asked; nothing secret.
    pub text: String,
    /// When it makes sense to ask again.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// One that says nothing of when to ask again.
    pub fn new(status: u16, code: &'static str, text: String) -> Self {
        Self { status, code, text, retry_after: None }
    }
}

/// How to say that there are no data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ErrorsAs {
    /// By the status of HTTP.
    #[default]
    Status,
    /// By metrics that say so.
    Metrics,
}

/// What the page says of probes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The modules, with what they are, in words.
    pub modules: Vec<(String, String)>,
    /// The last probes, the latest first.
    pub last: Vec<Last>,
}

/// One target, as it was last probed with one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// The target, as it was asked for.
    pub target: String,
    /// The module.
    pub module: String,
    /// What came of it: `ok`, `partial` or a code.
    pub outcome: &'static str,
    /// When.
    pub at: Timestamp,
}
