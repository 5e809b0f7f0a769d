//! How a visit ended, as the runner tells it and every output shows it. It does not visit and does not count: `visit`
//! does.

use std::time::Duration;

use super::Timestamp;

/// Why a visit failed, named by who must act. Five values, forever: they are a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nobody there: no link, no route, no such interface.
    Unreachable,
    /// It did not answer by the deadline.
    TimedOut,
    /// It said no: credentials, permission, a pin that does not match.
    Refused,
    /// It answered what no such device should.
    Misbehaved,
    /// It is of a kind or version that we cannot read.
    Unsupported,
}

impl Reason {
    /// Every reason, for families that begin at zero.
    pub const ALL: [Reason; 5] =
        [Reason::Unreachable, Reason::TimedOut, Reason::Refused, Reason::Misbehaved, Reason::Unsupported];

    /// The label value.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Unreachable => "unreachable",
            Reason::TimedOut => "timed_out",
            Reason::Refused => "refused",
            Reason::Misbehaved => "misbehaved",
            Reason::Unsupported => "unsupported",
        }
    }
}

/// How a visit ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It brought data.
    Ok,
    /// It brought none.
    Failed {
        /// Who must act.
        reason: Reason,
        /// Narrower than the reason: `no_interface`, `no_privilege` …; for the page and the log.
        code: &'static str,
        /// What happened, where, and what to do.
        message: String,
    },
}

impl Outcome {
    /// Whether it brought data.
    pub fn is_ok(&self) -> bool {
        matches!(self, Outcome::Ok)
    }
}

/// One visit, with what the runner has counted of this part so far.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The kind of source: `wire`, `freebox` …
    pub kind: &'static str,
    /// When it began.
    pub taken_at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// How it ended.
    pub outcome: Outcome,
    /// What could not be had although the visit succeeded.
    pub faults: Vec<String>,
    /// Sums since the start.
    pub tally: Tally,
}

/// What the runner counts of a part since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Visits that brought data.
    pub ok: u64,
    /// Visits that failed, in the order of [`Reason::ALL`].
    pub failed: [u64; 5],
    /// Faults of visits that brought data.
    pub faults: u64,
    /// What caps folded away.
    pub folded: u64,
    /// When data last came.
    pub success_at: Option<Timestamp>,
}
