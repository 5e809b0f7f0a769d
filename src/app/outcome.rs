//! What became of a configuration's sources, or of its pushes, when another one took its place. Plain data, and its words.

use std::fmt::Display;

/// Each by its name, in one of these.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome<Id> {
    /// Those that went on untouched.
    pub kept: Vec<Id>,
    /// Those that have other settings.
    pub changed: Vec<Id>,
    /// Those that are new, or back.
    pub added: Vec<Id>,
    /// Those that are no more.
    pub removed: Vec<Id>,
}

impl<Id> Default for Outcome<Id> {
    fn default() -> Self {
        Self { kept: Vec::new(), changed: Vec::new(), added: Vec::new(), removed: Vec::new() }
    }
}

impl<Id: Display> Outcome<Id> {
    /// A phrase for each list that is not empty, after `of`: "untouched `lan`".
    pub fn phrases(&self, of: &str) -> Vec<String> {
        let lists = [
            ("untouched", &self.kept),
            ("changed", &self.changed),
            ("added", &self.added),
            ("removed", &self.removed),
        ];
        let phrase = |(what, ids): (&str, &Vec<Id>)| {
            let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
            (!ids.is_empty()).then(|| format!("{of}{what} {}", ids.join(", ")))
        };
        lists.into_iter().filter_map(phrase).collect()
    }
}
