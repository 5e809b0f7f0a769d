//! Graphite's plaintext protocol ("Feeding In Your Data"): a path, a value, a time in whole seconds.
//!
//! It leaves out what Graphite cannot keep, not-a-number and infinities, and rounds nothing else: integers are exact,
//! although carbon itself keeps doubles.

use std::sync::Arc;

use super::line::{self, Opening, Part};
use super::{Lines, number};
use crate::metric::{Batch, Meta, Timestamp, Value};

mod path;
mod tags;
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
    /// As tags, after the name ("Graphite Tag Support"). The label `name` becomes the tag `label_name`, because carbon
    /// keeps the path itself as the tag `name`.
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

/// Writes what is wanted of batches, in their order; `at` is the time of those that no visit has brought.
pub fn encode(
    batches: &[Arc<Batch>],
    wanted: &dyn Fn(&Meta) -> bool,
    at: Timestamp,
    layout: &Layout,
) -> Lines {
    let mut lines = Lines::default();
    for batch in batches {
        let ending = format!(" {}\n", line::time(batch, at).0.as_secs());
        for part in line::parts(batch, wanted) {
            match &layout.form {
                Form::Path { template, escape: Escape::Percent } => {
                    let opening = path::opening(&layout.prefix, template, path::percent, &part);
                    samples(&part, &opening, path::percent, path::end, &ending, &mut lines);
                }
                Form::Path { template, escape: Escape::Underscore } => {
                    let opening = path::opening(&layout.prefix, template, path::underscore, &part);
                    samples(&part, &opening, path::underscore, path::end, &ending, &mut lines);
                }
                Form::Tags => {
                    let opening = tags::opening(&layout.prefix, &part);
                    samples(&part, &opening, tags::value, |_| (), &ending, &mut lines);
                }
            }
        }
    }
    lines
}

/// Writes one family. What stands before and after each value is put together already.
fn samples(
    part: &Part<'_>,
    opening: &Opening,
    escape: impl Fn(&str, &mut Vec<u8>),
    end: impl Fn(&mut Vec<u8>),
    ending: &str,
    lines: &mut Lines,
) {
    let out = &mut lines.text;
    out.reserve(part.family.len() * (opening.estimate() + ending.len() + 12));
    let mut values = Vec::new();
    for sample in part.family.samples() {
        if matches!(sample.value, Value::Float(float) if !float.is_finite()) {
            continue;
        }
        opening.write(&sample, &mut values, &escape, out);
        end(out);
        out.push(b' ');
        number::write(sample.value, out);
        out.extend_from_slice(ending.as_bytes());
        lines.samples += 1;
    }
}

/// Whether a byte stands in a path as it is.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-')
}

/// Writes a byte that cannot stand as it is (RFC 3986 §2.1).
fn write_percent(byte: u8, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}
