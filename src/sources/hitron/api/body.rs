//! From the bytes of an answer to its rows. A body is hostile: it may be half, as deep as it is long, or no text at all.
//! Of what is in it no more is kept than rows that are asked for; nothing here knows what a field means.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::field::{Complaints, Row, Value};

/// Rows of a table that are kept; a modem has some dozens of channels.
pub const ROWS: usize = 256;

/// Fields of a row that are kept.
const FIELDS: usize = 64;

/// Longest name of a field, in bytes; the modem's own have at most two dozen.
const NAME: usize = 64;

/// The rows of a table, and how many there were besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T> {
    /// Those that are kept.
    pub rows: Vec<T>,
    /// Those for which there was no room.
    pub folded: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), folded: 0 }
    }
}

/// What a row is read into.
pub trait FromRow: Sized {
    /// Reads a row; none where it stands for nothing.
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self>;
}

/// Reads a page that is one object, alone or as the only one of a list.
///
/// # Errors
/// A sentence, if there is no such object.
pub fn one<T: FromRow>(body: &[u8], complaints: &mut Complaints) -> Result<T, String> {
    let text = decode(body);
    let page = complaints.page();
    let mut first = None;
    let mut count = 0;
    if text.starts_with('{') {
        count = 1;
        first = row(&text).map_err(|error| no_json(page, &error))?;
    } else {
        elements(page, &text, |raw| {
            count += 1;
            if count == 1 {
                first = row(raw).ok().flatten();
            }
        })?;
    }
    match count {
        0 => return Err(format!("`{page}` answered with an empty list")),
        1 => {}
        _ => complaints.add(format!("there are {count} objects in the place of one")),
    }
    let row = first.ok_or_else(|| format!("`{page}` answered with no object"))?;
    let value = T::from_row(&row, complaints);
    value.filter(|_| row.is_known()).ok_or_else(|| unknown(page))
}

/// Reads a page that is a list of objects, of which `most` are kept.
///
/// # Errors
/// A sentence, if it is no such list.
pub fn table<T: FromRow>(body: &[u8], most: usize, complaints: &mut Complaints) -> Result<Table<T>, String> {
    let mut table = Table::default();
    table.folded = each(body, most, complaints, |row, complaints| {
        table.rows.extend(T::from_row(row, complaints));
    })?;
    Ok(table)
}

/// Hands over each object of a list, but no more than `most`; says how many there were besides.
///
/// # Errors
/// A sentence, if it is no such list.
pub fn each(
    body: &[u8],
    most: usize,
    complaints: &mut Complaints,
    mut take: impl FnMut(&Row, &mut Complaints),
) -> Result<u64, String> {
    let page = complaints.page();
    let (mut seen, mut known) = (0_usize, false);
    elements(page, &decode(body), |raw| {
        seen += 1;
        if seen > most {
            return;
        }
        match row(raw) {
            Ok(Some(row)) => {
                take(&row, complaints);
                known |= row.is_known();
            }
            Ok(None) | Err(_) => complaints.add(format!("row {seen} is no object")),
        }
    })?;
    if seen > 0 && !known {
        return Err(unknown(page));
    }
    Ok(seen.saturating_sub(most) as u64)
}

/// Names of hosts come in any encoding.
fn decode(body: &[u8]) -> Cow<'_, str> {
    let bare = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    String::from_utf8_lossy(bare.trim_ascii())
}

fn elements(page: &str, text: &str, take: impl FnMut(&str)) -> Result<(), String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = reader.deserialize_any(Elements(take)).and_then(|()| reader.end());
    read.map_err(|error| no_json(page, &error))
}

/// Says where it ceased to be what it should be, and nothing of what stood there.
fn no_json(page: &str, error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let what = match error.classify() {
        serde_json::error::Category::Eof => "JSON that ends too early",
        serde_json::error::Category::Data => "JSON, but with neither an object nor a list of objects",
        _ => "no JSON",
    };
    format!("`{page}` answered with {what} (line {line}, column {column})")
}

fn unknown(page: &str) -> String {
    format!("`{page}` answered with none of the fields that it should have")
}

/// The fields of an object; none if it is something else.
fn row(raw: &str) -> Result<Option<Row>, serde_json::Error> {
    if !raw.starts_with('{') {
        return Ok(None);
    }
    let mut reader = serde_json::Deserializer::from_str(raw);
    let fields = reader.deserialize_map(Fields)?;
    reader.end()?;
    Ok(Some(Row::new(fields)))
}

struct Elements<F>(F);

impl<'de, F: FnMut(&str)> Visitor<'de> for Elements<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        // Raw, so that nothing is built of what is not wanted, and nothing recurses.
        while let Some(raw) = seq.next_element::<&RawValue>()? {
            (self.0)(raw.get());
        }
        Ok(())
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            let raw = map.next_value::<&RawValue>()?.get();
            if fields.len() < FIELDS && name.len() <= NAME {
                fields.push((name, Value::of(raw)));
            }
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::tests::Pair;
    use super::*;

    fn read_one(body: &str) -> (Result<Pair, String>, Vec<String>) {
        let mut complaints = Complaints::of("getPair");
        let pair = one(body.as_bytes(), &mut complaints);
        (pair, complaints.into_said())
    }

    fn read_table(body: &[u8], most: usize) -> (Result<Table<Pair>, String>, Vec<String>) {
        let mut complaints = Complaints::of("getPair");
        let table = table(body, most, &mut complaints);
        (table, complaints.into_said())
    }

    #[test]
    fn one_object_comes_alone_or_in_a_list() {
        for body in [r#"{"a":"1"}"#, r#" [{"a": 1 }] "#, "\u{FEFF}[{\"a\" : \" 1\",\"z\":[[]]}]"] {
            assert_eq!(read_one(body), (Ok(Pair { a: Some(1.0), b: None }), vec![]), "{body}");
        }
        let (pair, said) = read_one(r#"[{"a":1},{"a":2}]"#);
        assert_eq!(pair.unwrap().a, Some(1.0));
        assert_eq!(said, ["`getPair`: there are 2 objects in the place of one"]);
    }

    #[test]
    fn what_is_no_such_dataset_says_why_and_quotes_nothing() {
        for (body, says) in [
            ("[]", "empty list"),
            ("", "ends too early"),
            (r#"[{"a":"1""#, "ends too early"),
            (r#"{"a":"1""#, "ends too early"),
            ("Unknown error.", "no JSON"),
            ("<html>", "no JSON"),
            (r#""hunter2""#, "neither an object nor"),
            ("7", "neither an object nor"),
            ("null", "neither an object nor"),
            ("[7]", "no object"),
            ("[[{}]]", "no object"),
            (r#"[{"errCode":"401"}]"#, "none of the fields"),
            (r#"[{"a":1}] more"#, "no JSON"),
        ] {
            let error = read_one(body).0.unwrap_err();
            assert!(error.starts_with("`getPair` answered with ") && error.contains(says), "{body}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn rows_beyond_the_cap_are_counted_and_rows_that_are_none_are_complained_of() {
        let (table, said) = read_table(br#"[{"a":1},7,{"a":2},{"a":3},{"a":4}]"#, 3);
        let table = table.unwrap();
        assert_eq!(table.rows.iter().map(|pair| pair.a).collect::<Vec<_>>(), [Some(1.0), Some(2.0)]);
        assert_eq!((table.folded, said), (2, vec!["`getPair`: row 2 is no object".to_owned()]));
        assert_eq!(read_table(b"[]", 3).0, Ok(Table::default()));
        assert!(read_table(b"{}", 3).0.is_err());
    }

    #[test]
    fn what_is_no_text_is_read_around() {
        let (table, said) = read_table(b"[{\"b\":\"caf\xE9\",\"a\":1e999},{\"b\":\"\\ud800\",\"a\":2}]", 9);
        let rows = table.unwrap().rows;
        assert_eq!(rows[0], Pair { a: None, b: Some("caf\u{FFFD}".to_owned()) });
        assert_eq!(rows[1], Pair { a: Some(2.0), b: None });
        assert_eq!(said, ["`getPair`: `a` is `1e999`: not a number", "`getPair`: `b` is no text"]);
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(500_000);
        assert!(read_table(deep.as_bytes(), 9).0.is_err());
        let deep = format!("[{{\"z\":{}{},\"a\":1}}]", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(read_table(deep.as_bytes(), 9).0.unwrap().rows[0].a, Some(1.0));
        let deep = format!("[{}{}]", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        assert!(read_table(deep.as_bytes(), 9).0.is_err());
    }
}
