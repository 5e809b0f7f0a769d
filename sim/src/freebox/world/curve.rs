//! A rate that moves smoothly and is never negative, whose integral is known exactly: what counters are made of.
//!
//! Deliberately no noise: a counter must be the integral of the rate that is reported, and whoever samples the rate
//! every few seconds must find the same within one per cent.

use std::f64::consts::TAU;

use super::Millis;
use crate::dice::Dice;

/// How far each wave goes, as a share of the base (together below one), and the shortest and longest period in seconds.
/// The shortest is many samples long.
const WAVES: [(f64, usize, usize); 3] = [(0.25, 240, 900), (0.35, 1_800, 7_200), (0.3, 80_000, 90_000)];

/// A base and three waves around it.
#[derive(Clone, Debug)]
pub struct Curve {
    base: f64,
    waves: [(f64, f64, f64); 3],
}

impl Curve {
    /// Around that base, per second.
    pub fn new(dice: &mut Dice, base: f64) -> Self {
        let waves = WAVES.map(|(share, shortest, longest)| {
            let phase = dice.below(6_283) as f64 / 1_000.0;
            (share * base, TAU / dice.between(shortest, longest) as f64, phase)
        });
        Self { base, waves }
    }

    /// The rate at that moment, per second.
    pub fn at(&self, moment: Millis) -> f64 {
        let t = seconds(moment);
        self.base
            + self.waves.iter().map(|(height, speed, phase)| height * (speed * t + phase).sin()).sum::<f64>()
    }

    /// How much there was between two moments.
    pub fn between(&self, from: Millis, to: Millis) -> f64 {
        let (a, b) = (seconds(from), seconds(to));
        let wave = |(height, speed, phase): &(f64, f64, f64)| {
            height / speed * ((speed * a + phase).cos() - (speed * b + phase).cos())
        };
        self.base * (b - a) + self.waves.iter().map(wave).sum::<f64>()
    }
}

fn seconds(moment: Millis) -> f64 {
    moment as f64 / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_sum_of_many_thin_slices_of_the_rate() {
        let curve = Curve::new(&mut Dice::new(3, 4), 1_000.0);
        let slices: f64 = (0..3_600_000).step_by(100).map(|at| curve.at(at + 50) * 0.1).sum();
        let area = curve.between(0, 3_600_000);
        assert!((slices / area - 1.0).abs() < 1e-6, "{slices} and {area}");
    }

    #[test]
    fn a_rate_is_never_negative() {
        let curve = Curve::new(&mut Dice::new(5, 6), 10.0);
        assert!((0..200_000_000).step_by(30_000).all(|at| curve.at(at) > 0.0));
    }
}
