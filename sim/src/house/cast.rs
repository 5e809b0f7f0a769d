//! Who can live in a house: a table of roles, from which [`House::new`](super::House::new) casts.
//!
//! Deliberately no addresses: those are drawn. Vendor prefixes are real ones where lanlord may name the vendor.

use super::Kind;

/// What is the same in every house about a device.
pub struct Role {
    /// Its name, or the start of it when the house has several.
    pub name: &'static str,
    /// Whether further devices of this role have the very same name, as two phones of one maker have.
    pub repeats: bool,
    pub kind: Kind,
    /// The first half of its hardware address; none for those that invent one.
    pub vendor: Option<[u8; 3]>,
    /// Whether it speaks IPv6.
    pub ipv6: bool,
    /// Whether its IPv6 addresses hide its hardware address and change.
    pub private: bool,
    pub busy: u32,
    pub download_percent: u32,
    pub home_percent: u32,
    /// How many remote ends it knows.
    pub remotes: u32,
}

/// Quotes, backslash, newline and markup: what a guest may call his phone to see what breaks.
pub const HOSTILE: &str = "bob\"'\\\n<img src=x onerror=alert(1)>";

const fn role(name: &'static str, kind: Kind, vendor: Option<[u8; 3]>) -> Role {
    let (busy, download_percent, home_percent, remotes) = match kind {
        Kind::Router => (1, 60, 10, 3),
        Kind::Nas => (6, 35, 60, 6),
        Kind::Pc => (30, 70, 12, 14),
        Kind::Phone => (12, 75, 4, 10),
        Kind::Tv => (40, 93, 2, 4),
        Kind::Speaker => (6, 85, 5, 3),
        Kind::Camera => (14, 15, 50, 2),
        Kind::Printer => (1, 60, 70, 1),
        Kind::Iot => (2, 45, 8, 2),
    };
    let ipv6 = !matches!(kind, Kind::Camera | Kind::Printer);
    let private = matches!(kind, Kind::Pc | Kind::Phone);
    Role { name, repeats: false, kind, vendor, ipv6, private, busy, download_percent, home_percent, remotes }
}

const AMAZON: Option<[u8; 3]> = Some([0x44, 0x65, 0x0d]);
const APPLE: Option<[u8; 3]> = Some([0xf0, 0x18, 0x98]);
const ESPRESSIF: Option<[u8; 3]> = Some([0x24, 0x0a, 0xc4]);
const HIKVISION: Option<[u8; 3]> = Some([0x44, 0x19, 0xb6]);
const HP: Option<[u8; 3]> = Some([0x3c, 0xd9, 0x2b]);
const INTEL: Option<[u8; 3]> = Some([0x00, 0x1b, 0x21]);
const MIKROTIK: Option<[u8; 3]> = Some([0x4c, 0x5e, 0x0c]);
const RASPBERRY: Option<[u8; 3]> = Some([0xb8, 0x27, 0xeb]);
const ROKU: Option<[u8; 3]> = Some([0xd8, 0x31, 0x34]);
const SONOS: Option<[u8; 3]> = Some([0x00, 0x0e, 0x58]);
const SYNOLOGY: Option<[u8; 3]> = Some([0x00, 0x11, 0x32]);

/// In every house, in this order; the routers and the storage have fixed places in it.
pub const FEW: [Role; 8] = [
    // Nobody talks to the router as to a remote end: what it sends to the world leaves by its other port.
    Role { busy: 0, ..role("router", Kind::Router, MIKROTIK) },
    role("garage-router", Kind::Router, MIKROTIK),
    role("nas", Kind::Nas, SYNOLOGY),
    role(HOSTILE, Kind::Phone, None),
    role("alexa-kitchen", Kind::Speaker, AMAZON),
    role("roku-living", Kind::Tv, ROKU),
    role("anna-laptop", Kind::Pc, INTEL),
    role("camera-door", Kind::Camera, HIKVISION),
];

/// Then these, again and again.
pub const MANY: [Role; 26] = [
    Role { repeats: true, ..role("iphone", Kind::Phone, None) },
    role("tom-desktop", Kind::Pc, INTEL),
    role("pixel-anna", Kind::Phone, None),
    role("printer", Kind::Printer, HP),
    role("thermostat", Kind::Iot, ESPRESSIF),
    role("macbook-lea", Kind::Pc, APPLE),
    role("camera-garden", Kind::Camera, HIKVISION),
    role("tv-bedroom", Kind::Tv, ROKU),
    role("plug-lamp", Kind::Iot, ESPRESSIF),
    role("sonos-bath", Kind::Speaker, SONOS),
    role("pi-hole", Kind::Nas, RASPBERRY),
    role("galaxy-tom", Kind::Phone, None),
    role("plug-washer", Kind::Iot, ESPRESSIF),
    role("work-laptop", Kind::Pc, INTEL),
    role("ipad", Kind::Phone, None),
    role("doorbell", Kind::Camera, HIKVISION),
    role("weather-station", Kind::Iot, ESPRESSIF),
    role("games-pc", Kind::Pc, INTEL),
    role("alexa-bedroom", Kind::Speaker, AMAZON),
    role("solar-inverter", Kind::Iot, ESPRESSIF),
    role("phone-guest", Kind::Phone, None),
    role("vacuum", Kind::Iot, ESPRESSIF),
    role("apple-tv", Kind::Tv, APPLE),
    role("plug-freezer", Kind::Iot, ESPRESSIF),
    role("home-assistant", Kind::Nas, RASPBERRY),
    role("media-pc", Kind::Pc, INTEL),
];

/// Behind the second router.
pub const BEHIND: [Role; super::HOSTS_BEHIND] = [
    role("garage-pc", Kind::Pc, INTEL),
    role("garage-camera", Kind::Camera, HIKVISION),
    role("garage-camera-2", Kind::Camera, HIKVISION),
    role("garage-tv", Kind::Tv, ROKU),
    role("garage-speaker", Kind::Speaker, SONOS),
    role("garage-door", Kind::Iot, ESPRESSIF),
    role("wallbox", Kind::Iot, ESPRESSIF),
    role("garage-heater", Kind::Iot, ESPRESSIF),
    role("garage-tablet", Kind::Phone, None),
    role("garage-printer", Kind::Printer, HP),
];
