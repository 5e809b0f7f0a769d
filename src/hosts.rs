//! Who is on the network: what the parts of one source say of one host, joined by its hardware address. Pure.
//!
//! Two sources that see the same host stay two, because saying that they mean the same one is another judgement. A
//! sighting without a hardware address is joined with nothing.

use std::collections::HashMap;
use std::sync::Arc;

use crate::metric::{Attachment, Batch, Mac, Sighting, SourceId};

/// What one source says of one host.
#[derive(Clone, Debug, PartialEq)]
pub struct Host<'a> {
    /// Who says so.
    pub source: Option<&'a SourceId>,
    /// What all its parts say.
    pub sighting: Sighting,
}

/// Every host of every source, in the order in which they come.
pub fn of(batches: &[Arc<Batch>]) -> Vec<Host<'_>> {
    let mut hosts: Vec<Host<'_>> = Vec::new();
    let mut places: HashMap<(Option<&SourceId>, Mac), usize> = HashMap::new();
    for batch in batches {
        let source = batch.source.as_ref();
        for sighting in &batch.sightings {
            let next = hosts.len();
            let place = sighting.mac.map_or(next, |mac| *places.entry((source, mac)).or_insert(next));
            match hosts.get_mut(place) {
                Some(host) => join(&mut host.sighting, sighting),
                None => hosts.push(Host { source, sighting: sighting.clone() }),
            }
        }
    }
    hosts
}

/// Adds what another part says.
fn join(host: &mut Sighting, other: &Sighting) {
    // An address of a host that is there now is better than one that it once had.
    let other_is_fresher = other.connected == Some(true) && host.connected != Some(true);
    for address in &other.addresses {
        if !host.addresses.contains(address) {
            host.addresses.push(*address);
        }
    }
    if other_is_fresher
        && let Some(first) = other.addresses.first()
        && let Some(at) = host.addresses.iter().position(|address| address == first)
    {
        host.addresses[..=at].rotate_right(1);
    }
    for name in &other.names {
        if !host.names.iter().any(|known| known.text == name.text && known.origin <= name.origin) {
            host.names.retain(|known| known.text != name.text);
            host.names.push(name.clone());
        }
    }
    // Stable: of one origin the first part's name stays first.
    host.names.sort_by_key(|name| name.origin);
    let better = match (&host.attachment, &other.attachment) {
        (None, _) => true,
        // Behind the port there is the radio that the host is on.
        (Some(Attachment::Port(_)), Some(Attachment::Radio { .. })) => true,
        (Some(Attachment::Radio { signal_dbm: None, .. }), Some(Attachment::Radio { signal_dbm, .. })) => {
            signal_dbm.is_some()
        }
        _ => false,
    };
    if better {
        host.attachment.clone_from(&other.attachment);
    }
    // Both count the same bytes, so they are not added up.
    let bytes = |sighting: &Sighting| sighting.volume.map(|volume| volume.bytes());
    if bytes(other) > bytes(host) {
        host.volume = other.volume;
    }
    // Whoever has seen it just now is right: it may have left the other list already, or not come to it yet.
    host.connected = match (host.connected, other.connected) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (known, None) | (None, known) => known,
        (Some(false), Some(false)) => Some(false),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{Name, Origin, Volume};

    const PHONE: Mac = Mac([2, 0, 0, 0, 0, 1]);

    fn batch(source: &str, part: &'static str, sightings: Vec<Sighting>) -> Arc<Batch> {
        let source = Some(SourceId(Arc::from(source)));
        Arc::new(Batch { source, part, visit: None, families: Vec::new(), sightings })
    }

    fn name(text: &str, origin: Origin) -> Name {
        Name { text: Arc::from(text), origin }
    }

    fn phone() -> Sighting {
        Sighting { mac: Some(PHONE), ..Sighting::default() }
    }

    #[test]
    fn the_parts_of_a_source_say_together_what_a_host_is() {
        let lease = Sighting {
            addresses: vec!["192.0.2.9".parse().unwrap(), "192.0.2.7".parse().unwrap()],
            names: vec![name("android-12", Origin::Dhcp)],
            ..phone()
        };
        let known = Sighting {
            addresses: vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()],
            names: vec![name("Léa's phone", Origin::Person), name("android-12", Origin::Dhcp)],
            connected: Some(true),
            ..phone()
        };
        let port = Sighting { attachment: Some(Attachment::Port(Arc::from("Ethernet 1"))), ..phone() };
        let radio = Attachment::Radio { radio: Arc::from("5G"), signal_dbm: Some(-54.0) };
        let volume = Volume { received_bytes: 5, sent_bytes: 6, ..Volume::default() };
        let station = Sighting {
            attachment: Some(radio.clone()),
            volume: Some(volume),
            connected: Some(true),
            ..phone()
        };
        let batches = [
            batch("box", "dhcp", vec![lease]),
            batch("box", "lan", vec![known]),
            batch("box", "switch", vec![port]),
            batch("box", "wifi", vec![station]),
        ];
        let hosts = of(&batches);
        assert_eq!(hosts.len(), 1);
        let found = &hosts[0].sighting;
        let addresses: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(addresses, ["192.0.2.7", "192.0.2.9", "2001:db8::7"]);
        let names: Vec<_> = found.names.iter().map(|name| (&*name.text, name.origin)).collect();
        assert_eq!(names, [("Léa's phone", Origin::Person), ("android-12", Origin::Dhcp)]);
        assert_eq!(
            (&found.attachment, found.volume, found.connected),
            (&Some(radio), Some(volume), Some(true))
        );
    }

    #[test]
    fn other_sources_and_hosts_without_a_hardware_address_stay_apart() {
        let nobody = Sighting { addresses: vec!["192.0.2.7".parse().unwrap()], ..Sighting::default() };
        let batches = [
            batch("box", "lan", vec![phone(), nobody.clone()]),
            batch("box", "dhcp", vec![nobody]),
            batch("wire", "capture", vec![phone()]),
        ];
        let sources: Vec<_> = of(&batches).iter().map(|host| host.source.unwrap().to_string()).collect();
        assert_eq!(sources, ["box", "box", "box", "wire"]);
    }

    #[test]
    fn whoever_has_just_seen_a_host_is_right() {
        let says = |connected| Sighting { connected, ..phone() };
        for (one, other, expected) in [
            (Some(false), Some(true), Some(true)),
            (Some(true), Some(false), Some(true)),
            (Some(false), None, Some(false)),
            (None, Some(false), Some(false)),
            (None, None, None),
        ] {
            let batches = [batch("box", "lan", vec![says(one)]), batch("box", "wifi", vec![says(other)])];
            assert_eq!(of(&batches)[0].sighting.connected, expected, "{one:?} {other:?}");
        }
    }
}
