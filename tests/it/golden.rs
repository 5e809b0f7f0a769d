//! Whole outputs, compared with what is in `tests/golden`; `UPDATE=1` rewrites them, and then the diff is to be read.

use std::collections::BTreeMap;
use std::path::Path;

/// Compares an output with the golden of that name.
#[track_caller]
pub fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = || actual.lines().map(Some).chain([None]).zip(expected.lines().map(Some).chain([None]));
    if let Some((number, (ours, golden))) = lines().enumerate().find(|(_, (ours, golden))| ours != golden) {
        panic!(
            "{name} line {}:\n  golden {golden:?}\n  now    {ours:?}\nUPDATE=1 rewrites it; then read the diff",
            number + 1
        );
    }
    assert_eq!(actual, expected, "{name}: UPDATE=1 rewrites it; then read the diff");
}

/// Compares single samples, by family and values of labels, with what was worked out by hand.
#[track_caller]
pub fn check_samples(
    samples: &BTreeMap<(&'static str, Vec<String>), f64>,
    expected: &[(&'static str, &[&str], f64)],
) {
    for (name, labels, value) in expected {
        let labels: Vec<String> = labels.iter().map(|&label| label.to_owned()).collect();
        assert_eq!(samples.get(&(*name, labels.clone())), Some(value), "{name} {labels:?}");
    }
}
