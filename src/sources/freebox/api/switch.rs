//! `switch/` and `sfp/`: the ports for cables (dev.freebox.fr/sdk/os/switch, and the documentation on boxes of API 16
//! for the cage).

use serde::Deserialize;

use super::lenient::{Flag, Int, Listed, Text};

/// A port as `switch/status/` lists it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Port {
    /// 1 to 5 on most boxes; 9999 is the cage of a Delta.
    pub id: Int,
    /// For people; only recent firmware.
    pub name: Text,
    /// `up` or `down`.
    pub link: Text,
    /// `full` or `half`; means nothing while the link is down.
    pub duplex: Text,
    /// In Mbit/s, as text; means nothing while the link is down.
    pub speed: Int,
    /// `1000BaseT-FD` …; means nothing while the link is down.
    pub mode: Text,
    /// Who is behind it.
    pub mac_list: Listed<Station>,
}

/// Somebody behind a port.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Station {
    /// Its hardware address.
    pub mac: Text,
    /// Its name; hostile.
    pub hostname: Text,
}

/// Counters of a port from `switch/port/{id}/stats`, seen from the port: `rx` is what the device behind it sent. The
/// rates are -1 where there is none.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "as the box calls them")]
pub struct Stats {
    pub rx_packets_rate: Int,
    pub rx_bytes_rate: Int,
    pub rx_good_bytes: Int,
    pub rx_good_packets: Int,
    pub rx_unicast_packets: Int,
    pub rx_multicast_packets: Int,
    pub rx_broadcast_packets: Int,
    pub rx_bad_bytes: Int,
    pub rx_err_packets: Int,
    pub rx_fcs_packets: Int,
    pub rx_fragments_packets: Int,
    pub rx_jabber_packets: Int,
    pub rx_oversize_packets: Int,
    pub rx_undersize_packets: Int,
    pub rx_pause: Int,
    pub tx_packets_rate: Int,
    pub tx_bytes_rate: Int,
    pub tx_bytes: Int,
    pub tx_packets: Int,
    pub tx_unicast_packets: Int,
    pub tx_multicast_packets: Int,
    pub tx_broadcast_packets: Int,
    pub tx_collisions: Int,
    pub tx_deferred: Int,
    pub tx_excessive: Int,
    pub tx_fcs: Int,
    pub tx_late: Int,
    pub tx_multiple: Int,
    pub tx_single: Int,
    pub tx_pause: Int,
}

/// The cage for a module on the side of the house, from `sfp/status`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sfp {
    /// Whether there is a module in it.
    pub present: Flag,
    /// Whether what the module says of itself can be read.
    pub eeprom_valid: Flag,
    /// Whether the box can use it.
    pub supported: Flag,
    /// `p2p_10g`, `copper_1g` …
    #[serde(rename = "type")]
    pub kind: Text,
    /// Whether it has power.
    pub power_good: Flag,
    /// Whether there is a link.
    pub link: Flag,
    /// Who made it; may be padded with spaces.
    pub vendor_name: Text,
    /// Which it is.
    pub part_number: Text,
    /// Of which revision.
    pub hardware_rev: Text,
    /// Its own number.
    pub serial_number: Text,
}
