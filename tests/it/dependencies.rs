//! The tree of dependencies against `deny.toml`: licences, banned crates and where crates come from.
//!
//! It reads what cargo-deny would read and judges the same way, in a second instead of the minutes that building
//! cargo-deny takes. It looks up no advisories, and only at crates that Linux needs.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Every package that this machine's build contains.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // Whoever runs this test has built it, so everything is here already.
        .args(["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform"])
        .arg(env!("LANLORD_TARGET"))
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else { panic!("no packages") };
    assert!(packages.len() > 50, "only {} packages: that cannot be all", packages.len());
    packages
}

fn deny() -> toml::Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml");
    std::fs::read_to_string(path).unwrap().parse().unwrap()
}

fn allowed(deny: &toml::Table) -> Vec<&str> {
    deny["licenses"]["allow"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let (deny, packages) = (deny(), packages());
    let allowed = allowed(&deny);
    let refused: Vec<String> = packages
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|licence| permits(licence, &allowed)))
        .map(|package| format!("{}: {}", package["name"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "add the licence to deny.toml if we can live with it: {refused:#?}");
}

#[test]
fn every_allowed_licence_is_needed() {
    let (deny, packages) = (deny(), packages());
    let allowed = allowed(&deny);
    for without in &allowed {
        let rest: Vec<&str> = allowed.iter().copied().filter(|name| name != without).collect();
        let licences = packages.iter().filter_map(|package| package["license"].as_str());
        assert!(licences.into_iter().any(|licence| !permits(licence, &rest)), "nobody needs {without}");
    }
}

#[test]
fn no_dependency_is_banned() {
    let deny = deny();
    let banned = deny["bans"]["deny"].as_array().unwrap();
    let banned: Vec<&str> = banned.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert!(banned.contains(&"native-tls"));
    // The lock file and not the packages: what another system would build is banned as well.
    let lock: toml::Table = include_str!("../../Cargo.lock").parse().unwrap();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.contains(&name), "{name} is banned by deny.toml");
    }
}

#[test]
fn every_dependency_comes_from_the_one_registry() {
    let lock: toml::Table = include_str!("../../Cargo.lock").parse().unwrap();
    let mut sources = BTreeSet::new();
    for package in lock["package"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        match package.get("source").and_then(toml::Value::as_str) {
            Some(source) => {
                assert!(source.starts_with("registry+"), "{name} comes from {source}");
                sources.insert(source);
            }
            None => assert!(["lanlord", "lanlord-sim"].contains(&name), "{name} comes from nowhere"),
        }
    }
    // Cargo's own: another would have to be configured somewhere, and .cargo/ is not part of the project.
    assert_eq!(sources.len(), 1, "{sources:?}");
}

/// Whether an SPDX expression can be satisfied with these licences alone. A licence with an exception must be
/// allowed as such. Old manifests write `/` for `OR`.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().collect::<Vec<_>>().into_iter().peekable();
    let permitted = any(&mut words, allowed);
    assert_eq!(words.next(), None, "cannot read the licence `{expression}`");
    permitted
}

type Words<'a> = std::iter::Peekable<std::vec::IntoIter<&'a str>>;

fn any(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut permitted = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        permitted |= all(words, allowed);
    }
    permitted
}

fn all(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    let mut permitted = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        permitted &= one(words, allowed);
    }
    permitted
}

fn one(words: &mut Words<'_>, allowed: &[&str]) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let permitted = any(words, allowed);
        assert_eq!(words.next(), Some(")"), "a parenthesis is not closed");
        return permitted;
    }
    let name = words.next().unwrap_or_default();
    match words.next_if_eq(&"WITH") {
        Some(_) => allowed.contains(&format!("{name} WITH {}", words.next().unwrap_or_default()).as_str()),
        None => allowed.contains(&name),
    }
}

#[test]
fn licence_expressions_are_read_as_spdx_says() {
    // Annex D of the SPDX specification: AND binds tighter than OR.
    assert!(permits("MIT OR GPL-3.0-only AND Zlib", &["MIT"]));
    assert!(!permits("(MIT OR GPL-3.0-only) AND Zlib", &["MIT"]));
    assert!(permits("(MIT OR Apache-2.0) AND Unicode-3.0", &["Apache-2.0", "Unicode-3.0"]));
    assert!(permits("Unlicense/MIT", &["MIT"]));
    assert!(!permits("Apache-2.0 WITH LLVM-exception", &["Apache-2.0"]));
    assert!(!permits("GPL-3.0-only", &["MIT"]));
}
