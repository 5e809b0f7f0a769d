//! A cursor over one TOML table: takes that say what they wanted, and a `finish` that has none left over.
//!
//! A take that finds something wrong notes it and answers like one that found nothing; whoever must tell the
//! two apart asks [`Table::at`]. Values are quoted in problems: nothing secret may be taken here.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Invalid, Review, quote};
use super::{quantity, suggest};

/// A value and the byte offset where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) at: usize,
    pub(super) value: T,
}

/// One table being read.
pub(super) struct Table<'t> {
    pub(super) review: &'t Review<'t>,
    /// What its keys are unknown in: "in `[web]`".
    place: &'static str,
    table: &'t DeTable<'t>,
    /// Every key that was asked for: afterwards, every known one.
    known: Vec<&'static str>,
    /// Keys of which something has been said already.
    refused: Vec<&'static str>,
}

impl<'t> Table<'t> {
    pub(super) fn new(review: &'t Review<'t>, place: &'static str, table: &'t DeTable<'t>) -> Self {
        Self { review, place, table, known: Vec::new(), refused: Vec::new() }
    }

    /// Where the value of a key is, if the key is there at all.
    pub(super) fn at(&mut self, key: &'static str) -> Option<usize> {
        self.value(key).map(|value| value.span().start)
    }

    /// A value of any type.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.table.get(key)
    }

    /// Notes that a key is there, if it is: there is none, and whoever writes it wants something else.
    pub(super) fn refuse(&mut self, key: &'static str, message: String) {
        if let Some((written, _)) = self.table.get_key_value(key) {
            self.review.problem(written.span().start, message);
            self.refused.push(key);
        }
    }

    /// A string that `parse` understands.
    pub(super) fn string<T>(
        &mut self,
        key: &'static str,
        want: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<At<T>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::String(text) => self.parsed(value.span().start, text, parse),
            _ => self.unwanted(key, value, want),
        }
    }

    /// A list of strings, at least one, each of which `parse` understands.
    pub(super) fn strings<T>(
        &mut self,
        key: &'static str,
        want: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<Vec<At<T>>> {
        let value = self.value(key)?;
        let DeValue::Array(list) = value.get_ref() else {
            return self.unwanted(key, value, want);
        };
        if list.is_empty() {
            self.review
                .problem(value.span().start, format!("`{key}` is empty; write {want}, or leave it out"));
            return None;
        }
        // Every element is looked at, also after a bad one.
        let parsed: Vec<_> = list
            .iter()
            .map(|element| match element.get_ref() {
                DeValue::String(text) => self.parsed(element.span().start, text, &parse),
                _ => self.unwanted(key, element, want),
            })
            .collect();
        parsed.into_iter().collect()
    }

    /// A list of strings as in [`Table::strings`], or one string alone.
    pub(super) fn string_or_strings<T>(
        &mut self,
        key: &'static str,
        want: &str,
        parse: impl Fn(&str) -> Result<T, Invalid>,
    ) -> Option<Vec<At<T>>> {
        match self.value(key).map(Spanned::get_ref) {
            Some(DeValue::String(_)) => self.string(key, want, parse).map(|one| vec![one]),
            _ => self.strings(key, want, parse),
        }
    }

    /// A whole number in a range.
    pub(super) fn integer(&mut self, key: &'static str, range: RangeInclusive<usize>) -> Option<usize> {
        let value = self.value(key)?;
        integer(value.get_ref()).filter(|number| range.contains(number)).or_else(|| {
            let want = format!("a whole number from {} to {}", range.start(), range.end());
            self.unwanted(key, value, want)
        })
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        value.get_ref().as_bool().or_else(|| self.unwanted(key, value, "`true` or `false`"))
    }

    /// A duration in a range, such as `"5s"`.
    pub(super) fn duration(
        &mut self,
        key: &'static str,
        range: RangeInclusive<Duration>,
    ) -> Option<Duration> {
        let value = self.value(key)?;
        let duration = value.get_ref().as_str().and_then(quantity::duration);
        duration.filter(|duration| range.contains(duration)).or_else(|| {
            let [from, to] = [range.start(), range.end()].map(|&limit| quantity::show_duration(limit));
            self.unwanted(key, value, format!("a duration from {from} to {to}, such as `\"5s\"`"))
        })
    }

    /// A number of bytes in a range, such as `"2MiB"` or `2097152`.
    pub(super) fn bytes(&mut self, key: &'static str, range: RangeInclusive<usize>) -> Option<usize> {
        let value = self.value(key)?;
        let bytes = match value.get_ref() {
            DeValue::String(text) => quantity::size(text).and_then(|bytes| usize::try_from(bytes).ok()),
            value => integer(value),
        };
        bytes.filter(|bytes| range.contains(bytes)).or_else(|| {
            let [from, to] = [range.start(), range.end()].map(|&limit| quantity::show_size(limit as u64));
            self.unwanted(key, value, format!("a size from {from} to {to}, such as `\"2MiB\"`"))
        })
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self) {
        for key in self.table.keys() {
            let written = key.get_ref();
            if self.known.contains(&written.as_ref()) || self.refused.contains(&written.as_ref()) {
                continue;
            }
            let advice = match suggest::closest(written, self.known.iter().copied()) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("known here: {}", list(&self.known)),
            };
            let message = format!("unknown key {} {}; {advice}", quote(written), self.place);
            self.review.problem(key.span().start, message);
        }
    }

    fn parsed<T>(
        &self,
        at: usize,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<At<T>> {
        parse(text)
            .map(|value| At { at, value })
            .map_err(|Invalid(message)| self.review.problem(at, message))
            .ok()
    }

    fn unwanted<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, want: impl Display) -> Option<T> {
        unwanted(self.review, key, value, want);
        None
    }
}

/// Notes that a value is not what it should be. Type and range get the same words: what to write says it all.
pub(super) fn unwanted(review: &Review<'_>, key: &str, value: &Spanned<DeValue<'_>>, want: impl Display) {
    let is = match value.get_ref() {
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
        _ => quote(review.written(value.span())),
    };
    review.problem(value.span().start, format!("{} is {is}; write {want}", quote(key)));
}

/// Known words, each in backticks.
pub(super) fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn integer(value: &DeValue<'_>) -> Option<usize> {
    let integer = value.as_integer()?;
    usize::from_str_radix(integer.as_str(), integer.radix()).ok()
}
