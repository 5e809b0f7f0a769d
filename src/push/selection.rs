//! Which families are pushed: those that a pattern includes and none excludes. Pure.

use std::str::FromStr;

use wildmatch::WildMatch;

use crate::metric::Meta;

/// The name of a family, in which `*` stands for anything and `?` for one character.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern(WildMatch);

/// `{0}` matches no name of a family.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` can be no family's name; write one, or `lan_host_*` for all that begin so")]
pub struct NotAPattern(String);

impl FromStr for Pattern {
    type Err = NotAPattern;

    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_*?".contains(&byte);
        match text {
            _ if matches!(text.len(), 1..=200) && text.bytes().all(known) => Ok(Self(WildMatch::new(text))),
            _ => Err(NotAPattern(text.to_owned())),
        }
    }
}

impl Pattern {
    /// Whether it means this family.
    pub fn matches(&self, meta: &Meta) -> bool {
        self.0.matches(meta.name)
    }
}

/// Which families are wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// None is all.
    pub include: Vec<Pattern>,
    /// None of these, whatever includes them.
    pub exclude: Vec<Pattern>,
}

impl Selection {
    /// Whether this family is.
    pub fn wants(&self, meta: &Meta) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(meta));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }
}
