//! The state of the line: copper that synchronises, glass that is plugged, and the connection on top of them.
//!
//! Deliberately no bodies, and no idea of who uses the line.

use super::profiles::{Line, Profile};
use super::{Millis, SECOND, World};

/// What the connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing.
    Down,
    /// Coming, until then.
    GoingUp(Millis),
    /// There, since then.
    Up(Millis),
    /// Leaving, until then.
    GoingDown(Millis),
}

/// How copper synchronises, in this order and for so many seconds each.
pub const STAGES: [(&str, Millis); 4] =
    [("training", 10), ("started", 5), ("chan_analysis", 10), ("msg_exchange", 5)];

/// What copper is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// The stage of [`STAGES`], until then.
    Stage(usize, Millis),
    /// In use since then.
    Showtime(Millis),
}

/// What is wrong with the glass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glass {
    /// Nothing.
    Lit,
    /// The module is there, and no light.
    Dark,
    /// The module is not there.
    Unplugged,
}

/// One line of the box's diary.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub id: u64,
    pub of_link: bool,
    pub up: bool,
    pub at: Millis,
}

/// The whole line.
#[derive(Clone, Debug)]
pub struct Wan {
    /// The connection.
    pub state: State,
    /// The copper; what it says means nothing on glass.
    pub sync: Sync,
    /// The glass; what it says means nothing on copper.
    pub glass: Glass,
    /// Somebody wants it down.
    pub held_down: bool,
    /// It goes by the cellular network.
    pub on_backup: bool,
    /// There is a card in the cellular module.
    pub sim: bool,
    /// Bytes since the connection is up.
    pub down: f64,
    /// Bytes since the connection is up.
    pub up: f64,
    /// The diary, oldest first.
    pub diary: Vec<Entry>,
}

/// How many lines of the diary are kept.
const DIARY: usize = 200;
/// How long a connection takes to come.
const COMING: Millis = 5 * SECOND;

impl Wan {
    /// Up for that long already.
    pub fn new(since: Millis, sim: bool) -> Self {
        let entry = |id, of_link, up, at| Entry { id, of_link, up, at };
        let diary = vec![
            entry(12, true, false, since - 95 * SECOND),
            entry(13, false, false, since - 95 * SECOND),
            entry(14, true, true, since - 5 * SECOND),
            entry(15, false, true, since),
        ];
        Self {
            state: State::Up(since),
            sync: Sync::Showtime(since - 5 * SECOND),
            glass: Glass::Lit,
            held_down: false,
            on_backup: false,
            sim,
            down: 0.0,
            up: 0.0,
            diary,
        }
    }

    /// Copper begins again from nothing.
    pub fn resync(&mut self, now: Millis) {
        self.sync = Sync::Stage(0, now + STAGES[0].1 * SECOND);
    }

    /// The next moment at which something here ends by itself.
    pub fn next(&self) -> Option<Millis> {
        let state = match self.state {
            State::GoingUp(until) | State::GoingDown(until) => Some(until),
            State::Up(_) | State::Down => None,
        };
        let sync = match self.sync {
            Sync::Stage(_, until) => Some(until),
            Sync::Showtime(_) => None,
        };
        state.into_iter().chain(sync).min()
    }

    /// Writes into the diary.
    pub fn note(&mut self, of_link: bool, up: bool, at: Millis) {
        let id = self.diary.last().map_or(1, |entry| entry.id + 1);
        self.diary.push(Entry { id, of_link, up, at });
        if self.diary.len() > DIARY {
            self.diary.remove(0);
        }
    }

    fn link(&self, profile: &Profile) -> bool {
        match profile.line {
            Line::Dsl(_) => matches!(self.sync, Sync::Showtime(_)),
            Line::Fibre(_) => self.glass == Glass::Lit,
        }
    }

    fn begin(&mut self, state: State) {
        (self.state, self.down, self.up) = (state, 0.0, 0.0);
    }

    /// Lets everything happen that is due.
    pub fn settle(&mut self, profile: &Profile, now: Millis) {
        while let Sync::Stage(stage, until) = self.sync {
            if until > now {
                break;
            }
            self.sync = match STAGES.get(stage + 1) {
                Some((_, seconds)) => Sync::Stage(stage + 1, until + seconds * SECOND),
                None => Sync::Showtime(until),
            };
            if let Sync::Showtime(_) = self.sync {
                self.note(true, true, until);
            }
        }
        let wanted = !self.held_down && (self.on_backup || self.link(profile));
        // What has left may come again at once.
        if let State::GoingDown(until) = self.state
            && until <= now
        {
            self.begin(State::Down);
            self.note(false, false, until);
        }
        match self.state {
            State::Down if wanted => self.begin(State::GoingUp(now + COMING)),
            State::GoingUp(_) if !wanted => self.begin(State::Down),
            State::GoingUp(until) if until <= now => {
                self.begin(State::Up(until));
                self.note(false, true, until);
            }
            State::Up(_) if !wanted => {
                self.begin(State::Down);
                self.note(false, false, now);
            }
            _ => {}
        }
    }
}

impl World {
    /// How much of what the house wants gets through: nothing without a connection, little by radio.
    pub(super) fn share(&self) -> f64 {
        match self.wan.state {
            State::Up(_) if self.wan.on_backup => 0.05,
            State::Up(_) => 1.0,
            _ => 0.0,
        }
    }

    /// The connection, begun anew: what a box does after it lost its session with the provider.
    pub(super) fn reconnect(&mut self) {
        if let State::Up(_) = self.wan.state {
            self.wan.note(false, false, self.now);
        }
        self.wan.begin(State::GoingUp(self.now + COMING));
    }
}
