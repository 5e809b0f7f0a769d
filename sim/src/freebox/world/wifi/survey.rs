//! What a radio hears of others: neighbours and how full each channel is. Deliberately the result of one scan, which
//! does not change: boxes keep the last one.

use crate::dice::Dice;
use crate::freebox::world::World;
use crate::freebox::world::json::Object;
use crate::freebox::world::profiles::Radio;
use crate::freebox::world::reply::Reply;

/// A neighbour with a sense of humour among the others.
const NEIGHBOURS: [&str; 6] = [
    "Voisin",
    "Livebox-42D0",
    "",
    "Réseau \"de\" \\ l'été\n🐈",
    "FreeWifi_secure",
    "<script>alert(1)</script>",
];

impl World {
    pub(in crate::freebox::world) fn wifi_neighbors(&self, radio: &Radio) -> Reply {
        let mut dice = Dice::new(self.seed, 0x4659_0000 + u64::from(radio.id));
        let fast = radio.band != "2d4g";
        let neighbour = |ssid: &&str| {
            let channel = *dice.pick(channels(radio.band));
            let number = dice.any();
            let capabilities = Object::new()
                .flag("legacy", false)
                .flag("ht", true)
                .flag("vht", fast)
                .flag("he", fast && number & 1 == 0)
                .flag("eht", false);
            Object::new()
                .text("bssid", &format!("02:0C:{:02X}:00:00:{:02X}", number >> 8 & 0xff, number >> 16 & 0xff))
                .text("ssid", ssid)
                .text("band", radio.band)
                .number("channel", channel)
                .text("channel_width", if fast { "80" } else { "20" })
                .number("secondary_channel", if fast { channel + 4 } else { 0 })
                .number("signal", -(dice.between(60, 92) as i64))
                .json("capabilities", capabilities.end())
                .end()
        };
        Reply::items(NEIGHBOURS.iter().map(neighbour).collect())
    }

    pub(in crate::freebox::world) fn wifi_channel_usage(&self, radio: &Radio) -> Reply {
        let mut dice = Dice::new(self.seed, 0x465a_0000 + u64::from(radio.id));
        let usage = |channel: &u32| {
            Object::new()
                .number("channel", channel)
                .text("band", radio.band)
                .number("noise_level", -(dice.between(90, 97) as i64))
                .number("rx_busy_percent", dice.between(1, 40))
                .end()
        };
        Reply::items(channels(radio.band).iter().map(usage).collect())
    }
}

fn channels(band: &str) -> &'static [u32] {
    match band {
        "2d4g" => &[1, 6, 11],
        "6g" => &[5, 21, 37, 53],
        _ => &[36, 52, 100, 116],
    }
}
