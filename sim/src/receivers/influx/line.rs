//! A line of InfluxDB's line protocol, as its reference writes it.
//!
//! Deliberately stricter than InfluxDB where that takes what its reference warns of: names that begin with an underscore,
//! a field twice, control characters, a time that is missing.

use std::collections::BTreeMap;

/// A value with its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Field {
    /// `1`, `1.5e3`.
    Float(f64),
    /// `1i`.
    Integer(i64),
    /// `1u`.
    Unsigned(u64),
    /// `"a"`.
    Text(String),
    /// `t`, `true` …
    Boolean(bool),
}

impl Field {
    /// As InfluxDB calls its type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Float(_) => "float",
            Self::Integer(_) => "integer",
            Self::Unsigned(_) => "unsigned",
            Self::Text(_) => "string",
            Self::Boolean(_) => "boolean",
        }
    }
}

/// Fields of a series at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The measurement.
    pub measurement: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its fields; at least one.
    pub fields: BTreeMap<String, Field>,
    /// In whatever unit the request says.
    pub time: i64,
    /// With which request it came, counted from 1.
    pub request: u64,
}

/// InfluxDB's own limit for measurement and tags together.
const LONGEST_KEY: usize = 65_535;

/// Reads a line without its newline.
///
/// # Errors
/// What is wrong with it.
pub fn parse(line: &[u8], request: u64) -> Result<Point, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "not UTF-8")?;
    if line.chars().any(char::is_control) {
        return Err("a control character");
    }
    let (measurement, mut rest) = word(line, ", ", ", ");
    check_name(&measurement, "missing measurement")?;
    let mut tags = BTreeMap::new();
    while let Some(after) = rest.strip_prefix(',') {
        let (key, after) = word(after, "=, ", "=, ");
        check_name(&key, "missing tag key")?;
        let (value, after) = word(after.strip_prefix('=').ok_or("missing tag value")?, "=, ", "=, ");
        if value.is_empty() || after.starts_with('=') {
            return Err("missing tag value");
        }
        if tags.insert(key, value).is_some() {
            return Err("duplicate tags");
        }
        rest = after;
    }
    if line.len() - rest.len() > LONGEST_KEY {
        return Err("max key length exceeded");
    }
    let mut rest = rest.strip_prefix(' ').ok_or("missing fields")?;
    let mut fields = BTreeMap::new();
    loop {
        let (key, after) = word(rest, "=, ", "=, ");
        check_name(&key, "missing field key")?;
        let (value, after) = field(after.strip_prefix('=').ok_or("missing field value")?)?;
        if fields.insert(key, value).is_some() {
            return Err("a field twice");
        }
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None => {
                rest = after;
                break;
            }
        }
    }
    let time = rest.strip_prefix(' ').ok_or("missing time")?;
    let digits = time.strip_prefix('-').unwrap_or(time);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("bad timestamp");
    }
    let time = time.parse().map_err(|_| "bad timestamp")?;
    Ok(Point { measurement, tags, fields, time, request })
}

/// Up to one of the characters that end it, with a backslash before those that may be escaped; and the rest. A backslash
/// before anything else is a backslash.
fn word<'a>(text: &'a str, ends: &str, escaped: &str) -> (String, &'a str) {
    let mut word = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if ends.contains(character) {
            return (word, &text[at..]);
        }
        match characters.peek() {
            Some(&(_, next)) if character == '\\' && escaped.contains(next) => {
                word.push(next);
                characters.next();
            }
            _ => word.push(character),
        }
    }
    (word, "")
}

/// "Naming restrictions" of the reference; and `time`, which InfluxDB takes for the time.
fn check_name(name: &str, missing: &'static str) -> Result<(), &'static str> {
    match name {
        "" => Err(missing),
        "time" => Err("the name `time` is the time's own"),
        _ if name.starts_with('_') => Err("a name that begins with an underscore"),
        _ if name.starts_with('#') => Err("a name that begins a comment"),
        _ => Ok(()),
    }
}

fn field(text: &str) -> Result<(Field, &str), &'static str> {
    if let Some(text) = text.strip_prefix('"') {
        return quoted(text).ok_or("unbalanced quotes");
    }
    let end = text.find([',', ' ']).unwrap_or(text.len());
    let (value, rest) = text.split_at(end);
    let unsigned = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let signed = |digits: &str| unsigned(digits.strip_prefix('-').unwrap_or(digits));
    let field = match value {
        "" => return Err("missing field value"),
        "t" | "T" | "true" | "True" | "TRUE" => Field::Boolean(true),
        "f" | "F" | "false" | "False" | "FALSE" => Field::Boolean(false),
        _ => match (value.strip_suffix('i'), value.strip_suffix('u')) {
            (Some(digits), _) if signed(digits) => {
                Field::Integer(digits.parse().map_err(|_| "unable to parse integer: value out of range")?)
            }
            (_, Some(digits)) if unsigned(digits) => {
                Field::Unsigned(digits.parse().map_err(|_| "unable to parse unsigned: value out of range")?)
            }
            _ => Field::Float(float(value, signed, unsigned).ok_or("invalid number")?),
        },
    };
    Ok((field, rest))
}

fn float(text: &str, signed: impl Fn(&str) -> bool, unsigned: impl Fn(&str) -> bool) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let fine = signed(whole) && unsigned(fraction) && signed(exponent.strip_prefix('+').unwrap_or(exponent));
    text.parse().ok().filter(|value: &f64| fine && value.is_finite())
}

/// Up to the quote that ends it, with a backslash before quotes and backslashes.
fn quoted(text: &str) -> Option<(Field, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (character, characters.peek()) {
            ('"', _) => return Some((Field::Text(value), &text[at + 1..])),
            ('\\', Some(&(_, next @ ('"' | '\\')))) => {
                value.push(next);
                characters.next();
            }
            _ => value.push(character),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Point, &'static str> {
        parse(line.as_bytes(), 1)
    }

    #[track_caller]
    fn check(line: &str, measurement: &str, tags: &[(&str, &str)], fields: &[(&str, Field)], time: i64) {
        let point = read(line).unwrap();
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        assert_eq!((point.measurement.as_str(), point.time), (measurement, time), "{line}");
        assert_eq!(point.tags, tags.iter().map(own).collect(), "{line}");
        let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        assert_eq!(point.fields, fields.collect(), "{line}");
    }

    fn text(text: &str) -> Field {
        Field::Text(text.to_owned())
    }

    /// From the line protocol references of InfluxDB 1.8 and 2, where they have a time.
    #[test]
    fn the_examples_of_the_reference_are_read() {
        let at = 1_465_839_830_100_400_200;
        check(
            "weather,location=us-midwest temperature=82 1465839830100400200",
            "weather",
            &[("location", "us-midwest")],
            &[("temperature", Field::Float(82.0))],
            at,
        );
        check(
            "weather,location=us-midwest,season=summer temperature=82,humidity=71 1465839830100400200",
            "weather",
            &[("location", "us-midwest"), ("season", "summer")],
            &[("temperature", Field::Float(82.0)), ("humidity", Field::Float(71.0))],
            at,
        );
        check(
            "weather temperature=82i 1465839830100400200",
            "weather",
            &[],
            &[("temperature", Field::Integer(82))],
            at,
        );
        check(
            "weather,location=us-midwest temperature=\"too warm\" 1465839830100400200",
            "weather",
            &[("location", "us-midwest")],
            &[("temperature", text("too warm"))],
            at,
        );
        check(
            "weather,location=us-midwest too_hot=true 1465839830100400200",
            "weather",
            &[("location", "us-midwest")],
            &[("too_hot", Field::Boolean(true))],
            at,
        );
        check(
            "weather,location\\ place=us\\,midwest,temp=a\\=b temp\\=rature=82 1465839830100400200",
            "weather",
            &[("location place", "us,midwest"), ("temp", "a=b")],
            &[("temp=rature", Field::Float(82.0))],
            at,
        );
        check(
            "wea\\,ther,location=a temperature=82 1",
            "wea,ther",
            &[("location", "a")],
            &[("temperature", Field::Float(82.0))],
            1,
        );
        check(
            "wea\\ ther,location=a temperature=82 1",
            "wea ther",
            &[("location", "a")],
            &[("temperature", Field::Float(82.0))],
            1,
        );
        check(
            "weather,location=us-midwest temperature_str=\"too hot\\\\\\\\cold\" 1",
            "weather",
            &[("location", "us-midwest")],
            &[("temperature_str", text("too hot\\\\cold"))],
            1,
        );
        check(
            "myMeasurement,tag1=value1,tag2=value2 fieldKey=\"fieldValue\" 1556813561098000000",
            "myMeasurement",
            &[("tag1", "value1"), ("tag2", "value2")],
            &[("fieldKey", text("fieldValue"))],
            1_556_813_561_098_000_000,
        );
        check(
            "myMeasurement fieldKey=-1.234456e+78 1",
            "myMeasurement",
            &[],
            &[("fieldKey", Field::Float(-1.234456e78))],
            1,
        );
        check(
            "myMeasurement fieldKey=12485903u 1",
            "myMeasurement",
            &[],
            &[("fieldKey", Field::Unsigned(12_485_903))],
            1,
        );
        check(
            "myMeasurement,tagKey=🍭 fieldKey=\"Launch 🚀\" 1556813561098000000",
            "myMeasurement",
            &[("tagKey", "🍭")],
            &[("fieldKey", text("Launch 🚀"))],
            1_556_813_561_098_000_000,
        );
        check("a,b=c\\d e=1 1", "a", &[("b", "c\\d")], &[("e", Field::Float(1.0))], 1);
        check("a b=-9223372036854775808i -1", "a", &[], &[("b", Field::Integer(i64::MIN))], -1);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for (line, why) in [
            ("weather", "missing fields"),
            (" a=1 1", "missing measurement"),
            (",a=b c=1 1", "missing measurement"),
            ("weather 1465839830100400200", "missing field value"),
            ("weather,location=us-midwest 1465839830100400200", "missing field value"),
            ("weather,location= temperature=82 1", "missing tag value"),
            ("weather,=x temperature=82 1", "missing tag key"),
            ("weather,location temperature=82 1", "missing tag value"),
            ("weather,a=b=c temperature=82 1", "missing tag value"),
            ("weather,a=b\\ temperature=82 1", "missing tag value"),
            ("weather,a=b,a=c temperature=82 1", "duplicate tags"),
            ("weather,a=b  temperature=82 1", "missing field key"),
            ("weather temperature= 1", "missing field value"),
            ("weather temperature=82", "missing time"),
            ("weather temperature=82  1", "bad timestamp"),
            ("weather temperature=82 1 ", "bad timestamp"),
            ("weather temperature=82 1.5", "bad timestamp"),
            ("weather temperature=82 9223372036854775808", "bad timestamp"),
            ("weather temperature=82,temperature=83 1", "a field twice"),
            ("weather temperature=82, 1", "missing field key"),
            ("weather temperature=nan 1", "invalid number"),
            ("weather temperature=+Inf 1", "invalid number"),
            ("weather temperature=+1 1", "invalid number"),
            ("weather temperature=1e999 1", "invalid number"),
            ("weather temperature=1.i 1", "invalid number"),
            ("weather temperature=-1u 1", "invalid number"),
            ("weather temperature=warm 1", "invalid number"),
            ("weather temperature=9223372036854775808i 1", "unable to parse integer: value out of range"),
            ("weather temperature=18446744073709551616u 1", "unable to parse unsigned: value out of range"),
            ("weather temperature=\"warm 1", "unbalanced quotes"),
            ("weather,time=1 a=1 1", "the name `time` is the time's own"),
            ("_weather a=1 1", "a name that begins with an underscore"),
            ("weather,a=b\tc a=1 1", "a control character"),
            ("weather a=1 1\r", "a control character"),
        ] {
            assert_eq!(read(line), Err(why), "{line}");
        }
        assert_eq!(parse(b"a\xff b=1 1", 1), Err("not UTF-8"));
        let long = format!("a,b={} c=1 1", "d".repeat(65_536));
        assert_eq!(read(&long), Err("max key length exceeded"));
    }
}
