//! What was meant, as plain figures: for tests that compare a client with the world and not with the box's bodies.
//! Deliberately without the oddities of how a box says things, and in base units.

use super::World;
use super::devices::Joint;
use super::profiles::{Disk, DslSide, Line, Port, Radio, Report};
use super::switch::{extra_active, mac};
use super::wan::{Glass, State};

/// The world at one moment.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Truth {
    /// Seconds since 1970, by the box's calendar.
    pub now: u64,
    pub uptime_seconds: u64,
    pub firmware: &'static str,
    pub line: LineTruth,
    /// Copper, where there is some.
    pub xdsl: Option<XdslTruth>,
    /// Received and sent dBm, where the box has and says them.
    pub optical_dbm: Option<(f64, f64)>,
    /// Thermometers that have a value: identity and °C. An empty bay has 0.
    pub temperatures: Vec<(&'static str, f64)>,
    /// Fans that have a value: identity and revolutions per minute.
    pub fans: Vec<(&'static str, f64)>,
    pub ports: Vec<PortTruth>,
    pub radios: Vec<RadioTruth>,
    /// Hosts of the house, without the crowd of the event `hosts=N`; none in a bridge.
    pub hosts: Vec<HostTruth>,
    /// Rows of `lan/browser/pub`, with the crowd and those that are listed twice.
    pub hosts_listed: usize,
    /// Those of them that are there.
    pub hosts_active: usize,
    /// Rows of `dhcp/dynamic_lease`.
    pub leases: usize,
    /// Rows of `dhcp/static_lease`.
    pub static_leases: usize,
    pub disks: Vec<DiskTruth>,
    /// People who are connected to the VPN server.
    pub vpn_connections: usize,
    /// Rows of `connection/logs`.
    pub log_entries: usize,
    pub bridge: bool,
}

/// The connection.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct LineTruth {
    pub up: bool,
    pub media: &'static str,
    /// Bytes per second.
    pub rate_down: f64,
    /// Bytes per second.
    pub rate_up: f64,
    /// Bits per second; 0 while down.
    pub capacity_down: u64,
    /// Bits per second; 0 while down.
    pub capacity_up: u64,
    /// Since the connection is up.
    pub bytes_down: f64,
    /// Since the connection is up.
    pub bytes_up: f64,
}

/// A copper line.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct XdslTruth {
    pub status: &'static str,
    /// Since it is in use; 0 while it is not.
    pub uptime_seconds: u64,
    pub down: XdslSideTruth,
    pub up: XdslSideTruth,
}

/// One direction of a copper line; all 0 while it is not in use.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct XdslSideTruth {
    /// Bits per second.
    pub rate: u64,
    /// Bits per second.
    pub max_rate: u64,
    pub snr_db: f64,
    pub attenuation_db: f64,
    pub fec: u64,
    pub crc: u64,
    pub hec: u64,
    pub es: u64,
    pub ses: u64,
}

/// A port of the switch.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct PortTruth {
    pub id: u32,
    pub up: bool,
    /// Bits per second, where there is a link.
    pub speed: Option<u64>,
    /// What the house sent into it.
    pub rx_bytes: f64,
    /// What the box sent out of it.
    pub tx_bytes: f64,
    /// Bytes per second.
    pub rx_rate: f64,
    /// Bytes per second.
    pub tx_rate: f64,
    /// Hardware addresses heard on it, in capitals.
    pub macs: Vec<String>,
}

/// A radio.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct RadioTruth {
    pub id: u32,
    pub band: &'static str,
    pub state: &'static str,
    pub channel: u32,
    /// Hardware addresses of its stations, in capitals.
    pub stations: Vec<String>,
}

/// A host.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct HostTruth {
    pub name: String,
    /// In capitals.
    pub mac: String,
    pub ipv4: String,
    pub active: bool,
    /// The port it is on, for a host with a cable.
    pub port: Option<u32>,
    /// The radio it is on, for a host without one.
    pub radio: Option<u32>,
    pub guest: bool,
    /// dBm, for a host without a cable.
    pub signal_dbm: Option<i64>,
    /// What it sent since it is attached.
    pub rx_bytes: f64,
    /// What it got since it is attached.
    pub tx_bytes: f64,
    pub last_seen: u64,
}

/// A disk.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DiskTruth {
    pub id: u32,
    pub total_bytes: u64,
    /// °C, where it knows.
    pub temperature: Option<f64>,
    /// Total, used and free bytes of its partition, where it has one.
    pub partition: Option<(u64, u64, u64)>,
}

impl World {
    /// What is meant at this moment.
    pub fn truth(&self) -> Truth {
        let listed = if self.bridge { 0 } else { self.listed() + self.extras() as usize };
        let present = self.devices.iter().filter(|device| device.since.is_some() && !device.guest).count();
        let crowd = (0..self.extras()).filter(|&nth| extra_active(nth)).count();
        let sensors = self.profile.sensors.iter();
        let fans = self.profile.fans.iter();
        Truth {
            now: self.now(),
            uptime_seconds: self.seconds_since(self.booted),
            firmware: self.firmware,
            line: self.line_truth(),
            xdsl: self.xdsl_truth(),
            optical_dbm: self.optical_truth(),
            temperatures: sensors.filter_map(|one| Some((one.id, self.degrees(one)? as f64))).collect(),
            fans: fans.filter_map(|one| Some((one.id, self.turns(one)? as f64))).collect(),
            ports: self.port_truths(),
            radios: self.radio_truths(),
            hosts: self.host_truths(),
            hosts_listed: listed,
            hosts_active: present + crowd,
            leases: self.devices.iter().filter(|device| self.lease(device).is_some()).count(),
            static_leases: self.devices.iter().filter(|device| device.fixed && !self.bridge).count(),
            disks: self.disk_truths(),
            vpn_connections: usize::from(self.profile.vpn_server && self.tunnels_since().is_some()),
            log_entries: self.wan.diary.len(),
            bridge: self.bridge,
        }
    }

    fn line_truth(&self) -> LineTruth {
        let (rate_down, rate_up) = self.line_rates();
        let (capacity_down, capacity_up) = self.capacity_now();
        LineTruth {
            up: matches!(self.wan.state, State::Up(_)),
            media: self.media(),
            rate_down,
            rate_up,
            capacity_down,
            capacity_up,
            bytes_down: self.wan.down,
            bytes_up: self.wan.up,
        }
    }

    fn xdsl_truth(&self) -> Option<XdslTruth> {
        let Line::Dsl(dsl) = &self.profile.line else { return None };
        let (status, since) = self.xdsl_status();
        let side = |facts: &DslSide, purpose| {
            let said = self.xdsl_side(facts, purpose, since);
            let [fec, crc, hec, es, ses, _] = said.counts;
            XdslSideTruth {
                rate: said.rate * 1_000,
                max_rate: said.maxrate * 1_000,
                snr_db: said.snr_10 as f64 / 10.0,
                attenuation_db: said.attn_10 as f64 / 10.0,
                fec,
                crc,
                hec,
                es,
                ses,
            }
        };
        let uptime_seconds = since.map_or(0, |since| self.seconds_since(since));
        Some(XdslTruth { status, uptime_seconds, down: side(&dsl.down, 20), up: side(&dsl.up, 30) })
    }

    fn optical_truth(&self) -> Option<(f64, f64)> {
        let Line::Fibre(fibre) = &self.profile.line else { return None };
        let reports = fibre.report == Report::Given && !self.oddities.no_power_report;
        let (received, sent) = self.optical_power();
        let there = reports && self.wan.glass != Glass::Unplugged;
        there.then_some((received as f64 / 100.0, sent as f64 / 100.0))
    }

    fn port_truths(&self) -> Vec<PortTruth> {
        let one = |(port, (rx, tx)): (&Port, &(f64, f64))| {
            let (rx_rate, tx_rate) = self.port_rates(port);
            let up = self.port_up(port);
            PortTruth {
                id: port.id,
                up,
                speed: up.then_some(u64::from(port.speed) * 1_000_000),
                rx_bytes: *rx,
                tx_bytes: *tx,
                rx_rate,
                tx_rate,
                macs: self.heard(port).into_iter().map(|(mac, _)| mac).collect(),
            }
        };
        self.profile.ports.iter().zip(&self.ports).map(one).collect()
    }

    fn radio_truths(&self) -> Vec<RadioTruth> {
        let radios = self.profile.radios.iter();
        let one = |radio: &Radio| RadioTruth {
            id: radio.id,
            band: radio.band,
            state: self.ap_state(radio),
            channel: radio.channel,
            stations: self.stations(radio).map(mac).collect(),
        };
        radios.map(one).collect()
    }

    fn host_truths(&self) -> Vec<HostTruth> {
        let devices = self.devices.iter().filter(|_| !self.bridge);
        devices
            .map(|device| {
                let (port, radio) = match device.joint {
                    Joint::Port(id) => (Some(id), None),
                    Joint::Radio(id) => (None, Some(id)),
                };
                HostTruth {
                    name: self.named(&device.host.name),
                    mac: mac(device),
                    ipv4: device.host.ipv4.to_string(),
                    active: device.since.is_some(),
                    port,
                    radio,
                    guest: device.guest,
                    signal_dbm: radio.map(|_| self.signal(device)),
                    rx_bytes: device.rx,
                    tx_bytes: device.tx,
                    last_seen: self.calendar(device.since.map_or(device.last, |_| self.now)),
                }
            })
            .collect()
    }

    fn disk_truths(&self) -> Vec<DiskTruth> {
        let one = |disk: &Disk| {
            let degrees = self.disk_degrees(disk);
            DiskTruth {
                id: disk.id,
                total_bytes: disk.total,
                temperature: (degrees != 0).then_some(degrees as f64),
                partition: disk.partition.then(|| self.space(disk)),
            }
        };
        self.disks().map(one).collect()
    }
}
