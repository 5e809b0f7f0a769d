//! A scrape as numbers. A reader of the text format of its own, so that a mistake of the writer shows.

use std::fmt;

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Name of the metric.
    pub name: String,
    /// Labels in the order of the line.
    pub labels: Vec<(String, String)>,
    /// Kept as text, since counters are whole numbers that may not fit a float.
    pub value: String,
}

/// All samples of a scrape.
#[derive(Clone, Debug, Default)]
pub struct Metrics(pub Vec<Sample>);

impl Metrics {
    /// Reads the text format 0.0.4.
    pub fn parse(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(sample).collect())
    }

    /// The samples of a metric that have these labels.
    pub fn of<'a>(
        &'a self,
        name: &'a str,
        labels: &'a [(&'a str, &'a str)],
    ) -> impl Iterator<Item = &'a Sample> {
        let fits = |sample: &Sample| labels.iter().all(|(key, value)| sample.label(key) == *value);
        self.0.iter().filter(move |sample| sample.name == name && fits(sample))
    }

    /// The sum of whole numbers; none if there is no such sample.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<u64> {
        let mut samples = self.of(name, labels).peekable();
        samples.peek()?;
        Some(samples.map(Sample::whole).sum())
    }
}

impl Sample {
    /// A label's value; empty if it is not there.
    pub fn label(&self, key: &str) -> &str {
        self.labels.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    /// The value, which must be a whole number.
    pub fn whole(&self) -> u64 {
        self.value.parse().unwrap_or_else(|_| panic!("not a whole number: {self}"))
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?} {}", self.name, self.labels, self.value)
    }
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no value: {line}"));
    let (name, mut rest) = line.split_at(end);
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            rest = rest.strip_prefix(',').unwrap_or(rest);
            if let Some(after) = rest.strip_prefix('}') {
                rest = after;
                break;
            }
            let (key, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {line}"));
            let (value, after) = quoted(after);
            labels.push((key.to_owned(), value));
            rest = after;
        }
    }
    Sample { name: name.to_owned(), labels, value: rest.trim().to_owned() }
}

/// Up to the closing quote, with `\\`, `\"` and `\n` undone.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.push(match chars.next() {
                Some((_, 'n')) => '\n',
                Some((_, other)) => other,
                None => break,
            }),
            char => value.push(char),
        }
    }
    panic!("a label without an end: {text}");
}
