//! What is not TOML at all: the parser's complaints, in our shape and for the commonest slips in our words.

use super::problem::Review;

/// Notes the first syntax error of each line: those after it are mostly its echo. What is written is not
/// quoted: where it is broken nobody knows whether it was to be secret.
pub(super) fn report(review: &Review<'_>, errors: &[toml::de::Error]) {
    let mut errors: Vec<_> = errors.iter().map(|e| (e.span().unwrap_or_default(), e.message())).collect();
    errors.sort_by_key(|(span, _)| span.start);
    errors.dedup_by_key(|(span, _)| review.line(span.start));
    for (span, theirs) in errors {
        let message = match SYNTAX.iter().find(|(start, _)| theirs.starts_with(start)) {
            Some((_, NOT_A_VALUE)) if review.written(span.clone()).trim().is_empty() => {
                "the value is missing; write one after the `=`".to_owned()
            }
            Some((_, ours)) => (*ours).to_owned(),
            None => {
                let theirs =
                    theirs.trim_end_matches(", expected nothing").replacen(", expected ", "; expected ", 1);
                format!("not TOML: {theirs}")
            }
        };
        review.problem(span.start, message);
    }
}

/// How `toml` calls a key or table that is there twice.
pub(super) const DUPLICATE: &str = "duplicate key";

/// Slips that deserve better words than a parser's. A word without quotes that begins like `nan` or `inf` is a
/// broken float to it.
const SYNTAX: [(&str, &str); 6] = [
    ("string values must be quoted", NOT_A_VALUE),
    ("invalid float", NOT_A_VALUE),
    ("invalid basic string, expected `\"`", "this text has no end; write `\"` there"),
    ("invalid unquoted key", "the key ends here; write ` = ` and the value, or put the whole key in quotes"),
    ("key with no value", "this key has no value; write it like `key = \"value\"`"),
    (DUPLICATE, "this is here twice in the same table; keep one of the two"),
];

const NOT_A_VALUE: &str = "this is not a TOML value; put text in quotes, like `\"text\"`";
