//! What boxes are made of: lines, sensors, ports, radios, disks. Deliberately only types; who has what is in the table
//! beside this.

/// How it is joined to the provider.
#[derive(Debug)]
pub enum Line {
    /// By copper.
    Dsl(Dsl),
    /// By glass.
    Fibre(Fibre),
}

/// A copper line at rest; rates are kbit/s, noise margins and attenuations tenths of a dB.
#[derive(Debug)]
pub struct Dsl {
    pub connection_type: &'static str,
    pub protocol: &'static str,
    pub modulation: &'static str,
    pub down: DslSide,
    pub up: DslSide,
    /// Whether a line that is not in use leaves its counters away; older firmwares say 0.
    pub silent_when_down: bool,
}

/// One direction of a copper line.
#[derive(Debug)]
pub struct DslSide {
    pub maxrate: u64,
    pub rate: u64,
    pub snr_10: i64,
    pub attn_10: i64,
    pub phyr: bool,
    pub ginp: bool,
    pub nitro: bool,
    /// How many of `fec`, `crc`, `hec`, `es`, `ses` and retransmissions there are in an hour.
    pub hourly: [u64; 6],
}

/// A glass line; capacities are bit/s.
#[derive(Debug)]
pub struct Fibre {
    pub down: u64,
    pub up: u64,
    pub model: &'static str,
    pub vendor: &'static str,
    pub report: Report,
}

/// What the optical module says of its power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Report {
    /// Hundredths of a dBm.
    Given,
    /// Nothing: the keys are missing.
    Absent,
    /// Nothing: the keys are there and 0.
    Zero,
}

/// Whether and how it speaks to a cellular network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cellular {
    /// No module.
    None,
    /// A module beside the line, with a card.
    Aggregation,
    /// A module for when the line is gone; the card comes later, if ever.
    Backup,
}

/// A thermometer or a fan.
#[derive(Debug)]
pub struct Sensor {
    /// What it is called for programs.
    pub id: &'static str,
    /// What it is called for people, in French.
    pub name: &'static str,
    /// Around what it moves, in °C or revolutions per minute.
    pub base: f64,
    /// How it is read.
    pub reads: Reads,
}

/// How a sensor is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// As one expects.
    Well,
    /// It is listed without a value.
    Nothing,
    /// Always 0: the bay is empty.
    Zero,
    /// As the disk of that identity.
    Disk(u32),
}

/// A socket for a cable.
#[derive(Debug)]
pub struct Port {
    pub id: u32,
    pub name: &'static str,
    pub rrd_id: &'static str,
    /// In Mbit/s.
    pub speed: u32,
    pub role: Role,
}

/// What is plugged into a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The network storage, alone.
    Storage,
    /// Everything else that has a cable, by way of a switch that has no address.
    Rest,
    /// Something that says nothing: the list of its addresses is `{}`.
    Silent,
    /// No cable: what is said of speed means nothing.
    Unplugged,
    /// A socket of another kind with no cable, whose rates are -1.
    Odd,
    /// The same, without counters.
    Bare,
}

/// A Wi-Fi radio.
#[derive(Debug)]
pub struct Radio {
    pub id: u32,
    pub name: &'static str,
    pub band: &'static str,
    pub width: &'static str,
    pub channel: u32,
    pub secondary: u32,
    /// Whether it must listen for radar for a minute before it speaks (ETSI EN 301 893).
    pub radar: bool,
    pub standard: &'static str,
}

/// The Wi-Fi for guests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guest {
    /// Switched off: its interface does not exist.
    Off,
    /// On, and nobody comes.
    Empty,
    /// On, for whoever in the house is a guest.
    Used,
}

/// A disk and its one partition; sizes are bytes.
#[derive(Debug)]
pub struct Disk {
    pub id: u32,
    pub kind: &'static str,
    pub model: &'static str,
    pub serial: &'static str,
    pub firmware: &'static str,
    pub total: u64,
    /// In °C; 0 for one that does not know.
    pub temp: f64,
    pub label: &'static str,
    pub path: &'static str,
    pub partition: bool,
}

/// Adapters for the mains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freeplug {
    /// A pair of them.
    Pair,
    /// None plugged.
    None,
    /// The box knows nothing of such things.
    Unknown,
}
