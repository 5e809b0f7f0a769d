//! Which boxes there are, as a table: what each is called, what is soldered into it and what its line can do.
//!
//! Deliberately nothing that moves. Models, sensors, ports and radios are as people have published them from their
//! own boxes; where nobody has, a likely value stands, because a client must not care.

mod boxes;
mod parts;

pub use boxes::BOXES;
pub use parts::*;

/// One kind of box on one kind of line.
#[derive(Debug)]
pub struct Profile {
    pub name: &'static str,
    pub device_name: &'static str,
    pub device_type: &'static str,
    pub box_model: &'static str,
    pub box_model_name: &'static str,
    pub board_name: &'static str,
    pub flavor: &'static str,
    pub firmware: &'static str,
    pub next_firmware: &'static str,
    pub api: (u32, u32),
    /// Whether its firmware says what only younger ones say: names of ports, access points of hosts.
    pub recent: bool,
    /// How many hosts of the house it knows.
    pub hosts: usize,
    pub line: Line,
    pub ipv4_port_range: (u32, u32),
    pub cellular: Cellular,
    pub sensors: &'static [Sensor],
    pub fans: &'static [Sensor],
    pub ports: &'static [Port],
    pub radios: &'static [Radio],
    pub guest: Guest,
    pub wifi_type: &'static str,
    pub disks: &'static [Disk],
    pub raid: bool,
    pub bays: u32,
    pub lan_sfp: bool,
    pub standby: bool,
    pub vm: bool,
    pub vpn_server: bool,
    pub vpn_client: bool,
    pub freeplug: Freeplug,
}

/// Every name that [`World::new`](super::World::new) takes.
pub const NAMES: [&str; 14] = [
    "revolution-adsl",
    "revolution-adsl-bridge",
    "revolution-vdsl",
    "revolution-vdsl-bridge",
    "revolution-ftth",
    "revolution-ftth-bridge",
    "delta-4g",
    "delta-4g-bridge",
    "pop-ftth",
    "pop-ftth-bridge",
    "ultra",
    "ultra-bridge",
    "mini-light",
    "mini-light-bridge",
];

/// The box of that name, and whether it is a bridge.
pub fn find(name: &str) -> Result<(&'static Profile, bool), String> {
    let bare = name.strip_suffix("-bridge");
    let found = BOXES.iter().find(|profile| profile.name == bare.unwrap_or(name));
    let unknown = || format!("no profile `{name}`: there are `{}`", NAMES.join("`, `"));
    found.map(|profile| (*profile, bare.is_some())).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_box_has_both_its_names_and_every_name_a_box() {
        assert!(NAMES.iter().all(|name| find(name).is_ok()));
        assert_eq!(NAMES.len(), 2 * BOXES.len());
        let error = find("minitel").unwrap_err();
        assert!(error.starts_with("no profile `minitel`: there are `revolution-adsl`, "), "{error}");
    }
}
