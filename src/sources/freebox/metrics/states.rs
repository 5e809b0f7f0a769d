//! A word of the box as a state set: a gauge for each word that is documented, and for one that is not.

/// Each state with whether it is the one. A word that nobody documented comes last; without any word there is nothing.
pub(super) fn states<'a>(
    known: &'a [&'a str],
    word: Option<&'a str>,
) -> impl Iterator<Item = (&'a str, bool)> {
    let documented = known.iter().map(move |&state| (state, word == Some(state)));
    let other = word.filter(|word| !known.contains(word)).map(|word| (word, true));
    documented.chain(other).filter(move |_| word.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_is_1_and_what_is_not_known_is_shown_all_the_same() {
        let set = |word| states(&["up", "down"], word).collect::<Vec<_>>();
        assert_eq!(set(Some("down")), [("up", false), ("down", true)]);
        assert_eq!(set(Some("sideways")), [("up", false), ("down", false), ("sideways", true)]);
        assert_eq!(set(None), []);
    }
}
