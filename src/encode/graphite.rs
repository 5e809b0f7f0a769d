//! Graphite's plaintext protocol: a path, a value, a time in whole seconds.

use std::sync::Arc;

use super::Lines;
use crate::metric::{Batch, Meta, Timestamp};

mod template;

pub use template::{NotAPrefix, NotATemplate, Template, prefix};

/// What a line looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What every path begins with: words between dots, or nothing. See [`prefix`].
    pub prefix: String,
    /// What comes after it.
    pub form: Form,
}

/// How labels are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// In the path.
    Path {
        /// What is where.
        template: Template,
        /// What becomes of characters that a path cannot have.
        escape: Escape,
    },
    /// As tags, after the name.
    Tags,
}

/// What becomes of characters that a path cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escape {
    /// `%` and two hexadecimal digits for each byte: no two labels become one.
    Percent,
    /// An underscore for each character.
    Underscore,
}

/// Whether a byte stands in a path as it is.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-')
}

/// Writes what is wanted of batches; `at` is the time of those that no visit has brought.
pub fn encode(
    _batches: &[Arc<Batch>],
    _wanted: &dyn Fn(&Meta) -> bool,
    _at: Timestamp,
    _layout: &Layout,
) -> Lines {
    Lines::default()
}
