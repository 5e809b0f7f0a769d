//! Bodies as text with values filled in. Deliberately no serializer: what a box says is spelt where it is said, and
//! oddities (a number as text, `{}` for an empty list, a key that is missing) are as easy to write as the rest.

use std::fmt::{Display, Write};

/// An object that is being written; [`Object::end`] gives its text.
pub struct Object(String);

impl Object {
    /// Nothing in it yet.
    pub fn new() -> Self {
        Self(String::from("{"))
    }

    /// With a text, escaped.
    pub fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        quote(&mut self.0, value);
        self
    }

    /// With a number; the caller passes nothing that is none in JSON.
    pub fn number(self, key: &str, value: impl Display) -> Self {
        self.json(key, value)
    }

    /// With a yes or a no.
    pub fn flag(self, key: &str, value: bool) -> Self {
        self.json(key, value)
    }

    /// With something that is JSON already.
    pub fn json(mut self, key: &str, value: impl Display) -> Self {
        self.key(key);
        // Writing to a text cannot fail.
        let _ = write!(self.0, "{value}");
        self
    }

    /// What `add` does to it, where `when` holds.
    pub fn only(self, when: bool, add: impl FnOnce(Self) -> Self) -> Self {
        if when { add(self) } else { self }
    }

    /// The text.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
    }
}

/// A list of things that are JSON already.
pub fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut text = String::from("[");
    for item in items {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(item.as_ref());
    }
    text.push(']');
    text
}

/// A text as JSON has it, RFC 8259 §7. A slash stays as it is; whoever serves may escape it, it stands only in texts.
pub fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    quote(&mut text, value);
    text
}

fn quote(into: &mut String, value: &str) {
    into.push('"');
    for letter in value.chars() {
        match letter {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            letter if letter < ' ' => {
                // Writing to a text cannot fail.
                let _ = write!(into, "\\u{:04x}", u32::from(letter));
            }
            letter => into.push(letter),
        }
    }
    into.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_every_awkward_letter_comes_back_from_another_parser() {
        let awkward: String = (0..0x300).filter_map(char::from_u32).chain(['🐈', '\u{2028}']).collect();
        assert_eq!(serde_json::from_str::<String>(&quoted(&awkward)).unwrap(), awkward);
    }

    #[test]
    fn an_object_is_written_in_the_order_of_its_calls() {
        let inner = list([quoted("a/b"), Object::new().end()]);
        let object = Object::new().text("t", "x\"y").number("n", -1).flag("f", true).json("l", inner);
        assert_eq!(object.end(), r#"{"t":"x\"y","n":-1,"f":true,"l":["a/b",{}]}"#);
    }
}
