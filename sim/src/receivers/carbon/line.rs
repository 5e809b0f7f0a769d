//! A line of Graphite's plaintext protocol, as strictly as anything on its way could be.
//!
//! Deliberately refuses what carbon takes and then does something surprising with: a slash in a path, a number that is
//! none, times in fractions of a second, a tag twice.

use std::collections::BTreeMap;

/// A series at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The whole path, with its tags.
    pub path: String,
    /// Up to the first semicolon.
    pub name: String,
    /// Empty unless the path has some.
    pub tags: BTreeMap<String, String>,
    /// The value as it was written.
    pub text: String,
    /// The value.
    pub value: f64,
    /// Seconds since 1970.
    pub time: u64,
    /// Over which connection it came, counted from 1.
    pub connection: u64,
}

/// Twisted's `LineOnlyReceiver.MAX_LENGTH`: whoever sends a longer line is hung up on.
pub const LONGEST: usize = 16_384;
/// A word is the name of a folder or, with `.wsp` after it, of a file: 255 bytes on every usual file system.
const LONGEST_WORD: usize = 251;

/// Reads a line without its newline.
///
/// # Errors
/// What is wrong with it.
pub fn parse(line: &[u8], connection: u64) -> Result<Point, &'static str> {
    let line = std::str::from_utf8(line).map_err(|_| "not UTF-8")?;
    // What carbon strips is not what anybody meant to send.
    let words: Vec<&str> = line.split(is_space).collect();
    let &[path, text, time] = words.as_slice() else { return Err("not three words, one space apart") };
    let (name, tags) = series(path)?;
    if !is_number(text) {
        return Err("the value is no number");
    }
    let value = text.parse().map_err(|_| "the value is no number")?;
    if !f64::is_finite(value) {
        return Err("the value is too large");
    }
    // Whisper keeps times as unsigned words of 32 bits.
    let digits = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = time.parse::<u32>().ok().filter(|&time| digits && time > 0);
    let time = u64::from(seconds.ok_or("the time is no whole number of seconds")?);
    let (path, text) = (path.to_owned(), text.to_owned());
    Ok(Point { path, name, tags, text, value, time, connection })
}

/// What Python's `str.split` splits at.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// Decimal digits with a point and an exponent perhaps.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction) && digits(exponent)
}

/// As `TaggedSeries.parse` takes it apart.
fn series(path: &str) -> Result<(String, BTreeMap<String, String>), &'static str> {
    if path.ends_with("\"}") && path.contains('{') {
        return Err("carbon would take it for OpenMetrics");
    }
    let mut segments = path.split(';');
    let name = segments.next().unwrap_or_default();
    check_name(name)?;
    let mut tags = BTreeMap::new();
    for segment in segments {
        let (tag, value) = segment.split_once('=').ok_or("a tag without an equals sign")?;
        if tag.is_empty() || tag.contains(['!', '^']) {
            return Err("not the name of a tag");
        }
        if tag == "name" {
            return Err("the tag `name` is the path's own");
        }
        if value.is_empty() || value.starts_with('~') {
            return Err("not the value of a tag");
        }
        if !segment.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("a tag that is not ASCII");
        }
        if tags.insert(tag.to_owned(), value.to_owned()).is_some() {
            return Err("a tag twice");
        }
    }
    Ok((name.to_owned(), tags))
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.starts_with('~') {
        return Err("a tilde before the name, which carbon takes away");
    }
    for word in name.split('.') {
        if word.is_empty() {
            return Err("an empty word between dots");
        }
        if word.len() > LONGEST_WORD {
            return Err("a word that is too long for a file");
        }
        // Of the others some are folders, some are patterns for whoever asks for a series.
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"_-:%~+@#$&!".contains(&byte);
        if !word.bytes().all(fine) {
            return Err("a character that no path should have");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Point, &'static str> {
        parse(line.as_bytes(), 1)
    }

    /// From "Feeding In Your Data" and "Graphite Tag Support" of Graphite's documentation.
    #[test]
    fn the_examples_of_the_documentation_are_read() {
        let point = read("local.random.diceroll 4 1518034867").unwrap();
        assert_eq!(
            (point.path.as_str(), point.name.as_str()),
            ("local.random.diceroll", "local.random.diceroll")
        );
        assert_eq!((point.text.as_str(), point.value, point.time), ("4", 4.0, 1_518_034_867));
        assert!(point.tags.is_empty());
        let point = read("my.series;tag1=value1;tag2=value2 12.5 1499000000").unwrap();
        assert_eq!((point.name.as_str(), point.value), ("my.series", 12.5));
        let tags: Vec<_> = point.tags.iter().map(|(tag, value)| format!("{tag}:{value}")).collect();
        assert_eq!(tags, ["tag1:value1", "tag2:value2"]);
        assert_eq!(read("disk.used;datacenter=dc1;rack=a1;server=web01 -3e-7 1").unwrap().value, -3e-7);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        let long = format!("{}.b 1 1", "a".repeat(252));
        for (line, why) in [
            ("", "not three words, one space apart"),
            ("a.b 1", "not three words, one space apart"),
            ("a.b 1 1 1", "not three words, one space apart"),
            ("a.b  1 1", "not three words, one space apart"),
            (" a.b 1 1", "not three words, one space apart"),
            ("a.b 1 1\r", "not three words, one space apart"),
            ("a\u{a0}b 1 1", "not three words, one space apart"),
            ("a\u{1c}b 1 1", "not three words, one space apart"),
            ("a.b nan 1", "the value is no number"),
            ("a.b -inf 1", "the value is no number"),
            ("a.b 1_0 1", "the value is no number"),
            ("a.b 1. 1", "the value is no number"),
            ("a.b .5 1", "the value is no number"),
            ("a.b 0x10 1", "the value is no number"),
            ("a.b 1e999 1", "the value is too large"),
            ("a.b 1 1.5", "the time is no whole number of seconds"),
            ("a.b 1 -1", "the time is no whole number of seconds"),
            ("a.b 1 0", "the time is no whole number of seconds"),
            ("a.b 1 1518034867000", "the time is no whole number of seconds"),
            ("a..b 1 1", "an empty word between dots"),
            (".a 1 1", "an empty word between dots"),
            ("a. 1 1", "an empty word between dots"),
            ("a/b 1 1", "a character that no path should have"),
            ("a.* 1 1", "a character that no path should have"),
            ("a.{b} 1 1", "a character that no path should have"),
            ("é.b 1 1", "a character that no path should have"),
            (&long, "a word that is too long for a file"),
            ("~a 1 1", "a tilde before the name, which carbon takes away"),
            ("a{b=\"c\"} 1 1", "carbon would take it for OpenMetrics"),
            ("a;b 1 1", "a tag without an equals sign"),
            ("a; 1 1", "a tag without an equals sign"),
            ("a;=b 1 1", "not the name of a tag"),
            ("a;b^=c 1 1", "not the name of a tag"),
            ("a;b= 1 1", "not the value of a tag"),
            ("a;b=~c 1 1", "not the value of a tag"),
            ("a;b=é 1 1", "a tag that is not ASCII"),
            ("a;b=c;b=d 1 1", "a tag twice"),
            ("a;name=b 1 1", "the tag `name` is the path's own"),
        ] {
            assert_eq!(read(line), Err(why), "{line}");
        }
        assert_eq!(parse(b"a\xff 1 1", 1), Err("not UTF-8"));
    }
}
