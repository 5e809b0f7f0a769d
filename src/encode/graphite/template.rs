//! Where in a Graphite path the source, the name and the labels stand: what the configuration calls `template` and
//! `prefix`.
//!
//! It only reads them: what a path becomes is decided by whoever writes one.

use std::fmt;
use std::str::FromStr;

/// What is where in a path: words and placeholders between dots. Source, name and labels are all in it, so that no
/// two series can have one path.
///
/// ```
/// use lanlord::encode::graphite::Template;
///
/// let template: Template = "homes.{source}.{label.host}.{name}.{labels}".parse()?;
/// assert_eq!(template.labels().collect::<Vec<_>>(), ["host"]);
/// assert_eq!(Template::default().to_string(), "{source}.{name}.{labels}");
/// # Ok::<(), lanlord::encode::graphite::NotATemplate>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// What stands between two dots of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The same in every path.
    Word(String),
    /// The name of the source; left out where there is none.
    Source,
    /// The name of the family.
    Name,
    /// The value of the label with this name.
    Label(String),
    /// Name and value of every other label that is not empty, sorted by name.
    Labels,
}

/// Longest template or prefix, in bytes. It is in every line, and a path must not outgrow what the kernel takes for a
/// file (4,096 bytes, `PATH_MAX`).
const LONGEST: usize = 200;

/// A text that is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotATemplate {
    /// Too long.
    #[error("a template has at most {LONGEST} bytes, and this one has {0}")]
    TooLong(usize),
    /// Two dots with nothing between them, or a dot at an end.
    #[error(
        "`{0}` has nothing before, after or between dots; write words and placeholders, such as `{{source}}.{{name}}.{{labels}}`"
    )]
    Nothing(String),
    /// A word that a path cannot have as it is, or that is next to a placeholder without a dot.
    #[error(
        "`{0}` is neither a placeholder nor a word; a word has only the letters a-z and A-Z, digits, `_`, `:` and `-`"
    )]
    Word(String),
    /// Something else in braces.
    #[error(
        "`{0}` is no placeholder; write `{{source}}`, `{{name}}`, `{{labels}}`, or `{{label.host}}` for the label `host`"
    )]
    Placeholder(String),
    /// A placeholder that is there already.
    #[error("`{0}` is there twice; leave one out")]
    Twice(String),
    /// A placeholder without which two series would have one path.
    #[error(
        "`{0}` is missing, and different series would become one; write for example `{{source}}.{{name}}.{{labels}}`"
    )]
    Missing(&'static str),
}

impl Template {
    /// The labels that have a place of their own: whoever knows all labels can tell whether these exist.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Label(label) => Some(label.as_str()),
            _ => None,
        })
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }
}

impl Default for Template {
    /// `{source}.{name}.{labels}`
    fn default() -> Self {
        Self(vec![Piece::Source, Piece::Name, Piece::Labels])
    }
}

impl fmt::Display for Template {
    /// As the configuration spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, piece) in self.0.iter().enumerate() {
            write!(f, "{}{piece}", if index == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Word(word) => f.write_str(word),
            Piece::Source => f.write_str("{source}"),
            Piece::Name => f.write_str("{name}"),
            Piece::Label(label) => write!(f, "{{label.{label}}}"),
            Piece::Labels => f.write_str("{labels}"),
        }
    }
}

impl FromStr for Template {
    type Err = NotATemplate;

    /// Reads words and placeholders between dots.
    fn from_str(text: &str) -> Result<Self, NotATemplate> {
        if text.len() > LONGEST {
            return Err(NotATemplate::TooLong(text.len()));
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for piece in between_dots(text) {
            let piece = match piece {
                "" => return Err(NotATemplate::Nothing(text.to_owned())),
                "{source}" => Piece::Source,
                "{name}" => Piece::Name,
                "{labels}" => Piece::Labels,
                _ if piece.starts_with('{') && piece.find('}') == Some(piece.len() - 1) => {
                    let label = piece.strip_prefix("{label.").and_then(|rest| rest.strip_suffix('}'));
                    // The label `source` has a placeholder already.
                    let label = label.filter(|label| is_label(label) && *label != "source");
                    Piece::Label(label.ok_or_else(|| NotATemplate::Placeholder(piece.to_owned()))?.to_owned())
                }
                _ if is_word(piece) => Piece::Word(piece.to_owned()),
                _ => return Err(NotATemplate::Word(piece.to_owned())),
            };
            if pieces.contains(&piece) && !matches!(piece, Piece::Word(_)) {
                return Err(NotATemplate::Twice(piece.to_string()));
            }
            pieces.push(piece);
        }
        for (piece, spelt) in
            [(Piece::Source, "{source}"), (Piece::Name, "{name}"), (Piece::Labels, "{labels}")]
        {
            if !pieces.contains(&piece) {
                return Err(NotATemplate::Missing(spelt));
            }
        }
        Ok(Self(pieces))
    }
}

/// What stands between dots, except the one in a placeholder.
fn between_dots(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.split(move |char| {
        inside = match char {
            '{' => true,
            '}' => false,
            _ => inside,
        };
        char == '.' && !inside
    })
}

/// Whether this can be the name of a label (Prometheus, "Metric names and labels").
fn is_label(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(super::is_plain)
}

/// A text that no path can begin with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot begin a path; write words of the letters a-z and A-Z, digits, `_`, `:` and `-` between dots, at most \
     {LONGEST} bytes, or nothing"
)]
pub struct NotAPrefix(String);

/// Reads what every path begins with: words between dots, or nothing.
///
/// # Errors
/// If there is anything else in it, or too much.
///
/// ```
/// use lanlord::encode::graphite::prefix;
///
/// assert_eq!(prefix("home.lanlord").as_deref(), Ok("home.lanlord"));
/// assert!(prefix("home.").is_err());
/// ```
pub fn prefix(text: &str) -> Result<String, NotAPrefix> {
    let fits = text.is_empty() || text.len() <= LONGEST && text.split('.').all(is_word);
    if fits { Ok(text.to_owned()) } else { Err(NotAPrefix(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, expected: &str) {
        assert_eq!(text.parse::<Template>().unwrap_err().to_string(), expected);
    }

    #[test]
    fn a_template_is_words_and_placeholders() {
        for text in [
            "{source}.{name}.{labels}",
            "{name}.{labels}.{source}",
            "homes.{source}.a:b.{label.host}.{name}.{label.ip}.{labels}.homes",
        ] {
            assert_eq!(text.parse::<Template>().unwrap().to_string(), text);
        }
        assert_eq!("{source}.{name}.{labels}".parse(), Ok(Template::default()));
    }

    #[test]
    fn what_is_no_template_is_refused_in_words() {
        let nothing = "has nothing before, after or between dots; write words and placeholders, such as \
                       `{source}.{name}.{labels}`";
        for text in
            ["", ".{source}.{name}.{labels}", "{source}..{name}.{labels}", "{source}.{name}.{labels}."]
        {
            refused(text, &format!("`{text}` {nothing}"));
        }
        let word = "is neither a placeholder nor a word; a word has only the letters a-z and A-Z, digits, `_`, `:` and `-`";
        for text in [
            "my house",
            "é",
            "a/b",
            "x{name}",
            "{name}x",
            "{name}{labels}",
            "}",
            "{",
            "{{name}}",
            "~",
            "{name.x",
        ] {
            refused(&format!("{{source}}.{{labels}}.{text}"), &format!("`{text}` {word}"));
        }
        let no_placeholder = "is no placeholder; write `{source}`, `{name}`, `{labels}`, or `{label.host}` for the label \
                              `host`";
        for text in
            ["{}", "{host}", "{label}", "{label.}", "{label.a.b}", "{label.0}", "{label.é}", "{label.source}"]
        {
            refused(&format!("{{source}}.{{name}}.{{labels}}.{text}"), &format!("`{text}` {no_placeholder}"));
        }
        refused("{source}.{name}.{labels}.{name}", "`{name}` is there twice; leave one out");
        let twice = "{source}.{label.host}.{name}.{label.host}.{labels}";
        refused(twice, "`{label.host}` is there twice; leave one out");
        for (text, missing) in
            [("{name}.{labels}", "source"), ("{source}.{labels}", "name"), ("{source}.{name}", "labels")]
        {
            let says = "is missing, and different series would become one; write for example \
                        `{source}.{name}.{labels}`";
            refused(text, &format!("`{{{missing}}}` {says}"));
        }
        refused(&"x".repeat(201), "a template has at most 200 bytes, and this one has 201");
    }

    #[test]
    fn a_prefix_is_words_between_dots_or_nothing() {
        for text in ["", "lanlord", "homes.My_house-2", "a:b"] {
            assert_eq!(prefix(text).as_deref(), Ok(text));
        }
        for text in
            [".", "a.", ".a", "a..b", "a b", "a/b", "é", "a;b=c", "~a", "a\nb", "%41", &"x".repeat(201)]
        {
            assert!(
                prefix(text).unwrap_err().to_string().starts_with(&format!("`{text}` cannot begin a path"))
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn what_was_read_is_shown_as_it_was(text in r"([a-c]|\{(source|name|labels|label\.[a-b])\}|[.{}]){0,9}") {
            if let Ok(template) = text.parse::<Template>() {
                proptest::prop_assert_eq!(template.to_string(), text);
            }
        }
    }
}
