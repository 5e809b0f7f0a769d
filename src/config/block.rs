//! What all `[[source]]` and all `[[push]]` tables have: several of them in one file, a kind, a name, and two times.
//!
//! What else is in one is its kind's to read.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Invalid, Review, quote};
use super::repeats;
use super::suggest;
use super::table::{At, Table, list, unwanted};

/// How the tables of one name are read; their kinds make an `R` of theirs.
pub(super) struct Blocks<R: 'static> {
    /// The name: `source`.
    pub(super) key: &'static str,
    /// Several of them: `sources`.
    pub(super) several: &'static str,
    /// What its keys are unknown in: "in this `[[source]]`".
    pub(super) place: &'static str,
    /// What a name could be: `lan`.
    pub(super) example: &'static str,
    /// So many there may be.
    pub(super) most: usize,
    /// Between which the intervals are.
    pub(super) intervals: RangeInclusive<Duration>,
    /// Every kind.
    pub(super) kinds: &'static [&'static Kind<R>],
}

/// How one kind is read.
pub(super) struct Kind<R: 'static> {
    /// As `kind` spells it.
    pub(super) name: &'static str,
    /// How often, unless the file says otherwise.
    pub(super) interval: Duration,
    /// How long one time may take, unless the file says otherwise.
    pub(super) deadline: Duration,
    /// Takes its own keys from a table, whose header is at the offset. Where something is wrong it says so and goes on
    /// with anything, so that the rest is looked at as well.
    pub(super) read: fn(&mut Table<'_>, usize) -> R,
}

/// One of them, as it was written.
pub(super) struct Block<R> {
    /// The kind, at the header, if it has no name; none if the name is wrong.
    pub(super) name: Option<At<String>>,
    pub(super) interval: Duration,
    pub(super) deadline: Duration,
    pub(super) read: R,
}

impl<R> Blocks<R> {
    /// Reads them all.
    pub(super) fn read(&self, review: &Review<'_>, value: &Spanned<DeValue<'_>>) -> Vec<Block<R>> {
        let Self { key, several, most, .. } = self;
        let DeValue::Array(list) = value.get_ref() else {
            let want = format!("`[[{key}]]` as its header, in double brackets, once for each {key}");
            unwanted(review, key, value, want);
            return Vec::new();
        };
        if let Some(value) = list.get(*most) {
            let message = format!("there are {} {several}; write at most {most}", list.len());
            review.problem(value.span().start, message);
        }
        let one = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
            DeValue::Table(table) => self.one(review, table, value.span().start),
            _ => {
                unwanted(review, key, value, format!("each {key} below a `[[{key}]]` of its own"));
                None
            }
        };
        let blocks: Vec<_> = list.iter().take(*most).filter_map(one).collect();
        self.check_names(review, &blocks);
        blocks
    }

    fn one(&self, review: &Review<'_>, table: &DeTable<'_>, header: usize) -> Option<Block<R>> {
        let mut table = Table::new(review, self.place, table);
        if table.at("kind").is_none() {
            let message =
                format!("this {} has no `kind`; add {}", self.key, self.either("`kind = \"", "\"`"));
            review.problem(header, message);
        }
        let kind = table.string("kind", &self.either("`\"", "\"`"), |text| self.parse_kind(text));
        let name = match table.at("name") {
            None => kind.as_ref().map(|kind| At { at: header, value: kind.value.name.to_owned() }),
            Some(_) => {
                let want = format!("a name, such as `\"{}\"`", self.example);
                table.string("name", &want, |text| self.parse_name(text))
            }
        };
        let interval = table.duration("interval", self.intervals.clone());
        let deadline = table.duration("deadline", Duration::from_millis(100)..=Duration::from_secs(3_600));
        // Of a kind that nobody knows, no key can be called unknown.
        let kind = kind?.value;
        let read = (kind.read)(&mut table, header);
        table.finish();
        let (interval, deadline) = (interval.unwrap_or(kind.interval), deadline.unwrap_or(kind.deadline));
        Some(Block { name, interval, deadline, read })
    }

    fn either(&self, before: &str, after: &str) -> String {
        let kinds: Vec<_> = self.kinds.iter().map(|kind| format!("{before}{}{after}", kind.name)).collect();
        kinds.join(" or ")
    }

    fn parse_kind(&self, text: &str) -> Result<&'static Kind<R>, Invalid> {
        let names: Vec<_> = self.kinds.iter().map(|kind| kind.name).collect();
        let advice = || match suggest::closest(text, names.iter().copied()) {
            Some(kind) => format!("; did you mean `{kind}`?"),
            None => String::new(),
        };
        let kind = self.kinds.iter().copied().find(|kind| kind.name == text);
        kind.ok_or_else(|| {
            Invalid(format!("unknown kind {}; known kinds: {}{}", quote(text), list(&names), advice()))
        })
    }

    fn parse_name(&self, text: &str) -> Result<String, Invalid> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        match text {
            _ if matches!(text.len(), 1..=64) && text.bytes().all(known) => Ok(text.to_owned()),
            _ => Err(Invalid(format!(
                "{} cannot name a {}; write 1 to 64 of the letters a-z and A-Z, digits, `_` and `-`",
                quote(text),
                self.key
            ))),
        }
    }

    fn check_names(&self, review: &Review<'_>, blocks: &[Block<R>]) {
        let names: Vec<_> = blocks.iter().filter_map(|block| block.name.clone()).collect();
        for (At { at, value }, first) in repeats(&names) {
            let (key, line) = (self.key, review.line(first));
            let message = format!(
                "a {key} named {} is already on line {line}; give this one another `name`",
                quote(value)
            );
            review.problem(*at, message);
        }
    }
}
