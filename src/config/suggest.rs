//! "Did you mean": the known word that is closest to what was written.

/// The closest of `known`, if it is close enough to be a slip: one edit for every three letters, at least one.
pub(super) fn closest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let written: Vec<char> = written.to_lowercase().chars().collect();
    let far = |word: &str| {
        let word: Vec<char> = word.chars().collect();
        let allowed = (word.len() / 3).max(1);
        // Also keeps the work small: a long word is not close to any of ours.
        if word.len().abs_diff(written.len()) > allowed {
            return None;
        }
        Some(distance(&written, &word)).filter(|&edits| edits <= allowed)
    };
    known
        .into_iter()
        .filter_map(|word| Some((far(word)?, word)))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, word)| word)
}

/// Letters to add, drop, change or swap with their neighbour to get from one word to the other: the optimal
/// string alignment distance.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut two_above = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let changed = above[j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut edits = changed.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                edits = edits.min(two_above[j - 2] + 1);
            }
            row.push(edits);
        }
        two_above = std::mem::replace(&mut above, row);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expected: Option<&str>) {
        assert_eq!(closest(written, ["interfaces", "interval", "kind", "name"]), expected, "{written}");
    }

    #[test]
    fn slips_find_their_word_and_other_words_none() {
        check("interface", Some("interfaces"));
        check("Interfaces", Some("interfaces"));
        check("intreval", Some("interval"));
        check("knid", Some("kind"));
        check("nmae", Some("name"));
        check("mane", None);
        check("timeout", None);
        check("", None);
    }

    #[test]
    fn distances_are_those_of_the_literature() {
        let chars = |word: &str| word.chars().collect::<Vec<_>>();
        // Levenshtein's textbook pairs, and one that only the transposition makes cheap.
        for (from, to, edits) in
            [("kitten", "sitting", 3), ("saturday", "sunday", 3), ("ca", "ac", 1), ("", "ab", 2)]
        {
            assert_eq!(distance(&chars(from), &chars(to)), edits, "{from} {to}");
        }
    }
}
