//! The people of the house as the box sees them: who is at home, on which cable or radio, and how fast each talks.
//!
//! Deliberately no bodies: the lists of the switch, the Wi-Fi, the network and the leases are all read from here, so
//! that they cannot disagree. Who comes and goes when follows from dice of its own for each device, so that it does
//! not matter in how many steps time passes.

use super::curve::Curve;
use super::profiles::{Guest, Profile, Role};
use super::{MINUTE, Millis};
use crate::dice::Dice;
use crate::house::{Host, House, Kind, NAS, Place};

/// Where a device is attached when it is at home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// The identity of a port.
    Port(u32),
    /// The identity of a radio.
    Radio(u32),
}

/// One device that the box knows.
#[derive(Clone, Debug)]
pub struct Device {
    /// Who it is.
    pub host: Host,
    /// Its place in the house.
    pub index: usize,
    /// Where it is attached.
    pub joint: Joint,
    /// Whether it uses the Wi-Fi for guests.
    pub guest: bool,
    /// Whether it is at home and switched on.
    pub present: bool,
    /// When that began.
    pub turned: Millis,
    /// When it ends; never for what is always there.
    pub next: Option<Millis>,
    /// When the box first saw it.
    pub first: Millis,
    /// When the box last saw it, while it is not attached.
    pub last: Millis,
    /// Since when it is attached: at home, and its port or radio works.
    pub since: Option<Millis>,
    /// What it downloads from the world, byte/s.
    pub down: Curve,
    /// What it uploads to the world, byte/s.
    pub up: Curve,
    /// How much it talks in the house, relative to that.
    pub local: f64,
    /// Bytes it sent since it is attached.
    pub rx: f64,
    /// Bytes it got since it is attached.
    pub tx: f64,
    /// Whether its address is always the same by order of the user.
    pub fixed: bool,
    /// Around what its signal moves, dBm.
    pub signal: i64,
    dice: Dice,
}

/// The permanent ones of the house, which tests may rely on.
const ALWAYS: usize = 8;

/// Everybody on the segment, with rates that together are so many bytes per second.
pub fn cast(profile: &Profile, house: &House, down: f64, up: f64) -> Vec<Device> {
    let hosts = house.hosts.iter().filter(|host| host.place == Place::Segment);
    let weigh = |host: &Host| {
        let (busy, percent) = (f64::from(host.habits.busy), f64::from(host.habits.download_percent));
        (busy * percent, busy * (100.0 - percent))
    };
    let (all_down, all_up) =
        hosts.clone().map(weigh).fold((1.0, 1.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    hosts
        .enumerate()
        .map(|(index, host)| {
            let (part_down, part_up) = weigh(host);
            settle(profile, house.seed, index, host, (down * part_down / all_down, up * part_up / all_up))
        })
        .collect()
}

fn settle(profile: &Profile, seed: u64, index: usize, host: &Host, rates: (f64, f64)) -> Device {
    let mut dice = Dice::new(seed, 0x4657_0000 + index as u64);
    let joint = joint(profile, &mut dice, index, host);
    let present = index < ALWAYS || always(host.kind) || dice.percent(80);
    let turned = -(dice.between(10, 300) as Millis) * MINUTE;
    let next = (index >= ALWAYS && !always(host.kind)).then(|| dice.between(1, 60) as Millis * MINUTE);
    let home = f64::from(host.habits.home_percent.min(90));
    Device {
        guest: profile.guest == Guest::Used && host.name == "phone-guest",
        joint,
        index,
        present,
        turned,
        next,
        first: -(dice.between(40, 600) as Millis) * 1_440 * MINUTE,
        last: turned,
        since: None,
        down: Curve::new(&mut dice, rates.0),
        up: Curve::new(&mut dice, rates.1),
        local: home / (100.0 - home),
        rx: 0.0,
        tx: 0.0,
        fixed: matches!(host.kind, Kind::Nas | Kind::Printer),
        signal: -(dice.between(38, 82) as i64),
        host: host.clone(),
        dice,
    }
}

fn always(kind: Kind) -> bool {
    !matches!(kind, Kind::Pc | Kind::Phone | Kind::Tv)
}

fn joint(profile: &Profile, dice: &mut Dice, index: usize, host: &Host) -> Joint {
    const CABLED: [&str; 5] = ["tom-desktop", "games-pc", "media-pc", "camera-door", "roku-living"];
    let port = |role| profile.ports.iter().find(|port| port.role == role).map_or(1, |port| port.id);
    let cabled = CABLED.iter().any(|name| host.name.starts_with(name));
    let roll = dice.any() as usize;
    match host.kind {
        _ if index == NAS => Joint::Port(port(Role::Storage)),
        Kind::Router | Kind::Nas => Joint::Port(port(Role::Rest)),
        _ if cabled => Joint::Port(port(Role::Rest)),
        // Small things, and guests, have the old band only.
        Kind::Iot | Kind::Printer | Kind::Camera => Joint::Radio(profile.radios[0].id),
        _ if host.name == "phone-guest" => Joint::Radio(profile.radios[0].id),
        _ => Joint::Radio(profile.radios[1 + roll % (profile.radios.len() - 1)].id),
    }
}

impl Device {
    /// Comes or goes, if it is time.
    pub fn turn(&mut self, now: Millis) {
        while let Some(next) = self.next.filter(|next| *next <= now) {
            self.present = !self.present;
            self.turned = next;
            let minutes = if self.present { self.dice.between(20, 120) } else { self.dice.between(10, 60) };
            self.next = Some(next + minutes as Millis * MINUTE);
        }
    }

    /// Comes or goes for good, because somebody wants it.
    pub fn hold(&mut self, present: bool, now: Millis) {
        if self.present != present {
            (self.present, self.turned) = (present, now);
        }
        self.next = None;
    }

    /// Attaches or detaches it, as its port or radio allows.
    pub fn attach(&mut self, works: bool, now: Millis) {
        match (self.since, self.present && works) {
            (None, true) => (self.since, self.rx, self.tx) = (Some(now), 0.0, 0.0),
            (Some(_), false) => (self.since, self.last, self.rx, self.tx) = (None, now, 0.0, 0.0),
            _ => {}
        }
    }

    /// What it sends and gets at that moment through the box, byte/s, where its share of the world is `world` (0 while
    /// the line is down).
    pub fn rates(&self, now: Millis, world: f64) -> (f64, f64) {
        if self.since.is_none() {
            return (0.0, 0.0);
        }
        let share = world + self.local;
        (self.up.at(now) * share, self.down.at(now) * share)
    }
}
