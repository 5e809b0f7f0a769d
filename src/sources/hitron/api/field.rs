//! The fields of one row, read one by one: each that makes no sense is nothing, and complained of, and spoils no other.

use std::cell::Cell;

use super::super::quantity::{self, Read, Unreadable};

/// Longest text that is kept, in bytes.
pub const TEXT: usize = 255;

/// Longest text that can be a quantity or a word, in bytes.
const QUANTITY: usize = 100;

/// Complaints of one page that are told; the others are counted.
const TOLD: usize = 8;

/// Characters of a value that a complaint quotes.
const QUOTED: usize = 40;

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text or a number, trimmed; one that is too long is cut, and still too long for a quantity.
    Text(String),
    /// `null`, which is as good as no field.
    Null,
    /// Anything else.
    Other,
}

impl Value {
    /// What JSON of one value stands for.
    pub(super) fn of(raw: &str) -> Self {
        let text = match raw.bytes().next() {
            Some(b'"') => serde_json::from_str::<String>(raw).ok(),
            Some(b'-' | b'0'..=b'9') => Some(raw.to_owned()),
            Some(b'n') => return Value::Null,
            _ => None,
        };
        text.map_or(Value::Other, |text| Value::Text(cut(text.trim(), TEXT).to_owned()))
    }
}

/// One object of an answer.
#[derive(Debug)]
pub struct Row {
    fields: Vec<(String, Value)>,
    known: Cell<bool>,
}

impl Row {
    pub(super) fn new(fields: Vec<(String, Value)>) -> Self {
        Self { fields, known: Cell::new(false) }
    }

    /// Whether it had any field that was asked for.
    pub fn is_known(&self) -> bool {
        self.known.get()
    }

    /// The last of that name, as browsers do.
    fn value(&self, field: &str) -> Option<&Value> {
        let value = self.fields.iter().rev().find(|(name, _)| name == field).map(|(_, value)| value)?;
        self.known.set(true);
        Some(value).filter(|value| **value != Value::Null)
    }

    /// A text, trimmed; none for those that stand for nothing, such as `NA`. Hostile.
    pub fn text(&self, field: &str, complaints: &mut Complaints) -> Option<String> {
        match self.value(field)? {
            Value::Text(text) if quantity::is_placeholder(text) => None,
            Value::Text(text) => Some(text.clone()),
            _ => {
                complaints.add(format!("`{field}` is no text"));
                None
            }
        }
    }

    /// What `parse` makes of a text or a number.
    pub fn read<T>(
        &self,
        field: &str,
        complaints: &mut Complaints,
        parse: impl FnOnce(&str) -> Read<T>,
    ) -> Option<T> {
        let Value::Text(text) = self.value(field)? else {
            complaints.add(format!("`{field}` is no text"));
            return None;
        };
        let read = if text.len() > QUANTITY { Err(Unreadable("too long")) } else { parse(text) };
        read.unwrap_or_else(|Unreadable(what)| {
            complaints.add(format!("`{field}` is `{}`: {what}", quoted(text)));
            None
        })
    }

    /// A number.
    pub fn number(&self, field: &str, complaints: &mut Complaints) -> Option<f64> {
        self.read(field, complaints, quantity::number)
    }

    /// A whole number.
    pub fn whole(&self, field: &str, complaints: &mut Complaints) -> Option<u64> {
        self.read(field, complaints, quantity::whole)
    }

    /// A count, which may be a sum.
    pub fn count(&self, field: &str, complaints: &mut Complaints) -> Option<u64> {
        self.read(field, complaints, quantity::count)
    }

    /// A word, in lower case.
    pub fn word(&self, field: &str, complaints: &mut Complaints) -> Option<String> {
        self.read(field, complaints, quantity::word)
    }

    /// One of two words, in any case: whether it is the first.
    pub fn either(&self, field: &str, words: [&str; 2], complaints: &mut Complaints) -> Option<bool> {
        self.read(field, complaints, |text| quantity::either(text, words))
    }
}

/// What makes no sense on a page: the first few in words, all of them counted.
#[derive(Clone, Debug)]
pub struct Complaints {
    page: &'static str,
    said: Vec<String>,
    count: u64,
}

impl Complaints {
    /// None yet, about this page.
    pub fn of(page: &'static str) -> Self {
        Self { page, said: Vec::new(), count: 0 }
    }

    /// What the page is called.
    pub fn page(&self) -> &'static str {
        self.page
    }

    /// One more.
    pub fn add(&mut self, what: String) {
        self.count += 1;
        if self.said.len() < TOLD {
            self.said.push(format!("`{}`: {what}", self.page));
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first few.
    pub fn into_said(self) -> Vec<String> {
        self.said
    }
}

fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// Short, and without what would not stay in its place on a terminal.
fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let mut out: String = characters.by_ref().take(QUOTED).flat_map(char::escape_debug).collect();
    if characters.next().is_some() {
        out.push('\u{2026}');
    }
    out
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::body::FromRow;
    use super::*;

    /// A dataset of two fields.
    #[derive(Debug, PartialEq)]
    pub struct Pair {
        pub a: Option<f64>,
        pub b: Option<String>,
    }

    impl FromRow for Pair {
        fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
            Some(Self { a: row.number("a", complaints), b: row.text("b", complaints) })
        }
    }

    fn row(a: &str) -> Row {
        Row::new(vec![("a".to_owned(), Value::of(a))])
    }

    fn complaint(a: &str) -> (Option<f64>, Vec<String>) {
        let mut complaints = Complaints::of("page");
        let number = row(a).number("a", &mut complaints);
        (number, complaints.into_said())
    }

    #[test]
    fn what_stands_for_nothing_is_nothing_and_not_complained_of() {
        for raw in
            ["\"\"", "\"  \"", "\"-\"", "\"--\"", "\"NA\"", "\"n/a\"", "\"TODO\"", "\"secret\"", "null"]
        {
            assert_eq!(complaint(raw), (None, vec![]), "{raw}");
        }
    }

    #[test]
    fn a_complaint_names_the_field_and_quotes_a_little() {
        assert_eq!(
            complaint("\"x\\u001b[2J\\u202e\"").1,
            [r"`page`: `a` is `x\u{1b}[2J\u{202e}`: not a number"]
        );
        assert_eq!(complaint("true").1, ["`page`: `a` is no text"]);
        let long = format!("\"{}\"", "9".repeat(300));
        let expected = format!("`page`: `a` is `{}\u{2026}`: too long", "9".repeat(40));
        assert_eq!(complaint(&long), (None, vec![expected]));
    }

    #[test]
    fn a_text_that_is_cut_does_not_become_a_number() {
        assert_eq!(complaint(&format!("\"12{}x\"", " ".repeat(400))).0, None);
    }

    #[test]
    fn complaints_are_told_up_to_a_number_and_counted_beyond() {
        let mut complaints = Complaints::of("page");
        (0..20).for_each(|_| complaints.add("x".to_owned()));
        assert_eq!((complaints.count(), complaints.into_said().len()), (20, 8));
    }

    #[test]
    fn of_two_fields_of_one_name_the_last_holds() {
        let row = Row::new(vec![("a".to_owned(), Value::of("1")), ("a".to_owned(), Value::of("2"))]);
        assert_eq!(row.number("a", &mut Complaints::of("page")), Some(2.0));
    }
}
