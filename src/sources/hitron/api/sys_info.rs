//! `getSysInfo`: version, uptime, clock, addresses and traffic.

use super::super::quantity::{self, Bytes, Clock};
use super::body::FromRow;
use super::field::{Complaints, Row};

/// What it says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SysInfo {
    /// `2D`.
    pub hardware_version: Option<String>,
    /// `4.5.10.201-CD-UPC`.
    pub software_version: Option<String>,
    /// Its serial number.
    pub serial_number: Option<String>,
    /// Its hardware address on the cable, as it writes it.
    pub rf_mac: Option<String>,
    /// Its addresses towards the internet, with the length of the prefix.
    pub wan_ip: Option<String>,
    /// Its address towards the house, with the length of the prefix.
    pub lan_ip: Option<String>,
    /// Seconds since it started.
    pub uptime: Option<u64>,
    /// What its clock shows.
    pub clock: Option<Clock>,
    /// Bytes that it received from the house; the field is called `LRecPkt`, and yet has bytes.
    pub lan_received: Option<Bytes>,
    /// Bytes that it sent to the house.
    pub lan_sent: Option<Bytes>,
    /// Bytes that it received from the internet.
    pub wan_received: Option<Bytes>,
    /// Bytes that it sent to the internet.
    pub wan_sent: Option<Bytes>,
}

impl FromRow for SysInfo {
    fn from_row(row: &Row, complaints: &mut Complaints) -> Option<Self> {
        Some(Self {
            hardware_version: row.text("hwVersion", complaints),
            software_version: row.text("swVersion", complaints),
            serial_number: row.text("serialNumber", complaints),
            rf_mac: row.text("rfMac", complaints),
            wan_ip: row.text("wanIp", complaints),
            lan_ip: row.text("lanIp", complaints),
            uptime: row.read("systemUptime", complaints, quantity::duration),
            clock: row.read("systemTime", complaints, quantity::clock),
            lan_received: row.read("LRecPkt", complaints, quantity::bytes),
            lan_sent: row.read("LSendPkt", complaints, quantity::bytes),
            wan_received: row.read("WRecPkt", complaints, quantity::bytes),
            wan_sent: row.read("WSendPkt", complaints, quantity::bytes),
        })
    }
}
