//! What one source says about one host on the network. Plain data; whether two sources mean the same host is for others
//! to judge.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Mac, Traffic};

/// What one source says about one host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sighting {
    /// Its hardware address, where it is on our segment.
    pub mac: Option<Mac>,
    /// Its addresses, the one to show first.
    pub addresses: Vec<IpAddr>,
    /// What it is called, the best first; hostile input to whoever shows it.
    pub names: Vec<Name>,
    /// Where it is attached to the network.
    pub attachment: Option<Attachment>,
    /// What it received and sent since the source began to count.
    pub volume: Option<Volume>,
    /// Whether it is connected now; none from a source that does not say.
    pub connected: Option<bool>,
}

impl Sighting {
    /// What to call it.
    pub fn name(&self) -> Option<&Arc<str>> {
        self.names.first().map(|name| &name.text)
    }
}

/// A name, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name; hostile.
    pub text: Arc<str>,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a name comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Our own table: the configuration, the hosts file, reverse DNS.
    Ours,
    /// A person gave it, on the box.
    Person,
    /// The box has chosen it.
    Box,
    /// The host said it when it asked for an address (RFC 2132 §3.14).
    Dhcp,
    /// Multicast DNS (RFC 6762).
    Mdns,
    /// NetBIOS (RFC 1001).
    Netbios,
    /// UPnP or SSDP.
    Upnp,
    /// Something else.
    Other,
}

impl Origin {
    /// As a word.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Ours => "lanlord",
            Origin::Person => "person",
            Origin::Box => "box",
            Origin::Dhcp => "dhcp",
            Origin::Mdns => "mdns",
            Origin::Netbios => "netbios",
            Origin::Upnp => "upnp",
            Origin::Other => "other",
        }
    }
}

/// Where a host is attached to the network.
#[derive(Clone, Debug, PartialEq)]
pub enum Attachment {
    /// A port of a switch.
    Port(Arc<str>),
    /// A radio.
    Radio {
        /// Which: a band or a network's name; hostile.
        radio: Arc<str>,
        /// How well the radio hears the host, in dBm.
        signal_dbm: Option<f64>,
    },
}

/// Bytes of a host, both ways, seen from the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// To the host.
    pub received_bytes: u64,
    /// From the host.
    pub sent_bytes: u64,
    /// Since when.
    pub began: Began,
}

/// Since when a host's bytes are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Began {
    /// Since lanlord first saw the host: whatever there is came while lanlord looked.
    #[default]
    Here,
    /// By somebody else, since before lanlord looked.
    Earlier,
}

impl Volume {
    /// In and out together.
    pub fn bytes(&self) -> u64 {
        self.received_bytes.saturating_add(self.sent_bytes)
    }
}

impl From<Traffic> for Volume {
    fn from(traffic: Traffic) -> Self {
        Self { received_bytes: traffic.received_bytes, sent_bytes: traffic.sent_bytes, began: Began::Here }
    }
}
