//! The one source of chance: the same seed and stream roll the same numbers on every machine and in every year.
//!
//! Deliberately does not use the ranges and distributions of `rand`: their results may change between versions.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;

/// A seeded generator with the few kinds of roll that a house needs.
#[derive(Clone, Debug)]
pub struct Dice(Pcg64Mcg);

impl Dice {
    /// Dice of their own for each `stream`, so that a roll more in one place changes nothing elsewhere.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self(Pcg64Mcg::new((u128::from(scatter(stream)) << 64) | u128::from(scatter(seed))))
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// From 0 up to but not including `limit`; 0 when the limit is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        // The upper half of the product; its bias is far below what anybody could see in a capture.
        ((u128::from(self.any()) * limit as u128) >> 64) as usize
    }

    /// From `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }

    /// True in `percent` of a hundred rolls.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent as usize
    }

    /// One of the items, which must not be none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// An order without order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// SplitMix64's finalizer (Steele, Lea, Flood 2014): neighbouring numbers in, unrelated numbers out.
pub fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scatter_gives_the_published_first_numbers_of_splitmix64() {
        // The first two outputs of the reference splitmix64.c for the seed 1234567.
        assert_eq!(scatter(1_234_567), 6_457_827_717_110_365_317);
        assert_eq!(scatter(1_234_567_u64.wrapping_add(0x9e37_79b9_7f4a_7c15)), 3_203_168_211_198_807_973);
    }

    #[test]
    fn rolls_stay_within_their_limits_and_reach_both_ends() {
        let mut dice = Dice::new(1, 2);
        let mut seen = [0; 6];
        for _ in 0..1_000 {
            seen[dice.between(1, 6) - 1] += 1;
        }
        assert!(seen.iter().all(|&count| count > 100), "{seen:?}");
    }

    #[test]
    fn streams_of_one_seed_differ() {
        assert_ne!(Dice::new(1, 1).any(), Dice::new(1, 2).any());
        assert_ne!(Dice::new(1, 1).any(), Dice::new(2, 1).any());
    }
}
