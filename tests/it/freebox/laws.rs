//! What must always hold between lanlord and a Freebox, against the simulated one.

use super::house::{House, PATIENCE, Source};

use lanlord_sim::freebox::world::World;

#[test]
fn every_box_is_visited_by_all_parts_without_a_fault() {
    for profile in World::profiles() {
        let house = House::new(profile);
        let mut source = Source::new(house.settings(), PATIENCE);
        for round in 0..3 {
            let seen = source.visit();
            seen.assert_well(&format!("{profile}, round {round}"));
        }
        let counters = house.control.counters();
        assert_eq!((counters.logins, counters.failed_logins, counters.writes), (1, 0, 0), "{profile}");
        assert!(counters.most_concurrent <= 3, "{profile}: {counters:?}");
    }
}
