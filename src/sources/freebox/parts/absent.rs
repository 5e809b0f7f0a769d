//! What a box does not have, remembered, so that it is not asked for on every visit. Pure.

/// After how many visits to look again: about five minutes where the line is asked about every ten seconds.
const LOOK_AGAIN: u8 = 30;

/// Whether something was there when it was last asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absent {
    /// For how many visits more it is taken to be missing.
    left: u8,
}

impl Absent {
    /// Whether to ask on this visit; to be called once on each.
    pub fn is_due(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left == 0
    }

    /// What came of asking.
    pub fn learn(&mut self, is_there: bool) {
        self.left = if is_there { 0 } else { LOOK_AGAIN };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_asked_for_on_every_visit_and_what_is_not_on_every_thirtieth() {
        let mut absent = Absent::default();
        let mut ask = |is_there: bool| {
            let due = absent.is_due();
            if due {
                absent.learn(is_there);
            }
            due
        };
        assert_eq!([ask(true), ask(true), ask(true)], [true; 3]);
        let asked: Vec<usize> = (0..91).filter(|_| ask(false)).collect();
        assert_eq!(asked, [0, 30, 60, 90]);
        assert_eq!((0..30).filter(|_| ask(true)).collect::<Vec<_>>(), [29], "it came back");
        assert!(ask(true));
    }
}
