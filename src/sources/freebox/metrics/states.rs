//! State sets: a gauge with a `state` label, 1 for the state that something is in and 0 for the others that are known.
//!
//! A word that no documentation has is a state like the others, with a 1 of its own, so that what is new is seen; a
//! word that is missing is no state at all, and then there is no sample.

use crate::metric::{Desc, Families};
use crate::sources::freebox::api::lenient::Text;

/// Writes the states of something that there is once.
pub fn put(out: &mut Families, family: &'static Desc<1>, known: &[&str], word: &Text) {
    each(known, word, |state, is_it| out.put(family, [state], is_it));
}

/// Writes the states of something that there is several times of, as its first label says.
pub fn put_of(out: &mut Families, family: &'static Desc<2>, of: &str, known: &[&str], word: &Text) {
    each(known, word, |state, is_it| out.put(family, [of, state], is_it));
}

fn each(known: &[&str], word: &Text, mut put: impl FnMut(&str, bool)) {
    let Some(word) = word.as_deref() else { return };
    known.iter().for_each(|state| put(state, *state == word));
    if !known.contains(&word) {
        put(word, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(word: Option<&str>) -> Vec<(String, bool)> {
        let mut states = Vec::new();
        each(&["up", "down"], &Text(word.map(str::to_owned)), |state, is_it| {
            states.push((state.to_owned(), is_it));
        });
        states
    }

    #[test]
    fn one_state_is_1_and_an_unknown_word_is_one_more() {
        let state = |name: &str, is_it| (name.to_owned(), is_it);
        assert_eq!(states(Some("down")), [state("up", false), state("down", true)]);
        assert_eq!(states(Some("odd")), [state("up", false), state("down", false), state("odd", true)]);
        assert_eq!(states(None), []);
    }
}
