//! The house on the wire: frames in the order of time, and the truth about them.
//!
//! Deliberately a stream: a scene of a few frames is made, handed out and forgotten, so two million frames take no
//! more memory than two thousand.

mod ethernet;
mod ip;
mod link;
mod mix;
mod names;
mod neighbours;
mod stage;
mod talk;
mod transport;
mod tunnel;
mod unusual;

use std::time::Duration;

use crate::dice::Dice;
use crate::house::House;
use crate::truth::Truth;
use mix::Mix;
use stage::Stage;

/// When every run begins: 2026-01-01T00:00:00Z, in seconds since the epoch of Unix.
pub const START: Duration = Duration::from_secs(1_767_225_600);

/// How much to send.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many frames.
    pub packets: u64,
    /// Over how much simulated time they are spread.
    pub duration: Duration,
}

/// One frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// When it was sent, since the epoch of Unix; never before the frame that came earlier.
    pub at: Duration,
    /// All of it, from the destination address on, without check sequence.
    pub bytes: &'a [u8],
}

/// The frames of a house, one after the other. Every kind of frame that the house can send comes once within the
/// first few hundred; then they come as often as they do in homes.
pub struct Traffic<'h> {
    stage: Stage<'h>,
    mix: Mix,
    clock: Dice,
    plan: Plan,
    sent: u64,
    truth: Truth,
}

impl<'h> Traffic<'h> {
    /// Nothing sent yet. The house's seed decides everything.
    pub fn new(house: &'h House, plan: Plan) -> Self {
        Self {
            stage: Stage::new(house),
            mix: Mix::default(),
            clock: Dice::new(house.seed, 3),
            plan,
            sent: 0,
            truth: Truth::default(),
        }
    }

    /// The next frame, already in the truth; none after as many as planned.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        if self.sent == self.plan.packets {
            return None;
        }
        let since_start = self.moment();
        let waiting = loop {
            if let Some(waiting) = self.stage.waiting.pop_front() {
                break waiting;
            }
            self.stage.clear(since_start);
            self.mix.play(&mut self.stage);
        };
        self.sent += 1;
        self.truth.count(waiting.cast, waiting.bytes.len(), &waiting.meant);
        Some(Frame { at: START + since_start, bytes: &self.stage.bytes[waiting.bytes] })
    }

    /// Each frame has a share of the time of its own and comes somewhere within it, so time never goes backwards.
    fn moment(&mut self) -> Duration {
        let share = self.plan.duration.as_nanos() / u128::from(self.plan.packets);
        let begin = self.plan.duration.as_nanos() * u128::from(self.sent) / u128::from(self.plan.packets);
        let within = self.clock.below(usize::try_from(share).unwrap_or(usize::MAX));
        Duration::from_nanos(u64::try_from(begin + within as u128).unwrap_or(u64::MAX))
    }

    /// The truth about the frames handed out so far.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }
}

#[cfg(test)]
mod tests;
