//! One seeded world: who lives in the house, at which addresses, and with what habits.
//!
//! Deliberately knows nothing of packets, protocols or devices' interfaces: the wire is one way to look at the
//! house, and the boxes of its provider are others. Everything follows from the seed; nothing here changes while
//! time passes, except that [`HostIpv6::privacy`] is asked for a moment.

mod cast;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;
use std::time::Duration;

use crate::dice::{Dice, scatter};
use cast::{BEHIND, FEW, MANY, Role};

/// The house: everybody who can be heard on its wire.
#[derive(Clone, Debug)]
pub struct House {
    /// What everything was made from.
    pub seed: u64,
    /// Hosts on the segment, then [`HOSTS_BEHIND`] hosts behind the second router.
    pub hosts: Vec<Host>,
    /// Where the house meets its provider.
    pub uplink: Uplink,
    /// Who the hosts talk to out there; only documentation addresses.
    pub remotes: Vec<Remote>,
}

/// Index of the house's router, and gateway to the world, in [`House::hosts`].
pub const ROUTER: usize = 0;
/// Index of the router which hides a subnet.
pub const SECOND_ROUTER: usize = 1;
/// Index of the network storage that everybody talks to.
pub const NAS: usize = 2;
/// How many hosts can be on the segment.
pub const HOSTS: Range<usize> = 8..241;
/// How many hosts are behind the second router, whatever the size of the house.
pub const HOSTS_BEHIND: usize = 10;

/// The segment's network address, a /24.
pub const IPV4: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 0);
/// The directed broadcast address of [`IPV4`].
pub const IPV4_BROADCAST: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 255);
/// The network behind the second router, a /24.
pub const IPV4_BEHIND: Ipv4Addr = Ipv4Addr::new(192, 168, 20, 0);
/// The segment's global prefix, a /64.
pub const GLOBAL: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 0);
/// The global prefix behind the second router, a /64.
pub const GLOBAL_BEHIND: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0x20, 0, 0, 0, 0);
/// The segment's unique local prefix, a /64.
pub const UNIQUE_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfd12, 0x3456, 0x789a, 1, 0, 0, 0, 0);
/// The unique local prefix behind the second router, a /64.
pub const UNIQUE_LOCAL_BEHIND: Ipv6Addr = Ipv6Addr::new(0xfd12, 0x3456, 0x789a, 0x20, 0, 0, 0, 0);
/// How long a privacy address is used. RFC 8981 §3.8 says a day; simulated captures last minutes.
pub const PRIVACY_LIFETIME: Duration = Duration::from_secs(300);

const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0);
const REMOTES: u8 = 48;

/// A hardware address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

/// What a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Router,
    Nas,
    Pc,
    Phone,
    Tv,
    Speaker,
    Camera,
    Printer,
    Iot,
}

/// Where a host is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On the segment: its frames carry its own hardware address.
    Segment,
    /// Behind the second router: on the segment its frames carry the hardware address of that router.
    Behind,
}

/// One device of the house.
#[derive(Clone, Debug)]
pub struct Host {
    /// What it calls itself. One name is hostile, and large houses have a name twice.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Where it is attached.
    pub place: Place,
    /// Its hardware address; not seen on the segment for hosts behind the second router.
    pub mac: Mac,
    /// Its one IPv4 address.
    pub ipv4: Ipv4Addr,
    /// Its IPv6 addresses, where it speaks IPv6.
    pub ipv6: Option<HostIpv6>,
    /// What it does all day.
    pub habits: Habits,
}

/// A host's IPv6 addresses.
#[derive(Clone, Copy, Debug)]
pub struct HostIpv6 {
    /// On its own link.
    pub link_local: Ipv6Addr,
    /// Stable, in the house only.
    pub unique_local: Ipv6Addr,
    /// Stable and global.
    pub global: Ipv6Addr,
    /// What privacy addresses are made from; none for those that have only the stable ones.
    privacy_seed: Option<u64>,
}

impl HostIpv6 {
    /// The global address which the host prefers for talking to the world at that moment of its life; another one
    /// every [`PRIVACY_LIFETIME`], and the stable one where it has no others.
    pub fn privacy(&self, moment: Duration) -> Ipv6Addr {
        let Some(seed) = self.privacy_seed else { return self.global };
        // Hosts were switched on at different moments, so they do not all change at once.
        let age = moment + PRIVACY_LIFETIME.mul_f64((seed % 100) as f64 / 100.0);
        let generation = age.as_secs() / PRIVACY_LIFETIME.as_secs();
        within(self.global, scatter(seed ^ scatter(generation)))
    }
}

/// What a host does all day.
#[derive(Clone, Debug)]
pub struct Habits {
    /// Its share of the talk, relative to others; 0 for one that only serves.
    pub busy: u32,
    /// How many of a hundred packets come towards it.
    pub download_percent: u32,
    /// How many of a hundred packets stay in the house.
    pub home_percent: u32,
    /// Who it talks to: indices of [`House::remotes`].
    pub remotes: Vec<usize>,
}

/// The router's other port, which a capture between router and modem sees, and the provider's end of that cable.
#[derive(Clone, Copy, Debug)]
pub struct Uplink {
    /// Hardware address of the router's uplink port.
    pub mac: Mac,
    /// The router's address at its provider, which has too few and translates again (carrier-grade NAT).
    pub ipv4: Ipv4Addr,
    /// The router's own global address.
    pub ipv6: Ipv6Addr,
    /// The router's address on the cable.
    pub link_local: Ipv6Addr,
    /// Hardware address of the provider's end.
    pub provider_mac: Mac,
    /// The provider's address on the cable.
    pub provider_link_local: Ipv6Addr,
}

/// Somebody on the internet.
#[derive(Clone, Debug)]
pub struct Remote {
    /// Its name in the DNS.
    pub name: String,
    /// Its address in a documentation range of RFC 5737.
    pub ipv4: Ipv4Addr,
    /// Its address in the documentation range of RFC 3849.
    pub ipv6: Ipv6Addr,
}

impl House {
    /// The house of that seed with so many hosts on the segment, routers included; the number is moved into
    /// [`HOSTS`] where it lies outside.
    pub fn new(seed: u64, hosts: usize) -> Self {
        let hosts = hosts.clamp(HOSTS.start, HOSTS.end - 1);
        let mut dice = Dice::new(seed, 1);
        let mut free: Vec<u8> = (3..=253).filter(|&last| last != 10).collect();
        dice.shuffle(&mut free);
        let mut macs = Macs::default();
        // The first three have the addresses that people give to such devices.
        let lasts = [1, 2, 10].into_iter().chain(free);
        let on_segment = FEW.iter().chain(MANY.iter().cycle()).take(hosts).zip(lasts).enumerate();
        let mut all: Vec<Host> = on_segment
            .map(|(index, (role, last))| {
                // The first round of the table has the bare names; later rounds count up.
                let round = index.saturating_sub(FEW.len()) / MANY.len() + 1;
                settle(&mut dice, &mut macs, role, round, Place::Segment, last)
            })
            .collect();
        let lasts = (101..).take(HOSTS_BEHIND);
        let behind = BEHIND.iter().zip(lasts);
        all.extend(behind.map(|(role, last)| settle(&mut dice, &mut macs, role, 1, Place::Behind, last)));
        Self {
            seed,
            hosts: all,
            uplink: uplink(&mut dice, &mut macs),
            remotes: (1..=REMOTES).map(remote).collect(),
        }
    }

    /// The first host of that name.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name == name)
    }
}

fn settle(dice: &mut Dice, macs: &mut Macs, role: &Role, round: usize, place: Place, last: u8) -> Host {
    let name =
        if round == 1 || role.repeats { role.name.to_owned() } else { format!("{}-{round}", role.name) };
    let mac = macs.draw(dice, role.vendor);
    let (ipv4, unique_local, global) = match place {
        Place::Segment => (IPV4, UNIQUE_LOCAL, GLOBAL),
        Place::Behind => (IPV4_BEHIND, UNIQUE_LOCAL_BEHIND, GLOBAL_BEHIND),
    };
    let stable = if role.private { dice.any() } else { from_mac(mac) };
    let ipv6 = role.ipv6.then(|| HostIpv6 {
        link_local: within(LINK_LOCAL, stable),
        unique_local: within(unique_local, stable),
        global: within(global, stable),
        privacy_seed: role.private.then(|| dice.any()),
    });
    let [a, b, c, _] = ipv4.octets();
    let remotes = (0..role.remotes).map(|_| dice.below(REMOTES as usize)).collect();
    let habits = Habits {
        busy: role.busy * dice.between(50, 150) as u32,
        download_percent: role.download_percent,
        home_percent: role.home_percent,
        remotes,
    };
    Host { name, kind: role.kind, place, mac, ipv4: Ipv4Addr::new(a, b, c, last), ipv6, habits }
}

fn uplink(dice: &mut Dice, macs: &mut Macs) -> Uplink {
    let (mac, provider_mac) =
        (macs.draw(dice, Some([0x4c, 0x5e, 0x0c])), macs.draw(dice, Some([0xf4, 0xca, 0xe5])));
    Uplink {
        mac,
        ipv4: Ipv4Addr::new(10, 64, dice.below(256) as u8, dice.between(1, 254) as u8),
        ipv6: Ipv6Addr::new(0x2001, 0xdb8, 1, 0xff, 0, 0, 0, 2),
        link_local: within(LINK_LOCAL, from_mac(mac)),
        provider_mac,
        provider_link_local: within(LINK_LOCAL, from_mac(provider_mac)),
    }
}

fn remote(number: u8) -> Remote {
    const WHAT: [&str; 8] = ["video", "cdn", "mail", "game", "photos", "update", "chat", "music"];
    let ipv4 = match number % 3 {
        0 => Ipv4Addr::new(192, 0, 2, number),
        1 => Ipv4Addr::new(198, 51, 100, number),
        _ => Ipv4Addr::new(203, 0, 113, number),
    };
    Remote {
        name: format!("{}{number}.example", WHAT[usize::from(number) % WHAT.len()]),
        ipv4,
        ipv6: Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, u16::from(number)),
    }
}

/// The address with that interface identifier in the /64 of `prefix`.
fn within(prefix: Ipv6Addr, identifier: u64) -> Ipv6Addr {
    Ipv6Addr::from_bits((prefix.to_bits() >> 64 << 64) | u128::from(identifier))
}

/// Modified EUI-64, RFC 4291 appendix A.
fn from_mac(Mac([a, b, c, d, e, f]): Mac) -> u64 {
    u64::from_be_bytes([a ^ 0x02, b, c, 0xff, 0xfe, d, e, f])
}

/// Hardware addresses given out so far, so that none is given twice.
#[derive(Default)]
struct Macs(Vec<Mac>);

impl Macs {
    /// One of that vendor, or a locally administered one as phones invent for each network.
    fn draw(&mut self, dice: &mut Dice, vendor: Option<[u8; 3]>) -> Mac {
        loop {
            let [first, second, third, d, e, f, ..] = dice.any().to_be_bytes();
            let [a, b, c] = vendor.unwrap_or([(first & 0xfc) | 0x02, second, third]);
            let mac = Mac([a, b, c, d, e, f]);
            if !self.0.contains(&mac) {
                self.0.push(mac);
                return mac;
            }
        }
    }
}

#[cfg(test)]
mod tests;
