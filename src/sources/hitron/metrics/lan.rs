//! The house as the modem has it: its Ethernet ports, and who is there. Whoever asks for hosts wants them shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::label;
use crate::metric::{Attachment, Families, Mac, Name, Origin, Sighting};
use crate::sources::hitron::api::Pages;
use crate::sources::hitron::api::connect_info::{Assignment, Host};

crate::metrics! {
    /// Whether a host is there, under each of its addresses; how it came by the address is `dhcp` or `static`, and
    /// `comnum` is a number that the modem gives it.
    DEVICE = Gauge "hitron_lan_device_online" { ip, ip_version, mac, assignment, interface, comnum };

    /// Hosts that the modem remembers on an interface, by whether they are there: `true`, `false`, or `unknown` where it
    /// does not say.
    DEVICES = Gauge "hitron_lan_devices" { interface, online };

    /// Whether something is at the other end of an Ethernet port.
    PORT_UP = Gauge "hitron_lan_port_up" { port };

    /// Bytes per second that an Ethernet port can carry each way.
    PORT_SPEED = Gauge<f64> "hitron_lan_port_speed_bytes_per_second" { port };
}

const BITS_IN_A_BYTE: f64 = 8.0;

/// Addresses of one host that are kept. A host may claim as many as it likes.
const MANY: usize = 16;

/// Writes the metrics.
pub(super) fn measure(pages: &Pages, out: &mut Families) {
    if let Some(ports) = &pages.ports {
        for (index, port) in ports.rows.iter().enumerate() {
            let number = (index + 1).to_string();
            if let Some(up) = port.up {
                out.put(&PORT_UP, [&number], up);
            }
            if let Some(speed) = port.speed {
                out.put(&PORT_SPEED, [&number], speed / BITS_IN_A_BYTE);
            }
        }
    }
    if let Some(hosts) = &pages.hosts {
        hosts.rows.iter().for_each(|host| device(host, out));
        devices(&hosts.rows, out);
    }
}

fn device(host: &Host, out: &mut Families) {
    let Some(online) = host.online else { return };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let ip = host.ip.map(|ip| ip.to_string()).unwrap_or_default();
    let mac = text(&host.mac);
    // What has neither is nobody.
    if ip.is_empty() && mac.is_empty() {
        return;
    }
    let assignment = host.assignment.as_ref().map(Assignment::as_str).unwrap_or_default();
    let (version, interface) = (text(&host.ip_version), text(&host.interface));
    out.put(&DEVICE, [&ip, &version, &mac, assignment, &interface, &label(host.comnum)], online);
}

fn devices(hosts: &[Host], out: &mut Families) {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (host, online) in joined(hosts).values() {
        let online = match online {
            Some(true) => "true",
            Some(false) => "false",
            None => "unknown",
        };
        *counts.entry((host.interface.as_deref().unwrap_or_default(), online)).or_default() += 1;
    }
    for ((interface, online), count) in counts {
        out.put(&DEVICES, [interface, online], count);
    }
}

/// What tells hosts apart: the hardware address, or for one without it the row.
type Who<'a> = Result<&'a str, usize>;

fn who(index: usize, host: &Host) -> Who<'_> {
    host.mac.as_deref().ok_or(index)
}

/// Each host once, though it has many addresses, with whether it is there under any of them.
fn joined(hosts: &[Host]) -> BTreeMap<Who<'_>, (&Host, Option<bool>)> {
    let mut joined: BTreeMap<Who<'_>, (&Host, Option<bool>)> = BTreeMap::new();
    for (index, host) in hosts.iter().enumerate() {
        let (_, online) = joined.entry(who(index, host)).or_insert((host, None));
        *online = [*online, host.online].into_iter().flatten().reduce(|one, other| one || other);
    }
    joined
}

/// What it says of each host that has an address.
pub(super) fn sightings(hosts: &[Host]) -> Vec<Sighting> {
    let mut found: Vec<Sighting> = Vec::new();
    let mut places: BTreeMap<Who<'_>, usize> = BTreeMap::new();
    for (index, host) in hosts.iter().enumerate() {
        if host.mac.is_none() && host.ip.is_none() {
            continue;
        }
        let place = *places.entry(who(index, host)).or_insert(found.len());
        if place == found.len() {
            let mac = host.mac.as_deref().and_then(|mac| mac.parse::<Mac>().ok());
            found.push(Sighting { mac, ..Sighting::default() });
        }
        join(&mut found[place], host);
    }
    found
}

fn join(sighting: &mut Sighting, host: &Host) {
    if let Some(ip) = host.ip.filter(|ip| !sighting.addresses.contains(ip))
        && sighting.addresses.len() < MANY
    {
        sighting.addresses.push(ip);
    }
    if let Some(text) = &host.name {
        // A host that has its address from the modem has told its name when it asked.
        let origin = if host.assignment == Some(Assignment::Dhcp) { Origin::Dhcp } else { Origin::Box };
        let name = Name { text: Arc::from(text.as_str()), origin };
        if sighting.names.len() < MANY && !sighting.names.iter().any(|known| known.text == name.text) {
            sighting.names.push(name);
        }
    }
    if sighting.attachment.is_none() {
        sighting.attachment = host.interface.as_deref().map(attachment);
    }
    sighting.connected =
        [sighting.connected, host.online].into_iter().flatten().reduce(|one, other| one || other);
}

/// What a modem with Wi-Fi calls its radios is not known; such words are in every name that a radio could have.
const OF_RADIOS: [&str; 6] = ["wi-fi", "wifi", "wlan", "wireless", "2.4g", "5g"];

fn attachment(interface: &str) -> Attachment {
    let name = interface.to_ascii_lowercase();
    if OF_RADIOS.iter().any(|word| name.contains(word)) {
        Attachment::Radio { radio: Arc::from(interface), signal_dbm: None }
    } else {
        Attachment::Port(Arc::from(interface))
    }
}
