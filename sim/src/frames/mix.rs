//! Which scene comes next: a table of scenes and how often each is played.
//!
//! Deliberately the only place that knows all scenes; a scene knows nothing of its neighbours.

use super::ethernet::Tags;
use super::stage::Stage;
use super::{link, names, neighbours, talk, tunnel, unusual};

/// A few frames that belong together.
struct Scene {
    /// How often, relative to the others.
    weight: usize,
    play: fn(&mut Stage),
}

/// Weights are about scenes per 10,000. A home's wire is mostly talk; the rest is what trips programs up.
const SCENES: &[Scene] = &[
    Scene { weight: 9_260, play: talk::talk },
    Scene { weight: 160, play: names::dns },
    Scene { weight: 60, play: names::mdns },
    Scene { weight: 40, play: names::ssdp },
    Scene { weight: 6, play: names::dhcp },
    Scene { weight: 20, play: names::nbns },
    Scene { weight: 40, play: neighbours::arp },
    Scene { weight: 50, play: neighbours::discovery },
    Scene { weight: 8, play: neighbours::router_advertisement },
    Scene { weight: 40, play: neighbours::echo },
    Scene { weight: 8, play: neighbours::unreachable },
    Scene { weight: 15, play: neighbours::mld },
    Scene { weight: 15, play: neighbours::igmp },
    Scene { weight: 12, play: tunnel::six_in_four },
    Scene { weight: 10, play: tunnel::gre },
    Scene { weight: 10, play: tunnel::ds_lite },
    Scene { weight: 20, play: tunnel::pppoe },
    Scene { weight: 4, play: tunnel::pppoe_control },
    Scene { weight: 10, play: unusual::fragments },
    Scene { weight: 15, play: unusual::extension_headers },
    Scene { weight: 3, play: unusual::esp },
    Scene { weight: 3, play: link::lldp },
    Scene { weight: 15, play: link::spanning_tree },
    Scene { weight: 4, play: link::unknown_ethertype },
];

/// Tags seen on a trunk: priority only (VLAN 0), guests, things, and what a provider adds.
const TAGS: [Tags; 4] = [Tags::One(0x6000), Tags::One(20), Tags::One(0x2000 | 30), Tags::Two(835, 20)];

/// Chooses scenes: first each one once, then by weight.
#[derive(Default)]
pub struct Mix {
    played: usize,
}

impl Mix {
    /// Plays the next scene.
    pub fn play(&mut self, stage: &mut Stage) {
        let opening = self.played;
        self.played += 1;
        // The opening is every scene untagged, then an echo for each kind of tag.
        if let Some(scene) = SCENES.get(opening) {
            return (scene.play)(stage);
        }
        if let Some(&tags) = TAGS.get(opening - SCENES.len()) {
            stage.tags = tags;
            return neighbours::echo(stage);
        }
        if stage.dice.below(1_000) < 11 {
            stage.tags = *stage.dice.pick(&TAGS);
        }
        let mut roll = stage.dice.below(SCENES.iter().map(|scene| scene.weight).sum());
        for scene in SCENES {
            if roll < scene.weight {
                return (scene.play)(stage);
            }
            roll -= scene.weight;
        }
    }
}
