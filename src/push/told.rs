//! What the log is told of a push, and when: once for each change. Pure; it says what to write and writes nothing.

use crate::metric::Outcome;

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The receiver takes what is sent, for the first time.
    Takes,
    /// It does so again, and so many were lost meanwhile.
    TakesAgain(u64),
    /// It does not, or for another reason than before.
    Fails,
    /// The queue is full: the oldest are lost from now on.
    Full,
    /// None has been lost for a while; so many were.
    RoomAgain(u64),
}

/// What it was told last.
#[derive(Debug)]
pub struct Told {
    /// What came of the last attempt: none for success, or the code.
    outcome: Option<Option<&'static str>>,
    /// How many had been lost when the receiver last took something, or at the beginning.
    lost_when_well: u64,
    /// How many had been lost before the queue was full, and for how many rounds none has been lost since; none if it
    /// is not full.
    full: Option<(u64, u32)>,
}

/// After so many rounds in which none was lost the queue is not full any more. A receiver that is just too slow must not
/// have a line for each of them.
const QUIET_ROUNDS: u32 = 60;

impl Told {
    /// Nothing; so many have been lost before.
    pub fn new(lost: u64) -> Self {
        Self { outcome: None, lost_when_well: lost, full: None }
    }

    /// An attempt has ended; so many are lost by now.
    pub fn tried(&mut self, outcome: &Outcome, lost: u64) -> Option<News> {
        let now = match outcome {
            Outcome::Ok => None,
            Outcome::Failed { code, .. } => Some(*code),
        };
        let before = self.outcome.replace(now);
        let meanwhile = lost - self.lost_when_well;
        if now.is_none() {
            self.lost_when_well = lost;
        }
        match (before, now) {
            (Some(before), now) if before == now => None,
            (_, Some(_)) => Some(News::Fails),
            (None, None) => Some(News::Takes),
            (Some(_), None) => {
                // That they were lost is said herewith.
                self.full = None;
                Some(News::TakesAgain(meanwhile))
            }
        }
    }

    /// A round has put what there was into the queue; so many were lost before, and so many are after.
    pub fn queued(&mut self, before: u64, after: u64) -> Option<News> {
        match &mut self.full {
            None if after > before => {
                self.full = Some((before, 0));
                Some(News::Full)
            }
            None => None,
            Some((_, quiet)) if after > before => {
                *quiet = 0;
                None
            }
            Some((first, quiet)) => {
                *quiet += 1;
                let lost = after - *first;
                (*quiet >= QUIET_ROUNDS).then(|| {
                    self.full = None;
                    News::RoomAgain(lost)
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::Reason;

    fn failed(code: &'static str) -> Outcome {
        Outcome::Failed { reason: Reason::Unreachable, code, message: String::new() }
    }

    #[test]
    fn only_changes_are_told() {
        let mut told = Told::new(0);
        let mut tried = |outcome| told.tried(&outcome, 0);
        assert_eq!(tried(Outcome::Ok), Some(News::Takes));
        assert_eq!(tried(Outcome::Ok), None);
        assert_eq!(tried(failed("connect")), Some(News::Fails));
        assert_eq!(tried(failed("connect")), None);
        assert_eq!(tried(failed("too_late")), Some(News::Fails));
        assert_eq!(tried(Outcome::Ok), Some(News::TakesAgain(0)));
    }

    #[test]
    fn what_was_lost_meanwhile_is_told_when_it_is_over() {
        let mut told = Told::new(7);
        assert_eq!(told.tried(&failed("connect"), 7), Some(News::Fails));
        assert_eq!(told.queued(7, 8), Some(News::Full));
        assert_eq!(told.queued(8, 10), None);
        assert_eq!(told.tried(&failed("connect"), 10), None);
        assert_eq!(told.tried(&Outcome::Ok, 10), Some(News::TakesAgain(3)));
        // One that is refused for good is lost by being refused.
        assert_eq!(told.tried(&failed("bad_request"), 11), Some(News::Fails));
        assert_eq!(told.tried(&Outcome::Ok, 11), Some(News::TakesAgain(1)));
        assert_eq!(told.queued(11, 12), Some(News::Full), "the next time is another one");
    }

    #[test]
    fn a_receiver_that_is_a_little_too_slow_has_two_lines_in_all() {
        let mut told = Told::new(0);
        told.tried(&Outcome::Ok, 0);
        let mut lost = 0;
        let mut news = Vec::new();
        for round in 0..200 {
            let before = lost;
            lost += u64::from(round < 100 && round % 3 == 0);
            news.extend(told.queued(before, lost));
            news.extend(told.tried(&Outcome::Ok, lost));
        }
        assert_eq!(news, [News::Full, News::RoomAgain(34)]);
    }
}
