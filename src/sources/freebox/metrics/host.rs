//! What the box says of a host, for sightings: its names, its addresses, its place.

use std::net::IpAddr;
use std::sync::Arc;

use crate::metric::{Attachment, LABEL_VALUE_MAX, Name, Origin};
use crate::sources::freebox::api::host::Host;
use crate::sources::freebox::api::lenient::{Num, Text};

/// Names and addresses of one host that are kept. A host may claim as many as it likes.
const MANY: usize = 16;

/// Its names, the best first, each once.
pub(super) fn names(host: &Host) -> Vec<Name> {
    let manual = host.primary_name_manual.0 == Some(true);
    let mut names = Vec::new();
    add_name(&host.primary_name, if manual { Origin::Person } else { Origin::Box }, &mut names);
    for name in host.names.as_slice() {
        add_name(&name.name, origin(name.source.or_empty()), &mut names);
    }
    names
}

/// Adds a name, unless it is there already or there are too many.
pub(super) fn add_name(text: &Text, origin: Origin, names: &mut Vec<Name>) {
    let Some(text) = text.as_deref() else { return };
    let text = &text[..text.floor_char_boundary(LABEL_VALUE_MAX)];
    if names.len() < MANY && !names.iter().any(|name| &*name.text == text) {
        names.push(Name { text: Arc::from(text), origin });
    }
}

fn origin(source: &str) -> Origin {
    match source {
        "dhcp" => Origin::Dhcp,
        "netbios" => Origin::Netbios,
        "mdns" | "mdns_srv" => Origin::Mdns,
        "upnp" => Origin::Upnp,
        _ => Origin::Other,
    }
}

/// Its addresses: those in use first, and of those IPv4 first.
pub(super) fn addresses(host: &Host) -> Vec<IpAddr> {
    let mut found: Vec<(bool, IpAddr)> = Vec::new();
    for address in host.l3connectivities.as_slice() {
        let Some(ip) = address.addr.as_deref().and_then(|text| text.parse::<IpAddr>().ok()) else { continue };
        let idle = address.active.0 != Some(true);
        match found.iter_mut().find(|(_, known)| *known == ip) {
            Some((known, _)) => *known &= idle,
            None => found.push((idle, ip)),
        }
    }
    // Stable: among equals the order is the box's.
    found.sort_by_key(|(idle, ip)| (*idle, ip.is_ipv6()));
    found.into_iter().map(|(_, ip)| ip).take(MANY).collect()
}

/// Where it is attached, if over the air; for those on a cable the box does not say to which port.
pub(super) fn attachment(host: &Host) -> Option<Attachment> {
    let air = host.access_point.0.as_ref()?.wifi_information.0.as_ref()?;
    Some(Attachment::Radio { radio: short(air.band.as_deref()?), signal_dbm: signal(air.signal) })
}

/// A level in dBm; none where the box says 0 for unknown.
pub(super) fn signal(dbm: Num) -> Option<f64> {
    dbm.0.filter(|dbm| *dbm < 0.0)
}

/// A text of bounded length.
pub(super) fn short(text: &str) -> Arc<str> {
    Arc::from(&text[..text.floor_char_boundary(LABEL_VALUE_MAX)])
}
