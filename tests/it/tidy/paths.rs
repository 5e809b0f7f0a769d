//! Every path that a source file names, in full: `use` trees unfolded, `crate`, `self` and `super` resolved, and what
//! begins with an imported name or a child module traced back to it.

use std::collections::HashMap;

use super::code::is_word;

/// A path in full, such as `crate::metric::Mac` or `std::fs::read`, with its line.
pub type Path = (usize, String);

/// The paths of code without comments and strings; `module` is where it stands, such as `["sources", "wire"]`.
pub fn paths(module: &[&str], bare: &str) -> Vec<Path> {
    let tokens = tokens(bare);
    let mut names = children(module, &tokens);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (line, token) = (tokens[at].0, tokens[at].1.as_str());
        if token == "use" {
            let mut tree = Tree { module, tokens: &tokens, names: &mut names, found: &mut found };
            at = tree.read(at + 1, &[]);
        } else if is_name(token) && next_is(&tokens, at + 1, "::") && !follows_path(&tokens, at) {
            let (segments, end) = inline(&tokens, at);
            found.push((line, full(module, &names, &segments)));
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

type Tokens = [(usize, String)];

fn tokens(bare: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    for (number, text) in bare.lines().enumerate() {
        let mut in_word = false;
        for char in text.chars() {
            match tokens.last_mut() {
                Some((_, last)) if in_word && is_word(char) => last.push(char),
                Some((_, last)) if char == ':' && last == ":" => last.push(char),
                _ if char.is_whitespace() => {}
                _ => tokens.push((number + 1, char.to_string())),
            }
            in_word = is_word(char);
        }
    }
    tokens
}

/// Child modules, by name: a path may begin with one.
fn children(module: &[&str], tokens: &Tokens) -> HashMap<String, String> {
    let declared = tokens.windows(3).filter(|window| window[0].1 == "mod" && window[2].1 == ";");
    let path =
        |name: &str| ["crate"].iter().chain(module).chain([&name]).copied().collect::<Vec<_>>().join("::");
    declared.map(|window| (window[1].1.clone(), path(&window[1].1))).collect()
}

struct Tree<'a> {
    module: &'a [&'a str],
    tokens: &'a Tokens,
    names: &'a mut HashMap<String, String>,
    found: &'a mut Vec<Path>,
}

impl Tree<'_> {
    /// Reads one tree behind `prefix`; says where it ends.
    fn read(&mut self, mut at: usize, prefix: &[String]) -> usize {
        let mut segments = prefix.to_vec();
        while let Some((line, token)) = self.tokens.get(at) {
            match token.as_str() {
                "::" => at += 1,
                "{" => {
                    at += 1;
                    while self.tokens.get(at).is_some_and(|(_, token)| token != "}") {
                        at = self.read(at, &segments);
                        at += usize::from(next_is(self.tokens, at, ","));
                    }
                    return at + 1;
                }
                "*" => {
                    self.found.push((*line, full(self.module, self.names, &segments)));
                    return at + 1;
                }
                name if is_name(name) => {
                    // `a::{self}` is `a`; a leading `self` is this module.
                    if name != "self" || segments.is_empty() {
                        segments.push(name.to_owned());
                    }
                    at += 1;
                    if !next_is(self.tokens, at, "::") {
                        return self.leaf(*line, at, &segments);
                    }
                }
                _ => return at + 1,
            }
        }
        at
    }

    fn leaf(&mut self, line: usize, at: usize, segments: &[String]) -> usize {
        let path = full(self.module, self.names, segments);
        let alias = next_is(self.tokens, at, "as").then(|| self.tokens.get(at + 1)).flatten();
        let name = alias.map(|(_, name)| name).or(segments.last());
        if let Some(name) = name {
            self.names.insert(name.clone(), path.clone());
        }
        self.found.push((line, path));
        if alias.is_some() { at + 2 } else { at }
    }
}

/// A path in an expression or a type; a macro keeps its `!`.
fn inline(tokens: &Tokens, mut at: usize) -> (Vec<String>, usize) {
    let mut segments = vec![tokens[at].1.clone()];
    while next_is(tokens, at + 1, "::") && tokens.get(at + 2).is_some_and(|(_, token)| is_name(token)) {
        segments.push(tokens[at + 2].1.clone());
        at += 2;
    }
    if next_is(tokens, at + 1, "!")
        && let Some(last) = segments.last_mut()
    {
        last.push('!');
    }
    (segments, at + 1)
}

fn full(module: &[&str], names: &HashMap<String, String>, segments: &[String]) -> String {
    let mut rest = segments.iter().map(String::as_str).peekable();
    let mut path: Vec<String> = Vec::new();
    let here = || ["crate"].iter().chain(module).map(|&name| name.to_owned()).collect::<Vec<_>>();
    match rest.peek() {
        Some(&"crate" | &"lanlord") => {
            rest.next();
            path.push("crate".to_owned());
        }
        Some(&"self" | &"super") => path = here(),
        Some(first) => {
            if let Some(known) = names.get(*first) {
                rest.next();
                path.push(known.clone());
            }
        }
        None => {}
    }
    for segment in rest {
        match segment {
            "self" => {}
            "super" => drop(path.pop()),
            name => path.push(name.to_owned()),
        }
    }
    path.join("::")
}

fn is_name(token: &str) -> bool {
    token.starts_with(|char: char| char.is_alphabetic() || char == '_')
}

fn next_is(tokens: &Tokens, at: usize, expected: &str) -> bool {
    tokens.get(at).is_some_and(|(_, token)| token == expected)
}

/// Whether this name is the middle of a path, or a method. A path may begin with `::`.
fn follows_path(tokens: &Tokens, at: usize) -> bool {
    let before = |count: usize| at.checked_sub(count).map(|at| tokens[at].1.as_str());
    match before(1) {
        Some("::") => before(2).is_some_and(|token| is_name(token) || token == ">"),
        before => before == Some("."),
    }
}

#[test]
fn paths_are_found_in_full_however_they_are_written() {
    let check = |text: &str, expected: &[&str]| {
        let found: Vec<String> =
            paths(&["sources", "wire"], text).into_iter().map(|(_, path)| path).collect();
        assert_eq!(found, expected, "{text}");
    };
    check(
        "use crate::metric::{Mac, visit::{self, Visit}};",
        &["crate::metric::Mac", "crate::metric::visit", "crate::metric::visit::Visit"],
    );
    check("use super::super::web; web::page::render();", &["crate::web", "crate::web::page::render"]);
    check("use crate::{app as house}; house::App::build()", &["crate::app", "crate::app::App::build"]);
    check("mod packet;\nuse packet::Link;", &["crate::sources::wire::packet::Link"]);
    check("use crate::encode::*;", &["crate::encode"]);
    check("use std::{fs, io::{self, Read}};", &["std::fs", "std::io", "std::io::Read"]);
    check(
        "fn f(x: &super::Y) -> lanlord::Z { ::std::env::var(1) }",
        &["crate::sources::Y", "crate::Z", "std::env::var"],
    );
    check("crate::metrics! { } x.iter::<u8>(); Vec::<u8>::new()", &["crate::metrics!", "Vec"]);
}
