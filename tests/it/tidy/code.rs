//! Rust source as the walls look at it: without comments, with strings apart, and without what is only for tests.
//!
//! It is no parser: it knows just enough of the language not to take a comment, a string or a lifetime for code.

/// A source file, taken apart. Everything keeps its line.
pub struct Code {
    /// Code alone: comments are blank, strings and characters are empty.
    pub bare: String,
    /// What the strings say, with their lines, counted from 1.
    pub strings: Vec<(usize, String)>,
    /// Lines that are not only for tests, blank ones and comments included.
    pub production_lines: usize,
}

/// Takes a file apart; what follows `#[cfg(test)]` is left out.
pub fn production(text: &str) -> Code {
    let mut code = everything(text);
    let mut bare: Vec<char> = code.bare.chars().collect();
    let mut test_lines = 0;
    while let Some(start) = find(&bare, TEST_ITEM) {
        let end = item_end(&bare, start + TEST_ITEM.len());
        let line = |at: usize| 1 + bare[..at].iter().filter(|&&char| char == '\n').count();
        let lines = line(start)..=line(end.saturating_sub(1));
        test_lines += lines.clone().count();
        code.strings.retain(|(line, _)| !lines.contains(line));
        for char in &mut bare[start..end] {
            blank(char);
        }
    }
    code.bare = bare.into_iter().collect();
    code.production_lines = code.production_lines.saturating_sub(test_lines);
    code
}

const TEST_ITEM: &str = "#[cfg(test)]";

/// Takes a file apart, tests and all.
pub fn everything(text: &str) -> Code {
    let chars: Vec<char> = text.chars().collect();
    let mut bare = chars.clone();
    let mut strings = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let token = token(&chars, at);
        let end = at + token.length;
        match token.kind {
            Kind::Code => {}
            Kind::Comment => bare[at..end].iter_mut().for_each(blank),
            Kind::String => {
                strings.push((line, chars[at + token.opening..end - token.closing].iter().collect()));
                bare[at + 1..end - 1].iter_mut().for_each(blank);
            }
        }
        line += chars[at..end].iter().filter(|&&char| char == '\n').count();
        at = end;
    }
    Code { bare: bare.into_iter().collect(), strings, production_lines: text.lines().count() }
}

enum Kind {
    Code,
    Comment,
    String,
}

struct Token {
    kind: Kind,
    length: usize,
    /// Characters of the quotation marks.
    opening: usize,
    closing: usize,
}

fn token(chars: &[char], at: usize) -> Token {
    let rest = &chars[at..];
    let plain =
        |kind, length: usize| Token { kind, length: length.clamp(1, rest.len()), opening: 0, closing: 0 };
    if starts(rest, "//") {
        return plain(Kind::Comment, rest.iter().position(|&char| char == '\n').unwrap_or(rest.len()));
    }
    if starts(rest, "/*") {
        return plain(Kind::Comment, block_comment(rest));
    }
    let in_word = at > 0 && is_word(chars[at - 1]);
    if !in_word && let Some(hashes) = raw_string(rest) {
        let opening = rest.iter().position(|&char| char == '"').unwrap_or(0) + 1;
        let closing: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        let inside = find(&rest[opening..], &closing).unwrap_or(rest.len() - opening - closing.len());
        let length = opening + inside + closing.len();
        return Token { kind: Kind::String, length, opening, closing: closing.len() };
    }
    match rest[0] {
        '"' => Token { kind: Kind::String, length: quoted(rest, '"'), opening: 1, closing: 1 },
        // A character; everything else that begins so is a lifetime.
        '\'' if rest.get(1) == Some(&'\\') || rest.get(2) == Some(&'\'') => {
            Token { kind: Kind::String, length: quoted(rest, '\''), opening: 1, closing: 1 }
        }
        _ => plain(Kind::Code, 1),
    }
}

/// How many hash signs a raw string begins with, if one begins here.
fn raw_string(rest: &[char]) -> Option<usize> {
    let prefix = ["r", "br", "cr"]
        .into_iter()
        .find(|prefix| starts(rest, prefix) && matches!(rest.get(prefix.len()), Some('"' | '#')))?;
    let hashes = rest[prefix.len()..].iter().take_while(|&&char| char == '#').count();
    (rest.get(prefix.len() + hashes) == Some(&'"')).then_some(hashes)
}

/// The length of a text in quotation marks, these included.
fn quoted(rest: &[char], mark: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != mark {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if starts(&rest[at..], "/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if starts(&rest[at..], "*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += 1;
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Where an item ends that begins at `at` or behind more attributes: after its `;` or its closing brace.
fn item_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    for (index, char) in chars.iter().enumerate().skip(at) {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' => depth -= 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return index + 1;
                }
            }
            ';' if depth == 0 => return index + 1,
            _ => {}
        }
    }
    chars.len()
}

pub fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn blank(char: &mut char) {
    if *char != '\n' {
        *char = ' ';
    }
}

fn starts(chars: &[char], text: &str) -> bool {
    text.chars().enumerate().all(|(at, char)| chars.get(at) == Some(&char))
}

fn find(chars: &[char], text: &str) -> Option<usize> {
    (0..chars.len()).find(|&at| starts(&chars[at..], text))
}

#[test]
fn comments_strings_and_lifetimes_are_told_apart_from_code() {
    let text = "a /* b /* c */ d */ e // f\nlet g = \"h \\\" i\"; let j: &'k str = r#\"l \" m\"#; 'n' '\\'' '\\\\' o";
    let code = everything(text);
    let words: Vec<&str> = code.bare.split_whitespace().collect();
    assert_eq!(words[..9], ["a", "e", "let", "g", "=", "\"", "\";", "let", "j:"], "{}", code.bare);
    assert!(code.bare.contains("&'k str =") && code.bare.ends_with(" o"), "{}", code.bare);
    assert!(!code.bare.contains(['b', 'c', 'd', 'f', 'h', 'i', 'm', 'n', '\\']), "{}", code.bare);
    let strings: Vec<&str> = code.strings.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(strings, ["h \\\" i", "l \" m", "n", "\\'", "\\\\"]);
    assert!(code.strings.iter().all(|(line, _)| *line == 2));
}

#[test]
fn what_is_only_for_tests_is_left_out() {
    let text = "one();\n#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;\ntwo();\n#[cfg(test)]\nmod more {\n    fn x() { [1; 2]; }\n}\nthree();\n";
    let code = production(text);
    assert_eq!(code.bare.split_whitespace().collect::<Vec<_>>(), ["one();", "two();", "three();"]);
    assert_eq!(code.production_lines, 3);
    assert_eq!(code.strings, []);
}
